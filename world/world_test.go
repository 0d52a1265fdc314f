package world_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"madoguchi/device/sim"
	"madoguchi/pki/profile"
	"madoguchi/world"
)

func load(t *testing.T, dir, name string) (f *sim.File, auth, sign *x509.Certificate) {
	t.Helper()
	f, err := sim.Load(filepath.Join(dir, world.CardsDir, name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	parse := func(c *sim.Credential) *x509.Certificate {
		if c == nil {
			return nil
		}
		cert, err := x509.ParseCertificate(c.Certificate)
		if err != nil {
			t.Fatal(err)
		}
		return cert
	}
	return f, parse(f.Auth), parse(f.Sign)
}

// revocations reads an authority's list and checks its signature.
func revocations(t *testing.T, dir, name string) *x509.RevocationList {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, world.AuthorityDir, name+".crl"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := x509.ParseRevocationList(raw)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, world.AuthorityDir, name+".pem"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	ca, err := x509.ParseCertificate(block.Bytes)
	if err != nil || list.CheckSignatureFrom(ca) != nil {
		t.Fatal(err, "or not the authority's list")
	}
	return list
}

func reason(list *x509.RevocationList, serial *big.Int) int {
	for _, e := range list.RevokedCertificateEntries {
		if e.SerialNumber.Cmp(serial) == 0 {
			return e.ReasonCode
		}
	}
	return -1
}

// TestPeople makes the usual world and looks at each card that is there to show something.
func TestPeople(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "world")
	now := time.Now()
	if err := world.Make(t.Context(), dir, world.Options{}); err != nil {
		t.Fatal(err)
	}
	if world.Make(t.Context(), dir, world.Options{}) == nil {
		t.Error("a world was overwritten")
	}
	signList, authList := revocations(t, dir, "sign"), revocations(t, dir, "auth")
	readme, err := os.ReadFile(filepath.Join(dir, world.ReadmeFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range world.People() {
		f, auth, sign := load(t, dir, p.File)
		gone := map[world.State]int{world.Revoked: 1}
		end := map[world.State]int{world.Revoked: 1, world.Moved: 3}
		check := func(list *x509.RevocationList, c *x509.Certificate, want map[world.State]int) {
			if c == nil {
				return
			}
			r, there := want[p.State]
			if !there {
				r = -1
			}
			if got := reason(list, c.SerialNumber); got != r {
				t.Errorf("%s: revocation reason %d, want %d", p.File, got, r)
			}
			if expired := now.After(c.NotAfter); expired != (p.State == world.Expired) || now.Before(c.NotBefore) {
				t.Errorf("%s: valid from %v to %v", p.File, c.NotBefore, c.NotAfter)
			}
		}
		check(authList, auth, gone)
		check(signList, sign, end)
		if (sign == nil) != (p.SignPIN == "") || f.Kind != p.Kind || (f.Note == "") != (p.Special == "") || !bytes.Contains(readme, []byte("| "+p.File+" |")) {
			t.Errorf("%s: %+v", p.File, f)
		}
		if f.Face != nil && (f.Face.Address != p.Address || f.Face.Name != p.Name) || (f.Face == nil) != (p.FacePIN == "") {
			t.Errorf("%s: the card's face", p.File)
		}
		if sign == nil {
			continue
		}
		if h, err := profile.HolderOf(sign); err != nil || (h.Address == p.Address) != (p.State != world.Moved) {
			t.Errorf("%s: %+v, %v", p.File, h, err)
		}
	}
	superseded := 0
	for _, e := range signList.RevokedCertificateEntries {
		if e.ReasonCode == 4 {
			superseded++
		}
	}
	if superseded != 1 {
		t.Errorf("%d certificates superseded", superseded)
	}
}
