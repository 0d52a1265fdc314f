package sim

// command is a command APDU as the card understands it.
type command struct {
	cla, ins, p1, p2 byte
	data             []byte
	le               int  // bytes wanted; 0: the command has no Le field
	most             bool // Le is the largest of its kind: whatever there is
}

const (
	shortMost    = 256
	extendedMost = 65536
)

// parse takes a command apart by the seven cases of ISO/IEC 7816-3 §12.1: case 1 is four bytes, 2 has Le, 3 has Lc
// and data, 4 has both; 2 to 4 exist short and extended. It returns false for any other length.
func parse(raw []byte, extended bool) (command, bool) {
	if len(raw) < 4 {
		return command{}, false
	}
	c := command{cla: raw[0], ins: raw[1], p1: raw[2], p2: raw[3]}
	body := raw[4:]
	switch {
	case len(body) == 0: // 1
		return c, true
	case len(body) == 1: // 2S
		return c.want(int(body[0]), shortMost), true
	case body[0] != 0:
		return c.short(body)
	case !extended || len(body) < 3:
		return command{}, false
	}
	return c.long(body[1:])
}

// short reads cases 3S and 4S.
func (c command) short(body []byte) (command, bool) {
	lc := int(body[0])
	body = body[1:]
	switch len(body) - lc {
	case 0: // 3S
		c.data = body
		return c, true
	case 1: // 4S
		c.data = body[:lc]
		return c.want(int(body[lc]), shortMost), true
	}
	return command{}, false
}

// long reads cases 2E, 3E and 4E; body begins behind the byte 00 that marks them.
func (c command) long(body []byte) (command, bool) {
	first := int(body[0])*256 + int(body[1])
	body = body[2:]
	if len(body) == 0 { // 2E
		return c.want(first, extendedMost), true
	}
	if first == 0 {
		return command{}, false
	}
	switch len(body) - first {
	case 0: // 3E
		c.data = body
		return c, true
	case 2: // 4E
		c.data = body[:first]
		return c.want(int(body[first])*256+int(body[first+1]), extendedMost), true
	}
	return command{}, false
}

// want sets Le; 0 on the line stands for the most.
func (c command) want(le, most int) command {
	c.le, c.most = le, le == 0
	if c.most {
		c.le = most
	}
	return c
}
