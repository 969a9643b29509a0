package provenance

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom"
)

// This file finds which parts of several inputs are one part. A part of one
// input is matched with at most one part of another, so two positions of one
// part number never become one.

// A reconciled is the joined list of parts.
type reconciled struct {
	components []sbom.Component
	notes      []sbom.Note
}

// single are the categories of which a phone has one part, so that two inputs
// that each name one mean the same, unless they name different makers.
var single = []sbom.Category{sbom.SoC, sbom.Display, sbom.Touch, sbom.Battery, sbom.Modem, sbom.Fingerprint, sbom.NFC, sbom.GNSS, sbom.SecureElement}

// reconcile joins the components of the inputs, given in the order of whose
// names are kept.
func reconcile(sets [][]sbom.Component) reconciled {
	var r reconciled
	for _, set := range sets {
		r.join(set)
	}
	var kept []sbom.Component
	for i := range r.components {
		if c := &r.components[i]; c.Kind != sbom.Hardware || !c.Unidentified || !r.covers(c) {
			kept = append(kept, *c)
		}
	}
	r.components = kept
	return r
}

// join matches the set's parts with those already there, the surest ways
// first, and adds the others.
func (r *reconciled) join(set []sbom.Component) {
	known := len(r.components)
	taken := make([]bool, known) // of r.components
	used := make([]bool, len(set))
	for _, way := range ways {
		for i := range set {
			if used[i] || set[i].Kind != sbom.Hardware {
				continue
			}
			j, ok := r.match(way, set, used, i, taken[:known])
			if !ok {
				continue
			}
			r.merge(j, set[i], way.words)
			used[i], taken[j] = true, true
		}
	}
	for i := range set {
		if !used[i] {
			r.components = append(r.components, set[i])
		}
	}
}

// A way is one reason to take two parts for one.
type way struct {
	words string
	same  func(a, b *sbom.Component) bool
	alone bool // only if each input has but one part that could be meant
}

var ways = []way{
	{words: "part number", same: samePart},
	{words: "part number without its suffix", same: sameStem, alone: true},
	{words: "category and maker", same: sameSingle, alone: true},
}

// match finds the part that set[i] is, among those not taken yet.
func (r *reconciled) match(w way, set []sbom.Component, used []bool, i int, taken []bool) (int, bool) {
	found := -1
	for j := range taken {
		if taken[j] || r.components[j].Kind != sbom.Hardware || !w.same(&r.components[j], &set[i]) {
			continue
		}
		if found >= 0 {
			if w.alone {
				return 0, false
			}
			continue
		}
		found = j
	}
	if found < 0 {
		return 0, false
	}
	if w.alone {
		for k := range set {
			if k != i && !used[k] && set[k].Kind == sbom.Hardware && w.same(&r.components[found], &set[k]) {
				return 0, false
			}
		}
	}
	return found, true
}

// numbers are the part numbers by which a component is called.
func numbers(c *sbom.Component) []string {
	if c.Unidentified {
		return nil
	}
	ns := []string{sbom.NormalPartNumber(c.Name)}
	if c.MPN != "" {
		ns = append(ns, sbom.NormalPartNumber(c.MPN))
	}
	for _, name := range c.Compatible[:min(1, len(c.Compatible))] {
		_, model, _ := strings.Cut(name, ",")
		ns = append(ns, sbom.NormalPartNumber(model))
	}
	return ns
}

func samePart(a, b *sbom.Component) bool {
	return a.Candidate == b.Candidate && compatibleCategory(a, b) && slices.ContainsFunc(numbers(a), func(n string) bool { return n != "" && slices.Contains(numbers(b), n) })
}

func compatibleCategory(a, b *sbom.Component) bool {
	return a.Category == b.Category || a.Category == "" || b.Category == ""
}

// minStem is the shortest part number that may be the beginning of another:
// shorter ones are words, such as LCD.
const minStem = 5

// sameStem takes BQ25895 and BQ25895RTWR, an order code of it, for one part.
func sameStem(a, b *sbom.Component) bool {
	if a.Candidate != b.Candidate || a.Category != b.Category || disagree(a, b) {
		return false
	}
	for _, n := range numbers(a) {
		for _, m := range numbers(b) {
			if len(n) >= minStem && len(m) >= minStem && (strings.HasPrefix(n, m) || strings.HasPrefix(m, n)) {
				return true
			}
		}
	}
	return false
}

// sameSingle takes two parts of a category of which a phone has one for the
// same, where their makers agree or one of the two is not known.
func sameSingle(a, b *sbom.Component) bool {
	return !a.Candidate && !b.Candidate && a.Category == b.Category && slices.Contains(single, a.Category) && !disagree(a, b)
}

// disagree reports whether both parts have makers, and no common one.
func disagree(a, b *sbom.Component) bool {
	av, bv := a.Fact(sbom.Manufacturer).Values, b.Fact(sbom.Manufacturer).Values
	if len(av) == 0 || len(bv) == 0 {
		return false
	}
	return !slices.ContainsFunc(av, func(v sbom.Value) bool {
		return slices.ContainsFunc(bv, func(w sbom.Value) bool { return v.Is == w.Is })
	})
}

// merge adds what b says to the part at j. Names are kept from the part that
// was there, unless it had none.
func (r *reconciled) merge(j int, b sbom.Component, how string) {
	a := r.components[j]
	if a.Unidentified && !b.Unidentified {
		a.Name, a.MPN, a.Unidentified = b.Name, b.MPN, false
	}
	a.MPN, a.Version, a.Description = cmp.Or(a.MPN, b.MPN), cmp.Or(a.Version, b.Version), cmp.Or(a.Description, b.Description)
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
	r.components[j] = a
}

// covers reports whether an input only shows that there is a part of a
// category which another input names several parts of: then it shows nothing
// new, and a note says so.
func (r *reconciled) covers(c *sbom.Component) bool {
	var named []string
	for i := range r.components {
		o := &r.components[i]
		if o.Kind == sbom.Hardware && !o.Unidentified && !o.Candidate && o.Category == c.Category && c.Category != "" && !sameSource(o, c) {
			named = append(named, o.Name)
		}
	}
	if len(named) == 0 || len(c.Fact(sbom.Manufacturer).Values) > 0 || c.Quantity > 0 {
		return false
	}
	for _, e := range c.Found {
		r.notes = append(r.notes, sbom.Note{
			File: e.Source.Name, Place: e.Place,
			Text: fmt.Sprintf("shows that there is a %s (%s), which is one of %s by another input", c.Category, e.Says, strings.Join(named, ", ")),
		})
	}
	return true
}

func sameSource(a, b *sbom.Component) bool {
	return slices.ContainsFunc(a.Found, func(e sbom.Evidence) bool {
		return slices.ContainsFunc(b.Found, func(f sbom.Evidence) bool { return e.Source == f.Source })
	})
}
