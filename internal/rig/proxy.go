package rig

import (
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
)

// The packet types that tests care for (MQTT 3.1.1 §2.2.1).
const (
	Connect   = 1
	Connack   = 2
	Publish   = 3
	Puback    = 4
	Subscribe = 8
	Suback    = 9
	Pingreq   = 12
	Pingresp  = 13
)

// Packet is one MQTT control packet on its way.
type Packet struct {
	Up    bool // from the client to the broker
	Type  int
	Bytes []byte // the whole packet
}

// ID returns the packet identifier of a PUBLISH at QoS 1, a PUBACK, SUBSCRIBE or SUBACK; 0 for others.
func (p Packet) ID() uint16 {
	body := p.body()
	at := 0
	switch {
	case p.Type == Publish && p.Bytes[0]>>1&3 > 0 && len(body) >= 2:
		at = 2 + int(binary.BigEndian.Uint16(body))
	case p.Type == Puback, p.Type == Subscribe, p.Type == Suback:
	default:
		return 0
	}
	if len(body) < at+2 {
		return 0
	}
	return binary.BigEndian.Uint16(body[at:])
}

func (p Packet) body() []byte {
	n := 1
	for n < len(p.Bytes) && p.Bytes[n]&0x80 != 0 {
		n++
	}
	return p.Bytes[min(n+1, len(p.Bytes)):]
}

// PubackFor returns the acknowledgement of a PUBLISH, going the other way.
func PubackFor(p Packet) Packet {
	b := binary.BigEndian.AppendUint16([]byte{Puback << 4, 2}, p.ID())
	return Packet{Up: !p.Up, Type: Puback, Bytes: b}
}

// Filter decides what becomes of a packet: what it returns is sent, each packet in its own direction. It is called
// by one goroutine at a time for all connections.
type Filter func(p Packet) []Packet

// Proxy stands between MQTT clients and a broker. Bytes that begin with a TLS handshake are passed as they are; then
// only Cut, Down and Up work.
type Proxy struct {
	listener net.Listener
	upstream string

	filterMu sync.Mutex
	filter   Filter

	mu    sync.Mutex
	down  bool
	conns map[net.Conn]bool
	seen  int
}

// NewProxy listens on loopback and passes everything to upstream ("host:port") until told otherwise.
func NewProxy(t testing.TB, upstream string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: l, upstream: upstream, conns: map[net.Conn]bool{}}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { p.serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		p.Down()
		wg.Wait()
	})
	return p
}

// Addr returns host:port to connect to.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Filter sets what is done to packets from now on; nil passes all.
func (p *Proxy) Filter(f Filter) {
	p.filterMu.Lock()
	defer p.filterMu.Unlock()
	p.filter = f
}

// Cut ends all connections; new ones are passed. It may be called from a Filter.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
}

// Down ends all connections and refuses new ones until Up.
func (p *Proxy) Down() {
	p.mu.Lock()
	p.down = true
	p.mu.Unlock()
	p.Cut()
}

// Up takes connections again.
func (p *Proxy) Up() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = false
}

// Connections returns how many connections were taken so far.
func (p *Proxy) Connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen
}

func (p *Proxy) serve(client net.Conn) {
	defer func() { _ = client.Close() }()
	if !p.enter(client, true) {
		return
	}
	defer p.leave(client)
	broker, err := net.Dial("tcp", p.upstream)
	if err != nil {
		return
	}
	defer func() { _ = broker.Close() }()
	if !p.enter(broker, false) {
		return
	}
	defer p.leave(broker)

	first := make([]byte, 1)
	if _, err := io.ReadFull(client, first); err != nil {
		return
	}
	pair := &pair{p: p, client: client, broker: broker}
	var wg sync.WaitGroup
	wg.Go(func() { pair.copy(client, broker, first) })
	pair.copy(broker, client, first[:0])
	wg.Wait()
}

func (p *Proxy) enter(c net.Conn, count bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		return false
	}
	if count {
		p.seen++
	}
	p.conns[c] = true
	return true
}

func (p *Proxy) leave(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

// pair is one connection on both sides.
type pair struct {
	p              *Proxy
	client, broker net.Conn
	mu             sync.Mutex // one writer at a time: packets cross
	raw            bool       // set before the broker has anything to answer
}

const tlsHandshake = 0x16

func (x *pair) copy(from, to net.Conn, first []byte) {
	defer func() { _ = from.Close(); _ = to.Close() }()
	up := from == x.client
	if up && first[0] == tlsHandshake {
		x.mu.Lock()
		x.raw = true
		x.mu.Unlock()
		if _, err := to.Write(first); err == nil {
			_, _ = io.Copy(to, from)
		}
		return
	}
	for {
		head := append([]byte(nil), first...)
		if len(head) == 0 {
			head = make([]byte, 1)
			if _, err := io.ReadFull(from, head); err != nil {
				return
			}
		}
		first = nil
		x.mu.Lock()
		raw := x.raw
		x.mu.Unlock()
		if raw {
			if _, err := to.Write(head); err == nil {
				_, _ = io.Copy(to, from)
			}
			return
		}
		b, err := restOf(from, head)
		if err != nil {
			return
		}
		if !x.pass(Packet{Up: up, Type: int(head[0] >> 4), Bytes: b}) {
			return
		}
	}
}

// pass runs the filter and writes what it returns.
func (x *pair) pass(packet Packet) bool {
	out := []Packet{packet}
	x.p.filterMu.Lock()
	if x.p.filter != nil {
		out = x.p.filter(packet)
	}
	x.p.filterMu.Unlock()
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, o := range out {
		to := x.client
		if o.Up {
			to = x.broker
		}
		if _, err := to.Write(o.Bytes); err != nil {
			return false
		}
	}
	return true
}

// restOf reads the packet that begins with head.
func restOf(r io.Reader, head []byte) ([]byte, error) {
	size, b := 0, head
	for shift := 0; shift < 28; shift += 7 {
		var n [1]byte
		if _, err := io.ReadFull(r, n[:]); err != nil {
			return nil, err
		}
		b = append(b, n[0])
		size |= int(n[0]&0x7f) << shift
		if n[0]&0x80 == 0 {
			break
		}
	}
	at := len(b)
	b = append(b, make([]byte, size)...)
	_, err := io.ReadFull(r, b[at:])
	return b, err
}
