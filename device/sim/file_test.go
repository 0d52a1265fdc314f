package sim

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestFileRoundTrip(t *testing.T) {
	f := newFile(t)
	f.Auth.Tries = 1
	child := newFile(t)
	child.Sign = nil
	for _, want := range []*File{f, child} {
		path := filepath.Join(t.TempDir(), "card.json")
		if err := want.Save(path); err != nil {
			t.Fatal(err)
		}
		got, err := Load(path)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, %v", got, err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Error(info.Mode(), err)
		}
	}
}

func TestPINStandsReadableInTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "card.json")
	if err := newFile(t).Save(path); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(raw, []byte(`"pin":"ABC123"`)) {
		t.Errorf("%v", err)
	}
}

func TestNewFileKeepsCopies(t *testing.T) {
	f := newFile(t)
	pin := []byte("1234")
	key, err := f.Auth.key()
	if err != nil {
		t.Fatal(err)
	}
	made, err := NewFile(Options{AuthKey: key, AuthCert: f.Auth.Certificate, AuthPIN: pin})
	if err != nil {
		t.Fatal(err)
	}
	clear(pin)
	if string(made.Auth.PIN) != "1234" || made.Sign != nil || made.Auth.Tries != 3 {
		t.Errorf("%+v", made.Auth)
	}
}

func TestWhatMakesNoCard(t *testing.T) {
	f := newFile(t)
	good, err := f.Auth.key()
	if err != nil {
		t.Fatal(err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	longer, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]Options{
		"nothing":        {},
		"no PIN":         {AuthKey: good, AuthCert: f.Auth.Certificate},
		"no certificate": {AuthKey: good, AuthPIN: []byte("1234")},
		"elliptic curve": {AuthKey: ec, AuthCert: f.Auth.Certificate, AuthPIN: []byte("1234")},
		"longer key":     {AuthKey: longer, AuthCert: f.Auth.Certificate, AuthPIN: []byte("1234")},
		"no password":    {AuthKey: good, AuthCert: f.Auth.Certificate, AuthPIN: []byte("1234"), SignKey: good},
	} {
		if _, err := NewFile(o); err == nil {
			t.Errorf("%s made a card", name)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "card.json")
	if _, err := Load(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	if err := newFile(t).Save(path); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"too many tries": {`"tries":3`, `"tries":4`},
		"negative":       {`"tries":5`, `"tries":-1`},
		"no limit":       {`"limit":3,`, `"limit":0,`},
		"a huge limit":   {`"limit":5,`, `"limit":16,`},
		"no PIN":         {`"pin":"1234"`, `"pin":""`},
		"no key":         {`"key":"MII`, `"key":"AAA`},
		"unknown member": {`"label"`, `"lable"`},
		"no credential":  {`"auth"`, `"sign"`},
		"cut":            {`}`, ``},
	} {
		t.Run(name, func(t *testing.T) {
			bad := strings.Replace(string(good), change[0], change[1], 1)
			if bad == string(good) {
				t.Fatal("nothing was changed")
			}
			if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Load(path)
			if !errors.Is(err, ErrFile) || strings.Contains(err.Error(), "1234") || strings.Contains(err.Error(), "ABC123") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func FuzzFile(f *testing.F) {
	f.Add([]byte(`{"label":"x","extended":true,"auth":{"key":"MII=","certificate":"MA==","ca":"","pin":"1234","limit":3,"tries":3}}`))
	f.Add([]byte(`{"auth":null}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, err := decode(raw)
		if err != nil {
			if !errors.Is(err, ErrFile) {
				t.Fatal(err)
			}
			return
		}
		if _, err := powerOn(file, func() error { return nil }); err != nil {
			t.Fatalf("loads, but has no power: %v", err)
		}
	})
}
