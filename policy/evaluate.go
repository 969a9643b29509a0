package policy

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/originbom/originbom/sbom"
)

// An evaluation is one run over one document.
type evaluation struct {
	Input
	date     string // AsOf
	subjects []*subject
	device   subject
	findings []Finding
	// closed says that the registry holds everyone there is, as in a table case.
	closed bool
	// identities overrides identities by ref, in a table case.
	identities map[string]string
	// seats overrides the registry's seats by organisation id, in a table case.
	seats map[string]caseSeats

	rank       int32                       // of the rule being judged, in the order of packs and ids
	places     []place                     // of each finding, in the result
	sets       map[*Requirement]countrySet // resolved once a rule
	screenings map[screeningKey]*screening // built once a rule and date
	buf        []byte                      // for fingerprints

	mixed  bool // a fact was contradicted by values that are carried less well
	strict bool // of a contradicted fact, only the best-carried values count
}

// A subject is something a rule can be judged on.
type subject struct {
	Subject
	kind      sbom.Kind // "" for the device
	version   string
	candidate bool
	unknown   bool // known to exist, not identified
	radio     *bool
	assembly  string // declared completeness, "" if it has no parts
	made      string // date of manufacture, "" if not told
	supplier  string
	parts     bool // it has fitted physical parts of its own
	quantity  float64
	price     *sbom.Price
	fact      func(name string) sbom.Fact
	property  func(name string) []string

	rank  int32   // of its ref among all
	views []*view // facts that rules have asked for
	casts []*cast // roles that rules have asked for
}

// Property names that rules look at.
const (
	propRadio   = "originbom:radio-capable"  // of a part whose category does not tell: true, false
	propMade    = "cdx:device:prodTimestamp" // registered: when a thing was made
	propWeight  = "originbom:weight-g"       // of one piece, in grams
	propUse     = "originbom:device:use"     // what a device is bought for, such as office
	propFeature = "originbom:device:feature" // such as hotspot
	propSupport = "cdx:lifecycle:milestone:endOfSupport"
)

// collect lists the device and every component with its place.
func (ev *evaluation) collect() {
	d := ev.Document
	dev := &d.Device
	ev.sets, ev.screenings = map[*Requirement]countrySet{}, map[screeningKey]*screening{}
	ev.device = subject{
		Subject:  Subject{Ref: dev.Ref, Name: cmp.Or(dev.Name, dev.Model), Line: ev.Lines[dev.Ref]},
		assembly: dev.Assembly, fact: dev.Fact, property: propertyOf(dev.Properties), parts: true,
	}
	ev.device.made = firstOf(ev.device.property(propMade))
	candidates := map[string]bool{} // what stands in a candidate is one too
	d.Walk(func(c *sbom.Component, up []string) {
		candidates[c.Ref] = c.Candidate || slices.ContainsFunc(up, func(ref string) bool { return candidates[ref] })
		s := &subject{
			Subject: Subject{Ref: c.Ref, Name: c.Name, Category: c.Category, Path: slices.Clone(up), Identity: c.Identity(), Line: ev.Lines[c.Ref]},
			kind:    c.Kind, candidate: candidates[c.Ref], unknown: c.Unidentified, assembly: c.Assembly, fact: c.Fact, version: c.Version,
			supplier: c.Supplier, price: c.Price, quantity: pieces(c), property: propertyOf(c.Properties),
		}
		s.parts = slices.ContainsFunc(c.Components, func(p sbom.Component) bool { return p.Kind == sbom.Hardware && !p.Candidate })
		s.made = firstOf(s.property(propMade))
		if id, ok := ev.identities[c.Ref]; ok {
			s.Identity = id
		}
		for _, v := range s.property(propRadio) {
			yes := v == "true" || s.radio != nil && *s.radio // one that says yes is enough
			s.radio = &yes
		}
		ev.subjects = append(ev.subjects, s)
	})
	byRef := append([]*subject{&ev.device}, ev.subjects...)
	slices.SortStableFunc(byRef, func(a, b *subject) int { return strings.Compare(a.Ref, b.Ref) })
	for i, s := range byRef {
		s.rank = int32(i)
		if i > 0 && byRef[i-1].Ref == s.Ref {
			s.rank = byRef[i-1].rank
		}
	}
}

