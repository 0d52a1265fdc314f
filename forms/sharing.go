package forms

import (
	"slices"
	"strings"

	"madoguchi/i18n"
)

// Share is what one recipient will see, from the definition of the form.
type Share struct {
	Part      string
	Recipient i18n.Text
	Purpose   i18n.Text
	Groups    []ShareGroup
}

// ShareGroup are the fields of one group, by their official labels; a repeating group stands once.
type ShareGroup struct {
	Title  i18n.Text
	Labels []i18n.Text
}

// Sharing returns who could see what of the form: every field, asked or not.
func (f *Form) Sharing() []Share {
	return f.sharing(func(*field) bool { return true })
}

// Sharing returns who will see what of the answers as they stand: what is asked now, and what is filled in without
// asking.
func (d *Draft) Sharing() []Share {
	v := d.look()
	visible := map[*field]bool{}
	for _, c := range v.cells {
		visible[c.field] = true
	}
	return d.form.sharing(func(f *field) bool {
		for row := range max(1, v.rows[f.group]) {
			if visible[f] || v.value[f.path(row)] != "" {
				return true
			}
		}
		return false
	})
}

func (f *Form) sharing(visible func(*field) bool) []Share {
	out := make([]Share, 0, len(f.parts))
	for _, p := range f.parts {
		s := Share{Part: p.id, Recipient: p.to, Purpose: p.why}
		for _, g := range f.groups {
			shown := ShareGroup{Title: g.title}
			for _, field := range g.fields {
				if slices.Contains(field.parts, p) && visible(field) {
					shown.Labels = append(shown.Labels, field.label)
				}
			}
			if len(shown.Labels) > 0 {
				s.Groups = append(s.Groups, shown)
			}
		}
		if len(s.Groups) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// Lines returns a line for each group: its title and its labels.
func (s Share) Lines() []i18n.Text {
	var out []i18n.Text
	for _, g := range s.Groups {
		line := i18n.Text{In: map[i18n.Lang]string{}}
		for _, l := range i18n.Langs() {
			colon, comma := "：", "、"
			if l == i18n.En {
				colon, comma = ": ", ", "
			}
			labels := make([]string, 0, len(g.Labels))
			for _, label := range g.Labels {
				labels = append(labels, label.Say(l))
			}
			line.In[l] = g.Title.Say(l) + colon + strings.Join(labels, comma)
		}
		out = append(out, line)
	}
	return out
}
