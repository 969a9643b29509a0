package registry

import (
	"slices"
	"strings"
	"time"

	"github.com/originbom/originbom/sbom"
)

// The kinds of match.
const (
	KindOrganisation = "organisation"
	KindPrefix       = "vendor prefix"
	KindLine         = "product line"
	KindBrand        = "brand"
	KindPart         = "part" // prefix,part as a device tree writes it
)

// A Match is one thing that a query found. Its owners are those of the
// organisation that it leads to.
type Match struct {
	Kind string
	// Found is what was found: a legal name, a prefix, a pattern.
	Found string
	// Possible is set for a lookalike that a person must settle; it is never
	// the answer.
	Possible bool
	Why      string
	Source   string
	Reviewed bool

	Organisation *Organisation // nil if nobody can be named
	Owners       []Edge        // in force, or perhaps, on the day
	Parent       Parentage
	History      []Edge   // all edges, ended ones too
	Remarks      []Remark // what must not be taken for ownership

	Line        *Line // for KindLine
	Force       Force // whether the line is the organisation's on the day
	Attribution Attribution
}

// maxFound bounds the matches of one query: more do not help anybody.
const maxFound = 50

// Find gives everything that a name, part number, vendor prefix, brand or
// device-tree compatible leads to on the day of at: exact matches first, then
// lines in force before ended ones, possible matches last.
func (r *Registry) Find(query string, at time.Time) []Match {
	q := strings.TrimSpace(query)
	if q == "" || len(q) > maxPart {
		return nil
	}
	if prefix, part, ok := strings.Cut(q, ","); ok && !strings.Contains(part, " ") {
		if ms := r.findPart(prefix, part, at); len(ms) > 0 {
			return append(ms, r.findLines(strings.ToLower(prefix), part, at)...)
		}
	}
	var ms []Match
	named := r.ByName(q)
	if o := named.Exact; o != nil {
		ms = append(ms, r.leadsTo(o.ID, at, Match{Kind: KindOrganisation, Found: o.LegalName, Why: named.By, Source: o.Source, Reviewed: o.Reviewed}))
	}
	if p, ok := r.Prefix(strings.ToLower(q)); ok {
		a, _ := r.byPrefix(p, "")
		ms = append(ms, r.leadsTo(p.Org, at, Match{Kind: KindPrefix, Found: p.Prefix, Why: a.Why, Source: p.Source, Reviewed: p.Reviewed, Attribution: a}))
	}
	ms = append(ms, r.findLines("", q, at)...)
	for _, b := range r.t.brands {
		if strings.EqualFold(b.Value, q) {
			why := b.Property + "=" + b.Value
			if b.Note != "" {
				why += ": " + b.Note
			}
			ms = append(ms, r.leadsTo(b.Org, at, Match{Kind: KindBrand, Found: b.Value, Why: why, Source: b.Source, Reviewed: b.Reviewed}))
		}
	}
	for _, p := range named.Possible {
		o := p.Organisation
		ms = append(ms, r.leadsTo(o.ID, at, Match{Kind: KindOrganisation, Found: o.LegalName, Possible: true, Why: p.Why, Source: o.Source, Reviewed: o.Reviewed}))
	}
	return ms[:min(len(ms), maxFound)]
}

// findPart looks up prefix,part. Without a category, a prefix that is used by
// several makers gives no answer.
func (r *Registry) findPart(prefix, part string, at time.Time) []Match {
	if _, ok := r.Prefix(strings.ToLower(prefix)); !ok {
		return nil
	}
	a, ok := r.Maker(prefix, part, sbom.Category(""), at)
	m := Match{Kind: KindPart, Found: prefix + "," + part, Why: a.Why, Source: a.Source, Reviewed: a.Reviewed, Attribution: a}
	if !ok {
		return []Match{m}
	}
	return []Match{r.leadsTo(a.Org.ID, at, m)}
}

// findLines looks up product lines by their pattern or by a part number, of one
// prefix or, if it is "", of all; those in force first.
func (r *Registry) findLines(prefix, q string, at time.Time) []Match {
	low := strings.ToLower(q)
	var ms []Match
	for i := range r.t.lines {
		l := &r.t.lines[i]
		if prefix != "" && !slices.Contains(l.prefixes, prefix) {
			continue
		}
		byPart := strings.ContainsAny(low, "0123456789") && l.fits(low) > 0
		if !byPart && !strings.EqualFold(l.Pattern, q) && !slices.Contains(patternNames(l.Pattern), low) {
			continue
		}
		why := l.Category
		if l.Note != "" {
			why += ": " + l.Note
		}
		ms = append(ms, r.leadsTo(l.Org, at, Match{
			Kind: KindLine, Found: l.Pattern, Line: l, Force: l.In(at), Source: l.Source,
			Reviewed: l.Reviewed && (l.From == "" && l.To == "" || l.DatesReviewed), Why: why,
		}))
	}
	slices.SortStableFunc(ms, func(a, b Match) int { return int(b.Force) - int(a.Force) })
	return ms
}

// patternNames gives the families that a pattern such as "OV#####, OG####"
// lists, in lower case.
func patternNames(pattern string) []string {
	ps := strings.Split(strings.ToLower(pattern), ",")
	for i := range ps {
		ps[i] = strings.TrimSpace(ps[i])
	}
	return ps
}

// leadsTo completes a match with what is known of the organisation it leads to.
func (r *Registry) leadsTo(id string, at time.Time, m Match) Match {
	o, ok := r.orgs[id]
	if !ok {
		return m
	}
	m.Organisation = o
	m.Owners, m.History, m.Remarks = r.Owners(id, at), r.History(id), r.Remarks(id)
	m.Parent, _ = r.UltimateParent(id, at)
	return m
}
