package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/country"
)

// This file judges what rests on facts: countries of stages, known values,
// identified parts, a signed document.

// admissible finds the first of the facts that has values at the rule's grade:
// its values, or the outcome where there are none or they contradict.
func (ev *evaluation) admissible(r *Rule, s *subject, names []string) (*view, *outcome) {
	var weak, withheld, unread []string
	for _, name := range names {
		v := ev.view(s, name, r.grade)
		f := &v.fact
		switch v.state {
		case sbom.StateKnown:
			return v, nil
		case sbom.StateConflict:
			if best := ev.contradicted(s, v); best != nil {
				return best, nil
			}
			o := say(r.OnConflict, "%s is contradicted: %s", name, ev.say(v))
			o.fact, o.state, o.values = name, sbom.StateConflict, v.graded
			o.fix = cmp.Or(r.Fix, stepConflict)
			return v, &o
		case sbom.StateWithheld:
			withheld = append(withheld, name)
		default:
			if f.Weak(ev.Trust, r.grade) {
				weak = append(weak, name)
			}
			for _, e := range f.Unread {
				unread = append(unread, e.Sentence())
			}
		}
	}
	if len(weak) > 0 {
		v := ev.view(s, weak[0], r.grade)
		f := v.fact
		o := say(r.OnWeak, "%s is %s, only %s where the rule asks for %s", f.Name, ev.sayValues(f, sbom.Ungraded), f.Grade(ev.Trust), r.grade)
		o.fact, o.state, o.values = f.Name, sbom.StateKnown, ev.grade(f.Values)
		return v, &o
	}
	o := outcome{verdict: r.OnUnknown, why: names[0] + " is not known"}
	if len(names) > 1 {
		o.why = strings.Join(names, ", ") + ": not known, at any of these stages"
	}
	o.fact, o.state = names[0], sbom.StateUnknown
	switch {
	case len(withheld) > 0:
		o.why, o.state = strings.Join(withheld, " and ")+" is withheld", sbom.StateWithheld
	case len(unread) > 0:
		o.why += ": it could not be understood: " + strings.Join(unread, "; ")
	}
	o.fix = cmp.Or(r.Fix, askFor(names))
	return nil, &o
}

// askFor says what to do about a fact that nobody told.
func askFor(names []string) string {
	if names[0] == sbom.Manufacturer {
		return "Find out who makes it, and add an input that names the maker, such as a part list with a column Manufacturer."
	}
	return "Ask the supplier for its " + strings.Join(names, " or ") + " country (originbom claim questions), or add an input that tells it."
}

// sayValues lists values with who says them, those of grade least and better.
func (ev *evaluation) sayValues(f sbom.Fact, least sbom.Grade) string {
	var out []string
	for _, v := range f.Carried(ev.Trust, least) {
		var by []string
		for _, e := range v.Evidence {
			who := cmp.Or(e.By, e.Source.Name, "somebody")
			if !slices.Contains(by, who) {
				by = append(by, who)
			}
		}
		out = append(out, fmt.Sprintf("%s%s (%s, says %s)", v.Is, shareWords(v.Share), v.Grade(ev.Trust), strings.Join(by, " and ")))
	}
	return strings.Join(out, ", ")
}

func shareWords(s sbom.Interval) string {
	switch {
	case s.Whole():
		return ""
	case s.Min == s.Max:
		return fmt.Sprintf(" %g %%", s.Min)
	}
	return fmt.Sprintf(" %g-%g %%", s.Min, s.Max)
}

// requireKnown passes where any of the facts is known at the rule's grade.
func (ev *evaluation) requireKnown(r *Rule, s *subject, names []string) outcome {
	v, o := ev.admissible(r, s, names)
	if o != nil {
		return *o
	}
	return ev.with(v, Pass, v.fact.Name+" is "+ev.say(v))
}

// with is an outcome that rests on a fact.
func (ev *evaluation) with(v *view, verdict Verdict, why string) outcome {
	if len(v.fact.Values) > len(v.carried) {
		below := "; below the rule's grade it is also said: "
		if ev.strict {
			below = "; carried less well, it is also said, which cannot undo a fail: "
		}
		why += below + ev.sayBelow(v.fact, v.least)
	}
	return outcome{verdict: verdict, fact: v.fact.Name, state: sbom.StateKnown, values: v.graded, why: why}
}

func (ev *evaluation) sayBelow(f sbom.Fact, least sbom.Grade) string {
	var below sbom.Fact
	for _, v := range f.Values {
		if v.Grade(ev.Trust) < least {
			below.Values = append(below.Values, v)
		}
	}
	return ev.sayValues(below, sbom.Ungraded)
}

