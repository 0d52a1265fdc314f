package json

import (
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"

	"madoguchi/fault"
	"madoguchi/flows/flowtest"
	"madoguchi/forms"
	"madoguchi/i18n"
)

// TestGoldenPractice: what a person sees who only tries it.
func TestGoldenPractice(t *testing.T) {
	for _, lang := range i18n.Langs() {
		t.Run(string(lang), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := drive(t, load(t), lang, &flowtest.Disk{})
				p.say("answer", "choice", "practice")
				p.at("nursery.input", "contents", "practice-contents")
				p.say("answer")
				for _, value := range []string{"窓口 花子", "平成4年3月3日", "窓口市一番町1-2", "窓口 一郎", "no", "令和9年4月1日", ""} {
					p.say("answer", "value", value)
				}
				p.say("answer")
				p.ticks()
				p.say("answer")
				p.at("practice.end", "message", "practice-end")
				p.say("answer")
				p.at("start", "menu", "")
				p.end()
			})
		})
	}
}

// TestGoldenComingBack: what is shown to who comes back to something unfinished.
func TestGoldenComingBack(t *testing.T) {
	for _, lang := range i18n.Langs() {
		t.Run(string(lang), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { comingBack(t, lang) })
		})
	}
}

func comingBack(t *testing.T, lang i18n.Lang) {
	disk, card := &flowtest.Disk{}, flowtest.NewCard("hanako")
	p := drive(t, load(t), lang, disk)
	p.login(card)
	p.say("answer")
	p.say("answer", "secret", "1234")
	p.say("answer")
	p.say("answer", "value", "窓口 花子")
	p.drafts.KeepErr = fault.New(fault.NotKept, nil)
	p.say("answer", "value", "平成4年3月3日")
	p.at("nursery.input", "question", "input-not-kept")
	p.say("cancel")
	p.at("stop", "menu", "stop-not-kept")
	p.drafts.KeepErr = nil
	p.say("answer", "choice", "stop")
	p.cards.Remove()
	p.next()
	p.end()

	p = drive(t, newer(t), lang, disk)
	p.post.KeptAt = p.post.KeptAt.AddDate(0, 0, 3)
	p.login(card)
	p.drafts.AllErr = fault.New(fault.DraftUnreadable, nil)
	p.say("answer")
	p.say("answer", "secret", "1234")
	p.at("nursery.welcome", "menu", "welcome-trouble")
	p.drafts.AllErr = nil
	p.say("answer", "choice", "reload")
	p.at("nursery.welcome", "menu", "welcome")
	p.say("answer", "choice", look(p.frame, "screen/choices/0/id"))
	p.at("nursery.welcome", "message", "welcome-changes")
	p.say("answer")
	p.at("nursery.input", "question", "")
	p.end()
}

// newer is the small form a version later, from a library that knows both: the name is asked otherwise.
func newer(t *testing.T) *forms.Form {
	t.Helper()
	old := definition(t)
	changed := strings.NewReplacer("version = 1", "version = 2", "id = \"name\"\nno = \"1\"", "id = \"family-name\"\nno = \"1\"").Replace(old)
	library, err := forms.ReadLibrary(fstest.MapFS{
		"data/nursery-application.1/form.toml": {Data: []byte(old)}, "data/nursery-application.2/form.toml": {Data: []byte(changed)},
	})
	if err != nil {
		t.Fatal(err)
	}
	form, err := library.Form("nursery-application")
	if err != nil {
		t.Fatal(err)
	}
	return form
}
