package registry

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/originbom/originbom/sbom"
)

// maxPart bounds the part numbers that are compared with globs, in bytes.
const maxPart = 200

// An Attribution says who makes a part, by which record.
type Attribution struct {
	Org  *Organisation // the legal entity; nil if nobody can be named
	Unit *Organisation // the division of it that makes the part; nil if none
	// The record that decided; at most one is set.
	Line   *Line
	Rule   *Rule
	Prefix *Prefix
	// Earlier are organisations that had the line before, latest first. A part
	// that was made before may be theirs.
	Earlier []Line
	// Certain is false when the day lies where a date of the line is not known
	// well enough.
	Certain  bool
	Why      string // a sentence for people, naming record and source
	Source   string
	Reviewed bool // the record, and its dates where they decided, were read
}

// Maker says who makes a part that a device tree calls prefix,part, on the day
// of at. When the part was made is not known, so a line that was sold gives its
// owner on that day, with Earlier naming those before.
//
// A prefix of a licensor of designs never gives a maker. Else the decision goes:
// product lines of the prefix, by the most specific pattern; then
// the prefix's rules, in order; then the prefix, if it names a maker. ok is
// false if nobody can be named; Why says the reason then too. The category may
// be "" if it is not known.
func (r *Registry) Maker(prefix, part string, category sbom.Category, at time.Time) (a Attribution, ok bool) {
	prefix, part = strings.ToLower(strings.TrimSpace(prefix)), strings.ToLower(strings.TrimSpace(part))
	if len(part) > maxPart {
		return Attribution{Why: fmt.Sprintf("the part number has more than %d bytes", maxPart)}, false
	}
	p, known := r.Prefix(prefix)
	if !known {
		return Attribution{Why: fmt.Sprintf("vendor prefix %q is not in the registry; add it with --registry", prefix)}, false
	}
	if p.Role == RoleLicensor {
		return r.byPrefix(p, category)
	}
	if a, ok := r.byLine(r.linesOf([]string{prefix}, part), at); ok {
		return a, a.Org != nil
	}
	if a, ok := r.byRule(prefix, part, category); ok {
		return a, a.Org != nil
	}
	return r.byPrefix(p, category)
}

// MakerOfLine says who has the product line of a part that a part list ascribes
// to an organisation, on the day of at: for NXP's TFA9895, Goodix since
// 2020-02-03. ok is false if no product line of that organisation fits; then
// the part list stands alone.
func (r *Registry) MakerOfLine(org, part string, at time.Time) (a Attribution, ok bool) {
	part = strings.ToLower(strings.TrimSpace(part))
	if len(part) > maxPart {
		return a, false
	}
	var prefixes []string
	for _, l := range r.t.lines {
		if (l.Org == org || r.legalEntity(r.orgs[l.Org]).ID == org) && l.fits(part) > 0 {
			prefixes = append(prefixes, l.prefixes...)
		}
	}
	a, ok = r.byLine(r.linesOf(prefixes, part), at)
	return a, ok && a.Org != nil
}

// Prefix gives the record of a vendor prefix.
func (r *Registry) Prefix(prefix string) (*Prefix, bool) {
	for i := range r.t.prefixes {
		if r.t.prefixes[i].Prefix == prefix {
			return &r.t.prefixes[i], true
		}
	}
	return nil, false
}

// byLine decides by the product lines that fit a part. ok is false if there are
// none.
func (r *Registry) byLine(fits []Line, at time.Time) (a Attribution, ok bool) {
	now, before := splitLines(fits, at)
	if len(now) == 0 && len(before) == 0 {
		return a, false // the line begins later: the prefix tells
	}
	a = Attribution{Certain: true}
	if len(now) > 0 {
		a.Line, a.Certain = &now[0], now[0].In(at) == Yes
		if i := slices.IndexFunc(now, func(l Line) bool { return l.Org != now[0].Org && l.In(at) == now[0].In(at) }); i >= 0 && a.Certain {
			return Attribution{Source: now[0].Source, Why: fmt.Sprintf("product lines %s (%s) and %s (%s) both fit", now[0].Pattern, r.name(now[0].Org), now[i].Pattern, r.name(now[i].Org))}, true
		}
		a.Earlier = before
	} else {
		a.Line, a.Earlier = &before[0], before[1:]
	}
	l := a.Line
	a.setOrg(r, l.Org)
	a.Source = l.Source
	a.Reviewed = l.Reviewed && (l.From == "" && l.To == "" || l.DatesReviewed)
	a.Why = fmt.Sprintf("product line %s: %s%s%s (%s)", l.Pattern, r.name(l.Org), during(l.From, l.To), a.earlier(r), l.Source)
	return a, true
}

