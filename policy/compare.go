package policy

import "cmp"

// A Change is a rule and component whose verdict differs between two results.
type Change struct {
	Rule, Component string
	Was, Is         Verdict // "" where the rule was not judged on it
	Why             string  // of the newer finding, else of the older
}

// Compare gives what changed between two results on one document, in the order
// of the newer one; what is gone comes last. Findings are matched by rule and
// component, whatever pack they stand in.
func Compare(was, is *Result) []Change {
	type key struct{ rule, ref string }
	of := func(f *Finding) key { return key{f.Rule, f.Component.Ref} }
	before := map[key]*Finding{}
	for i := range was.Findings {
		before[of(&was.Findings[i])] = &was.Findings[i]
	}
	var out []Change
	seen := map[key]bool{}
	for i := range is.Findings {
		f := &is.Findings[i]
		seen[of(f)] = true
		old, ok := before[of(f)]
		switch {
		case !ok:
			out = append(out, Change{f.Rule, cmp.Or(f.Component.Name, f.Component.Ref), "", f.Verdict, f.Why})
		case old.Verdict != f.Verdict:
			out = append(out, Change{f.Rule, cmp.Or(f.Component.Name, f.Component.Ref), old.Verdict, f.Verdict, f.Why})
		}
	}
	for i := range was.Findings {
		if f := &was.Findings[i]; !seen[of(f)] {
			out = append(out, Change{f.Rule, cmp.Or(f.Component.Name, f.Component.Ref), f.Verdict, "", f.Why})
		}
	}
	return out
}
