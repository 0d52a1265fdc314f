// Package sample holds one frame of every kind and a dock, for the tests of the fronts and for looking at them;
// nothing else imports it. The people in it do not exist.
//
// Error model: its dock refuses a card that it does not have; nothing else can fail.
package sample

import (
	"errors"
	"strings"
	"sync"
	"time"

	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/forms"
	"madoguchi/i18n"
	"madoguchi/ui"
)

// Named is a frame with a name for its golden file.
type Named struct {
	Name  string
	Frame flows.Frame
}

// Code is what a slip's QR code says: 150 characters of base45.
var Code = strings.Repeat("QED8WEX0 %69", 13)[:150]

// Now is the time at which the frames are shown.
var Now = time.Date(2026, 11, 22, 8, 4, 40, 0, time.UTC)

func both(ja, en string) i18n.Text {
	return i18n.Text{In: map[i18n.Lang]string{i18n.Ja: ja, i18n.En: en}}
}

// Frames returns the samples in a language.
func Frames(l i18n.Lang) []Named {
	all := []Named{
		{"menu", menu()}, {"card", card()}, {"secret", secret()}, {"secret-problem", secretProblem()}, {"password-last", passwordLast()},
		{"text", text()}, {"text-problem", textProblem()}, {"choice", choice()}, {"many", many()}, {"yesno", yesNo()},
		{"review", review(0)}, {"review-ticked", review(3)}, {"waiting", takeaway(false)}, {"received", takeaway(true)},
		{"stop", stop()}, {"take-card", takeCard()}, {"busy", busy()}, {"idle", idle()}, {"help", help()},
		{"contents", contents(9, 7)}, {"contents-done", contents(0, 0)}, {"closing", closing()}, {"sharing", sharing()}, {"later", laterQuestion()},
		{"tick-secret", tickSecret()}, {"tick-message", tickMessage()}, {"alarm", alarm()}, {"pad", padSecret(false)}, {"pad-waits", padSecret(true)},
		{"picker", picker("")}, {"picker-chosen", picker("1001,1033,1067")}, {"no-letters", noLetters()},
	}
	for i := range all {
		all[i].Frame.Seq = uint64(i + 1)
		all[i].Frame.Lang = l
	}
	return all
}

// Get returns one of the samples by its name.
func Get(l i18n.Lang, name string) flows.Frame {
	for _, n := range Frames(l) {
		if n.Name == name {
			return n.Frame
		}
	}
	return flows.Frame{}
}

func frame(step string, at int, s flows.Screen) flows.Frame {
	return flows.Frame{Flow: "nursery", Step: step, At: at, Of: 6, Screen: s, Online: true, CanBack: at > 1, CanStop: true}
}

func menu() flows.Frame {
	return flows.Frame{Step: "start", Online: true, Screen: flows.Screen{
		Kind:  flows.Menu,
		Title: both("なにをしますか", "What would you like to do?"),
		Lines: []i18n.Text{both("番号を選んでください。とちゅうでやめても、カードには何も残りません。", "Choose a number. You can stop at any time; nothing stays on the card.")},
		Choices: []flows.Choice{
			{ID: "nursery", Label: both("保育園の申込み", "Apply for a nursery place"), Hint: both("カードと暗証番号が二つ、約10分", "card, two PINs, about 10 minutes")},
			{ID: "practice", Label: both("れんしゅう", "Practice")},
		},
	}}
}

func card() flows.Frame {
	return frame("nursery.login", 1, flows.Screen{
		Kind:  flows.InsertCard,
		Title: both("マイナンバーカードを置いてください", "Put your My Number Card on the reader"),
		Lines: []i18n.Text{both("右の青いところに、カードを平らに置いてください。", "Lay the card flat on the blue area at the right."), both("置いたままにしてください。", "Leave it there.")},
	})
}

