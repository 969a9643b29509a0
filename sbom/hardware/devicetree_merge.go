package hardware

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom"
)

// merge joins the parts that are one package. Only written rules join: two
// equal chips on two addresses are two chips.
func (r *treeReader) merge() {
	r.mergePairs()
	for _, row := range r.rules.rows["functions"] {
		r.join(row, func(group []*treePart, p *treePart) bool {
			return group[0].name == p.name && !slices.ContainsFunc(group, func(q *treePart) bool {
				return q.compatible[0] == p.compatible[0]
			})
		})
	}
	for _, row := range r.rules.rows["interfaces"] {
		r.join(row, func(group []*treePart, p *treePart) bool {
			return group[0].name == p.name && (sameBus(group[0], p) || p.chip.node.Parent() == group[0].chip.node)
		})
	}
	for _, row := range r.rules.rows["buses"] {
		r.join(row, func(group []*treePart, p *treePart) bool {
			return group[0].name == p.name && !slices.ContainsFunc(group, func(q *treePart) bool {
				return q.chip.bus == p.chip.bus
			})
		})
	}
	for _, row := range r.rules.rows["linked"] {
		r.join(row, func(group []*treePart, p *treePart) bool {
			return slices.ContainsFunc(group, func(q *treePart) bool {
				return r.refers(q, p, row.is) || r.refers(p, q, row.is)
			})
		})
	}
	for _, row := range r.rules.rows["combo"] {
		r.join(row, func(group []*treePart, p *treePart) bool {
			return !slices.ContainsFunc(group, func(q *treePart) bool {
				return q.compatible[0] == p.compatible[0]
			})
		})
	}
	r.mergeNamelessRadio()
}

// mergePairs joins the two SPMI addresses of one power chip.
func (r *treeReader) mergePairs() {
	at := map[string]*treePart{} // the parts at even addresses
	key := func(p *treePart, sid int) string {
		return fmt.Sprintf("%s %d %s", p.chip.node.Parent().Path(), sid, p.compatible[0])
	}
	for _, p := range r.parts {
		if p.sid >= 0 && p.sid%2 == 0 && r.isPair(p) {
			at[key(p, p.sid)] = p
		}
	}
	r.parts = slices.DeleteFunc(r.parts, func(p *treePart) bool {
		if p.sid < 0 || p.sid%2 == 0 || !r.isPair(p) {
			return false
		}
		first := at[key(p, p.sid-1)]
		if first == nil || first.candidate != p.candidate {
			return false
		}
		absorb(first, p, fmt.Sprintf("one chip with two addresses, %d and %d", first.sid, p.sid))
		return true
	})
}

// join goes through the parts that the row matches and puts each into the first
// group that it fits. A candidate never joins a fitted part.
func (r *treeReader) join(row treeRule, fits func(group []*treePart, p *treePart) bool) {
	var groups [][]*treePart
next:
	for _, p := range r.parts {
		if len(p.compatible) == 0 || row.match(p.compatible[0]) < 0 {
			continue
		}
		for i, group := range groups {
			if group[0].candidate == p.candidate && fits(group, p) {
				groups[i] = append(group, p)
				continue next
			}
		}
		groups = append(groups, []*treePart{p})
	}
	for _, group := range groups {
		if len(group) == 1 {
			continue
		}
		names := slices.Clone(group)
		slices.SortStableFunc(names, func(a, b *treePart) int { return row.rank(a) - row.rank(b) })
		for _, p := range names[1:] {
			absorb(names[0], p, "the same package as "+names[0].chip.node.Path()+": "+row.source)
			r.parts = slices.DeleteFunc(r.parts, func(q *treePart) bool { return q == p })
		}
	}
}

// rank says how well a part names its package: a name before none, an earlier
// alternative of the rule before a later.
func (row treeRule) rank(p *treePart) int {
	n := row.match(p.compatible[0])
	if p.name == "" {
		n += len(row.patterns)
	}
	return n
}

// absorb makes p a part of q.
func absorb(q, p *treePart, why string) {
	for _, at := range p.places {
		at.note = joinNotes(at.note, why)
		q.places = append(q.places, at)
	}
	for _, s := range p.compatible {
		if !slices.Contains(q.also, s) && !slices.Contains(q.compatible, s) {
			q.also = append(q.also, s)
		}
	}
	for _, s := range p.also {
		if !slices.Contains(q.also, s) && !slices.Contains(q.compatible, s) {
			q.also = append(q.also, s)
		}
	}
	q.hasRegulator = q.hasRegulator || p.hasRegulator
}

// mergeNamelessRadio takes a Wi-Fi function that its bus identifies for one of
// the only radio that is named: phones have one chip for Wi-Fi and Bluetooth.
func (r *treeReader) mergeNamelessRadio() {
	var named, nameless []*treePart
	for _, p := range r.parts {
		switch {
		case p.category != sbom.WiFiBT || p.candidate:
		case len(p.compatible) == 0:
			nameless = append(nameless, p)
		case p.name != "":
			named = append(named, p)
		}
	}
	if len(named) != 1 || len(nameless) != 1 || named[0].chip.bus != "serial" {
		return
	}
	absorb(named[0], nameless[0], "taken for a function of "+named[0].name+", the only radio that the tree names")
	r.parts = slices.DeleteFunc(r.parts, func(p *treePart) bool { return p == nameless[0] })
}

func sameBus(a, b *treePart) bool { return a.chip.node.Parent() == b.chip.node.Parent() }

// maxReference is the longest property, in bytes, that is read as references:
// every two parts of a family are held against each other.
const maxReference = 64

// refers reports whether a's node refers to b's by one of the properties, given
// as alternatives.
func (r *treeReader) refers(a, b *treePart, properties string) bool {
	for name := range strings.SplitSeq(properties, "|") {
		if v, ok := a.chip.node.Property(name); !ok || len(v) > maxReference {
			continue
		}
		cells, err := a.chip.node.Cells(name)
		if err != nil {
			continue
		}
		for _, c := range cells {
			if n := r.tree.Phandle(c); n != nil && n == b.chip.node {
				return true
			}
		}
	}
	return false
}

// matchAny reports whether one of the alternatives of a rule's field matches.
func matchAny(alternatives, s string) (bool, error) {
	for p := range strings.SplitSeq(alternatives, "|") {
		ok, err := path.Match(p, s)
		if ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}
