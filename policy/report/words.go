package report

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/originbom/originbom/policy"
)

// Count words a number of things: "1 part", "2 parts", "2 entries".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if stem, ok := strings.CutSuffix(noun, "ry"); ok {
		return fmt.Sprintf("%d %sries", n, stem)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// sentence gives text of a rule or an input the form of a sentence: it begins
// with a capital and ends with one full stop.
func sentence(s string) string {
	s = strings.TrimRight(strings.TrimSpace(s), ". ")
	if s == "" {
		return ""
	}
	if strings.HasSuffix(s, "?") || strings.HasSuffix(s, "!") {
		return upperFirst(s)
	}
	return upperFirst(s) + "."
}

func upperFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

// few lists names, the first most of them and how many more there are.
func few(names []string, most int) string {
	if n := len(names); n > most+1 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], "; "), n-most)
	}
	return strings.Join(names, "; ")
}

// orUnknown words a value that may be missing.
func orUnknown(s string) string { return cmp.Or(s, "unknown") }

// A group is what one rule says in the same words of several parts.
type group struct {
	parts []string
	why   string
}

// groups gathers findings by their reason, in the order of the findings.
func groups(fs []policy.Finding) []group {
	at := map[string]int{}
	var out []group
	for _, f := range fs {
		i, ok := at[f.Why]
		if !ok {
			i = len(out)
			at[f.Why] = i
			out = append(out, group{why: f.Why})
		}
		out[i].parts = append(out[i].parts, subjectName(f.Component))
	}
	return out
}

// A ruling is the findings of one rule that have one verdict.
type ruling struct {
	pack, rule, title string
	clause            *policy.Clause
	findings          []policy.Finding
}

// rulings gathers the findings with a verdict by rule.
func rulings(fs []policy.Finding, v policy.Verdict) []ruling {
	at := map[[2]string]int{}
	var out []ruling
	for _, f := range fs {
		if f.Verdict != v {
			continue
		}
		key := [2]string{f.Pack, f.Rule}
		i, ok := at[key]
		if !ok {
			i = len(out)
			at[key] = i
			out = append(out, ruling{pack: f.Pack, rule: f.Rule, title: f.Title, clause: f.Clause})
		}
		out[i].findings = append(out[i].findings, f)
	}
	return out
}

// A step is one thing to do, and what it is for.
type step struct {
	do   string // a sentence
	what []string
}

// nextSteps lists what to do, each thing once, for the worst findings first;
// then what claims and waivers need that do not count as they stand.
func nextSteps(r *policy.Record) []step {
	var out []step
	at := map[string]int{}
	seen := map[[2]string]bool{}
	add := func(do, what string) {
		do = sentence(do)
		if do == "" || seen[[2]string{do, what}] {
			return
		}
		seen[[2]string{do, what}] = true
		i, ok := at[do]
		if !ok {
			i = len(out)
			at[do] = i
			out = append(out, step{do: do})
		}
		out[i].what = append(out[i].what, what)
	}
	for _, v := range openVerdicts {
		for _, f := range withVerdict(r.Result.Findings, v) {
			add(f.Fix, subjectName(f.Component))
		}
	}
	for _, c := range r.Claims {
		add(c.Remedy, "claim "+cmp.Or(c.ID, c.File))
	}
	for _, n := range r.Result.Waivers {
		add("renew the waiver, correct it, or take it out of the waiver file: "+n.Why, "waiver "+n.Waiver)
	}
	return out
}

// openVerdicts are those that ask for something to be done.
var openVerdicts = []policy.Verdict{policy.Fail, policy.Undecided, policy.Warn}

// tally counts findings by verdict in words, worst first.
func tally(fs []policy.Finding) string {
	n := map[policy.Verdict]int{}
	for _, f := range fs {
		n[f.Verdict]++
	}
	var out []string
	for _, c := range []struct {
		v     policy.Verdict
		words string
	}{
		{policy.Fail, "broken"},
		{policy.Undecided, "cannot be told"},
		{policy.Warn, "to be looked at"},
		{policy.Waived, "waived"},
		{policy.Pass, "met"},
		{policy.NotApplicable, "not applicable"},
	} {
		if n[c.v] > 0 {
			out = append(out, fmt.Sprintf("%d %s", n[c.v], c.words))
		}
	}
	return cmp.Or(strings.Join(out, ", "), "no rule was judged")
}
