package forms

import (
	"fmt"
	"slices"
)

// lay merges an overlay into a definition. An overlay replaces value lists, adds fields, groups and rules, and
// tightens: required, a smaller max, a larger min, other words for asking. It can neither retype nor drop a field.
func (def *definition) lay(o *overlayDef) error {
	switch {
	case !idOK(o.Overlay) || o.Edition < 1:
		return fmt.Errorf("%w: overlay without a name or an edition", ErrDefinition)
	case o.Form != def.Name || o.Version != def.Version:
		return fmt.Errorf("%w: overlay %s is for another form", ErrDefinition, o.Overlay)
	}
	for _, l := range o.List {
		def.layList(l)
	}
	for _, g := range o.Group {
		if err := def.layGroup(g); err != nil {
			return fmt.Errorf("overlay %s: %w", o.Overlay, err)
		}
	}
	def.Rule = append(slices.Clone(def.Rule), o.Rule...)
	def.Paper = append(slices.Clone(def.Paper), o.Paper...)
	return nil
}

// layList replaces the values of a list or adds a list.
func (def *definition) layList(l listDef) {
	for i := range def.List {
		if def.List[i].ID == l.ID {
			def.List[i] = l
			return
		}
	}
	def.List = append(def.List, l)
}

func (def *definition) layGroup(o groupDef) error {
	i := slices.IndexFunc(def.Group, func(g groupDef) bool { return g.ID == o.ID })
	if i < 0 {
		def.Group = append(def.Group, o)
		return nil
	}
	if len(o.Title) > 0 || len(o.Parts) > 0 || o.When != nil || o.Repeat != nil || o.Chapter != "" {
		return fmt.Errorf("%w: group %s: an overlay may only add and tighten fields", ErrDefinition, o.ID)
	}
	for _, f := range o.Field {
		if err := def.Group[i].layField(f); err != nil {
			return err
		}
	}
	return nil
}

func (g *groupDef) layField(o fieldDef) error {
	index := func(id string) int {
		return slices.IndexFunc(g.Field, func(f fieldDef) bool { return f.ID == id })
	}
	if i := index(o.ID); i >= 0 {
		return g.Field[i].tighten(o, g.ID+"/"+o.ID)
	}
	at := len(g.Field)
	if o.After != "" {
		if at = index(o.After) + 1; at == 0 {
			return fmt.Errorf("%w: %s/%s: no field %q to follow", ErrDefinition, g.ID, o.ID, o.After)
		}
		o.After = ""
	}
	g.Field = slices.Insert(g.Field, at, o)
	return nil
}

// tighten applies what an overlay says of a field that the form already has.
func (f *fieldDef) tighten(o fieldDef, path string) error {
	bad := func(what string) error { return fmt.Errorf("%w: %s: an overlay may not %s", ErrDefinition, path, what) }
	switch {
	case o.Kind != "" || o.List != "":
		return bad("retype a field")
	case o.When != nil || o.Otherwise != "" || o.Compute != "" || o.With != nil:
		return bad("put a field under a condition, or answer it")
	case o.No != "" || len(o.Label) > 0 || len(o.Parts) > 0 || o.Person != "" || o.After != "" || o.Card != "" || o.Among != "" || len(o.Was) > 0:
		return bad("change what a field is or who sees it")
	case o.Required != nil && !*o.Required && f.Required != nil && *f.Required:
		return bad("drop a required field")
	case o.Max != nil && f.Max != nil && *o.Max > *f.Max:
		return bad("allow more than the form")
	case o.Min != nil && f.Min != nil && *o.Min < *f.Min:
		return bad("allow less than the form")
	}
	f.Required, f.Max, f.Min = or(o.Required, f.Required), or(o.Max, f.Max), or(o.Min, f.Min)
	for from, to := range map[*words]*words{&o.Ask: &f.Ask, &o.Help: &f.Help, &o.Example: &f.Example} {
		if len(*from) > 0 {
			*to = *from
		}
	}
	return nil
}

func or[T any](a, b *T) *T {
	if a != nil {
		return a
	}
	return b
}
