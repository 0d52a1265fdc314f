package cms

import (
	"bytes"
	"testing"
)

// FuzzCMS parses and verifies anything. What parses and then verifies must have been signed: the fuzzer holds no
// key, so only the seeds' content can come out.
func FuzzCMS(f *testing.F) {
	for _, kind := range []string{"rsa", "p256"} {
		id := newIdentity(f, kind)
		inside, err := Sign(f.Context(), content, id.signer(), day, id.ca.Raw)
		if err != nil {
			f.Fatal(err)
		}
		detached, err := SignDetached(f.Context(), content, id.signer(), day)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(inside)
		f.Add(detached)
		f.Add(forgery{by: id, content: content, strip: true}.der(f))
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		before := bytes.Clone(der)
		m, err := Parse(der)
		if err != nil {
			if Failed(err) == "" {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		for _, beside := range [][]byte{nil, content} {
			got, err := m.Verify(beside)
			if err == nil && got.Signer == nil || err != nil && Failed(err) == "" {
				t.Fatalf("got %v, %v", got, err)
			}
		}
		if !bytes.Equal(before, der) {
			t.Fatal("the input was changed")
		}
	})
}
