package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/originbom/originbom/provenance/registry"
	"github.com/originbom/originbom/sbom"
)

// This file judges where a party is: its registration, its headquarters, its
// ultimate parent. Ownership is read at the rule's day. None of it ever says
// where a part was made.

// The countries of a party.
const (
	seatRegistration = "registration"
	seatHeadquarters = "headquarters"
	seatParent       = "ultimate-parent"
)

// A seat is a country of a party, with what it rests on.
type seat struct {
	country  string // "" if not known
	what     string // in words, such as "headquarters of Nordlys AS"
	reviewed bool
	open     string // why it is not certain, "" if it is
}

// partyCountries judges the countries of the parties in the rule's roles.
func (ev *evaluation) partyCountries(pack *Pack, r *Rule, s *subject) outcome {
	q := cmp.Or(r.Deny, r.Require)
	day, missing := ev.when(r, s)
	if missing != "" {
		return r.open("", "%s, and the rule is read at that day", missing)
	}
	set := ev.set(pack, r, q.In)
	worst := outcome{verdict: NotApplicable, why: "the rule's roles are not stated"}
	for _, role := range q.PartyCountries.Of {
		x := ev.cast(r, s, role)
		f := x.fact
		var o outcome
		if len(x.parties) == 0 {
			o = ev.roleUnknown(nil, r, role, f, x.below, q.Roles[role] != "if-stated")
		} else {
			o = ev.judgeParties(r, role, x.parties, day, set)
			o.fact, o.state, o.values = f.Name, cmp.Or(o.state, sbom.StateKnown), x.graded
			if o.verdict != Fail && x.contradicted {
				o.verdict, o.state = Worst(o.verdict, r.OnConflict), sbom.StateConflict
				o.why = "the manufacturer is contradicted: " + ev.sayValues(f, r.grade) + "; " + o.why
			}
		}
		if worst.fact == "" || Worst(worst.verdict, o.verdict) != worst.verdict {
			worst = o
		}
	}
	return worst
}

// judgeParties judges the parties of one role.
func (ev *evaluation) judgeParties(r *Rule, role string, parties []string, day time.Time, set countrySet) outcome {
	q := cmp.Or(r.Deny, r.Require)
	o := outcome{verdict: Pass}
	var why []string
	for _, name := range parties {
		m := ev.Registry.ByName(name)
		if m.Exact == nil {
			o.verdict = Worst(o.verdict, r.OnUnknown)
			o.state, o.fix = sbom.StateUnknown, cmp.Or(r.Fix, "add the organisation to your registry (--registry), with its seat and owners")
			why = append(why, fmt.Sprintf("the registry does not know %s, so neither its countries", name))
			continue
		}
		for _, fact := range q.PartyCountries.Facts {
			v, w := ev.judgeSeats(r, ev.seatsOf(m.Exact, fact, day), set)
			if Worst(o.verdict, v) != o.verdict || v == o.verdict {
				why = append(why, w)
			}
			o.verdict = Worst(o.verdict, v)
		}
	}
	o.why = role + ": " + strings.Join(why, "; ")
	return o
}

// judgeSeats judges the seats that one fact leads to.
func (ev *evaluation) judgeSeats(r *Rule, seats []seat, set countrySet) (Verdict, string) {
	deny := r.Deny != nil
	in := setWords(cmp.Or(r.Deny, r.Require).In)
	verdict := Verdict(Pass)
	var why []string
	for _, s := range seats {
		v, w := Verdict(Pass), ""
		hit := set.has(s.country) == 1
		switch {
		case s.country == "":
			v, w = r.OnUnknown, "the "+s.what+" is not known"
		case s.open != "" && hit == deny:
			v, w = r.OnUnknown, fmt.Sprintf("the %s is in %s, %s", s.what, s.country, s.open)
		case !s.reviewed && r.Unreviewed != "accept":
			v, w = Undecided, fmt.Sprintf("the %s is in %s, which nobody has reviewed in the registry", s.what, s.country)
		case hit == deny:
			v, w = Fail, fmt.Sprintf("the %s is in %s, which is %s %s", s.what, s.country, map[bool]string{true: "in", false: "not in"}[deny], in)
		case s.open != "":
			continue // it would not decide either way
		default:
			w = fmt.Sprintf("the %s is in %s", s.what, s.country)
		}
		verdict = Worst(verdict, v)
		why = append(why, w)
	}
	return verdict, strings.Join(why, "; ")
}

// seatsOf gives the seats of an organisation on a day. Owners who control it
// without title are listed after its ultimate parent: whether they count is
// open.
func (ev *evaluation) seatsOf(o *registry.Organisation, fact string, day time.Time) []seat {
	switch fact {
	case seatRegistration:
		return []seat{ev.seat(o, "registration of "+o.LegalName, true, day)}
	case seatHeadquarters:
		return []seat{ev.seat(o, "headquarters of "+o.LegalName, false, day)}
	}
	p, _ := ev.Registry.UltimateParent(o.ID, day)
	top := ev.seat(p.Ultimate, "headquarters of "+p.Ultimate.LegalName+", the ultimate parent of "+o.LegalName+",", false, day)
	top.reviewed = top.reviewed && p.Reviewed
	if !p.Certain {
		top.open = "but on that day the ownership is not certain"
	}
	out := []seat{top}
	for _, e := range p.Control {
		if owner, ok := ev.Registry.Organisation(e.Owner); ok {
			s := ev.seat(owner, "headquarters of "+owner.LegalName+", which controls it without title,", false, day)
			s.open = "and whether control counts is not told"
			if s.country != "" {
				out = append(out, s)
			}
		}
	}
	for _, e := range ev.Registry.Owners(o.ID, day) {
		if owner, ok := ev.Registry.Organisation(e.Owner); ok && !e.Title() && e.Kind == registry.Equity && e.Share == 0 {
			s := ev.seat(owner, "headquarters of "+owner.LegalName+", an owner whose share is not stated,", false, day)
			s.open = "and whether it is the parent is not known"
			if s.country != "" && !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// seat gives one country of an organisation on a day.
func (ev *evaluation) seat(o *registry.Organisation, what string, registered bool, day time.Time) seat {
	country, field := o.Headquarters, "headquarters_country"
	if registered {
		country, field = o.Registered, "registered_country"
	}
	if dated, ok := ev.seats[o.ID]; ok {
		country = dated.headquarters.on(day.Format(time.DateOnly))
		if registered {
			country = dated.registered.on(day.Format(time.DateOnly))
		}
		return seat{country: country, what: what, reviewed: o.Reviewed}
	}
	return seat{country: country, what: what, reviewed: o.Reviewed || o.Read(field)}
}

// caseSeats are the seats of an organisation of a table case.
type caseSeats struct{ registered, headquarters Dated }
