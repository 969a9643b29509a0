package policy

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/originbom/originbom/sbom"
)

// This file judges how much of all parts comes from a set of countries. What is
// not told is carried as an interval: a part without a price may cost anything,
// a part without an origin may come from anywhere. The answer is known only
// where both ends of the interval give the same one.

// What a share is of.
const (
	ofValue  = "value"
	ofCount  = "count"
	ofWeight = "weight"
)

// A portion is one part's weight in the whole and how much of it is in the set.
type portion struct {
	weight  [2]float64 // from and to; to is infinite where it is not told
	in      [2]float64 // fraction, from and to
	name    string
	why     string  // why it is open, "" if it is not
	verdict Verdict // what the rule says of such a gap
}

// share judges the share that a rule bounds.
func (ev *evaluation) share(pack *Pack, r *Rule) outcome {
	q := r.Require.Share
	bound, at, o := ev.bound(r)
	if o != nil {
		return *o
	}
	ps, currencies := ev.portions(pack, r)
	if len(ps) == 0 {
		if len(ev.subjects) == 0 {
			return r.empty()
		}
		return r.nothing()
	}
	if len(currencies) > 1 {
		return r.open("give all prices in one currency", "prices are in %s, which cannot be added up", strings.Join(currencies, " and "))
	}
	lo, hi := extremes(ps)
	words := fmt.Sprintf("%s of the %s at %s is from %s%s; the rule asks for %s", percents(lo, hi), q.Of, strings.Join(q.Stage, " or "), setWords(q.From), at, bound.words())
	var open []string
	verdict := Verdict(NotApplicable)
	for _, p := range ps {
		if p.why != "" {
			open = append(open, p.name+" ("+p.why+")")
			verdict = Worst(verdict, p.verdict)
		}
	}
	if len(open) > 0 {
		words += "; open: " + strings.Join(open[:min(len(open), maxNamed)], ", ")
		if n := len(open) - maxNamed; n > 0 {
			words += fmt.Sprintf(" and %d more", n)
		}
	}
	o = new(outcome)
	switch atLo, atHi := bound.holds(lo), bound.holds(hi); {
	case ev.missesParts(r):
		*o = say(Undecided, "%s; the list of parts is declared incomplete, so the share of all parts is not known", words)
		o.fix = "Complete the inputs, or write incomplete: accept in the rule."
	case atLo && atHi:
		*o = say(Pass, "%s", words)
	case !atLo && !atHi:
		*o = say(Fail, "%s", words)
	default:
		*o = r.open("ask for what is open, or for prices", "%s", words)
		o.verdict = verdict
	}
	o.fact = firstOf(q.Stage)
	return *o
}

// maxNamed bounds the parts that one sentence names.
const maxNamed = 12

// bound gives the bound in force on the rule's day.
func (ev *evaluation) bound(r *Rule) (b Bound, at string, o *outcome) {
	q := r.Require.Share
	if len(q.Thresholds) == 0 {
		return q.Bound, "", nil
	}
	t, missing := ev.when(r, &ev.device)
	if missing != "" {
		open := r.open("", "%s, and the rule's threshold hangs on it", missing)
		return b, "", &open
	}
	day := t.Format("2006-01-02")
	found := false
	for _, th := range q.Thresholds {
		if th.From <= day {
			b, found = th.Bound, true
		}
	}
	if !found {
		none := say(NotApplicable, "the rule has no threshold on %s", day)
		return b, "", &none
	}
	return b, " (threshold of " + day + ")", nil
}

func (ev *evaluation) missesParts(r *Rule) bool {
	if r.Incomplete == "accept" || len(r.Applies.Category) > 0 {
		return false
	}
	incomplete := func(s *subject) bool { return strings.HasPrefix(s.assembly, "incomplete") && !s.candidate }
	return incomplete(&ev.device) || slices.ContainsFunc(ev.subjects, incomplete)
}

// portions weighs the fitted physical parts that the rule applies to. Of an
// assembly, count and weight are those of its parts; its price holds theirs,
// and only what it costs beyond them is its own.
func (ev *evaluation) portions(pack *Pack, r *Rule) (ps []portion, currencies []string) {
	set := ev.set(pack, r, r.Require.Share.From)
	inner := map[string][2]float64{}             // price of what an assembly's direct parts cost, by its ref
	for i := len(ev.subjects) - 1; i >= 0; i-- { // parts before what they are in
		s := ev.subjects[i]
		if s.kind != sbom.Hardware || s.candidate {
			continue
		}
		w := s.weight(r.Require.Share.Of)
		if s.price != nil && r.Require.Share.Of == ofValue && !slices.Contains(currencies, s.price.Currency) {
			currencies = append(currencies, s.price.Currency)
		}
		own := w
		if s.parts {
			own = beyond(w, inner[s.Ref], r.Require.Share.Of == ofValue && s.price != nil)
			if s.price == nil || r.Require.Share.Of != ofValue {
				w = inner[s.Ref]
			}
		}
		if n := len(s.Path); n > 0 {
			up := inner[s.Path[n-1]]
			inner[s.Path[n-1]] = [2]float64{up[0] + w[0], up[1] + w[1]}
		}
		applies, undecided := r.applies(s)
		if own[1] == 0 || !applies && undecided == "" {
			continue
		}
		ps = append(ps, ev.portion(r, s, set, own, undecided))
	}
	slices.Reverse(ps)
	slices.Sort(currencies)
	return ps, currencies
}

