package wire_test

import (
	"errors"
	"strings"
	"testing"

	"madoguchi/wire"
)

func TestStatusRefuses(t *testing.T) {
	good, err := wire.Status{Online: true, Waiting: 1, Unsent: []string{wire.ID{1}.String()}}.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if s, err := wire.ParseStatus(good); err != nil || !s.Online || len(s.Unsent) != 1 {
		t.Error(s, err)
	}
	for what, text := range map[string]string{
		"nothing": "", "no version": `{"online":true}`, "another version": `{"v":2}`, "a name in it": `{"v":1,"name":"花子"}`,
		"no id":          `{"unsent":["x"],"v":1,"waiting":1}`,
		"more than wait": strings.Replace(string(good), `"waiting":1`, `"waiting":0`, 1),
		"too long":       `{"v":1,"version":"` + strings.Repeat("x", 20<<10) + `"}`,
	} {
		if _, err := wire.ParseStatus([]byte(text)); !errors.Is(err, wire.ErrFormat) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// FuzzStatus: what a kiosk says is anybody's bytes to the mailbox.
func FuzzStatus(f *testing.F) {
	f.Add([]byte(`{"online":true,"v":1,"waiting":0,"bytes":0,"oldest":0}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := wire.ParseStatus(b)
		if err != nil {
			return
		}
		text, err := s.Marshal()
		if err != nil {
			return // numbers above 2^53
		}
		if _, err := wire.ParseStatus(text); err != nil {
			t.Error("not read back:", err)
		}
	})
}