func pin(tries int) flows.Screen {
	return flows.Screen{
		Kind: flows.SecretPage, Title: both("認証", "Log in"),
		Lines:  []i18n.Text{both("4けたの数字を入力してください。", "Enter the 4 digits."), both("本人であることを、カードで確かめます。", "The card shows that it is you.")},
		Secret: &flows.Secret{Shape: flows.FourDigits, Label: both("利用者証明用電子証明書の暗証番号", "PIN of the certificate for user authentication"), Min: 4, Max: 4, Tries: tries, TriesOf: 3},
		Next:   both("認証する", "Log in"),
		Help:   []i18n.Text{both("市役所でカードを受け取ったときに決めた、数字4けたの番号です。", "The four digits that you chose when you received the card."), both("3回つづけてまちがえると使えなくなります。", "Three wrong tries in a row block it.")},
	}
}

func secret() flows.Frame { return frame("nursery.login", 1, pin(3)) }

func secretProblem() flows.Frame {
	f := frame("nursery.login", 1, pin(2))
	f.Problem = fault.New(fault.PINWrong, nil, "Tries", 2)
	return f
}

func passwordLast() flows.Frame {
	f := frame("nursery.sign", 5, flows.Screen{
		Kind: flows.SecretPage, Title: both("認証（署名）", "Sign"),
		Secret: &flows.Secret{Shape: flows.Password, Label: both("署名用電子証明書の暗証番号", "Password of the certificate for signing"), Min: 6, Max: 16, Tries: 1, TriesOf: 5},
		Next:   both("署名する", "Sign"),
	})
	f.Saved = true
	return f
}

func question(q forms.Question, value string) flows.Frame {
	f := frame("nursery.input", 3, flows.Screen{Kind: flows.QuestionPage, Title: both("保育園利用申込内容の入力", "Your application"), Question: &q, Value: value, Left: 9})
	f.Saved = true
	return f
}

func nameQuestion() forms.Question {
	return forms.Question{
		Path: "children/0/name", No: "21", Kind: forms.Words, Required: true, Max: 60,
		Group: both("お子さん", "Child"), Label: both("児童の氏名", "Name of the child"),
		Ask:     both("お子さんの名前を、戸籍のとおりに入力してください。", "What is your child's name, as in the family register?"),
		Help:    both("園と市が、お子さんをまちがえないために聞きます。", "So that the nursery and the city take nobody for your child."),
		Example: both("窓口 さくら", "窓口 さくら"),
	}
}

func text() flows.Frame { return question(nameQuestion(), "𠮷田 葛󠄀子ﾊﾟ") }

func textProblem() flows.Frame {
	q := nameQuestion()
	q.Path, q.No, q.Kind = "children/0/birth", "23", forms.Date
	q.Label, q.Ask, q.Help = both("生年月日", "Date of birth"), both("お子さんはいつ生まれましたか。", "When was your child born?"), i18n.Text{}
	q.Example = both("令和3年4月1日 または 2021-04-01", "2021-04-01")
	f := question(q, "2021-02-30")
	f.Problem = fault.New(fault.NotADate, nil)
	return f
}

func choice() flows.Frame {
	q := forms.Question{
		Path: "wish/first", No: "41", Kind: forms.Choice, Required: true, Group: both("希望", "Wishes"), Label: both("第1希望の施設", "First choice"),
		Ask: both("いちばん行きたい園はどこですか。", "Which nursery would you like best?"),
	}
	for _, o := range [][3]string{
		{"101", "中央保育園", "Chuo Nursery"}, {"102", "みなみ保育園", "Minami Nursery"}, {"103", "きたの森こども園", "Kitanomori Children's Centre"},
		{"104", "ひばり保育園", "Hibari Nursery"}, {"105", "[red]かわら町[-]保育園", "[red]Kawaramachi[-] Nursery"}, {"106", "さかのうえ保育園", "Sakanoue Nursery"},
		{"107", "うみべ保育園", "Umibe Nursery"}, {"108", "第二中央保育園（夜間保育・休日保育あり、0歳児クラスは生後57日から）", "Second Chuo Nursery (open at night and on holidays, babies from 57 days)"},
		{"109", "はなみずき小規模保育室", "Hanamizuki Small Nursery"}, {"110", "やまびこ保育園", "Yamabiko Nursery"}, {"111", "つくし保育園", "Tsukushi Nursery"},
	} {
		q.Options = append(q.Options, forms.Option{Value: o[0], Label: both(o[1], o[2])})
	}
	return question(q, "103")
}

