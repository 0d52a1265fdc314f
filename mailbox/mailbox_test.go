package mailbox_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"madoguchi/mailbox"
	"madoguchi/mailbox/mailboxtest"
	"madoguchi/mailbox/registry"
	"madoguchi/mailbox/store"
	"madoguchi/pki/evidence"
	"madoguchi/pki/keyring"
	"madoguchi/pki/receipt"
	"madoguchi/wire"
	"madoguchi/wire/link"
)

const name = "mailbox.city.example"

// rig is a mailbox's folder, made as an operator would, and one enrolled kiosk.
type rig struct {
	t         *testing.T
	dir       string
	city      *mailboxtest.City
	kiosk     *mailboxtest.Kiosk
	enrolment mailbox.Enrolment
	root      *x509.Certificate
	keyring   *keyring.Keyring
	log       *lockedBuffer
	observe   string
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, dir: filepath.Join(t.TempDir(), "mailbox"), city: mailboxtest.NewCity(t), kiosk: mailboxtest.NewKiosk(t, "k1"), log: &lockedBuffer{}}
	r.must(mailbox.Init(r.dir, mailbox.Options{Name: name, Demo: true, Listen: "127.0.0.1:0", Anchors: r.city.Anchors()}))
	e, err := mailbox.Enrol(r.dir, r.kiosk.CSR(t), "city-hall")
	r.must(err)
	raw, err := e.Marshal()
	r.must(err)
	if len(raw) == 0 {
		t.Fatal("empty enrolment")
	}
	r.enrolment = e
	r.root, err = e.RootCertificate()
	r.must(err)
	r.keyring, err = keyring.Open(e.Keyring, r.root, time.Now(), 0)
	r.must(err)
	return r
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// serve runs the mailbox and returns it with what stops it.
func (r *rig) serve() (m *mailbox.Mailbox, stop func()) {
	r.t.Helper()
	m, err := mailbox.Open(r.dir)
	r.must(err)
	m.Log = slog.New(slog.NewJSONHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	m.Listen, m.Observe = "127.0.0.1:0", r.observe
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- m.Serve(ctx) }()
	select {
	case <-m.Ready():
	case err := <-ended:
		r.t.Fatal("serve: ", err)
	}
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			r.t.Error("serve: ", err)
		}
		if err := m.Close(); err != nil {
			r.t.Error(err)
		}
	})
	r.t.Cleanup(stop)
	return m, stop
}

// line connects as the enrolled kiosk would.
func (r *rig) line(m *mailbox.Mailbox) (*link.Link, <-chan []byte) {
	r.t.Helper()
	return r.lineTo(m.Addr())
}

func (r *rig) lineTo(addr string) (*link.Link, <-chan []byte) {
	r.t.Helper()
	device, err := r.enrolment.DeviceCertificate()
	r.must(err)
	roots := x509.NewCertPool()
	roots.AddCert(r.root)
	down := make(chan []byte, 10)
	l, err := link.Start(r.t.Context(), link.Config{
		URL: "tls://" + addr, ClientID: r.enrolment.ClientID, Subscribe: []string{wire.DownFilter("k1")},
		TLS: &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: roots, Certificates: []tls.Certificate{{Certificate: [][]byte{device.Raw}, PrivateKey: r.kiosk.Key}}},
		Handle: func(_ context.Context, _ string, payload []byte) error {
			down <- payload
			return nil
		},
	})
	r.must(err)
	r.t.Cleanup(func() { _ = l.Close() })
	select {
	case <-l.Ready():
	case <-time.After(20 * time.Second):
		r.t.Fatal("the line does not come up")
	}
	return l, down
}

// file hands one submission in over the broker and returns its verified receipt.
func (r *rig) file(m *mailbox.Mailbox) (wire.ID, receipt.Receipt) {
	r.t.Helper()
	l, down := r.line(m)
	d := r.city.Document(r.t, name)
	key, err := r.keyring.SealingKey(time.Now())
	r.must(err)
	r.must(l.Publish(r.t.Context(), wire.UpSubmission("k1"), r.kiosk.Envelope(r.t, key, name, r.city.Submission(r.t, d).Marshal()).Marshal()))
	for limit := time.After(20 * time.Second); ; {
		select {
		case payload := <-down:
			b, err := receipt.ParseBundle(payload)
			r.must(err)
			if id, err := b.ID(); err != nil || id != d.ID() {
				continue // of an earlier submission, which this session had not fetched
			}
			said, err := receipt.Verify(b, r.keyring, r.root, receipt.Want{Mailbox: name, ID: d.ID(), Manifest: d.ManifestHash()})
			r.must(err)
			return d.ID(), said
		case <-limit:
			r.t.Fatal("no receipt")
		}
	}
}

