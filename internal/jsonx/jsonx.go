// Package jsonx is the one place where Madoguchi turns values into JSON and back.
//
// Everything that is signed or hashed is canonical JSON (RFC 8785, JCS): strings, booleans, arrays,
// objects and integers below 2^53; no floats, no duplicate names, no lone surrogates, no Unicode
// normalisation. The package hides its JSON library, which becomes the standard one with Go 1.27.
//
// Error model: every failure is an ordinary error that names the place in the input, never its values,
// so that it may be logged. No input can panic.
package jsonx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// MaxInteger is the largest magnitude an integer may have (2^53 - 1, RFC 8785 §3.2.2.3 by way of I-JSON).
const MaxInteger = 1<<53 - 1

// MaxDepth is how deep arrays and objects may nest. No document comes near; canonicalizing without a bound takes
// time that grows with the square of the depth.
const MaxDepth = 32

var (
	// ErrNotCanonical reports JSON that is valid but not the RFC 8785 form of itself.
	ErrNotCanonical = errors.New("jsonx: not canonical JSON (RFC 8785)")
	// ErrNumber reports a number that is not an integer of magnitude below 2^53.
	ErrNumber = errors.New("jsonx: number is not an integer below 2^53")
	// ErrDepth reports nesting deeper than MaxDepth.
	ErrDepth = errors.New("jsonx: nested too deep")
)

// Marshal returns the canonical JSON of v.
func Marshal(v any) ([]byte, error) {
	raw, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("jsonx: marshal %T: %w", v, err)
	}
	return Canonicalize(raw)
}

// Canonicalize returns the canonical form of any valid JSON text, or ErrNumber where a number is not allowed.
func Canonicalize(raw []byte) ([]byte, error) {
	if err := bounded(raw); err != nil {
		return nil, err
	}
	v := jsontext.Value(bytes.Clone(raw))
	if err := v.Canonicalize(); err != nil {
		return nil, fmt.Errorf("jsonx: %w", err)
	}
	return v, nil
}

// Unmarshal decodes canonical JSON into v and refuses everything else: unknown members, duplicate names,
// invalid UTF-8, and bytes that differ from their own canonical form (ErrNotCanonical).
func Unmarshal(raw []byte, v any) error {
	canonical, err := Canonicalize(raw)
	if err != nil {
		return err
	}
	if !bytes.Equal(canonical, raw) {
		return ErrNotCanonical
	}
	return UnmarshalLoose(raw, v)
}

// UnmarshalLoose decodes JSON written by people or other programs: any spacing and member order, but still no
// unknown members, duplicate names or invalid UTF-8.
func UnmarshalLoose(raw []byte, v any) error {
	if err := json.Unmarshal(raw, v, json.RejectUnknownMembers(true)); err != nil {
		return scrub(err)
	}
	return nil
}

// scrub keeps the place of an error and drops the library's text, which may quote the input.
func scrub(err error) error {
	var semantic *json.SemanticError
	if errors.As(err, &semantic) {
		if errors.Is(err, json.ErrUnknownName) {
			return fmt.Errorf("jsonx: unknown member in %q", semantic.JSONPointer.Parent())
		}
		return fmt.Errorf("jsonx: value of the wrong kind at %q", semantic.JSONPointer)
	}
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		return fmt.Errorf("jsonx: invalid JSON at byte %d", syntactic.ByteOffset)
	}
	return errors.New("jsonx: cannot decode")
}

// bounded requires integers of a bounded size and nesting of a bounded depth.
func bounded(raw []byte) error {
	dec := jsontext.NewDecoder(bytes.NewReader(raw))
	for {
		token, err := dec.ReadToken()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return scrub(err)
		case dec.StackDepth() > MaxDepth:
			return ErrDepth
		case token.Kind() != '0':
			continue
		}
		if n, err := strconv.ParseInt(token.String(), 10, 64); err != nil || n > MaxInteger || n < -MaxInteger {
			return ErrNumber
		}
	}
}
