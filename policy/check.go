package policy

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/country"
	"github.com/originbom/originbom/sbom/score"
)

// This file finds what is wrong with a pack before it judges anything.

var ageForm = regexp.MustCompile(`^[0-9]{1,5}d$`)

// isDate reports whether s is a day that exists, as 2026-11-20.
func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

func (p *Pack) check(errs *packErrors) {
	if p.ID == "" {
		errs.add(1, "the pack has no id: write id: my-pack")
	}
	if len(p.Rules) == 0 && len(p.Include) == 0 {
		errs.add(1, "the pack has no rules")
	}
	p.checkRuleIDs(errs)
	for i := range p.Rules {
		p.checkRule(&p.Rules[i], errs)
	}
	for _, name := range sortedKeys(p.Sets) {
		line := errs.lines("sets", name)
		for _, m := range p.Sets[name].Members {
			if !country.IsCode(m) {
				errs.add(line, "set %s: %q is no ISO 3166 code: write KR or CN-XJ", name, m)
			}
		}
		if d := p.Sets[name].AsOf; d != "" && !isDate(d) {
			errs.add(line, "set %s: as-of: %q is no date: write 2026-11-20", name, d)
		}
	}
	for _, name := range sortedKeys(p.Lists) {
		p.checkList(name, p.Lists[name], errs)
	}
	for i := range p.Tests {
		p.Tests[i].check(p, errs)
	}
}

// checkRuleIDs wants each id once, among the included rules too: a rule of one's
// own does not silently take the place of another.
func (p *Pack) checkRuleIDs(errs *packErrors) {
	seen := map[string]*Pack{}
	for _, q := range p.whole() {
		for i := range q.Rules {
			r := &q.Rules[i]
			switch other := seen[r.ID]; {
			case other == nil:
				seen[r.ID] = q
			case other == p:
				errs.add(r.Line, "a second rule has the id %q", r.ID)
			case q == p:
				errs.add(r.Line, "the included pack %s has a rule %q too: give this one another id, or write an override of that one", other.ID, r.ID)
			default:
				errs.add(1, "the included packs %s and %s both have a rule %q: include one of them", other.ID, q.ID, r.ID)
			}
		}
	}
}

func (p *Pack) checkRule(r *Rule, errs *packErrors) {
	bad := func(format string, args ...any) { errs.add(r.Line, "rule "+r.ID+": "+format, args...) }
	if r.ID == "" {
		errs.add(r.Line, "a rule has no id: write id: MY-RULE")
		return
	}
	for key, v := range map[string]Verdict{"on-unknown": r.OnUnknown, "on-weak": r.OnWeak, "on-conflict": r.OnConflict} {
		switch v {
		case Fail, Undecided, Warn:
		case "":
			bad("%s is missing: write fail, unknown or warn", key)
		default:
			bad("%s: %q is not a choice: write fail, unknown or warn", key, v)
		}
	}
	chooser(bad)("on-fail", string(r.OnFail), string(Fail), string(Undecided), string(Warn))
	chooser(bad)("absent", string(r.Absent), string(Fail), string(Undecided), string(Warn), string(NotApplicable))
	if r.MinGrade != "" {
		g, ok := sbom.ParseGrade(r.MinGrade)
		if !ok {
			bad("min-grade: %q is no grade: write listed, declared, described, observed or signed", r.MinGrade)
		}
		r.grade = g
	}
	choose := chooser(bad)
	choose("incomplete", r.Incomplete, "accept")
	choose("unreviewed", r.Unreviewed, "accept")
	choose("at", r.At, atEvaluation, atManufacture, atAward, atDelivery)
	choose("severity", r.Severity, "low", "medium", "high", "critical")
	if q := cmp.Or(r.Require, r.Deny); r.Absent != "" && q != nil && !q.aboutParts(r) {
		bad("absent is for rules about parts: this one is about the device or the document as a whole")
	}
	r.checkApplies(bad)
	r.checkStatus(bad)
	if x := r.Exempt; x != nil && (x.Why == "" || x.Device == nil && len(x.Category) == 0) {
		bad("exempt wants device or category, and why: write exempt: {category: [battery], why: ...}")
	}
	switch {
	case r.Require == nil && r.Deny == nil:
		bad("says neither require nor deny")
	case r.Require != nil && r.Deny != nil:
		bad("says both require and deny: write two rules")
	case r.Require != nil:
		p.checkRequire(r, r.Require, bad)
	default:
		p.checkDeny(r, r.Deny, bad)
	}
}

// chooser checks that a value is one of the choices, or blank.
func chooser(bad func(string, ...any)) func(key, v string, choices ...string) {
	return func(key, v string, choices ...string) {
		if v != "" && !slices.Contains(choices, v) {
			bad("%s: %q is not a choice: write %s", key, v, strings.Join(choices, ", "))
		}
	}
}

