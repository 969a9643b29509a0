package provenance

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom"
)

// This file joins the parts of several inputs: one part is one component with
// the evidence of each. Which parts are one is said in match.go.
//
// Two positions of one part number never become one. A part of one input takes
// in at most as many parts of another as it has pieces: a row of two pieces
// takes in the two nodes of a device tree. What inputs say differently of one
// part stays: makers, stages and part numbers as conflicting values, the rest in
// a note.

// A reconciled is the joined list of parts.
type reconciled struct {
	components []sbom.Component
	notes      []sbom.Note
	renamed    map[string]string // refs of parts that were merged into others
}

// reconcile joins the components of the inputs, given in the order of whose
// names are kept.
func reconcile(sets [][]sbom.Component) reconciled {
	r := reconciled{renamed: map[string]string{}}
	for _, set := range sets {
		r.join(set)
	}
	var kept []sbom.Component
	named := namedElsewhere(r.components)
	for i := range r.components {
		if c := &r.components[i]; c.Kind != sbom.Hardware || !c.Unidentified || c.Ref != "" || !r.covers(c, named) {
			kept = append(kept, *c)
		}
	}
	if len(r.renamed) > 0 {
		kept = renamed(kept, r.renamed)
	}
	r.components = kept
	r.notes = append(r.notes, namedTwice(kept)...)
	return r
}

// join matches the set's parts with those already there, the surest ways
// first, and adds the others.
func (r *reconciled) join(set []sbom.Component) {
	room := make([]int, len(r.components)) // pieces of the set that each may still take in
	for i := range r.components {
		room[i] = pieces(&r.components[i])
	}
	used := make([]bool, len(set))
	have, come := subjects(r.components), subjects(set)
	for _, way := range ways {
		for i := range set {
			if used[i] || set[i].Kind != sbom.Hardware {
				continue
			}
			j, ok := match(way, have, come, used, i, room)
			if !ok {
				continue
			}
			r.merge(j, set[i], way.words)
			have[j].numbers = numbers(&r.components[j])
			used[i] = true
			room[j] = max(0, room[j]-pieces(&set[i]))
		}
	}
	for i := range set {
		if !used[i] {
			r.components = append(r.components, set[i])
		}
	}
}

// pieces is how many of a part there are, as far as its input tells: at least
// one.
func pieces(c *sbom.Component) int {
	const most = 1 << 20 // of one part in one device
	return max(1, len(c.Designators), int(min(c.Quantity, most)))
}

// match finds the part that come[i] is, among those that have room.
func match(w way, have, come []subject, used []bool, i int, room []int) (int, bool) {
	found := -1
	for j := range have {
		if room[j] == 0 || have[j].Kind != sbom.Hardware || !w.same(&have[j], &come[i]) {
			continue
		}
		if found >= 0 && w.alone {
			return 0, false
		}
		if found < 0 || overlap(come[i].Component, have[j].Component) > overlap(come[i].Component, have[found].Component) {
			found = j
		}
	}
	if found < 0 {
		return 0, false
	}
	if w.alone {
		for k := range come {
			if k != i && !used[k] && come[k].Kind == sbom.Hardware && w.same(&have[found], &come[k]) {
				return 0, false
			}
		}
	}
	return found, true
}

// overlap counts the positions on the board that both name.
func overlap(a, b *sbom.Component) int {
	n := 0
	for _, d := range a.Designators {
		if slices.Contains(b.Designators, d) {
			n++
		}
	}
	return n
}

// merge adds what b says to the part at j. Names are kept from the part that
// was there, unless it had none.
func (r *reconciled) merge(j int, b sbom.Component, how string) {
	a := r.components[j]
	before := a
	if a.Ref == "" {
		a.Ref = b.Ref
	} else if b.Ref != "" {
		r.renamed[b.Ref] = a.Ref
	}
	as, bs := subject{&before, numbers(&before)}, subject{&b, numbers(&b)}
	if !a.Unidentified && !b.Unidentified && !shareNumber(&as, &bs, 1) && !shareStem(&as, &bs) {
		a.Facts = slices.Concat(a.Facts, partNumbers(&before), partNumbers(&b))
	}
	if a.Unidentified && !b.Unidentified {
		a.Name, a.MPN, a.Unidentified = b.Name, b.MPN, false
	}
	a.Candidate = a.Candidate && b.Candidate
	a.MPN, a.Version, a.Description = cmp.Or(a.MPN, b.MPN), cmp.Or(a.Version, b.Version), cmp.Or(a.Description, b.Description)
	if a.Category == sbom.Other && b.Category != "" {
		a.Category = b.Category
	}
	a.Category, a.Supplier = cmp.Or(a.Category, b.Category), cmp.Or(a.Supplier, b.Supplier)
	a.Quantity = cmp.Or(a.Quantity, b.Quantity)
	if a.Price == nil {
		a.Price = b.Price
	}
	if len(a.Designators) == 0 {
		a.Designators = b.Designators
	}
	if len(a.Compatible) == 0 {
		a.Compatible = b.Compatible
	}
	a.Facts = slices.Concat(a.Facts, b.Facts)
	a.Properties = slices.Concat(a.Properties, b.Properties)
	a.Components = slices.Concat(a.Components, b.Components)
	matched := fmt.Sprintf("taken for %s by %s", a.Name, how)
	found := slices.Clone(b.Found)
	for i := range found {
		found[i].Note = strings.TrimPrefix(found[i].Note+"; "+matched, "; ")
	}
	a.Found = slices.Concat(a.Found, found)
	r.differences(&before, &b)
	r.components[j] = a
}

