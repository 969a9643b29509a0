package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/originbom/originbom/provenance/registry"
	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/strictyaml"
)

// A Case is one row of a pack's test table. It sees the rules and sets of the
// pack and of those that it includes, as they are after its overrides,
// and only its own organisations, owners and lists: these are reviewed, and
// lists complete and of the case's date, unless it says otherwise.
type Case struct {
	Name          string              `yaml:"name"`
	At            string              `yaml:"at"`
	Rules         []string            `yaml:"rules"`     // the rules judged; all if empty
	Signed        OneOrAll            `yaml:"signed-by"` // names of the trusted signers
	Organisations []CaseOrganisation  `yaml:"organisations"`
	Ownership     []CaseEdge          `yaml:"ownership"`
	Lists         map[string]CaseList `yaml:"lists"`
	Waivers       []Waiver            `yaml:"waivers"`
	Dates         CaseDates           `yaml:"dates"`
	Registry      string              `yaml:"registry"` // embedded: see the program's registry too
	Unjudged      bool                `yaml:"unjudged"` // nobody was chosen to trust
	Author        string              `yaml:"author"`   // e-mail of whoever wrote the document
	Device        CaseDevice          `yaml:"device"`
	Components    []CaseComponent     `yaml:"components"`
	Expect        Expectation         `yaml:"expect"`
	Line          int                 `yaml:"-"`
}

// CaseDates are the dates that rules may be read at.
type CaseDates struct {
	Award    string `yaml:"award"`
	Delivery string `yaml:"delivery"`
}

// A CaseOrganisation is a party that a case knows.
type CaseOrganisation struct {
	Name         string   `yaml:"name"`
	Aliases      []string `yaml:"aliases"`
	Registered   Dated    `yaml:"registered"`
	Headquarters Dated    `yaml:"headquarters"`
	LEI          string   `yaml:"lei"`
	Reviewed     *bool    `yaml:"reviewed"`
}

// Dated is one value, or values with the dates between which they hold.
type Dated []struct {
	Value string `yaml:"value"`
	From  string `yaml:"from"`
	To    string `yaml:"to"` // the first day on which it no longer holds
}

// UnmarshalYAML reads either form.
func (d *Dated) UnmarshalYAML(n *yaml.Node) error {
	type plain Dated
	if n.Kind != yaml.ScalarNode {
		return n.Decode((*plain)(d))
	}
	*d = make(Dated, 1)
	(*d)[0].Value = n.Value
	return nil
}

func (d Dated) on(date string) string {
	for _, v := range d {
		if (v.From == "" || v.From <= date) && (v.To == "" || date < v.To) {
			return v.Value
		}
	}
	return ""
}

// A CaseEdge is ownership between two parties by name.
type CaseEdge struct {
	Owner    string  `yaml:"owner"`
	Owned    string  `yaml:"owned"`
	Percent  float64 `yaml:"percent"`
	Kind     string  `yaml:"kind"`
	From     string  `yaml:"from"`
	To       string  `yaml:"to"`
	Reviewed *bool   `yaml:"reviewed"`
}

// A CaseList is a list, complete and of the case's date unless it says so.
type CaseList struct {
	Entries  []Entry `yaml:"entries"`
	AsOf     string  `yaml:"as-of"`
	Complete *bool   `yaml:"complete"`
	MaxAge   string  `yaml:"max-age"`
}

// A CaseDevice is the handset of a case.
type CaseDevice struct {
	Name        string               `yaml:"name"`
	Maker       string               `yaml:"maker"`
	Category    string               `yaml:"category"`
	Use         string               `yaml:"use"`
	Features    []string             `yaml:"features"`
	Made        string               `yaml:"manufactured-on"`
	Composition string               `yaml:"composition"`
	Properties  map[string]string    `yaml:"properties"`
	Facts       map[string]CaseFacts `yaml:"facts"`
}

// A CaseComponent is a part or a piece of software of a case.
type CaseComponent struct {
	Ref          string               `yaml:"ref"`
	Name         string               `yaml:"name"`
	Identity     string               `yaml:"identity"`
	Kind         string               `yaml:"kind"` // hardware (the default) or a CycloneDX software type
	Version      string               `yaml:"version"`
	Category     string               `yaml:"category"`
	Manufacturer string               `yaml:"manufacturer"`
	Supplier     string               `yaml:"supplier"`
	MPN          string               `yaml:"mpn"`
	PURL         string               `yaml:"purl"`
	License      string               `yaml:"license"`
	SHA256       string               `yaml:"sha256"`
	Quantity     *float64             `yaml:"quantity"` // 1 if not given; 0 is not told
	Value        *CaseValue           `yaml:"value"`
	Weight       string               `yaml:"weight"` // of one piece, in grams
	Made         string               `yaml:"manufactured-on"`
	Properties   map[string]string    `yaml:"properties"`
	RadioCapable *bool                `yaml:"radio-capable"`
	Unidentified bool                 `yaml:"unidentified"`
	Candidate    bool                 `yaml:"candidate"`
	Composition  string               `yaml:"composition"`
	Facts        map[string]CaseFacts `yaml:"facts"`
	Components   []CaseComponent      `yaml:"components"`
}

