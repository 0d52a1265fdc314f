package sim

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ErrMishap reports a line that is no mishap.
var ErrMishap = errors.New("sim: not a mishap")

// What is what goes wrong.
type What string

// The mishaps. "Before" and "during" tell whether the card has got the command.
const (
	PullBefore What = "pull-before" // the card is taken out before it gets the command
	PullDuring What = "pull-during" // the card has acted, and is taken out before its answer is heard
	Slow       What = "slow"        // the answer takes Delay
	ShortOnly  What = "short-only"  // a command in extended length gets 6700, though the card announces it
	Garbage    What = "garbage"     // the card has acted, and noise of the same length comes back
	Cut        What = "cut"         // the card has acted, and half of its answer comes back
	Stub       What = "stub"        // the card has acted, and one byte comes back
	Longer     What = "longer"      // the card has acted, and its data comes back with more behind it
	Mute       What = "mute"        // the card never answers, and has not acted
)

var whats = []What{PullBefore, PullDuring, Slow, ShortOnly, Garbage, Cut, Stub, Longer, Mute}

// Mishap is one line of a script: what goes wrong, at which command, counted from 1; at 0 at every command.
type Mishap struct {
	What  What
	At    int
	Delay time.Duration // for Slow
}

// maxDelay bounds Delay.
const maxDelay = time.Minute

// ParseMishap reads "pull-during 3", "slow 0 250ms": ErrMishap for anything else.
func ParseMishap(line string) (Mishap, error) {
	words := strings.Fields(line)
	if len(words) < 2 {
		return Mishap{}, ErrMishap
	}
	m := Mishap{What: What(words[0])}
	known := false
	for _, w := range whats {
		known = known || w == m.What
	}
	var err error
	if m.At, err = strconv.Atoi(words[1]); err != nil || m.At < 0 || !known {
		return Mishap{}, ErrMishap
	}
	if m.What != Slow {
		if len(words) != 2 {
			return Mishap{}, ErrMishap
		}
		return m, nil
	}
	if len(words) != 3 {
		return Mishap{}, ErrMishap
	}
	if m.Delay, err = time.ParseDuration(words[2]); err != nil || m.Delay <= 0 || m.Delay > maxDelay {
		return Mishap{}, ErrMishap
	}
	return m, nil
}

// String is the line that ParseMishap reads.
func (m Mishap) String() string {
	if m.What == Slow {
		return fmt.Sprintf("%s %d %v", m.What, m.At, m.Delay)
	}
	return fmt.Sprintf("%s %d", m.What, m.At)
}

// MarshalText returns String.
func (m Mishap) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText is ParseMishap.
func (m *Mishap) UnmarshalText(text []byte) (err error) {
	*m, err = ParseMishap(string(text))
	return err
}

// spoil returns what comes back in place of an answer.
func (w What) spoil(answer []byte) []byte {
	if len(answer) < 2 {
		return answer
	}
	switch w {
	case Garbage:
		noise := make([]byte, len(answer))
		for i := range noise {
			noise[i] = byte(0x9D + 89*i)
		}
		noise[len(noise)-2] = 0x12 // no status word
		return noise
	case Cut:
		return answer[:len(answer)/2]
	case Stub:
		return answer[:1]
	case Longer:
		at := len(answer) - 2
		return append(append(append([]byte{}, answer[:at]...), make([]byte, 300)...), answer[at:]...)
	case PullBefore, PullDuring, Slow, ShortOnly, Mute:
	}
	return answer
}
