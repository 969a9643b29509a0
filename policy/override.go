package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// This file changes rules of included packs. A change names the rule, the keys
// and the reason; it is told wherever the rule's verdicts are.

// An Override changes one rule of an included pack. A rule cannot be taken away:
// one that is disabled is still reported, as not applicable and why.
type Override struct {
	Pack string    `yaml:"pack"` // id of the included pack
	Rule string    `yaml:"rule"`
	Set  Amendment `yaml:"set"`
	Why  string    `yaml:"why"`
	Line int       `yaml:"-"`
}

// An Amendment is what an override changes; what is blank stays as it is. The
// keys are those of [Rule]; status may be disabled. A bound, thresholds,
// max-age or owner-share replace that of the rule's requirement.
type Amendment struct {
	Status     string      `yaml:"status"`
	OnUnknown  Verdict     `yaml:"on-unknown"`
	OnWeak     Verdict     `yaml:"on-weak"`
	OnConflict Verdict     `yaml:"on-conflict"`
	OnFail     Verdict     `yaml:"on-fail"`
	Absent     Verdict     `yaml:"absent"`
	MinGrade   string      `yaml:"min-grade"`
	At         string      `yaml:"at"`
	Severity   string      `yaml:"severity"`
	Fix        string      `yaml:"fix"`
	Incomplete string      `yaml:"incomplete"`
	Unreviewed string      `yaml:"unreviewed"`
	Bound      Bound       `yaml:",inline"`
	Thresholds []Threshold `yaml:"thresholds"`
	MaxAge     string      `yaml:"max-age"`
	OwnerShare *float64    `yaml:"owner-share"`
}

// A RuleChange says how an including pack changed a rule.
type RuleChange struct {
	By      string   // id of the pack that made the change
	Changed []string // such as "on-unknown: warn -> fail"
	Why     string
}

func (c RuleChange) equal(d RuleChange) bool {
	return c.By == d.By && c.Why == d.Why && slices.Equal(c.Changed, d.Changed)
}

// String gives the change in words.
func (c RuleChange) String() string {
	return fmt.Sprintf("overridden by %s (%s): %s", c.By, strings.Join(c.Changed, ", "), c.Why)
}

// override applies the pack's overrides to the packs that it includes.
func (p *Pack) override(errs *packErrors) {
	seen := map[ruleKey]bool{}
	for i := range p.Override {
		o := &p.Override[i]
		bad := func(format string, args ...any) {
			errs.add(o.Line, "override of "+cmp.Or(o.Rule, "no rule")+": "+format, args...)
		}
		switch q, r := p.overridden(o); {
		case o.Why == "":
			bad("says not why: write why: the reason, which every report then gives")
		case q == nil:
			bad("the pack includes no pack %q: write pack: with the id of one of %s", o.Pack, packIDs(p.Included))
		case r == nil:
			bad("%s has no such rule: write one of %s", o.Pack, ruleIDs(q))
		case seen[ruleKey{o.Pack, o.Rule}]:
			bad("stands twice: put both into one")
		default:
			seen[ruleKey{o.Pack, o.Rule}] = true
			o.apply(p.ID, q, r, bad)
		}
	}
}

// overridden finds the rule that an override means, nil if there is none.
func (p *Pack) overridden(o *Override) (*Pack, *Rule) {
	for _, q := range p.Included {
		if q.ID != o.Pack {
			continue
		}
		for i := range q.Rules {
			if q.Rules[i].ID == o.Rule {
				return q, &q.Rules[i]
			}
		}
		return q, nil
	}
	return nil, nil
}

func packIDs(packs []*Pack) string {
	var out []string
	for _, p := range packs {
		out = append(out, p.ID)
	}
	return cmp.Or(strings.Join(out, ", "), "none: it has no include")
}

func ruleIDs(p *Pack) string {
	var out []string
	for _, r := range p.Rules {
		out = append(out, r.ID)
	}
	return strings.Join(out, ", ")
}

// apply changes the rule r of the pack q, and checks it as if it were written so.
func (o *Override) apply(by string, q *Pack, r *Rule, bad func(string, ...any)) {
	chooser(bad)("set.status", o.Set.Status, "disabled")
	changed := o.Set.words(r)
	if o.Set.Status == "disabled" {
		changed = append(changed, "disabled")
		r.disabled = fmt.Sprintf("the rule is disabled by the pack %s: %s", by, o.Why)
	}
	changed = append(changed, o.Set.limits(r, bad)...)
	if len(changed) == 0 {
		bad("changes nothing: write set: {on-unknown: fail}, or another key of the rule")
		return
	}
	r.Changes = append(r.Changes, RuleChange{by, changed, o.Why})
	var wrong packErrors
	q.checkRule(r, &wrong)
	for _, e := range wrong.list {
		bad("%s", strings.TrimPrefix(e.text, "rule "+r.ID+": "))
	}
}

