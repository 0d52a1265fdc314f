package card_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"slices"
	"testing"

	"madoguchi/device/apdu"
	"madoguchi/device/card"
	"madoguchi/device/internal/testcard"
	"madoguchi/device/sim"
)

// next makes a card of the next generation.
func next(t testing.TB) func(*sim.Options) {
	auth, sign := testcard.Elliptic(t)
	return func(o *sim.Options) {
		o.Kind, o.AuthKey, o.SignKey, o.Face.PIN, o.Face.NumberB = sim.Next, auth, sign, nil, nil
		o.AuthCert, o.SignCert = testcard.Certificate(t, auth, "auth"), testcard.Certificate(t, sign, "sign")
	}
}

// kind makes a card or phone of another kind, without the person's data.
func kind(k sim.Kind) func(*sim.Options) {
	return func(o *sim.Options) {
		o.Kind, o.Face = k, nil
		if k == sim.Resident {
			o.AuthKey = nil
		}
	}
}

var errSignature = errors.New("the signature does not hold")

// prove has the card sign with k as its certificate's key wants it, and checks the signature.
func prove(ctx context.Context, c *card.Card, k card.Key, certificate []byte) error {
	parsed, err := x509.ParseCertificate(certificate)
	if err != nil {
		return errSignature
	}
	h := crypto.SHA256
	if _, elliptic := parsed.PublicKey.(*ecdsa.PublicKey); elliptic {
		h = crypto.SHA384
	}
	hash := h.New()
	hash.Write([]byte("document"))
	digest := hash.Sum(nil)
	signature, err := c.SignDigest(ctx, k, digest, h)
	if err != nil {
		return err
	}
	holds := false
	switch key := parsed.PublicKey.(type) {
	case *rsa.PublicKey:
		holds = rsa.VerifyPKCS1v15(key, h, digest, signature) == nil
	case *ecdsa.PublicKey:
		holds = ecdsa.VerifyASN1(key, digest, signature)
	}
	if !holds {
		return errSignature
	}
	return nil
}

// flow is one use of a card from power-on: with these PINs, on that line.
type flow func(ctx context.Context, t apdu.Transmitter, extended bool, p pins) error

type pins struct{ auth, sign, face, number, fresh []byte }

// use opens the card, asks the tries of k and verifies its PIN.
func use(ctx context.Context, t apdu.Transmitter, extended bool, k card.Key, pin []byte) (*card.Card, error) {
	c, err := card.Open(ctx, t, extended)
	if err == nil {
		_, err = c.Tries(ctx, k)
	}
	if err == nil {
		err = c.Verify(ctx, k, pin)
	}
	return c, err
}

func logInFlow(ctx context.Context, t apdu.Transmitter, extended bool, p pins) error {
	c, err := use(ctx, t, extended, card.Auth, p.auth)
	if err != nil {
		return err
	}
	certificate, err := c.Certificate(ctx, card.Auth)
	if err != nil {
		return err
	}
	return prove(ctx, c, card.Auth, certificate)
}

func signFlow(ctx context.Context, t apdu.Transmitter, extended bool, p pins) error {
	c, err := use(ctx, t, extended, card.Sign, p.sign)
	if err != nil {
		return err
	}
	if _, err = c.Certificate(ctx, card.Auth); err != nil {
		return err
	}
	certificate, err := c.Certificate(ctx, card.Sign)
	if err != nil {
		return err
	}
	return prove(ctx, c, card.Sign, certificate)
}

func attributesFlow(ctx context.Context, t apdu.Transmitter, extended bool, p pins) error {
	f, err := card.OpenFace(ctx, t, extended)
	if err == nil {
		_, err = f.Tries(ctx, card.Attributes)
	}
	if err == nil {
		err = f.Verify(ctx, card.Attributes, p.face)
	}
	if err != nil {
		return err
	}
	person, err := f.Person(ctx)
	if err == nil && person != (card.Person{Name: "窓口　花子", Address: "窓口県窓口市中央１丁目２番３号", Birth: "1990-04-01", Sex: "2"}) {
		return errors.New("another person")
	}
	return err
}

// numberFlow is attributesFlow by 照合番号B.
func numberFlow(ctx context.Context, t apdu.Transmitter, extended bool, p pins) error {
	f, err := card.OpenFace(ctx, t, extended)
	if err == nil {
		err = f.Verify(ctx, card.NumberB, p.number)
	}
	if err == nil {
		_, err = f.Person(ctx)
	}
	return err
}

func changeFlow(ctx context.Context, t apdu.Transmitter, extended bool, p pins) error {
	c, err := card.Open(ctx, t, extended)
	if err != nil {
		return err
	}
	return c.Change(ctx, card.Auth, p.auth, p.fresh)
}

func (w *world) pins() pins {
	return pins{w.authPIN, w.signPIN, []byte("5678"), []byte("02040120351001"), []byte("8642")}
}

// TestTheTableIsEnough runs the very same code over both generations: the next one differs in algorithm, applications,
// file identifiers and PINs, and costs one SELECT more.
func TestTheTableIsEnough(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*sim.Options)
		more   int
	}{
		"today":          {func(*sim.Options) {}, 0},
		"next":           {next(t), 1},
		"next, selected": {func(o *sim.Options) { next(t)(o); o.Quirks = []sim.Quirk{sim.NoShortIDs} }, -1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, test.change)
			p := w.pins()
			if test.more != 0 {
				p.face = p.auth // two PINs in all
			}
			for _, f := range []struct {
				run  flow
				want int
			}{{logInFlow, 5}, {signFlow, 6}, {attributesFlow, 4}, {changeFlow, 5}} {
				w.sent = nil
				s := w.session(t)
				if err := f.run(t.Context(), s, true, p); err != nil {
					t.Fatal(err)
				}
				if want := f.want + test.more; test.more >= 0 && len(w.sent) != want {
					t.Errorf("%d commands % X, want %d", len(w.sent), w.sent, want)
				}
				_ = s.Close()
			}
			p.auth = p.fresh
			if err := logInFlow(t.Context(), w.session(t), true, p); err != nil {
				t.Errorf("with the changed PIN: %v", err)
			}
		})
	}
}

