package policy

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shelf opens packs among files by their paths.
type shelf map[string]string

func (s shelf) open(at string) (*PackFile, error) {
	text, ok := s[at]
	if !ok {
		return nil, fmt.Errorf("%s: %w", at, fs.ErrNotExist)
	}
	dir := path.Dir(at)
	return &PackFile{
		Name: path.Base(at), Path: at, Origin: OriginFile, Data: []byte(text),
		Read: func(name string) ([]byte, error) { return []byte(s[path.Join(dir, name)]), nil },
		Open: func(ref string) (*PackFile, error) { return s.open(path.Join(dir, ref)) },
	}, nil
}

func (s shelf) load(t *testing.T, at string) (*Pack, error) {
	t.Helper()
	f, err := s.open(at)
	if err != nil {
		t.Fatal(err)
	}
	return Load(f)
}

const law = `id: law
version: 3
rules:
  - {id: MADE, on-unknown: warn, on-weak: warn, on-conflict: warn, applies: {category: display}, require: {stage: manufactured, countries: {in: [KR]}}}
  - {id: HALF, on-unknown: unknown, on-weak: unknown, on-conflict: unknown, require: {share: {of: count, stage: manufactured, from: [KR], at-least: 50}}}
  - {id: LISTED, on-unknown: warn, on-weak: warn, on-conflict: warn, deny: {on-list: l, roles: {manufacturer: required}, cascade: {owner-share: 50}}}
  - {id: FRESH, on-unknown: unknown, on-weak: unknown, on-conflict: unknown, applies: {kind: device}, require: {property: {name: patch, max-age: 90d}}}
lists:
  l: {file: l.csv, as-of: 2026-01-01, complete: true}
`

// The including pack's table sees the rules as its overrides leave them.
const ours = `$schema: https://example.test/pack.schema.json
id: ours
version: 2
include: [base/law.yaml]
override:
  - {pack: law, rule: MADE, set: {on-unknown: fail, min-grade: signed, on-weak: fail, severity: critical}, why: our displays are critical}
  - {pack: law, rule: HALF, set: {at-least: 25}, why: contract 7}
  - {pack: law, rule: LISTED, set: {owner-share: 25}, why: board decision of May}
  - {pack: law, rule: FRESH, set: {status: disabled}, why: no phone of ours has firmware yet}
rules:
  - {id: OWN, on-unknown: unknown, on-weak: unknown, on-conflict: unknown, require: {fact: manufacturer}}
tests:
  - name: nobody says where
    at: 2026-11-22
    rules: [MADE]
    components: [{ref: lcd, category: display}]
    expect: {MADE: fail, mention: [our displays are critical]}
  - name: an unsigned word is too weak now
    at: 2026-11-22
    rules: [MADE]
    components: [{ref: lcd, category: display, facts: {manufactured: {value: KR, grade: declared}}}]
    expect: {MADE: fail}
  - name: a third is enough
    at: 2026-11-22
    rules: [HALF]
    components: [{ref: a, facts: {manufactured: {value: KR}}}, {ref: b, facts: {manufactured: {value: JP}}}, {ref: c, facts: {manufactured: {value: JP}}}]
    expect: {HALF: pass}
  - name: an owner of 30 % counts
    at: 2026-11-22
    rules: [LISTED]
    lists: {l: {entries: [{name: Listed Co}]}}
    ownership: [{owner: Listed Co, owned: Maker, percent: 30}]
    components: [{ref: a, manufacturer: Maker}]
    expect: {LISTED: fail, mention: [30 %]}
  - name: what is disabled is told
    at: 2026-11-22
    rules: [FRESH, OWN]
    components: [{ref: a, manufacturer: Maker}]
    expect: {FRESH: not-applicable, OWN: pass, mention: ["disabled by the pack ours: no phone of ours has firmware yet"]}
`

