package policy

import (
	"slices"

	"github.com/originbom/originbom/sbom"
)

// This file judges facts that are told twice, differently. A contradiction among
// the values that a rule admits is what the rule says it is (on-conflict), with one
// exception: see unweakened.

// contradicted gives the values of a contradicted fact that count while
// unweakened answers once more, else nil; it notes that there are some.
func (ev *evaluation) contradicted(s *subject, v *view) *view {
	if v.state != sbom.StateConflict {
		return nil
	}
	best := ev.strongest(s, v)
	ev.mixed = ev.mixed || best != nil
	if !ev.strict {
		return nil
	}
	return best
}

// strongest gives the values of a contradicted fact that are carried best, nil if
// they contradict each other or there are no others.
func (ev *evaluation) strongest(s *subject, v *view) *view {
	best := sbom.Ungraded
	for _, gv := range v.graded {
		best = max(best, gv.Grade)
	}
	if !slices.ContainsFunc(v.graded, func(gv GradedValue) bool { return gv.Grade < best }) {
		return nil
	}
	if w := ev.view(s, v.fact.Name, best); w.state == sbom.StateKnown {
		return w
	}
	return nil
}

// unweakened keeps a fail that the best-carried values give: a word that is carried
// less well may contradict them and make a verdict worse, never better. Otherwise
// whoever is judged could undo a signed fail by an unsigned word, since nobody has
// to sign one.
func (ev *evaluation) unweakened(answer func() outcome) outcome {
	ev.mixed = false
	o := answer()
	if !ev.mixed || o.verdict == Fail {
		return o
	}
	ev.strict = true
	strict := answer()
	ev.strict = false
	if strict.verdict == Fail {
		return strict
	}
	return o
}
