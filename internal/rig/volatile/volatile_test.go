package volatile

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net"
	"testing"
)

// client speaks just enough of the protocol.
type client struct {
	t *testing.T
	net.Conn
}

func connect(t *testing.T, d *Disk) *client {
	t.Helper()
	here, there := net.Pipe()
	go func() { _ = d.serve(there); _ = there.Close() }()
	c := &client{t, here}
	t.Cleanup(func() { _ = here.Close() })
	var magic, option uint64
	var flags uint16
	c.get(&magic, &option, &flags)
	c.put(uint32(flagFixedNewstyle|flagNoZeroes), uint64(magicOption), uint32(optGo), uint32(6), uint32(0), uint16(0))
	var answer uint64
	var echo, kind, n, ack uint32
	var info, export uint16
	var size uint64
	c.get(&answer, &echo, &kind, &n, &info, &size, &export, &answer, &echo, &ack, &n)
	if magic != magicServer || option != magicOption || size != uint64(d.Size()) || export != exportFlags || ack != answerAck {
		t.Fatalf("handshake: %x %x %d %x %d", magic, option, size, export, ack)
	}
	return c
}

func (c *client) put(values ...any) {
	c.t.Helper()
	var b bytes.Buffer
	for _, v := range values {
		_ = binary.Write(&b, binary.BigEndian, v)
	}
	if _, err := c.Write(b.Bytes()); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) get(values ...any) {
	c.t.Helper()
	for _, v := range values {
		if err := binary.Read(c, binary.BigEndian, v); err != nil {
			c.t.Fatal(err)
		}
	}
}

// does sends a request and returns what came back.
func (c *client) does(flags, command uint16, at int64, n int, data []byte) (answer []byte, errno uint32) {
	c.t.Helper()
	c.put(uint32(magicRequest), flags, command, uint64(7), uint64(at), uint32(n), data)
	var magic uint32
	var handle uint64
	c.get(&magic, &errno, &handle)
	if magic != magicReply || handle != 7 {
		c.t.Fatalf("reply %x to %d", magic, handle)
	}
	if command == cmdRead && errno == 0 {
		answer = make([]byte, n)
		if _, err := io.ReadFull(c, answer); err != nil {
			c.t.Fatal(err)
		}
	}
	return answer, errno
}

func sector(b byte) []byte { return bytes.Repeat([]byte{b}, Sector) }

func made(t *testing.T, sectors int) *Disk {
	t.Helper()
	d, err := New(make([]byte, sectors*Sector))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestWhatIsFlushedStaysAndWhatIsNotMayGo(t *testing.T) {
	const n = 64
	d := made(t, 3*n)
	c := connect(t, d)
	for s := range int64(n) {
		c.does(0, cmdWrite, s*Sector, Sector, sector('f'))
	}
	c.does(0, cmdFlush, 0, 0, nil)
	for s := range int64(n) {
		c.does(cmdForced, cmdWrite, (n+s)*Sector, Sector, sector('u'))
		c.does(0, cmdWrite, (2*n+s)*Sector, Sector, sector('v'))
	}
	if got, _ := c.does(0, cmdRead, 2*n*Sector, Sector, nil); !bytes.Equal(got, sector('v')) {
		t.Error("a reader does not see what was written")
	}
	kept, lost := d.Cut(rand.New(rand.NewPCG(1, 2)))
	if kept == 0 || lost == 0 || kept+lost != n {
		t.Errorf("%d kept, %d lost", kept, lost)
	}
	d.Restore()
	c = connect(t, d)
	there := 0
	for s := range int64(n) {
		if got, _ := c.does(0, cmdRead, s*Sector, Sector, nil); !bytes.Equal(got, sector('f')) {
			t.Fatal("a flushed sector is gone")
		}
		if got, _ := c.does(0, cmdRead, (n+s)*Sector, Sector, nil); !bytes.Equal(got, sector('u')) {
			t.Fatal("a forced sector is gone")
		}
		if got, _ := c.does(0, cmdRead, (2*n+s)*Sector, Sector, nil); bytes.Equal(got, sector('v')) {
			there++
		}
	}
	if there != kept {
		t.Errorf("%d sectors are there, %d were kept", there, kept)
	}
}

func TestALyingDiskLosesWhatItSaidItHad(t *testing.T) {
	d := made(t, 64)
	d.Lies = true
	c := connect(t, d)
	c.does(cmdForced, cmdWrite, 0, 64*Sector, bytes.Repeat(sector('x'), 64))
	c.does(0, cmdFlush, 0, 0, nil)
	if _, lost := d.Cut(rand.New(rand.NewPCG(1, 2))); lost == 0 {
		t.Error("nothing was lost")
	}
}

func TestWithoutPowerNothingIsAnswered(t *testing.T) {
	d := made(t, 1)
	c := connect(t, d)
	d.Cut(rand.New(rand.NewPCG(1, 2)))
	go func() { _, _ = c.Write(append([]byte{0x25, 0x60, 0x95, 0x13, 0, 0, 0, 3}, make([]byte, 20)...)) }()
	if n, err := c.Read(make([]byte, 16)); err == nil {
		t.Errorf("%d bytes came back", n)
	}
}

func TestOutsideOfTheDisk(t *testing.T) {
	c := connect(t, made(t, 4))
	for name, at := range map[string][2]int{"behind the end": {4 * Sector, Sector}, "across the end": {3 * Sector, 2 * Sector}, "half a sector": {1, Sector}} {
		if _, errno := c.does(0, cmdRead, int64(at[0]), at[1], nil); errno != errnoInval {
			t.Errorf("%s: %d", name, errno)
		}
	}
	if _, errno := c.does(0, 99, 0, 0, nil); errno != errnoIO {
		t.Errorf("unknown command: %d", errno)
	}
	if _, err := New(make([]byte, 100)); err == nil {
		t.Error("a disk of part of a sector")
	}
}

// FuzzNBD: no client can make the server panic, or write outside of the disk.
func FuzzNBD(f *testing.F) {
	f.Add([]byte{0, 0, 0, 3, 'I', 'H', 'A', 'V', 'E', 'O', 'P', 'T', 0, 0, 0, 1, 0, 0, 0, 0, 0x25, 0x60, 0x95, 0x13, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, in []byte) {
		_ = made(t, 4).serve(struct {
			io.Reader
			io.Writer
		}{bytes.NewReader(in), io.Discard})
	})
}
