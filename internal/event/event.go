// Package event is the catalogue of everything that Madoguchi writes to its logs: events.toml says what each event
// means and what an operator does about it; the Go names and docs/events.md are made from that file
// (UPDATE=1 go test ./internal/event). Nothing else writes to a log, which a test of the house sees to.
//
// Error model: there is none; an event that cannot be written is lost, as with any log. No field may hold anything of
// a person: ids, codes, counts and errors of packages that promise not to quote their input.
package event

import (
	"context"
	"log/slog"
)

// Event is one kind of log line.
type Event struct {
	Name  string // stands in the line as "event"
	Level slog.Level
	Text  string // stands in the line as "msg"
}

// Log writes the event with its fields (key, value, …, as in package slog). A nil log takes nothing.
func (e Event) Log(l *slog.Logger, fields ...any) {
	if l == nil {
		return
	}
	l.Log(context.Background(), e.Level, e.Text, append([]any{"event", e.Name}, fields...)...)
}