// linesOf gives the lines of the prefixes that a part number fits. A line that
// says less of the number gives way to one that says more.
func (r *Registry) linesOf(prefixes []string, part string) []Line {
	var ls []Line
	top := 0
	for _, l := range r.t.lines {
		if !slices.ContainsFunc(l.prefixes, func(p string) bool { return slices.Contains(prefixes, p) }) {
			continue
		}
		switch w := l.fits(part); {
		case w > top:
			ls, top = []Line{l}, w
		case w == top && w > 0:
			ls = append(ls, l)
		}
	}
	return ls
}

// fits gives how well a part number fits the line's globs, 0 if not.
func (l Line) fits(part string) int {
	w := 0
	for _, g := range l.globs {
		if matchGlob(g, part) {
			w = max(w, weight(g))
		}
	}
	return w
}

// splitLines gives the lines in force on a day, the certain ones first, and
// those that ended before, the latest first.
func splitLines(ls []Line, at time.Time) (now, before []Line) {
	for _, l := range ls {
		if l.In(at) != No {
			now = append(now, l)
		} else if first, _, err := l.From.span(); err != nil || !day(at).Before(first) {
			before = append(before, l)
		}
	}
	slices.SortStableFunc(now, func(a, b Line) int { return int(b.In(at)) - int(a.In(at)) })
	slices.SortStableFunc(before, func(a, b Line) int { return strings.Compare(string(b.To), string(a.To)) })
	return now, before
}

// byRule decides by the first rule of the prefix that fits.
func (r *Registry) byRule(prefix, part string, category sbom.Category) (a Attribution, ok bool) {
	for i := range r.t.rules {
		u := &r.t.rules[i]
		if u.Prefix != prefix || len(u.Categories) > 0 && !slices.Contains(u.Categories, string(category)) {
			continue
		}
		if !slices.ContainsFunc(strings.Split(u.Glob, "|"), func(g string) bool { return matchGlob(g, part) }) {
			continue
		}
		a = Attribution{Rule: u, Certain: true, Source: u.Source, Reviewed: u.Reviewed}
		if u.Org == "" {
			a.Why = fmt.Sprintf("prefix %s does not tell the maker: %s (%s)", prefix, u.Why, u.Source)
			return a, true
		}
		a.setOrg(r, u.Org)
		a.Why = fmt.Sprintf("%s: %s (%s)", r.name(u.Org), u.Why, u.Source)
		return a, true
	}
	return a, false
}

// byPrefix decides by the prefix alone.
func (r *Registry) byPrefix(p *Prefix, category sbom.Category) (a Attribution, ok bool) {
	a = Attribution{Prefix: p, Certain: true, Source: p.Source, Reviewed: p.Reviewed}
	who := p.Prefix
	if o, ok := r.orgs[p.Org]; ok {
		who = o.LegalName
	}
	switch p.Role {
	case RoleMaker:
		a.setOrg(r, p.Org)
		a.Why = fmt.Sprintf("vendor prefix %s is %s (%s)", p.Prefix, who, p.Source)
		return a, true
	case RoleDeviceMaker:
		a.Why = fmt.Sprintf("vendor prefix %s names the device's maker, %s, not the maker of its parts", p.Prefix, who)
	case RoleLicensor:
		a.Why = fmt.Sprintf("vendor prefix %s is %s, which licenses designs and makes no parts", p.Prefix, who)
	case RoleSplit:
		of := "whose category is not known"
		if category != "" {
			of = "of category " + string(category)
		}
		a.Why = fmt.Sprintf("vendor prefix %s is used by several makers, and no product line or rule tells of this part, %s", p.Prefix, of)
	default:
		a.Why = fmt.Sprintf("vendor prefix %s names no company that could be identified", p.Prefix)
	}
	if p.Note != "" {
		a.Why += ": " + p.Note
	}
	return a, false
}

// setOrg names the maker: the legal entity, and the division if it is one.
func (a *Attribution) setOrg(r *Registry, id string) {
	o := r.orgs[id]
	a.Org = r.legalEntity(o)
	if a.Org != o {
		a.Unit = o
	}
}

// earlier says who had the line before.
func (a Attribution) earlier(r *Registry) string {
	var s string
	for _, l := range a.Earlier {
		if l.Org == a.Line.Org {
			continue
		}
		s += fmt.Sprintf("; owned until %s by %s", l.To, r.name(l.Org))
	}
	return s
}

func (r *Registry) name(id string) string { return r.orgs[id].LegalName }

// during writes the dates of a record.
func during(from, to Date) string {
	switch {
	case from != "" && to != "":
		return fmt.Sprintf(" from %s until %s", from, to)
	case from != "":
		return fmt.Sprintf(" since %s", from)
	case to != "":
		return fmt.Sprintf(" until %s", to)
	}
	return ""
}
