// Package diff compares two documents: which parts and software were added,
// removed or changed between two handsets or two revisions of one.
//
// A part of one document is matched with at most one of the other: first by its
// identity (maker, part number, revision), then by what it is called, then by
// its position on the board, and last by being the only one of its category
// left on either side, so that a display by another maker is a changed display
// and not one removed and one added. How two were matched is told.
//
// What is compared is what the documents say, with grades as they are written;
// no signature is verified here and nothing is judged. When and from which
// inputs a document was built is not compared.
package diff

import (
	"cmp"
	"slices"

	"github.com/originbom/originbom/sbom"
)

// A Diff is what differs between two documents.
type Diff struct {
	Old      string    `json:"old"` // model and revision
	New      string    `json:"new"`
	Device   []Change  `json:"device,omitempty"`
	Removed  []Part    `json:"removed,omitempty"`
	Added    []Part    `json:"added,omitempty"`
	Changed  []Changed `json:"changed,omitempty"`
	Same     int       `json:"same"` // components that do not differ
	ByMaker  []Tally   `json:"byMaker,omitempty"`
	ByOrigin []Tally   `json:"byOrigin,omitempty"`
}

// Equal reports whether nothing differs.
func (d *Diff) Equal() bool {
	return len(d.Device) == 0 && len(d.Removed) == 0 && len(d.Added) == 0 && len(d.Changed) == 0
}

// A Part is a component that stands in one of the documents only.
type Part struct {
	Ref      string   `json:"ref"`
	Kind     string   `json:"kind"`
	Category string   `json:"category,omitempty"`
	Name     string   `json:"name"`
	Version  string   `json:"version,omitempty"`
	Maker    string   `json:"maker,omitempty"`
	Origin   []string `json:"origin,omitempty"` // each as "stage value"
	// Candidate marks parts that may be fitted, and those that are not populated.
	Candidate bool `json:"candidate,omitempty"`
}

// A Changed is a component of which the documents say different things.
type Changed struct {
	Part    Part     `json:"part"` // as in the new document
	OldRef  string   `json:"oldRef"`
	By      string   `json:"matchedBy"`
	Changes []Change `json:"changes"`
}

// A Change is one value that differs; "" is a value that is not told.
type Change struct {
	What string `json:"what"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// A Tally counts fitted parts by maker, or by stage and place, where the counts
// differ.
type Tally struct {
	Name string `json:"name"`
	Old  int    `json:"old"`
	New  int    `json:"new"`
}

// Compare compares two documents. The same documents give the same Diff.
func Compare(older, newer *sbom.Document) *Diff {
	d := &Diff{Old: title(&older.Device), New: title(&newer.Device)}
	d.Device = deviceChanges(&older.Device, &newer.Device)
	was, is := flatten(older), flatten(newer)
	for _, m := range match(was, is) {
		if cs := changes(m.old.c, m.new.c); len(cs) > 0 {
			d.Changed = append(d.Changed, Changed{Part: partOf(m.new.c), OldRef: m.old.c.Ref, By: m.by, Changes: cs})
		} else {
			d.Same++
		}
	}
	d.Removed, d.Added = rest(was), rest(is)
	slices.SortStableFunc(d.Changed, func(a, b Changed) int { return order(a.Part, b.Part) })
	d.ByMaker = tally(older, newer, func(c *sbom.Component) []string {
		return []string{cmp.Or(factWords(c.Fact(sbom.Manufacturer)), sbom.Unknown)}
	})
	d.ByOrigin = tally(older, newer, func(c *sbom.Component) []string { return origins(c) })
	return d
}

func title(d *sbom.Device) string {
	if d.Revision == "" {
		return d.Model
	}
	return d.Model + " revision " + d.Revision
}

// An item is a component of a flattened document.
type item struct {
	c     *sbom.Component
	under string // what it is part of, by name
	taken bool
}

func flatten(d *sbom.Document) []*item {
	names := map[string]string{}
	var out []*item
	d.Walk(func(c *sbom.Component, up []string) {
		names[c.Ref] = c.Name
		under := ""
		for _, ref := range up {
			under += "/" + names[ref]
		}
		out = append(out, &item{c: c, under: under})
	})
	return out
}

func rest(items []*item) []Part {
	var out []Part
	for _, it := range items {
		if !it.taken {
			out = append(out, partOf(it.c))
		}
	}
	slices.SortStableFunc(out, order)
	return out
}

// order is hardware first, then by category, name and ref.
func order(a, b Part) int {
	return cmp.Or(
		cmp.Compare(rank(a), rank(b)),
		cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(slices.Index(sbom.Categories, sbom.Category(a.Category)), slices.Index(sbom.Categories, sbom.Category(b.Category))),
		cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Ref, b.Ref),
	)
}

func rank(p Part) int {
	if p.Kind == string(sbom.Hardware) {
		return 0
	}
	return 1
}

func partOf(c *sbom.Component) Part {
	p := Part{
		Ref: c.Ref, Kind: string(c.Kind), Category: string(c.Category), Name: c.Name, Version: c.Version,
		Maker: factWords(c.Fact(sbom.Manufacturer)), Candidate: c.Candidate, Origin: origins(c),
	}
	return p
}

// tally counts the fitted hardware of both documents by what key gives.
func tally(older, newer *sbom.Document, key func(*sbom.Component) []string) []Tally {
	counts := map[string]*Tally{}
	count := func(d *sbom.Document, n func(*Tally) *int) {
		d.Walk(func(c *sbom.Component, _ []string) {
			if c.Kind != sbom.Hardware || c.Candidate {
				return
			}
			for _, k := range key(c) {
				if counts[k] == nil {
					counts[k] = &Tally{Name: k}
				}
				*n(counts[k])++
			}
		})
	}
	count(older, func(t *Tally) *int { return &t.Old })
	count(newer, func(t *Tally) *int { return &t.New })
	var out []Tally
	for _, t := range counts {
		if t.Old != t.New {
			out = append(out, *t)
		}
	}
	slices.SortFunc(out, func(a, b Tally) int { return cmp.Compare(a.Name, b.Name) })
	return out
}