// pieces is how many of a component are fitted; 0 if nobody told.
func pieces(c *sbom.Component) float64 {
	if c.Quantity == 0 {
		return float64(len(c.Designators))
	}
	return c.Quantity
}

func propertyOf(ps []sbom.Property) func(string) []string {
	return func(name string) []string {
		var out []string
		for _, p := range ps {
			if p.Name == name {
				out = append(out, p.Value)
			}
		}
		return out
	}
}

func firstOf(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[0]
}

// An outcome is the answer of one rule about one subject, before status and
// waivers.
type outcome struct {
	verdict Verdict
	fact    string
	state   sbom.State
	values  []GradedValue
	why     string
	fix     string
	idle    bool // no part was judged
}

func say(v Verdict, format string, args ...any) outcome {
	return outcome{verdict: v, why: fmt.Sprintf(format, args...)}
}

// rule judges one rule on everything it applies to.
func (ev *evaluation) rule(pack *Pack, r *Rule) error {
	if why := r.outOfForce(ev.date); why != "" {
		ev.add(pack, r, &ev.device, say(NotApplicable, "%s", why))
		return nil
	}
	if why := r.Exempt.device(ev); why != "" {
		ev.add(pack, r, &ev.device, say(NotApplicable, "%s", why))
		return nil
	}
	if ev.whole(pack, r) {
		return nil
	}
	if len(ev.subjects) == 0 {
		ev.add(pack, r, &ev.device, r.empty())
		return nil
	}
	judged := 0
	for _, s := range ev.subjects {
		if ev.one(pack, r, s) {
			judged++
		}
	}
	switch missing := ev.missing(r); {
	case judged == 0 && r.trustFact() != nil:
		ev.add(pack, r, &ev.device, ev.noTrustFact(r))
	case judged == 0:
		ev.add(pack, r, &ev.device, r.nothing())
	case missing != "":
		ev.add(pack, r, &ev.device, r.absent(missing))
	}
	if r.Deny != nil && len(r.Applies.Category) == 0 {
		if o := ev.incomplete(r, &ev.device, say(Pass, "")); o.verdict != Pass {
			ev.add(pack, r, &ev.device, o)
		}
	}
	return nil
}

// whole judges the rules about the document or the device as a whole, and
// reports whether this is one.
func (ev *evaluation) whole(pack *Pack, r *Rule) bool {
	q := r.Require
	switch {
	case q != nil && q.SignedBOM != nil:
		ev.add(pack, r, &ev.device, ev.signedBOM(r))
	case q != nil && len(q.Identified) > 0:
		for _, cat := range q.Identified {
			s, o := ev.identified(r, sbom.Category(cat))
			ev.add(pack, r, s, o)
		}
	case q != nil && q.Share != nil:
		o := ev.unweakened(func() outcome { return ev.share(pack, r) })
		ev.add(pack, r, &ev.device, o)
		if missing := ev.missing(r); missing != "" && !o.idle {
			ev.add(pack, r, &ev.device, r.absent(missing))
		}
	case q != nil && q.Completeness != nil:
		ev.add(pack, r, &ev.device, ev.completeness(r))
	case q != nil && q.Score != nil:
		ev.add(pack, r, &ev.device, ev.score(r))
	case r.Applies.Kind == "device":
		if cats := r.Applies.Category; len(cats) > 0 && !slices.Contains(cats, ev.Document.Device.Category) {
			ev.addUnlessTold(pack, r)
			return true
		}
		ev.add(pack, r, &ev.device, ev.judge(pack, r, &ev.device))
	default:
		return false
	}
	return true
}

