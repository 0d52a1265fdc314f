package sim

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/subtle"
	"slices"
	"strings"
)

const (
	modulus  = 256          // bytes of an RSA key and of its signature
	maxInput = modulus - 11 // bytes that PKCS #1 v1.5 can pad (RFC 8017 §9.2)
	scalar   = 48           // bytes of a number below the order of P-384, and of its digest
)

// sel is SELECT, of an application by name or of a file under it.
func (c *chip) sel(cmd command) int {
	switch {
	case cmd.p2 != 0x0C:
		return swParameters
	case cmd.le != 0 || len(cmd.data) == 0:
		return swLength
	case cmd.p1 == 0x04:
		return c.selectApplication(cmd.data)
	case cmd.p1 != 0x02:
		return swParameters
	case len(cmd.data) != 2:
		return swLength
	}
	file, sw := c.find(cmd.data[1])
	if cmd.data[0] != 0 {
		return swNotFound
	}
	if sw == swOK {
		c.current = file
	}
	return sw
}

// selectApplication takes the first bytes of a name too. Another application than the selected one costs every
// verified PIN; the same again only the current file.
func (c *chip) selectApplication(name []byte) int {
	i := slices.IndexFunc(c.apps, func(a *app) bool { return strings.HasPrefix(a.aid, string(name)) })
	if i < 0 {
		return swNotFound
	}
	if c.apps[i] != c.selected {
		c.forget()
	}
	c.selected, c.current = c.apps[i], nil
	return swOK
}

// forget takes back the security status of every PIN.
func (c *chip) forget() {
	for _, a := range c.apps {
		for _, f := range a.files {
			if f.pin != nil {
				f.pin.verified = false
			}
		}
	}
}

// find returns a file of the selected application. The issuer's domain has none.
func (c *chip) find(id byte) (*ef, int) {
	file, ok := c.selected.files[id]
	if !ok {
		return nil, swNotFound
	}
	return file, swOK
}

// refer finds the file that P2 of VERIFY or SIGN means and makes it current: 80 the current one, else a short
// EF identifier.
func (c *chip) refer(p2 byte) (*ef, int) {
	switch {
	case p2 == currentFile && c.current == nil:
		return nil, swNoCurrent
	case p2 == currentFile:
		return c.current, swOK
	case p2&0xE0 != shortReference, c.has(NoShortIDs):
		return nil, swParameters
	}
	file, sw := c.find(p2 & 0x1F)
	if sw == swOK {
		c.current = file
	}
	return file, sw
}

// verify is VERIFY. Without data it tells the counter. A try is written off before the PIN is compared, so that no
// cut of power can win one back.
func (c *chip) verify(cmd command) int {
	switch {
	case cmd.p1 != 0:
		return swParameters
	case cmd.le != 0:
		return swLength
	}
	file, sw := c.refer(cmd.p2)
	switch {
	case sw != swOK:
		return sw
	case file.pin == nil:
		return swWrongKind
	case len(cmd.data) == 0 && file.pin.verified:
		return swOK
	case len(cmd.data) == 0:
		return swCounter + *file.pin.tries
	case *file.pin.tries == 0 && c.has(BlockedIs6983):
		return swBlockedToo
	case *file.pin.tries == 0:
		return swBlocked
	}
	return c.compare(file.pin, cmd.data)
}

func (c *chip) compare(p *pin, presented []byte) int {
	p.verified = false
	*p.tries--
	if c.save() != nil {
		*p.tries++
		return swMemory
	}
	if subtle.ConstantTimeCompare(*p.secret, presented) == 0 {
		return swCounter + *p.tries
	}
	left := *p.tries
	*p.tries = p.limit
	if c.save() != nil {
		*p.tries = left
		return swMemory
	}
	p.verified = true
	return swOK
}