func many() flows.Frame {
	q := forms.Question{
		Path: "child/needs", No: "33", Kind: forms.Multi, Max: 3, Group: both("お子さん", "Child"), Label: both("配慮が必要なこと", "Special needs"),
		Ask: both("園に知っておいてほしいことはありますか。", "Is there anything the nursery should know?"),
		Options: []forms.Option{
			{Value: "allergy", Label: both("食物アレルギー", "Food allergy")}, {Value: "medicine", Label: both("毎日の薬", "Daily medicine")},
			{Value: "walk", Label: both("歩くときの手助け", "Help with walking")},
		},
	}
	return question(q, "allergy")
}

func yesNo() flows.Frame {
	return question(forms.Question{
		Path: "children/+", Kind: forms.YesNo, Required: true, Label: both("もうひとり", "One more child"),
		Ask: both("ほかにも申し込むお子さんがいますか。", "Do you apply for another child?"),
	}, "")
}

func review(ticked int) flows.Frame {
	row := func(no, ja, en, value string) flows.Row {
		return flows.Row{No: no, Label: both(ja, en), Value: i18n.Own(value)}
	}
	s := flows.Screen{
		Kind: flows.Review, Title: both("登録申請（確認）", "Check and apply"),
		Lines: []i18n.Text{both("ここに見えるものに署名します。まとまりごとに確かめてください。", "What you see here is what you sign. Check it group by group.")},
		Groups: []flows.Group{
			{ID: "applicant", Title: both("申込者", "Applicant"), Recipient: both("窓口市 保育課", "City of Madoguchi, nursery section"), Purpose: both("利用調整と連絡", "deciding and contacting you"), Rows: []flows.Row{
				row("1", "氏名", "Name", "窓口 花子"), row("2", "フリガナ", "Name in kana", "マドグチ ハナコ"), row("3", "生年月日", "Date of birth", "1990-05-17"),
				row("4", "郵便番号", "Postal code", "100-0001"), row("5", "住所", "Address", "東京都窓口市中央一丁目二番三号 窓口マンション一〇一号室（さくら通り側）"), row("6", "電話番号", "Telephone", "03-1234-5678"),
			}},
			{ID: "child", Title: both("お子さん", "Child"), Recipient: both("窓口市 保育課と希望の園", "the section and the nurseries you chose"), Purpose: both("利用調整", "deciding"), Rows: []flows.Row{
				row("21", "氏名", "Name", "窓口 さくら"), row("22", "フリガナ", "Name in kana", "マドグチ サクラ"), row("23", "生年月日", "Date of birth", "2024-04-02"), row("24", "性別", "Sex", "女"),
				row("25", "いまの保育", "Present care", "家庭で保育している"),
			}},
			{ID: "wish", Title: both("希望", "Wishes"), Recipient: both("窓口市 保育課", "City of Madoguchi, nursery section"), Purpose: both("利用調整", "deciding"), Rows: []flows.Row{
				row("40", "利用開始の希望月", "From", "2027-04"), row("41", "第1希望", "First choice", "きたの森こども園"), row("42", "第2希望", "Second choice", "中央保育園"), row("43", "理由", "Reason", "通勤の途中にあり、きょうだいが通っています。\n（続き）"),
			}},
		},
		Words: both("さくら・やま・そら・ほし", "cherry · mountain · sky · star"), Mark: "MFRG-GZDF-MZTW-Q2LK", Next: both("この内容で申請する", "Apply with this"),
	}
	for i := range ticked {
		s.Groups[i].Ticked = true
	}
	f := frame("nursery.confirm", 4, s)
	f.Saved = true
	return f
}

