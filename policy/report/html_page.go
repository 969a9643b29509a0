package report

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/sbom"
)

var pageTitles = map[policy.Verdict]string{
	policy.Fail: "What is broken", policy.Undecided: "What cannot be told", policy.Warn: "What wants attention",
}

// A pageMaker fills a page.
type pageMaker struct {
	d     *sbom.Document
	r     *policy.Record
	t     sbom.Trust
	ids   map[string]string   // of parts on the page, by ref
	marks map[string][]string // open findings, by ref
}

func newPage(d *sbom.Document, r *policy.Record, t sbom.Trust) *page {
	m := &pageMaker{d: d, r: r, t: t, ids: map[string]string{}, marks: map[string][]string{}}
	d.Walk(func(c *sbom.Component, _ []string) {
		if c.Kind == sbom.Hardware {
			m.ids[c.Ref] = fmt.Sprintf("part-%d", len(m.ids)+1)
		}
	})
	for _, f := range r.Result.Findings {
		if slices.Contains(openVerdicts, f.Verdict) {
			m.marks[f.Component.Ref] = append(m.marks[f.Component.Ref], strings.ToUpper(string(f.Verdict))+" "+f.Rule)
		}
	}
	p := &page{
		Device: deviceName(&d.Device), Maker: makerWords(d.Device.Facts, t), Parts: m.parts(d.Components), Unknowns: unknowns(d),
		Coverage: coverageRows(d.Coverage()), Software: software(d, t), Sources: m.sources(), Tool: r.Tool,
	}
	p.Verdict, p.Words, p.Class = m.verdict()
	p.Summary, p.GradeWords = m.summary(), unfolds+ownGrades
	if t.AsWritten {
		p.GradeWords = unfolds + writtenGrades
	}
	m.findings(p)
	for _, c := range r.Claims {
		p.Claims = append(p.Claims, [3]string{strings.TrimSpace(mark(c.Status)), claimName(c), claimWords(c)})
	}
	for _, n := range r.Result.Waivers {
		p.Inert = append(p.Inert, n.Waiver+": "+n.Why)
	}
	for _, n := range r.Result.ByRef {
		p.ByRef = append(p.ByRef, n.Waiver+": "+n.Why)
	}
	p.Overrides = overrideWords(r.Packs)
	for _, n := range d.Notes {
		p.Notes = append(p.Notes, n.String())
	}
	return p
}

// What the page says about the grades that it shows.
const (
	unfolds       = "A part unfolds to the evidence behind it. "
	ownGrades     = "Grades are those under the reader's trust; what the BOM says of its own grades is not believed."
	writtenGrades = "Claims are graded under the reader's trust; other evidence is shown as the BOM states it."
)

// findings fills in what was judged, and what to do about it.
func (m *pageMaker) findings(p *page) {
	fs := m.r.Result.Findings
	for _, v := range openVerdicts {
		if rs := rulings(fs, v); len(rs) > 0 {
			p.Open = append(p.Open, pageSection{pageTitles[v], len(withVerdict(fs, v)), m.rulings(rs)})
		}
	}
	p.Waived = m.rulings(rulings(fs, policy.Waived))
	for _, s := range nextSteps(m.r) {
		p.Steps = append(p.Steps, pageStep{s.do, few(s.what, maxNames)})
	}
	for _, v := range []policy.Verdict{policy.Pass, policy.NotApplicable} {
		for _, rule := range rulings(fs, v) {
			p.Met = append(p.Met, [3]string{rule.rule, tally(rule.findings), rule.title})
		}
	}
}

// verdict gives the banner: a word, a sentence and a class.
func (m *pageMaker) verdict() (word, words, class string) {
	v := m.r.Result.Verdict
	if len(m.r.Packs) == 0 && v != policy.Fail {
		return "NOT JUDGED", "No rules were given, so nothing was judged. This page shows what the BOM says.", ""
	}
	return strings.ToUpper(string(v)), sentence(verdictWords[v]), string(v)
}

func (m *pageMaker) summary() [][2]string {
	r := m.r
	out := [][2]string{{"Signature", signatureWords(r)}}
	if r.Chosen {
		out = append(out, [2]string{"Keys", "judged as of " + r.VerifiedAt + ", which the reader chose"})
	}
	if len(r.Packs) > 0 {
		out = append(out, [2]string{"Judged as of", r.AsOf}, [2]string{"Rules", packWords(r)}, [2]string{"Findings", tally(r.Result.Findings)})
	}
	for _, date := range [][2]string{{"Award", r.Award}, {"Delivery", r.Delivery}} {
		if date[1] != "" {
			out = append(out, date)
		}
	}
	return append(out, [2]string{"Seen", Coverage(m.d.Coverage())})
}

func (m *pageMaker) rulings(rs []ruling) []pageRuling {
	var out []pageRuling
	for _, r := range rs {
		pr := pageRuling{Rule: r.rule, Title: r.title}
		if c := r.clause; c != nil {
			pr.Clause = &pageClause{Text: c.Text, Read: c.Read, Sure: c.Sure}
			if u, err := url.Parse(c.Source); err == nil && u.Scheme == "https" {
				pr.Clause.Link = c.Source
			}
		}
		at := map[string]int{}
		for _, f := range r.findings {
			i, ok := at[f.Why]
			if !ok {
				i = len(pr.Groups)
				at[f.Why] = i
				pr.Groups = append(pr.Groups, pageGroup{Why: f.Why})
			}
			g := &pr.Groups[i]
			g.Parts = append(g.Parts, pageLink{subjectName(f.Component), m.ids[f.Component.Ref]})
			g.Evidence = append(g.Evidence, findingEvidence(&f)...)
		}
		out = append(out, pr)
	}
	return out
}