// beyond is what an assembly costs beyond its parts.
func beyond(whole, parts [2]float64, priced bool) [2]float64 {
	if !priced {
		return [2]float64{}
	}
	return [2]float64{max(0, whole[0]-parts[1]), max(0, whole[1]-parts[0])}
}

// weight is what a component weighs in a share.
func (s *subject) weight(of string) [2]float64 {
	n := [2]float64{s.quantity, s.quantity}
	if s.quantity <= 0 || math.IsNaN(s.quantity) {
		n = [2]float64{1, math.Inf(1)} // it is there, so there is one at least
	}
	each := 1.0
	switch of {
	case ofValue:
		if s.price == nil || !(s.price.Each >= 0) {
			return [2]float64{0, math.Inf(1)}
		}
		each = s.price.Each
	case ofWeight:
		g, err := strconv.ParseFloat(firstOf(s.property(propWeight)), 64)
		if err != nil || !(g >= 0) {
			return [2]float64{0, math.Inf(1)}
		}
		each = g
	}
	if each == 0 {
		return [2]float64{}
	}
	return [2]float64{n[0] * each, n[1] * each}
}

// portion tells how much of one component is in the set, as far as it is known.
func (ev *evaluation) portion(r *Rule, s *subject, set countrySet, w [2]float64, undecided string) portion {
	p := portion{weight: w, in: [2]float64{0, 1}, name: subjectWords(s)}
	gap := func(v Verdict, why string) { p.why, p.verdict = why, Worst(p.verdictOr(), v) }
	if undecided != "" {
		gap(r.OnUnknown, undecided)
		p.weight[0] = 0
	}
	v, o := ev.admissible(r, s, r.Require.Share.Stage)
	if o != nil {
		gap(o.verdict, o.why)
	} else {
		m := v.measure(set)
		p.in = [2]float64{m.in / 100, 1 - m.out/100}
		if m.maybe || m.rest > 0 {
			gap(r.OnUnknown, v.fact.Name+" is "+ev.say(v))
		}
	}
	if w[0] != w[1] {
		gap(r.OnUnknown, strings.TrimPrefix(p.why+", its "+r.Require.Share.Of+" is not told", ", "))
	}
	return p
}

func (p portion) verdictOr() Verdict {
	if p.verdict == "" {
		return NotApplicable
	}
	return p.verdict
}

func subjectWords(s *subject) string {
	if s.Name == s.Ref || s.Name == "" {
		return s.Ref
	}
	return s.Name
}

// extremes gives the least and the greatest share in percent that the portions
// allow. A weighted mean is least where what is below it weighs most and what
// is above it least, so it is enough to try each cut of the sorted portions.
func extremes(ps []portion) (lo, hi float64) {
	lo = 100 * least(ps, func(p portion) float64 { return p.in[0] })
	hi = 100 - 100*least(ps, func(p portion) float64 { return 1 - p.in[1] })
	return lo, hi
}

func least(ps []portion, in func(portion) float64) float64 {
	ps = slices.Clone(ps)
	slices.SortStableFunc(ps, func(a, b portion) int {
		switch x, y := in(a), in(b); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	num, den := 0.0, 0.0
	for _, p := range ps {
		num, den = num+p.weight[0]*in(p), den+p.weight[0]
	}
	best := math.Inf(1)
	if den > 0 {
		best = num / den
	}
	for _, p := range ps {
		if math.IsInf(p.weight[1], 1) {
			return min(best, in(p)) // the rest vanishes beside it
		}
		more := p.weight[1] - p.weight[0]
		if num, den = num+more*in(p), den+more; den > 0 {
			best = min(best, num/den)
		}
	}
	if math.IsInf(best, 1) {
		return 0 // nothing weighs anything
	}
	return best
}

// nearly is a rounding error of a sum of prices, in percentage points.
const nearly = 1e-9

// holds reports whether a share in percent keeps the bound.
func (b Bound) holds(share float64) bool {
	switch {
	case b.AtMost != nil:
		return share <= *b.AtMost+nearly
	case b.AtLeast != nil:
		return share >= *b.AtLeast-nearly
	case b.MoreThan != nil:
		return share > *b.MoreThan+nearly
	case b.LessThan != nil:
		return share < *b.LessThan-nearly
	}
	return false
}

func percents(lo, hi float64) string {
	round := func(f float64) float64 { return math.Round(f*100) / 100 }
	if round(lo) == round(hi) {
		return fmt.Sprintf("%g %%", round(lo))
	}
	return fmt.Sprintf("%g to %g %%", round(lo), round(hi))
}
