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

// This file judges whether a party is on a list of entities. A hit is an exact
// name or identifier; a similar name is a possible match that a person must
// settle. cascade.go judges those who own the party.

// Kinds of match that a rule may ask for.
const (
	matchName       = "name"
	matchAlias      = "alias"
	matchIdentifier = "identifier"
	matchPossible   = "possible"
)

// Roles of parties.
const (
	roleSupplier = "supplier"
	performedBy  = "performed-by."
)

// A screening looks parties up on one list, on one date, through one registry.
type screening struct {
	rule     *Rule
	match    OneOrAll
	name     string // of the list, in words
	list     List
	index    *names.Index // entry names by index into list.Entries
	leis     map[string]int
	registry *registry.Registry
	at       time.Time // the day that ownership and entries are read at
	date     string
	asOf     time.Time // the day that the list's age is measured at
	closed   bool      // the registry holds everyone there is
	category sbom.Category
	device   string // category of the device

	done    map[party]hit
	inForce bool // an entry is effective on the day
	path    map[string]bool
	steps   int
}

// A party is looked up once for each category of parts.
type party struct {
	name     string
	category sbom.Category
}

type screeningKey struct {
	rule *Rule
	date string
}

// screening gives the look-up of a rule on a day, built once.
func (ev *evaluation) screening(pack *Pack, r *Rule, day time.Time) *screening {
	key := screeningKey{r, day.Format(time.DateOnly)}
	if sc := ev.screenings[key]; sc != nil {
		return sc
	}
	q := cmp.Or(r.Deny, r.Require)
	sc := &screening{
		rule: r, match: q.Match, name: "list " + q.OnList, list: pack.Lists[q.OnList], registry: ev.Registry, at: day, date: key.date, asOf: ev.AsOf,
		closed: ev.closed, leis: map[string]int{}, device: ev.Document.Device.Category, done: map[party]hit{},
	}
	if len(q.Makers) > 0 {
		sc.name, sc.list = "the rule's list of makers", List{Complete: true}
		for _, m := range q.Makers {
			sc.list.Entries = append(sc.list.Entries, Entry{Name: m})
		}
	}
	var es []names.Entry
	for i, e := range sc.list.Entries {
		id := strconv.Itoa(i)
		es = append(es, names.Entry{ID: id, Name: e.Name})
		for _, a := range e.Aliases {
			es = append(es, names.Entry{ID: id, Name: a, Rank: 1})
		}
		if e.LEI != "" {
			sc.leis[strings.ToUpper(e.LEI)] = i
		}
	}
	sc.index = names.NewIndex(es)
	sc.inForce = slices.ContainsFunc(sc.list.Entries, sc.effective)
	ev.screenings[key] = sc
	return sc
}

// A hit says how a party relates to a list.
type hit struct {
	verdict Verdict // Pass where it does not
	why     string
	aside   []string // what would have matched at another date
	words   string   // why and aside, of a party that was screened
	self    bool     // the entry reaches nobody but the party itself
}

// denyListed judges the parties in the rule's roles against its list.
func (ev *evaluation) denyListed(pack *Pack, r *Rule, s *subject) outcome {
	day, missing := ev.when(r, s)
	if missing != "" {
		return r.open("", "%s, and the rule is read at that day", missing)
	}
	sc := ev.screening(pack, r, day)
	sc.category = s.Category
	roles := r.Deny.roles()
	worst := outcome{verdict: NotApplicable, why: "the rule's roles are not stated"}
	for _, role := range sortedKeys(roles) {
		o := ev.listedRole(sc, r, s, role, roles[role] == "required")
		if worst.fact == "" || Worst(worst.verdict, o.verdict) != worst.verdict {
			worst = o
		}
	}
	return worst
}

