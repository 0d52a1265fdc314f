package linear

import (
	"strings"
	"testing"

	"madoguchi/i18n"
	"madoguchi/ui/sample"
)

// TestAnotherLanguageReadsTheWholeScreenAnew: nothing of the old language is left standing, and the prompt comes again.
func TestAnotherLanguageReadsTheWholeScreenAnew(t *testing.T) {
	for _, n := range sample.Frames(i18n.Ja) {
		var got, want strings.Builder
		f := &Front{out: &got, frame: sample.Get(i18n.En, n.Name), seen: true}
		f.frame.Seq = n.Frame.Seq + 1
		old := n.Frame
		old.Ends = f.frame.Ends // the warning has been given
		f.tell(old, false)
		whole := &Front{out: &want, frame: f.frame}
		whole.frame.Ends = n.Frame.Ends
		whole.all()
		if got.String() != want.String() {
			t.Errorf("%s: read\n%s\nnot\n%s", n.Name, got.String(), want.String())
		}
	}
}
