// Package vpcd puts a virtual card into a slot of vsmartcard's virtual reader (vpcd), so that any PC/SC program can
// use it. The card dials the reader. A message is its length in two bytes, big-endian, then that many bytes; the
// reader's messages of one byte are orders about power, all others are commands for the card.
//
// Error model: whatever the reader asks gets an answer; Serve returns when the connection ends or the reader sends
// what is no message. No error holds a byte of a command.
package vpcd

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"

	"madoguchi/device/sim/ifd"
)

// The reader's orders.
const (
	orderOff   = 0
	orderOn    = 1
	orderReset = 2
	orderATR   = 4
)

// ErrMessage reports a message that the protocol does not have.
var ErrMessage = errors.New("vpcd: malformed message")

// Serve lets the reader at the other end of conn drive the contacts, until the connection ends; that is no error.
func Serve(conn net.Conn, c *ifd.Contacts) error {
	defer c.PowerDown()
	for {
		message, err := receive(conn)
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			return err
		}
		answer, due, err := serve(c, message)
		clear(message) // may have been a PIN
		if err != nil {
			return err
		}
		if !due {
			continue
		}
		if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)); err != nil {
			return fmt.Errorf("vpcd: answer: %w", err)
		}
	}
}

// receive reads one message. The operating system delays acknowledgements by some 40 ms, and the reader sends length
// and bytes apart and waits in between; told before each read not to, it does not.
func receive(conn net.Conn) ([]byte, error) {
	quickAck(conn)
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return nil, err
	}
	quickAck(conn)
	message := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(conn, message); err != nil {
		return nil, fmt.Errorf("vpcd: %w", err)
	}
	return message, nil
}

// serve carries out one message; due says that the reader waits for an answer.
func serve(c *ifd.Contacts, message []byte) (answer []byte, due bool, err error) {
	if len(message) != 1 {
		answer, err = c.Transmit(message)
		if err != nil {
			return []byte{0x6F, 0x00}, true, nil //nolint:nilerr // no power, or no card: the reader has no word for it
		}
		return answer, true, nil
	}
	switch message[0] {
	case orderOff:
		c.PowerDown()
		return nil, false, nil
	case orderOn:
		_, err = c.PowerUp()
		return nil, false, err
	case orderReset:
		_, err = c.Reset()
		return nil, false, err
	case orderATR:
		answer, err = c.PowerUp()
		return answer, true, err
	}
	return nil, false, ErrMessage
}
