package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/originbom/originbom/sbom"
)

// This file judges trust facts: what was read in a phone's firmware and apps,
// which stands in the BOM as properties (see sbom.AndroidPackage and package
// firmware).

// What a trust fact is of.
const (
	factOfApp      = "app"
	factOfFirmware = "firmware"
)

// propFirmwareFiles is how many files of a partition were looked at. Where it
// stands, a fact that is absent was looked for and not found.
const propFirmwareFiles = sbom.FirmwareFact + "files"

// A TrustFact compares what was read of an Android app or a partition of
// firmware. Under require every value must hold, under deny none may; without a
// condition any value holds.
//
// A rule is judged on apps, or on partitions, kernels and operating systems that
// tell the fact or whose files were read. Where the document lists none of them, the rule's on-unknown is the
// answer: nothing was read, so nothing can be said.
type TrustFact struct {
	Of     string   `yaml:"of"`   // app, firmware
	Name   string   `yaml:"name"` // such as signer:sha256, build-type
	Equals OneOrAll `yaml:"equals"`
	MaxAge string   `yaml:"max-age"` // of a date, such as 90d
	// Supported is a table by the fact's value, such as a version of Android.
	Supported *Supported        `yaml:"supported"`
	With      map[string]string `yaml:"with"` // other facts of the same app or partition that must hold, * is any text
}

// property is the name that the fact has in a BOM.
func (t *TrustFact) property(name string) string {
	if t.Of == factOfApp && !strings.HasPrefix(name, "avb:") {
		return strings.TrimSuffix(sbom.AndroidPackage, "package") + name
	}
	return sbom.FirmwareFact + name
}

func (t *TrustFact) check(bad func(string, ...any)) {
	if t == nil {
		return
	}
	if t.Name == "" {
		bad("trust-fact has no name: write {of: app, name: signature, equals: verified}")
	}
	switch t.Of {
	case factOfApp, factOfFirmware:
	default:
		bad("trust-fact.of: %q is not a choice: write app or firmware", t.Of)
	}
	if t.MaxAge != "" && (!ageForm.MatchString(t.MaxAge) || len(t.Equals) > 0) {
		bad("trust-fact.max-age: write a number of days, such as 90d, without equals")
	}
	if t.Supported != nil && (t.MaxAge != "" || len(t.Equals) > 0) {
		bad("trust-fact.supported: write it without equals and max-age")
	}
	checkSupported(t.Supported, false, bad)
}

// trustFact gives the rule's trust fact, nil if it has none.
func (r *Rule) trustFact() *TrustFact {
	switch {
	case r.Require != nil:
		return r.Require.TrustFact
	case r.Deny != nil:
		return r.Deny.TrustFact
	}
	return nil
}

// about reports whether the fact can be told of the subject.
func (t *TrustFact) about(s *subject, deny bool) bool {
	if t.Of == factOfApp {
		return len(s.property(sbom.AndroidPackage)) > 0 && t.with(s)
	}
	told := len(s.property(t.property(t.Name))) > 0
	looked := deny && len(s.property(propFirmwareFiles)) > 0
	return (s.kind == sbom.Firmware || s.kind == sbom.OperatingSystem) && (told || looked) && t.with(s)
}

// with reports whether the other facts hold.
func (t *TrustFact) with(s *subject) bool {
	for name, want := range t.With {
		if !slices.ContainsFunc(s.property(t.property(name)), func(v string) bool { return glob(want, v) }) {
			return false
		}
	}
	return true
}

// noTrustFact answers a rule that nothing in the document is about.
func (ev *evaluation) noTrustFact(r *Rule) outcome {
	t := *r.trustFact()
	what := map[string]string{factOfApp: "no Android app", factOfFirmware: "no firmware that tells " + t.Name}[t.Of]
	if len(t.With) > 0 {
		with := t.sayWith()
		t.With = nil
		if slices.ContainsFunc(ev.subjects, func(s *subject) bool { return t.about(s, r.Deny != nil) }) {
			return say(Pass, "%s with %s is listed", what, with)
		}
	}
	o := r.open("", "%s was read", what)
	o.fix = stepFirmware // the rule's own step is for firmware that was read
	return o
}

