package keyring_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"madoguchi/fault"
	"madoguchi/internal/check"
	"madoguchi/internal/jsonx"
	"madoguchi/pki/cms"
	"madoguchi/pki/keyring"
	"madoguchi/pki/profile"
	"madoguchi/pki/receipt/receipttest"
	"madoguchi/pki/seal"
)

func sign(t testing.TB, k keyring.Keyring, s cms.Signer) []byte {
	t.Helper()
	der, err := keyring.Sign(t.Context(), k, s, receipttest.Now)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestKeyringOpensUnderItsRoot(t *testing.T) {
	m := receipttest.New(t)
	anchor := receipttest.Root(t, "Some CA").Cert
	k := *m.Keyring
	k.JPKISign, k.JPKIAuth = [][]byte{anchor.Raw}, [][]byte{anchor.Raw, anchor.Raw}
	k.IssuedAt = receipttest.Now.Add(time.Millisecond).In(time.FixedZone("JST", 9*3600))
	der := sign(t, k, m.Issuer)
	for _, newest := range []int64{0, 1, 3} {
		got, err := keyring.Open(der, m.Root.Cert, receipttest.Now, newest)
		if err != nil {
			t.Fatal(err)
		}
		if got.Mailbox != k.Mailbox || got.Version != 3 || !got.IssuedAt.Equal(receipttest.Now) || got.Demo || got.Type != "keyring" {
			t.Errorf("%+v", got)
		}
		signAnchors, err1 := got.SignAnchors()
		authAnchors, err2 := got.AuthAnchors()
		ledgers, err3 := got.LedgerKeys()
		if err := errors.Join(err1, err2, err3); err != nil || len(signAnchors) != 1 || len(authAnchors) != 2 || ledgers[0].Name() != receipttest.Origin {
			t.Error(len(signAnchors), len(authAnchors), ledgers, err)
		}
		if !signAnchors[0].Equal(anchor) || !slices.EqualFunc(got.Receipt, m.Keyring.Receipt, bytes.Equal) {
			t.Error("other certificates")
		}
	}
	if k.Type != "" || !k.Sealing[0].NotAfter.Equal(m.Keyring.Sealing[0].NotAfter) {
		t.Error("Sign changed its argument")
	}
}

// refusal is a signed keyring that must not open, and why.
type refusal struct {
	der    []byte
	newest int64
	at     time.Time
	named  error
	inside error      // what else the error must wrap
	check  check.Name // the one check that keeps it out, "" where none can be switched off
}

func refusals(t *testing.T, m *receipttest.Mailbox) map[string]refusal {
	t.Helper()
	now := receipttest.Now
	other := receipttest.Root(t, "Other")
	good := sign(t, *m.Keyring, m.Issuer)
	demo := *m.Keyring
	demo.Demo, demo.JPKISign = true, [][]byte{receipttest.Root(t, profile.DemoOrganization).Cert.Raw}
	content, err := jsonx.Marshal(demo)
	if err != nil {
		t.Fatal(err)
	}
	undeclared := strings.Replace(string(content), `"demo":true`, `"demo":false`, 1)
	undeclared = strings.Replace(strings.Replace(undeclared, `"type":""`, `"type":"keyring"`, 1), `"v":0`, `"v":1`, 1)
	signed, err := cms.Sign(t.Context(), []byte(undeclared), m.Issuer, now)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]refusal{
		"wrong root": {
			der: sign(t, *m.Keyring, receipttest.Signer(t, other, profile.Keyring)), at: now,
			named: keyring.ErrSignature, inside: profile.ErrChain, check: check.Chain,
		},
		"receipt key signs it": {der: sign(t, *m.Keyring, m.Receipts), at: now, named: keyring.ErrSignature, inside: profile.ErrPolicy},
		"certificate ended":    {der: good, at: now.AddDate(2, 0, 0), named: keyring.ErrSignature, inside: profile.ErrTime},
		"older version":        {der: good, at: now, newest: 4, named: keyring.ErrOlder},
		"tampered": {
			der: bytes.Replace(good, []byte(`"mailbox":"mailbox`), []byte(`"mailbox":"letters`), 1), at: now, named: keyring.ErrSignature, check: check.MessageDigest,
		},
		"demo anchor, not said": {der: signed, at: now, named: keyring.ErrDemo},
		"cut":                   {der: good[:len(good)-1], at: now, named: keyring.ErrSignature},
		"nothing":               {at: now, named: keyring.ErrSignature},
		"far too long":          {der: make([]byte, 2<<20), at: now, named: keyring.ErrFormat},
	}
}

func TestKeyringsAreRefusedByName(t *testing.T) {
	m := receipttest.New(t)
	for name, r := range refusals(t, m) {
		t.Run(name, func(t *testing.T) {
			k, err := keyring.Open(r.der, m.Root.Cert, r.at, r.newest)
			if k != nil || !errors.Is(err, r.named) || r.inside != nil && !errors.Is(err, r.inside) {
				t.Fatalf("got %v, want %v", err, r.named)
			}
		})
	}
}