func TestInclude(t *testing.T) {
	s := shelf{"ours.yaml": ours, "base/law.yaml": law, "base/l.csv": "name\nListed Co\n"}
	p, err := s.load(t, "ours.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range p.RunTests() {
		if len(c.Problems) > 0 {
			t.Errorf("%s: %s", c.Name, strings.Join(c.Problems, "\n"))
		}
	}
	all, err := Flatten([]*Pack{p})
	if err != nil || len(all) != 2 || all[0].ID != "law" || all[1] != p {
		t.Fatalf("got %v, %v", all, err)
	}
	rec := all[0].Record()
	want := []OverrideRecord{
		{"MADE", RuleChange{"ours", []string{"on-unknown: warn -> fail", "on-weak: warn -> fail", "min-grade: not set -> signed", "severity: not set -> critical"}, "our displays are critical"}},
		{"HALF", RuleChange{"ours", []string{"bound: at least 50 % -> at least 25 %"}, "contract 7"}},
		{"LISTED", RuleChange{"ours", []string{"owner-share: 50 % -> 25 %"}, "board decision of May"}},
		{"FRESH", RuleChange{"ours", []string{"disabled"}, "no phone of ours has firmware yet"}},
	}
	if d := cmp.Diff(want, rec.Overrides); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if rec.IncludedBy != "ours" || rec.Origin != OriginFile || rec.File != "law.yaml" {
		t.Errorf("got %+v", rec)
	}

	// The digest of the including pack is over what it includes, and over lists.
	s["base/l.csv"] = "name\nAnother Co\n"
	q, err := s.load(t, "ours.yaml")
	if err != nil || q.Digest == p.Digest || q.FileDigest != p.FileDigest {
		t.Errorf("another list gave the digest %s (%v), file %s", q.Digest, err, q.FileDigest)
	}
}

// The same pack by two ways is judged once.
func TestIncludeDiamond(t *testing.T) {
	s := shelf{
		"top.yaml": "id: top\ninclude: [a.yaml, b.yaml]\n", "a.yaml": "id: a\ninclude: [law.yaml]\n", "b.yaml": "id: b\ninclude: [law.yaml]\n",
		"law.yaml": law, "l.csv": "name\n",
	}
	p, err := s.load(t, "top.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, q := range p.whole() {
		ids = append(ids, q.ID)
	}
	if d := cmp.Diff([]string{"law", "a", "b", "top"}, ids); d != "" {
		t.Error(d)
	}
	s["b.yaml"] += "override: [{pack: law, rule: MADE, set: {severity: low}, why: x}]\n"
	if _, err := s.load(t, "top.yaml"); err == nil || !strings.Contains(err.Error(), "top.yaml: line 2: include b.yaml: the pack \"law\" stands here twice, with overrides and without") {
		t.Errorf("got %v", err)
	}
}

