package flows

import (
	"madoguchi/forms"
	"madoguchi/wire"
)

// Nursery is 保育園利用申込 as a resident files it (seed: 利用者 ①–⑤).
var Nursery = Flow{ID: "nursery", Steps: func(t *Terminal, s *Session) ([]Step, error) {
	form, err := t.Form("nursery-application")
	if err != nil {
		return nil, err
	}
	f := &filing{t: t, s: s, draft: form.Draft()}
	return []Step{
		login("nursery.login", s),      // ① 「認証」 利用者証明用暗証番号
		earlier("nursery.earlier", f),  //    what has become of what was filed before
		fill("nursery.input", f),       // ② 「保育園利用申込内容の入力」
		review("nursery.confirm", f),   // ④ 「登録申請(確認)」
		sign("nursery.sign", f),        // ⑤ 「認証」 署名用パスワード → お預かり
		takeaway("nursery.receipt", f), //    お預かりしました → 受け付けました
	}, nil
}}

// filing is one application on its way from answers to a receipt.
type filing struct {
	t       *Terminal
	s       *Session
	draft   *forms.Draft
	filled  bool            // every question has been answered once
	doc     *forms.Document // nil: to be built from the draft
	groups  []forms.Section // of doc, as reviewed
	ticked  map[string]bool
	signed  *Signed // signed and not yet kept
	ticket  wire.Ticket
	outcome wire.Outcome
}

func (f *filing) env() forms.Env {
	return forms.Env{Now: f.t.Now(), Mailbox: f.t.Mailbox, AuthKey: f.s.Who.AuthKey, Random: f.t.Random}
}