// requireSigner passes where a value of the first stage that has one is signed
// by one of the rule's signers, under the reader's trust.
func (ev *evaluation) requireSigner(r *Rule, s *subject) outcome {
	v, o := ev.admissible(r, s, r.Require.Stage)
	if o != nil {
		return *o
	}
	for _, one := range v.fact.Carried(ev.Trust, sbom.Signed) {
		for _, e := range one.Evidence {
			if e.Grade(ev.Trust) == sbom.Signed && slices.Contains(r.Require.Signer, e.By) {
				return ev.with(v, Pass, v.fact.Name+" is "+one.Is+", signed by "+e.By)
			}
		}
	}
	return ev.with(v, r.OnWeak, v.fact.Name+" is "+ev.say(v)+", where the rule asks for the signature of "+strings.Join(r.Require.Signer, " or "))
}

// set gives the countries of a requirement, resolved once.
func (ev *evaluation) set(pack *Pack, r *Rule, in OneOrAll) countrySet {
	q := cmp.Or(r.Require, r.Deny)
	set, ok := ev.sets[q]
	if !ok {
		set = newCountrySet(pack.countries(in), in)
		ev.sets[q] = set
	}
	return set
}

// countries judges the first of the facts that has a value against a set of
// countries: all of the part must be in it, or none of it may be.
func (ev *evaluation) countries(pack *Pack, r *Rule, s *subject, facts []string, in OneOrAll) outcome {
	v, o := ev.admissible(r, s, facts)
	switch {
	case o != nil:
		return *o
	case r.Deny != nil:
		return ev.denyAt(r, v, ev.set(pack, r, in))
	}
	return ev.requireAt(r, v, ev.set(pack, r, in))
}

// A countrySet is a set of codes.
type countrySet struct {
	codes  map[string]bool
	partly map[string]bool // countries of which it has a subdivision
	words  string
}

func newCountrySet(codes map[string]bool, in OneOrAll) countrySet {
	set := countrySet{codes: codes, partly: map[string]bool{}, words: setWords(in)}
	for member := range codes {
		if of := country.Of(member); strings.HasPrefix(member, of+"-") {
			set.partly[of] = true
		}
	}
	return set
}

// has says whether a code belongs to the set: 1 yes, -1 no, 0 cannot tell (the
// set has a subdivision of which only the country is known).
func (c countrySet) has(code string) int {
	of := country.Of(code)
	switch {
	case c.codes[code] || c.codes[of]:
		return 1
	case of == code && c.partly[code]:
		return 0
	}
	return -1
}

// measure adds up how much of the part is in a set: at least in, at most
// in+maybe, with rest not told by anyone.
type measure struct {
	in, out, rest float64
	maybe         bool
}

// measured measures values.
func measured(carried []sbom.Value, set countrySet) measure {
	var m measure
	told := 0.0
	for _, v := range finest(carried) {
		lo, hi := v.Share.Min, v.Share.Max
		if v.Share.Whole() {
			lo, hi = 100, 100
		}
		told += lo
		switch set.has(v.Is) {
		case 1:
			m.in += lo
			m.maybe = m.maybe || lo == 0 && hi > 0
		case 0:
			m.maybe = true
		default:
			m.out += lo
			if lo == 0 && hi > 0 {
				m.rest = max(m.rest, hi)
			}
		}
	}
	m.rest = max(m.rest, 100-told)
	if m.rest < 1e-6 {
		m.rest = 0
	}
	return m
}

// finest leaves out a value that another one states more finely: KR beside
// KR-11.
func finest(vs []sbom.Value) []sbom.Value {
	if len(vs) < 2 {
		return vs
	}
	var out []sbom.Value
	for _, v := range vs {
		if slices.ContainsFunc(vs, func(w sbom.Value) bool { return strings.HasPrefix(w.Is, v.Is+"-") && w.Share == v.Share }) {
			continue
		}
		// The same code again narrows its share, whoever says it: what one input
		// leaves open must not hide what another tells.
		if i := slices.IndexFunc(out, func(w sbom.Value) bool { return w.Is == v.Is }); i >= 0 {
			out[i].Share = overlap(out[i].Share, v.Share)
			continue
		}
		out = append(out, v)
	}
	return out
}

// overlap is what two shares of one value have in common; they do not conflict.
func overlap(a, b sbom.Interval) sbom.Interval {
	if a.Whole() || b.Whole() {
		return sbom.Interval{}
	}
	return sbom.Interval{Min: max(a.Min, b.Min), Max: min(a.Max, b.Max)}
}

