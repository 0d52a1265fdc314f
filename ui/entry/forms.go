package entry

import "strings"

// families are kanji of names that differ in form alone, each with the form first that the dictionaries know; most of
// the others stand outside the dictionaries' coding, so nobody could reach them by a reading.
var families = []string{
	"高 髙", "崎 﨑 嵜", "辺 邊 邉", "邊 邉", "吉 𠮷", "斉 齊 斎 齋", "斎 齋 斉 齊", "沢 澤", "浜 濱 濵", "広 廣", "国 國", "桜 櫻", "島 嶋 嶌", "滝 瀧", "竜 龍",
	"恵 惠", "栄 榮", "寿 壽", "富 冨", "関 關", "徳 德", "緑 綠", "青 靑", "清 淸", "瀬 瀨", "頼 賴", "黒 黑", "静 靜", "浄 淨", "真 眞", "慎 愼", "弥 彌", "万 萬",
	"条 條", "桧 檜", "桑 桒", "柳 栁", "峰 峯", "野 埜", "館 舘 \uFA2C", "鉄 鐵", "学 學", "実 實", "宝 寶", "団 團", "円 圓", "権 權", "県 縣", "亀 龜", "薮 藪", "園 薗",
	"葛 葛\U000E0100", "祇 祇\U000E0100", "曽 曾", "増 增", "昂 昻", "槙 槇", "彦 彥", "巌 巖", "来 來", "与 與", "鴎 鷗", "児 兒", "穂 穗", "稲 稻", "渕 淵", "祢 禰",
	"為 爲", "煕 熙 凞", "灯 燈", "礼 禮 \uFA18", "隆 \uF9DC", "塚 \uFA10", "神 \uFA19", "祥 \uFA1A", "福 \uFA1B", "都 \uFA26", "諸 \uFA22", "猪 \uFA16", "益 \uFA17",
	"靖 \uFA1C", "羽 \uFA1E", "精 \uFA1D", "晴 \uFA12", "朗 \uF929", "鶴 \uFA2D", "逸 \uFA25", "飯 \uFA2A", "祐 \uFA4F", "渚 \uFA46", "海 \uFA45", "琢 \uFA4A",
}

// others finds the other forms of a kanji.
var others = func() map[rune][]string {
	out := map[rune][]string{}
	for _, family := range families {
		all := strings.Fields(family)
		out[[]rune(all[0])[0]] = all[1:]
	}
	return out
}()

// variants adds the other forms in which a name's kanji are registered, one character exchanged at a time: those that
// can be told apart at a glance, or those that fonts draw almost or quite alike.
func variants(o *offer, text string, alike bool) {
	runes := []rune(text)
	for i, r := range runes {
		for _, other := range others[r] {
			if isAlike([]rune(other)) == alike {
				o.add(string(runes[:i])+other+string(runes[i+1:]), codeName([]rune(other)))
			}
		}
	}
}

// isAlike reports a compatibility ideograph, or a kanji with a variation selector.
func isAlike(form []rune) bool {
	return len(form) > 1 || form[0] >= 0xF900 && form[0] <= 0xFAFF && form[0] != '﨑'
}
