package diff

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/originbom/originbom/sbom"
)

// asWritten shows grades as the documents' authors wrote them.
var asWritten = sbom.Trust{AsWritten: true}

// changeList collects the values that differ.
type changeList []Change

func (cs *changeList) add(what, older, newer string) {
	if older != newer {
		*cs = append(*cs, Change{what, older, newer})
	}
}

func changes(a, b *sbom.Component) []Change {
	var cs changeList
	if sbom.NormalPartNumber(a.Name) != sbom.NormalPartNumber(b.Name) || a.Unidentified != b.Unidentified {
		cs.add("name", a.Name, b.Name)
	}
	if sbom.NormalPartNumber(a.MPN) != sbom.NormalPartNumber(b.MPN) {
		cs.add("part number", a.MPN, b.MPN)
	}
	cs.add("category", string(a.Category), string(b.Category))
	cs.add("version", a.Version, b.Version)
	cs.add("quantity", number(a.Quantity), number(b.Quantity))
	cs.add("position", position(a), position(b))
	cs.add("fitted", fittedWords(a), fittedWords(b))
	cs.add("supplier", a.Supplier, b.Supplier)
	cs.add("price", price(a.Price), price(b.Price))
	cs.facts(a.Facts, b.Facts)
	cs.properties(a.Properties, b.Properties)
	cs.add("licences", strings.Join(a.Licenses, ", "), strings.Join(b.Licenses, ", "))
	cs.add("hashes", hashes(a.Hashes), hashes(b.Hashes))
	return cs
}

func deviceChanges(a, b *sbom.Device) []Change {
	var cs changeList
	cs.add("model", a.Model, b.Model)
	cs.add("name", a.Name, b.Name)
	cs.add("revision", a.Revision, b.Revision)
	cs.add("category", a.Category, b.Category)
	cs.facts(a.Facts, b.Facts)
	cs.properties(a.Identifiers, b.Identifiers)
	cs.properties(a.Properties, b.Properties)
	cs.add("devicetree compatible", strings.Join(a.Compatible, ", "), strings.Join(b.Compatible, ", "))
	return cs
}

// facts compares the maker and each stage of origin, and how well each is
// carried.
func (cs *changeList) facts(a, b []sbom.Fact) {
	names := map[string]bool{}
	for _, f := range slices.Concat(a, b) {
		names[f.Name] = true
	}
	for _, name := range slices.Concat([]string{sbom.Manufacturer, sbom.PartNumber, sbom.SubstantiallyTransformed}, sbom.Stages) {
		if !names[name] {
			continue
		}
		fa, fb := factNamed(a, name), factNamed(b, name)
		what := name
		switch {
		case name == sbom.Manufacturer:
			what = "maker"
		case name == sbom.PartNumber:
			what = "part number as inputs have it"
		case sbom.IsStage(name):
			what = "origin " + name
		}
		cs.add(what, factWords(fa), factWords(fb))
		if len(fa.Values) > 0 && len(fb.Values) > 0 {
			cs.add("evidence of "+what, fa.Grade(asWritten).String(), fb.Grade(asWritten).String())
		}
	}
}

func factNamed(fs []sbom.Fact, name string) sbom.Fact {
	for _, f := range fs {
		if f.Name == name {
			return f
		}
	}
	return sbom.Fact{Name: name}
}

// factWords gives the values of a fact with their shares; "" if it has none.
func factWords(f sbom.Fact) string {
	var words []string
	for _, v := range f.Values {
		w := v.Is
		switch s := v.Share; {
		case s.Whole():
		case s.Min == s.Max:
			w += " " + number(s.Min) + " %"
		default:
			w += fmt.Sprintf(" %s-%s %%", number(s.Min), number(s.Max))
		}
		if v.PerformedBy != "" {
			w += " by " + v.PerformedBy
		}
		words = append(words, w)
	}
	slices.Sort(words)
	switch {
	case sbom.Conflict(f.Name, f.Values):
		return "in conflict: " + strings.Join(words, " | ")
	case len(words) == 0 && f.Withheld:
		return "withheld"
	case len(words) == 0 && len(f.Unread) > 0:
		return "not understood: " + f.Unread[0].Says
	}
	return strings.Join(words, ", ")
}

// origins are the stages of which a place is told.
func origins(c *sbom.Component) []string {
	var out []string
	for _, stage := range sbom.Stages {
		if w := factWords(c.Fact(stage)); w != "" {
			out = append(out, stage+" "+w)
		}
	}
	return out
}

// properties compares the values of each name. What a device tree calls a part
// is compared as its name.
func (cs *changeList) properties(a, b []sbom.Property) {
	values := func(ps []sbom.Property) map[string][]string {
		m := map[string][]string{}
		for _, p := range ps {
			if !strings.HasPrefix(p.Name, "originbom:devicetree:") {
				m[p.Name] = append(m[p.Name], p.Value)
			}
		}
		return m
	}
	va, vb := values(a), values(b)
	var names []string
	for _, m := range []map[string][]string{va, vb} {
		for name := range m {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		cs.add(name, sorted(va[name]), sorted(vb[name]))
	}
}

func sorted(values []string) string {
	values = slices.Clone(values)
	slices.Sort(values)
	return strings.Join(slices.Compact(values), ", ")
}

func fittedWords(c *sbom.Component) string {
	if c.Candidate {
		return "a candidate, or not fitted"
	}
	return "fitted"
}

func hashes(hs []sbom.Hash) string {
	var out []string
	for _, h := range hs {
		out = append(out, h.Algorithm+" "+h.Value)
	}
	return sorted(out)
}

func price(p *sbom.Price) string {
	if p == nil {
		return ""
	}
	return strings.TrimSpace(number(p.Each) + " " + p.Currency)
}

func number(f float64) string {
	if f == 0 {
		return ""
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}