// addUnlessTold answers a rule on devices of another category.
func (ev *evaluation) addUnlessTold(pack *Pack, r *Rule) {
	if cat := ev.Document.Device.Category; cat != "" {
		ev.add(pack, r, &ev.device, say(NotApplicable, "the device is a %s, and the rule applies to %s", cat, r.Applies.words()))
		return
	}
	ev.add(pack, r, &ev.device, say(r.OnUnknown, "it is not told what the device is, so it is not known whether the rule applies (%s)", r.Applies.words()))
}

// one judges a rule on one component, and reports whether it applies to it.
func (ev *evaluation) one(pack *Pack, r *Rule, s *subject) bool {
	applies, undecided := r.applies(s)
	switch {
	case undecided != "":
		o := say(r.OnUnknown, "%s", undecided)
		o.fix = stepCategory
		ev.add(pack, r, s, o)
	case !applies:
		return false
	case r.Exempt != nil && r.Exempt.Device == nil && slices.Contains(r.Exempt.Category, string(s.Category)):
		ev.add(pack, r, s, say(NotApplicable, "exempt: %s", r.Exempt.Why))
	default:
		o := ev.judge(pack, r, s)
		if s.candidate && r.Deny != nil && o.verdict == Fail {
			o.verdict = Undecided
			o.why += "; it is a candidate, and it is not known whether it is fitted"
		}
		ev.add(pack, r, s, ev.incomplete(r, s, o))
	}
	return true
}

// incomplete turns a pass on an assembly that is declared incomplete into
// unknown: what is not listed cannot be denied.
func (ev *evaluation) incomplete(r *Rule, s *subject, o outcome) outcome {
	if o.verdict != Pass || r.Deny == nil || r.Incomplete == "accept" || len(r.Applies.Category) > 0 || !strings.HasPrefix(s.assembly, "incomplete") {
		return o
	}
	o.verdict = Undecided
	o.why = strings.TrimPrefix(o.why+"; its list of parts is declared incomplete, so a part that is denied may be missing from it", "; ")
	o.fix = "Complete the inputs, or write incomplete: accept in the rule."
	return o
}

// device says why an exemption takes the whole device out of a rule, "" if it
// does not. What is not told of the device does not match.
func (x *Exemption) device(ev *evaluation) string {
	if x == nil || x.Device == nil || len(x.Category) > 0 && !ev.onlyCategories(x.Category) {
		return ""
	}
	d, m := &ev.Document.Device, x.Device
	maker := d.Fact(sbom.Manufacturer).Values
	is := func(want OneOrAll, got ...string) bool {
		return len(want) == 0 || slices.ContainsFunc(got, func(g string) bool { return slices.Contains(want, g) })
	}
	features := ev.device.property(propFeature)
	all := is(m.Category, d.Category) && is(m.Use, ev.device.property(propUse)...) &&
		(m.Name == "" || m.Name == d.Name || m.Name == d.Model) &&
		(m.Maker == "" || len(maker) == 1 && maker[0].Is == m.Maker) &&
		!slices.ContainsFunc(m.Features, func(f string) bool { return !slices.Contains(features, f) })
	if !all {
		return ""
	}
	return "exempt: " + x.Why
}

// onlyCategories reports whether all physical parts are of the categories.
func (ev *evaluation) onlyCategories(cats OneOrAll) bool {
	return !slices.ContainsFunc(ev.subjects, func(s *subject) bool {
		return s.kind == sbom.Hardware && !slices.Contains(cats, string(s.Category))
	})
}

func (a Applies) words() string {
	var w []string
	if a.Kind != "" {
		w = append(w, "kind "+a.Kind)
	}
	if len(a.Category) > 0 {
		w = append(w, "category "+strings.Join(a.Category, " or "))
	}
	if a.RadioCapable != nil {
		w = append(w, fmt.Sprintf("radio-capable %t", *a.RadioCapable))
	}
	if len(a.Name) > 0 {
		w = append(w, "name "+strings.Join(a.Name, " or "))
	}
	return cmp.Or(strings.Join(w, ", "), "any component")
}