// roles are those of the requirement, else the manufacturer.
func (q *Requirement) roles() map[string]string {
	if len(q.Roles) == 0 {
		return map[string]string{sbom.Manufacturer: "required"}
	}
	return q.Roles
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
func (ev *evaluation) listedRole(sc *screening, r *Rule, s *subject, role string, required bool) outcome {
	x := ev.cast(r, s, role)
	if len(x.parties) == 0 {
		return ev.roleUnknown(sc, r, role, x.fact, x.below, required)
	}
	verdict, why := NotApplicable, ""
	for _, p := range x.parties {
		h := sc.screen(p)
		switch {
		case Worst(verdict, h.verdict) != verdict:
			verdict, why = h.verdict, h.words
		case h.verdict == verdict && why == "":
			why = h.words
		case h.verdict == verdict:
			why += "; " + h.words
		}
	}
	o := outcome{verdict: verdict, fact: x.fact.Name, state: sbom.StateKnown, values: x.graded, why: role + ": " + why}
	if verdict != Fail && x.contradicted {
		o.verdict, o.state = Worst(verdict, r.OnConflict), sbom.StateConflict
		o.why = "the manufacturer is contradicted: " + ev.sayValues(x.fact, r.grade) + "; " + o.why
	}
	if len(x.below) > 0 && o.verdict == Pass {
		o.why += "; below the rule's grade it is also said: " + ev.sayBelow(x.fact, r.grade)
	}
	return o
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
		o = r.open("Find out who it is, and add an input that names them, such as a part list with a column Manufacturer.", "%s is not known", role)
	}
	if sc != nil && !sc.inForce && (o.verdict == Fail || o.verdict == Undecided) {
		o.verdict = Warn
		o.why += "; no entry of the list is effective on " + sc.date
	}
	o.fact, o.state = f.Name, sbom.StateUnknown
	return o
}

// ended gives the first day without the entry, and the word for it.
func (e Entry) ended() (day, word string) {
	if e.Withdrawn != "" && (e.Delisted == "" || e.Withdrawn < e.Delisted) {
		return e.Withdrawn, "withdrawn"
	}
	return e.Delisted, "delisted"
}

func (sc *screening) over(e Entry) bool {
	day, _ := e.ended()
	return day != "" && day <= sc.date
}

func (sc *screening) effective(e Entry) bool {
	return e.Listed <= sc.date && e.Effective <= sc.date && !sc.over(e)
}

// screen judges one party: itself, then whoever owns it.
func (sc *screening) screen(name string) hit {
	key := party{name, sc.category}
	h, ok := sc.done[key]
	if !ok {
		h = sc.look(name)
		h.words = strings.Join(append([]string{h.why}, h.aside...), "; ")
		sc.done[key] = h
	}
	return h
}

func (sc *screening) look(name string) hit {
	m := sc.registry.ByName(name)
	h := sc.listed(name, m.Exact)
	q := cmp.Or(sc.rule.Deny, sc.rule.Require)
	if h.verdict != Fail && q.Cascade != nil && m.Exact != nil {
		sc.path, sc.steps = map[string]bool{}, 0
		up := sc.owners(m.Exact, q.Cascade)
		up.aside = append(h.aside, up.aside...)
		if Worst(h.verdict, up.verdict) != h.verdict || h.verdict == Pass {
			h = up
		} else {
			h.aside = up.aside
		}
	}
	return sc.settle(h, name, m.Exact, q.Cascade != nil)
}