func takeaway(received bool) flows.Frame {
	slip := &flows.Slip{
		Number: "1234-5678-903", State: "waiting", KeptAt: Now, Words: both("さくら・やま・そら・ほし", "cherry · mountain · sky · star"), Mark: "MFRG-GZDF-MZTW-Q2LK",
		NextStep: both("就労証明書を 12月10日までに出してください。", "Hand in the certificate of employment by 10 December."), Phone: "03-1234-0000（保育課、平日 8時30分〜17時）",
	}
	s := flows.Screen{Kind: flows.Takeaway, Title: both("お預かりしました", "Kept"), Slip: slip, Next: both("終わる", "Finish")}
	f := frame("nursery.receipt", 6, s)
	f.CanBack, f.CanStop, f.Saved, f.Online = false, false, true, received
	if received {
		slip.State, slip.ReceivedAt, slip.Code = "received", Now.Add(2*time.Second), Code
		f.Screen.Title = both("受け付けました", "Received")
	}
	return f
}

func stop() flows.Frame {
	f := frame("nursery.input", 3, flows.Screen{
		Kind: flows.Message, Title: both("やめますか", "Stop?"), Lines: []i18n.Text{both("入力した内容は消えます。", "What you entered will be gone.")},
		Choices: []flows.Choice{{ID: "go-on", Label: both("つづける", "Go on")}, {ID: "stop", Label: both("やめる", "Stop")}},
	})
	f.CanStop = false
	return f
}

func takeCard() flows.Frame {
	f := frame(flows.StepTakeCard, 0, flows.Screen{
		Kind: flows.Message, Title: both("カードをお取りください", "Please take your card"),
		Lines: []i18n.Text{both("カードがまだ置いてあります。", "Your card is still on the reader.")},
	})
	f.Flow, f.Of, f.CanStop = "", 0, false
	return f
}

func busy() flows.Frame {
	f := frame("nursery.sign", 5, pin(3))
	f.Busy, f.Saved = true, true
	return f
}

func idle() flows.Frame {
	f := text()
	f.Ends = Now.Add(25 * time.Second)
	return f
}

func help() flows.Frame {
	f := secret()
	f.Help = true
	return f
}

// Dock is a dock that works on paper.
type Dock struct {
	mu      sync.Mutex
	cards   []ui.DockCard
	down    bool
	changed chan struct{}
}

// NewDock makes a dock with two cards.
func NewDock() *Dock {
	return &Dock{changed: make(chan struct{}), cards: []ui.DockCard{
		{Name: "hanako", Label: "窓口 花子", AuthPIN: "1234", SignPIN: "HANAKO2026"}, {Name: "taro", Label: "窓口 太郎", AuthPIN: "5678", SignPIN: "TARO2026"},
	}}
}

// Cards lists the cards.
func (d *Dock) Cards() []ui.DockCard {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]ui.DockCard(nil), d.cards...)
}

// Insert puts a card on the reader.
func (d *Dock) Insert(name string) error {
	found := false
	for _, c := range d.Cards() {
		found = found || c.Name == name
	}
	if !found {
		return errors.New("no such card")
	}
	d.change(func() {
		for i := range d.cards {
			d.cards[i].Inserted = d.cards[i].Name == name
		}
	})
	return nil
}

// Remove takes the card off the reader.
func (d *Dock) Remove() {
	d.change(func() {
		for i := range d.cards {
			d.cards[i].Inserted = false
		}
	})
}

// Network reports whether the line is up.
func (d *Dock) Network() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.down
}

// SetNetwork takes the line up or down.
func (d *Dock) SetNetwork(up bool) { d.change(func() { d.down = !up }) }

// Outbox lists one submission that waits.
func (d *Dock) Outbox() []string { return []string{"1234-5678-903 waiting"} }

// Changed is closed at the next change.
func (d *Dock) Changed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.changed
}

func (d *Dock) change(do func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	do()
	close(d.changed)
	d.changed = make(chan struct{})
}
