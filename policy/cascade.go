package policy

import (
	"fmt"
	"math"
	"strings"

	"github.com/originbom/originbom/provenance/registry"
)

// This file judges whoever is above a party, by the rule's cascade. Shares of
// listed owners are inclusive of the threshold and never multiplied along a
// chain: an owner that cascades counts as listed itself.

// maxOwnerSteps bounds one party's walk through its owners. The deepest group
// that we know needs some hundred steps; a registry that needs more is not one
// that a person could follow.
const maxOwnerSteps = 20_000

// A holding is what one owner holds, as far as it is known, and what the list
// says of that owner.
type holding struct {
	from, to float64 // percent; infinite where control counts by itself
	verdict  Verdict
	words    string
}

// owners judges whoever is above an organisation.
func (sc *screening) owners(org *registry.Organisation, c *Cascade) hit {
	h := hit{verdict: Pass, why: fmt.Sprintf("neither %s nor its owners are on %s", org.LegalName, sc.name)}
	if sc.steps++; sc.steps > maxOwnerSteps {
		h.verdict, h.why = Undecided, fmt.Sprintf("the owners of %s are too many to follow", org.LegalName)
		return h
	}
	if sc.path[org.ID] {
		return h // a cycle: whoever is on it is judged where it is met first
	}
	sc.path[org.ID] = true
	defer delete(sc.path, org.ID)
	held := map[string]holding{}
	var order []string
	for _, e := range sc.registry.History(org.ID) {
		owner, ok := sc.registry.Organisation(e.Owner)
		if !ok {
			continue
		}
		up := sc.above(owner, c)
		if e.In(sc.at) == registry.No {
			if up.verdict == Fail {
				h.aside = append(h.aside, fmt.Sprintf("%s %s, but not on %s", up.why, otherTime(e, owner, org), sc.date))
			}
			continue
		}
		h.aside = append(h.aside, up.aside...)
		if up.verdict == Pass {
			continue
		}
		x := sc.holding(e, c)
		x.verdict, x.words = up.verdict, fmt.Sprintf("%s %s %s%s (%s)", owner.LegalName, holds(e), org.LegalName, x.words, up.why)
		if old, ok := held[owner.ID]; ok { // two records of one owner are one holding
			x.from, x.to = max(x.from, old.from), max(x.to, old.to)
		} else {
			order = append(order, owner.ID)
		}
		held[owner.ID] = x
	}
	return sc.weigh(h, held, order, c)
}

// above judges an owner: itself, or whoever is above it.
func (sc *screening) above(owner *registry.Organisation, c *Cascade) hit {
	up := sc.listed(owner.LegalName, owner)
	switch {
	case up.verdict == Fail && up.self:
		up.aside = append(up.aside, up.why+", an entry that does not reach what it owns")
		up.verdict = Pass
		return up
	case up.verdict == Fail:
		return up
	}
	higher := sc.owners(owner, c)
	higher.aside = append(up.aside, higher.aside...)
	if Worst(up.verdict, higher.verdict) != up.verdict {
		return higher
	}
	up.aside = higher.aside
	return up
}

// holding says how much an edge counts under the cascade.
func (sc *screening) holding(e registry.Edge, c *Cascade) holding {
	var x holding
	all := math.Inf(1)
	switch {
	case e.Share > 0:
		x.from, x.to = e.Share, e.Share
	case e.Kind == registry.Division:
		x.from, x.to = 100, 100
	case e.Title():
		x.from, x.to = math.Nextafter(50, 100), 100
		x.words = " (more than half)"
	case e.Kind == registry.Control && c.Affiliates:
		x.from, x.to = all, all
	default:
		x.to, x.words = all, ", whose share is not stated,"
	}
	if c.Affiliates && e.Share > 50 || c.Affiliates && e.Title() {
		x.from, x.to = all, all // a majority is control
	}
	if e.In(sc.at) == registry.Perhaps {
		x.from, x.words = 0, x.words+" on a day that is not known well enough"
	} else if !e.Reviewed && sc.rule.Unreviewed != "accept" {
		x.from, x.words = 0, x.words+", which nobody has reviewed,"
	}
	return x
}

// weigh adds up what listed owners hold: what is sure decides, what is not
// leaves it open, what is listed and not yet effective warns.
func (sc *screening) weigh(h hit, held map[string]holding, order []string, c *Cascade) hit {
	for _, level := range []Verdict{Fail, Undecided, Warn} {
		total := 0.0
		var words []string
		for _, id := range order {
			x := held[id]
			share := x.to
			if level == Fail {
				share = x.from
			}
			if Worst(x.verdict, level) != x.verdict || share == 0 {
				continue
			}
			words = append(words, x.words)
			if c.SiblingsAdd {
				total += share
			} else {
				total = max(total, share)
			}
		}
		if math.IsInf(total, 1) || c.OwnerShare != nil && total >= *c.OwnerShare {
			h.verdict, h.why = level, strings.Join(words, " and ")
			return h
		}
	}
	for _, id := range order {
		h.aside = append(h.aside, held[id].words+", below the rule's threshold")
	}
	return h
}

// otherTime says when an edge was, or will be, in force.
func otherTime(e registry.Edge, owner, org *registry.Organisation) string {
	when := ""
	if e.From != "" {
		when += " from " + string(e.From)
	}
	if e.To != "" {
		when += " until " + string(e.To)
	}
	return fmt.Sprintf("and %s %s %s%s", owner.LegalName, held(e), org.LegalName, when)
}

func held(e registry.Edge) string {
	switch {
	case e.Share > 0:
		return fmt.Sprintf("held %g %% of", e.Share)
	case e.Title():
		return "owned"
	}
	return "controlled"
}

func holds(e registry.Edge) string {
	switch {
	case e.Share > 0:
		return fmt.Sprintf("holds %g %% of", e.Share)
	case e.Title():
		return "owns"
	case e.Kind == registry.Control:
		return "controls"
	}
	return "holds a share of"
}
