package claim

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom"
)

// A Need is a fact that a reader wants to know of a component.
type Need struct {
	Ref   string
	Stage string // or sbom.Manufacturer
	Why   string // the rule that asks, "" if none does
}

// A Request is what is asked of one party.
type Request struct {
	To        string // the party, "" if nobody can be named
	Device    string // the device that the parts are in
	Author    string // who asks, "" if the document does not say
	Questions []Question
}

// A Question is about one part.
type Question struct {
	Ref      string
	Category sbom.Category
	Place    string // designators and how many there are
	Supplier string // who sold it, as said
	Template *Claim
	Stages   []string // that are asked for, in the order of sbom.Stages
	Identify bool     // the part itself is not known: who made it, which number
	Known    []string // what is known already, in words
	Why      []string // the rules that ask
}

// chips are the categories whose parts are silicon first: of them the wafer and
// the package are asked for, of others where they were manufactured.
var chips = []sbom.Category{
	sbom.SoC, sbom.Modem, sbom.WiFiBT, sbom.NFC, sbom.GNSS, sbom.UWB, sbom.Memory, sbom.Storage, sbom.PMIC, sbom.Charger,
	sbom.FuelGauge, sbom.Audio, sbom.SecureElement,
}

// Unknowns are the needs of a reader who asks no rule: for each fitted physical
// part its maker, and the stages by which parts of its kind have an origin, as
// far as they are not known under t at the grade least or better.
func Unknowns(d *sbom.Document, t sbom.Trust, least sbom.Grade) []Need {
	var out []Need
	d.Walk(func(c *sbom.Component, _ []string) {
		if c.Kind != sbom.Hardware || c.Candidate {
			return
		}
		stages := []string{"manufactured"}
		if slices.Contains(chips, c.Category) {
			stages = []string{"wafer-fabricated", "packaged"}
		}
		for _, name := range append([]string{sbom.Manufacturer}, stages...) {
			want := least
			if name == sbom.Manufacturer {
				want = sbom.Ungraded
			}
			if s := c.Fact(name).State(t, want); s == sbom.StateUnknown || s == sbom.StateConflict {
				out = append(out, Need{Ref: c.Ref, Stage: name})
			}
		}
	})
	return out
}

// Questions groups needs by the party that can answer: the maker, else whoever
// sold the part, else the maker of the device. Requests are sorted by party,
// questions by part.
func Questions(d *sbom.Document, needs []Need, t sbom.Trust) []Request {
	byRef := map[string][]Need{}
	for _, n := range needs {
		byRef[n.Ref] = append(byRef[n.Ref], n)
	}
	requests := map[string]*Request{}
	d.Walk(func(c *sbom.Component, _ []string) {
		if len(byRef[c.Ref]) == 0 {
			return
		}
		q := question(d, c, byRef[c.Ref], t)
		to := cmp.Or(q.Template.Claimant.Name, c.Supplier, firstValue(d.Device.Facts))
		r := requests[to]
		if r == nil {
			r = &Request{To: to, Device: deviceName(&d.Device)}
			if len(d.Authors) > 0 {
				r.Author = strings.TrimSpace(d.Authors[0].Name + " " + d.Authors[0].Email)
			}
			requests[to] = r
		}
		r.Questions = append(r.Questions, q)
	})
	var out []Request
	for _, r := range requests {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b Request) int { return cmp.Compare(a.To, b.To) })
	return out
}

func deviceName(d *sbom.Device) string {
	if d.Name == "" || d.Name == d.Model {
		return d.Model
	}
	return d.Name + " (" + d.Model + ")"
}

func firstValue(fs []sbom.Fact) string {
	for _, f := range fs {
		if f.Name == sbom.Manufacturer && len(f.Values) > 0 {
			return f.Values[0].Is
		}
	}
	return ""
}

func question(d *sbom.Document, c *sbom.Component, needs []Need, t sbom.Trust) Question {
	q := Question{Ref: c.Ref, Category: c.Category, Supplier: c.Supplier, Identify: c.Unidentified, Place: place(c)}
	for _, s := range sbom.Stages {
		if slices.ContainsFunc(needs, func(n Need) bool { return n.Stage == s }) {
			q.Stages = append(q.Stages, s)
		}
		if f := c.Fact(s); len(f.Values) > 0 {
			q.Known = append(q.Known, known(f, t))
		}
		for _, e := range c.Fact(s).Unread {
			q.Known = append(q.Known, fmt.Sprintf("%s: %q was said, which cannot be read as one country", s, e.Says))
		}
	}
	for _, n := range needs {
		q.Identify = q.Identify || n.Stage == sbom.Manufacturer
		if n.Why != "" && !slices.Contains(q.Why, n.Why) {
			q.Why = append(q.Why, n.Why)
		}
	}
	if len(q.Stages) == 0 {
		q.Stages = []string{"manufactured"}
		if slices.Contains(chips, c.Category) {
			q.Stages = []string{"wafer-fabricated", "packaged"}
		}
	}
	q.Template = Template(d, c, q.Stages)
	return q
}

func known(f sbom.Fact, t sbom.Trust) string {
	var words []string
	for _, v := range f.Values {
		words = append(words, fmt.Sprintf("%s (%s)", v.Is, v.Grade(t)))
	}
	return f.Name + ": " + strings.Join(words, ", ")
}

func place(c *sbom.Component) string {
	p := strings.Join(c.Designators, ", ")
	if c.Quantity > 1 {
		p = strings.TrimSpace(fmt.Sprintf("%s x%g", p, c.Quantity))
	}
	return p
}