// requireAt passes where the whole part is in the set.
func (ev *evaluation) requireAt(r *Rule, v *view, set countrySet) outcome {
	is := v.fact.Name + " is " + ev.say(v)
	switch m := v.measure(set); {
	case m.out > 0:
		return ev.with(v, Fail, is+", which is not in "+set.words)
	case m.maybe || m.rest > 0:
		return ev.with(v, r.OnUnknown, is+", which leaves open whether all of it is in "+set.words)
	}
	return ev.with(v, Pass, is)
}

func setWords(in OneOrAll) string { return strings.Join(in, ", ") }

// denyAt fails where any of the part is in the set.
func (ev *evaluation) denyAt(r *Rule, v *view, set countrySet) outcome {
	ends := ", which is not in "
	verdict := Pass
	switch m := v.measure(set); {
	case m.in > 0:
		verdict, ends = Fail, ", which is in "
	case m.maybe || m.rest > 0:
		verdict, ends = r.OnUnknown, ", which leaves open whether some of it is in "
	}
	return ev.with(v, verdict, v.fact.Name+" is "+ev.say(v)+ends+set.words)
}

// denyAnywhere judges every stage. Stages that nobody told make it unknown.
func (ev *evaluation) denyAnywhere(pack *Pack, r *Rule, s *subject) outcome {
	in := r.Deny.Countries.In
	worst := outcome{verdict: NotApplicable}
	var untold []string
	for _, stage := range s.stages() {
		o := ev.countries(pack, r, s, []string{stage}, in)
		if o.state == sbom.StateUnknown {
			untold = append(untold, stage)
		}
		told := o.verdict == worst.verdict && o.state != sbom.StateUnknown && worst.state == sbom.StateUnknown
		if Worst(worst.verdict, o.verdict) != worst.verdict || worst.fact == "" || told {
			worst = o
		}
	}
	if len(untold) > 1 && worst.state == sbom.StateUnknown {
		worst.why = "not known: " + strings.Join(untold, ", ")
		worst.fix = cmp.Or(r.Fix, "ask the supplier for the country of "+strings.Join(untold, ", "))
	}
	return worst
}

// Stages that make a physical part, and those that make software.
var (
	partStages     = []string{"designed", "wafer-fabricated", "packaged", "tested", "manufactured", "assembled", "customs"}
	softwareStages = []string{"developed", "built", "signed", "operated", "maintained"}
)

// stages are the stages that make a thing, and any other that is told of it.
func (s *subject) stages() []string {
	out := slices.Clone(partStages)
	switch {
	case s.kind == "":
		out = append(out, "final-assembled")
	case s.kind != sbom.Hardware:
		out = slices.Clone(softwareStages)
	}
	for _, st := range sbom.Stages {
		if f := s.fact(st); len(f.Values) > 0 && !slices.Contains(out, st) {
			out = append(out, st)
		}
	}
	return out
}

// identified judges whether a part of the category is named.
func (ev *evaluation) identified(r *Rule, cat sbom.Category) (*subject, outcome) {
	var seen []*subject
	for _, s := range ev.subjects {
		if s.kind != sbom.Hardware || s.Category != cat || s.candidate {
			continue
		}
		if !s.unknown {
			return s, say(Pass, "the %s is identified: %s", cat, s.Name)
		}
		seen = append(seen, s)
	}
	fix := cmp.Or(r.Fix, fmt.Sprintf("add an input that names the %s, such as a part list", cat))
	if len(seen) > 0 {
		o := say(r.OnUnknown, "the phone has a %s, but no input names it", cat)
		o.fix, o.state = fix, sbom.StateUnknown
		return seen[0], o
	}
	o := say(r.OnUnknown, "no %s can be seen in the inputs", cat)
	o.fix, o.state = fix, sbom.StateUnknown
	s := ev.device
	s.Category = cat
	return &s, o
}

// signedBOM judges the document's own signature.
func (ev *evaluation) signedBOM(r *Rule) outcome {
	want, by := r.Require.SignedBOM.By, strings.Join(ev.Signed.By, " and ")
	switch {
	case !ev.Signed.Checked:
		o := say(r.OnUnknown, "nobody was chosen to trust, so the signature was not judged")
		o.fix = "Choose whom to trust: --trust FILE or --key PUB."
		return o
	case len(ev.Signed.By) == 0:
		o := say(Fail, "the document is unsigned")
		o.fix = cmp.Or(r.Fix, "ask its maker to sign it (originbom sign)")
		return o
	case len(want) > 0 && !slices.ContainsFunc(ev.Signed.By, func(by string) bool { return slices.Contains(want, by) }):
		return say(Fail, "the document is signed by %s, where the rule asks for %s", by, strings.Join(want, " or "))
	}
	return say(Pass, "the document is signed by %s", by)
}
