package mailbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"time"

	"madoguchi/mailbox/registry"
	"madoguchi/mailbox/store"
	"madoguchi/wire"
)

// observe serves /healthz and /metrics on loopback until ctx ends. The text exposition format is a dozen lines to write,
// and all of these are numbers that the database has: a client library would be more than what it would save.
func (m *Mailbox) observe(ctx context.Context, l *line) error {
	if m.Observe == "" {
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", m.Observe)
	if err != nil {
		return fmt.Errorf("mailbox: observe: %w", err)
	}
	m.observed.Store(listener.Addr().String())
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		if err := m.health(r.Context(), l); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		_, _ = fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		text, err := m.metrics(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_, _ = fmt.Fprint(w, text)
	})
	s := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = s.Close() })()
	if err := s.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("mailbox: observe: %w", err)
	}
	return nil
}

// Observed is where /healthz and /metrics are served, host:port; empty: nowhere, or not yet.
func (m *Mailbox) Observed() string {
	addr, _ := m.observed.Load().(string)
	return addr
}

var errNotServing = errors.New("kiosks cannot connect: the mailbox's own line to its broker does not stand")

// health reports whether kiosks can be served: the line to the broker stands and the database answers.
func (m *Mailbox) health(ctx context.Context, l *line) error {
	select {
	case <-m.ready:
	default:
		return errNotServing
	}
	if !l.link.Online() {
		return errNotServing
	}
	return m.store.View(ctx, func(tx *store.Tx) error {
		_, err := tx.Size()
		return err
	})
}

// metric is one line of the exposition.
type metric struct {
	name, help string
	value      float64
}

func (m *Mailbox) metrics(ctx context.Context) (string, error) {
	var all []metric
	add := func(name, help string, value float64) { all = append(all, metric{"madoguchi_" + name, help, value}) }
	err := m.store.View(ctx, func(tx *store.Tx) error {
		c, err := tx.Counts()
		if err != nil {
			return err
		}
		add("documents", "Documents received.", float64(c.Documents))
		add("refusals", "Final refusals.", float64(c.Refusals))
		add("held", "Submissions held without an answer.", float64(c.Held))
		add("ledger_leaves", "Leaves of the ledger.", float64(c.Leaves))
		add("ledger_stamped_leaves", "Leaves under the newest time-stamp.", float64(c.Stamped))
		if !c.StampedAt.IsZero() {
			add("ledger_stamp_age_seconds", "Time since the newest time-stamp.", m.Now().Sub(c.StampedAt).Seconds())
		}
		kiosks, err := registry.All(tx)
		if err != nil {
			return err
		}
		countKiosks(kiosks, add)
		return nil
	})
	k := m.live.Load().keyring
	add("keyring_version", "Version of the keyring in use.", float64(k.Version))
	add("sealing_months_left", "Whole months for which there are sealing keys.", float64(m.monthsLeft()))
	add("goroutines", "Goroutines of this process.", float64(runtime.NumGoroutine()))
	var b strings.Builder
	for _, one := range all {
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s gauge\n%s %g\n", one.name, one.help, one.name, one.name, one.value)
	}
	return b.String(), err
}

func countKiosks(kiosks []registry.Kiosk, add func(string, string, float64)) {
	var inUse, online, forked, waiting, oldest, behind float64
	for _, k := range kiosks {
		if k.Struck() {
			continue
		}
		inUse++
		said, err := wire.ParseStatus(k.State)
		if err != nil {
			continue
		}
		waiting += float64(said.Waiting)
		oldest = max(oldest, float64(said.Oldest))
		if said.Online {
			online++
		}
		if said.Clock == wire.ClockBehind {
			behind++
		}
		if said.Ledger != nil && said.Ledger.Forked {
			forked++
		}
	}
	add("kiosks", "Kiosks in use.", inUse)
	add("kiosks_online", "Of those, connected.", online)
	add("kiosks_forked", "Of those, with the fork alarm.", forked)
	add("kiosks_clock_behind", "Of those, with a clock that is wrong for certain.", behind)
	add("kiosk_waiting", "Submissions that wait on kiosks, by their last word.", waiting)
	add("kiosk_oldest_seconds", "Age of the oldest of them, by its kiosk's last word.", oldest)
}