func TestNextCardSignsItsOwnDigestOnly(t *testing.T) {
	w := newWorld(t, next(t))
	c := w.open(t)
	if err := c.Verify(t.Context(), card.Sign, w.signPIN); err != nil {
		t.Fatal(err)
	}
	w.sent = nil
	for _, h := range []crypto.Hash{crypto.SHA256, crypto.SHA512} {
		if _, err := c.SignDigest(t.Context(), card.Sign, make([]byte, h.Size()), h); !errors.Is(err, card.ErrDigest) {
			t.Errorf("%v: %v", h, err)
		}
	}
	if len(w.sent) != 0 {
		t.Error("the card was asked")
	}
}

func TestDevicesAreToldApart(t *testing.T) {
	for want, change := range map[card.Device]func(*sim.Options){
		card.MyNumberCard: func(*sim.Options) {}, card.ResidentCard: kind(sim.Resident),
		card.AndroidPhone: kind(sim.Android), card.IPhone: kind(sim.IOS), card.NextCard: next(t),
	} {
		t.Run(want.String(), func(t *testing.T) {
			w := newWorld(t, change)
			s := w.session(t)
			c, err := card.Open(t.Context(), s, true)
			if err != nil {
				t.Fatal(err)
			}
			w.sent = nil
			got, err := c.Device(t.Context())
			if got != want || err != nil || got.Phone() != (want == card.AndroidPhone || want == card.IPhone) || len(w.sent) != 1 {
				t.Errorf("%v, %v, sent % X", got, err, w.sent)
			}
			_, err = card.OpenFace(t.Context(), s, true)
			if has := want == card.MyNumberCard || want == card.NextCard; has != (err == nil) || !has && !errors.Is(err, card.ErrNoAttributes) {
				t.Errorf("person's data: %v", err)
			}
		})
	}
	for label, want := range map[string]card.Device{
		"JPKIAPICCTOKEN2": card.MyNumberCard, "JPKIAPICCTOKEN2\x00\x00": card.MyNumberCard, "JPKIAPICCTOKEN3": card.UnknownDevice, "": card.UnknownDevice,
		"jpkiapicctoken2": card.UnknownDevice, " JPKIAPICCTOKEN2": card.UnknownDevice, "JPKIAPICCTOKEN ": card.ResidentCard,
	} {
		c, _ := scripted(t, true, hex.EncodeToString([]byte(label))+"9000")
		if got, err := c.Device(t.Context()); got != want || err != nil {
			t.Errorf("%q: %v, %v", label, got, err)
		}
	}
}

func TestPhoneGivesItsCertificateAfterItsPIN(t *testing.T) {
	for _, k := range []sim.Kind{sim.Android, sim.IOS} {
		w := newWorld(t, kind(k))
		c := w.open(t)
		if _, err := c.Certificate(t.Context(), card.Auth); !errors.Is(err, card.ErrNotVerified) {
			t.Error(err)
		}
		if err := c.Verify(t.Context(), card.Auth, w.authPIN); err != nil {
			t.Fatal(err)
		}
		if der, err := c.Certificate(t.Context(), card.Auth); err != nil || !bytes.Equal(der, w.authCert) {
			t.Error(err)
		}
		if err := prove(t.Context(), c, card.Auth, w.authCert); err != nil {
			t.Error(err)
		}
	}
}

func TestPresentCertificates(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*sim.Options)
		want   card.Present
	}{
		"both":          {func(*sim.Options) {}, card.Present{Auth: true, Sign: true}},
		"child":         {func(o *sim.Options) { o.SignKey = nil }, card.Present{Auth: true}},
		"resident card": {kind(sim.Resident), card.Present{Sign: true}},
		"next card":     {next(t), card.Present{Auth: true, Sign: true}},
	} {
		w := newWorld(t, test.change)
		c := w.open(t)
		w.sent = nil
		if got, err := c.Present(t.Context()); got != test.want || err != nil || !slices.Equal(w.sent, []byte{read}) {
			t.Errorf("%s: %+v, %v, % X", name, got, err, w.sent)
		}
	}
	for answer, want := range map[string]error{"8f8f9000": card.ErrAnswer, "9000": card.ErrAnswer, "8f8f00009000": card.ErrAnswer, "6982": card.ErrNotVerified} {
		c, _ := scripted(t, true, answer)
		_, err := c.Present(t.Context())
		checkError(t, err, want)
	}
}

func TestCertificatesOfTheAuthorities(t *testing.T) {
	for name, change := range map[string]func(*sim.Options){"today": func(*sim.Options) {}, "next": next(t)} {
		w := newWorld(t, change)
		c := w.open(t)
		for k, want := range map[card.Key][]byte{card.Auth: {0x30, 0x01, 0x0B}, card.Sign: {0x30, 0x01, 0x02}} {
			if der, err := c.CA(t.Context(), k); err != nil || !bytes.Equal(der, want) {
				t.Errorf("%s, %v: %x, %v", name, k, der, err)
			}
		}
		if _, err := c.CA(t.Context(), card.Attributes); !errors.Is(err, card.ErrNoCertificate) {
			t.Error(err)
		}
	}
}
