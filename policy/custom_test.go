package policy

import (
	"strings"
	"testing"
)

// A condition that could turn unknown into an answer is refused.
func TestCustomRefused(t *testing.T) {
	for name, c := range map[string]struct {
		cel  string
		deny bool
		want string
	}{
		"has hides unknown":            {`has(facts.manufactured) && facts.manufactured.all(c, c == "KR")`, false, "has() turns unknown into false"},
		"has under deny":               {`has(facts.manufactured)`, true, "has() turns unknown into false"},
		"in hides unknown":             {`!("manufactured" in facts)`, false, "turn unknown into false"},
		"passes when nothing is known": {`state.manufactured != "known"`, false, "passes when nothing is known"},
		"passes under deny":            {`state.manufactured == "known" && facts.manufactured.exists(c, c == "CN")`, true, "passes when nothing is known"},
		"always true":                  {`true`, false, "passes when nothing is known"},
		"no such fact":                 {`facts.fab.all(c, c == "KR")`, false, `there is no fact "fab"`},
		"no such variable":             {`c.fab == "CN"`, false, "known are facts, state, part and date"},
		"not a bool":                   {`facts.manufactured`, false, "it must give true or false"},
		"a name that is not fixed":     {`facts[part.category].all(c, c == "KR")`, false, "fixed name"},
		"empty":                        {` `, false, "is empty"},
		"too long":                     {strings.Repeat("true && ", 1000) + "true", false, "the limit is"},
	} {
		if _, err := compile(c.cel, c.deny); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// Unknown stays unknown unless the rest of the condition decides.
func TestCustom(t *testing.T) {
	table := `tests:
  - {name: known, at: 2026-01-01, rules: [A], components: [{ref: a, category: soc, facts: {manufactured: {value: KR}}}], expect: {A: pass}}
  - {name: another, at: 2026-01-01, rules: [A], components: [{ref: a, category: soc, facts: {manufactured: {value: CN}}}], expect: {A: fail}}
  - {name: unknown, at: 2026-01-01, rules: [A], components: [{ref: a, category: soc}], expect: {A: unknown, mention: [manufactured is not known]}}
  - {name: the other side decides, at: 2026-01-01, rules: [A], components: [{ref: a, category: mechanical}], expect: {A: pass}}
  - {name: no category, at: 2026-01-01, rules: [A], components: [{ref: a}], expect: {A: unknown}}
  - {name: conflict, at: 2026-01-01, rules: [A], components: [{ref: a, category: soc, facts: {manufactured: [{value: KR, by: X}, {value: CN, by: Y}]}}], expect: {A: fail}}
`
	pack := strings.Replace(rulePack("    require: {custom: {cel: 'part.category == \"mechanical\" || facts.manufactured.all(c, c == \"KR\")'}}\n"), "on-conflict: unknown", "on-conflict: fail", 1) + table
	p, err := ParsePack("x.yaml", []byte(pack), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range p.RunTests() {
		if len(c.Problems) > 0 {
			t.Errorf("%s: %s", c.Name, strings.Join(c.Problems, "\n"))
		}
	}
}
