package attrcert_test

import (
	"bytes"
	"errors"
	"testing"

	"madoguchi/pki/attrcert"
	"madoguchi/pki/pkitest"
)

func sample(t testing.TB) ([]byte, *pkitest.Entity, *pkitest.Entity) {
	t.Helper()
	ca := pkitest.Root(t, "AA")
	holder := ca.Leaf(t, "holder")
	return pkitest.AttributeCertificate(t, holder.Cert, ca), holder, ca
}

func TestParse(t *testing.T) {
	der, holder, ca := sample(t)
	c, err := attrcert.Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(c.HolderIssuer, holder.Cert.RawIssuer) || c.HolderSerial.Cmp(holder.Cert.SerialNumber) != 0 {
		t.Error("holder")
	}
	if !bytes.Equal(c.Issuer, ca.Cert.RawSubject) || c.Serial.Int64() != 77 || !c.NotBefore.Before(c.NotAfter) {
		t.Error("issuer, number or period")
	}
	if len(c.Attributes) != 1 || c.Attributes[0].Kind.String() != "2.5.4.72" || len(c.Attributes[0].Values) != 1 || len(c.Signature) == 0 {
		t.Errorf("%+v", c.Attributes)
	}
}

// TestParseRefuses what is cut, longer, or no attribute certificate.
func TestParseRefuses(t *testing.T) {
	der, holder, _ := sample(t)
	for label, bad := range map[string][]byte{
		"empty": nil, "cut": der[:len(der)-1], "longer": append(bytes.Clone(der), 0), "certificate": holder.Cert.Raw,
		"version 1": bytes.Replace(der, []byte{2, 1, 1, 0x30}, []byte{2, 1, 0, 0x30}, 1),
	} {
		if _, err := attrcert.Parse(bad); !errors.Is(err, attrcert.ErrFormat) {
			t.Errorf("%s: %v", label, err)
		}
	}
}

// FuzzAttributeCertificate: nothing panics, and what is read keeps the bytes.
func FuzzAttributeCertificate(f *testing.F) {
	der, _, _ := sample(f)
	f.Add(der)
	f.Add([]byte{0x30, 0})
	f.Fuzz(func(t *testing.T, der []byte) {
		c, err := attrcert.Parse(der)
		if err != nil {
			if !errors.Is(err, attrcert.ErrFormat) {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(c.Raw, der) || c.Serial.Sign() <= 0 || c.NotAfter.Before(c.NotBefore) || len(c.Attributes) == 0 {
			t.Fatalf("%+v", c)
		}
	})
}
