package cms

import (
	"bytes"
	"context"
	"encoding/asn1"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"madoguchi/pki/attrcert"
	"madoguchi/pki/pkitest"
)

// stamper is a stand-in for an authority under its own CA.
func stamper(t testing.TB) func(context.Context, []byte) ([]byte, error) {
	tsa := pkitest.Root(t, "Time CA").Leaf(t, "TSA", pkitest.TSA)
	return func(_ context.Context, value []byte) ([]byte, error) { return pkitest.Token(t, tsa, value, day), nil }
}

func carried(t testing.TB, id identity) []byte {
	t.Helper()
	return pkitest.AttributeCertificate(t, id.cert, &pkitest.Entity{Cert: id.ca, Key: id.caKey})
}

// TestEveryShape: BES and T, inside and detached, with and without attribute certificates, by every key.
func TestEveryShape(t *testing.T) {
	for _, kind := range kinds {
		id := newIdentity(t, kind)
		for shape := range 8 {
			o := Options{Chain: [][]byte{id.ca.Raw}, Detached: shape&1 != 0}
			if shape&2 != 0 {
				o.Attributes = [][]byte{carried(t, id)}
			}
			if shape&4 != 0 {
				o.Stamp = stamper(t)
			}
			der, err := SignWith(t.Context(), content, id.signer(), day, o)
			if err != nil {
				t.Fatal(err)
			}
			var beside []byte
			if o.Detached {
				beside = content
			}
			got, err := open(der, beside)
			if err != nil {
				t.Fatalf("%s %d: %v", kind, shape, err)
			}
			if len(got.Timestamps) != shape>>2&1 || len(got.Attributes) != shape>>1&1 || len(got.Certificates) != 2 || o.Detached != (got.Content == nil) {
				t.Errorf("%s %d: %d stamps, %d attribute certificates", kind, shape, len(got.Timestamps), len(got.Attributes))
			}
			if len(got.Attributes) > 0 && !bytes.Equal(got.Attributes[0], o.Attributes[0]) {
				t.Errorf("%s %d: the attribute certificate came out changed", kind, shape)
			}
		}
	}
}

func TestSecondTimestamp(t *testing.T) {
	id := newIdentity(t, "p384")
	der, err := SignWith(t.Context(), content, id.signer(), day, Options{Stamp: stamper(t), Attributes: [][]byte{carried(t, id)}})
	if err != nil {
		t.Fatal(err)
	}
	first, err := open(der, nil)
	if err != nil {
		t.Fatal(err)
	}
	token, err := stamper(t)(t.Context(), first.Value)
	if err != nil {
		t.Fatal(err)
	}
	der, err = AddTimestamp(der, token)
	if err != nil {
		t.Fatal(err)
	}
	second, err := open(der, nil)
	if err != nil || len(second.Timestamps) != 2 || !slices.ContainsFunc(second.Timestamps, func(b []byte) bool { return bytes.Equal(b, token) }) {
		t.Fatalf("%d stamps, %v", len(second.Timestamps), err)
	}
	if !bytes.Equal(first.Value, second.Value) || len(second.Unsigned) != 1 {
		t.Error("the signature changed")
	}
	for _, bad := range [][]byte{nil, der, {0x30, 0}} {
		if _, err := AddTimestamp(der, bad); Failed(err) != Format {
			t.Errorf("%d bytes as a token: %v", len(bad), err)
		}
	}
}

func TestSignWithRefuses(t *testing.T) {
	id, broken := newIdentity(t, "p256"), errors.New("no authority")
	for label, o := range map[string]Options{
		"chain":     {Chain: [][]byte{{1}}},
		"attribute": {Attributes: [][]byte{id.cert.Raw}},
		"stamp":     {Stamp: func(context.Context, []byte) ([]byte, error) { return nil, broken }},
	} {
		der, err := SignWith(t.Context(), content, id.signer(), day, o)
		if err == nil || der != nil {
			t.Errorf("%s: accepted", label)
		}
		if label == "attribute" && !errors.Is(err, attrcert.ErrFormat) || label == "stamp" && !errors.Is(err, broken) {
			t.Errorf("%s: %v", label, err)
		}
	}
}

