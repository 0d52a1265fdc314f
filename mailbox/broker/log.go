package broker

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"sync"

	"madoguchi/internal/event"
)

// logger takes nats-server's lines into slog and keeps client ids, which are secrets, out of them.
type logger struct {
	log *slog.Logger

	mu   sync.Mutex
	last string // of Fatalf
}

var secret = regexp.MustCompile(`[0-9a-f]{32}`)

func (l *logger) line(e event.Event, format string, v []any) {
	text := secret.ReplaceAllString(fmt.Sprintf(format, v...), "…")
	e.Log(l.log, "line", text)
}

func (l *logger) Noticef(format string, v ...any) { l.line(event.BrokerNotes, format, v) }
func (l *logger) Warnf(format string, v ...any)   { l.line(event.BrokerSays, format, v) }
func (l *logger) Errorf(format string, v ...any)  { l.line(event.BrokerSays, format, v) }
func (l *logger) Debugf(string, ...any)           {}
func (l *logger) Tracef(string, ...any)           {}

// Fatalf is how nats-server reports a listener that it could not open; it does not end the process.
func (l *logger) Fatalf(format string, v ...any) {
	l.line(event.BrokerFailed, format, v)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = fmt.Sprintf(format, v...)
}

func (l *logger) fatal() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == "" {
		return nil
	}
	return errors.New("broker: " + l.last)
}