func TestBadIncludes(t *testing.T) {
	own := "rules:\n  - {id: OWN, on-unknown: fail, on-weak: fail, on-conflict: fail, require: {fact: manufacturer}}\n"
	change := func(what string) string {
		return "id: x\ninclude: [law.yaml]\noverride:\n  - {" + what + "}\n"
	}
	deep := shelf{"law.yaml": law, "l.csv": "name\n"}
	for i := range maxIncludeDepth + 1 {
		deep[fmt.Sprintf("d%d.yaml", i)] = fmt.Sprintf("id: d%d\ninclude: [d%d.yaml]\n", i, i+1)
	}
	deep[fmt.Sprintf("d%d.yaml", maxIncludeDepth+1)] = "id: last\n" + own
	many := "id: x\ninclude: ["
	for i := range maxIncludes + 1 {
		deep[fmt.Sprintf("m%d.yaml", i)] = fmt.Sprintf("id: m%d\nrules: [{id: M%d, on-unknown: fail, on-weak: fail, on-conflict: fail, require: {fact: manufacturer}}]\n", i, i)
		many += fmt.Sprintf("m%d.yaml, ", i)
	}
	deep["loop.yaml"] = "id: loop\ninclude: [x.yaml]\n"
	deep["other.yaml"] = "id: law\n" + own
	for name, c := range map[string]struct{ pack, want string }{
		"no such file":      {"id: x\ninclude: [gone.yaml]\n", "x.yaml: line 2: include gone.yaml: gone.yaml: file does not exist"},
		"a circle":          {"id: x\ninclude: [loop.yaml]\n", "x.yaml: line 2: include loop.yaml: loop.yaml: line 2: include x.yaml: packs include each other in a circle: x.yaml, loop.yaml, x.yaml"},
		"itself":            {"id: x\ninclude: [x.yaml]\n", "in a circle: x.yaml, x.yaml"},
		"too deep":          {"id: x\ninclude: [d0.yaml]\n", "more than 8 deep"},
		"too many":          {many + "]\n", "more than 32 packs"},
		"another digest":    {"id: x\ninclude:\n  - {pack: law.yaml, sha256: " + strings.Repeat("0", 64) + "}\n", "x.yaml: line 3: include law.yaml: it has the digest sha256:"},
		"no digest":         {"id: x\ninclude: [{pack: law.yaml, sha256: 12}]\n", "64 lower-case hex digits"},
		"two of one id":     {"id: x\ninclude: [law.yaml, other.yaml]\n", `two different packs have the id "law"`},
		"the rule's id":     {"id: x\ninclude: [law.yaml]\n" + strings.ReplaceAll(own, "OWN", "MADE"), `x.yaml: line 4: the included pack law has a rule "MADE" too`},
		"no include":        {"id: x\noverride: [{pack: law, rule: MADE, set: {severity: low}, why: x}]\n" + own, `line 2: override of MADE: the pack includes no pack "law": write pack: with the id of one of none`},
		"no such pack":      {change("pack: lax, rule: MADE, set: {severity: low}, why: x"), `x.yaml: line 4: override of MADE: the pack includes no pack "lax": write pack: with the id of one of law`},
		"no such rule":      {change("pack: law, rule: MAID, set: {severity: low}, why: x"), "x.yaml: line 4: override of MAID: law has no such rule: write one of MADE, HALF, LISTED, FRESH"},
		"no why":            {change("pack: law, rule: MADE, set: {severity: low}"), "line 4: override of MADE: says not why"},
		"nothing":           {change("pack: law, rule: MADE, set: {}, why: x"), "changes nothing"},
		"what it says now":  {change("pack: law, rule: MADE, set: {on-weak: warn}, why: x"), "changes nothing"},
		"no choice":         {change("pack: law, rule: MADE, set: {on-unknown: pass}, why: x"), `line 4: override of MADE: on-unknown: "pass" is not a choice`},
		"no status":         {change("pack: law, rule: MADE, set: {status: withdrawn}, why: x"), `set.status: "withdrawn" is not a choice: write disabled`},
		"another key":       {change("pack: law, rule: MADE, set: {require: {}}, why: x"), `line 4: unknown key "require"`},
		"no bound there":    {change("pack: law, rule: MADE, set: {at-least: 5}, why: x"), "the rule has no bound that at least 5 % could replace"},
		"no share there":    {change("pack: law, rule: MADE, set: {thresholds: [{from: 2026-01-01, at-least: 5}]}, why: x"), "asks for no share"},
		"two bounds":        {change("pack: law, rule: HALF, set: {at-least: 5, at-most: 6}, why: x"), "two bounds"},
		"a bad bound":       {change("pack: law, rule: HALF, set: {at-least: 500}, why: x"), "line 4: override of HALF: share wants exactly one of"},
		"a bad owner share": {change("pack: law, rule: LISTED, set: {owner-share: 0}, why: x"), "over 0 and up to 100"},
		"no age there":      {change("pack: law, rule: MADE, set: {max-age: 5d}, why: x"), "asks for no age"},
		"a bad age":         {change("pack: law, rule: FRESH, set: {max-age: soon}, why: x"), `"soon" is no age`},
		"twice":             {change("pack: law, rule: MADE, set: {severity: low}, why: x}\n  - {pack: law, rule: MADE, set: {severity: high}, why: y"), "line 5: override of MADE: stands twice"},
	} {
		t.Run(name, func(t *testing.T) {
			deep["x.yaml"] = c.pack
			p, err := deep.load(t, "x.yaml")
			if err == nil || p != nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, %v\nwant %q", p, err, c.want)
			}
		})
	}
}

// A pack that is read without a place to find others includes none.
func TestIncludeNowhere(t *testing.T) {
	if _, err := ParsePack("x.yaml", []byte("id: x\ninclude: [y]\n"), nil); err == nil || !strings.Contains(err.Error(), "cannot include others") {
		t.Errorf("got %v", err)
	}
}

// Whatever a pack includes and overrides: it is refused, or every change is
// recorded with its reason and the rule is still there.
func FuzzInclude(f *testing.F) {
	f.Add([]byte(ours))
	f.Add([]byte("id: x\ninclude: [base/law.yaml, {pack: base/law.yaml}]\noverride: [{pack: law, rule: HALF, set: {thresholds: [{from: 2027-01-01, at-most: 3}]}, why: w}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := shelf{"ours.yaml": string(data), "base/law.yaml": law, "base/l.csv": "name\n"}
		p, err := s.load(t, "ours.yaml")
		if err != nil {
			if p != nil {
				t.Fatal("an error came with a pack")
			}
			return
		}
		for _, q := range p.Included {
			if q.ID == "law" && len(q.Rules) != 4 {
				t.Fatalf("%d rules are left", len(q.Rules))
			}
			for _, o := range q.Record().Overrides {
				if o.Why == "" || len(o.Changed) == 0 || o.By == "" {
					t.Fatalf("a change without reason: %+v", o)
				}
			}
		}
	})
}