func (t *TrustFact) sayWith() string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(t.With)) {
		out = append(out, name+" "+t.With[name])
	}
	return strings.Join(out, " and ")
}

// trustFactTest judges the fact of one app or partition.
func (ev *evaluation) trustFactTest(r *Rule, s *subject) outcome {
	t, deny := r.trustFact(), r.Deny != nil
	name := t.property(t.Name)
	values := s.property(name)
	if g := (sbom.Evidence{Method: sbom.MethodImage}).Grade(ev.Trust); g < r.grade {
		return say(r.OnWeak, "%s is only %s, by whoever wrote the document, where the rule asks for %s", name, g, r.grade)
	}
	switch {
	case len(values) == 0 && deny:
		return say(Pass, "no %s was found", t.Name)
	case len(values) == 0:
		return r.open("add an input that tells it", "%s is not told", name)
	}
	if t.Supported != nil {
		return ev.factSupported(r, s, values)
	}
	var hit, open []string
	for _, v := range values {
		holds, ok := t.holds(ev, v)
		switch {
		case !ok:
			open = append(open, v)
		case holds == deny:
			hit = append(hit, v)
		}
	}
	switch {
	case len(hit) > 0:
		o := say(Fail, "%s: %s %s%s", ev.observed(), t.Name, strings.Join(hit, "; "), t.wants(deny))
		if len(t.With) > 0 {
			o.why += "; with " + t.sayWith()
		}
		o.fix = cmp.Or(r.Fix, "ask the maker of the phone about it")
		return o
	case len(open) > 0:
		return r.open("correct the value", "%s is %s, which is no date", name, strings.Join(open, ", "))
	}
	return say(Pass, "%s is %s", t.Name, strings.Join(values, ", "))
}

// factSupported judges whether support of what the fact tells has ended. Every
// value must be supported.
func (ev *evaluation) factSupported(r *Rule, s *subject, values []string) outcome {
	t := r.trustFact()
	day, missing := ev.when(r, s)
	if missing != "" {
		return r.open("", "%s", missing)
	}
	worst, why := supportGoesOn, []string(nil)
	for _, v := range values {
		state, words := t.Supported.at("", v, day.Format(time.DateOnly))
		if state == supportEnded || state == supportUnknown && worst == supportGoesOn {
			worst = state
		}
		why = append(why, fmt.Sprintf("%s %s: %s", t.Name, v, words))
	}
	words := ev.observed() + ": " + strings.Join(why, "; ")
	switch {
	case worst == supportUnknown:
		return r.open(r.Fix, "%s", words)
	case (worst == supportEnded) == (r.Deny != nil):
		return say(Pass, "%s", words)
	}
	o := say(Fail, "%s", words)
	o.fix = cmp.Or(r.Fix, "ask the maker of the phone about it")
	return o
}

// observed says who saw what a finding tells of: the reader, or somebody whose
// word it is.
func (ev *evaluation) observed() string {
	if (sbom.Evidence{Method: sbom.MethodImage}).Grade(ev.Trust) < sbom.Observed {
		return "observed by whoever wrote the document"
	}
	return "observed"
}

func (t *TrustFact) holds(ev *evaluation, v string) (holds, ok bool) {
	if t.MaxAge != "" {
		return (&PropertyTest{MaxAge: t.MaxAge}).holds(v, ev.AsOf)
	}
	return len(t.Equals) == 0 || slices.ContainsFunc(t.Equals, func(g string) bool { return glob(g, v) }), true
}

// wants says what the rule asks for, for a finding.
func (t *TrustFact) wants(deny bool) string {
	switch {
	case deny:
		return ""
	case t.MaxAge != "":
		return fmt.Sprintf(", older than %s", t.MaxAge)
	}
	return ", where the rule asks for " + strings.Join(t.Equals, " or ")
}
