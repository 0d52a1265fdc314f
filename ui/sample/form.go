package sample

import (
	"fmt"
	"time"

	"madoguchi/flows"
	"madoguchi/forms"
	"madoguchi/i18n"
)

func three(ja, easy, en string) i18n.Text {
	return i18n.Text{In: map[i18n.Lang]string{i18n.Ja: ja, i18n.JaEasy: easy, i18n.En: en}}
}

// contents is the form at a glance.
func contents(left, minutes int) flows.Frame {
	s := flows.Screen{
		Kind: flows.Contents, Title: three("保育園利用申込内容の入力", "申込（もうしこみ）の 内容（ないよう）", "Your application"), Left: left, Minutes: minutes,
		Lines: []i18n.Text{three("番号を選ぶと、そこから答えられます。どの順番でもかまいません。", "番号（ばんごう）を えらんでください。どこからでも いいです。", "Choose a part to answer it. Any order will do.")},
		Next:  three("つづきから答える", "つづきから 答（こた）える", "Go on with the next question"),
	}
	state := func(i int) flows.GroupState {
		switch {
		case i == 5:
			return flows.GroupNone
		case i < 4 || left == 0:
			return flows.GroupDone
		}
		return flows.GroupOpen
	}
	for i, t := range []i18n.Text{
		three("申込者", "申（もう）しこむ人（ひと）", "Applicant"), three("お子さん", "子（こ）ども", "Child"),
		three("家族", "家族（かぞく）", "Family"), three("保育が必要な理由", "保育（ほいく）が いる理由（りゆう）", "Why care is needed"),
		three("希望の園", "行（い）きたい園（えん）", "Nurseries you wish"), three("きょうだいの同時申込", "きょうだいの 申込（もうしこみ）", "Brothers and sisters"),
		three("就労証明書", "仕事（しごと）の 証明書（しょうめいしょ）", "Certificate of employment"), three("同意", "同意（どうい）", "Consent"),
	} {
		s.Choices = append(s.Choices, flows.Choice{ID: fmt.Sprint("group", i), Label: t, State: state(i)})
	}
	f := frame("nursery.input", 3, s)
	f.Saved = true
	return f
}

// sharing is who will see what.
func sharing() flows.Frame {
	f := frame("nursery.sharing", 4, flows.Screen{
		Kind: flows.Sharing, Title: three("だれに何が見えるか", "だれが 何（なに）を 見（み）るか", "Who will see what"),
		Lines: []i18n.Text{three("ここにない人には、見えません。", "ほかの人（ひと）には 見（み）えません。", "Nobody else will see it.")},
		Sees: []flows.Sees{
			{
				Recipient: three("窓口市 保育課", "窓口市（まどぐちし） 保育課（ほいくか）", "City of Madoguchi, nursery section"), Purpose: three("利用調整と連絡", "園（えん）を 決（き）めるため", "deciding and contacting you"),
				What: []i18n.Text{both("氏名・住所・生年月日", "name, address, date of birth"), both("家族の状況", "your family"), both("保育が必要な理由", "why care is needed"), both("希望の園", "the nurseries you wish"), both("市町村民税の課税状況（同意したとき）", "your local tax, if you agree")},
			},
			{
				Recipient: three("株式会社ひまわり商事", "株式会社（かぶしきがいしゃ）ひまわり商事（しょうじ）", "Himawari Trading K.K."), Purpose: three("就労証明書の発行", "仕事（しごと）の 証明書（しょうめいしょ）を 作（つく）るため", "issuing the certificate"),
				What: []i18n.Text{both("氏名・生年月日", "name, date of birth"), both("証明してほしいこと", "what is to be certified")},
			},
			{
				Recipient: three("もうひとりの保護者", "もうひとりの 親（おや）", "The other parent"), Purpose: three("共同の申込み", "いっしょに 申（もう）しこむため", "applying together"),
				What: []i18n.Text{both("お子さんの氏名", "the child's name"), both("希望の園", "the nurseries you wish")},
			},
		},
		Next: three("確認した", "わかりました", "I have read this"),
	})
	f.Saved = true
	return f
}

