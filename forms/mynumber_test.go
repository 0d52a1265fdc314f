package forms

import (
	"errors"
	"strings"
	"testing"

	"madoguchi/fault"
)

// Free text with what may be a My Number asks; a yes blocks, a no is remembered and stands in the signed document.
func TestMaybeMyNumberAsks(t *testing.T) {
	const doubtful = "受付番号 1234 5678 9018"
	d := filled(t)
	err := d.Set("ground/employer", doubtful)
	if !errors.Is(err, fault.MaybeMyNumber) || strings.Contains(err.Error(), "1234") {
		t.Fatalf("%v", err)
	}
	if d.Value("ground/employer") == doubtful {
		t.Fatal("kept without an answer")
	}
	if err := d.SetNoMyNumber("ground/employer", doubtful); err != nil {
		t.Fatal(err)
	}
	if err := d.Set("ground/employer", doubtful); err != nil {
		t.Error("asked twice about the same text:", err)
	}
	if err := d.Set("ground/employer", doubtful+"。"); !errors.Is(err, fault.MaybeMyNumber) {
		t.Error("another text is another question:", err)
	}
	d, _, err = d.Form().Restore(d.Save())
	if err != nil {
		t.Fatal(err)
	}
	doc, err := d.Document(env())
	if err != nil {
		t.Fatal("the answer is not remembered:", err)
	}
	if _, err := Parse(doc.Manifest(), doc.Parts(), Builtin()); err != nil {
		t.Error(err)
	}
	manifest, parts := forge(t, doc, 0, `"notMyNumber":["ground/employer"],`, ``)
	if _, err := Parse(manifest, parts, Builtin()); !errors.Is(err, ErrInvalid) {
		t.Errorf("a text with a My Number that nobody was asked about: %v", err)
	}
	plain := document(t)
	manifest, parts = forge(t, plain, 0, `"part":"city"`, `"notMyNumber":["ground/employer"],"part":"city"`)
	if _, err := Parse(manifest, parts, Builtin()); !errors.Is(err, ErrInvalid) {
		t.Errorf("an answer to a question that was not asked: %v", err)
	}
}

// A field of a declared number kind holds what its kind says, and asks nothing.
func TestDigitsAreExempt(t *testing.T) {
	f := &field{kind: Digits, max: 12}
	for in, want := range map[string]string{"123456789018": "123456789018", "１２３４-５６７８": "12345678", "007": "007", "-": "", "12a": "", "1234567890123": ""} {
		if got, err := f.normal(in); got != want || (want == "") != (err != nil) {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
}
