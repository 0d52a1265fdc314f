package ifd

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"madoguchi/device/apdu"
)

// Results of an operation, after pcsc-lite's ifdhandler.h.
const (
	success       = 0
	notSupported  = 606
	powerFailed   = 608
	communication = 612
	timedOut      = 613
	present       = 615
	absent        = 616
)

// The operations.
const (
	opOpen     = 'O'
	opSlots    = 'N'
	opPresence = 'S'
	opPowerUp  = 'U'
	opReset    = 'R'
	opDown     = 'D'
	opTransmit = 'T'
	opControl  = 'C'
	opATR      = 'A'

	roleRequests = 'C'
	roleEvents   = 'E'
	largest      = 70000
)

var errFrame = errors.New("ifd: malformed frame")

// Serve drives a reader with these slots for every pcscd that connects, until l is closed.
func Serve(l net.Listener, slots ...*Slot) error {
	d := &device{slots: slots, conns: map[net.Conn]bool{}}
	defer d.end()
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("ifd: accept: %w", err)
		}
		d.start(conn)
	}
}

// device is a reader; its slots go through one socket.
type device struct {
	slots []*Slot

	mu    sync.Mutex
	conns map[net.Conn]bool
	all   sync.WaitGroup
}

func (d *device) start(conn net.Conn) {
	d.mu.Lock()
	d.conns[conn] = true
	d.mu.Unlock()
	d.all.Go(func() {
		_ = d.serve(conn) // pcscd has gone, or speaks another language: either way there is nobody to tell
		d.mu.Lock()
		delete(d.conns, conn)
		d.mu.Unlock()
		_ = conn.Close()
	})
}

func (d *device) end() {
	d.mu.Lock()
	for conn := range d.conns {
		_ = conn.Close()
	}
	d.mu.Unlock()
	for _, s := range d.slots {
		s.pad.abort()
	}
	d.all.Wait()
}

func (d *device) serve(conn net.Conn) error {
	var hello [2]byte
	if _, err := io.ReadFull(conn, hello[:]); err != nil {
		return err
	}
	if int(hello[1]) >= len(d.slots) {
		return errFrame
	}
	slot := d.slots[hello[1]]
	switch hello[0] {
	case roleEvents:
		return slot.tell(conn)
	case roleRequests:
		return slot.answer(conn, len(d.slots))
	}
	return errFrame
}

// tell writes a byte after every change, until the connection ends.
func (s *Slot) tell(conn net.Conn) error {
	closed := make(chan struct{})
	go func() {
		_, _ = conn.Read(make([]byte, 1)) // nothing is ever sent here
		close(closed)
	}()
	_, news := s.gone()
	changed := s.Reader.Changed()
	for {
		select {
		case <-changed:
			s.pad.abort()
		case <-news:
		case <-closed:
			return nil
		}
		_, news = s.gone() // before the byte: what changes after it shall be told again
		changed = s.Reader.Changed()
		if _, err := conn.Write([]byte{1}); err != nil {
			return err
		}
	}
}

// answer serves requests until the connection ends.
func (s *Slot) answer(conn io.ReadWriter, slots int) error {
	for {
		op, data, err := readFrame(conn)
		if err != nil {
			return err
		}
		result, out := s.do(op, data, slots)
		clear(data) // may have been a PIN
		frame := binary.BigEndian.AppendUint32(nil, uint32(result))
		frame = binary.BigEndian.AppendUint32(frame, uint32(len(out)))
		if _, err := conn.Write(append(frame, out...)); err != nil {
			return err
		}
	}
}

func readFrame(r io.Reader) (op byte, data []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n > largest {
		return 0, nil, errFrame
	}
	data = make([]byte, n)
	_, err = io.ReadFull(r, data)
	return head[0], data, err
}

// do carries one operation out.
func (s *Slot) do(op byte, data []byte, slots int) (int, []byte) {
	if unplugged, _ := s.gone(); unplugged {
		// Not noSuchDevice: pcscd waits a second for udev then, which knows nothing of a reader from reader.conf.
		return communication, nil
	}
	switch op {
	case opOpen:
		return success, nil
	case opSlots:
		return success, []byte{byte(slots)}
	case opPresence:
		return s.presence(), nil
	case opPowerUp, opATR:
		return outcome(s.Contacts.PowerUp())
	case opReset:
		return outcome(s.Contacts.Reset())
	case opDown:
		s.Contacts.PowerDown()
		return success, nil
	case opTransmit:
		return outcome(s.Contacts.Transmit(data))
	case opControl:
		return s.control(data)
	}
	return notSupported, nil
}

// presence says whether a card is inside. One that was taken and put back since the last time is absent once.
func (s *Slot) presence() int {
	changed := s.Reader.Changed()
	now := s.Reader.Present()
	s.mu.Lock()
	defer s.mu.Unlock()
	if swapped := now && s.seen != nil && s.seen != changed; swapped {
		s.seen = nil
		s.tellAll() // so that it is asked again
		return absent
	}
	s.seen = nil
	if !now {
		return absent
	}
	s.seen = changed
	return present
}

func outcome(answer []byte, err error) (int, []byte) {
	switch {
	case err == nil:
		return success, answer
	case errors.Is(err, apdu.ErrNoCard), errors.Is(err, apdu.ErrRemoved):
		return absent, nil
	case errors.Is(err, ErrPower):
		return powerFailed, nil
	case errors.Is(err, context.DeadlineExceeded):
		return timedOut, nil
	}
	return communication, nil
}