// applies reports whether the rule is about s; undecided says why that cannot
// be told.
func (r *Rule) applies(s *subject) (yes bool, undecided string) {
	if t := r.trustFact(); t != nil && !t.about(s, r.Deny != nil) {
		return false, ""
	}
	hardware := s.kind == sbom.Hardware
	switch r.Applies.Kind {
	case "hardware":
		if !hardware {
			return false, ""
		}
	case "software":
		if hardware {
			return false, ""
		}
	}
	if len(r.Applies.Name) > 0 && !slices.ContainsFunc(r.Applies.Name, func(g string) bool { return glob(g, s.Name) }) {
		return false, ""
	}
	if len(r.Applies.Category) > 0 && !slices.Contains(r.Applies.Category, string(s.Category)) {
		if hardware && s.Category == "" {
			return false, "its category is not known, so it is not known whether the rule applies to it"
		}
		return false, ""
	}
	if want := r.Applies.RadioCapable; want != nil {
		switch {
		case s.radio != nil:
			return *s.radio == *want, ""
		case hardware && s.Category == "":
			return false, "it is not known whether it is radio-capable"
		}
		return s.Category.Radio() == *want, ""
	}
	return true, ""
}

// judge answers one rule about one subject.
func (ev *evaluation) judge(pack *Pack, r *Rule, s *subject) outcome {
	return ev.unweakened(func() outcome { return ev.answer(pack, r, s) })
}

func (ev *evaluation) answer(pack *Pack, r *Rule, s *subject) outcome {
	q, deny := r.Require, r.Deny != nil
	if deny {
		q = r.Deny
	}
	switch {
	case q.Fact != "":
		return ev.requireKnown(r, s, []string{q.Fact})
	case len(q.Stage) > 0 && len(q.Signer) > 0 && q.Countries == nil:
		return ev.requireSigner(r, s)
	case len(q.Stage) > 0 && q.Countries == nil:
		return ev.requireKnown(r, s, q.Stage)
	case q.SubstantialTransformation != nil:
		return ev.countries(pack, r, s, []string{sbom.SubstantiallyTransformed}, q.SubstantialTransformation.In)
	case q.Stages == "any":
		return ev.denyAnywhere(pack, r, s)
	case len(q.Stage) > 0:
		return ev.countries(pack, r, s, q.Stage, q.Countries.In)
	case q.PartyCountries != nil:
		return ev.partyCountries(pack, r, s)
	case deny && (q.OnList != "" || len(q.Makers) > 0):
		return ev.denyListed(pack, r, s)
	case len(q.Makers) > 0:
		return ev.requireMakers(pack, r, s)
	case q.Version != nil:
		return ev.versionRange(r, s)
	case q.Supported != nil:
		return ev.supported(r, s)
	case q.Property != nil:
		return ev.propertyTest(r, s)
	case q.TrustFact != nil:
		return ev.trustFactTest(r, s)
	}
	return ev.custom(r, s)
}

// The dates that a rule may be read at.
const (
	atEvaluation  = "evaluation"
	atManufacture = "manufacture"
	atAward       = "award"
	atDelivery    = "delivery"
)

// when gives the day that a rule is read at for a subject, or says why it is
// not known.
func (ev *evaluation) when(r *Rule, s *subject) (day time.Time, missing string) {
	switch r.At {
	case atAward:
		if ev.Award.IsZero() {
			return day, "the date of award is not told (--award DATE)"
		}
		return ev.Award, ""
	case atDelivery:
		if ev.Delivery.IsZero() {
			return day, "the date of delivery is not told (--delivery DATE)"
		}
		return ev.Delivery, ""
	case atManufacture:
		if len(s.made) >= len(time.DateOnly) {
			if t, err := time.Parse(time.DateOnly, s.made[:len(time.DateOnly)]); err == nil {
				return t, ""
			}
		}
		return day, "it is not told when it was made (" + propMade + ")"
	}
	return ev.AsOf, ""
}

