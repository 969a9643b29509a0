package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/originbom/originbom/provenance/registry"
	"github.com/originbom/originbom/provenance/registry/names"
	"github.com/originbom/originbom/sbom"
)

// This file judges whether a party, or one that owns it, is on a list of
// entities. A hit is an exact name or identifier; a similar name is a possible
// match that a person must settle.

// A screening looks parties up on one list, on one date, through one registry.
type screening struct {
	rule     *Rule
	list     List
	index    *names.Index // entry names by index into list.Entries
	registry *registry.Registry
	at       time.Time
	date     string
	closed   bool // the registry holds everyone there is
	visited  map[string]bool
}

func (ev *evaluation) screening(pack *Pack, r *Rule) *screening {
	l := pack.Lists[r.Deny.OnList]
	var es []names.Entry
	for i, e := range l.Entries {
		es = append(es, names.Entry{ID: strconv.Itoa(i), Name: e.Name})
		for _, a := range e.Aliases {
			es = append(es, names.Entry{ID: strconv.Itoa(i), Name: a, Rank: 1})
		}
	}
	return &screening{rule: r, list: l, index: names.NewIndex(es), registry: ev.Registry, at: ev.AsOf, date: ev.date, closed: ev.closed}
}

// A hit says how a party relates to a list.
type hit struct {
	verdict Verdict // Pass where it does not
	why     string
	// aside names what would have matched at another date.
	aside []string
}

// denyListed judges the parties in the rule's roles against its list.
func (ev *evaluation) denyListed(pack *Pack, r *Rule, s subject) outcome {
	sc := ev.screening(pack, r)
	worst := outcome{verdict: NotApplicable, why: "the rule's roles are not stated"}
	for _, role := range sortedKeys(r.Deny.Roles) {
		o := ev.listedRole(sc, r, s, role, r.Deny.Roles[role] == "required")
		if worst.fact == "" || Worst(worst.verdict, o.verdict) != worst.verdict {
			worst = o
		}
	}
	return worst
}

func sortedKeys[V any](m map[string]V) []string {
	var ks []string
	for k := range m {
		ks = append(ks, k)
	}
	slices.Sort(ks)
	return ks
}

// listedRole judges one role.
func (ev *evaluation) listedRole(sc *screening, r *Rule, s subject, role string, required bool) outcome {
	name, performed := strings.CutPrefix(role, "performed-by.")
	f := s.fact(name)
	parties, graded, below := ev.roleParties(r, f, performed)
	if len(parties) == 0 {
		return ev.roleUnknown(sc, r, role, f, below, required)
	}
	worst := hit{verdict: NotApplicable}
	var why []string
	for _, p := range parties {
		h := sc.screen(p)
		if Worst(worst.verdict, h.verdict) != worst.verdict {
			worst, why = h, nil
		}
		if h.verdict == worst.verdict {
			why = append(why, strings.Join(append([]string{h.why}, h.aside...), "; "))
		}
	}
	o := outcome{verdict: worst.verdict, fact: f.Name, state: sbom.StateKnown, values: graded, why: role + ": " + strings.Join(why, "; ")}
	if worst.verdict != Fail && !performed && f.State(ev.Trust, r.grade) == sbom.StateConflict {
		o.verdict, o.state = Worst(worst.verdict, r.OnConflict), sbom.StateConflict
		o.why = "the manufacturer is contradicted: " + ev.sayValues(f, r.grade) + "; " + o.why
	}
	return o
}

// roleParties gives the parties that play a role, at the rule's grade.
func (ev *evaluation) roleParties(r *Rule, f sbom.Fact, performed bool) (parties []string, graded []GradedValue, below []sbom.Value) {
	for _, v := range f.Values {
		who := v.Is
		if performed {
			who = v.PerformedBy
		}
		switch {
		case who == "":
		case v.Grade(ev.Trust) < r.grade:
			below = append(below, v)
		default:
			graded = append(graded, GradedValue{v, v.Grade(ev.Trust)})
			if !slices.Contains(parties, who) {
				parties = append(parties, who)
			}
		}
	}
	return parties, graded, below
}