// partNumbers is the part number as a fact, for parts that inputs call
// differently. The values of one part conflict.
func partNumbers(c *sbom.Component) []sbom.Fact {
	if slices.ContainsFunc(c.Facts, func(f sbom.Fact) bool { return f.Name == sbom.PartNumber }) {
		return nil // an earlier merge put it there
	}
	return []sbom.Fact{{Name: sbom.PartNumber, Values: []sbom.Value{{Is: cmp.Or(c.MPN, c.Name), Evidence: c.Found}}}}
}

// differences notes what b says differently and the component has one place
// for.
func (r *reconciled) differences(a, b *sbom.Component) {
	place := func(text string) {
		if len(b.Found) > 0 {
			r.notes = append(r.notes, sbom.Note{File: b.Found[0].Source.Name, Place: b.Found[0].Place, Text: text})
		}
	}
	differ := func(what, kept, other string) {
		if kept != "" && other != "" && kept != other {
			place(fmt.Sprintf("%s of %s is %s here and %s in another input, which is kept", what, a.Name, other, kept))
		}
	}
	if a.Quantity != 0 && b.Quantity != 0 {
		differ("the quantity", fmt.Sprint(a.Quantity), fmt.Sprint(b.Quantity))
	}
	differ("the revision", a.Version, b.Version)
	differ("the supplier", a.Supplier, b.Supplier)
	if a.Category != sbom.Other && b.Category != sbom.Other {
		differ("the category", string(a.Category), string(b.Category))
	}
	if a.Price != nil && b.Price != nil {
		differ("the price", fmt.Sprint(*a.Price), fmt.Sprint(*b.Price))
	}
}

// covers reports whether an input only shows that there is a part of a
// category which another input names several parts of: then it shows nothing
// new, and a note says so. named finds those others.
func (r *reconciled) covers(c *sbom.Component, named func(*sbom.Component) []string) bool {
	if c.Category == "" || c.Quantity > 0 || len(c.Fact(sbom.Manufacturer).Values) > 0 {
		return false
	}
	names := named(c)
	if len(names) == 0 {
		return false
	}
	for _, e := range c.Found {
		r.notes = append(r.notes, sbom.Note{
			File: e.Source.Name, Place: e.Place,
			Text: fmt.Sprintf("shows that there is a %s (%s), which is one of %s by another input", c.Category, e.Says, few(names)),
		})
	}
	return true
}

// few lists the first names.
func few(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d others", strings.Join(names[:most], ", "), len(names)-most)
}

// namedElsewhere gives a function that finds the identified parts of a
// component's category that none of its own inputs names. Answers are kept:
// they depend on category and inputs alone, and lists are long.
func namedElsewhere(cs []sbom.Component) func(*sbom.Component) []string {
	kept := map[string][]string{}
	return func(c *sbom.Component) []string {
		key := string(c.Category)
		for _, e := range c.Found {
			key += "\x00" + e.Source.Name + "\x00" + e.Source.Digest
		}
		if names, ok := kept[key]; ok {
			return names
		}
		var names []string
		for i := range cs {
			o := &cs[i]
			if o.Kind == sbom.Hardware && !o.Unidentified && !o.Candidate && o.Category == c.Category && !sameSource(o, c) {
				names = append(names, o.Name)
			}
		}
		kept[key] = names
		return names
	}
}

func sameSource(a, b *sbom.Component) bool {
	return slices.ContainsFunc(a.Found, func(e sbom.Evidence) bool {
		return slices.ContainsFunc(b.Found, func(f sbom.Evidence) bool { return e.Source == f.Source })
	})
}