// open answers with on-unknown, and with the fix that the rule or the caller
// knows.
func (r *Rule) open(fix, format string, args ...any) outcome {
	o := say(r.OnUnknown, format, args...)
	o.state, o.fix = sbom.StateUnknown, cmp.Or(r.Fix, fix)
	return o
}

// outOfForce says why a rule is not judged at all on the date.
func (r *Rule) outOfForce(date string) string {
	if r.disabled != "" {
		return r.disabled
	}
	if r.Status == nil {
		return ""
	}
	switch {
	case r.Status.State == "withdrawn":
		return "the rule is withdrawn"
	case r.Status.State == "suspended" && (r.Status.From == "" || r.Status.From <= date) && (r.Status.To == "" || date <= r.Status.To):
		return "the rule is suspended" + until(r.Status.To)
	case r.Status.State == "in-force" && r.Status.To != "" && r.Status.To < date:
		return "the rule ended on " + r.Status.To
	}
	return ""
}

func until(date string) string {
	if date == "" {
		return ""
	}
	return " until " + date
}

// notYet says that a rule is no law on the date, so that it can only warn.
func (r *Rule) notYet(date string) string {
	if r.Status == nil {
		return ""
	}
	switch {
	case r.Status.State == "proposed":
		return cmp.Or(r.Status.Note, "the rule is only proposed")
	case r.Status.From != "" && date < r.Status.From && r.Status.State != "suspended":
		return "the rule is in force from " + r.Status.From
	case r.Status.State == "future" && r.Status.From == "":
		return "the rule is not in force yet"
	}
	return ""
}

// perhaps says why it is not known whether a rule is in force on the date.
func (r *Rule) perhaps(date string) string {
	if s := r.Status; s != nil && s.State == "suspended" && s.After == "unknown" && s.To != "" && s.To < date {
		return "the rule was suspended until " + s.To + ", and it is not known whether it is in force since"
	}
	return ""
}

// add makes the finding of an outcome.
func (ev *evaluation) add(pack *Pack, r *Rule, s *subject, o outcome) {
	if why := r.notYet(ev.date); why != "" && (o.verdict == Fail || o.verdict == Undecided) {
		o.verdict = Warn
		o.why = why + "; " + o.why
	} else if why := r.perhaps(ev.date); why != "" && o.verdict == Fail {
		o.verdict = Undecided
		o.why = why + "; " + o.why
	} else if o.verdict == Fail && r.OnFail != "" {
		o.verdict = r.OnFail
	}
	f := Finding{
		Pack: pack.ID, Rule: r.ID, Title: r.Title, Clause: r.Clause, Verdict: o.verdict, Component: s.Subject,
		Fact: o.fact, State: o.state, Evidence: o.values, Why: o.why, Fix: r.nextStep(o), Changes: r.Changes, Idle: o.idle,
	}
	ev.buf = ev.buf[:0]
	for i, part := range [...]string{pack.ID, r.ID, s.Ref, s.Identity} {
		if i > 0 {
			ev.buf = append(ev.buf, 0)
		}
		ev.buf = append(ev.buf, part...)
	}
	sum := sha256.Sum256(ev.buf)
	var digits [32]byte
	hex.Encode(digits[:], sum[:16])
	f.Fingerprint = string(digits[:])
	ev.places = append(ev.places, place{rule: ev.rank, ref: s.rank, at: int32(len(ev.findings))})
	ev.findings = append(ev.findings, f)
}

// grade gives values with their grades under the reader's trust.
func (ev *evaluation) grade(vs []sbom.Value) []GradedValue {
	if len(vs) == 0 {
		return nil
	}
	out := make([]GradedValue, 0, len(vs))
	for _, v := range vs {
		out = append(out, GradedValue{v, v.Grade(ev.Trust)})
	}
	return out
}
