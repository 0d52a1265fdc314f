package kiosk_test

import (
	"bytes"
	"encoding/pem"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"madoguchi/kiosk"
	"madoguchi/mailbox"
	"madoguchi/mailbox/registry"
	"madoguchi/wire/enrolment"
	"madoguchi/world"
)

// renewal is a world whose kiosk changes its device key.
type renewal struct {
	t                *testing.T
	kiosk, mailbox   string
	before, answered enrolment.Enrolment
}

func newRenewal(t *testing.T) *renewal {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "world")
	r := &renewal{t: t, kiosk: filepath.Join(dir, world.KioskDir), mailbox: filepath.Join(dir, world.MailboxDir)}
	r.must(world.Make(t.Context(), dir, world.Options{People: []world.Person{}}))
	r.before = enrolled(t, r.kiosk, nil)
	r.must(kiosk.Renew(r.kiosk))
	var err error
	r.answered, err = mailbox.Enrol(r.mailbox, r.read(kiosk.NextCSRFile), "")
	r.must(err)
	return r
}

func (r *renewal) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *renewal) read(name string) []byte {
	r.t.Helper()
	b, err := os.ReadFile(filepath.Join(r.kiosk, name))
	r.must(err)
	return b
}

// answer puts the mailbox's answer into the folder.
func (r *renewal) answer() {
	r.t.Helper()
	raw, err := r.answered.Marshal()
	r.must(err)
	r.must(os.WriteFile(filepath.Join(r.kiosk, kiosk.NextEnrolmentFile), raw, 0o600))
}

func (r *renewal) open(log *bytes.Buffer) {
	r.t.Helper()
	o := kiosk.Options{Broker: "tls://127.0.0.1:1", Log: slog.New(slog.NewJSONHandler(log, nil))}
	k, err := kiosk.Open(r.t.Context(), r.kiosk, o)
	r.must(err)
	r.must(k.Close())
}

// TestRenewedKeyWorksBesideTheEarlier: both keys are registered, each with its own client id; the kiosk changes at the
// start after the answer, and not before.
func TestRenewedKeyWorksBesideTheEarlier(t *testing.T) {
	r := newRenewal(t)
	all, err := mailbox.Kiosks(r.mailbox)
	r.must(err)
	if len(all) != 1 || len(all[0].Devices) != 2 || all[0].Profile != "city-hall" || r.answered.Profile != "city-hall" {
		t.Fatalf("%+v", all)
	}
	for i, e := range []enrolment.Enrolment{r.answered, r.before} {
		cert, err := e.DeviceCertificate()
		r.must(err)
		if d, ok := all[0].Device(cert.RawSubjectPublicKeyInfo); !ok || !d.Is(e.ClientID) || d.Is([]string{r.before.ClientID, r.answered.ClientID}[i]) {
			t.Errorf("device %d: %v", i, ok)
		}
	}
	var log bytes.Buffer
	r.open(&log)
	if got := enrolled(t, r.kiosk, nil); got.Device != r.before.Device || bytes.Contains(log.Bytes(), []byte("device-renewed")) {
		t.Error("changed before the answer was here")
	}
	r.answer()
	r.open(&log)
	if got := enrolled(t, r.kiosk, nil); got.Device != r.answered.Device || !bytes.Contains(log.Bytes(), []byte("device-renewed")) {
		t.Error("not changed")
	}
	for _, gone := range []string{kiosk.NextKeyFile, kiosk.NextEnrolmentFile, kiosk.NextCSRFile} {
		if _, err := os.Stat(filepath.Join(r.kiosk, gone)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is left: %v", gone, err)
		}
	}
	r.open(&log)
}

// TestRenewalCutAtAnyStep: a power cut between the renames leaves a kiosk that starts with the new key.
func TestRenewalCutAtAnyStep(t *testing.T) {
	r := newRenewal(t)
	r.answer()
	r.must(os.Rename(filepath.Join(r.kiosk, kiosk.NextKeyFile), filepath.Join(r.kiosk, kiosk.DeviceKeyFile))) // and no more
	r.open(&bytes.Buffer{})
	if got := enrolled(t, r.kiosk, nil); got.Device != r.answered.Device {
		t.Error("not the new one")
	}
}

// TestForeignKeyIsNotEnrolledForAnEnrolledKiosk: who has no signature of the present key gets no further key.
func TestForeignKeyIsNotEnrolledForAnEnrolledKiosk(t *testing.T) {
	r := newRenewal(t)
	foreign := filepath.Join(t.TempDir(), "foreign")
	r.must(kiosk.Init(foreign, kiosk.Config{ID: world.KioskID, Profile: "desk", Language: "ja", Reader: kiosk.ReaderPCSC, Outbox: kiosk.Limits{Count: 1, MiB: 1}}))
	csr, err := os.ReadFile(filepath.Join(foreign, kiosk.CSRFile))
	r.must(err)
	_, proof := pem.Decode(r.read(kiosk.NextCSRFile)) // of another request
	r.must(kiosk.Renew(foreign))
	own, err := os.ReadFile(filepath.Join(foreign, kiosk.NextCSRFile)) // vouched for by a key that is not registered
	r.must(err)
	for what, text := range map[string][]byte{"no proof": csr, "proof of another request": append(bytes.Clone(csr), proof...), "proof by another key": own} {
		if _, err := mailbox.Enrol(r.mailbox, text, ""); !errors.Is(err, mailbox.ErrProof) || !errors.Is(err, registry.ErrTaken) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestEndingCertificateIsWarnedOf: sixty days before its end, at each start.
func TestEndingCertificateIsWarnedOf(t *testing.T) {
	r := newRenewal(t)
	for days, want := range map[int]bool{0: false, 5*365 - 30: true} {
		var log bytes.Buffer
		o := kiosk.Options{Broker: "tls://127.0.0.1:1", Log: slog.New(slog.NewJSONHandler(&log, nil))}
		o.Now = func() time.Time { return time.Now().AddDate(0, 0, days) }
		k, err := kiosk.Open(t.Context(), r.kiosk, o)
		r.must(err)
		r.must(k.Close())
		if got := bytes.Contains(log.Bytes(), []byte("device-certificate-ends")); got != want {
			t.Errorf("in %d days: warned %v", days, got)
		}
	}
}
