package kiosk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"madoguchi/device/apdu"
	"madoguchi/device/card"
	"madoguchi/fault"
	"madoguchi/forms"
	"madoguchi/pki/profile"
)

func good() Config {
	return Config{ID: "k1", Profile: "city-hall", Language: "ja", Reader: ReaderPCSC, Outbox: Limits{Count: 10, MiB: 10}}
}

func TestConfigRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*Config){
		"wildcard id":        func(c *Config) { c.ID = "*" },
		"topic level in id":  func(c *Config) { c.ID = "a/b" },
		"unknown reader":     func(c *Config) { c.Reader = "parallel" },
		"virtual, no demo":   func(c *Config) { c.Reader = ReaderVirtual },
		"outbox of nothing":  func(c *Config) { c.Outbox.Count = 0 },
		"outbox of no bytes": func(c *Config) { c.Outbox.MiB = 0 },
	} {
		c := good()
		spoil(&c)
		if c.Validate() == nil {
			t.Errorf("%s accepted", name)
		}
	}
	if err := good().Validate(); err != nil {
		t.Error(err)
	}
}

func TestInitWritesOnceAndReadsBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kiosk")
	if err := Init(dir, good()); err != nil {
		t.Fatal(err)
	}
	got, err := LoadConfig(dir)
	if err != nil || !reflect.DeepEqual(got, good()) {
		t.Errorf("got %+v, %v", got, err)
	}
	key, err := os.ReadFile(filepath.Join(dir, DeviceKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	if Init(dir, good()) == nil {
		t.Error("a second init was accepted")
	}
	if again, _ := os.ReadFile(filepath.Join(dir, DeviceKeyFile)); string(again) != string(key) {
		t.Error("the device key was overwritten")
	}
	if info, _ := os.Stat(filepath.Join(dir, DeviceKeyFile)); info.Mode().Perm() != 0o600 {
		t.Errorf("device key has mode %v", info.Mode())
	}
	if _, err := Open(t.Context(), dir, Options{}); err == nil || !strings.Contains(err.Error(), "not enrolled") {
		t.Errorf("open before enrolment: %v", err)
	}
}

func TestConfigWithUnknownNameIsAnError(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ConfigFile), []byte("id = 'k1'\ncolour = 'red'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadConfig(dir); err == nil {
		t.Error("accepted")
	}
}

func TestSamePerson(t *testing.T) {
	h := profile.Holder{Name: "𠮷田　太郎", Birth: "1988-11-23", Address: "窓口県窓口市本町４丁目５番６号"}
	p := forms.Person{Name: "𠮷田　太郎", Birth: "1988-11-23", Address: "窓口県窓口市本町４丁目５番６号"}
	for name, test := range map[string]struct {
		change func(*forms.Person)
		same   bool
	}{
		"same":              {func(*forms.Person) {}, true},
		"half-width digits": {func(p *forms.Person) { p.Address = "窓口県窓口市本町4丁目5番6号" }, true},
		"other space":       {func(p *forms.Person) { p.Name = "𠮷田 太郎" }, true},
		"吉 is not 𠮷":        {func(p *forms.Person) { p.Name = "吉田　太郎" }, false},
		"another house":     {func(p *forms.Person) { p.Address = "窓口県窓口市本町４丁目５番７号" }, false},
		"another birthday":  {func(p *forms.Person) { p.Birth = "1988-11-24" }, false},
		"nothing":           {func(p *forms.Person) { *p = forms.Person{} }, false},
	} {
		other := p
		test.change(&other)
		err := samePerson(h, other)
		if (err == nil) != test.same {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && (!errors.Is(err, fault.PersonDiffers) || strings.Contains(err.Error(), "太郎")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCardFaults(t *testing.T) {
	for _, test := range []struct {
		err  error
		want fault.Code
	}{
		{&card.PINError{Left: 2}, fault.PINWrong},
		{card.ErrBlocked, fault.PINBlocked},
		{card.ErrPINShape, fault.PINShape},
		{fmt.Errorf("x: %w", card.ErrUnknown), fault.PINUnknown},
		{errors.Join(card.ErrUnknown, apdu.ErrRemoved), fault.PINUnknown},
		{card.ErrNotJPKI, fault.CardUnknown},
		{card.ErrNoCertificate, fault.NoSignKey},
		{apdu.ErrRemoved, fault.CardRemoved},
		{errors.New("noise"), fault.CardUnreadable},
		{fault.New(fault.OtherCard, nil), fault.OtherCard},
	} {
		if got := cardFault(test.err); !errors.Is(got, test.want) {
			t.Errorf("%v: got %v, want %s", test.err, got, test.want)
		}
	}
	if cardFault(nil) != nil || !errors.Is(cardFault(context.Canceled), context.Canceled) {
		t.Error("nil and cancellation are no faults")
	}
}
