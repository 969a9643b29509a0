package hardware

import (
	"embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/originbom/originbom/sbom"
)

// The rules by which device trees are read: one rule a row, with the source of
// the fact it rests on. Each kind of rule is explained where its rows begin.
//
//go:embed data/devicetree-*.csv
var deviceTreeData embed.FS

// deviceTreeRules gives the embedded rules. It is safe for concurrent use.
var deviceTreeRules = sync.OnceValues(func() (*treeRules, error) { return loadTreeRules(deviceTreeData) })

// treeRules are rows by kind, in the order of the files' rows.
type treeRules struct{ rows map[string][]treeRule }

// A treeRule is one row.
type treeRule struct {
	patterns []string // alternatives, in the syntax of path.Match
	is       string
	prefix   string // vendor prefix; of hints, patterns of node names (see devicetree-unknowns.csv)
	source   string
	at       string // file and line, for messages
}

// treeRuleKinds are the kinds of rule, and whether their "is" is a category.
var treeRuleKinds = map[string]bool{
	"bus": false, "skip": false, "free": true,
	"part": true, "bridge": true, "node": true, "on-bus": true,
	"suffix": false, "lead": false, "protocol": false, "name": false, "maker": false, "brand": false,
	"licensor": false, "generic": false,
	"driver-ic": false, "panel-maker": false, "panel-word": false, "panel-list": true, "panel-argument": false, "panel-node": false,
	"functions": false, "interfaces": false, "buses": false, "linked": false, "combo": true,
	"sid-pair": false, "by-gpio": false, "regulators": true,
	"exists": true, "line": true, "supply": true, "switched": true, "key": true,
}

var treeRuleHeader = []string{"rule", "pattern", "is", "prefix", "source"}

func loadTreeRules(fsys fs.FS) (*treeRules, error) {
	names, err := fs.Glob(fsys, "data/devicetree-*.csv")
	if err != nil {
		return nil, err
	}
	rules := &treeRules{rows: map[string][]treeRule{}}
	for _, name := range names {
		f, err := fsys.Open(name)
		if err != nil {
			return nil, err
		}
		err = rules.read(path.Base(name), f)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
	}
	return rules, nil
}

// read adds the rows of one file.
func (t *treeRules) read(file string, r io.Reader) error {
	in := csv.NewReader(r)
	in.Comment = '#'
	in.FieldsPerRecord = len(treeRuleHeader)
	header, err := in.Read()
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if !slices.Equal(header, treeRuleHeader) {
		return fmt.Errorf("%s: line 1: the columns are %q, not %q", file, header, treeRuleHeader)
	}
	for {
		rec, err := in.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		line, _ := in.FieldPos(0)
		row := treeRule{
			patterns: strings.Split(rec[1], "|"), is: rec[2], prefix: rec[3], source: rec[4],
			at: fmt.Sprintf("%s: line %d", file, line),
		}
		if err := row.check(rec[0]); err != nil {
			return err
		}
		t.rows[rec[0]] = append(t.rows[rec[0]], row)
	}
}

func (row treeRule) check(kind string) error {
	isCategory, known := treeRuleKinds[kind]
	switch {
	case !known:
		return fmt.Errorf("%s: unknown kind of rule %q", row.at, kind)
	case row.source == "":
		return fmt.Errorf("%s: the rule has no source", row.at)
	}
	if _, ok := sbom.ParseCategory(row.is); isCategory && !ok {
		return fmt.Errorf("%s: %q is not a category", row.at, row.is)
	}
	patterns := row.patterns
	if row.prefix != "" {
		patterns = append(slices.Clip(patterns), strings.Split(row.prefix, "|")...)
	}
	for _, p := range patterns {
		if _, err := path.Match(p, ""); err != nil || p == "" {
			return fmt.Errorf("%s: %q is not a pattern", row.at, p)
		}
	}
	return nil
}

// find gives the first row of the kind that matches s.
func (t *treeRules) find(kind, s string) (treeRule, bool) {
	for _, row := range t.rows[kind] {
		if row.match(s) >= 0 {
			return row, true
		}
	}
	return treeRule{}, false
}

// findAny gives the first row that matches the first string that any row
// matches.
func (t *treeRules) findAny(kind string, list []string) (treeRule, bool) {
	for _, s := range list {
		if row, ok := t.find(kind, s); ok {
			return row, true
		}
	}
	return treeRule{}, false
}

func (t *treeRules) has(kind, s string) bool {
	_, ok := t.find(kind, s)
	return ok
}

// match gives the index of the first alternative that matches s, or -1.
func (row treeRule) match(s string) int {
	return slices.IndexFunc(row.patterns, func(p string) bool {
		ok, _ := path.Match(p, s) // patterns were checked on loading
		return ok
	})
}
