package kana

// Mark is a key of the pad that changes the kana before it.
type Mark int

// The marks.
const (
	Dakuten    Mark = iota // ゛
	Handakuten             // ゜
	Small                  // ゃ, っ, ァ
)

// marked pairs kana without and with each mark, in hiragana.
var marked = [...]map[rune]rune{
	Dakuten:    pairs("うかきくけこさしすせそたちつてとはひふへほゝ", "ゔがぎぐげござじずぜぞだぢづでどばびぶべぼゞ"),
	Handakuten: pairs("はひふへほ", "ぱぴぷぺぽ"),
	Small:      pairs("あいうえおかけつやゆよわ", "ぁぃぅぇぉゕゖっゃゅょゎ"),
}

func pairs(plain, with string) map[rune]rune {
	out := map[rune]rune{}
	to := []rune(with)
	for i, r := range []rune(plain) {
		out[r] = to[i]
	}
	return out
}

// plainOf finds the kana without any mark.
var plainOf = func() map[rune]rune {
	out := map[rune]rune{}
	for _, m := range marked {
		for plain, with := range m {
			out[with] = plain
		}
	}
	return out
}()

// Apply puts a mark on a kana, takes it off again, or changes one mark for another (ば→ぱ); katakana stay katakana.
// It reports false for what takes no such mark.
func Apply(m Mark, r rune) (rune, bool) {
	shift := rune(0)
	if h := []rune(Hiragana(string(r)))[0]; h != r {
		shift = r - h
	}
	plain := r - shift
	if p, ok := plainOf[plain]; ok {
		plain = p
	}
	with, ok := marked[m][plain]
	switch {
	case !ok:
		return r, false
	case with == r-shift:
		return plain + shift, true
	}
	return with + shift, true
}
