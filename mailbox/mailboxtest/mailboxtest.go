// Package mailboxtest makes what the mailbox's tests send it: card authorities, a person's card as a software key,
// documents, and sealed envelopes, whole or spoilt at one point. Only tests import it.
//
// Error model: every helper ends the test that called it.
package mailboxtest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"sync"
	"testing"
	"time"

	"madoguchi/forms"
	"madoguchi/pki/cms"
	"madoguchi/pki/issue"
	"madoguchi/pki/profile"
	"madoguchi/pki/seal"
	"madoguchi/wire"
)

// City is the card authorities and one person, the same in the whole process: RSA keys are slow to draw.
type City struct {
	Sign, Auth *issue.CA
	Person     profile.Holder
	Card       cms.Signer // 署名用
	AuthKey    wire.Hash  // of the 利用者証明用 key
}

var city = sync.OnceValues(newCity)

// NewCity returns the process's city.
func NewCity(t testing.TB) *City {
	t.Helper()
	c, err := city()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newCity() (*City, error) {
	c := &City{Person: profile.Holder{Name: "窓口　花子", Address: "窓口県窓口市本町一丁目2番3号", Birth: "1990-04-01", Sex: "2"}}
	var err error
	if c.Sign, err = authority(profile.JPKISignCA); err != nil {
		return nil, err
	}
	if c.Auth, err = authority(profile.JPKIAuthCA); err != nil {
		return nil, err
	}
	c.AuthKey = wire.Sum([]byte("an authentication key"))
	c.Card, err = c.card()
	return c, err
}

func authority(p *profile.Profile) (*issue.CA, error) {
	key, err := issue.NewKey(p)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	return issue.NewRoot(p, pkix.Name{Country: []string{"JP"}, Organization: []string{profile.DemoOrganization}}, key, now.AddDate(-1, 0, 0), now.AddDate(9, 0, 0))
}

func (c *City) card() (cms.Signer, error) {
	key, err := issue.NewKey(profile.JPKISign)
	if err != nil {
		return nil, err
	}
	der, err := c.Sign.Issue(profile.JPKISign, issue.Request{
		Subject: pkix.Name{Country: []string{"JP"}, CommonName: "2026112200000000000000"}, Public: key.Public(), Holder: &c.Person,
		From: time.Now().AddDate(0, -1, 0), To: time.Now().AddDate(4, 0, 0),
	})
	if err != nil {
		return nil, err
	}
	return cms.NewSigner(key, der), nil
}

// Anchors are both authorities' certificates.
func (c *City) Anchors() []*x509.Certificate { return []*x509.Certificate{c.Sign.Cert, c.Auth.Cert} }

// Draft is a nursery application, filled in.
func (c *City) Draft(t testing.TB) *forms.Draft {
	t.Helper()
	f, err := forms.Builtin().Version("nursery-application", 1)
	if err != nil {
		t.Fatal(err)
	}
	d := f.Draft()
	now := time.Now()
	start := time.Date(now.Year(), now.Month()+3, 1, 0, 0, 0, 0, time.UTC) // care begins on the first of a month to come
	for _, a := range [][2]string{
		{"applicant/name", c.Person.Name}, {"applicant/kana", "まどぐち はなこ"}, {"applicant/birth", c.Person.Birth},
		{"applicant/postal", "100-0001"}, {"applicant/address", c.Person.Address}, {"applicant/phone", "090-1234-5678"},
		{"children/0/name", "窓口 さくら"}, {"children/0/kana", "まどぐち さくら"}, {"children/0/birth", start.AddDate(-2, 0, 9).Format(time.DateOnly)},
		{"children/0/sex", "female"}, {"children/0/situation", "home"}, {"children/0/allergy", "none"}, {"children/+", "no"},
		{"wish/start", start.Format(time.DateOnly)}, {"wish/facilities", "midori,honcho"}, {"wish/visit", "done"}, {"wish/reason", "near-home"},
		{"ground/kind", "work"}, {"ground/employer", "株式会社まどぐち商事"}, {"ground/hours", "160"},
	} {
		if err := d.Set(a[0], a[1]); err != nil {
			t.Fatalf("set %s: %v", a[0], err)
		}
	}
	return d
}

// Document is a valid document for a mailbox, with an id of its own.
func (c *City) Document(t testing.TB, mailbox string) forms.Document {
	t.Helper()
	d, err := c.Draft(t).Document(forms.Env{Now: time.Now(), Mailbox: mailbox, AuthKey: c.AuthKey, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// SignManifest signs with the person's card.
func (c *City) SignManifest(t testing.TB, manifest []byte) []byte {
	t.Helper()
	der, err := cms.Sign(context.Background(), manifest, c.Card, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// Submission signs a document.
func (c *City) Submission(t testing.TB, d forms.Document) wire.Submission {
	t.Helper()
	return wire.Submission{CMS: c.SignManifest(t, d.Manifest()), Parts: d.Parts()}
}

// Kiosk is a terminal's device key.
type Kiosk struct {
	ID  string
	Key *ecdsa.PrivateKey
	seq uint64
}

// NewKiosk draws a device key.
func NewKiosk(t testing.TB, id string) *Kiosk {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &Kiosk{ID: id, Key: key}
}

// Device is the key's SubjectPublicKeyInfo.
func (k *Kiosk) Device(t testing.TB) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(k.Key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// CSR is the request that `mailbox enrol` takes.
func (k *Kiosk) CSR(t testing.TB) []byte {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: k.ID}}, k.Key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})
}

// Envelope seals bytes to a mailbox and signs the envelope.
func (k *Kiosk) Envelope(t testing.TB, key seal.PublicKey, mailbox string, plain []byte) wire.Envelope {
	t.Helper()
	k.seq++
	header, err := wire.NewHeader(key.ID, k.ID, k.seq)
	if err != nil {
		t.Fatal(err)
	}
	enc, ciphertext, err := seal.Seal(key, mailbox, header, plain)
	if err != nil {
		t.Fatal(err)
	}
	e := wire.Envelope{Header: header, Enc: enc, Ciphertext: ciphertext}
	k.Sign(t, &e)
	return e
}

// Sign signs an envelope with the device key.
func (k *Kiosk) Sign(t testing.TB, e *wire.Envelope) {
	t.Helper()
	digest := sha256.Sum256(e.Signed())
	var err error
	if e.Signature, err = ecdsa.SignASN1(rand.Reader, k.Key, digest[:]); err != nil {
		t.Fatal(err)
	}
}
