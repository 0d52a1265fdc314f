package tview

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"madoguchi/i18n"
	"madoguchi/sync/outbox"
	"madoguchi/ui/sample"
	"madoguchi/wire"
)

// metered is a simulated screen that says when it has shown what was drawn.
type metered struct {
	tcell.SimulationScreen
	shown chan struct{}
}

func (m *metered) Show() {
	m.SimulationScreen.Show()
	select {
	case m.shown <- struct{}{}:
	default:
	}
}

func newMetered() *metered {
	return &metered{SimulationScreen: tcell.NewSimulationScreen("UTF-8"), shown: make(chan struct{}, 1)}
}

// press measures from a key to the frame that answers it.
func (m *metered) press(b *testing.B, r rune) time.Duration {
	select {
	case <-m.shown:
	default:
	}
	began := time.Now()
	m.InjectKey(tcell.KeyRune, r, tcell.ModNone)
	select {
	case <-m.shown:
	case <-time.After(10 * time.Second):
		b.Fatal("no frame")
	}
	return time.Since(began)
}

// backlog keeps an outbox busy until the benchmark ends: 64 submissions of 16 kB are kept and settled, again and
// again, as when a queue drains.
func backlog(b *testing.B) {
	box, err := outbox.Open(filepath.Join(b.TempDir(), "outbox"), outbox.Limits{Count: 1 << 20, Bytes: 1 << 40})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := 0; ctx.Err() == nil; n += 64 {
			turn(b, box, n)
		}
	})
	b.Cleanup(func() {
		cancel()
		wg.Wait()
		_ = box.Close()
	})
}

func turn(b *testing.B, box *outbox.Outbox, from int) {
	var wg sync.WaitGroup
	for n := range 64 {
		wg.Go(func() {
			var id wire.ID
			copy(id[:], fmt.Sprintf("%016d", from+n))
			item := outbox.Item{ID: id, Manifest: wire.Sum(id[:]), Owner: wire.Sum(nil), Sealed: make([]byte, 16<<10)}
			ticket, err := box.Put(context.Background(), item)
			if err == nil {
				err = box.Settle(ticket.ID, wire.Outcome{State: wire.Received})
			}
			if err != nil {
				b.Error(err)
			}
		})
	}
	wg.Wait()
}

// ours is the front with a question on it, in its own event loop.
func ours(b *testing.B) *metered {
	m := newMetered()
	f, err := New(m, nil)
	if err != nil {
		b.Fatal(err)
	}
	m.SetSize(128, 36)
	frame := sample.Get(i18n.Ja, "text")
	frame.Screen.Value = ""
	f.Show(frame)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	go func() {
		for range f.Events() {
		}
	}()
	b.Cleanup(func() { cancel(); <-done })
	time.Sleep(200 * time.Millisecond)
	return m
}

// bareForm is tview as it comes: a form of twelve fields.
func bareForm(b *testing.B) *metered {
	m := newMetered()
	app := tview.NewApplication()
	form := tview.NewForm()
	for i := range 12 {
		form.AddInputField(fmt.Sprintf("項目 %d", i+1), "", 40, nil, nil)
	}
	app.SetScreen(m).SetRoot(form, true)
	m.SetSize(128, 36)
	done := make(chan error, 1)
	go func() { done <- app.Run() }()
	b.Cleanup(func() { app.Stop(); <-done })
	time.Sleep(200 * time.Millisecond)
	return m
}

// BenchmarkKeyToFrame measures from a key to the frame that answers it, at 128×36, while an outbox beside it takes
// and settles submissions, in rounds in turn with a bare tview form under the same load: the median round's p50 and
// p99, and the worst p99 of all rounds, in milliseconds. The bar for p99 is 16.
func BenchmarkKeyToFrame(b *testing.B) {
	const rounds, keys = 9, 200
	screens := map[string]*metered{"ours": ours(b), "bare": bareForm(b)}
	backlog(b)
	p50, p99 := map[string][]time.Duration{}, map[string][]time.Duration{}
	for b.Loop() {
		for range rounds {
			for name, m := range screens {
				took := make([]time.Duration, keys)
				for i := range took {
					took[i] = m.press(b, rune('0'+i%10))
				}
				slices.Sort(took)
				p50[name] = append(p50[name], took[keys/2])
				p99[name] = append(p99[name], took[keys*99/100])
			}
		}
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	for name := range screens {
		slices.Sort(p50[name])
		slices.Sort(p99[name])
		b.ReportMetric(ms(p50[name][len(p50[name])/2]), "p50-ms/"+name)
		b.ReportMetric(ms(p99[name][len(p99[name])/2]), "p99-ms/"+name)
		b.ReportMetric(ms(p99[name][0]), "p99-min-ms/"+name)
		b.ReportMetric(ms(p99[name][len(p99[name])-1]), "p99-max-ms/"+name)
	}
	b.ReportMetric(0, "ns/op")
}