// aboutParts reports whether the rule is judged on each part that it applies to,
// or on all of them together.
func (q *Requirement) aboutParts(r *Rule) bool {
	return r.Applies.Kind != "device" && len(q.Identified) == 0 && q.SignedBOM == nil && q.Completeness == nil && q.Score == nil && q.TrustFact == nil
}

func (r *Rule) checkApplies(bad func(string, ...any)) {
	chooser(bad)("applies.kind", r.Applies.Kind, "hardware", "software", "device")
	for _, c := range r.Applies.Category {
		if _, ok := sbom.ParseCategory(c); !ok && r.Applies.Kind != "device" {
			bad("applies.category: %q is no category: write one of %s", c, categoryNames())
		}
	}
}

func categoryNames() string {
	var out []string
	for _, c := range sbom.Categories {
		out = append(out, string(c))
	}
	return strings.Join(out, ", ")
}

func (r *Rule) checkStatus(bad func(string, ...any)) {
	s := r.Status
	if s == nil {
		return
	}
	choose := chooser(bad)
	choose("status.state", s.State, "in-force", "future", "suspended", "proposed", "withdrawn")
	choose("status.after", s.After, "in-force", "unknown")
	if s.State == "" {
		bad("status has no state: write in-force, future, suspended, proposed or withdrawn")
	}
	for key, d := range map[string]string{"from": s.From, "to": s.To} {
		if d != "" && !isDate(d) {
			bad("status.%s: %q is no date: write 2026-11-20", key, d)
		}
	}
}

// kinds gives the kinds of requirement that are given.
func (q *Requirement) kinds() []string {
	var out []string
	for _, k := range []struct {
		name  string
		given bool
	}{
		{"stage", len(q.Stage) > 0},
		{"stages", q.Stages != ""},
		{"fact", q.Fact != ""},
		{"identified", len(q.Identified) > 0},
		{"signed-bom", q.SignedBOM != nil},
		{"substantial-transformation", q.SubstantialTransformation != nil},
		{"party-countries", q.PartyCountries != nil},
		{"on-list", q.OnList != ""},
		{"makers", len(q.Makers) > 0},
		{"share", q.Share != nil},
		{"completeness", q.Completeness != nil},
		{"version", q.Version != nil},
		{"supported", q.Supported != nil},
		{"property", q.Property != nil},
		{"trust-fact", q.TrustFact != nil},
		{"score", q.Score != nil},
		{"custom", q.Custom != nil},
	} {
		if k.given {
			out = append(out, k.name)
		}
	}
	return out
}

// Kinds that stand under require and under deny.
var (
	requireKinds = []string{"stage", "fact", "identified", "signed-bom", "substantial-transformation", "party-countries", "makers", "share", "completeness", "version", "supported", "property", "trust-fact", "score", "custom"}
	denyKinds    = []string{"stage", "stages", "substantial-transformation", "party-countries", "on-list", "makers", "property", "trust-fact", "version", "custom"}
)

func oneKind(key string, q *Requirement, allowed []string, bad func(string, ...any)) bool {
	got := q.kinds()
	if len(got) == 1 && slices.Contains(allowed, got[0]) {
		return true
	}
	what := "nothing"
	if len(got) > 0 {
		what = strings.Join(got, " and ")
	}
	bad("%s has %s: it wants exactly one of %s", key, what, strings.Join(allowed, ", "))
	return false
}

func (p *Pack) checkRequire(r *Rule, q *Requirement, bad func(string, ...any)) {
	if !oneKind("require", q, requireKinds, bad) {
		return
	}
	if q.Fact != "" && q.Fact != sbom.Manufacturer {
		bad("fact: %q is not a choice: write manufacturer, or stage: %s", q.Fact, q.Fact)
	}
	for _, c := range q.Identified {
		if _, ok := sbom.ParseCategory(c); !ok {
			bad("identified: %q is no category: write one of %s", c, categoryNames())
		}
	}
	p.checkCommon(r, q, bad)
}

func (p *Pack) checkDeny(r *Rule, q *Requirement, bad func(string, ...any)) {
	if !oneKind("deny", q, denyKinds, bad) {
		return
	}
	switch {
	case q.OnList != "":
		if _, ok := p.Lists[q.OnList]; !ok {
			bad("on-list: the pack has no list %q: add it under lists, or write one of %s", q.OnList, strings.Join(sortedKeys(p.Lists), ", "))
		}
		if len(q.Roles) == 0 {
			bad("on-list wants roles, such as roles: {manufacturer: required}")
		}
	case q.Stages != "" && q.Stages != "any":
		bad("stages: %q is not a choice: write any, or stage: with names", q.Stages)
	case (q.Stages != "" || len(q.Stage) > 0) && q.Countries == nil:
		bad("deny wants countries beside a stage: write countries: {in: [...]}")
	}
	p.checkCommon(r, q, bad)
}

