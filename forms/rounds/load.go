package rounds

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/pelletier/go-toml/v2"

	"madoguchi/i18n"
)

// Bounds of a file.
const (
	maxFile  = 1 << 20 // bytes
	maxGrace = 2 * time.Hour
)

type fileDef struct {
	Round  []roundDef `toml:"round"`
	Office *officeDef `toml:"office"`
}

type roundDef struct {
	ID          string             `toml:"id"`
	Form        string             `toml:"form"`
	Name        map[string]string  `toml:"name"`
	Opens       toml.LocalDateTime `toml:"opens"`
	Closes      toml.LocalDateTime `toml:"closes"`
	Grace       string             `toml:"grace"` // "10m"
	Counts      string             `toml:"counts"`
	PapersUntil toml.LocalDate     `toml:"papers_until"`
}

type officeDef struct {
	Name     map[string]string `toml:"name"`
	Phone    string            `toml:"phone"`
	Days     []string          `toml:"days"` // mon … sun
	From     toml.LocalTime    `toml:"from"`
	To       toml.LocalTime    `toml:"to"`
	Holidays []toml.LocalDate  `toml:"holidays"`
}

var weekdays = map[string]time.Weekday{
	"sun": time.Sunday, "mon": time.Monday, "tue": time.Tuesday, "wed": time.Wednesday, "thu": time.Thursday, "fri": time.Friday, "sat": time.Saturday,
}

var idShape = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// Load reads a file of rounds. An unknown name, a round without a text in every language, two rounds of one form at
// one time: all are ErrRounds.
func Load(raw []byte) (*Calendar, error) {
	var f fileDef
	if len(raw) > maxFile {
		return nil, fmt.Errorf("%w: over %d bytes", ErrRounds, maxFile)
	}
	if err := toml.NewDecoder(bytes.NewReader(raw)).DisallowUnknownFields().Decode(&f); err != nil {
		var strict *toml.StrictMissingError
		if errors.As(err, &strict) {
			return nil, fmt.Errorf("%w: unknown name: %s", ErrRounds, strict.String())
		}
		return nil, fmt.Errorf("%w: %w", ErrRounds, err)
	}
	c := &Calendar{}
	for i := range f.Round {
		r, err := f.Round[i].resolve()
		if err != nil {
			return nil, fmt.Errorf("%w: round %q: %w", ErrRounds, f.Round[i].ID, err)
		}
		c.Rounds = append(c.Rounds, r)
	}
	slices.SortStableFunc(c.Rounds, func(a, b Round) int { return a.Opens.Compare(b.Opens) })
	if err := c.apart(); err != nil {
		return nil, err
	}
	if f.Office == nil {
		return c, nil
	}
	var err error
	if c.Office, err = f.Office.resolve(); err != nil {
		return nil, fmt.Errorf("%w: office: %w", ErrRounds, err)
	}
	return c, nil
}

// apart requires that no two rounds of a form overlap, and that ids are unique.
func (c *Calendar) apart() error {
	for i, r := range c.Rounds {
		for _, earlier := range c.Rounds[:i] {
			if r.ID == earlier.ID || r.Form == earlier.Form && r.Opens.Before(earlier.Closes) {
				return fmt.Errorf("%w: round %q: the same id or time as %q", ErrRounds, r.ID, earlier.ID)
			}
		}
	}
	return nil
}

func (d *roundDef) resolve() (Round, error) {
	r := Round{ID: d.ID, Form: d.Form, Counts: Counts(d.Counts), Opens: d.Opens.AsTime(Japan), Closes: d.Closes.AsTime(Japan)}
	var err error
	if r.Name, err = text(d.Name); err != nil {
		return r, err
	}
	if d.Grace != "" {
		if r.Grace, err = time.ParseDuration(d.Grace); err != nil {
			return r, err
		}
	}
	if d.PapersUntil != (toml.LocalDate{}) { // the whole day
		r.PapersUntil = d.PapersUntil.AsTime(Japan).AddDate(0, 0, 1)
	}
	switch {
	case !idShape.MatchString(d.ID) || !idShape.MatchString(d.Form):
		return r, errors.New("no id or form")
	case d.Opens == (toml.LocalDateTime{}) || !r.Opens.Before(r.Closes):
		return r, errors.New("it closes before it opens")
	case r.Grace < 0 || r.Grace > maxGrace:
		return r, fmt.Errorf("grace up to %v", maxGrace)
	case r.Counts != Claimed && r.Counts != Received:
		return r, errors.New("counts is claimed or received")
	case !r.PapersUntil.IsZero() && r.PapersUntil.Before(r.Closes):
		return r, errors.New("papers are due before it closes")
	}
	return r, nil
}

func (d *officeDef) resolve() (Office, error) {
	o := Office{Phone: d.Phone, days: map[time.Weekday]bool{}, holidays: map[string]bool{}, from: sinceMidnight(d.From), to: sinceMidnight(d.To), hasOpening: true}
	var err error
	if o.Name, err = text(d.Name); err != nil {
		return o, err
	}
	for _, name := range d.Days {
		day, ok := weekdays[name]
		if !ok || o.days[day] {
			return o, fmt.Errorf("day %q: unknown or twice", name)
		}
		o.days[day] = true
	}
	for _, day := range d.Holidays {
		o.holidays[day.String()] = true
	}
	if len(o.days) == 0 || o.from >= o.to {
		return o, errors.New("no days, or it closes before it opens")
	}
	return o, nil
}

func sinceMidnight(t toml.LocalTime) time.Duration {
	return time.Duration(t.Hour)*time.Hour + time.Duration(t.Minute)*time.Minute + time.Duration(t.Second)*time.Second
}

// text requires every language and no other.
func text(words map[string]string) (i18n.Text, error) {
	t := i18n.Text{In: map[i18n.Lang]string{}}
	for _, l := range i18n.Langs() {
		if words[string(l)] == "" {
			return t, fmt.Errorf("no text in %q", l)
		}
		t.In[l] = words[string(l)]
	}
	if len(words) != len(t.In) {
		return t, errors.New("text in an unknown language")
	}
	return t, nil
}
