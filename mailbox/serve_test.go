package mailbox_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"madoguchi/mailbox"
	"madoguchi/mailbox/mailboxtest"
	"madoguchi/mailbox/registry"
	"madoguchi/wire"
)

// Two that serve one folder would both write its ledger's heads and answer its kiosks.
func TestOneServesAFolder(t *testing.T) {
	r := newRig(t)
	m, stop := r.serve()
	second, err := mailbox.Open(r.dir)
	r.must(err)
	second.Listen = "127.0.0.1:0"
	if err := second.Serve(t.Context()); !errors.Is(err, mailbox.ErrServed) {
		t.Error("the second:", err)
	}
	r.must(second.Close())
	id, _ := r.file(m)
	_, err = mailbox.Enrol(r.dir, mailboxtest.NewKiosk(t, "k2").CSR(t), "desk")
	r.must(err)
	if all, err := mailbox.List(r.dir); err != nil || len(all) != 1 {
		t.Error(all, err)
	}
	if found, err := mailbox.Find(r.dir, wire.Number(id)); err != nil || found != id {
		t.Error(found, err)
	}
	r.must(mailbox.Export(r.dir, id, filepath.Join(t.TempDir(), "export")))
	stop()
	r.serve() // the lock went with the first
}

// A broker that cannot keep the mailbox's own session ends Serve with what the operator is to do; and having done
// it the mailbox serves.
func TestFullBrokerSaysWhatToDo(t *testing.T) {
	r := newRig(t)
	m, err := mailbox.Open(r.dir)
	r.must(err)
	m.Listen = "127.0.0.1:0"
	m.Cramp(1, 3*time.Second)
	err = m.Serve(t.Context())
	r.must(m.Close())
	broker := filepath.Join(r.dir, "broker")
	if !errors.Is(err, mailbox.ErrBroker) || !strings.Contains(err.Error(), "move the folder "+broker+" aside") {
		t.Fatal(err)
	}
	r.must(os.Rename(broker, broker+".aside"))
	m, _ = r.serve()
	r.file(m)
}

// The broker gives the mailbox a retained submission again at each of its starts. It counts once.
func TestRetainedSubmissionCountsOnce(t *testing.T) {
	r := newRig(t)
	m, stop := r.serve()
	d := r.city.Document(t, name)
	key, err := r.keyring.SealingKey(time.Now())
	r.must(err)
	r.retain(m.Addr(), wire.UpSubmission("k1"), r.kiosk.Envelope(t, key, name, r.city.Submission(t, d).Marshal()).Marshal())
	r.holds(m, 1)
	stop()
	m, _ = r.serve()
	r.file(m) // behind the retained one
	r.holds(m, 2)
}

// holds waits until the mailbox holds so many documents.
func (r *rig) holds(m *mailbox.Mailbox, want int64) {
	r.t.Helper()
	var n int64
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		var err error
		n, err = m.Received(r.t.Context())
		r.must(err)
		if n == want {
			return
		}
	}
	r.t.Fatalf("%d received", n)
}

func (r *rig) retain(addr, topic string, payload []byte) {
	r.t.Helper()
	device, err := r.enrolment.DeviceCertificate()
	r.must(err)
	roots := x509.NewCertPool()
	roots.AddCert(r.root)
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tls://" + addr).SetClientID(r.enrolment.ClientID).SetProtocolVersion(4).
		SetTLSConfig(&tls.Config{MinVersion: tls.VersionTLS13, RootCAs: roots, Certificates: []tls.Certificate{{Certificate: [][]byte{device.Raw}, PrivateKey: r.kiosk.Key}}}))
	for _, do := range []func() mqtt.Token{c.Connect, func() mqtt.Token { return c.Publish(topic, 1, true, payload) }} {
		token := do()
		if !token.WaitTimeout(10 * time.Second) {
			r.t.Fatal("no answer")
		}
		r.must(token.Error())
	}
	c.Disconnect(100)
}

func TestFailedInitLeavesNothing(t *testing.T) {
	city := mailboxtest.NewCity(t)
	dir := filepath.Join(t.TempDir(), "a", "b")
	if err := mailbox.Init(dir, mailbox.Options{Name: name, Listen: "127.0.0.1:0", Anchors: city.Anchors()}); !errors.Is(err, mailbox.ErrDemo) {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Dir(dir)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("folders are left:", err)
	}
}

