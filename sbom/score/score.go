// Package score counts the minimum elements that a BOM should hold by NTIA,
// CISA, BSI and CERT-In.
//
// # The words
//
// A [Standard] is a list of elements: of the document, of the device, of each
// physical part, of each piece of software. Each of them is, for each thing it
// is asked of, one of four [Outcome]s: present; declared unknown (the document
// says that it does not know, or will not tell); absent (a silence); not
// applicable (a physical part has no licence, a chip has no hash). A [Card]
// counts them.
//
// A declared unknown is not a gap in the document: it is an answer. Silence is.
//
// # What it reads
//
// The score is of the document's JSON as it was written, whoever wrote it, and
// not of this program's own model, which keeps less. It counts what is said and
// not whether it is true. It says nothing about conformity: practices such as
// frequency and distribution cannot be seen in a file and are not scored, and
// where a standard was read only in a transcription, [Standard.Basis] says so.
package score

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/originbom/originbom/sbom/strictjson"
)

// Outcome says how an element stands.
type Outcome string

// The outcomes.
const (
	Present         Outcome = "present"
	DeclaredUnknown Outcome = "declared unknown"
	Absent          Outcome = "absent"
	NotApplicable   Outcome = "not applicable"
)

// Facts is what is known of a document beyond its bytes.
type Facts struct {
	// Signed is set when a trusted signature verified. Detached signatures
	// count where the standard lets them.
	Signed bool
	// SignatureJudged is false when nobody was chosen to trust: then the
	// signature is not scored.
	SignatureJudged bool
}

// A Standard is a list of minimum elements.
type Standard struct {
	Name  string // as flags and rules write it
	Title string
	Basis string // which text the list was taken from, and how sure that is

	elements []element
}

// An element is one thing that a standard asks for.
type element struct {
	name  string
	scope scope
	judge func(*bom, *component) Outcome
}

// A scope is what an element is asked of.
type scope string

const (
	ofDocument scope = "document"
	ofDevice   scope = "device"
	ofPart     scope = "part"      // physical parts
	ofSoftware scope = "software"  // everything else
	ofAny      scope = "component" // both
)

// A Count is how often an element is present, and where it is absent.
type Count struct {
	Element  string
	Scope    string
	Present  int
	Declared int // unknown
	Absent   int
	NA       int
	Missing  []string // refs of where it is absent, the first of them
}

// maxMissing bounds the refs that a count lists; the numbers are of all.
const maxMissing = 20

// A Card is how a document stands by one standard.
type Card struct {
	Standard string
	Title    string
	Basis    string
	Counts   []Count
}

// Names gives the names of the standards, sorted.
func Names() []string {
	var out []string
	for _, s := range Standards() {
		out = append(out, s.Name)
	}
	slices.Sort(out)
	return out
}

// Find gives the standard of that name.
func Find(name string) (Standard, bool) {
	for _, s := range Standards() {
		if s.Name == name {
			return s, true
		}
	}
	return Standard{}, false
}

// Score counts the standard's elements in a CycloneDX JSON document. An error
// means that data is none.
func (s Standard) Score(data []byte, f Facts) (Card, error) {
	b, err := read(data, f)
	if err != nil {
		return Card{}, err
	}
	card := Card{Standard: s.Name, Title: s.Title, Basis: s.Basis}
	for _, e := range s.elements {
		n := Count{Element: e.name, Scope: string(e.scope)}
		switch e.scope {
		case ofDocument:
			n.count(e.judge(b, nil), "")
		case ofDevice:
			n.count(e.judge(b, &b.Metadata.Component), b.Metadata.Component.Ref)
		default:
			for _, c := range b.all {
				if e.scope == ofAny || (e.scope == ofPart) == c.hardware() {
					n.count(e.judge(b, c), c.Ref)
				}
			}
		}
		card.Counts = append(card.Counts, n)
	}
	return card, nil
}

func (n *Count) count(o Outcome, ref string) {
	switch o {
	case Present:
		n.Present++
	case DeclaredUnknown:
		n.Declared++
	case NotApplicable:
		n.NA++
	default:
		n.Absent++
		if len(n.Missing) < maxMissing && ref != "" {
			n.Missing = append(n.Missing, ref)
		}
	}
}

// Percent is how much of what applies is present or declared unknown; each
// element counts the same, whatever number of components it is asked of. It is
// 0 where nothing applies.
func (c Card) Percent() float64 {
	sum, n := 0.0, 0
	for _, e := range c.Counts {
		if total := e.Present + e.Declared + e.Absent; total > 0 {
			sum += float64(e.Present+e.Declared) / float64(total)
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return 100 * sum / float64(n)
}

// Missing names the elements that are absent somewhere.
func (c Card) Missing() []string {
	var out []string
	for _, e := range c.Counts {
		if e.Absent > 0 {
			out = append(out, e.Element)
		}
	}
	return out
}

// maxComponents bounds a document's components: the largest real BOM that we
// know has some hundred thousand files.
const maxComponents = 1_000_000

func read(data []byte, f Facts) (*bom, error) {
	if err := strictjson.Check(data, nil); err != nil {
		return nil, err
	}
	b := new(bom)
	if err := json.Unmarshal(data, b); err != nil {
		return nil, fmt.Errorf("not a CycloneDX JSON document: %w", err)
	}
	if b.BOMFormat != "CycloneDX" {
		return nil, fmt.Errorf("not a CycloneDX JSON document: bomFormat is %q", b.BOMFormat)
	}
	b.facts = f
	b.collect(b.Components)
	if len(b.all) > maxComponents {
		return nil, fmt.Errorf("more than %d components", maxComponents)
	}
	b.depends = map[string]bool{}
	for _, d := range b.Dependencies {
		b.depends[d.Ref] = b.depends[d.Ref] || len(d.DependsOn) > 0
	}
	b.composed = map[string]string{}
	for _, c := range b.Compositions {
		for _, ref := range slices.Concat(c.Assemblies, c.Dependencies) {
			b.composed[ref] = c.Aggregate
		}
	}
	return b, nil
}

func (b *bom) collect(cs []component) {
	for i := range cs {
		b.all = append(b.all, &cs[i])
		b.collect(cs[i].Components)
	}
}