func TestFromEnvelopeToVerifiedExport(t *testing.T) {
	r := newRig(t)
	m, stop := r.serve()
	id, said := r.file(m)
	if said.Outcome != receipt.Received || said.Kiosk != "k1" {
		t.Fatalf("%+v", said)
	}
	if n, err := m.Received(t.Context()); err != nil || n != 1 {
		t.Error(n, err)
	}
	out := filepath.Join(t.TempDir(), "export")
	r.must(mailbox.Export(r.dir, id, out)) // beside the serving mailbox
	stop()
	report, err := evidence.Verify(out, r.root)
	r.must(err)
	if report.Signer.Name != r.city.Person.Name || report.Signer.Address != r.city.Person.Address || report.ID != id || !report.FormKnown || !report.WithinTerm || !report.ReceivedAt.Equal(said.ReceivedAt) {
		t.Errorf("%+v", report)
	}
	t.Run("openssl", func(t *testing.T) { openssl(t, r, out) })
	t.Run("spoilt", func(t *testing.T) { spoilt(t, r, out) })
	t.Run("nothing personal in the clear", func(t *testing.T) { searched(t, r) })
	if err := mailbox.Export(r.dir, wire.ID{}, filepath.Join(t.TempDir(), "x")); !errors.Is(err, store.ErrNotFound) {
		t.Error("unknown id:", err)
	}
	if err := mailbox.Export(r.dir, id, out); !errors.Is(err, fs.ErrExist) {
		t.Error("written over an export:", err)
	}
}

func openssl(t *testing.T, r *rig, out string) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Fatal("this test needs the Debian package openssl: make test installs it")
	}
	for file, ca := range map[string]string{
		evidence.SubmissionFile: filepath.Join(out, evidence.ChainFile),
		evidence.ReceiptCMSFile: filepath.Join(r.dir, mailbox.RootFile),
		evidence.KeyringFile:    filepath.Join(r.dir, mailbox.RootFile),
	} {
		cmd := exec.CommandContext(t.Context(), "openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-purpose", "any",
			"-CAfile", ca, "-in", filepath.Join(out, file), "-out", os.DevNull)
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", file, err, text)
		}
	}
}

// spoilt changes one byte in the middle of each file, and leaves each out, in a copy.
func spoilt(t *testing.T, r *rig, out string) {
	entries, err := os.ReadDir(out)
	r.must(err)
	for _, e := range entries {
		for what, spoil := range map[string]func(name string, b []byte) error{
			"changed": func(name string, b []byte) error { b[len(b)/2] ^= 1; return os.WriteFile(name, b, 0o600) },
			"missing": func(name string, _ []byte) error { return os.Remove(name) },
			"added":   func(name string, b []byte) error { return os.WriteFile(name+".more", b, 0o600) },
		} {
			dir := filepath.Join(t.TempDir(), "copy")
			r.must(os.CopyFS(dir, os.DirFS(out)))
			b, err := os.ReadFile(filepath.Join(dir, e.Name()))
			r.must(err)
			r.must(spoil(filepath.Join(dir, e.Name()), b))
			if _, err := evidence.Verify(dir, r.root); !errors.Is(err, evidence.ErrEvidence) {
				t.Errorf("%s %s: %v", e.Name(), what, err)
			}
		}
	}
	if _, err := evidence.Verify(out, newRig(t).root); !errors.Is(err, keyring.ErrSignature) {
		t.Error("another root:", err)
	}
}

// searched looks for the person in everything that the mailbox wrote. The broker's folder holds envelopes only.
func searched(t *testing.T, r *rig) {
	words := []string{r.city.Person.Name, r.city.Person.Address, "さくら", "090-1234-5678", "まどぐち商事"}
	check := func(where string, b []byte) {
		for _, w := range words {
			if bytes.Contains(b, []byte(w)) {
				t.Errorf("%s holds %q", where, w)
			}
		}
	}
	r.log.mu.Lock()
	check("log", r.log.b.Bytes())
	if bytes.Contains(r.log.b.Bytes(), []byte(r.enrolment.ClientID)) {
		t.Error("the log holds a client id")
	}
	r.log.mu.Unlock()
	err := filepath.WalkDir(r.dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		check(strings.TrimPrefix(name, r.dir), b)
		if info, err := d.Info(); err == nil && !strings.Contains(name, "/broker/") && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s can be read by others", name)
		}
		return err
	})
	r.must(err)
}

