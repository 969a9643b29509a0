package policy

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

const goodRule = `
  - id: A
    on-unknown: unknown
    on-weak: unknown
    on-conflict: unknown
`

func rulePack(rest string) string { return "id: x\nrules:" + goodRule + rest }

// What would make a pack judge something else than its author meant is refused,
// with the file, the line and the remedy.
func TestBadPacks(t *testing.T) {
	for name, c := range map[string]struct{ pack, want string }{
		"a missing on-weak":        {"id: x\nrules:\n  - {id: A, on-unknown: fail, on-conflict: fail, require: {stage: manufactured}}\n", "x.yaml: line 3: rule A: on-weak is missing: write fail, unknown or warn"},
		"an unknown field":         {rulePack("    require: {stage: manufactured}\n    minimum: 3\n"), `line 8: unknown key "minimum"`},
		"a dead list":              {rulePack("    deny: {on-list: gone, roles: {manufacturer: required}}\n"), `line 3: rule A: on-list: the pack has no list "gone"`},
		"a dead set":               {rulePack("    deny: {stage: manufactured, countries: {in: set:gone}}\n"), `the pack has no set "gone"`},
		"no code":                  {rulePack("    deny: {stage: manufactured, countries: {in: [Korea]}}\n"), `"Korea" is no ISO 3166 code`},
		"no stage":                 {rulePack("    require: {stage: made}\n"), `"made" is no stage: write one of`},
		"two kinds":                {rulePack("    require: {stage: manufactured, fact: manufacturer}\n"), "exactly one of"},
		"share under deny":         {rulePack("    deny: {share: {of: value, stage: manufactured, from: [CN], at-most: 1}}\n"), "deny has share"},
		"a share with no bound":    {rulePack("    require: {share: {of: value, stage: manufactured, from: [CN]}}\n"), "exactly one of at-most"},
		"a share that cannot be":   {rulePack("    require: {share: {of: value, stage: manufactured, from: [CN], at-most: 101}}\n"), "from 0 to 100"},
		"no number":                {rulePack("    require: {share: {of: value, stage: manufactured, from: [CN], at-most: .nan}}\n"), "from 0 to 100"},
		"thresholds backwards":     {rulePack("    require: {share: {of: value, stage: manufactured, from: [CN], thresholds: [{from: 2029-01-01, at-most: 1}, {from: 2024-01-01, at-most: 2}]}}\n"), "no date after the one before it"},
		"a date that is none":      {rulePack("    require: {stage: manufactured}\n    status: {state: future, from: 2026-02-30}\n"), `"2026-02-30" is no date`},
		"no role":                  {rulePack("    deny: {makers: [A], roles: {maker: required}}\n"), `"maker" is no role`},
		"an owner share of 0":      {rulePack("    deny: {makers: [A], cascade: {owner-share: 0}}\n"), "over 0 and up to 100"},
		"no standard":              {rulePack("    require: {score: {standard: iso}}\n"), `"iso" is not a choice`},
		"exempt without why":       {rulePack("    require: {stage: manufactured}\n    exempt: {category: [battery]}\n"), "exempt wants"},
		"an empty file":            {"", "the file is empty"},
		"two documents":            {"id: x\n---\nid: y\n", "more than one document"},
		"no rules":                 {"id: x\n", "the pack has no rules"},
		"aliases that explode":     {"id: x\na: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\nrules: []\n", "line 3: aliases (*a) are not used here"},
		"aliases in a set":         {rulePack("    require: {stage: manufactured}\nsets:\n  a: {members: &m [KR]}\n  b: {members: *m}\n"), "aliases (*m) are not used here"},
		"a case of no rule":        {rulePack("    require: {stage: manufactured}\ntests:\n  - {name: n, at: 2026-01-01, rules: [B], components: [], expect: {A: pass}}\n"), `the pack has no rule "B"`},
		"a case that asks nothing": {rulePack("    require: {stage: manufactured}\ntests:\n  - {name: n, at: 2026-01-01, components: [], expect: {}}\n"), "expects no verdict"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := ParsePack("x.yaml", []byte(c.pack), nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant %q", err, c.want)
			}
			if p != nil {
				t.Error("an error came with a pack")
			}
		})
	}
}

func TestHugePack(t *testing.T) {
	data := []byte("id: x\ntitle: " + strings.Repeat("a", 10<<20) + "\n")
	if _, err := ParsePack("x.yaml", data, nil); err == nil || !strings.Contains(err.Error(), "larger than 4 MiB") {
		t.Errorf("got %v", err)
	}
}

func TestBadLists(t *testing.T) {
	for name, c := range map[string]struct{ csv, want string }{
		"no name":          {"country\nCN\n", "name is needed"},
		"an unknown title": {"name,land\nA,CN\n", `column "land"`},
		"a short row":      {"name,country\nA\n", "wrong number of fields"},
		"a bad date":       {"name,listed\nA,2026-13-01\n", `"2026-13-01" is no date`},
		"no code":          {"name,country\nA,China\n", `"China" is no ISO 3166 code`},
		"no file":          {"", "l.csv"},
	} {
		pack := rulePack("    deny: {on-list: l, roles: {manufacturer: required}}\nlists:\n  l: {file: l.csv, as-of: 2026-01-01}\n")
		_, err := ParsePack("x.yaml", []byte(pack), func(name string) ([]byte, error) {
			if c.csv == "" {
				return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
			}
			return []byte(c.csv), nil
		})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "x.yaml: line 9") {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// A pack that is accepted is accepted again, with the same digest and answers.
func FuzzParsePack(f *testing.F) {
	f.Add([]byte(rulePack("    require: {stage: manufactured}\n")))
	f.Add([]byte(rulePack("    require: {share: {of: count, stage: manufactured, from: [KR], at-least: 50}}\n")))
	f.Add([]byte(rulePack("    deny: {makers: [A]}\ntests:\n  - {name: n, at: 2026-01-01, components: [{ref: a, manufacturer: A}], expect: {A: fail}}\n")))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParsePack("x", data, nil)
		if err != nil {
			return
		}
		q, err := ParsePack("x", data, nil)
		if err != nil || q.Digest != p.Digest {
			t.Fatalf("read again: %v", err)
		}
		p.RunTests()
	})
}

// Every entry that a list's file gives has a name, or the loader says so.
func FuzzParseList(f *testing.F) {
	f.Add([]byte("name,aliases,country\nA,B|C,CN\n"))
	f.Add([]byte("\ufeffname,listed\n\"A, B\",2026-01-01\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		es, err := parseList("l.csv", data)
		if err != nil && es != nil {
			t.Fatal("an error came with entries")
		}
		for _, e := range es {
			if strings.TrimSpace(e.Name) != e.Name {
				t.Fatalf("name %q", e.Name)
			}
		}
	})
}
