package apdu

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

type line struct {
	delay time.Duration
	atr   []byte
}

func (l line) ATR() []byte { return l.atr }

func (l line) Transmit(ctx context.Context, _ []byte) ([]byte, error) {
	select {
	case <-time.After(l.delay):
		return []byte{0x90, 0x00}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func TestLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for delay, want := range map[time.Duration]error{0: nil, 9 * time.Second: nil, 11 * time.Second: ErrMute} {
			_, err := Limit(line{delay: delay}, 10*time.Second).Transmit(t.Context(), nil)
			if !errors.Is(err, want) || (err == nil) != (want == nil) || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v: %v", delay, err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := Limit(line{delay: time.Hour}, time.Minute).Transmit(ctx, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the caller's own end: %v", err)
		}
	})
	if r, ok := Limit(line{atr: []byte{0x3B}}, time.Second).(Resetter); !ok || len(r.ATR()) != 1 {
		t.Error("the answer to reset is lost")
	}
	if _, ok := Limit(transmit(nil), time.Second).(Resetter); ok {
		t.Error("an answer to reset from nowhere")
	}
}
