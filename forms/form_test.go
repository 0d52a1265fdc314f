package forms

import (
	"crypto/rand"
	"testing"
	"time"
)

// the day of the tests: 22 November 2026, evening in Japan.
var now = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func env() Env {
	return Env{Now: now, Mailbox: "mailbox.city.example", AuthKey: [32]byte{1, 2, 3}, Random: rand.Reader}
}

// hanako is the plainest person: one child, an employee.
func hanako() [][2]string {
	return [][2]string{
		{"applicant/name", "窓口　花子"}, {"applicant/kana", "まどぐち はなこ"}, {"applicant/birth", "平成2年4月1日"},
		{"applicant/postal", "１００－０００１"}, {"applicant/address", "窓口県窓口市本町一丁目2番3号"}, {"applicant/phone", "090-1234-5678"},
		{"children/0/name", "窓口 さくら"}, {"children/0/kana", "ﾏﾄﾞｸﾞﾁ ｻｸﾗ"}, {"children/0/birth", "R6.5.10"}, {"children/0/sex", "female"},
		{"children/0/situation", "home"}, {"children/0/allergy", "none"}, {"children/+", "no"},
		{"wish/start", "2027-04-01"}, {"wish/facilities", "midori,honcho"}, {"wish/visit", "done"}, {"wish/reason", "near-home"},
		{"ground/kind", "work"}, {"ground/employer", "株式会社まどぐち商事"}, {"ground/hours", "160"},
	}
}

// nursery is the short form of two pages, which stays published.
func nursery(t testing.TB) *Form {
	t.Helper()
	f, err := Builtin().Version("nursery-application", 1)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func filled(t testing.TB, more ...[2]string) *Draft {
	t.Helper()
	d := nursery(t).Draft()
	for _, a := range append(hanako(), more...) {
		if err := d.Set(a[0], a[1]); err != nil {
			t.Fatalf("set %s: %v", a[0], err)
		}
	}
	return d
}

func document(t testing.TB, more ...[2]string) Document {
	t.Helper()
	doc, err := filled(t, more...).Document(env())
	if err != nil {
		t.Fatal(err)
	}
	return doc
}
