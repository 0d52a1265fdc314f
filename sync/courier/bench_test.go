package courier

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"madoguchi/sync/outbox"
)

const benchSize = 16 << 10

// null is a line that costs nothing: the far end's receipt is there when Publish returns.
type null struct{ c *Courier }

func (null) Online() bool             { return true }
func (null) Changed() <-chan struct{} { return nil }
func (l null) Publish(_ context.Context, _ string, sealed []byte) error {
	return l.c.Receive("down", receiptFor(sealed))
}

// backlog is an outbox that is filled and drained again.
type backlog struct {
	b    *testing.B
	box  *outbox.Outbox
	next int
}

func (l *backlog) fill(depth int) {
	var wg sync.WaitGroup
	numbers := make(chan int)
	for range 64 { // who share commits
		wg.Go(func() {
			for n := range numbers {
				if _, err := l.box.Put(l.b.Context(), item(n, benchSize-48)); err != nil {
					l.b.Error(err)
				}
			}
		})
	}
	for range depth {
		numbers <- l.next
		l.next++
	}
	close(numbers)
	wg.Wait()
}

// drain sends until no more than left wait, and returns how many rows that were and how long it took.
func (l *backlog) drain(left int) (rows int, took time.Duration) {
	line := &null{}
	c := New(l.box, line, "up", verify)
	line.c = c
	ctx, cancel := context.WithCancel(l.b.Context())
	var wg sync.WaitGroup
	before, _ := l.box.Waiting()
	began := time.Now()
	wg.Go(func() { _ = c.Run(ctx) })
	for changed := l.box.Changed(); ; changed = l.box.Changed() {
		if n, _ := l.box.Waiting(); n <= left {
			break
		}
		<-changed
	}
	cancel()
	wg.Wait()
	after, _ := l.box.Waiting()
	return before - after, time.Since(began)
}

// BenchmarkDrain measures how fast a backlog of 16 kB each goes over a line that costs nothing: "rows/s", and "x-100",
// the rate over that of backlogs of 100. Both are drained in turn, a slice of the deep one and then a shallow one,
// because disks drift. The bar is the same rate at any depth: about 1.
func BenchmarkDrain(b *testing.B) {
	const shallow, slice = 100, 500
	for _, depth := range []int{100, 5000, 50000} {
		b.Run(fmt.Sprint(depth), func(b *testing.B) {
			deep, beside := &backlog{b: b, box: box(b)}, &backlog{b: b, box: box(b)}
			var rows, rowsBeside int
			var spent, spentBeside time.Duration
			for b.Loop() {
				b.StopTimer()
				deep.fill(depth)
				for left := depth; left > 0; {
					left = max(0, left-slice)
					beside.fill(shallow)
					n, took := beside.drain(0)
					rowsBeside, spentBeside = rowsBeside+n, spentBeside+took
					b.StartTimer()
					n, took = deep.drain(left)
					b.StopTimer()
					rows, spent = rows+n, spent+took
				}
				b.StartTimer()
			}
			rate := float64(rows) / spent.Seconds()
			b.ReportMetric(rate, "rows/s")
			b.ReportMetric(rate/(float64(rowsBeside)/spentBeside.Seconds()), "x-100")
		})
	}
}
