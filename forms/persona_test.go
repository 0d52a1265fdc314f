package forms

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"madoguchi/i18n"
)

// whole is the form of today: the whole application.
func whole(t testing.TB) *Form {
	t.Helper()
	f, err := Builtin().Version("nursery-application", 2)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// allConsents are the codes of what must be agreed to.
const allConsents = "tax-data,facility-data,payment,late-decision,truth,changes,return"

// family is the plainest family: one child, two employees, the other parent states their own ground later.
func family() map[string]string {
	return map[string]string{
		"header/start": "2027-04-01", "applicant/name": "窓口　花子", "applicant/kana": "まどぐち はなこ", "applicant/birth": "平成2年4月1日",
		"applicant/postal": "１００－０００１", "applicant/address": "窓口県窓口市本町一丁目2番3号", "applicant/phone": "090-1234-5678",
		"applicant/phone-kind": "mother", "applicant/phone2": "",
		"children/0/situation": "home", "children/0/name": "窓口 さくら", "children/0/kana": "ﾏﾄﾞｸﾞﾁ ｻｸﾗ", "children/0/birth": "R6.5.10",
		"children/0/sex": "female", "children/1/+": "no",
		"partner/relation": "father", "partner/name": "窓口 太郎", "partner/kana": "マドグチ タロウ", "partner/birth": "1988-11-23", "partner/living": "together",
		"situation/cases": "none", "ground-a/kind": "work", "ground-a/work": "employee", "ground-a/employer": "株式会社まどぐち商事", "ground-b/by": "self",
		"wish/amount": "standard", "wish/days": "mon,tue,wed,thu,fri", "wish/hours": "h0800-1800", "wish/facilities": "n1206,n0108,n0301",
		"wish/reason": "", "wish/visit": "done", "fallback/plan": "wait", "fallback/keep": "keep", "survey/0/cases": "none", "consent/agreed": allConsents,
	}
}

// with is a family with some other answers.
func with(more map[string]string) map[string]string {
	out := family()
	maps.Copy(out, more)
	return out
}

// walk answers every question in the order in which it is asked, but not what a card has given, and returns the
// paths that were asked.
func walk(t testing.TB, d *Draft, said map[string]string) []string {
	t.Helper()
	var asked []string
	for {
		all := d.Questions()
		i := slices.IndexFunc(all, func(q Question) bool { return !q.Given && !slices.Contains(asked, q.Path) })
		if i < 0 {
			return asked
		}
		q := all[i]
		asked = append(asked, q.Path)
		raw, known := said[q.Path]
		if !known {
			t.Fatalf("asked for %s, %s", q.Path, q.Ask.Say(i18n.Ja))
		}
		if err := d.Set(q.Path, raw); err != nil {
			t.Fatalf("%s: %v", q.Path, err)
		}
	}
}

var secondChild = map[string]string{
	"children/1/+": "yes", "children/1/situation": "home", "children/1/name": "窓口 もみじ", "children/1/kana": "マドグチ モミジ",
	"children/1/birth": "2024-05-10", "children/1/sex": "female", "children/2/+": "no", "survey/1/cases": "none",
}

// The personas of PEOPLE §2, each with the most questions that they may be asked (measured when this was written;
// the first is the requirement). Every question that is said here is asked, and no other.
var personas = []struct {
	name string
	said map[string]string
	card bool // name, birth date and address come from the card
	most int
}{
	{"one child, two employees", family(), false, 35},
	{"one child, two employees, the applicant states both, card", with(map[string]string{
		"ground-b/by": "me", "ground-b/kind": "work", "ground-b/work": "employee", "ground-b/employer": "窓口電機",
	}), true, 35},
	{"single parent", single(), false, 32},
	{"twins", with(secondChild), false, 42},
	{"unborn child", unborn(), false, 35},
	{"self-employed", with(map[string]string{
		"ground-a/work": "self", "ground-a/employer-address": "窓口県窓口市港町2", "ground-a/since": "2020-04-01", "ground-a/hours": "120",
	}), false, 38},
	{"job seeking", seeking(), false, 34},
	{"on leave, the child at a nursery already, an allergy", with(map[string]string{
		"ground-a/work": "leave", "ground-a/leave-from": "2026-06-01", "ground-a/leave-to": "2027-03-31", "ground-a/leave-wish": "return",
		"children/0/situation": "licensed", "children/0/place": "かわべ保育園", "children/0/transfer": "yes",
		"survey/0/cases": "allergy,care", "survey/0/allergy": "present", "survey/0/allergens": "egg,other", "survey/0/allergen-other": "キウイ", "survey/0/care": "見守りが必要です。",
	}), false, 44},
	{"everything there is", everything(), false, 96},
}

func single() map[string]string {
	out := with(map[string]string{"partner/relation": "none", "partner/single": "divorced", "partner/single-since": "R5.2.1"})
	for _, path := range []string{"partner/name", "partner/kana", "partner/birth", "partner/living", "ground-b/by"} {
		delete(out, path)
	}
	return out
}

func unborn() map[string]string {
	out := with(map[string]string{
		"children/0/situation": "unborn", "children/0/due": "2027-01-10", "situation/cases": "expecting", "situation/due": "2027-01-10",
		"situation/leave-from": "2026-11-29", "situation/leave-to": "2027-03-07", "situation/after-birth": "leave",
	})
	for _, path := range []string{"children/0/name", "children/0/kana", "children/0/birth", "children/0/sex"} {
		delete(out, path)
	}
	out["ground-a/kind"], out["ground-a/due"] = "childbirth", "2027-01-10"
	delete(out, "ground-a/work")
	delete(out, "ground-a/employer")
	return out
}

func seeking() map[string]string {
	out := with(map[string]string{"ground-a/kind": "job-seeking", "ground-a/seeking": "ハローワークに週2回行っています。"})
	delete(out, "ground-a/work")
	delete(out, "ground-a/employer")
	return out
}

// everything is a large family to which nearly everything applies.
func everything() map[string]string {
	out := with(secondChild)
	maps.Copy(out, map[string]string{
		"applicant/phone2": "03-1234-5678", "applicant/phone2-kind": "work", "children/1/birth": "2022-08-01", "children/1/care": "both",
		"partner/living": "posted", "partner/address": strings.Repeat("髙", 200), "partner/away-from": "2026-04-01", "partner/away-to": "",
		"situation/cases": "certified,moved,moving,welfare,handbook,expecting,siblings,family,grandparents,until",
		"situation/kind":  "change", "situation/number": "123456789018", "situation/tax-1": "elsewhere", "situation/tax-1-place": "港県港市",
		"situation/tax-2": "here", "situation/move-in": "2027-03-01", "situation/welfare-since": "2025-01-01", "situation/due": "2027-02-01",
		"situation/leave-from": "2026-12-20", "situation/leave-to": "2027-03-29", "situation/after-birth": "leave", "situation/siblings": "same",
		"situation/siblings-place": "", "handbooks/0/who": "窓口 さくら", "handbooks/0/kind": "physical", "handbooks/0/grade": "2級", "handbooks/1/+": "no",
		"family/0/relation": "elder-brother", "family/0/name": "窓口 一郎", "family/0/kana": "マドグチ イチロウ", "family/0/birth": "令和元年6月1日",
		"family/0/sex": "male", "family/0/living": "together", "family/0/occupation": "中央小学校", "family/0/taxed": "", "family/1/+": "no",
		"grandparents/0/which": "maternal-grandmother", "grandparents/0/name": "港 花", "grandparents/0/birth": "昭和40年3月1日",
		"grandparents/0/living": "apart", "grandparents/0/address": "窓口県窓口市港町1", "grandparents/1/+": "no",
		"ground-b/by": "me", "ground-b/kind": "study", "ground-b/school": "窓口看護専門学校", "ground-b/school-address": "窓口県窓口市学園町1",
		"ground-b/school-from": "2026-04-01", "ground-b/school-to": "2029-03-31", "wish/hours": "other", "wish/from": "t0730", "wish/to": "t1900",
		"wish/end": "date", "wish/until": "2028-03-31", "wish/reason": "other", "wish/reason-other": "祖父母の家に近い", "wish/visit": "some",
		"wish/visited": "n0108", "fallback/plan": "other", "fallback/plan-other": "祖母にたのむ", "survey/1/cases": "allergy,growth,checkup,vaccine,illness",
		"survey/1/allergy": "unknown", "survey/1/growth": "ことばがゆっくりです。", "survey/1/checkup": "経過観察です。", "survey/1/vaccine": "2期", "survey/1/illness": "ぜん息",
	})
	return out
}

func TestPersonas(t *testing.T) {
	for _, p := range personas {
		t.Run(p.name, func(t *testing.T) {
			d := whole(t).Draft()
			if p.card {
				d.Prefill(Person{Name: "窓口　花子", Birth: "1990-04-01", Address: "窓口県窓口市本町一丁目2番3号", Sex: "female"})
			}
			asked := walk(t, d, p.said)
			t.Logf("%d questions, about %d minutes if all were open", len(asked), (seconds(d, asked)+59)/60)
			if len(asked) > p.most {
				t.Errorf("%d questions, at most %d", len(asked), p.most)
			}
			for path := range p.said {
				if !slices.Contains(asked, path) && !(p.card && strings.HasPrefix(path, "applicant/")) {
					t.Errorf("%s was never asked", path)
				}
			}
			if problems := d.Check(env()); len(problems) > 0 || d.Open() > 0 || d.Seconds() > 0 {
				t.Fatalf("%v, %d open", problems, d.Open())
			}
			doc, err := d.Document(env())
			if err != nil {
				t.Fatal(err)
			}
			again, err := Parse(doc.Manifest(), doc.Parts(), Builtin())
			if err != nil || len(again.Review()) != len(doc.Review()) {
				t.Fatal(err)
			}
		})
	}
}

func seconds(d *Draft, asked []string) int {
	n := 0
	for _, q := range d.Questions() {
		if slices.Contains(asked, q.Path) {
			n += q.Seconds
		}
	}
	return n
}
