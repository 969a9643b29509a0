package policy

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom"
)

// An evaluation is one run over one document.
type evaluation struct {
	Input
	date     string // AsOf
	subjects []subject
	device   subject
	findings []Finding
	// closed says that the registry holds everyone there is, as in a table case.
	closed bool
	// identities overrides identities by ref, in a table case.
	identities map[string]string
}

// A subject is something a rule can be judged on.
type subject struct {
	Subject
	kind      sbom.Kind // "" for the device
	candidate bool
	unknown   bool // known to exist, not identified
	radio     *bool
	assembly  string // declared completeness, "" if it has no parts
	fact      func(name string) sbom.Fact
}

// propRadio says of a part whether it transmits or receives, where its category
// does not tell.
const propRadio = "originbom:radio-capable"

// collect lists the device and every component with its place.
func (ev *evaluation) collect() {
	d := ev.Document
	dev := &d.Device
	ev.device = subject{
		Subject:  Subject{Ref: dev.Ref, Name: cmp.Or(dev.Name, dev.Model), Line: ev.Lines[dev.Ref]},
		assembly: dev.Assembly, fact: dev.Fact,
	}
	d.Walk(func(c *sbom.Component, up []string) {
		s := subject{
			Subject: Subject{Ref: c.Ref, Name: c.Name, Category: c.Category, Path: slices.Clone(up), Identity: c.Identity(), Line: ev.Lines[c.Ref]},
			kind:    c.Kind, candidate: c.Candidate, unknown: c.Unidentified, assembly: c.Assembly, fact: c.Fact,
		}
		if id, ok := ev.identities[c.Ref]; ok {
			s.Identity = id
		}
		for _, p := range c.Properties {
			if p.Name == propRadio {
				yes := p.Value == "true"
				s.radio = &yes
			}
		}
		ev.subjects = append(ev.subjects, s)
	})
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
}

func say(v Verdict, format string, args ...any) outcome {
	return outcome{verdict: v, why: fmt.Sprintf(format, args...)}
}

// rule judges one rule on everything it applies to.
func (ev *evaluation) rule(pack *Pack, r *Rule) error {
	if why := r.outOfForce(ev.date); why != "" {
		ev.add(pack, r, ev.device, say(NotApplicable, "%s", why))
		return nil
	}
	switch {
	case r.Require != nil && r.Require.SignedBOM != nil:
		ev.add(pack, r, ev.device, ev.signedBOM(r))
		return nil
	case r.Require != nil && len(r.Require.Identified) > 0:
		for _, cat := range r.Require.Identified {
			s, o := ev.identified(r, sbom.Category(cat))
			ev.add(pack, r, s, o)
		}
		return nil
	case r.Applies.Kind == "device":
		ev.add(pack, r, ev.device, ev.judge(pack, r, ev.device))
		return nil
	}
	if len(ev.subjects) == 0 {
		ev.add(pack, r, ev.device, say(Undecided, "the document lists no components"))
		return nil
	}
	judged := 0
	for _, s := range ev.subjects {
		applies, undecided := r.applies(s)
		switch {
		case undecided != "":
			ev.add(pack, r, s, say(r.OnUnknown, "%s", undecided))
		case applies:
			o := ev.judge(pack, r, s)
			if s.candidate && r.Deny != nil && o.verdict == Fail {
				o.verdict = Undecided
				o.why += "; it is a candidate, and it is not known whether it is fitted"
			}
			ev.add(pack, r, s, ev.incomplete(r, s, o))
		default:
			continue
		}
		judged++
	}
	if judged == 0 {
		ev.add(pack, r, ev.device, say(NotApplicable, "the document lists nothing that the rule applies to (%s)", r.Applies.words()))
	}
	if r.Deny != nil && len(r.Applies.Category) == 0 {
		if o := ev.incomplete(r, ev.device, say(Pass, "")); o.verdict != Pass {
			ev.add(pack, r, ev.device, o)
		}
	}
	return nil
}

// incomplete turns a pass on an assembly that is declared incomplete into
// unknown: what is not listed cannot be denied.
func (ev *evaluation) incomplete(r *Rule, s subject, o outcome) outcome {
	if o.verdict != Pass || r.Deny == nil || r.Incomplete == "accept" || len(r.Applies.Category) > 0 || !strings.HasPrefix(s.assembly, "incomplete") {
		return o
	}
	o.verdict = Undecided
	o.why = strings.TrimPrefix(o.why+"; its list of parts is declared incomplete, so a part that is denied may be missing from it", "; ")
	o.fix = "complete the inputs, or write incomplete: accept in the rule"
	return o
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
	return cmp.Or(strings.Join(w, ", "), "any component")
}

// applies reports whether the rule is about s; undecided says why that cannot
// be told.
func (r *Rule) applies(s subject) (yes bool, undecided string) {
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
func (ev *evaluation) judge(pack *Pack, r *Rule, s subject) outcome {
	switch {
	case r.Require != nil && r.Require.Fact != "":
		return ev.requireKnown(r, s, []string{r.Require.Fact})
	case r.Require != nil && r.Require.Countries == nil:
		return ev.requireKnown(r, s, r.Require.Stage)
	case r.Require != nil:
		return ev.requireCountries(pack, r, s)
	case r.Deny.OnList != "":
		return ev.denyListed(pack, r, s)
	}
	return ev.denyCountries(pack, r, s)
}

// outOfForce says why a rule is not judged at all on the date.
func (r *Rule) outOfForce(date string) string {
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
		return "the rule is only proposed"
	case r.Status.From != "" && date < r.Status.From && r.Status.State != "suspended":
		return "the rule is in force from " + r.Status.From
	case r.Status.State == "future" && r.Status.From == "":
		return "the rule is not in force yet"
	}
	return ""
}

func (ev *evaluation) add(pack *Pack, r *Rule, s subject, o outcome) {
	if why := r.notYet(ev.date); why != "" && (o.verdict == Fail || o.verdict == Undecided) {
		o.verdict = Warn
		o.why = why + "; " + o.why
	}
	f := Finding{
		Pack: pack.ID, Rule: r.ID, Title: r.Title, Clause: r.Clause, Verdict: o.verdict, Component: s.Subject,
		Fact: o.fact, State: o.state, Evidence: o.values, Why: o.why, Fix: cmp.Or(o.fix, r.Fix),
	}
	if o.verdict == Pass || o.verdict == NotApplicable {
		f.Fix = ""
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{pack.ID, r.ID, s.Ref, s.Identity}, "\x00")))
	f.Fingerprint = hex.EncodeToString(sum[:16])
	ev.findings = append(ev.findings, f)
}

// grade gives values with their grades under the reader's trust.
func (ev *evaluation) grade(vs []sbom.Value) []GradedValue {
	var out []GradedValue
	for _, v := range vs {
		out = append(out, GradedValue{v, v.Grade(ev.Trust)})
	}
	return out
}