// settle turns a pass that rests on too little into unknown.
func (sc *screening) settle(h hit, name string, org *registry.Organisation, cascades bool) hit {
	if h.verdict != Pass {
		return h
	}
	open := func(format string, args ...any) hit {
		return hit{verdict: Undecided, why: fmt.Sprintf(format, args...), aside: h.aside}
	}
	switch {
	case !sc.list.Complete:
		return open("%s is not on %s, but the list is not declared complete", name, sc.name)
	case sc.stale():
		return open("%s is not on %s, but the list is of %s and older than %s", name, sc.name, cmp.Or(sc.list.AsOf, "an unknown date"), sc.list.MaxAge)
	case sc.rule.Unreviewed == "accept":
	case org != nil && !org.Reviewed:
		return open("%s is not on %s, but nobody has reviewed the registry's record of it", name, sc.name)
	case org == nil && cascades && !sc.closed:
		return open("%s is not on %s, but the registry does not know it, so neither its owners", name, sc.name)
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
	return of.AddDate(0, 0, days).Format(time.DateOnly) < sc.asOf.Format(time.DateOnly)
}

func (sc *screening) wants(kind string) bool {
	return len(sc.match) == 0 || slices.Contains(sc.match, kind)
}

// listed looks one party up on the list by its identifier and all its names.
func (sc *screening) listed(name string, org *registry.Organisation) hit {
	h := hit{verdict: Pass, why: fmt.Sprintf("%s is not on %s", name, sc.name)}
	seen := map[string]bool{}
	for _, m := range sc.exact(name, org) {
		e := sc.list.Entries[m]
		if id := strconv.Itoa(m); !seen[id] {
			seen[id] = true
			if org == nil || org.LEI == "" || e.LEI == "" || strings.EqualFold(org.LEI, e.LEI) {
				h = sc.dated(h, name, e)
			} else {
				h.aside = append(h.aside, fmt.Sprintf("%s on %s has the same name and another LEI", e.Name, sc.name))
			}
		}
	}
	if h.verdict != Pass || !sc.wants(matchPossible) {
		return h
	}
	_, possible := sc.index.Find(name)
	for _, m := range possible {
		i, _ := strconv.Atoi(m.ID)
		if e := sc.list.Entries[i]; !seen[m.ID] && sc.effective(e) && sc.limited(e) != no {
			h = sc.possible(h, name, org, e, m.Why)
		}
	}
	return h
}

// exact gives the entries that a party is, as far as the rule's match kinds go.
func (sc *screening) exact(name string, org *registry.Organisation) []int {
	var out []int
	all := []string{name}
	if org != nil {
		all = append(append(all, org.LegalName, org.ShortName), org.Aliases...)
		if i, ok := sc.leis[strings.ToUpper(org.LEI)]; ok && org.LEI != "" && sc.wants(matchIdentifier) {
			out = append(out, i)
		}
	}
	if i, ok := sc.leis[strings.ToUpper(name)]; ok && sc.wants(matchIdentifier) {
		out = append(out, i)
	}
	for _, n := range all {
		exact, _ := sc.index.Find(n)
		for _, m := range exact {
			i, _ := strconv.Atoi(m.ID)
			kind := matchAlias
			if names.Normalise(n).Core == names.Normalise(sc.list.Entries[i].Name).Core {
				kind = matchName
			}
			if sc.wants(kind) {
				out = append(out, i)
			}
		}
	}
	return out
}

// Whether an entry that is limited to categories reaches the component.
const (
	no = iota
	perhaps
	yes
)

func (sc *screening) limited(e Entry) int {
	switch {
	case len(e.Category) == 0, slices.Contains(e.Category, string(sc.category)), slices.Contains(e.Category, sc.device):
		return yes
	case sc.category == "":
		return perhaps
	}
	return no
}

// dated judges an exact match by the entry's dates and limits.
func (sc *screening) dated(h hit, name string, e Entry) hit {
	as := ""
	if !strings.EqualFold(name, e.Name) {
		as = " as " + e.Name
	}
	if e.Covers != "" && e.Covers != "self" {
		as += " (" + e.Covers + ")"
	}
	end, word := e.ended()
	set := func(v Verdict, format string, args ...any) {
		if Worst(h.verdict, v) != h.verdict {
			h.verdict, h.why, h.self = v, fmt.Sprintf(format, args...), e.Covers == "self"
		}
	}
	switch reach := sc.limited(e); {
	case reach == no:
		h.aside = append(h.aside, fmt.Sprintf("%s is on %s%s, for %s only", name, sc.name, as, strings.Join(e.Category, ", ")))
	case sc.over(e):
		h.aside = append(h.aside, fmt.Sprintf("%s was on %s%s until it was %s on %s", name, sc.name, as, word, end))
	case e.Listed > sc.date:
		h.aside = append(h.aside, fmt.Sprintf("%s is on %s%s from %s, after %s", name, sc.name, as, e.Listed, sc.date))
	case e.Effective > sc.date:
		set(Warn, "%s is on %s%s, effective from %s", name, sc.name, as, e.Effective)
	case reach == perhaps:
		set(Undecided, "%s is on %s%s for %s only, and what the part is, is not known", name, sc.name, as, strings.Join(e.Category, ", "))
	case e.Purpose != "":
		set(Undecided, "%s is on %s%s%s, for one use only (%s), and whether this is that use is not told", name, sc.name, as, since(e.Listed), e.Purpose)
	default:
		set(Fail, "%s is on %s%s%s", name, sc.name, as, since(e.Listed))
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
	seat := ""
	if org != nil {
		seat = cmp.Or(org.Headquarters, org.Registered)
	}
	switch {
	case org != nil && org.LEI != "" && e.LEI != "" && org.LEI != e.LEI:
		h.aside = append(h.aside, fmt.Sprintf("%s on %s has a similar name and another LEI", e.Name, sc.name))
	case e.Country != "" && seat != "" && seat != e.Country:
		if h.verdict == Pass {
			h.verdict, h.why = Warn, fmt.Sprintf("%s is a possible match with %s on %s (%s), of another country (%s, not %s)", name, e.Name, sc.name, why, seat, e.Country)
		}
	case h.verdict != Undecided:
		h.verdict, h.why = Undecided, fmt.Sprintf("%s is a possible match with %s on %s (%s): a person must settle it", name, e.Name, sc.name, why)
	}
	return h
}

// requireMakers passes where every party in the rule's roles is one of those
// that it allows.
func (ev *evaluation) requireMakers(pack *Pack, r *Rule, s *subject) outcome {
	day, missing := ev.when(r, s)
	if missing != "" {
		return r.open("", "%s, and the rule is read at that day", missing)
	}
	sc := ev.screening(pack, r, day)
	worst := outcome{verdict: NotApplicable, why: "the rule's roles are not stated"}
	roles := r.Require.roles()
	for _, role := range sortedKeys(roles) {
		o := ev.allowedRole(sc, r, s, role, roles[role] == "required")
		if worst.fact == "" || Worst(worst.verdict, o.verdict) != worst.verdict {
			worst = o
		}
	}
	return worst
}

func (ev *evaluation) allowedRole(sc *screening, r *Rule, s *subject, role string, required bool) outcome {
	x := ev.cast(r, s, role)
	if len(x.parties) == 0 {
		return ev.roleUnknown(nil, r, role, x.fact, x.below, required)
	}
	o := outcome{verdict: Pass, fact: x.fact.Name, state: sbom.StateKnown, values: x.graded}
	if x.contradicted {
		o.verdict, o.state, o.why = r.OnConflict, sbom.StateConflict, "the manufacturer is contradicted: "+ev.sayValues(x.fact, r.grade)+"; "
	}
	var why []string
	for _, p := range x.parties {
		switch h := sc.screen(p); h.verdict {
		case Fail:
			why = append(why, fmt.Sprintf("%s is allowed: %s", p, h.why))
		case Undecided:
			o.verdict = Worst(o.verdict, r.OnUnknown)
			why = append(why, fmt.Sprintf("it is not known whether %s is allowed: %s", p, h.why))
		default:
			o.verdict = Fail
			why = append(why, fmt.Sprintf("%s is not among those that the rule allows (%s)", p, strings.Join(r.Require.Makers, ", ")))
		}
	}
	o.why += role + ": " + strings.Join(why, "; ")
	return o
}
