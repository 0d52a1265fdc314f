package keyring

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"madoguchi/internal/jsonx"
	"madoguchi/pki/profile"
	"madoguchi/pki/seal"
)

// parse reads the signed JSON. Reading it and writing it again must give the same bytes, so that times and base64
// have one spelling too.
func parse(content []byte) (*Keyring, error) {
	var k Keyring
	if err := jsonx.Unmarshal(content, &k); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if k.Type != "keyring" || k.V != 1 {
		return nil, fmt.Errorf("%w: type or version", ErrFormat)
	}
	if again, err := jsonx.Marshal(k); err != nil || !bytes.Equal(again, content) {
		return nil, fmt.Errorf("%w: %w", ErrFormat, jsonx.ErrNotCanonical)
	}
	if err := k.check(); err != nil {
		return nil, err
	}
	return &k, nil
}

// check reads every key once, so that no later use of the keyring can fail on one.
func (k *Keyring) check() error {
	if k.Mailbox == "" || k.Version < 1 || !whole(k.IssuedAt) {
		return fmt.Errorf("%w: mailbox, version or time", ErrFormat)
	}
	if err := k.checkSealing(); err != nil {
		return err
	}
	if err := k.checkLedgers(); err != nil {
		return err
	}
	return k.checkCertificates()
}

// checkLedgers also refuses one key twice: package note would find it ambiguous and believe no head of it.
func (k *Keyring) checkLedgers() error {
	keys, err := k.LedgerKeys()
	if err != nil {
		return err
	}
	type name struct {
		log  string
		hash uint32
	}
	seen := map[name]bool{}
	for _, v := range keys {
		n := name{v.Name(), v.KeyHash()}
		if seen[n] {
			return fmt.Errorf("%w: ledger key twice", ErrFormat)
		}
		seen[n] = true
	}
	return nil
}

func (k *Keyring) checkSealing() error {
	seen := map[string]bool{}
	for _, s := range k.Sealing {
		if seen[s.ID] || !whole(s.NotAfter) {
			return fmt.Errorf("%w: sealing key %q", ErrFormat, s.ID)
		}
		if _, err := seal.ParsePublic(s.ID, s.Public); err != nil {
			return fmt.Errorf("%w: %w", ErrFormat, err)
		}
		seen[s.ID] = true
	}
	return nil
}

func (k *Keyring) checkCertificates() error {
	certs, err := certificates(slices.Concat(k.JPKISign, k.JPKIAuth))
	if err != nil {
		return err
	}
	for _, c := range certs {
		if profile.IsDemo(c) && !k.Demo {
			return ErrDemo
		}
	}
	_, err = certificates(slices.Concat(k.Receipt, k.Catalogue, k.TSA))
	return err
}

func whole(t time.Time) bool { return t.Location() == time.UTC && t.Nanosecond() == 0 }