// words changes the keys that are words.
func (a *Amendment) words(r *Rule) (changed []string) {
	word := func(key, was, is string) bool {
		if is != "" && is != was {
			changed = append(changed, key+": "+cmp.Or(was, "not set")+" -> "+is)
		}
		return is != ""
	}
	for _, v := range []struct {
		key string
		at  *Verdict
		to  Verdict
	}{
		{"on-unknown", &r.OnUnknown, a.OnUnknown},
		{"on-weak", &r.OnWeak, a.OnWeak},
		{"on-conflict", &r.OnConflict, a.OnConflict},
		{"on-fail", &r.OnFail, a.OnFail},
		{"absent", &r.Absent, a.Absent},
	} {
		if word(v.key, string(*v.at), string(v.to)) {
			*v.at = v.to
		}
	}
	for _, s := range []struct {
		key string
		at  *string
		to  string
	}{
		{"min-grade", &r.MinGrade, a.MinGrade},
		{"at", &r.At, a.At},
		{"severity", &r.Severity, a.Severity},
		{"fix", &r.Fix, a.Fix},
		{"incomplete", &r.Incomplete, a.Incomplete},
		{"unreviewed", &r.Unreviewed, a.Unreviewed},
	} {
		if word(s.key, *s.at, s.to) {
			*s.at = s.to
		}
	}
	return changed
}

// limits changes the numbers of the requirement.
func (a *Amendment) limits(r *Rule, bad func(string, ...any)) (changed []string) {
	q := cmp.Or(r.Require, r.Deny)
	note := func(key, was, is string) { changed = append(changed, key+": "+was+" -> "+is) }
	if n, _ := a.Bound.given(); n > 1 {
		bad("set has two bounds: give one")
	} else if n == 1 {
		changed = append(changed, a.bound(q, bad)...)
	}
	if len(a.Thresholds) > 0 {
		if q.Share == nil {
			bad("set.thresholds: the rule asks for no share")
		} else {
			note("thresholds", q.Share.limit(), fmt.Sprintf("%d by date, from %s on", len(a.Thresholds), a.Thresholds[0].From))
			q.Share.Thresholds, q.Share.Bound = a.Thresholds, Bound{}
		}
	}
	if a.MaxAge != "" {
		if q.Property == nil || q.Property.MaxAge == "" {
			bad("set.max-age: the rule asks for no age")
		} else {
			note("max-age", q.Property.MaxAge, a.MaxAge)
			q.Property.MaxAge = a.MaxAge
		}
	}
	if a.OwnerShare != nil {
		if q.Cascade == nil || q.Cascade.OwnerShare == nil {
			bad("set.owner-share: the rule looks at no owner's share")
		} else {
			note("owner-share", fmt.Sprintf("%g %%", *q.Cascade.OwnerShare), fmt.Sprintf("%g %%", *a.OwnerShare))
			q.Cascade.OwnerShare = a.OwnerShare
		}
	}
	return changed
}

// bound changes the bound of a requirement that has one.
func (a *Amendment) bound(q *Requirement, bad func(string, ...any)) []string {
	is := a.Bound.words()
	note := func(was string) []string { return []string{"bound: " + was + " -> " + is} }
	switch least := a.Bound.AtLeast; {
	case q.Share != nil:
		was := q.Share.limit()
		q.Share.Bound, q.Share.Thresholds = a.Bound, nil
		return note(was)
	case q.Score != nil && least != nil:
		was := fmt.Sprintf("at least %g %%", q.Score.AtLeast)
		q.Score.AtLeast = *least
		return note(was)
	case q.Completeness != nil && q.Completeness.Identified != nil && least != nil:
		was := fmt.Sprintf("at least %g %%", *q.Completeness.Identified)
		q.Completeness.Identified = least
		return note(was)
	}
	bad("set: the rule has no bound that %s could replace", is)
	return nil
}

// limit gives the bound of a share in words.
func (s *Share) limit() string {
	if n := len(s.Thresholds); n > 0 {
		return fmt.Sprintf("%d by date", n)
	}
	return s.Bound.words()
}