// laterQuestion may be put off.
func laterQuestion() flows.Frame {
	f := question(forms.Question{
		Path: "applicant/phone2", No: "8", Kind: forms.Phone, Group: both("申込者", "Applicant"), Label: both("日中の連絡先", "Telephone in the daytime"),
		Ask:     three("昼間に連絡できる電話番号はどれですか。", "昼（ひる）に 話（はな）せる 電話番号（でんわばんごう）は 何（なん）ですか。", "Which number can we call during the day?"),
		Help:    three("確かめたいことがあるときに、市からお電話します。", "聞（き）きたいことが あるとき、市（し）が 電話（でんわ）します。", "The city calls you when something is not clear."),
		Example: both("090-1234-5678", "090-1234-5678"),
	}, "")
	f.Screen.Later = true
	return f
}

// ticked asks for a PIN, with the offer to read name and address by the same digits.
func tickSecret() flows.Frame {
	s := pin(3)
	s.Tick = &flows.Tick{
		ID: "same-digits", Label: three("同じ4けたで、氏名と住所もカードから読みとる", "おなじ 4つの 数字（すうじ）で、名前（なまえ）と 住所（じゅうしょ）も カードから 読（よ）む", "Use the same digits to read name and address"),
		Hint: three("券面事項入力補助用の暗証番号です。のこり 3 回", "この番号（ばんごう）は あと 3かい 入（い）れられます", "the PIN for reading the card's face, 3 tries left"),
	}
	return frame("nursery.login", 1, s)
}

// tickMessage has a box and a main action.
func tickMessage() flows.Frame {
	f := frame("nursery.last", 5, flows.Screen{
		Kind: flows.Message, Title: three("最後の1回です", "あと 1かいです", "One try left"),
		Lines: []i18n.Text{
			three("まちがえると、このカードの署名用パスワードは使えなくなります。", "まちがえると、パスワードが つかえなくなります。", "If it is wrong, the password of this card is blocked."),
			three("使えなくなったときは、市民課で直せます（平日 8時30分〜17時）。", "そのときは 市民課（しみんか）に 行（い）ってください（8:30〜17:00）。", "The citizens' section unlocks it (weekdays 8:30 to 17:00)."),
		},
		Choices: []flows.Choice{
			{ID: "leave", Label: three("保存して終わる", "のこして おわる", "Save and leave")}, {ID: "try", Label: three("入力する", "入（い）れる", "Enter it")},
		},
		Tick: &flows.Tick{ID: "sure", Label: three("メモを見て確かめました", "メモを 見（み）ました", "I have looked it up"), On: true},
	})
	f.Saved = true
	return f
}

// alarm: a card was left behind.
func alarm() flows.Frame {
	f := frame("nursery.leave", 6, flows.Screen{
		Kind: flows.Message, Alarm: true, Title: three("カードをお取りください", "カードを とってください", "Please take your card"),
		Lines: []i18n.Text{three("カードがリーダーに残っています。", "カードが まだ あります。", "Your card is still on the reader."), three("お取りになると、この画面は終わります。", "カードを とると おわります。", "This screen ends when you take it.")},
	})
	f.CanBack, f.CanStop, f.Saved = false, false, true
	return f
}

// padSecret is typed on the reader's own keys; waiting: it is being typed now.
func padSecret(waiting bool) flows.Frame {
	s := pin(3)
	s.Secret.Pad, s.Next = true, three("カードリーダーで入力する", "カードリーダーで 入（い）れる", "Type it on the reader")
	if waiting {
		s.Secret.PadEnds = Now.Add(28 * time.Second)
	}
	return frame("nursery.login", 1, s)
}

// closing is a form shortly before the round ends.
func closing() flows.Frame {
	f := contents(9, 7)
	f.Closes = Now.Add(24*time.Minute + 10*time.Second)
	return f
}

// noLetters has characters that not every screen can show.
func noLetters() flows.Frame {
	f := review(0)
	f.Screen.Groups[0].Rows[0].Value = i18n.Own("𠮷木 葛\U000E0102\ue000子")
	f.Screen.Groups[0].Rows[1].Value = i18n.Own("ﾏﾄﾞｸﾞﾁ ﾊﾅｺ ㊙①⑳㈱")
	return f
}