// A CaseValue is what one piece costs.
type CaseValue struct {
	Each     float64 `yaml:"each"`
	Currency string  `yaml:"currency"`
}

// A CaseFact is one value of a fact, with its grade and who says it.
type CaseFact struct {
	Value        string             `yaml:"value"`
	Distribution map[string]float64 `yaml:"distribution"`
	Grade        string             `yaml:"grade"`
	Signer       string             `yaml:"signer"`
	By           string             `yaml:"by"`
	PerformedBy  string             `yaml:"performed-by"`
	Withheld     bool               `yaml:"withheld"`
	Why          string             `yaml:"why"`
}

// CaseFacts is one value or a list of values.
type CaseFacts []CaseFact

// UnmarshalYAML reads either form.
func (f *CaseFacts) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.SequenceNode {
		return strictyaml.Node(n, (*[]CaseFact)(f))
	}
	*f = make(CaseFacts, 1)
	return strictyaml.Node(n, &(*f)[0])
}

// An Expectation is the answer that a case must give: verdicts of rules, of the
// document (bom), of components, and words that the findings must hold.
type Expectation struct {
	Rules      map[string]Verdict
	BOM        Verdict
	Components map[string]Verdict
	Mention    [][]string // of each inner list, one must occur
}

// UnmarshalYAML reads an expectation.
func (e *Expectation) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return strictyaml.Errorf(n.Line, "expect wants rule: verdict")
	}
	e.Rules = map[string]Verdict{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i].Value, n.Content[i+1]
		var err error
		switch key {
		case "components":
			err = value.Decode(&e.Components)
		case "mention":
			var items []OneOrAll
			err = value.Decode(&items)
			for _, it := range items {
				e.Mention = append(e.Mention, it)
			}
		case "bom":
			e.BOM = Verdict(value.Value)
		default:
			e.Rules[key] = Verdict(value.Value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// check finds mistakes in a case that would make it test nothing.
func (c *Case) check(p *Pack, errs *packErrors) {
	bad := func(format string, args ...any) { errs.add(c.Line, "case "+strconv.Quote(c.Name)+": "+format, args...) }
	for _, d := range []string{c.Dates.Award, c.Dates.Delivery} {
		if d != "" && !isDate(d) {
			bad("dates: %q is no date: write 2026-11-22", d)
		}
	}
	chooser(bad)("registry", c.Registry, "embedded")
	if !isDate(c.At) {
		bad("at: %q is no date: write 2026-11-22", c.At)
	}
	ids, lists := map[string]bool{}, map[string]bool{}
	for _, q := range p.whole() {
		for _, r := range q.Rules {
			ids[r.ID] = true
		}
		for name := range q.Lists {
			lists[name] = true
		}
	}
	for _, id := range c.Rules {
		if !ids[id] {
			bad("the pack has no rule %q", id)
		}
	}
	verdicts := map[string]Verdict{"bom": c.Expect.BOM}
	for id, v := range c.Expect.Rules {
		if !ids[id] {
			bad("expect: the pack has no rule %q", id)
		}
		verdicts[id] = v
	}
	for ref, v := range c.Expect.Components {
		verdicts[ref] = v
	}
	asks := 0
	for what, v := range verdicts {
		if v == "" && what == "bom" {
			continue
		}
		asks++
		if !slices.Contains(verdictOrder, v) {
			bad("expect: %s: %q is no verdict", what, v)
		}
	}
	if asks == 0 {
		bad("expects no verdict")
	}
	for name := range c.Lists {
		if !lists[name] {
			bad("the pack has no list %q", name)
		}
		checkEntries(c.Lists[name].Entries, bad)
	}
	for _, w := range c.Waivers {
		if w.Expires != "" && !isDate(w.Expires) {
			bad("waivers: expires: %q is no date: write 2027-01-31", w.Expires)
		}
	}
}

// A CaseResult is how a case came out.
type CaseResult struct {
	Name     string
	Line     int
	Problems []string // what differs from what was expected
}

// RunTests runs the pack's table.
func (p *Pack) RunTests() []CaseResult {
	var out []CaseResult
	for i := range p.Tests {
		c := &p.Tests[i]
		res := CaseResult{Name: c.Name, Line: c.Line}
		if got, err := p.runCase(c); err != nil {
			res.Problems = []string{err.Error()}
		} else {
			res.Problems = c.Expect.compare(got)
		}
		out = append(out, res)
	}
	return out
}

func (p *Pack) runCase(c *Case) (*Result, error) {
	at, err := time.Parse(time.DateOnly, c.At)
	if err != nil {
		return nil, err
	}
	reg, seats, err := c.registry()
	if err != nil {
		return nil, err
	}
	b := caseBuilder{trust: sbom.Trust{AsWritten: true, Claims: map[string]bool{}}, identities: map[string]string{}}
	doc, err := b.document(c)
	if err != nil {
		return nil, err
	}
	ev := &evaluation{
		Input: Input{
			Document: doc, Trust: b.trust, Signed: Signature{Checked: !c.Unjudged, By: c.Signed}, Registry: reg,
			Packs: c.packs(p), Waivers: &Waivers{Waivers: c.Waivers}, AsOf: at,
		},
		closed: c.Registry == "", identities: b.identities, seats: seats,
	}
	ev.Award, _ = time.Parse(time.DateOnly, c.Dates.Award) // zero where it is not told
	ev.Delivery, _ = time.Parse(time.DateOnly, c.Dates.Delivery)
	return ev.run()
}

// packs gives the pack and those that it includes, with the case's rules and
// lists.
func (c *Case) packs(p *Pack) []*Pack {
	var out []*Pack
	for _, whole := range p.whole() {
		q := *whole
		q.Rules, q.Included, q.Lists = nil, nil, map[string]List{}
		for _, r := range whole.Rules {
			if len(c.Rules) == 0 || slices.Contains(c.Rules, r.ID) {
				q.Rules = append(q.Rules, r)
			}
		}
		for name := range whole.Lists {
			l := c.Lists[name]
			q.Lists[name] = List{Entries: l.Entries, AsOf: cmp.Or(l.AsOf, c.At), Complete: l.Complete == nil || *l.Complete, MaxAge: l.MaxAge}
		}
		out = append(out, &q)
	}
	return out
}

// registry builds the case's own, and the seats with their dates. Parties that
// only an edge names exist too.
func (c *Case) registry() (*registry.Registry, map[string]caseSeats, error) {
	if c.Registry == "embedded" {
		reg, err := registry.Embedded()
		return reg, nil, err
	}
	ids, seats := map[string]string{}, map[string]caseSeats{}
	var orgs []registry.Organisation
	add := func(o registry.Organisation) string {
		if id, ok := ids[o.LegalName]; ok {
			return id
		}
		o.ID = "case-" + strconv.Itoa(len(orgs)+1)
		ids[o.LegalName] = o.ID
		for _, a := range o.Aliases {
			ids[a] = o.ID
		}
		orgs = append(orgs, o)
		return o.ID
	}
	for _, o := range c.Organisations {
		id := add(registry.Organisation{
			LegalName: o.Name, Aliases: o.Aliases, Registered: o.Registered.on(c.At), Headquarters: o.Headquarters.on(c.At),
			LEI: o.LEI, Reviewed: o.Reviewed == nil || *o.Reviewed,
		})
		seats[id] = caseSeats{o.Registered, o.Headquarters}
	}
	var edges []registry.Edge
	for _, e := range c.Ownership {
		edges = append(edges, registry.Edge{
			Owner: add(registry.Organisation{LegalName: e.Owner, Reviewed: true}), Owned: add(registry.Organisation{LegalName: e.Owned, Reviewed: true}),
			Share: e.Percent, Kind: cmp.Or(e.Kind, registry.Equity), From: registry.Date(e.From), To: registry.Date(e.To),
			Seen: "0001", Reviewed: e.Reviewed == nil || *e.Reviewed,
		})
	}
	reg, err := registry.New(orgs, edges)
	return reg, seats, err
}

// compare lists what differs.
func (e Expectation) compare(got *Result) []string {
	rules, comps := map[string]Verdict{}, map[string]Verdict{}
	var words strings.Builder
	for _, f := range got.Findings {
		rules[f.Rule] = Worst(cmp.Or(rules[f.Rule], NotApplicable), f.Verdict)
		comps[f.Component.Ref] = Worst(cmp.Or(comps[f.Component.Ref], NotApplicable), f.Verdict)
		fmt.Fprintln(&words, f.Component.Ref, f.Why, f.Fix, f.Waiver, f.Changes)
	}
	for _, n := range append(slices.Clip(got.Waivers), got.ByRef...) {
		fmt.Fprintln(&words, n.Waiver, n.Why)
	}
	var out []string
	differ := func(what string, want, got Verdict) {
		if want != "" && want != got {
			out = append(out, fmt.Sprintf("%s is %s, expected %s", what, cmp.Or(got, "not judged"), want))
		}
	}
	for _, id := range sortedKeys(e.Rules) {
		differ(id, e.Rules[id], rules[id])
	}
	for _, ref := range sortedKeys(e.Components) {
		differ(ref, e.Components[ref], comps[ref])
	}
	differ("the document", e.BOM, got.Verdict)
	said := words.String()
	for _, any := range e.Mention {
		if !slices.ContainsFunc(any, func(w string) bool { return strings.Contains(said, w) }) {
			out = append(out, fmt.Sprintf("no finding mentions %s", strings.Join(any, " or ")))
		}
	}
	if len(out) > 0 {
		out = append(out, "the findings say: "+strings.TrimSpace(said))
	}
	return out
}
