package link

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// maxPacket bounds what is read from a broker at once, in bytes: twice the largest envelope, and room for a topic.
// paho would allocate the 256 MB that a length may announce.
const maxPacket = 1<<20 + 1<<16

var errPacket = errors.New("link: the broker sent a malformed packet")

// guard lets whole, well-formed MQTT packets through to paho's parser, which trusts counts and lengths (a SUBACK
// with one code too many is an index out of range there), and gives every write a deadline, which paho gives to
// PUBLISH alone.
type guard struct {
	net.Conn
	filters int    // return codes that a SUBACK carries
	rest    []byte // of the packet that was checked last
	err     error
}

func newGuard(c net.Conn, filters int) *guard { return &guard{Conn: c, filters: filters} }

// Write writes with a deadline.
func (g *guard) Write(b []byte) (int, error) {
	if err := g.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return 0, fmt.Errorf("link: write: %w", err)
	}
	return g.Conn.Write(b)
}

// Read returns bytes of checked packets only.
func (g *guard) Read(b []byte) (int, error) {
	if len(g.rest) == 0 && g.err == nil {
		g.rest, g.err = readPacket(g.Conn, g.filters)
	}
	if len(g.rest) == 0 && g.err != nil {
		return 0, g.err // unwrapped: paho compares with io.EOF and net.ErrClosed's text
	}
	n := copy(b, g.rest)
	g.rest = g.rest[n:]
	return n, nil
}

// readPacket reads one packet (MQTT 3.1.1 §2) and checks what a client relies on.
func readPacket(r io.Reader, filters int) ([]byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:1]); err != nil {
		return nil, err
	}
	size, n := 0, 1
	for shift := 0; ; shift += 7 { // §2.2.3: seven bits a byte, at most four bytes
		if n == len(head) {
			return nil, errPacket
		}
		if _, err := io.ReadFull(r, head[n:n+1]); err != nil {
			return nil, err
		}
		size |= int(head[n]&0x7f) << shift
		n++
		if head[n-1]&0x80 == 0 {
			break
		}
	}
	if size > maxPacket {
		return nil, errPacket
	}
	packet := append(make([]byte, 0, n+size), head[:n]...)
	packet = packet[:n+size]
	if _, err := io.ReadFull(r, packet[n:]); err != nil {
		return nil, err
	}
	if !wellFormed(head[0], packet[n:], filters) {
		return nil, errPacket
	}
	return packet, nil
}

func wellFormed(first byte, body []byte, filters int) bool {
	switch first >> 4 {
	case 2, 4: // CONNACK, PUBACK
		return first&0x0f == 0 && len(body) == 2
	case 9: // SUBACK
		return first&0x0f == 0 && len(body) == 2+filters
	case 13: // PINGRESP
		return first&0x0f == 0 && len(body) == 0
	case 3: // PUBLISH at QoS 0 or 1
		qos := int(first >> 1 & 3)
		return qos <= 1 && len(body) >= 2 && len(body) >= 2+int(binary.BigEndian.Uint16(body))+2*qos
	default: // nothing else is asked of a broker here
		return false
	}
}
