package card_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"madoguchi/device/apdu"
	"madoguchi/device/card"
	"madoguchi/device/internal/testcard"
	"madoguchi/device/sim"
)

// world is a virtual card in a reader.
type world struct {
	reader               *sim.Reader
	path                 string
	auth, sign           *rsa.PrivateKey
	authCert, signCert   []byte
	sent                 []byte // the instructions that reached the card
	authPIN, signPIN     []byte
	wrongAuth, wrongSign []byte
}

func newWorld(t testing.TB, change ...func(*sim.Options)) *world {
	t.Helper()
	w := &world{
		reader: sim.NewReader("slot"), path: filepath.Join(t.TempDir(), "card.json"),
		authPIN: []byte("1234"), signPIN: []byte("ABC123"), wrongAuth: []byte("0000"), wrongSign: []byte("XYZ987"),
	}
	w.auth, w.sign = testcard.Keys(t)
	w.authCert, w.signCert = testcard.Certificate(t, w.auth, "auth"), testcard.Certificate(t, w.sign, "sign")
	o := sim.Options{
		AuthKey: w.auth, SignKey: w.sign, AuthCert: w.authCert, SignCert: w.signCert,
		AuthPIN: w.authPIN, SignPIN: w.signPIN, Extended: true, AuthCA: []byte{0x30, 0x01, 0x0B}, SignCA: []byte{0x30, 0x01, 0x02},
		Face: &sim.Face{Name: "窓口　花子", Address: "窓口県窓口市中央１丁目２番３号", Birth: "1990-04-01", Sex: "2", PIN: []byte("5678"), NumberB: []byte("02040120351001")},
	}
	for _, c := range change {
		c(&o)
	}
	w.authCert, w.signCert = o.AuthCert, o.SignCert
	f, err := sim.NewFile(o)
	if err == nil {
		err = f.Save(w.path)
	}
	if err == nil {
		err = w.reader.Insert(w.path)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.reader.Log(func(command, _ []byte) { w.sent = append(w.sent, command[1]) })
	return w
}

// session connects anew; the one before must be closed.
func (w *world) session(t testing.TB) apdu.Session {
	t.Helper()
	s, err := w.reader.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func (w *world) open(t testing.TB) *card.Card {
	t.Helper()
	c, err := card.Open(t.Context(), w.session(t), w.reader.Extended())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// logIn is what a log-in asks of the card: it returns the certificate and the signature over digest.
func logIn(ctx context.Context, c *card.Card, pin, digest []byte) (certificate, signature []byte, err error) {
	if _, err = c.Tries(ctx, card.Auth); err != nil {
		return nil, nil, err
	}
	if err = c.Verify(ctx, card.Auth, pin); err != nil {
		return nil, nil, err
	}
	if certificate, err = c.Certificate(ctx, card.Auth); err != nil {
		return nil, nil, err
	}
	signature, err = c.SignDigest(ctx, card.Auth, digest, crypto.SHA256)
	return certificate, signature, err
}

// signDocument is what the signing of a document asks: both certificates and the signature.
func signDocument(ctx context.Context, c *card.Card, pin, digest []byte) (auth, sign, signature []byte, err error) {
	if _, err = c.Tries(ctx, card.Sign); err != nil {
		return nil, nil, nil, err
	}
	if err = c.Verify(ctx, card.Sign, pin); err != nil {
		return nil, nil, nil, err
	}
	if auth, err = c.Certificate(ctx, card.Auth); err != nil {
		return nil, nil, nil, err
	}
	if sign, err = c.Certificate(ctx, card.Sign); err != nil {
		return nil, nil, nil, err
	}
	signature, err = c.SignDigest(ctx, card.Sign, digest, crypto.SHA256)
	return auth, sign, signature, err
}

const (
	sel    = 0xA4
	verify = 0x20
	read   = 0xB0
	sign   = 0x2A
	fetch  = 0xC0
	change = 0x24
)

// TestCommandsCounted holds the numbers of DESIGN §6: 5 and 6 by the fast way, at most 11 and 18 by 256-byte reads.
func TestCommandsCounted(t *testing.T) {
	reads := slices.Repeat([]byte{read}, 7) // of 256 bytes, for one certificate
	short := func(o *sim.Options) { o.Extended = false }
	for name, test := range map[string]struct {
		reader      bool // passes extended length
		card        func(*sim.Options)
		logIn, sign []byte
	}{
		"extended": {
			true, func(*sim.Options) {},
			[]byte{sel, verify, verify, read, sign},
			[]byte{sel, verify, verify, read, read, sign},
		},
		"reader without": {
			false, func(*sim.Options) {},
			slices.Concat([]byte{sel, verify, verify}, reads, []byte{sign}),
			slices.Concat([]byte{sel, verify, verify}, reads, reads, []byte{sign}),
		},
		"card without": { // its answer to reset says so
			true, short,
			slices.Concat([]byte{sel, verify, verify}, reads, []byte{sign}),
			slices.Concat([]byte{sel, verify, verify}, reads, reads, []byte{sign}),
		},
		"contactless card": { // says nothing, and takes it
			true, func(o *sim.Options) { o.Quirks = []sim.Quirk{sim.Silent} },
			[]byte{sel, verify, verify, read, sign},
			[]byte{sel, verify, verify, read, read, sign},
		},
		"contactless card without": { // the one case where a read must find out
			true, func(o *sim.Options) { short(o); o.Quirks = []sim.Quirk{sim.Silent} },
			slices.Concat([]byte{sel, verify, verify, read}, reads, []byte{sign}),
			slices.Concat([]byte{sel, verify, verify, read}, reads, reads, []byte{sign}),
		},
		"files selected": {
			true, func(o *sim.Options) { o.Quirks = []sim.Quirk{sim.NoShortIDs} },
			[]byte{sel, verify, sel, verify, verify, sel, read, sel, sign},
			[]byte{sel, verify, sel, verify, verify, sel, read, sel, read, sel, sign},
		},
		"only the key selected": {
			true, func(o *sim.Options) { o.Quirks = []sim.Quirk{sim.NoShortSign} },
			[]byte{sel, verify, verify, read, sign, sel, sign},
			[]byte{sel, verify, verify, read, read, sign, sel, sign},
		},
		"answers wait": {
			false, func(o *sim.Options) { short(o); o.Quirks = []sim.Quirk{sim.Waits} },
			slices.Concat([]byte{sel, verify, verify}, slices.Repeat([]byte{read, fetch}, 7), []byte{sign, fetch}),
			slices.Concat([]byte{sel, verify, verify}, slices.Repeat([]byte{read, fetch}, 14), []byte{sign, fetch}),
		},
		"the first command fails": {
			true, func(o *sim.Options) { o.Quirks = []sim.Quirk{sim.FirstFails} },
			[]byte{sel, sel, verify, verify, read, sign},
			[]byte{sel, sel, verify, verify, read, read, sign},
		},
		"tells the file's end": {
			true, func(o *sim.Options) { o.Quirks = []sim.Quirk{sim.TellsEnd} },
			[]byte{sel, verify, verify, read, sign},
			[]byte{sel, verify, verify, read, read, sign},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, test.card)
			w.reader.SetExtended(test.reader)
			w.logInAndSign(t, test.logIn, test.sign)
			bounded := !strings.HasPrefix(name, "contactless card without") && name != "answers wait"
			if bounded && (len(test.logIn) > 11 || len(test.sign) > 18) {
				t.Errorf("%d and %d commands", len(test.logIn), len(test.sign))
			}
		})
	}
}

func (w *world) logInAndSign(t *testing.T, wantLogIn, wantSign []byte) {
	t.Helper()
	digest := sha256.Sum256([]byte("document"))
	s := w.session(t)
	c, err := card.Open(t.Context(), s, w.reader.Extended())
	if err != nil {
		t.Fatal(err)
	}
	certificate, signature, err := logIn(t.Context(), c, w.authPIN, digest[:])
	if err != nil || !bytes.Equal(certificate, w.authCert) {
		t.Fatalf("log-in: %d bytes of certificate, %v", len(certificate), err)
	}
	checkSignature(t, w.auth, digest[:], signature)
	if !bytes.Equal(w.sent, wantLogIn) {
		t.Errorf("log-in: %d commands % X, want %d % X", len(w.sent), w.sent, len(wantLogIn), wantLogIn)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	w.sent = nil
	auth, signing, signature, err := signDocument(t.Context(), w.open(t), w.signPIN, digest[:])
	if err != nil || !bytes.Equal(auth, w.authCert) || !bytes.Equal(signing, w.signCert) {
		t.Fatalf("signing: %d and %d bytes of certificates, %v", len(auth), len(signing), err)
	}
	checkSignature(t, w.sign, digest[:], signature)
	if !bytes.Equal(w.sent, wantSign) {
		t.Errorf("signing: %d commands % X, want %d % X", len(w.sent), w.sent, len(wantSign), wantSign)
	}
}

func checkSignature(t *testing.T, key *rsa.PrivateKey, digest, signature []byte) {
	t.Helper()
	if err := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest, signature); err != nil {
		t.Error(err)
	}
}

func TestSignDigestOfEachHash(t *testing.T) {
	w := newWorld(t)
	c := w.open(t)
	if err := c.Verify(t.Context(), card.Auth, w.authPIN); err != nil {
		t.Fatal(err)
	}
	for _, h := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
		digest := bytes.Repeat([]byte{7}, h.Size())
		signature, err := c.SignDigest(t.Context(), card.Auth, digest, h)
		if err != nil {
			t.Fatal(err)
		}
		if err := rsa.VerifyPKCS1v15(&w.auth.PublicKey, h, digest, signature); err != nil {
			t.Errorf("%v: %v", h, err)
		}
	}
	w.sent = nil
	for h, digest := range map[crypto.Hash][]byte{
		crypto.SHA256: make([]byte, 31), crypto.SHA384: make([]byte, 32), crypto.SHA1: make([]byte, 20), 0: make([]byte, 51), 99: nil,
	} {
		if _, err := c.SignDigest(t.Context(), card.Auth, digest, h); !errors.Is(err, card.ErrDigest) {
			t.Errorf("%v: %v", h, err)
		}
	}
	if len(w.sent) != 0 {
		t.Error("the card was asked")
	}
}

