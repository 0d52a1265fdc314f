package forms

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/width"

	"madoguchi/fault"
	"madoguchi/i18n"
)

// isoDate is the normal form of a date.
const isoDate = "2006-01-02"

// firstDate is the first day of the Gregorian calendar in Japan, 明治6年1月1日; lastYear bounds typing errors.
const (
	firstDate = "1873-01-01"
	lastYear  = 2199
)

// era is a Japanese era: its year 1 is the year of its first day.
type era struct {
	letter, ja, en string
	first, last    string
}

// The eras, newest first (domain §6.1).
var eras = []era{
	{"R", "令和", "Reiwa", "2019-05-01", "9999-12-31"},
	{"H", "平成", "Heisei", "1989-01-08", "2019-04-30"},
	{"S", "昭和", "Showa", "1926-12-25", "1989-01-07"},
	{"T", "大正", "Taisho", "1912-07-30", "1926-12-24"},
	{"M", "明治", "Meiji", firstDate, "1912-07-29"},
}

func (e era) year(gregorian int) int {
	if e.letter == "M" {
		return gregorian - 1867
	}
	return gregorian - number(e.first[:4]) + 1
}

var (
	gregorianShape = regexp.MustCompile(`^([0-9]{4})(?:[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日)$`)
	compactShape   = regexp.MustCompile(`^([0-9]{4})([0-9]{2})([0-9]{2})$`)
	eraShape       = regexp.MustCompile(`^(令和|平成|昭和|大正|明治|[RHSTM])([0-9]{1,2}|元)(?:年([0-9]{1,2})月([0-9]{1,2})日|[-/.]([0-9]{1,2})[-/.]([0-9]{1,2}))$`)
)

// parseDate reads a Gregorian or era date into YYYY-MM-DD. A day outside its era (平成31年5月1日) does not exist.
func parseDate(s string) (string, error) {
	s = strings.ToUpper(strings.Join(strings.Fields(hyphens.Replace(width.Fold.String(s))), ""))
	if m := firstMatch(s, gregorianShape, compactShape); m != nil {
		return calendarDate(number(m[1]), m[2:])
	}
	m := eraShape.FindStringSubmatch(s)
	if m == nil {
		return "", fault.New(fault.NotADate, errors.New("no known form of a date"))
	}
	for _, e := range eras {
		if m[1] != e.letter && m[1] != e.ja {
			continue
		}
		n := 1
		if m[2] != "元" {
			n = number(m[2])
		}
		out, err := calendarDate(n-e.year(0), m[3:])
		if err == nil && (n < 1 || out < e.first || out > e.last) {
			err = fault.New(fault.NotADate, errors.New("the era has no such day"))
		}
		if err != nil {
			return "", err
		}
		return out, nil
	}
	return "", fault.New(fault.NotADate, errors.New("unknown era"))
}

func firstMatch(s string, shapes ...*regexp.Regexp) []string {
	for _, shape := range shapes {
		if m := shape.FindStringSubmatch(s); m != nil {
			return m
		}
	}
	return nil
}

// calendarDate takes the month and the day from the two groups that matched.
func calendarDate(year int, groups []string) (string, error) {
	var md []int
	for _, g := range groups {
		if g != "" {
			md = append(md, number(g))
		}
	}
	if len(md) != 2 {
		return "", fault.New(fault.NotADate, errors.New("no month and day"))
	}
	s := fmt.Sprintf("%04d-%02d-%02d", year, md[0], md[1])
	if _, err := time.Parse(isoDate, s); err != nil || s < firstDate || year > lastYear {
		return "", fault.New(fault.NotADate, errors.New("no such day"))
	}
	return s, nil
}

// dateOf reads a normal form; the zero time for what is none.
func dateOf(s string) time.Time {
	t, err := time.Parse(isoDate, s)
	if err != nil {
		return time.Time{}
	}
	return t
}

// dateText shows a date in both calendars.
func dateText(s string) i18n.Text {
	t := dateOf(s)
	for _, e := range eras {
		if s < e.first {
			continue
		}
		n := e.year(t.Year())
		ja := strconv.Itoa(n)
		if n == 1 {
			ja = "元"
		}
		both := fmt.Sprintf("%d年%d月%d日（%s%s年）", t.Year(), int(t.Month()), t.Day(), e.ja, ja)
		return i18n.Text{In: map[i18n.Lang]string{
			i18n.Ja: both, i18n.JaEasy: both,
			i18n.En: fmt.Sprintf("%s (%s %d)", s, e.en, n),
		}}
	}
	return i18n.Own(s)
}

// today is the day in Japan at t.
func today(t time.Time) string { return t.In(japan).Format(isoDate) }

// japan needs no time zone data: Japan keeps one offset all year.
var japan = time.FixedZone("JST", 9*60*60)
