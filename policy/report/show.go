package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/visible"
)

// Show writes the document for people: each physical part with its maker, where
// it was made and how well that is known, then the software in short, then what
// is not known. t is the trust under which grades are shown; of a country that
// several say, the best grade is shown, and how many say so.
func Show(w io.Writer, d *sbom.Document, t sbom.Trust) error {
	p := &printer{w: w}
	p.line("%s   %s", deviceName(&d.Device), makerWords(d.Device.Facts, t))
	p.line("")
	rows := [][]string{{"PART", "NAME", "MADE BY", "WHERE, AND HOW WELL THAT IS KNOWN"}}
	rows = append(rows, partRows(d.Components, d, t, 0)...)
	p.table(rows)
	p.software(d)
	p.line("")
	p.line("Seen: %s", Coverage(d.Coverage()))
	for _, u := range unknowns(d) {
		p.line("Not known: %s", u)
	}
	for _, n := range d.Notes {
		p.line("note: %s", n)
	}
	return p.err
}

func partRows(cs []sbom.Component, d *sbom.Document, t sbom.Trust, depth int) [][]string {
	var rows [][]string
	for i := range cs {
		c := &cs[i]
		if c.Kind != sbom.Hardware {
			continue
		}
		name := c.Name
		if c.Candidate {
			name += " (candidate, or not fitted)"
		}
		if c.Quantity > 1 {
			name += fmt.Sprintf(" x%g", c.Quantity)
		}
		rows = append(rows, []string{
			strings.Repeat("  ", depth) + cmp.Or(string(c.Category), "?"), name, makerWords(c.Facts, t), originWords(c.Facts, t),
		})
		if owner := owner(c, d); owner != "" {
			rows = append(rows, []string{"", "", "  owned by " + owner, ""})
		}
		rows = append(rows, partRows(c.Components, d, t, depth+1)...)
	}
	return rows
}

// makerWords names the maker with its grade, every maker where inputs differ.
func makerWords(fs []sbom.Fact, t sbom.Trust) string {
	for _, f := range fs {
		if f.Name == sbom.Manufacturer {
			return factWords(f, t)
		}
	}
	return "unknown"
}

// owner is the ultimate parent of the maker, "" if it is its own or not known.
func owner(c *sbom.Component, d *sbom.Document) string {
	f := c.Fact(sbom.Manufacturer)
	if len(f.Values) != 1 {
		return ""
	}
	for _, o := range d.Organisations {
		if o.Name == f.Values[0].Is && o.UltimateParent != "" && o.UltimateParent != o.Name {
			return o.UltimateParent
		}
	}
	return ""
}

func factWords(f sbom.Fact, t sbom.Trust) string {
	out := answers(f, t)
	switch f.State(t, sbom.Ungraded) {
	case sbom.StateConflict:
		return "CONFLICT: " + strings.Join(out, " or ")
	case sbom.StateWithheld:
		return "withheld"
	case sbom.StateUnknown:
		if len(f.Unread) > 0 {
			return fmt.Sprintf("unknown (%q could not be read)", f.Unread[0].Says)
		}
		return "unknown"
	}
	return strings.Join(out, ", ")
}

// answers gives each answer of a fact once, with its share and best grade.
func answers(f sbom.Fact, t sbom.Trust) []string {
	var order []string
	best := map[string]sbom.Grade{}
	for _, v := range f.Values {
		is := v.Is
		switch {
		case v.Share.Whole():
		case v.Share.Min == v.Share.Max:
			is += fmt.Sprintf(" %g %%", v.Share.Min)
		default:
			is += fmt.Sprintf(" %g-%g %%", v.Share.Min, v.Share.Max)
		}
		if _, ok := best[is]; !ok {
			order = append(order, is)
		}
		best[is] = max(best[is], v.Grade(t))
	}
	for i, is := range order {
		order[i] = fmt.Sprintf("%s [%s]", is, best[is])
	}
	return order
}

func originWords(fs []sbom.Fact, t sbom.Trust) string {
	var out []string
	for _, stage := range sbom.Stages {
		for _, f := range fs {
			if f.Name == stage {
				out = append(out, stage+" "+factWords(f, t))
			}
		}
	}
	return cmp.Or(strings.Join(out, "; "), "unknown")
}

// table aligns columns by the width that characters take on a terminal.
func (p *printer) table(rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, cell := range r {
			r[i] = visible.Text(cell)
			widths[i] = max(widths[i], min(runewidth.StringWidth(r[i]), 48))
		}
	}
	for _, r := range rows {
		var b strings.Builder
		for i, cell := range r {
			if i == len(r)-1 {
				b.WriteString(cell)
				break
			}
			b.WriteString(cell + strings.Repeat(" ", max(0, widths[i]-runewidth.StringWidth(cell))) + "  ")
		}
		p.line("%s", strings.TrimRight(b.String(), " "))
	}
}

