package i18n_test

import (
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/rivo/uniseg"

	"madoguchi/i18n"
)

// longest is how wide a text may be, in columns, so that it does its work on a screen of 40 × 12. There a row has 38
// columns and a page nine rows; the first rule that fits counts. Arguments count as eight columns.
var longest = []struct {
	keys    *regexp.Regexp
	columns int
	why     string
}{
	{regexp.MustCompile(`^ui\.dock|^ui\.linear`), 400, "never on a small screen"},
	{regexp.MustCompile(`^fault\..*\.cause$|^fault\..*\.remedy$`), 4 * 36, "cause and remedy together leave a row of the page"},
	{regexp.MustCompile(`^[a-z]+\.title$`), 2 * 32, "a choice on the first page; in the header of larger screens only"},
	{regexp.MustCompile(`^flows\.slip\..*\.next$`), 3 * 38, "a paragraph of the slip"},
	{regexp.MustCompile(`^flows\.card\.title\.|\.title$`), 37, "one row, the header's"},
	{regexp.MustCompile(`^ui\.key\..*\.short$`), 7, "six in the footer"},
	{regexp.MustCompile(`^ui\.key\.`), 16, "six in the footer, with their keys"},
	{regexp.MustCompile(`^ui\.slip\.(number|words|mark)$`), 16, "beside its value"},
	{regexp.MustCompile(`^ui\.slip\.(kept|receivedat|next|phone)$`), 38, "a row above its value"},
	{regexp.MustCompile(`^flows\..*\.(next|done|file|stop|go-on|again|leave|try|to-review)$`), 32, "a button"},
	{regexp.MustCompile(`^ui\.enter`), 52, "cut at the end where it must be; never the first words"},
	{regexp.MustCompile(`help`), 8 * 38, "the page alone"},
	{regexp.MustCompile(``), 5 * 38, "half a page"},
}

func TestNoTextIsTooLongForTheSmallestScreen(t *testing.T) {
	for _, l := range i18n.Langs() {
		all := texts(t, l)
		for _, key := range slices.Sorted(maps.Keys(all)) {
			text := inserted.ReplaceAllString(all[key], "12345678")
			for _, rule := range longest {
				if !rule.keys.MatchString(key) {
					continue
				}
				if n := uniseg.StringWidth(text); n > rule.columns {
					t.Errorf("%s: %s has %d columns, not %d (%s): %q", l, key, n, rule.columns, rule.why, text)
				}
				break
			}
		}
	}
}
