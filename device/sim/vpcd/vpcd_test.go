package vpcd_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"path/filepath"
	"testing"
	"time"

	"madoguchi/device/internal/testcard"
	"madoguchi/device/sim"
	"madoguchi/device/sim/ifd"
	"madoguchi/device/sim/vpcd"
)

func contacts(t testing.TB) *ifd.Contacts {
	t.Helper()
	auth, _ := testcard.Keys(t)
	f, err := sim.NewFile(sim.Options{AuthKey: auth, AuthCert: testcard.Certificate(t, auth, "auth"), AuthPIN: []byte("1234")})
	path := filepath.Join(t.TempDir(), "card.json")
	if err == nil {
		err = f.Save(path)
	}
	slot := sim.NewReader("x")
	if err == nil {
		err = slot.Insert(path)
	}
	if err != nil {
		t.Fatal(err)
	}
	return ifd.NewContacts(slot)
}

// talk sends what a reader sends and returns all that the card says.
func talk(t testing.TB, c *ifd.Contacts, in []byte) ([]byte, error) {
	t.Helper()
	reader, card := net.Pipe()
	said, served := make(chan []byte, 1), make(chan error, 1)
	go func() {
		all, _ := io.ReadAll(reader)
		said <- all
	}()
	go func() {
		err := vpcd.Serve(card, c)
		_ = card.Close()
		served <- err
	}()
	_ = reader.SetWriteDeadline(time.Now().Add(5 * time.Second))
	_, _ = reader.Write(in)
	// a pipe has no half-close: give the last answer its turn
	_ = reader.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	out := <-said
	_ = reader.Close()
	return out, <-served
}

func TestOrders(t *testing.T) {
	got, err := talk(t, contacts(t), []byte{0, 1, 1, 0, 1, 4, 0, 4, 0xFF, 0, 0, 0, 0, 1, 2, 0, 1, 0, 0, 4, 0xFF, 0, 0, 0})
	if err != nil {
		t.Fatal(err)
	}
	atr := "\x3B\xC5\xFF\x81\x31\xFB\x45\x80\x73\xC6\x01\x00\x00"
	want := append(append([]byte{0, byte(len(atr))}, atr...), 0, 2, 0x6E, 0, 0, 2, 0x6F, 0) // after power-off there is nobody
	if !bytes.Equal(got, want) {
		t.Errorf("got  %x\nwant %x", got, want)
	}
	if _, err := talk(t, contacts(t), []byte{0, 1, 9}); !errors.Is(err, vpcd.ErrMessage) {
		t.Errorf("unknown order: %v", err)
	}
}

// FuzzVPCD: whatever the reader sends, the card answers or ends the connection.
func FuzzVPCD(f *testing.F) {
	f.Add([]byte{0, 1, 1, 0, 1, 4, 0, 4, 0, 0xA4, 4, 0x0C})
	f.Add([]byte{0, 0, 0xFF})
	c := contacts(f)
	f.Fuzz(func(_ *testing.T, in []byte) {
		reader, card := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, reader) }()
		served := make(chan struct{})
		go func() {
			_ = vpcd.Serve(card, c)
			_ = card.Close()
			close(served)
		}()
		_ = reader.SetWriteDeadline(time.Now().Add(5 * time.Second))
		_, _ = reader.Write(in)
		_ = reader.Close()
		<-served
	})
}
