package ifd_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"madoguchi/device/internal/testcard"
	"madoguchi/device/sim"
	"madoguchi/device/sim/ifd"
	"madoguchi/internal/rig/pcscd"
)

func newCard(t testing.TB) string {
	t.Helper()
	auth, sign := testcard.Keys(t)
	f, err := sim.NewFile(sim.Options{
		AuthKey: auth, SignKey: sign, AuthCert: testcard.Certificate(t, auth, "auth"), SignCert: testcard.Certificate(t, sign, "sign"),
		AuthPIN: []byte("1234"), SignPIN: []byte("ABC123"), Extended: true,
	})
	path := filepath.Join(t.TempDir(), "card.json")
	if err == nil {
		err = f.Save(path)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestOpenSCSeesThePad: a stranger's program, through a real pcscd, finds readers, cards and the PIN pad.
func TestOpenSCSeesThePad(t *testing.T) {
	if _, err := exec.LookPath("opensc-tool"); err != nil {
		t.Fatal("opensc-tool is not installed; `make needs` installs opensc")
	}
	plain, withPad := ifd.NewSlot("1", ifd.Extended, nil), ifd.NewSlot("2", ifd.Extended, ifd.NewPad(time.Second))
	pcscd.Start(t, pcscd.One("Plain", plain), pcscd.One("Keys", withPad))
	if err := withPad.Reader.Insert(newCard(t)); err != nil {
		t.Fatal(err)
	}
	var out string
	pcscd.Until(t, "the card in opensc-tool's list", 5*time.Second, func() bool {
		cmd := exec.Command("opensc-tool", "--list-readers")
		cmd.Env = pcscd.Env("LC_ALL=C")
		raw, _ := cmd.CombinedOutput()
		out = string(raw)
		return strings.Contains(out, "Yes")
	})
	for line := range strings.Lines(out) {
		if strings.Contains(line, "Keys") != strings.Contains(line, "PIN pad") && strings.Contains(line, "00 00") {
			t.Errorf("pad or none: %s", line)
		}
	}
	if !strings.Contains(out, "PIN pad") || !strings.Contains(out, "Plain") {
		t.Errorf("opensc-tool says\n%s", out)
	}
}

// driver speaks to a slot as the handler does.
type driver struct {
	t    testing.TB
	conn net.Conn
}

func newDriver(t testing.TB, role byte, slots ...*ifd.Slot) *driver {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- ifd.Serve(l, slots...) }()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = conn.Close(), l.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	if _, err := conn.Write([]byte{role, 0}); err != nil {
		t.Fatal(err)
	}
	return &driver{t, conn}
}

func (d *driver) ask(op byte, data ...byte) (result uint32, answer []byte) {
	d.t.Helper()
	frame := append(binary.BigEndian.AppendUint32([]byte{op}, uint32(len(data))), data...)
	if _, err := d.conn.Write(frame); err != nil {
		d.t.Fatal(err)
	}
	var head [8]byte
	if _, err := io.ReadFull(d.conn, head[:]); err != nil {
		d.t.Fatal(err)
	}
	answer = make([]byte, binary.BigEndian.Uint32(head[4:]))
	if _, err := io.ReadFull(d.conn, answer); err != nil {
		d.t.Fatal(err)
	}
	return binary.BigEndian.Uint32(head[:]), answer
}

func TestOperations(t *testing.T) {
	slot := ifd.NewSlot("x", ifd.Extended, nil)
	d := newDriver(t, 'C', slot)
	expect := func(what string, op byte, want uint32, data ...byte) []byte {
		t.Helper()
		got, answer := d.ask(op, data...)
		if got != want {
			t.Errorf("%s: %d, want %d", what, got, want)
		}
		return answer
	}
	expect("presence, empty", 'S', 616)
	expect("power up, empty", 'U', 616)
	expect("command, no power", 'T', 608, 0, 0xA4, 0, 0)
	path := newCard(t)
	if err := slot.Reader.Insert(path); err != nil {
		t.Fatal(err)
	}
	expect("presence", 'S', 615)
	if atr := expect("power up", 'U', 0); len(atr) == 0 || atr[0] != 0x3B {
		t.Errorf("answer to reset %x", atr)
	}
	if answer := expect("command", 'T', 0, 0xFF, 0, 0, 0); !bytes.Equal(answer, []byte{0x6E, 0}) {
		t.Errorf("answer %x", answer)
	}
	slot.Reader.Remove()
	if err := slot.Reader.Insert(path); err != nil {
		t.Fatal(err)
	}
	expect("command to a card that has left", 'T', 616, 0xFF, 0, 0, 0)
	expect("presence after a swap", 'S', 616)
	expect("presence after that", 'S', 615)
	slot.Contacts.SetMute(true)
	expect("power up, mute", 'U', 608)
	expect("no such operation", 'Z', 606)
	expect("no such control", 'C', 606, 1, 2, 3, 4)
	slot.Unplug()
	expect("unplugged", 'S', 612)
}

func TestEveryChangeIsTold(t *testing.T) {
	slot := ifd.NewSlot("x", ifd.Extended, nil)
	d := newDriver(t, 'E', slot)
	path := newCard(t)
	told := func(what string) {
		t.Helper()
		if err := d.conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := d.conn.Read(make([]byte, 1)); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	pcscd.Until(t, "the connection", 5*time.Second, func() bool { // the server may not have begun to listen for changes
		slot.Plug()
		_ = d.conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		_, err := d.conn.Read(make([]byte, 64))
		return err == nil
	})
	for range 3 {
		if err := slot.Reader.Insert(path); err != nil {
			t.Fatal(err)
		}
		told("insertion")
		slot.Reader.Remove()
		told("removal")
	}
	slot.Unplug()
	told("unplugging")
}

// FuzzIFD: whatever comes on the socket, the simulator answers or ends the connection.
func FuzzIFD(f *testing.F) {
	f.Add([]byte{'S', 0, 0, 0, 0})
	f.Add([]byte{'T', 0, 0, 0, 4, 0, 0xA4, 4, 0x0C})
	f.Add(append([]byte{'C', 0, 0, 0, 32, 0x42, 0, 1, 6, 30, 30, 0x82, 4, 0, 4, 4, 1, 1, 0x11, 4, 0, 0, 0, 0, 9, 0, 0, 0}, 0, 0x20, 0, 0x98, 4, 255, 255, 255, 255))
	f.Add([]byte{'C', 0, 0, 0, 4, 0x42, 0, 0x0D, 0x48})
	slot := ifd.NewSlot("x", ifd.Extended, ifd.NewPad(time.Microsecond))
	if err := slot.Reader.Insert(newCard(f)); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		ours, theirs := net.Pipe()
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = io.Copy(io.Discard, ours)
		}()
		served := make(chan struct{})
		go func() {
			defer close(served)
			ifd.ServeOne(theirs, slot)
			_ = theirs.Close()
		}()
		_ = ours.SetWriteDeadline(time.Now().Add(5 * time.Second))
		_, _ = ours.Write(append([]byte{'C', 0}, in...))
		_ = ours.Close()
		<-served
		<-done
	})
}