// What the operator had put there stays, and Init can be tried again.
func TestFailedInitLeavesWhatWasThere(t *testing.T) {
	city := mailboxtest.NewCity(t)
	dir := t.TempDir()
	anchors := filepath.Join(dir, mailbox.AnchorsDir)
	if err := os.Mkdir(anchors, 0o700); err != nil {
		t.Fatal(err)
	}
	keyring := filepath.Join(dir, mailbox.KeyringFile) // a folder of that name: the last step but one fails
	if err := os.Mkdir(keyring, 0o700); err != nil {
		t.Fatal(err)
	}
	o := mailbox.Options{Name: name, Demo: true, Listen: "127.0.0.1:0", Anchors: city.Anchors()}
	if err := mailbox.Init(dir, o); err == nil {
		t.Fatal("made")
	}
	var left []string
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if path != dir {
			left = append(left, strings.TrimPrefix(path, dir+"/"))
		}
		return err
	})
	if err != nil || strings.Join(left, " ") != mailbox.AnchorsDir+" "+mailbox.KeyringFile {
		t.Error(left, err)
	}
	if err := os.Remove(keyring); err != nil {
		t.Fatal(err)
	}
	if err := mailbox.Init(dir, o); err != nil {
		t.Error("again:", err)
	}
}

// A kiosk that is struck off, by another process, is disconnected at once and cannot come back; what it had sent is held.
func TestStruckKioskIsDisconnectedAtOnceAndHeld(t *testing.T) {
	r := newRig(t)
	m, _ := r.serve()
	l, _ := r.line(m)
	waiting, arrived := r.city.Document(t, name), r.city.Document(t, name)
	key, err := r.keyring.SealingKey(time.Now())
	r.must(err)
	r.must(l.Publish(t.Context(), wire.UpSubmission("k1"), r.kiosk.Envelope(t, key, name, r.city.Submission(t, arrived).Marshal()).Marshal()))
	r.holds(m, 1)
	state, err := wire.Status{Online: true, Waiting: 3, Unsent: []string{wire.ID(waiting.ID()).String(), wire.ID(arrived.ID()).String()}}.Marshal()
	r.must(err)
	r.must(l.Retain(t.Context(), wire.KioskState("k1"), state))
	r.until("its state is known", func() bool { return len(r.registered("k1").State) > 0 })

	down := l.Changed()
	s, err := mailbox.Strike(r.dir, "k1", "stolen")
	r.must(err)
	if len(s.Missing) != 1 || s.Missing[0] != waiting.ID() || s.More != 1 {
		t.Errorf("missing %v and %d more", s.Missing, s.More)
	}
	<-down
	r.until("the log says so", func() bool { return strings.Contains(r.logged(), `"event":"kiosk-struck-off","kiosk":"k1"`) })
	r.until("it is refused", func() bool { return strings.Contains(r.logged(), registry.ErrStruck.Error()) })
	if l.Online() {
		t.Error("the struck kiosk is online")
	}
	if again, err := mailbox.Strike(r.dir, "k1", "retired"); err != nil || again.Kiosk.StruckWhy != "stolen" {
		t.Errorf("%+v %v", again, err)
	}
	for what, test := range map[string]struct {
		id, why string
		want    error
	}{"unknown": {"k9", "lost", registry.ErrUnknown}, "a name as the reason": {"k1", "山田さん", registry.ErrWhy}} {
		if _, err := mailbox.Strike(r.dir, test.id, test.why); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := mailbox.Enrol(r.dir, r.kiosk.CSR(t), "city-hall"); !errors.Is(err, registry.ErrStruck) {
		t.Error("enrolled again:", err)
	}
}

// The last will says only that a kiosk is gone; what it said before is what an operator looks for.
func TestLastWillKeepsTheLastState(t *testing.T) {
	r := newRig(t)
	m, _ := r.serve()
	l, _ := r.line(m)
	for _, s := range []wire.Status{{Online: true, Waiting: 7, Keyring: 3}, {}} {
		text, err := s.Marshal()
		r.must(err)
		r.must(l.Retain(t.Context(), wire.KioskState("k1"), text))
	}
	r.must(l.Retain(t.Context(), wire.KioskState("k1"), []byte("not a state")))
	r.until("the state is kept", func() bool {
		said, err := wire.ParseStatus(r.registered("k1").State)
		return err == nil && !said.Online && said.Waiting == 7 && said.Keyring == 3
	})
	r.until("nonsense is dropped", func() bool { return strings.Contains(r.logged(), "state-dropped") })
}

// until waits for what a goroutine of the mailbox does.
func (r *rig) until(what string, done func() bool) {
	r.t.Helper()
	for end := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			r.t.Fatal("never: " + what)
		}
	}
}

func (r *rig) registered(id string) registry.Kiosk {
	r.t.Helper()
	all, err := mailbox.Kiosks(r.dir)
	r.must(err)
	for _, k := range all {
		if k.ID == id {
			return k
		}
	}
	r.t.Fatal("not registered: " + id)
	return registry.Kiosk{}
}

func (r *rig) logged() string {
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	return r.log.b.String()
}
