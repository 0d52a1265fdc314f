package volatile

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
)

// The network block device protocol (its doc/proto.md): fixed newstyle handshake, simple replies.
const (
	magicServer  = 0x4e42444d41474943 // "NBDMAGIC"
	magicOption  = 0x49484156454f5054 // "IHAVEOPT"
	magicAnswer  = 0x3e889045565a9
	magicRequest = 0x25609513
	magicReply   = 0x67446698

	flagFixedNewstyle = 1 << 0
	flagNoZeroes      = 1 << 1

	optExportName = 1
	optAbort      = 2
	optGo         = 7

	answerAck         = 1
	answerInfo        = 3
	answerUnsupported = 1<<31 | 1
	infoExport        = 0

	// of the export: has flags, takes flush and forced writes
	exportFlags = 1<<0 | 1<<2 | 1<<3

	cmdRead       = 0
	cmdWrite      = 1
	cmdDisconnect = 2
	cmdFlush      = 3
	cmdForced     = 1 << 0 // flag: FUA

	errnoIO    = 5
	errnoInval = 22

	maxOption  = 4 << 10
	maxRequest = 32 << 20
)

var errProtocol = errors.New("volatile: not the NBD protocol")

// Serve serves the disk to whoever connects, until the listener is closed.
func (d *Disk) Serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer func() { _ = c.Close() }()
			_ = d.serve(c)
		}()
	}
}

func (d *Disk) serve(c io.ReadWriter) error {
	s := &session{disk: d, r: bufio.NewReader(c), w: bufio.NewWriter(c)}
	if err := s.handshake(); err != nil {
		return err
	}
	for {
		if err := s.request(); err != nil {
			return err
		}
		if err := s.w.Flush(); err != nil {
			return err
		}
	}
}

// session is one client.
type session struct {
	disk *Disk
	r    *bufio.Reader
	w    *bufio.Writer
}

// put writes big-endian integers; a bufio.Writer keeps its first error for Flush.
func (s *session) put(values ...any) {
	for _, v := range values {
		_ = binary.Write(s.w, binary.BigEndian, v)
	}
}

func (s *session) get(values ...any) error {
	for _, v := range values {
		if err := binary.Read(s.r, binary.BigEndian, v); err != nil {
			return err
		}
	}
	return nil
}

// handshake ends when the client has chosen the one export there is, by whatever name.
func (s *session) handshake() error {
	s.put(uint64(magicServer), uint64(magicOption), uint16(flagFixedNewstyle|flagNoZeroes))
	if err := s.w.Flush(); err != nil {
		return err
	}
	var client uint32
	if err := s.get(&client); err != nil {
		return err
	}
	for {
		chosen, err := s.option(client&flagNoZeroes != 0)
		if err == nil {
			err = s.w.Flush()
		}
		if chosen || err != nil {
			return err
		}
	}
}

func (s *session) option(noZeroes bool) (chosen bool, err error) {
	var magic uint64
	var option, n uint32
	if err := s.get(&magic, &option, &n); err != nil {
		return false, err
	}
	if magic != magicOption || n > maxOption {
		return false, errProtocol
	}
	if _, err := s.r.Discard(int(n)); err != nil {
		return false, err
	}
	switch option {
	case optExportName:
		s.put(uint64(s.disk.Size()), uint16(exportFlags))
		if !noZeroes {
			s.put(make([]byte, 124))
		}
		return true, nil
	case optGo:
		s.put(uint64(magicAnswer), option, uint32(answerInfo), uint32(12), uint16(infoExport), uint64(s.disk.Size()), uint16(exportFlags))
		s.put(uint64(magicAnswer), option, uint32(answerAck), uint32(0))
		return true, nil
	case optAbort:
		return false, io.EOF
	default:
		s.put(uint64(magicAnswer), option, uint32(answerUnsupported), uint32(0))
		return false, nil
	}
}

// request answers one request; an error ends the connection, as the loss of power does.
func (s *session) request() error {
	var magic, n uint32
	var flags, command uint16
	var handle, at uint64
	if err := s.get(&magic, &flags, &command, &handle, &at, &n); err != nil {
		return err
	}
	if magic != magicRequest || n > maxRequest {
		return errProtocol
	}
	var data []byte
	var err error
	switch command {
	case cmdRead:
		data = make([]byte, n)
		err = s.disk.read(data, int64(at))
	case cmdWrite:
		p := make([]byte, n)
		if _, err := io.ReadFull(s.r, p); err != nil {
			return err
		}
		err = s.disk.write(p, int64(at), flags&cmdForced != 0)
	case cmdFlush:
		err = s.disk.flush()
	case cmdDisconnect:
		return io.EOF
	default:
		err = fmt.Errorf("%w: command %d", errProtocol, command)
	}
	return s.reply(handle, data, err)
}

func (s *session) reply(handle uint64, data []byte, err error) error {
	var errno uint32
	switch {
	case errors.Is(err, errOff):
		return err
	case errors.Is(err, ErrRange):
		errno, data = errnoInval, nil
	case err != nil:
		errno, data = errnoIO, nil
	}
	s.put(uint32(magicReply), errno, handle, data)
	return nil
}