func (ev *evaluation) roleUnknown(sc *screening, r *Rule, role string, f sbom.Fact, below []sbom.Value, required bool) outcome {
	var o outcome
	switch {
	case len(below) > 0:
		o = say(r.OnWeak, "%s is only %s where the rule asks for %s", role, below[0].Grade(ev.Trust), r.grade)
		o.values = ev.grade(below)
	case !required:
		o = say(NotApplicable, "%s is not stated", role)
	default:
		o = say(r.OnUnknown, "%s is not known", role)
		o.fix = cmp.Or(r.Fix, "add an input that names it, such as a part list with a column Manufacturer")
	}
	if !slices.ContainsFunc(sc.list.Entries, sc.effective) && (o.verdict == Fail || o.verdict == Undecided) {
		o.verdict = Warn
		o.why += "; no entry of the list is effective on " + sc.date
	}
	o.fact, o.state = f.Name, sbom.StateUnknown
	return o
}

func (sc *screening) effective(e Entry) bool {
	return (e.Listed == "" || e.Listed <= sc.date) && (e.Effective == "" || e.Effective <= sc.date) && !sc.delisted(e)
}

func (sc *screening) delisted(e Entry) bool { return e.Delisted != "" && e.Delisted <= sc.date }

// screen judges one party: itself, then whoever owns it.
func (sc *screening) screen(name string) hit {
	sc.visited = map[string]bool{}
	m := sc.registry.ByName(name)
	h := sc.match(name, m.Exact)
	if h.verdict == Fail || sc.rule.Deny.Cascade == nil {
		return sc.settle(h, name, m.Exact)
	}
	if m.Exact != nil {
		up := sc.owners(m.Exact)
		up.aside = append(h.aside, up.aside...)
		if Worst(h.verdict, up.verdict) != h.verdict {
			h = up
		} else {
			h.aside = up.aside
		}
	}
	return sc.settle(h, name, m.Exact)
}

// settle turns a pass that rests on too little into unknown.
func (sc *screening) settle(h hit, name string, org *registry.Organisation) hit {
	if h.verdict != Pass {
		return h
	}
	list := sc.rule.Deny.OnList
	open := func(format string, args ...any) hit {
		return hit{Undecided, fmt.Sprintf(format, args...), h.aside}
	}
	switch {
	case !sc.list.Complete:
		return open("%s is not on list %s, but the list is not declared complete", name, list)
	case sc.stale():
		return open("%s is not on list %s, but the list is of %s and older than %s", name, list, cmp.Or(sc.list.AsOf, "an unknown date"), sc.list.MaxAge)
	case sc.rule.Unreviewed == "accept":
	case org != nil && !org.Reviewed:
		return open("%s is not on list %s, but nobody has reviewed the registry's record of it", name, list)
	case org == nil && sc.rule.Deny.Cascade != nil && !sc.closed:
		return open("%s is not on list %s, but the registry does not know it, so neither its owners", name, list)
	}
	return h
}

func (sc *screening) stale() bool {
	if sc.list.MaxAge == "" {
		return false
	}
	days, err := strconv.Atoi(strings.TrimSuffix(sc.list.MaxAge, "d"))
	of, err2 := time.Parse(time.DateOnly, sc.list.AsOf)
	if err != nil || err2 != nil {
		return true
	}
	return of.AddDate(0, 0, days).Before(sc.at)
}

// match looks one party up on the list by all its names.
func (sc *screening) match(name string, org *registry.Organisation) hit {
	list := sc.rule.Deny.OnList
	all := []string{name}
	if org != nil {
		all = append(append(all, org.LegalName, org.ShortName), org.Aliases...)
	}
	h := hit{verdict: Pass, why: fmt.Sprintf("%s is not on list %s", name, list)}
	seen := map[string]bool{}
	for _, n := range all {
		exact, _ := sc.index.Find(n)
		for _, m := range exact {
			i, _ := strconv.Atoi(m.ID)
			e := sc.list.Entries[i]
			if seen[m.ID] || org != nil && org.LEI != "" && e.LEI != "" && org.LEI != e.LEI {
				continue
			}
			seen[m.ID] = true
			h = sc.listed(h, name, e)
		}
	}
	if h.verdict != Pass {
		return h
	}
	_, possible := sc.index.Find(name)
	for _, m := range possible {
		i, _ := strconv.Atoi(m.ID)
		if e := sc.list.Entries[i]; !seen[m.ID] && sc.effective(e) {
			h = sc.possible(h, name, org, e, m.Why)
		}
	}
	return h
}

