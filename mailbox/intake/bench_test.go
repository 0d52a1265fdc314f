package intake_test

import (
	"context"
	"sync"
	"testing"

	"madoguchi/wire"
)

// BenchmarkIntake opens, verifies, commits and receipts; the bar is 1 000/s on 2 cores (DESIGN §6).
func BenchmarkIntake(b *testing.B) {
	r := newRig(b)
	envelopes := make([][]byte, b.N)
	for n := range envelopes {
		envelopes[n] = r.seal(r.k1, r.submission()).Marshal()
	}
	const inFlight = 256
	next := make(chan []byte)
	b.ResetTimer()
	var wg sync.WaitGroup
	for range inFlight {
		wg.Go(func() {
			for e := range next {
				if err := r.intake.Handle(context.Background(), wire.UpSubmission("k1"), e); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for _, e := range envelopes {
		next <- e
	}
	close(next)
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "documents/s")
	if documents, _, _ := r.counts(); documents != int64(b.N) {
		b.Error(documents)
	}
}
