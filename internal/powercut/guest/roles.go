package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"madoguchi/flows"
	"madoguchi/forms"
	"madoguchi/kiosk"
	"madoguchi/kiosk/virtual"
	"madoguchi/mailbox"
	"madoguchi/world"
)

// waiting bounds what a person leaves unanswered: they file now and then, not as fast as the machine can.
const waiting = 20

// person is who files; the cut worlds have them, as every world.
var person = world.People()[0]

// serve is the mailbox's process.
func serve(host *os.File) error {
	m, err := mailbox.Open(filepath.Join(data, world.MailboxDir))
	if err != nil {
		return err
	}
	m.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	go func() {
		<-m.Ready()
		say(host, "serving")
	}()
	return m.Serve(context.Background())
}

// file is the kiosk's process: it signs, keeps and tells, again and again.
func file(host *os.File, judge bool) error {
	ctx := context.Background()
	bench, err := virtual.Open(filepath.Join(data, world.CardsDir))
	if err != nil {
		return err
	}
	began := time.Now()
	k, err := kiosk.Open(ctx, filepath.Join(data, world.KioskDir), kiosk.Options{
		Reader: bench.Reader, Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return err
	}
	say(host, "opened %d", time.Since(began).Milliseconds())
	go func() { _ = k.Run(ctx) }()
	if judge {
		return tell(host, k)
	}
	v := &visitor{host: host, k: k, t: k.Terminal()}
	if err := v.sits(ctx, bench); err != nil {
		return err
	}
	for {
		if err := v.files(ctx); err != nil {
			return err
		}
	}
}

// visitor files at the kiosk.
type visitor struct {
	host *os.File
	k    *kiosk.Kiosk
	t    *flows.Terminal
	card flows.Card
	who  flows.Identity
	form *forms.Form
}

func (v *visitor) sits(ctx context.Context, bench *virtual.Bench) (err error) {
	if v.form, err = form(); err != nil {
		return err
	}
	if err := bench.Insert(person.File); err != nil {
		return err
	}
	if v.card, err = v.t.Cards.Await(ctx, flows.MyNumber); err != nil {
		return err
	}
	v.who, err = v.card.Login(ctx, []byte(person.AuthPIN))
	return err
}

// files is one filing; the host is told what the takeaway would say, when it would.
func (v *visitor) files(ctx context.Context) error {
	draft := v.form.Draft()
	for _, a := range answers() {
		if err := draft.Set(a[0], a[1]); err != nil {
			return fmt.Errorf("%s: %w", a[0], err)
		}
	}
	doc, err := draft.Document(forms.Env{Now: v.t.Now(), Mailbox: v.t.Mailbox, AuthKey: v.who.AuthKey, Random: v.t.Random})
	if err != nil {
		return err
	}
	signed, err := v.card.Sign(ctx, []byte(person.SignPIN), doc)
	if err != nil {
		return err
	}
	for n, _ := v.k.Outbox().Waiting(); n > waiting; n, _ = v.k.Outbox().Waiting() {
		time.Sleep(10 * time.Millisecond)
	}
	ticket, err := v.t.Post.Accept(ctx, signed)
	if err != nil {
		return err
	}
	say(v.host, "kept %s", ticket.ID)
	go func() {
		if out, err := v.t.Post.Outcome(ctx, ticket.ID); err == nil {
			say(v.host, "%s %s", out.State, ticket.ID)
		}
	}()
	return nil
}

// formDigest is of the first version of the form with its overlay, which stays as it is for ever.
const formDigest = "fa6d1ab47ee711f27927c089691af88008de9912a0ad59851a6847120ff31bba"

func form() (*forms.Form, error) {
	raw, err := hex.DecodeString(formDigest)
	if err != nil {
		return nil, err
	}
	return forms.Builtin().Published("nursery-application", 1, forms.Digest(raw))
}

func answers() [][2]string {
	now := time.Now()
	start := time.Date(now.Year(), now.Month()+3, 1, 0, 0, 0, 0, time.UTC)
	return [][2]string{
		{"applicant/name", person.Name}, {"applicant/kana", "マドグチ　ハナコ"}, {"applicant/birth", person.Birth}, {"applicant/postal", "100-0001"},
		{"applicant/address", person.Address}, {"applicant/phone", "090-1234-5678"}, {"children/0/name", "窓口　小雪"},
		{"children/0/kana", "マドグチ　コユキ"}, {"children/0/birth", start.AddDate(-2, 0, 9).Format(time.DateOnly)}, {"children/0/sex", "female"},
		{"children/0/situation", "home"}, {"children/0/allergy", "none"}, {"children/1/+", "no"}, {"wish/start", start.Format(time.DateOnly)},
		{"wish/facilities", "honcho,midori"}, {"wish/visit", "done"}, {"ground/kind", "work"}, {"ground/employer", "株式会社まどぐち商事"},
		{"ground/hours", "152"},
	}
}

// tell waits until nothing waits and says everything that kiosk and mailbox have.
func tell(host io.Writer, k *kiosk.Kiosk) error {
	for n, _ := k.Outbox().Waiting(); n > 0; n, _ = k.Outbox().Waiting() {
		time.Sleep(20 * time.Millisecond)
	}
	rows, err := k.Outbox().Recent(1 << 30)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if _, err := fmt.Fprintf(host, "row %s %s%s\n", r.ID, r.Outcome.State, r.Quarantined); err != nil {
			return err
		}
	}
	all, err := mailbox.List(filepath.Join(data, world.MailboxDir))
	if err != nil {
		return err
	}
	for _, e := range all {
		if _, err := fmt.Fprintf(host, "box %s\n", e.ID); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(host, "judged %d %d\n", len(rows), len(all))
	return err
}
