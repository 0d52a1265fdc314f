package apdu

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
)

var (
	// ErrRecording reports a file that is no recording; it is wrapped with the line's number.
	ErrRecording = errors.New("apdu: malformed recording")
	// ErrDeviation reports a command that the recording does not have at this place, or commands left over.
	ErrDeviation = errors.New("apdu: not as recorded")
	// ErrLine stands for whatever broke the line when the recording was made.
	ErrLine = errors.New("apdu: the line to the card broke")
)

// maxRecording bounds one line: the longest response in hexadecimal.
const maxRecording = 2*(MaxExtended+2) + len(got)

// exchange is one command and what came of it: a response, or how the line broke.
type exchange struct {
	line    int
	command string // as masked gives it
	answer  []byte
	broke   error
}

// Player is a Transmitter that plays a recording back. Commands must come exactly as recorded, each in its turn.
type Player struct {
	script []exchange
	next   int
}

// NewPlayer reads a recording: the lines a Recorder writes; empty lines and lines that begin with # are skipped.
// ErrRecording for anything else.
func NewPlayer(r io.Reader) (*Player, error) {
	p := &Player{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxRecording+1)
	open := false // a command awaits its answer
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, comment) {
			continue
		}
		if strings.HasPrefix(line, sent) == open || !p.add(n, line) {
			return nil, fmt.Errorf("line %d: %w", n, ErrRecording)
		}
		open = !open
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("apdu: read recording: %w", err)
	}
	if open {
		return nil, fmt.Errorf("last command has no answer: %w", ErrRecording)
	}
	return p, nil
}

// add takes one line in; false when it is malformed. The caller keeps the turns.
func (p *Player) add(n int, line string) bool {
	kind, rest, _ := strings.Cut(line, " ")
	kind, rest = kind+" ", strings.ToLower(strings.TrimSpace(rest))
	if kind == sent {
		command, ok := maskedLine(rest)
		p.script = append(p.script, exchange{line: n, command: command})
		return ok
	}
	last := &p.script[len(p.script)-1]
	switch kind {
	case got:
		var err error
		last.answer, err = hex.DecodeString(rest)
		return err == nil
	case broke:
		last.broke = map[string]error{removed: ErrRemoved, failed: ErrLine}[rest]
		return last.broke != nil
	}
	return false
}

// maskedLine returns a recorded command with any PIN as asterisks, and whether it is one: hexadecimal, with
// asterisks nowhere but for the PIN.
func maskedLine(s string) (string, bool) {
	command, err := hex.DecodeString(strings.ReplaceAll(s, secret, "00"))
	if err != nil || len(command) == 0 {
		return "", false
	}
	m := masked(command)
	return m, m == s || !strings.Contains(s, "*")
}

// Transmit gives the recorded answer to the recorded command, and ErrDeviation, with the recording's line, to any
// other. Where the recording has asterisks any PIN of that length will do.
func (p *Player) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if p.next == len(p.script) {
		return nil, fmt.Errorf("after the last line: %w", ErrDeviation)
	}
	e := p.script[p.next]
	if masked(command) != e.command {
		return nil, fmt.Errorf("line %d: %w", e.line, ErrDeviation)
	}
	p.next++
	return bytes.Clone(e.answer), e.broke
}

// Done returns ErrDeviation, with the recording's line, if commands are left over.
func (p *Player) Done() error {
	if p.next < len(p.script) {
		return fmt.Errorf("line %d has not come: %w", p.script[p.next].line, ErrDeviation)
	}
	return nil
}
