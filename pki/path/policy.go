package path

import (
	"maps"
	"slices"
)

const anyPolicy = "2.5.29.32.0"

// graph is the valid_policy_graph of RFC 9618: one level for each certificate, in a level one node for each policy.
type graph struct {
	levels []map[string]*node // nil: NULL
}

type node struct {
	expected map[string]bool
	parents  map[string]bool // valid policies of the level before
}

func newGraph() *graph {
	return &graph{[]map[string]*node{{anyPolicy: {expected: map[string]bool{anyPolicy: true}}}}}
}

func (g *graph) null() bool { return g.levels == nil }
func (g *graph) clear()     { g.levels = nil }

func (g *graph) last() map[string]*node { return g.levels[len(g.levels)-1] }

// certificate is §6.1.3 (d). anyCounts: the certificate's anyPolicy is not inhibited.
func (g *graph) certificate(policies []string, anyCounts bool) {
	if g.null() {
		return
	}
	before, level := g.last(), map[string]*node{}
	for _, p := range policies { // (1)
		if p == anyPolicy {
			continue
		}
		parents := expecting(before, p)
		if len(parents) == 0 && before[anyPolicy] != nil {
			parents = map[string]bool{anyPolicy: true}
		}
		if len(parents) > 0 {
			level[p] = &node{map[string]bool{p: true}, parents}
		}
	}
	if anyCounts && slices.Contains(policies, anyPolicy) { // (2)
		for _, n := range before {
			for p := range n.expected {
				if level[p] == nil {
					level[p] = &node{map[string]bool{p: true}, expecting(before, p)}
				}
			}
		}
	}
	g.levels = append(g.levels, level)
	g.prune() // (3)
}

// expecting returns the policies of the nodes that expect p.
func expecting(level map[string]*node, p string) map[string]bool {
	out := map[string]bool{}
	for valid, n := range level {
		if n.expected[p] {
			out[valid] = true
		}
	}
	return out
}

// prune deletes the nodes without children above the last level.
func (g *graph) prune() {
	for i := len(g.levels) - 1; i > 0; i-- {
		wanted := map[string]bool{}
		for _, n := range g.levels[i] {
			maps.Copy(wanted, n.parents)
		}
		maps.DeleteFunc(g.levels[i-1], func(p string, _ *node) bool { return !wanted[p] })
	}
	if len(g.last()) == 0 {
		g.clear()
	}
}

// apply is §6.1.4 (b).
func (g *graph) apply(m mappings, allowed bool) {
	if g.null() || len(m) == 0 {
		return
	}
	level := g.last()
	to := map[string]map[string]bool{}
	for _, pair := range m {
		if to[pair[0]] == nil {
			to[pair[0]] = map[string]bool{}
		}
		to[pair[0]][pair[1]] = true
	}
	for from, expected := range to {
		switch {
		case !allowed: // (2)
			delete(level, from)
		case level[from] != nil: // (1)
			level[from].expected = expected
		case level[anyPolicy] != nil:
			level[from] = &node{expected, map[string]bool{anyPolicy: true}}
		}
	}
	g.prune()
}

// constrained is §6.1.5 (g): the policies of the first domain that lead to the last certificate, as far as the user
// accepts them; user nil is any.
func (g *graph) constrained(user []string) []string {
	if g.null() {
		return nil
	}
	if slices.Contains(user, anyPolicy) {
		user = nil
	}
	found := map[string]bool{}
	for i := 1; i < len(g.levels); i++ {
		for p, n := range g.levels[i] {
			if p != anyPolicy && n.parents[anyPolicy] {
				found[p] = true
			}
		}
	}
	_, all := g.last()[anyPolicy]
	switch {
	case user == nil && all:
		found[anyPolicy] = true
	case user != nil && all:
		for _, p := range user {
			found[p] = true
		}
	}
	if user != nil {
		maps.DeleteFunc(found, func(p string, _ bool) bool { return !slices.Contains(user, p) })
	}
	return slices.Sorted(maps.Keys(found))
}