// change is CHANGE REFERENCE DATA with the new PIN only: the old one must have been verified, and stays so.
func (c *chip) change(cmd command) int {
	switch {
	case cmd.p1 != 0x01 || cmd.p2 != currentFile:
		return swParameters
	case cmd.le != 0 || len(cmd.data) == 0:
		return swLength
	}
	file, sw := c.refer(cmd.p2)
	switch {
	case sw != swOK:
		return sw
	case file.pin == nil:
		return swWrongKind
	case !file.pin.verified:
		return swSecurity
	case !file.pin.takes(cmd.data):
		return swData
	}
	old := *file.pin.secret
	*file.pin.secret = bytes.Clone(cmd.data)
	if c.save() != nil {
		*file.pin.secret = old
		return swMemory
	}
	return swOK
}

// takes judges a new PIN as the real card is said to: by its length and characters.
func (p *pin) takes(fresh []byte) bool {
	for _, b := range fresh {
		if (b < '0' || b > '9') && (b < 'A' || b > 'Z' || p.max == p.min) {
			return false
		}
	}
	return len(fresh) >= p.min && len(fresh) <= p.max
}

// read is READ BINARY, at an offset of the current file or of one named by its short identifier.
func (c *chip) read(cmd command) ([]byte, int) {
	if len(cmd.data) != 0 || cmd.le == 0 {
		return nil, swLength
	}
	file, offset := c.current, int(cmd.p1)*256+int(cmd.p2)
	if cmd.p1&shortReference != 0 {
		var sw int
		if cmd.p1&0x60 != 0 || c.has(NoShortIDs) {
			return nil, swParameters
		}
		if file, sw = c.find(cmd.p1 & 0x1F); sw != swOK {
			return nil, sw
		}
		c.current, offset = file, int(cmd.p2)
	}
	switch {
	case file == nil:
		return nil, swNoCurrent
	case file.data == nil:
		return nil, swWrongKind
	case file.locked():
		return nil, swSecurity
	case offset >= len(file.data):
		return nil, swOffset
	}
	rest := file.data[offset:]
	if len(rest) >= cmd.le {
		return rest[:cmd.le], swOK
	}
	if cmd.most && !c.has(TellsEnd) {
		return rest, swOK
	}
	return rest, swEndOfFile
}

// sign is COMPUTE DIGITAL SIGNATURE (ISO/IEC 7816-8).
func (c *chip) sign(cmd command) ([]byte, int) {
	if cmd.p1 != 0 {
		return nil, swParameters
	}
	if cmd.p2 != currentFile && c.has(NoShortSign) {
		return nil, swParameters
	}
	file, sw := c.refer(cmd.p2)
	switch {
	case sw != swOK:
		return nil, sw
	case file.key == nil:
		return nil, swWrongKind
	case file.locked():
		return nil, swSecurity
	}
	switch key := file.key.(type) {
	case *rsa.PrivateKey:
		return signRSA(key, cmd)
	case *ecdsa.PrivateKey:
		return signECDSA(key, cmd)
	}
	return nil, swWrongKind
}

// signRSA pads what it gets, whatever that is, and applies the key.
func signRSA(key *rsa.PrivateKey, cmd command) ([]byte, int) {
	if len(cmd.data) == 0 || len(cmd.data) > maxInput || cmd.le < modulus {
		return nil, swLength
	}
	// With no hash function the library neither hashes nor adds a DigestInfo, as the card does not.
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.Hash(0), cmd.data)
	if err != nil {
		return nil, swMemory
	}
	return signature, swOK
}

// signECDSA signs a digest of SHA-384 and gives r and s one behind the other (BSI TR-03111 §5.2.1).
func signECDSA(key *ecdsa.PrivateKey, cmd command) ([]byte, int) {
	if len(cmd.data) != scalar || cmd.le < 2*scalar {
		return nil, swLength
	}
	r, s, err := ecdsa.Sign(rand.Reader, key, cmd.data)
	if err != nil {
		return nil, swMemory
	}
	plain := make([]byte, 2*scalar)
	r.FillBytes(plain[:scalar])
	s.FillBytes(plain[scalar:])
	return plain, swOK
}