func TestRestartKeepsEverything(t *testing.T) {
	r := newRig(t)
	m, stop := r.serve()
	first, _ := r.file(m)
	stop()
	m, _ = r.serve()
	second, said := r.file(m)
	if first == second || said.Outcome != receipt.Received {
		t.Error(said)
	}
	if n, err := m.Received(t.Context()); err != nil || n != 2 {
		t.Error(n, err)
	}
}

// Serving needs no root: an operator can take the folder offline away.
func TestServesWithoutTheOfflineFolder(t *testing.T) {
	r := newRig(t)
	r.must(os.RemoveAll(filepath.Join(r.dir, mailbox.OfflineDir)))
	m, _ := r.serve()
	r.file(m)
	if _, err := mailbox.Enrol(r.dir, mailboxtest.NewKiosk(t, "k2").CSR(t), "desk"); err == nil {
		t.Error("enrolled without the root")
	}
}

func TestEnrolRefuses(t *testing.T) {
	r := newRig(t)
	for what, test := range map[string]struct {
		csr     []byte
		profile string
		want    error
	}{
		"id *":       {mailboxtest.NewKiosk(t, "*").CSR(t), "desk", wire.ErrFormat},
		"id with /":  {mailboxtest.NewKiosk(t, "a/b").CSR(t), "desk", wire.ErrFormat},
		"id taken":   {mailboxtest.NewKiosk(t, "k1").CSR(t), "desk", registry.ErrTaken},
		"profile":    {mailboxtest.NewKiosk(t, "k3").CSR(t), "kitchen", registry.ErrProfile},
		"no request": {[]byte("hello"), "desk", mailbox.ErrRequest},
		"key taken":  {(&mailboxtest.Kiosk{ID: "k4", Key: r.kiosk.Key}).CSR(t), "desk", registry.ErrTaken},
	} {
		if _, err := mailbox.Enrol(r.dir, test.csr, test.profile); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestInitRefuses(t *testing.T) {
	city := mailboxtest.NewCity(t)
	good := mailbox.Options{Name: name, Demo: true, Listen: "127.0.0.1:0", Anchors: city.Anchors()}
	for what, spoil := range map[string]func(*mailbox.Options){
		"demo anchors":    func(o *mailbox.Options) { o.Demo = false },
		"no name":         func(o *mailbox.Options) { o.Name = "" },
		"no port":         func(o *mailbox.Options) { o.Listen = "127.0.0.1" },
		"no anchors":      func(o *mailbox.Options) { o.Anchors = nil },
		"one anchor":      func(o *mailbox.Options) { o.Anchors = o.Anchors[:1] },
		"anchor is no CA": func(o *mailbox.Options) { o.Anchors = append(o.Anchors[:2:2], personCert(t, city)) },
	} {
		o := good
		spoil(&o)
		dir := filepath.Join(t.TempDir(), "m")
		if err := mailbox.Init(dir, o); err == nil {
			t.Errorf("%s: made", what)
		}
		if _, err := mailbox.Open(dir); err == nil {
			t.Errorf("%s: opened", what)
		}
	}
	r := newRig(t)
	if err := mailbox.Init(r.dir, good); err == nil {
		t.Error("made over another")
	}
	if err := mailbox.Init(filepath.Join(t.TempDir(), "m"), mailbox.Options{Name: name, Listen: good.Listen, Anchors: good.Anchors}); !errors.Is(err, mailbox.ErrDemo) {
		t.Error(err)
	}
	config := filepath.Join(r.dir, mailbox.ConfigFile)
	text, err := os.ReadFile(config)
	r.must(err)
	r.must(os.WriteFile(config, bytes.Replace(text, []byte("demo = true"), []byte("demo = false"), 1), 0o600))
	if _, err := mailbox.Open(r.dir); !errors.Is(err, mailbox.ErrDemo) {
		t.Error("a demo's keyring in a configuration that is none:", err)
	}
}

func personCert(t *testing.T, c *mailboxtest.City) *x509.Certificate {
	t.Helper()
	cert, err := x509.ParseCertificate(c.Card.Certificate())
	if err != nil {
		t.Fatal(err)
	}
	return cert
}
