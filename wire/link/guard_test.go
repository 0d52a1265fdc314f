package link

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

func TestGuardRefusesWhatPahoWouldTrust(t *testing.T) {
	for name, c := range map[string]struct {
		in []byte
		ok bool
	}{
		"connack":                 {[]byte{0x20, 2, 0, 0}, true},
		"suback":                  {[]byte{0x90, 3, 0, 1, 1}, true},
		"publish":                 {[]byte{0x32, 6, 0, 1, 'a', 0, 7, 'x'}, true},
		"pingresp":                {[]byte{0xd0, 0}, true},
		"one code too many":       {[]byte{0x90, 4, 0, 1, 1, 1}, false},
		"suback without codes":    {[]byte{0x90, 2, 0, 1}, false},
		"topic over the end":      {[]byte{0x32, 4, 0, 9, 'a', 0}, false},
		"publish without id":      {[]byte{0x32, 3, 0, 1, 'a'}, false},
		"qos 2":                   {[]byte{0x34, 6, 0, 1, 'a', 0, 7, 'x'}, false},
		"connect from a broker":   {[]byte{0x10, 0}, false},
		"length of five bytes":    {[]byte{0x30, 0xff, 0xff, 0xff, 0xff, 1}, false},
		"a quarter of a gigabyte": {[]byte{0x30, 0xff, 0xff, 0xff, 0x7f}, false},
	} {
		got, err := readPacket(bytes.NewReader(c.in), 1)
		if c.ok && (err != nil || !bytes.Equal(got, c.in)) || !c.ok && !errors.Is(err, errPacket) {
			t.Errorf("%s: %x, %v", name, got, err)
		}
	}
}

// pipe is a connection whose far end has said everything already.
type pipe struct {
	net.Conn
	in io.Reader
}

func (p pipe) Read(b []byte) (int, error)         { return p.in.Read(b) }
func (p pipe) SetWriteDeadline(_ time.Time) error { return nil }

func FuzzGuard(f *testing.F) {
	f.Add([]byte{0x90, 3, 0, 1, 1, 0x32, 6, 0, 1, 'a', 0, 7, 'x', 0xd0, 0}, 1)
	f.Add([]byte{0x20, 2, 0, 0, 0x40, 2, 0, 1}, 0)
	f.Fuzz(func(t *testing.T, in []byte, filters int) {
		if filters < 0 || filters > 8 {
			return
		}
		g := newGuard(pipe{in: bytes.NewReader(in)}, filters)
		for {
			p, err := packets.ReadPacket(g)
			if err != nil {
				return
			}
			if s, ok := p.(*packets.SubackPacket); ok && len(s.ReturnCodes) != filters {
				t.Fatal("paho would index out of range")
			}
		}
	})
}
