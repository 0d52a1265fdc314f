package flows

// The steps that a kept draft may go on at, and the flow that it is of.
const (
	nurseryID   = "nursery"
	nurseryForm = "nursery-application"
	stepInput   = "nursery.input"
	stepSharing = "nursery.sharing"
	stepConfirm = "nursery.confirm"
)

// Nursery is 保育園利用申込 as a resident files it (seed: 利用者 ①–⑤; PEOPLE §2).
var Nursery = Flow{ID: nurseryID, Form: nurseryForm, Offered: open(nurseryForm), Steps: nursery(false)}

// GoOn is つづき: the same, for who comes back to something unfinished.
var GoOn = Flow{ID: "go-on", Offered: func(t *Terminal) bool { return t.Drafts != nil }, Steps: nursery(true)}

func nursery(back bool) func(t *Terminal, s *Session) ([]Step, error) {
	return func(t *Terminal, s *Session) ([]Step, error) {
		form, err := t.Form(nurseryForm)
		if err != nil {
			return nil, err
		}
		f := newFiling(t, s, form)
		return []Step{
			before("nursery.before", f),         //    はじめる前に
			login("nursery.login", t, s),        // ① 「認証」 利用者証明用暗証番号
			earlier("nursery.earlier", f),       //    what has become of what was filed before
			welcome("nursery.welcome", f, back), //    おかえりなさい: go on, or begin anew
			fill(stepInput, f),                  // ② 「保育園利用申込内容の入力」
			sharing(stepSharing, f),             //    だれに何が見えるか
			review(stepConfirm, f),              // ④ 「登録申請(確認)」
			sign("nursery.sign", f),             // ⑤ 「認証」 署名用パスワード → お預かり
			takeaway("nursery.receipt", f),      //    お預かりしました → 受け付けました
		}, nil
	}
}
