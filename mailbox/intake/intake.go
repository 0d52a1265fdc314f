// Package intake receives submissions: it opens and judges what comes up from the kiosks, commits document,
// ledger leaf and receipt in one transaction, and only then lets the broker forget the message and sends the
// receipt down. judge.go is the judgement, commit.go the transaction.
//
// Error model: nothing that a kiosk sends is an error. It ends as a receipt, as one of the four final refusals, or
// held in quarantine with a reason code and no answer, which the kiosk takes as "later". Handle returns an error
// only when the store failed or the mailbox is ending; the message then comes again.
package intake

import (
	"context"
	"crypto/x509"
	"log/slog"
	"runtime"
	"time"

	"golang.org/x/mod/sumdb/note"

	"madoguchi/forms"
	"madoguchi/internal/event"
	"madoguchi/mailbox/ledger"
	"madoguchi/mailbox/store"
	"madoguchi/pki/cms"
	"madoguchi/pki/seal"
	"madoguchi/wire"
)

// Config is what intake works with.
type Config struct {
	Mailbox string                                                        // the audience
	Store   *store.Store                                                  // documents, ledger, register
	Ledger  *ledger.Log                                                   // receipts are its leaves
	Head    note.Signer                                                   // the ledger key, for compact receipts
	Receipt cms.Signer                                                    // of profile.Receipt
	Keys    func(id string) (*seal.PrivateKey, bool)                      // old ones too
	Anchors func() []*x509.Certificate                                    // 署名用 CAs
	Forms   *forms.Library                                                // every published version
	Publish func(ctx context.Context, topic string, payload []byte) error // down to a kiosk
	Now     func() time.Time                                              // nil: time.Now
	Log     *slog.Logger                                                  // nil: slog.Default
}

// batch is how many submissions may share a transaction.
const batch = 128

// Intake is a running intake.
type Intake struct {
	c      Config
	judges chan struct{} // bounds the judging goroutines
	jobs   chan job
}

type job struct {
	verdict verdict
	answer  chan answer
}

// answer is the bundle to send down, nil for what was held.
type answer struct {
	bundle []byte
	err    error
}

// New returns an intake; Run must run for Handle to return.
func New(c Config) *Intake {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return &Intake{c: c, judges: make(chan struct{}, runtime.GOMAXPROCS(0)), jobs: make(chan job, batch)}
}

// Handle is Take for a message on a topic of wire.UpFilter.
func (i *Intake) Handle(ctx context.Context, topic string, payload []byte) error {
	kiosk, err := wire.KioskOf(topic)
	if err != nil {
		event.StrangeTopic.Log(i.c.Log)
		return nil //nolint:nilerr // acknowledged: it would come again for ever
	}
	return i.Take(ctx, kiosk, payload)
}

// Take takes one message of a kiosk; it is called from many goroutines. nil means that the message may
// be acknowledged: what it held is committed. A receipt that could not be sent is asked for again by the kiosk,
// which sends its submission until it has one.
func (i *Intake) Take(ctx context.Context, kiosk string, payload []byte) error {
	v, err := i.judgeOne(ctx, kiosk, payload)
	if err != nil {
		return err
	}
	bundle, err := i.commitOne(ctx, v)
	if err != nil || bundle == nil {
		return err
	}
	if err := i.c.Publish(ctx, wire.DownReceipt(kiosk), bundle); err != nil {
		event.ReceiptNotSent.Log(i.c.Log, "kiosk", kiosk, "id", v.id, "err", err)
	}
	return nil
}

func (i *Intake) judgeOne(ctx context.Context, kiosk string, payload []byte) (verdict, error) {
	select {
	case i.judges <- struct{}{}:
		defer func() { <-i.judges }()
		return i.judge(ctx, kiosk, payload)
	case <-ctx.Done():
		return verdict{}, ctx.Err()
	}
}

func (i *Intake) commitOne(ctx context.Context, v verdict) ([]byte, error) {
	j := job{verdict: v, answer: make(chan answer, 1)}
	select {
	case i.jobs <- j:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case a := <-j.answer:
		return a.bundle, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Run commits what Handle brings, as many at once as are waiting, until ctx ends.
func (i *Intake) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case first := <-i.jobs:
			i.commitAll(ctx, i.waiting(first))
		}
	}
}

func (i *Intake) waiting(first job) []job {
	jobs := []job{first}
	for len(jobs) < batch {
		select {
		case j := <-i.jobs:
			jobs = append(jobs, j)
		default:
			return jobs
		}
	}
	return jobs
}

func (i *Intake) commitAll(ctx context.Context, jobs []job) {
	verdicts := make([]verdict, len(jobs))
	for n, j := range jobs {
		verdicts[n] = j.verdict
	}
	bundles, err := i.commit(ctx, verdicts)
	if err != nil {
		event.CommitFailed.Log(i.c.Log, "submissions", len(jobs), "err", err)
	}
	for n, j := range jobs {
		if err != nil {
			j.answer <- answer{err: err}
			continue
		}
		j.answer <- answer{bundle: bundles[n]}
	}
}