// listed judges an exact match by the entry's dates.
func (sc *screening) listed(h hit, name string, e Entry) hit {
	list := sc.rule.Deny.OnList
	as := ""
	if !strings.EqualFold(name, e.Name) {
		as = " as " + e.Name
	}
	switch {
	case sc.delisted(e):
		h.aside = append(h.aside, fmt.Sprintf("%s was on list %s%s until %s", name, list, as, e.Delisted))
	case e.Listed > sc.date:
		h.aside = append(h.aside, fmt.Sprintf("%s is on list %s%s from %s, after the judging date", name, list, as, e.Listed))
	case e.Effective > sc.date:
		if h.verdict == Pass {
			h.verdict, h.why = Warn, fmt.Sprintf("%s is on list %s%s, effective from %s", name, list, as, e.Effective)
		}
	default:
		h.verdict, h.why = Fail, fmt.Sprintf("%s is on list %s%s%s", name, list, as, since(e.Listed))
	}
	return h
}

func since(date string) string {
	if date == "" {
		return ""
	}
	return " since " + date
}

// possible judges a similar name. Another country makes it unlikely enough to
// warn; only a differing identifier settles it.
func (sc *screening) possible(h hit, name string, org *registry.Organisation, e Entry, why string) hit {
	switch {
	case org != nil && org.LEI != "" && e.LEI != "" && org.LEI != e.LEI:
		return h
	case org != nil && e.Country != "" && org.Headquarters != "" && org.Headquarters != e.Country:
		if h.verdict == Pass {
			h.verdict, h.why = Warn, fmt.Sprintf("%s is a possible match with %s on list %s (%s), of another country", name, e.Name, sc.rule.Deny.OnList, why)
		}
	default:
		h.verdict, h.why = Undecided, fmt.Sprintf("%s is a possible match with %s on list %s (%s): a person must settle it", name, e.Name, sc.rule.Deny.OnList, why)
	}
	return h
}

// owners judges whoever is above an organisation by the rule's cascade: shares
// of listed owners are inclusive of the threshold and never multiplied along a
// chain; an owner that cascades counts as listed itself.
func (sc *screening) owners(org *registry.Organisation) hit {
	h := hit{verdict: Pass, why: fmt.Sprintf("neither %s nor its owners are on list %s", org.LegalName, sc.rule.Deny.OnList)}
	if sc.visited[org.ID] {
		return h
	}
	sc.visited[org.ID] = true
	c := sc.rule.Deny.Cascade
	sum, largest, perhaps := 0.0, 0.0, false
	var chain, open []string
	for _, e := range sc.registry.History(org.ID) {
		owner, ok := sc.registry.Organisation(e.Owner)
		if !ok {
			continue
		}
		up := sc.match(owner.LegalName, owner)
		if up.verdict == Pass {
			above := sc.owners(owner)
			above.aside = append(up.aside, above.aside...)
			up = above
		}
		words := fmt.Sprintf("%s %s %s (%s)", owner.LegalName, holds(e), org.LegalName, up.why)
		force := e.In(sc.at)
		switch {
		case up.verdict == Pass:
			h.aside = append(h.aside, up.aside...)
		case force == registry.No:
			h.aside = append(h.aside, fmt.Sprintf("%s held %s until %s", owner.LegalName, org.LegalName, cmp.Or(string(e.To), "another date")))
		case up.verdict != Fail:
			h = hit{Worst(h.verdict, up.verdict), words, append(h.aside, up.aside...)}
		case force == registry.Perhaps || !e.Reviewed && sc.rule.Unreviewed != "accept":
			open = append(open, words+", which nobody has reviewed or dated")
			perhaps = true
		case e.Share > 0:
			sum, largest = sum+e.Share, max(largest, e.Share)
			chain = append(chain, words)
		case e.Title():
			sum, largest = sum+50, max(largest, 50)
			chain = append(chain, words)
		case c.Affiliates:
			return hit{Fail, words, h.aside}
		default:
			open, perhaps = append(open, words+", whose share is not stated"), true
		}
	}
	total := largest
	if c.SiblingsAdd {
		total = sum
	}
	switch {
	case c.OwnerShare != nil && total >= *c.OwnerShare:
		return hit{Fail, strings.Join(chain, " and "), h.aside}
	case perhaps:
		return hit{Undecided, strings.Join(open, " and "), h.aside}
	case total > 0 && h.verdict == Pass:
		h.aside = append(h.aside, fmt.Sprintf("%s, below the rule's threshold", strings.Join(chain, " and ")))
	}
	return h
}

func holds(e registry.Edge) string {
	switch {
	case e.Share > 0:
		return fmt.Sprintf("holds %g %% of", e.Share)
	case e.Title():
		return "owns"
	}
	return "controls"
}
