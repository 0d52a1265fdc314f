package json

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/flows/flowtest"
	"madoguchi/i18n"
)

// past goes by what the card can do today, to its PIN.
func (p *program) past(c flows.Card) {
	p.t.Helper()
	p.say("answer", "choice", "nursery")
	p.say("answer")
	p.insert(c)
	p.say("answer")
}

// signs goes all the way to the password.
func (p *program) signs(c flows.Card) {
	p.t.Helper()
	p.past(c)
	p.say("answer", "secret", "1234")
	p.say("answer")
	given := map[any]string{
		"applicant/name": "窓口 花子", "applicant/birth": "平成4年3月3日", "applicant/address": "窓口市一番町1-2",
		"children/0/name": "窓口 一郎", "children/1/+": "no", "wish/start": "令和9年4月1日",
	}
	for range 20 {
		if look(p.frame, "screen/kind") != "question" {
			break
		}
		p.say("answer", "value", given[look(p.frame, "screen/question/path")])
	}
	p.at("nursery.sharing", "sharing", "")
	p.say("answer")
	p.ticks()
	p.say("answer")
}

// waiting reads the frame that is shown while the reader's keys wait.
func (p *program) waiting() {
	p.t.Helper()
	for look(p.frame, "screen/secret/padEnds") == nil {
		p.take(<-p.lines)
	}
}

func card(change func(*flowtest.Card)) *flowtest.Card {
	c := flowtest.NewCard("窓口 花子")
	change(c)
	return c
}

func keys(pin string, err error) *flowtest.PadCard {
	return &flowtest.PadCard{Card: card(func(*flowtest.Card) {}), Typed: func(ctx context.Context) ([]byte, error) {
		select {
		case <-time.After(10 * time.Second):
			return []byte(pin), err
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}}
}

// TestGoldenCardPages: every page of a card's own, in every language.
func TestGoldenCardPages(t *testing.T) {
	form := load(t)
	for _, lang := range i18n.Langs() {
		for name, visit := range cardPages() {
			t.Run(string(lang)+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := drive(t, form, lang, &flowtest.Disk{})
					visit(p)
					p.end()
				})
			})
		}
	}
}

func cardPages() map[string]func(p *program) {
	pages := map[string]func(p *program){
		"a phone": func(p *program) {
			p.login(card(func(c *flowtest.Card) {
				c.TriesErr = map[flows.Key]error{flows.SignKey: fault.New(fault.PhoneCannotSign, nil)}
			}))
			p.at("nursery.login", "message", "login-phone")
		},
		"the box for name and address": func(p *program) {
			p.past(card(func(c *flowtest.Card) { c.InputPIN = []byte("5678") }))
			p.say("answer", "choice", "read")
			p.at("nursery.login", "secret", "login-reads")
			p.say("answer", "secret", "1234")
			p.at("nursery.login", "message", "login-unread")
			p.say("answer", "choice", "try")
			p.at("nursery.login", "secret", "login-reading")
		},
		"no reader": func(p *program) {
			p.say("answer", "choice", "nursery")
			p.say("answer")
			p.cards.Lose(fault.New(fault.NoReader, nil))
			p.next()
			p.at("nursery.login", "card", "card-no-reader")
		},
		"the 4 digits for the password": func(p *program) {
			p.signs(card(func(*flowtest.Card) {}))
			p.say("answer", "secret", "1234")
			p.at("nursery.sign", "secret", "sign-other-secret")
		},
		"a wrong password": func(p *program) {
			p.signs(card(func(*flowtest.Card) {}))
			p.say("answer", "secret", "ABC12O")
			p.at("nursery.sign", "secret", "sign-wrong")
		},
		"the last password": func(p *program) {
			p.signs(card(func(c *flowtest.Card) { c.SignLeft = 1 }))
			p.at("nursery.sign", "message", "sign-last-try")
			p.say("answer", "choice", "try")
			p.say("answer", "secret", "WRONG1")
			p.at("nursery.sign", "message", "sign-blocked")
		},
		"the reader's keys": func(p *program) {
			p.past(keys("1234", nil))
			p.at("nursery.login", "secret", "pad")
			p.write("answer")
			p.waiting()
			p.at("nursery.login", "secret", "pad-waits")
		},
	}
	for golden, code := range map[string]fault.Code{"pad-cancelled": fault.PadCancelled, "pad-time-out": fault.PadTimeout, "pad-length": fault.PadLength} {
		pages[golden] = func(p *program) {
			p.past(keys("", fault.New(code, nil)))
			p.say("answer")
			p.at("nursery.login", "secret", golden)
		}
	}
	return pages
}