// TestAttributeCertificatesNeedVersion4: and without them version 4 is refused (RFC 5652 §5.1).
func TestAttributeCertificatesNeedVersion4(t *testing.T) {
	id := newIdentity(t, "p256")
	ac := carried(t, id)
	inner := append([]byte{byte(context2)}, ac[1:]...)
	f := forgery{by: id, content: content, carry: [][]byte{id.cert.Raw, inner}}
	if _, err := Parse(f.der(t)); Failed(err) != Format {
		t.Errorf("version 1 with one: %v", err)
	}
	der, err := SignWith(t.Context(), content, id.signer(), day, Options{Attributes: [][]byte{ac}})
	if err != nil {
		t.Fatal(err)
	}
	cut := bytes.Replace(der, inner[:4], []byte{0xA3, inner[1], inner[2], inner[3]}, 1)
	if _, err := Parse(cut); Failed(err) != Format {
		t.Errorf("of another choice: %v", err)
	}
}

// TestOpenSSLReadsAttributesAndStamps: openssl verifies a CAdES-T of ours with an attribute certificate inside, by
// every key, and its own reader shows both.
func TestOpenSSLReadsAttributesAndStamps(t *testing.T) {
	for _, kind := range kinds {
		id, dir := newIdentity(t, kind), t.TempDir()
		authority := pkitest.NewAuthority(t, pkitest.Root(t, "Time CA"), "p256", pkitest.TSA)
		stamp := func(_ context.Context, value []byte) ([]byte, error) { return askOpenSSL(t, authority, value), nil }
		der, err := SignWith(t.Context(), content, id.signer(), time.Now(), Options{Attributes: [][]byte{carried(t, id)}, Stamp: stamp})
		if err != nil {
			t.Fatal(err)
		}
		writePEM(t, dir, "ca.pem", "CERTIFICATE", id.ca.Raw)
		writeFile(t, dir, "in.der", der)
		if out, err := openssl(t, dir, "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-CAfile", "ca.pem", "-purpose", "any", "-in", "in.der", "-out", "out"); err != nil {
			t.Fatalf("%s: %v\n%s", kind, err, out)
		}
		if got, err := os.ReadFile(filepath.Join(dir, "out")); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: other content came out: %v", kind, err)
		}
		printed, err := openssl(t, dir, "cms", "-cmsout", "-print", "-inform", "DER", "-in", "in.der")
		if err != nil || !strings.Contains(string(printed), "v2AttrCert") || !strings.Contains(string(printed), "id-smime-aa-timeStampToken") {
			t.Errorf("%s: openssl does not see both: %v", kind, err)
		}
		got, err := open(der, nil)
		if err != nil {
			t.Fatal(err)
		}
		if out, err := authority.Accepts(t, got.Timestamps[0], got.Value, true); err != nil {
			t.Errorf("%s: token: %v\n%s", kind, err, out)
		}
	}
}

// askOpenSSL gets a token over the value from openssl's authority.
func askOpenSSL(t testing.TB, a *pkitest.Authority, value []byte) []byte {
	t.Helper()
	request, err := asn1.Marshal(struct {
		Version int
		Imprint struct {
			Algorithm struct{ OID asn1.ObjectIdentifier }
			Hash      []byte
		}
		Nonce *big.Int
		Cert  bool
	}{1, struct {
		Algorithm struct{ OID asn1.ObjectIdentifier }
		Hash      []byte
	}{struct{ OID asn1.ObjectIdentifier }{oidSHA256}, rsaSHA256.sum(value)}, big.NewInt(7), true})
	if err != nil {
		t.Fatal(err)
	}
	var response struct {
		Status asn1.RawValue
		Token  asn1.RawValue
	}
	if _, err := asn1.Unmarshal(a.Answer(t, request), &response); err != nil {
		t.Fatal(err)
	}
	return response.Token.FullBytes
}

// TestParseAll: several signers come one by one, and each must be verified; Parse refuses them.
func TestParseAll(t *testing.T) {
	id := newIdentity(t, "p256")
	der, err := Sign(t.Context(), content, id.signer(), day)
	if err != nil {
		t.Fatal(err)
	}
	all, err := ParseAll(der)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d, %v", len(all), err)
	}
	if got, err := all[0].Verify(nil); err != nil || !got.Signer.Equal(id.cert) {
		t.Error(err)
	}
}
