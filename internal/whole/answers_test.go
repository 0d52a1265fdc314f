package whole

import "time"

// answers are what the resident says, by the form's paths. The dates follow today's, so that the test has no end.
func answers() map[string]string {
	now := time.Now()
	start := time.Date(now.Year(), now.Month()+3, 1, 0, 0, 0, 0, time.UTC)
	return map[string]string{
		"header/start":         start.Format(time.DateOnly),
		"applicant/name":       resident.Name,
		"applicant/kana":       "マドグチ　ハナコ",
		"applicant/birth":      "平成2年4月1日",
		"applicant/postal":     "100-0001",
		"applicant/address":    resident.Address,
		"applicant/phone":      "090-1234-5678",
		"applicant/phone-kind": "mother",
		"children/0/situation": "home",
		"children/0/name":      child,
		"children/0/kana":      "マドグチ　コユキ",
		"children/0/birth":     start.AddDate(-2, 0, 9).Format(time.DateOnly),
		"children/0/sex":       "female",
		"children/1/+":         "no",
		"partner/relation":     "none",
		"partner/single":       "unmarried",
		"situation/cases":      "none",
		"ground-a/kind":        "work",
		"ground-a/work":        "employee",
		"ground-a/employer":    "株式会社まどぐち商事",
		"wish/amount":          "short",
		"wish/days":            "mon,tue",
		"wish/hours":           "h0830-1630",
		"wish/facilities":      "n0801,n0601",
		"wish/visit":           "done",
		"fallback/plan":        "wait",
		"fallback/keep":        "keep",
		"survey/0/cases":       "allergy",
		"survey/0/allergy":     "present",
		"survey/0/allergens":   "egg,milk",
		"consent/agreed":       "tax-data,facility-data,payment,late-decision,truth,changes,return",
	}
}