func findingEvidence(f *policy.Finding) []string {
	var out []string
	for _, v := range f.Evidence {
		for _, e := range v.Value.Evidence {
			out = append(out, fmt.Sprintf("%s: %s%s [%s] %s%s", subjectName(f.Component), v.Value.Is, performedWords(v.Value.PerformedBy), v.Grade, e.Sentence(), since(e.When)))
		}
	}
	return out
}

func (m *pageMaker) parts(cs []sbom.Component) []pagePart {
	var out []pagePart
	for i := range cs {
		c := &cs[i]
		below := m.parts(c.Components)
		if c.Kind != sbom.Hardware {
			out = append(out, below...) // parts that software lists are shown all the same
			continue
		}
		p := pagePart{
			ID: m.ids[c.Ref], Ref: c.Ref, Identity: c.Identity(), Category: cmp.Or(string(c.Category), "part"), Name: strings.TrimSpace(c.Name + " " + c.Version),
			Maker: makerWords(c.Facts, m.t), Owner: owner(c, m.d), Origin: originWords(c.Facts, m.t), Positions: strings.Join(c.Designators, ", "),
			Marks: slices.Clone(m.marks[c.Ref]), Facts: m.facts(c), Found: sentences(c.Found), Parts: below,
		}
		if c.Quantity > 1 {
			p.Name += fmt.Sprintf(" x%g", c.Quantity)
		}
		if c.Candidate {
			p.Marks = append(p.Marks, "candidate, or not fitted")
		}
		out = append(out, p)
	}
	return out
}

// facts gives the chain of evidence of the maker and of each stage that anybody
// speaks about.
func (m *pageMaker) facts(c *sbom.Component) []pageFact {
	var out []pageFact
	for _, name := range append([]string{sbom.Manufacturer}, sbom.Stages...) {
		f := c.Fact(name)
		if len(f.Values) == 0 && !f.Withheld && len(f.Unread) == 0 {
			continue
		}
		pf := pageFact{Name: name, Words: factWords(f, m.t)}
		for _, v := range f.Values {
			for _, e := range v.Evidence {
				pf.Evidence = append(pf.Evidence, fmt.Sprintf("%s%s [%s] %s%s", v.Is, performedWords(v.PerformedBy), e.Grade(m.t), e.Sentence(), since(e.When)))
			}
		}
		for _, e := range f.WithheldBy {
			pf.Evidence = append(pf.Evidence, fmt.Sprintf("withheld [%s] %s", e.Grade(m.t), e.Sentence()))
		}
		for _, e := range f.Unread {
			pf.Evidence = append(pf.Evidence, "could not be read: "+e.Sentence())
		}
		out = append(out, pf)
	}
	return out
}

func sentences(es []sbom.Evidence) []string {
	var out []string
	for _, e := range es {
		out = append(out, e.Sentence())
	}
	return out
}

func coverageRows(c sbom.Coverage) [][2]string {
	none := func(s string) string { return cmp.Or(s, "none") }
	return [][2]string{
		{"identified", none(join(c.Identified))},
		{"there, and not identified", none(join(c.Unidentified))},
		{"not visible in the inputs, though every phone has them", none(join(c.NotVisible))},
	}
}

// software lists what is no part, by kind.
func software(d *sbom.Document, t sbom.Trust) []pageTable {
	rows := map[sbom.Kind][][3]string{}
	d.Walk(func(c *sbom.Component, _ []string) {
		if c.Kind == sbom.Hardware {
			return
		}
		by := c.Supplier
		if f := c.Fact(sbom.Manufacturer); by == "" && len(f.Values) > 0 {
			by = factWords(f, t)
		}
		rows[c.Kind] = append(rows[c.Kind], [3]string{c.Name, cmp.Or(c.Version, "not told"), cmp.Or(by, "not told")})
	})
	var out []pageTable
	for _, k := range softwareKinds {
		if len(rows[k]) > 0 {
			out = append(out, pageTable{fmt.Sprintf("%s (%d)", k, len(rows[k])), rows[k]})
		}
	}
	return out
}

// sources lists every file that the page rests on.
func (m *pageMaker) sources() [][3]string {
	r := m.r
	out := [][3]string{{"BOM", r.Subject, r.Document}}
	for _, s := range r.Signature.Signers {
		out = append(out, [3]string{"signature", s.File, s.Digest})
	}
	for _, in := range [][3]string{{"trust", "whose signatures count", r.Trust}, {"registry", "organisations and owners", r.Registry}, {"waivers", "waiver file", r.Waivers}} {
		if in[2] != "" {
			out = append(out, in)
		}
	}
	for _, p := range r.Packs {
		out = append(out, [3]string{"rules", fmt.Sprintf("%s version %d", p.ID, p.Version), p.Digest})
		for _, s := range p.Signature.Signers {
			out = append(out, [3]string{"signature of rules", s.File, s.Digest})
		}
	}
	for _, c := range r.Claims {
		out = append(out, [3]string{"claim", c.File, c.Digest})
	}
	for _, in := range m.d.Inputs {
		out = append(out, [3]string{"input of the BOM: " + in.Kind, in.Name, in.Digest})
	}
	return out
}