// Facilities is how many nurseries the picker's sample has.
const Facilities = 300

var (
	stems = []string{
		"さくら", "ひばり", "みなみ", "きたの森", "つくし", "はなみずき", "やまびこ", "うみべ", "さかのうえ", "かわら町", "ひまわり", "たんぽぽ", "すみれ", "もみじ", "あおば",
		"みどり", "ほしのこ", "にじいろ", "そよかぜ", "わかば", "こまどり", "うぐいす", "どんぐり", "くるみ", "あすなろ", "しおかぜ", "ふたば", "まつば", "いずみ", "あさひ",
	}
	stemKana = []string{
		"サクラ", "ヒバリ", "ミナミ", "キタノモリ", "ツクシ", "ハナミズキ", "ヤマビコ", "ウミベ", "サカノウエ", "カワラマチ", "ヒマワリ", "タンポポ", "スミレ", "モミジ", "アオバ",
		"ミドリ", "ホシノコ", "ニジイロ", "ソヨカゼ", "ワカバ", "コマドリ", "ウグイス", "ドングリ", "クルミ", "アスナロ", "シオカゼ", "フタバ", "マツバ", "イズミ", "アサヒ",
	}
	kinds    = [][3]string{{"保育園", "ホイクエン", "Nursery"}, {"第二保育園", "ダイニホイクエン", "Second Nursery"}, {"こども園", "コドモエン", "Children's Centre"}, {"小規模保育室", "ショウキボホイクシツ", "Small Nursery"}, {"駅前保育園", "エキマエホイクエン", "Station Nursery"}}
	areas    = [][3]string{{"north", "北部", "north"}, {"centre", "中央", "centre"}, {"south", "南部", "south"}, {"east", "東部", "east"}, {"west", "西部", "west"}}
	classes  = [][3]string{{"age0", "0歳児", "age 0"}, {"age1", "1歳児", "age 1"}, {"age2", "2歳児", "age 2"}, {"age3", "3歳児から", "age 3 and up"}}
	distance = [][3]string{{"near", "1km以内", "within 1 km"}, {"middle", "3km以内", "within 3 km"}}
)

func values(of [][3]string) (out []forms.Option) {
	for _, o := range of {
		out = append(out, forms.Option{Value: o[0], Label: both(o[1], o[2])})
	}
	return out
}

// picker chooses five of three hundred nurseries.
func picker(value string) flows.Frame {
	q := forms.Question{
		Path: "wish/facilities", No: "41", Kind: forms.Multi, Required: true, Max: 5, Group: both("希望", "Wishes"), Label: both("希望する施設", "Nurseries"),
		Ask:    three("行きたい園を、行きたい順に5つまで選んでください。", "行（い）きたい園（えん）を 5つまで えらんでください。いちばん 行（い）きたい園（えん）が はじめです。", "Choose up to five nurseries, the one you want most first."),
		Facets: []forms.Facet{{ID: "class", Label: both("年齢", "Age"), Values: values(classes)}, {ID: "area", Label: both("地域", "Area"), Values: values(areas)}, {ID: "distance", Label: both("きょり", "Distance"), Values: values(distance)}},
	}
	for i := range Facilities {
		stem, kind := i%len(stems), i/len(stems)%len(kinds)
		ja, kana, en := stems[stem]+kinds[kind][0], stemKana[stem]+kinds[kind][1], stems[stem]+" "+kinds[kind][2]
		area := areas[(i/7)%len(areas)]
		if i >= len(stems)*len(kinds) { // the second half has the area in its name
			ja, en = area[1]+ja, en+" "+area[2]
		}
		tags := []string{area[0], classes[i%3][0], classes[(i+1)%3][0], "middle"}
		note := "2.4km"
		if i%3 == 0 {
			tags, note = append(tags, "near"), "0.8km"
		}
		q.Options = append(q.Options, forms.Option{Value: fmt.Sprint(1001 + i), Label: both(ja, en), Kana: kana, Tags: tags, Note: both(area[1]+" "+note, area[2]+" "+note)})
	}
	return question(q, value)
}
