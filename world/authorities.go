package world

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"madoguchi/device/sim"
	"madoguchi/pki/issue"
	"madoguchi/pki/profile"
)

// authorities are the two card authorities (署名用, 利用者証明用).
type authorities struct{ sign, auth *issue.CA }

func newAuthorities(now time.Time) (*authorities, error) {
	a := &authorities{}
	for _, one := range []struct {
		ca      **issue.CA
		profile *profile.Profile
	}{{&a.sign, profile.JPKISignCA}, {&a.auth, profile.JPKIAuthCA}} {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, fmt.Errorf("world: %w", err)
		}
		if *one.ca, err = issue.NewRoot(one.profile, pkix.Name{}, key, now.AddDate(-1, 0, 0), now.AddDate(9, 0, 0)); err != nil {
			return nil, fmt.Errorf("world: %w", err)
		}
	}
	return a, nil
}

func (a *authorities) anchors() []*x509.Certificate {
	return []*x509.Certificate{a.sign.Cert, a.auth.Cert}
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

func (a *authorities) card(p Person, now time.Time) (*sim.File, error) {
	from, to := now.AddDate(0, -1, 0), now.AddDate(4, 0, 0)
	o := sim.Options{
		Label: p.Name, AuthPIN: []byte(p.AuthPIN), SignPIN: []byte(p.SignPIN), Extended: p.Extended,
		AuthCA: a.auth.Cert.Raw, SignCA: a.sign.Cert.Raw,
	}
	authKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	if o.AuthCert, err = a.auth.Issue(profile.JPKIAuth, issue.Request{
		Subject: pkix.Name{Country: []string{"JP"}, CommonName: rand.Text()[:23]}, Public: authKey.Public(), From: from, To: to,
	}); err != nil {
		return nil, err
	}
	o.AuthKey = authKey
	if p.SignPIN == "" {
		return sim.NewFile(o)
	}
	signKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	o.SignCert, err = a.sign.Issue(profile.JPKISign, issue.Request{
		Subject: pkix.Name{Country: []string{"JP"}, Locality: []string{"Madoguchi-ken", "Madoguchi-shi"}, CommonName: now.Format("20060102150405") + "00001000000001"},
		Public:  signKey.Public(), From: from, To: to,
		Holder: &profile.Holder{Name: p.Name, Address: p.Address, Birth: p.Birth, Sex: p.Sex},
	})
	o.SignKey = signKey
	if err != nil {
		return nil, err
	}
	return sim.NewFile(o)
}