func TestNothingForSigningBeforeThePassword(t *testing.T) {
	w := newWorld(t)
	c := w.open(t)
	if err := c.Verify(t.Context(), card.Auth, w.authPIN); err != nil { // the other PIN does not help
		t.Fatal(err)
	}
	if _, err := c.Certificate(t.Context(), card.Sign); !errors.Is(err, card.ErrNotVerified) {
		t.Errorf("certificate: %v", err)
	}
	if _, err := c.SignDigest(t.Context(), card.Sign, make([]byte, 32), crypto.SHA256); !errors.Is(err, card.ErrNotVerified) {
		t.Errorf("signature: %v", err)
	}
}

func TestChildsCardCannotSign(t *testing.T) {
	w := newWorld(t, func(o *sim.Options) { o.SignKey = nil })
	c := w.open(t)
	_, tries := c.Tries(t.Context(), card.Sign)
	_, certificate := c.Certificate(t.Context(), card.Sign)
	_, signature := c.SignDigest(t.Context(), card.Sign, make([]byte, 32), crypto.SHA256)
	for _, err := range []error{tries, certificate, signature, c.Verify(t.Context(), card.Sign, w.signPIN)} {
		if !errors.Is(err, card.ErrNoCertificate) {
			t.Error(err)
		}
	}
	if left, err := c.Tries(t.Context(), card.Auth); left != 3 || err != nil {
		t.Errorf("log-in still works: %d, %v", left, err)
	}
}