// softwareKinds are the kinds of software, from what runs the phone to its files.
var softwareKinds = []sbom.Kind{sbom.OperatingSystem, sbom.Firmware, sbom.Driver, sbom.Application, sbom.Library, sbom.File}

// software counts the software by kind and names systems.
func (p *printer) software(d *sbom.Document) {
	counts := map[sbom.Kind]int{}
	var systems []string
	d.Walk(func(c *sbom.Component, _ []string) {
		if c.Kind == sbom.Hardware {
			return
		}
		counts[c.Kind]++
		if c.Kind == sbom.OperatingSystem {
			systems = append(systems, strings.TrimSpace(c.Name+" "+c.Version))
		}
	})
	if len(counts) == 0 {
		return
	}
	var parts []string
	for _, k := range softwareKinds {
		if counts[k] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[k], k))
		}
	}
	p.line("")
	p.line("Software: %s (%s)", strings.Join(parts, ", "), cmp.Or(strings.Join(systems, ", "), "no operating system seen"))
}

// unknowns sums up what nobody told, and what to do about it.
func unknowns(d *sbom.Document) []string {
	var noMaker, noOrigin, open []string
	d.Walk(func(c *sbom.Component, _ []string) {
		if c.Kind != sbom.Hardware || c.Candidate {
			return
		}
		if c.Unidentified {
			open = append(open, string(cmp.Or(c.Category, "part")))
			return
		}
		if len(c.Fact(sbom.Manufacturer).Values) == 0 {
			noMaker = append(noMaker, c.Name)
		}
		if !madeSomewhere(c) {
			noOrigin = append(noOrigin, c.Name)
		}
	})
	var out []string
	for _, u := range []struct {
		parts     []string
		one, many string
	}{
		{open, "exists, and no input names it: add a part list or a live dump that does", "exist, and no input names them: add a part list or a live dump that does"},
		{noMaker, "has no known maker: add a column Manufacturer, or ask whoever sold it", "have no known maker: add a column Manufacturer, or ask whoever sold them"},
		{
			noOrigin, "has no known place of making, at any stage: ask its maker (originbom claim questions writes the request)",
			"have no known place of making, at any stage: ask their makers (originbom claim questions writes the requests)",
		},
	} {
		switch len(u.parts) {
		case 0:
		case 1:
			out = append(out, u.parts[0]+" "+u.one)
		default:
			out = append(out, fmt.Sprintf("%s (%d) %s", strings.Join(u.parts, ", "), len(u.parts), u.many))
		}
	}
	return out
}

// madeSomewhere reports whether a place is told for any stage.
func madeSomewhere(c *sbom.Component) bool {
	return slices.ContainsFunc(sbom.Stages, func(s string) bool { return len(c.Fact(s).Values) > 0 })
}

// ShowPart writes everything about the components that name names, by ref, name,
// part number or category: the chain of evidence, and the claims about each.
func ShowPart(w io.Writer, d *sbom.Document, name string, t sbom.Trust, claims []policy.ClaimRecord) error {
	hits, err := called(d, name)
	if err != nil {
		return err
	}
	p := &printer{w: w}
	for i, c := range hits {
		if i > 0 {
			p.line("")
		}
		p.part(c, d, t)
		for _, cl := range claims {
			if slices.Contains(cl.Components, c.Ref) {
				p.line("")
				p.claim(cl)
			}
		}
	}
	return p.err
}

func (p *printer) part(c *sbom.Component, d *sbom.Document, t sbom.Trust) {
	p.line("%s   %s", strings.TrimSpace(c.Name+" "+c.Version), cmp.Or(string(c.Category), string(c.Kind)))
	p.line("  ref       %s", c.Ref)
	p.line("  identity  %s", c.Identity())
	for _, e := range c.Found {
		p.line("  found     %s", e.Sentence())
	}
	names := append([]string{sbom.Manufacturer}, sbom.Stages...)
	for _, name := range names {
		f := c.Fact(name)
		if len(f.Values) == 0 && !f.Withheld && len(f.Unread) == 0 {
			continue
		}
		p.line("  %s: %s", name, factWords(f, t))
		for _, v := range f.Values {
			for _, e := range v.Evidence {
				p.line("      %s [%s] %s", v.Is, e.Grade(t), e.Sentence())
			}
		}
		for _, e := range f.WithheldBy {
			p.line("      withheld [%s] %s", e.Grade(t), e.Sentence())
		}
		for _, e := range f.Unread {
			p.line("      could not be read: %s", e.Sentence())
		}
	}
	if o := owner(c, d); o != "" {
		p.line("  owner     %s", o)
	}
	for _, prop := range c.Properties {
		p.line("  %s  %s", prop.Name, prop.Value)
	}
}