// checkCommon checks what may stand under require and under deny.
func (p *Pack) checkCommon(r *Rule, q *Requirement, bad func(string, ...any)) {
	checkRoles(q, bad)
	for _, s := range q.Stage {
		checkStage("stage", s, bad)
	}
	for key, c := range map[string]*Countries{"countries": q.Countries, "substantial-transformation": q.SubstantialTransformation} {
		if c != nil {
			p.checkCountries(key+".in", c.In, bad)
		}
	}
	if pc := q.PartyCountries; pc != nil {
		p.checkParty(q, bad)
	} else if len(q.In) > 0 {
		bad("in stands beside party-countries only: write countries: {in: ...}")
	}
	if q.Share != nil {
		p.checkShare(q.Share, bad)
	}
	q.checkSmall(bad)
	q.TrustFact.check(bad)
	if q.Custom != nil {
		prog, err := compile(q.Custom.CEL, r.Deny != nil)
		if err != nil {
			bad("custom.cel: %s", err)
		}
		q.Custom.program = prog
	}
}

func checkStage(key, s string, bad func(string, ...any)) {
	if !sbom.IsStage(s) {
		bad("%s: %q is no stage: write one of %s", key, s, strings.Join(sbom.Stages, ", "))
	}
}

func checkRole(key, role string, bad func(string, ...any)) {
	stage, performed := strings.CutPrefix(role, performedBy)
	if role != sbom.Manufacturer && role != roleSupplier && !(performed && sbom.IsStage(stage)) {
		bad("%s: %q is no role: write manufacturer, supplier or performed-by.<stage>", key, role)
	}
}

func checkRoles(q *Requirement, bad func(string, ...any)) {
	for _, role := range sortedKeys(q.Roles) {
		checkRole("roles", role, bad)
		if need := q.Roles[role]; need != "required" && need != "if-stated" {
			bad("roles: %s: %q is not a choice: write required or if-stated", role, need)
		}
	}
	for _, m := range q.Match {
		chooser(bad)("match", m, matchName, matchAlias, matchIdentifier, matchPossible)
	}
	if c := q.Cascade; c != nil && c.OwnerShare != nil && !(*c.OwnerShare > 0 && *c.OwnerShare <= 100) {
		bad("cascade: owner-share is a percentage over 0 and up to 100")
	}
}

func (p *Pack) checkCountries(key string, in OneOrAll, bad func(string, ...any)) {
	if len(in) == 0 {
		bad("%s is missing: write [KR, ...] or set:<name>", key)
	}
	for _, c := range in {
		if name, isSet := strings.CutPrefix(c, "set:"); isSet {
			if _, ok := p.Sets[name]; !ok {
				bad("%s: the pack has no set %q: add it under sets", key, name)
			}
		} else if !country.IsCode(c) {
			bad("%s: %q is no ISO 3166 code: write KR or CN-XJ", key, c)
		}
	}
}

func (p *Pack) checkParty(q *Requirement, bad func(string, ...any)) {
	if len(q.PartyCountries.Of) == 0 || len(q.PartyCountries.Facts) == 0 {
		bad("party-countries wants of and facts: write {of: manufacturer, facts: [headquarters]}")
	}
	for _, role := range q.PartyCountries.Of {
		checkRole("party-countries.of", role, bad)
	}
	for _, f := range q.PartyCountries.Facts {
		chooser(bad)("party-countries.facts", f, seatRegistration, seatHeadquarters, seatParent)
	}
	p.checkCountries("in", q.In, bad)
}

func (p *Pack) checkShare(s *Share, bad func(string, ...any)) {
	if !slices.Contains([]string{ofValue, ofCount, ofWeight}, s.Of) {
		bad("share.of: %q is not a choice: write value, count or weight", s.Of)
	}
	if len(s.Stage) == 0 {
		bad("share wants a stage, such as stage: manufactured")
	}
	for _, st := range s.Stage {
		checkStage("share.stage", st, bad)
	}
	p.checkCountries("share.from", s.From, bad)
	bounds := []Bound{s.Bound}
	if len(s.Thresholds) > 0 {
		if s.Bound != (Bound{}) {
			bad("share has a bound and thresholds: give one of them")
		}
		bounds = nil
	}
	last := ""
	for _, t := range s.Thresholds {
		if !isDate(t.From) || t.From <= last {
			bad("share.thresholds: from: %q is no date after the one before it: write 2026-11-20", t.From)
		}
		last = t.From
		bounds = append(bounds, t.Bound)
	}
	for _, b := range bounds {
		if n, v := b.given(); n != 1 || !(v >= 0 && v <= 100) {
			bad("share wants exactly one of at-most, at-least, more-than, less-than, from 0 to 100 percent")
		}
	}
}

