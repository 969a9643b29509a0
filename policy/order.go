package policy

import (
	"cmp"
	"slices"
	"strings"
)

// This file puts findings in the order of a result: worst first, then by pack,
// rule and component. Names are ranked once, so that half a million findings
// are sorted by small numbers.

// A place is where a finding stands in the result.
type place struct{ verdict, rule, ref, at int32 }

type ruleKey struct{ pack, rule string }

// ruleRanks numbers all rules by the ids of their pack and of themselves.
func ruleRanks(packs []*Pack) map[ruleKey]int32 {
	var keys []ruleKey
	for _, p := range packs {
		for i := range p.Rules {
			keys = append(keys, ruleKey{p.ID, p.Rules[i].ID})
		}
	}
	slices.SortFunc(keys, func(a, b ruleKey) int {
		return cmp.Or(strings.Compare(a.pack, b.pack), strings.Compare(a.rule, b.rule))
	})
	ranks := make(map[ruleKey]int32, len(keys))
	for i, k := range keys {
		ranks[k] = int32(i)
	}
	return ranks
}

// order sorts the findings where they are.
func (ev *evaluation) order(fs []Finding) {
	for i := range ev.places {
		ev.places[i].verdict = int32(slices.Index(verdictOrder, fs[i].Verdict))
	}
	slices.SortFunc(ev.places, func(a, b place) int {
		switch { // the first that differs decides
		case a.verdict != b.verdict:
			return int(a.verdict - b.verdict)
		case a.rule != b.rule:
			return int(a.rule - b.rule)
		case a.ref != b.ref:
			return int(a.ref - b.ref)
		}
		return int(a.at - b.at)
	})
	for start := range fs { // each cycle of moves, once round
		moved := fs[start]
		for to := start; ; {
			from := int(ev.places[to].at)
			ev.places[to].at = int32(to)
			if from == start {
				fs[to] = moved
				break
			}
			fs[to], to = fs[from], from
		}
	}
}
