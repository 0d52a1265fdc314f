package cms

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/smallstep/pkcs7"
)

var kinds = []string{"rsa", "p256", "p384"}

// content holds line feeds and bytes beyond ASCII, which text canonicalisation would change.
var content = []byte("{\"name\":\"窓口\"}\n\r\x00\xff")

func TestSignThenVerify(t *testing.T) {
	for _, kind := range kinds {
		for name, c := range map[string][]byte{"some": content, "empty": {}, "nil": nil, "large": bytes.Repeat([]byte{7}, 300<<10)} {
			t.Run(kind+" "+name, func(t *testing.T) {
				id := newIdentity(t, kind)
				der, err := Sign(t.Context(), c, id.signer(), day.Add(300*time.Millisecond), id.ca.Raw, id.ca.Raw)
				if err != nil {
					t.Fatal(err)
				}
				got, err := open(der, nil)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got.Content, c) || !got.Signer.Equal(id.cert) || !got.SigningTime.Equal(day) || len(got.Certificates) != 2 {
					t.Errorf("signer %v, time %v, %d certificates", got.Signer.Subject, got.SigningTime, len(got.Certificates))
				}
			})
		}
	}
}

func TestDetached(t *testing.T) {
	id := newIdentity(t, "p256")
	der, err := SignDetached(t.Context(), content, id.signer(), day)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(der, content) {
		t.Error("the content is inside")
	}
	if got, err := open(der, content); err != nil || got.Content != nil {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := open(der, append([]byte("x"), content...)); Failed(err) == "" {
		t.Error("other content: accepted")
	}
	if _, err := open(der, nil); Failed(err) != ContentPlace {
		t.Errorf("no content: %v", err)
	}
	inside, err := Sign(t.Context(), content, id.signer(), day)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(inside, content); Failed(err) != ContentPlace {
		t.Errorf("content twice: %v", err)
	}
}

func TestSigningTimeForms(t *testing.T) {
	id := newIdentity(t, "p256")
	for _, year := range []int{1949, 1950, 1968, 1969, 2049, 2050, 9999} {
		at := time.Date(year, 12, 31, 23, 59, 59, 0, time.UTC)
		der, err := Sign(t.Context(), content, id.signer(), at.In(time.FixedZone("JST", 9*3600)))
		if err != nil {
			t.Fatal(year, err)
		}
		if got, err := open(der, nil); err != nil || !got.SigningTime.Equal(at) {
			t.Errorf("%d: %v, %v", year, got, err)
		}
	}
}

// TestSecondReader has another implementation read what we sign.
func TestSecondReader(t *testing.T) {
	for _, kind := range kinds {
		id := newIdentity(t, kind)
		der, err := Sign(t.Context(), content, id.signer(), time.Now(), id.ca.Raw)
		if err != nil {
			t.Fatal(err)
		}
		p7, err := pkcs7.Parse(der)
		if err != nil {
			t.Fatal(kind, err)
		}
		pool := x509.NewCertPool()
		pool.AddCert(id.ca)
		if err := p7.VerifyWithChain(pool); err != nil || !bytes.Equal(p7.Content, content) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

type brokenSigner struct{ Signer }

var errTorn = errors.New("torn card")

func (brokenSigner) SignDigest(context.Context, []byte, crypto.Hash) ([]byte, error) {
	return nil, errTorn
}

func TestSignErrors(t *testing.T) {
	id := newIdentity(t, "p256")
	if _, err := Sign(t.Context(), content, brokenSigner{id.signer()}, day); !errors.Is(err, errTorn) {
		t.Errorf("signer's error: %v", err)
	}
	if _, err := Sign(t.Context(), content, NewSigner(id.key, []byte("no certificate")), day); err == nil {
		t.Error("bad certificate: accepted")
	}
	if _, err := Sign(t.Context(), content, id.signer(), day, []byte("no certificate")); err == nil {
		t.Error("bad chain: accepted")
	}
	for _, kind := range []string{"p521"} {
		if _, err := Sign(t.Context(), content, newIdentity(t, kind).signer(), day); Failed(err) != Algorithm {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestErrorsQuoteNoContent(t *testing.T) {
	id := newIdentity(t, "p256")
	der, err := Sign(t.Context(), []byte("窓口花子"), id.signer(), day)
	if err != nil {
		t.Fatal(err)
	}
	for i := range der {
		broken := bytes.Clone(der)
		broken[i] ^= 1
		if _, err := open(broken, nil); err != nil && strings.Contains(err.Error(), "花子") {
			t.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	id := newIdentity(b, "rsa")
	der, err := Sign(b.Context(), content, id.signer(), day)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := open(der, nil); err != nil {
			b.Fatal(err)
		}
	}
}
