package world

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"madoguchi/device/sim"
	"madoguchi/internal/durable"
	"madoguchi/pki/issue"
	"madoguchi/pki/profile"
)

// The reasons for a revocation (RFC 5280 §5.3.1).
const (
	keyCompromise      = 1
	affiliationChanged = 3
	superseded         = 4
)

// authority is a card authority with what it has revoked.
type authority struct {
	*issue.CA

	mu      sync.Mutex
	revoked []x509.RevocationListEntry
}

// authorities are the two card authorities (署名用, 利用者証明用).
type authorities struct{ sign, auth *authority }

func newAuthorities(now time.Time) (*authorities, error) {
	a := &authorities{sign: &authority{}, auth: &authority{}}
	for _, one := range []struct {
		to      *authority
		profile *profile.Profile
	}{{a.sign, profile.JPKISignCA}, {a.auth, profile.JPKIAuthCA}} {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, fmt.Errorf("world: %w", err)
		}
		if one.to.CA, err = issue.NewRoot(one.profile, pkix.Name{}, key, now.AddDate(-7, 0, 0), now.AddDate(9, 0, 0)); err != nil {
			return nil, fmt.Errorf("world: %w", err)
		}
	}
	return a, nil
}

func (a *authorities) anchors() []*x509.Certificate {
	return []*x509.Certificate{a.sign.Cert, a.auth.Cert}
}

// revoke ends a certificate for a reason.
func (a *authority) revoke(serial *big.Int, reason int, at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.revoked = append(a.revoked, x509.RevocationListEntry{SerialNumber: serial, RevocationTime: at, ReasonCode: reason})
}

// publish writes both authorities' certificates (PEM) and revocation lists (DER, good for a year) into a folder.
func (a *authorities) publish(folder string, now time.Time) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("world: %w", err)
	}
	for name, one := range map[string]*authority{"sign": a.sign, "auth": a.auth} {
		list, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
			Number: big.NewInt(1), ThisUpdate: now, NextUpdate: now.AddDate(1, 0, 0), RevokedCertificateEntries: one.revoked,
		}, one.Cert, one.Key)
		if err != nil {
			return fmt.Errorf("world: revocation list of %s: %w", name, err)
		}
		for file, data := range map[string][]byte{
			name + ".pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: one.Cert.Raw}), name + ".crl": list,
		} {
			if err := durable.WriteFile(filepath.Join(folder, file), data, 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// issueCards makes everybody's card; the RSA keys take the time, so side by side.
func (a *authorities) issueCards(folder string, people []Person, now time.Time) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("world: %w", err)
	}
	var g errgroup.Group
	for _, p := range people {
		g.Go(func() error {
			f, err := a.card(p, now)
			if err != nil {
				return fmt.Errorf("world: card %s: %w", p.File, err)
			}
			return f.Save(filepath.Join(folder, p.File+".json"))
		})
	}
	return g.Wait()
}

// card makes a person's card and brings it into the state that it is to be in.
func (a *authorities) card(p Person, now time.Time) (*sim.File, error) {
	from, to := now.AddDate(0, -1, 0), now.AddDate(4, 0, 0)
	if p.State == Expired {
		from, to = now.AddDate(-5, -2, 0), now.AddDate(0, -2, 0)
	}
	o, serials, err := a.credentials(p, from, to)
	if err != nil {
		return nil, err
	}
	if p.FacePIN != "" {
		o.Face = &sim.Face{Name: p.Name, Address: p.issuedAddress(), Birth: p.Birth, Sex: p.Sex, PIN: []byte(p.FacePIN)}
		if p.Kind == sim.Next { // one PIN for both
			o.Face.PIN = nil
		}
		if p.NumberB != "" {
			o.Face.NumberB = []byte(p.NumberB)
		}
	}
	f, err := sim.NewFile(o)
	if err != nil {
		return nil, err
	}
	switch lastWeek := now.AddDate(0, 0, -7); p.State {
	case Revoked:
		serials.revoke(a, keyCompromise, lastWeek)
	case Moved:
		a.sign.revoke(serials.sign, affiliationChanged, lastWeek)
		return f, f.Move(p.Address)
	case Renewed:
		serials.revoke(a, superseded, lastWeek)
		if o, _, err = a.credentials(p, lastWeek, to); err != nil {
			return nil, err
		}
		return f, f.Renew(o)
	case Good, Expired:
	}
	return f, nil
}

// issuedAddress is the address that the certificate was issued for.
func (p Person) issuedAddress() string {
	if p.Was != "" {
		return p.Was
	}
	return p.Address
}

// serials are those of the certificates on one card; sign is nil where there is none.
type serials struct{ sign, auth *big.Int }

func (s serials) revoke(a *authorities, reason int, at time.Time) {
	a.auth.revoke(s.auth, reason, at)
	if s.sign != nil {
		a.sign.revoke(s.sign, reason, at)
	}
}

// credentials draws the keys of a card and issues their certificates.
func (a *authorities) credentials(p Person, from, to time.Time) (sim.Options, serials, error) {
	o := sim.Options{
		Label: p.Name, Note: p.Special, Kind: p.Kind, AuthPIN: []byte(p.AuthPIN), SignPIN: []byte(p.SignPIN), Extended: p.Extended,
		AuthCA: a.auth.Cert.Raw, SignCA: a.sign.Cert.Raw,
	}
	var s serials
	var err error
	o.AuthKey, o.AuthCert, s.auth, err = a.auth.issueKey(p.Kind, profile.JPKIAuth, issue.Request{
		Subject: pkix.Name{Country: []string{"JP"}, CommonName: rand.Text()[:23]}, From: from, To: to,
	})
	if err != nil || p.SignPIN == "" {
		return o, s, err
	}
	o.SignKey, o.SignCert, s.sign, err = a.sign.issueKey(p.Kind, profile.JPKISign, issue.Request{
		Subject: pkix.Name{
			Country: []string{"JP"}, Locality: []string{"Madoguchi-ken", "Madoguchi-shi"}, CommonName: from.Format("20060102150405") + "00001000000001",
		},
		From: from, To: to, Holder: &profile.Holder{Name: p.Name, Address: p.issuedAddress(), Birth: p.Birth, Sex: p.Sex},
	})
	return o, s, err
}

// issueKey draws a key of the kind that such a card has and issues its certificate.
func (a *authority) issueKey(kind sim.Kind, p *profile.Profile, r issue.Request) (crypto.Signer, []byte, *big.Int, error) {
	key, err := newKey(kind)
	if err != nil {
		return nil, nil, nil, err
	}
	r.Public = key.Public()
	if r.Serial, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 126)); err != nil {
		return nil, nil, nil, err
	}
	r.Serial.Add(r.Serial, big.NewInt(1))
	der, err := a.Issue(p, r)
	return key, der, r.Serial, err
}

func newKey(kind sim.Kind) (crypto.Signer, error) {
	if kind == sim.Next {
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	}
	return rsa.GenerateKey(rand.Reader, 2048)
}
