package rig

// Swallow drops the first n packets of a type in one direction.
func Swallow(up bool, kind, n int) Filter {
	return func(p Packet) []Packet {
		if p.Up == up && p.Type == kind && n > 0 {
			n--
			return nil
		}
		return []Packet{p}
	}
}

// Every calls f for the n-th, 2n-th, ... packet of a type in one direction, and passes all others.
func Every(up bool, kind, n int, f Filter) Filter {
	count := 0
	return func(p Packet) []Packet {
		if p.Up == up && p.Type == kind {
			if count++; count%n == 0 {
				return f(p)
			}
		}
		return []Packet{p}
	}
}

// Drop drops the packet.
func Drop(Packet) []Packet { return nil }

// Repeat sends the packet twice.
func Repeat(p Packet) []Packet { return []Packet{p, p} }

// Betray drops a PUBLISH and acknowledges it all the same, as brokers do that lose what they acknowledged.
func Betray(p Packet) []Packet { return []Packet{PubackFor(p)} }

// CutAfter passes the packet and ends all connections of the proxy.
func (p *Proxy) CutAfter(packet Packet) []Packet {
	go p.Cut()
	return []Packet{packet}
}

// CutBefore drops the packet and ends all connections of the proxy.
func (p *Proxy) CutBefore(Packet) []Packet {
	go p.Cut()
	return nil
}

// Reorder holds PUBLISH packets of one direction back and lets n at a time go in the reverse order.
func Reorder(up bool, n int) Filter {
	var held []Packet
	return func(p Packet) []Packet {
		if p.Up != up || p.Type != Publish {
			return []Packet{p}
		}
		held = append(held, p)
		if len(held) < n {
			return nil
		}
		out := make([]Packet, 0, n)
		for i := len(held) - 1; i >= 0; i-- {
			out = append(out, held[i])
		}
		held = nil
		return out
	}
}

// Both runs the packets that a lets through to b.
func Both(a, b Filter) Filter {
	return func(p Packet) (out []Packet) {
		for _, q := range a(p) {
			out = append(out, b(q)...)
		}
		return out
	}
}
