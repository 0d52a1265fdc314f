package jsonx

import (
	"errors"
	"strings"
	"testing"
)

func TestMarshalIsCanonical(t *testing.T) {
	got, err := Marshal(map[string]any{"b": 2, "a": "𠮷\u0007<é", "\u20ac": true, "é": nil})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"a":"𠮷\u0007<é","b":2,"é":null,"€":true}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestUnmarshalRefuses(t *testing.T) {
	type doc struct {
		A string `json:"a,omitzero"`
		N int64  `json:"n,omitzero"`
	}
	for name, test := range map[string]struct {
		in   string
		want error
	}{
		"ok":                 {`{"a":"x","n":3}`, nil},
		"space":              {`{"a": "x"}`, ErrNotCanonical},
		"order":              {`{"n":3,"a":"x"}`, ErrNotCanonical},
		"escape":             {`{"a":"\u0078"}`, ErrNotCanonical},
		"float":              {`{"n":3.5}`, ErrNumber},
		"exponent":           {`{"n":3e2}`, ErrNumber},
		"too large":          {`{"n":9007199254740993}`, ErrNumber},
		"minus zero":         {`{"n":-0}`, ErrNotCanonical},
		"duplicate":          {`{"a":"x","a":"y"}`, errAny},
		"lone surrogate":     {`{"a":"\ud800"}`, errAny},
		"unknown member":     {`{"z":"x"}`, errAny},
		"invalid UTF-8":      {"{\"a\":\"\xff\"}", errAny},
		"two values":         {`{} {}`, errAny},
		"empty":              {``, errAny},
		"cut":                {`{"a":`, errAny},
		"wrong kind":         {`{"a":3}`, errAny},
		"newline at the end": {"{}\n", ErrNotCanonical},
	} {
		t.Run(name, func(t *testing.T) {
			var d doc
			err := Unmarshal([]byte(test.in), &d)
			switch {
			case test.want == nil && err != nil, test.want != nil && err == nil:
				t.Fatalf("got %v, want %v", err, test.want)
			case test.want != nil && !errors.Is(test.want, errAny) && !errors.Is(err, test.want):
				t.Fatalf("got %v, want %v", err, test.want)
			}
		})
	}
}

var errAny = errors.New("any")

func TestDepthIsBounded(t *testing.T) {
	nested := func(n int) []byte { return []byte(strings.Repeat("[", n) + strings.Repeat("]", n)) }
	if _, err := Canonicalize(nested(MaxDepth)); err != nil {
		t.Errorf("depth %d: %v", MaxDepth, err)
	}
	for _, n := range []int{MaxDepth + 1, 9999, 250_000} {
		if _, err := Canonicalize(nested(n)); !errors.Is(err, ErrDepth) {
			t.Errorf("depth %d: %v", n, err)
		}
	}
}

func TestErrorsQuoteNoInput(t *testing.T) {
	var d struct {
		Name int `json:"name"`
	}
	for _, in := range []string{`{"name":"窓口花子"}`, `{"name":窓口花子}`, `{"name":"窓口花子`, `"窓口花子"`} {
		if err := Unmarshal([]byte(in), &d); err == nil || strings.Contains(err.Error(), "花子") {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func FuzzCanonicalize(f *testing.F) {
	f.Add([]byte(`{"a":[1,"x",{"b":null}]}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		once, err := Canonicalize(in)
		if err != nil {
			return
		}
		twice, err := Canonicalize(once)
		if err != nil || string(once) != string(twice) {
			t.Fatalf("not stable: %q then %q (%v)", once, twice, err)
		}
	})
}
