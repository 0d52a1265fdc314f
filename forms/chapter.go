package forms

import (
	"slices"

	"madoguchi/i18n"
)

type chapter struct {
	id     string
	title  i18n.Text
	groups int
}

// Chapter is a line of the contents page: how far the person has come with its questions.
type Chapter struct {
	ID       string
	Title    i18n.Text
	Asked    int    // questions that are asked now
	Answered int    // of them; a "no" to "one more?" is an answer
	Open     int    // required ones without an answer, those put off included
	PutOff   int    // put off (あとで)
	Seconds  int    // that the open ones take, about; 0: not known
	Next     string // path of the first open question, otherwise of the first
	Empty    bool   // nothing is asked, or only whether there is one, and there is none
}

// resolveChapters reads the lines of the contents page; a form without them has one for each group.
func (r *resolver) resolveChapters(d *definition) error {
	r.chapters = map[string]*chapter{}
	for _, c := range d.Chapter {
		if !idOK(c.ID) || r.chapters[c.ID] != nil {
			return r.fail("chapter %q: bad or double name", c.ID)
		}
		out := &chapter{id: c.ID, title: r.text(c.Title, "chapter "+c.ID)}
		r.chapters[c.ID] = out
		r.form.chapters = append(r.form.chapters, out)
	}
	return nil
}

// enter puts a group into its chapter. The groups of a chapter stand together.
func (r *resolver) enter(g *group, id string) error {
	if len(r.chapters) == 0 && id == "" {
		g.chapter = &chapter{id: g.id, title: g.title, groups: 1}
		r.form.chapters = append(r.form.chapters, g.chapter)
		return nil
	}
	c := r.chapters[id]
	if c == nil && len(r.form.groups) > 0 && id == "" { // an overlay's own group
		c = r.form.groups[len(r.form.groups)-1].chapter
	}
	if c == nil {
		return r.fail("group %q: no chapter %q", g.id, id)
	}
	g.chapter = c
	c.groups++
	return nil
}

// noEmptyChapter requires a group in each chapter, in the chapters' order.
func (r *resolver) noEmptyChapter() error {
	last := 0
	for _, g := range r.form.groups {
		i := slices.Index(r.form.chapters, g.chapter)
		if len(r.chapters) > 0 && i < last {
			return r.fail("group %q: its chapter is over", g.id)
		}
		last = i
	}
	for _, c := range r.form.chapters {
		if c.groups == 0 {
			return r.fail("chapter %q: empty", c.id)
		}
	}
	return nil
}

// Chapters returns the contents page, in order.
func (d *Draft) Chapters() []Chapter {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.form.look(d.values)
	out := make([]Chapter, 0, len(d.form.chapters))
	for _, c := range d.form.chapters {
		line := Chapter{ID: c.id, Title: c.title, Empty: true}
		for _, cell := range v.cells {
			if cell.group.chapter == c {
				line.add(d, cell)
			}
		}
		out = append(out, line)
	}
	return out
}

// add counts one question; d is locked.
func (c *Chapter) add(d *Draft, q cell) {
	c.Asked++
	c.Empty = c.Empty && q.field == nil && q.value == "no"
	if c.Next == "" {
		c.Next = q.path
	}
	if d.later[q.path] {
		c.PutOff++
	}
	switch {
	case q.value != "":
		c.Answered++
	case q.required():
		if c.Open == 0 {
			c.Next = q.path
		}
		c.Open++
		c.Seconds += d.form.seconds[q.kind()]
	}
}

// Seconds returns how long the open questions take, about; 0: not known.
func (d *Draft) Seconds() int {
	n := 0
	for _, c := range d.Chapters() {
		n += c.Seconds
	}
	return n
}

// kind is the kind of a question.
func (c cell) kind() Kind {
	if c.field == nil {
		return YesNo
	}
	return c.field.kind
}