// checkSmall checks the kinds with few fields.
func (q *Requirement) checkSmall(bad func(string, ...any)) {
	if c := q.Completeness; c != nil {
		chooser(bad)("completeness.assembly", c.Assembly, "complete")
		if c.Assembly == "" && c.Identified == nil {
			bad("completeness wants assembly: complete, or identified: a percentage")
		}
	}
	if v := q.Version; v != nil {
		for _, s := range []string{v.AtLeast, v.AtMost} {
			if _, ok := parseVersion(s); !ok && s != "" {
				bad("version: %q is no version: write numbers such as 6.1.75", s)
			}
		}
		if v.AtLeast == "" && v.AtMost == "" {
			bad("version wants at-least or at-most")
		}
	}
	checkSupported(q.Supported, true, bad)
	if t := q.Property; t != nil {
		switch {
		case t.Name == "":
			bad("property has no name")
		case t.MaxAge != "" && !ageForm.MatchString(t.MaxAge):
			bad("property.max-age: %q is no age: write a number of days, such as 90d", t.MaxAge)
		case len(t.Equals) == 0 && t.AtLeast == nil && t.AtMost == nil && t.MaxAge == "":
			bad("property wants equals, at-least, at-most or max-age")
		}
	}
	if t := q.Score; t != nil {
		if _, ok := score.Find(t.Standard); !ok {
			bad("score.standard: %q is not a choice: write %s", t.Standard, strings.Join(score.Names(), ", "))
		}
		if !(t.AtLeast >= 0 && t.AtLeast <= 100) {
			bad("score.at-least is a percentage")
		}
	}
}

func (p *Pack) checkList(name string, l List, errs *packErrors) {
	line := errs.lines("lists", name)
	bad := func(format string, args ...any) { errs.add(line, "list "+name+": "+format, args...) }
	if l.MaxAge != "" && !ageForm.MatchString(l.MaxAge) {
		bad("max-age: %q is no age: write a number of days, such as 45d", l.MaxAge)
	}
	if l.AsOf != "" && !isDate(l.AsOf) {
		bad("as-of: %q is no date: write 2026-11-20", l.AsOf)
	}
	if l.MaxAge != "" && l.AsOf == "" {
		bad("max-age without as-of: write as-of: 2026-11-20")
	}
	checkEntries(l.Entries, bad)
}

func checkEntries(es []Entry, bad func(string, ...any)) {
	for i, e := range es {
		if e.Name == "" {
			bad("entry %d has no name", i+1)
		}
		if e.Country != "" && !country.IsCode(e.Country) {
			bad("%s: country: %q is no ISO 3166 code: write KR", e.Name, e.Country)
		}
		for _, d := range []string{e.Listed, e.Effective, e.Delisted, e.Withdrawn} {
			if d != "" && !isDate(d) {
				bad("%s: %q is no date: write 2026-11-20", e.Name, d)
			}
		}
	}
}

// countries resolves a rule's set of codes. Codes of Hong Kong, Macau and
// Taiwan as subdivisions of China stand for themselves.
func (p *Pack) countries(in OneOrAll) map[string]bool {
	out := map[string]bool{}
	for _, code := range in {
		members := []string{code}
		if name, isSet := strings.CutPrefix(code, "set:"); isSet {
			members = p.Sets[name].Members
		}
		for _, m := range members {
			if of := country.Of(m); slices.Contains([]string{"HK", "MO", "TW"}, of) {
				m = of
			}
			out[m] = true
		}
	}
	return out
}

// given says how many bounds are given, and the value of one of them.
func (b Bound) given() (n int, value float64) {
	for _, v := range []*float64{b.AtMost, b.AtLeast, b.MoreThan, b.LessThan} {
		if v != nil {
			n, value = n+1, *v
		}
	}
	return n, value
}

// words gives the bound in words.
func (b Bound) words() string {
	switch {
	case b.AtMost != nil:
		return fmt.Sprintf("at most %g %%", *b.AtMost)
	case b.AtLeast != nil:
		return fmt.Sprintf("at least %g %%", *b.AtLeast)
	case b.MoreThan != nil:
		return fmt.Sprintf("more than %g %%", *b.MoreThan)
	case b.LessThan != nil:
		return fmt.Sprintf("less than %g %%", *b.LessThan)
	}
	return "no bound"
}
