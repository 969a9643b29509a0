// Package policy judges a document against rule packs.
//
// # The words
//
// A [Pack] holds [Rule]s that an officer can read, the country sets and entity
// lists they use, and a table of cases that tests them. A rule applies to some
// components (or to the device, or to the document), and either requires
// something or denies something. It is judged over facts, never over the
// document's JSON, and over three values: what is not known is neither a pass
// nor a fail but what the rule says it is (on-unknown), and so are values that
// are carried too weakly (on-weak) and values that contradict each other
// (on-conflict).
//
// [Evaluate] gives a [Result]: one [Finding] for each rule and component it
// applies to, each with the evidence it rests on, and the worst of their
// verdicts. A [Waiver] turns a failing finding into a waived one, for one
// component, until a date.
//
// The judge believes nobody. Grades are computed under the reader's own trust;
// ownership and lists come from the reader's registry and packs. What a
// document says of its own grades is never read.
//
// This package does not read files, verify signatures or look up the time.
package policy

import (
	"slices"
	"time"

	"github.com/originbom/originbom/provenance/registry"
	"github.com/originbom/originbom/sbom"
)

// Verdict is the answer of a rule.
type Verdict string

// The verdicts, worst first.
const (
	Fail          Verdict = "fail"
	Undecided     Verdict = "unknown"
	Warn          Verdict = "warn"
	Waived        Verdict = "waived"
	Pass          Verdict = "pass"
	NotApplicable Verdict = "not-applicable"
)

var verdictOrder = []Verdict{Fail, Undecided, Warn, Waived, Pass, NotApplicable}

// Worst is the worst of the verdicts, NotApplicable if there is none.
func Worst(vs ...Verdict) Verdict {
	worst := NotApplicable
	for _, v := range vs {
		if slices.Index(verdictOrder, v) < slices.Index(verdictOrder, worst) {
			worst = v
		}
	}
	return worst
}

// Signature says what is known about the document's own signature.
type Signature struct {
	// Checked is false where nobody chose whom to trust: then nothing is known.
	Checked bool
	// By are the names of the trusted signers, none if the document is unsigned.
	By []string
}

// Input is everything a verdict rests on.
type Input struct {
	Document *sbom.Document
	Raw      []byte         // the document's bytes, for minimum elements; encoded anew if nil
	Lines    map[string]int // line of each ref in the document's file, may be nil
	Trust    sbom.Trust     // under which evidence is graded
	Signed   Signature
	Registry *registry.Registry
	Packs    []*Pack  // and those that they include
	Waivers  *Waivers // may be nil
	AsOf     time.Time
	// Award and Delivery are dates that rules may be read at; zero if not told.
	Award, Delivery time.Time
}

// A Result is the verdict on a document with all findings.
type Result struct {
	Verdict  Verdict
	AsOf     string // the judging date
	Findings []Finding
	Waivers  []WaiverNote // waivers that did not apply, and why
	ByRef    []WaiverNote // waivers that applied by a ref alone, and what to write instead
	Coverage sbom.Coverage
}

// A Finding is the verdict of one rule on one component.
type Finding struct {
	Pack, Rule, Title string
	Clause            *Clause
	Verdict           Verdict
	Component         Subject
	Fact              string        // the fact judged, "" if none
	State             sbom.State    // what is known of it
	Evidence          []GradedValue // what the verdict rests on
	Why               string        // in words
	Fix               string        // what to do about it
	Waiver            string        // id or ticket of the waiver that was applied
	Idle              bool          // the rule judged no part: the document lists none that it is about
	Changes           []RuleChange  // how including packs changed the rule
	Fingerprint       string        // stable over runs and unrelated changes
}

// A Subject is what a finding is about.
type Subject struct {
	Ref      string
	Name     string
	Category sbom.Category
	Path     []string // refs of the assemblies it stands in, outermost first
	Identity string   // see sbom.Component.Identity
	Line     int      // in the document's file, 0 if not known
}

// A GradedValue is a value with the grade it has under the reader's trust.
type GradedValue struct {
	Value sbom.Value
	Grade sbom.Grade
}

// Evaluate judges the document by every rule of every pack.
func Evaluate(in Input) (*Result, error) {
	return (&evaluation{Input: in}).run()
}

func (ev *evaluation) run() (*Result, error) {
	var err error
	if ev.Packs, err = Flatten(ev.Packs); err != nil {
		return nil, err
	}
	in := ev.Input
	ev.date = in.AsOf.Format(time.DateOnly)
	ev.collect()
	ev.room()
	ranks := ruleRanks(in.Packs)
	for _, pack := range in.Packs {
		for i := range pack.Rules {
			ev.rank = ranks[ruleKey{pack.ID, pack.Rules[i].ID}]
			if err := ev.rule(pack, &pack.Rules[i]); err != nil {
				return nil, err
			}
		}
	}
	res := &Result{AsOf: ev.date, Findings: ev.findings, Coverage: in.Document.Coverage()}
	res.Waivers, res.ByRef = ev.waive(res.Findings)
	ev.order(res.Findings)
	res.Verdict = Undecided
	if len(res.Findings) > 0 {
		res.Verdict = res.Findings[0].Verdict // the worst
	}
	return res, nil
}

// maxRoom bounds the findings that room is made for beforehand, some 200 MB.
const maxRoom = 1 << 19

// room makes room for the findings: about one for each rule and subject.
func (ev *evaluation) room() {
	rules := 0
	for _, p := range ev.Packs {
		rules += len(p.Rules)
	}
	n := min(rules*(len(ev.subjects)+1), maxRoom)
	ev.findings, ev.places = make([]Finding, 0, n), make([]place, 0, n)
}