func TestDemoAnchorsNeedADemo(t *testing.T) {
	m := receipttest.New(t)
	k := *m.Keyring
	k.JPKIAuth = [][]byte{receipttest.Root(t, profile.DemoOrganization).Cert.Raw}
	if _, err := keyring.Sign(t.Context(), k, m.Issuer, receipttest.Now); !errors.Is(err, keyring.ErrDemo) {
		t.Error(err)
	}
	k.Demo = true
	got, err := keyring.Open(sign(t, k, m.Issuer), m.Root.Cert, receipttest.Now, 0)
	if err != nil || !got.Demo {
		t.Error(got, err)
	}
}

func TestSealingKeyIsTheOneThatEndsFirst(t *testing.T) {
	day := func(n int) time.Time { return receipttest.Now.AddDate(0, 0, n) }
	k := &keyring.Keyring{}
	for id, last := range map[string]int{"ended": -1, "this": 10, "next": 40, "older": 5} {
		key, err := seal.Generate(id)
		if err != nil {
			t.Fatal(err)
		}
		k.Sealing = append(k.Sealing, keyring.SealingKey{ID: id, Public: key.Public().Bytes(), NotAfter: day(last)})
	}
	for after, want := range map[int]string{0: "older", 5: "older", 6: "this", 20: "next", 40: "next"} {
		if got, err := k.SealingKey(day(after)); err != nil || got.ID != want {
			t.Errorf("on day %d: %q, %v", after, got.ID, err)
		}
	}
	_, err := k.SealingKey(day(40).Add(time.Second))
	if !errors.Is(err, fault.NoSealingKey) || !errors.Is(err, keyring.ErrNoSealingKey) {
		t.Error(err)
	}
}

func TestContentsThatAreNoKeyring(t *testing.T) {
	m := receipttest.New(t)
	k := *m.Keyring
	k.Type, k.V = "keyring", 1
	raw, err := jsonx.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	good := string(raw)
	if _, err := keyring.Parse(raw); err != nil {
		t.Fatal(err)
	}
	public := good[strings.Index(good, `"public":"`)+10:][:20]
	for name, swap := range map[string][2]string{
		"another type":       {`"type":"keyring"`, `"type":"receipt"`},
		"another version":    {`"v":1`, `"v":2`},
		"version zero":       {`"version":3`, `"version":0`},
		"no mailbox":         {`"mailbox":"` + k.Mailbox, `"mailbox":"`},
		"time of a zone":     {`"issuedAt":"2026-11-02T09:30:00Z"`, `"issuedAt":"2026-11-02T18:30:00+09:00"`},
		"time of a fraction": {`"issuedAt":"2026-11-02T09:30:00Z"`, `"issuedAt":"2026-11-02T09:30:00.000Z"`},
		"a member more":      {`{"demo"`, `{"a":1,"demo"`},
		"a member missing":   {`"demo":false,`, ``},
		"sealing key broken": {public, "////////////////////"},
		"sealing key no id":  {`"id":"2026-11"`, `"id":""`},
		"ledger key":         {`"ledgers":["`, `"ledgers":["x`},
		"receipt no base64":  {`"receipt":["`, `"receipt":["*`},
		"receipt no DER":     {`"receipt":["MII`, `"receipt":["MIJ`},
		"anchor no DER":      {`"jpkiSign":[`, `"jpkiSign":["AAAA"`},
		"line at the end":    {`"version":3}`, "\"version\":3}\n"},
	} {
		bad := strings.Replace(good, swap[0], swap[1], 1)
		if bad == good {
			t.Errorf("%s: nothing changed", name)
		}
		if got, err := keyring.Parse([]byte(bad)); got != nil || !errors.Is(err, keyring.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	twice := k
	twice.Sealing = append(slices.Clone(k.Sealing), k.Sealing...)
	if _, err := keyring.Sign(t.Context(), twice, m.Issuer, receipttest.Now); !errors.Is(err, keyring.ErrFormat) {
		t.Error("one id names two sealing keys:", err)
	}
	again := k
	again.Ledgers = append(slices.Clone(k.Ledgers), k.Ledgers...)
	if _, err := keyring.Sign(t.Context(), again, m.Issuer, receipttest.Now); !errors.Is(err, keyring.ErrFormat) {
		t.Error("one ledger key twice:", err)
	}
}

func FuzzOpen(f *testing.F) {
	m := receipttest.New(f)
	good := sign(f, *m.Keyring, m.Issuer)
	f.Add(good)
	f.Fuzz(func(t *testing.T, in []byte) {
		k, err := keyring.Open(in, m.Root.Cert, receipttest.Now, 0)
		if err == nil && (k.Mailbox != m.Keyring.Mailbox || k.Version != m.Keyring.Version) {
			t.Fatalf("opened as %q version %d", k.Mailbox, k.Version)
		}
	})
}

func FuzzParse(f *testing.F) {
	m := receipttest.New(f)
	k := *m.Keyring
	k.Type, k.V = "keyring", 1
	raw, err := jsonx.Marshal(k)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, in []byte) {
		k, err := keyring.Parse(in)
		if err != nil {
			return
		}
		if out, err := jsonx.Marshal(k); err != nil || !bytes.Equal(out, in) {
			t.Fatalf("another encoding of the same keyring: %v", err)
		}
		if _, err := k.SealingKey(receipttest.Now); err != nil && !errors.Is(err, fault.NoSealingKey) {
			t.Fatalf("a checked keyring fails later: %v", err)
		}
	})
}
