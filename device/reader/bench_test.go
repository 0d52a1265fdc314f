//go:build pcsc

package reader_test

import (
	"context"
	"crypto"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"madoguchi/device/apdu"
	"madoguchi/device/card"
	"madoguchi/internal/rig/pcscd"
)

// bench measures something that is done with the card, again and again: how many APDUs it takes, and how long the
// host takes for each, without the time in which the card works. That includes connecting and powering off, and for a
// program of OpenSC its start.
func bench(b *testing.B, d *desk, do func()) {
	b.Helper()
	before, busyBefore, risingBefore := d.slot.Contacts.Used()
	for b.Loop() {
		do()
	}
	commands, busy, rising := d.slot.Contacts.Used()
	n, worked := commands-before, busy-busyBefore+rising-risingBefore
	b.ReportMetric(float64(n)/float64(b.N), "apdus/op")
	b.ReportMetric(float64((b.Elapsed()-worked)/time.Microsecond)/float64(n), "host-µs/apdu")
}

// timed is a line that knows how long it has been waited for.
type timed struct {
	apdu.Transmitter
	total time.Duration
}

func (l *timed) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	began := time.Now()
	defer func() { l.total += time.Since(began) }()
	return l.Transmitter.Transmit(ctx, command)
}

// ours also reports line-µs/apdu: one command through device/reader, libpcsclite, pcscd and back.
func ours(b *testing.B, d *desk, k card.Key, pin []byte) {
	b.Helper()
	line := &timed{}
	before, busyBefore, _ := d.slot.Contacts.Used()
	bench(b, d, func() {
		s := d.connect()
		line.Transmitter = s
		err := useOnce(b.Context(), line, d.device.Extended(), k, pin)
		if err == nil {
			err = s.Close()
		}
		if err != nil {
			b.Fatal(err)
		}
	})
	commands, busy, _ := d.slot.Contacts.Used()
	b.ReportMetric(float64((line.total-busy+busyBefore)/time.Microsecond)/float64(commands-before), "line-µs/apdu")
}

func useOnce(ctx context.Context, line apdu.Transmitter, extended bool, k card.Key, pin []byte) error {
	c, err := card.Open(ctx, line, extended)
	if err == nil {
		_, err = c.Tries(ctx, k)
	}
	if err == nil {
		err = c.Verify(ctx, k, pin)
	}
	if err == nil {
		_, err = c.Certificate(ctx, card.Auth)
	}
	if err == nil && k == card.Sign {
		_, err = c.Certificate(ctx, card.Sign)
	}
	if err == nil {
		_, err = c.SignDigest(ctx, k, recorded[:], crypto.SHA256)
	}
	return err
}

// openSC runs one of OpenSC's programs, with its driver for JPKI given.
func openSC(b *testing.B, d *desk, name string, args ...string) {
	b.Helper()
	dir := b.TempDir()
	conf := filepath.Join(dir, "opensc.conf")
	text := "app default {\n reader_driver pcsc {\n  disconnect_action = unpower;\n }\n}\n"
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "digest"), recorded[:], 0o600); err != nil {
		b.Fatal(err)
	}
	bench(b, d, func() {
		cmd := exec.Command(name, args...)
		cmd.Dir, cmd.Env = dir, pcscd.Env("OPENSC_DRIVER=jpki", "OPENSC_CONF="+conf)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%s: %v\n%s", name, err, out)
		}
	})
}

func benchDesk(b *testing.B) *desk {
	b.Helper()
	d := newDesk(b)
	d.insert(newCard(b, true))
	return d
}

// BenchmarkLogIn reads the certificate for logging in and signs with its key; OpenSC's pkcs15-crypt signs only.
func BenchmarkLogIn(b *testing.B) {
	b.Run("madoguchi", func(b *testing.B) { ours(b, benchDesk(b), card.Auth, authPIN) })
	b.Run("pkcs11-tool", func(b *testing.B) {
		openSC(b, benchDesk(b), "pkcs11-tool", "--slot-index", "0", "--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", "01", "--pin", "1234",
			"--input-file", "digest", "--output-file", "signature")
	})
	b.Run("pkcs15-crypt", func(b *testing.B) {
		openSC(b, benchDesk(b), "pkcs15-crypt", "--sign", "--key", "1", "--sha-256", "--pkcs1", "--raw", "--input", "digest",
			"--output", "signature", "--pin", "1234")
	})
}

// BenchmarkSigning reads both certificates and signs with the key for documents; OpenSC's programs as above.
func BenchmarkSigning(b *testing.B) {
	b.Run("madoguchi", func(b *testing.B) { ours(b, benchDesk(b), card.Sign, signPIN) })
	b.Run("pkcs11-tool", func(b *testing.B) {
		openSC(b, benchDesk(b), "pkcs11-tool", "--slot-index", "1", "--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", "02", "--pin", "ABC123",
			"--input-file", "digest", "--output-file", "signature")
	})
	b.Run("pkcs15-crypt", func(b *testing.B) {
		openSC(b, benchDesk(b), "pkcs15-crypt", "--sign", "--key", "2", "--sha-256", "--pkcs1", "--raw", "--input", "digest",
			"--output", "signature", "--pin", "ABC123")
	})
}

// BenchmarkExchange is one small command through device/reader, libpcsclite, pcscd, the card and back.
func BenchmarkExchange(b *testing.B) {
	d := benchDesk(b)
	s := d.connect()
	took := make([]time.Duration, 0, 1<<16)
	for b.Loop() {
		began := time.Now()
		if _, err := s.Transmit(b.Context(), []byte{0x00, 0x20, 0x00, 0x98}); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2]/time.Microsecond), "p50-µs")
	b.ReportMetric(float64(took[len(took)*95/100]/time.Microsecond), "p95-µs")
}
