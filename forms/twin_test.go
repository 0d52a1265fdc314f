//go:build twin

package forms

import (
	"bytes"
	"errors"
	"testing"

	"madoguchi/internal/check"
)

// The twins: each forgery is refused, and accepted when exactly its check is off.

func TestTwinSwappedPart(t *testing.T) {
	doc, other := document(t), document(t)
	parts := [][]byte{doc.Parts()[0], other.Parts()[1]}
	if _, err := Parse(doc.Manifest(), parts, Builtin()); !errors.Is(err, ErrInvalid) {
		t.Fatalf("a swapped part: %v", err)
	}
	check.Without(t, check.PartHash)
	if got, err := Parse(doc.Manifest(), parts, Builtin()); err != nil || !bytes.Equal(got.Parts()[1], parts[1]) {
		t.Errorf("without the check: %v", err)
	}
}

func TestTwinUnpublishedForm(t *testing.T) {
	doc := document(t)
	m, err := ParseManifest(doc.Manifest())
	if err != nil {
		t.Fatal(err)
	}
	m.Form.Digest = Digest{1}.String()
	manifest := remarshal(t, m)
	if _, err := Parse(manifest, doc.Parts(), Builtin()); !errors.Is(err, ErrUnknownForm) {
		t.Fatalf("an unpublished form: %v", err)
	}
	check.Without(t, check.FormDigest)
	if _, err := Parse(manifest, doc.Parts(), Builtin()); err != nil {
		t.Errorf("without the check: %v", err)
	}
}
