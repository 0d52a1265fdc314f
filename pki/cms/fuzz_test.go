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
		full, err := SignWith(f.Context(), content, id.signer(), day, Options{Attributes: [][]byte{carried(f, id)}, Stamp: stamper(f)})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(full)
		f.Add(forgery{by: id, content: content, strip: true}.der(f))
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		before := bytes.Clone(der)
		if _, err := ParseToken(der); err != nil && Failed(err) == "" {
			t.Fatalf("an error of another kind: %v", err)
		}
		if m, err := Parse(der); err == nil && len(m.signer.unsigned) > 0 {
			stampAgain(t, der, m)
		}
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

// stampAgain adds a token to whatever parses: what comes out parses, and differs in its unsigned attributes alone.
func stampAgain(t *testing.T, der []byte, m *Message) {
	t.Helper()
	for _, a := range m.signer.unsigned {
		if !a.kind.Equal(oidTimestamp) {
			continue
		}
		out, err := AddTimestamp(der, a.values[0])
		if err != nil {
			continue
		}
		again, err := Parse(out)
		if err != nil || !bytes.Equal(again.signer.signed, m.signer.signed) || !bytes.Equal(again.signer.value, m.signer.value) {
			t.Fatalf("%v", err)
		}
	}
}
