package whole

import "time"

// answers are what the resident says, by the form's paths. The dates follow today's, so that the test has no end.
func answers() map[string]string {
	now := time.Now()
	start := time.Date(now.Year(), now.Month()+3, 1, 0, 0, 0, 0, time.UTC)
	return map[string]string{
		"applicant/name":       resident.Name,
		"applicant/kana":       "マドグチ　ハナコ",
		"applicant/birth":      "平成2年4月1日",
		"applicant/postal":     "100-0001",
		"applicant/address":    resident.Address,
		"applicant/phone":      "090-1234-5678",
		"children/0/name":      child,
		"children/0/kana":      "マドグチ　コユキ",
		"children/0/birth":     start.AddDate(-2, 0, 9).Format(time.DateOnly),
		"children/0/sex":       "female",
		"children/0/situation": "home",
		"children/0/allergy":   "present",
		"children/0/allergens": "egg,milk",
		"children/1/+":         "no",
		"wish/start":           start.Format(time.DateOnly),
		"wish/facilities":      "honcho,midori",
		"wish/visit":           "done",
		"wish/reason":          "near-home",
		"ground/kind":          "work",
		"ground/employer":      "株式会社まどぐち商事",
		"ground/hours":         "152",
	}
}
