package registry

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

//go:embed data/*.csv
var embedded embed.FS

// tables are the records as read, one entry a key.
type tables struct {
	orgs     []Organisation
	edges    []Edge
	lines    []Line
	prefixes []Prefix
	rules    []Rule
	brands   []Brand
	plants   []Plant
	remarks  []Remark
	sources  []FieldSource
	refs     []ref
}

// A ref is a place in a file that names an organisation.
type ref struct {
	file   string
	line   int
	column string
	id     string
}

var (
	orgSheet = sheet{
		"organisations.csv",
		[]string{"id", "legal_name", "source", "confidence"},
		[]string{"short_name", "aliases", "kind", "registered_country", "headquarters_country", "lei", "website", "status", "source_date", "read_fields"},
	}
	edgeSheet = sheet{
		"ownership.csv",
		[]string{"owner_id", "owned_id", "kind", "source", "confidence"},
		[]string{"share_percent", "from", "to", "seen", "note", "dates_read", "review"},
	}
	lineSheet = sheet{
		"product_lines.csv",
		[]string{"pattern", "org_id", "source", "confidence"},
		[]string{"category", "prefixes", "globs", "from", "to", "dates_read", "note"},
	}
	prefixSheet = sheet{
		"prefixes.csv",
		[]string{"prefix", "role", "source", "confidence"},
		[]string{"org_id", "check", "note", "kernel_registry_text"},
	}
	ruleSheet = sheet{
		"prefix_rules.csv",
		[]string{"prefix", "glob", "why", "source", "confidence"},
		[]string{"categories", "org_id"},
	}
	brandSheet = sheet{
		"brands.csv",
		[]string{"property", "value", "org_id", "source", "confidence"},
		[]string{"match", "note"},
	}
	plantSheet = sheet{
		"plants.csv",
		[]string{"org_id", "site", "country", "stage", "source", "confidence"},
		[]string{"iso_subdivision", "what", "stage_confidence"},
	}
	pendingSheet = sheet{
		"pending.csv",
		[]string{"owner_id", "owned_id", "source", "confidence"},
		[]string{"planned_share_percent", "kind", "note"},
	}
	notOwnerSheet = sheet{
		"do_not_infer.csv",
		[]string{"not_owner_id", "not_owned_id", "source", "confidence"},
		[]string{"why"},
	}
	sourceSheet = sheet{
		"value_sources.csv",
		[]string{"org_id", "field", "confidence", "source"},
		[]string{"value", "source_date"},
	}
	contradictionSheet = sheet{
		"contradictions.csv",
		[]string{"org_id", "field"},
		[]string{"kept_value", "other_value", "other_source", "other_source_date"},
	}
)

// sheets are all files, in the order of their digest.
func sheets() []sheet {
	return []sheet{brandSheet, contradictionSheet, notOwnerSheet, orgSheet, edgeSheet, pendingSheet, plantSheet, ruleSheet, prefixSheet, lineSheet, sourceSheet}
}

// Embedded gives the registry that the program carries. It is read once, at the
// first call.
func Embedded() (*Registry, error) { return openEmbedded() }

// EmbeddedFiles gives the files of the registry that the program carries, for
// whoever must keep them beside a verdict.
func EmbeddedFiles() (fs.FS, error) { return fs.Sub(embedded, "data") }

var openEmbedded = sync.OnceValues(func() (*Registry, error) {
	fsys, err := fs.Sub(embedded, "data")
	if err != nil {
		return nil, err
	}
	return Open(fsys)
})

// Open reads a registry from a folder. Its errors name the file, the line and
// the remedy; all problems of all files are reported together.
func Open(fsys fs.FS) (*Registry, error) {
	t, digest, err := load(fsys)
	if err != nil {
		return nil, err
	}
	if len(t.orgs) == 0 {
		return nil, errors.New("organisations.csv: is missing or has no rows; a registry needs organisations")
	}
	return build(t, digest)
}

// With lays the files of a folder over the registry and gives the result; r
// stays as it is. A record replaces the one with the same key: an organisation's
// id; an edge's owner, owned and from; a line's pattern, organisation and from;
// a prefix; a rule's prefix, glob and categories (new rules come first); a
// brand's property and value; a plant's organisation, site and stage. Files
// that are not there change nothing; the folder must hold at least one.
func (r *Registry) With(fsys fs.FS) (*Registry, error) {
	t, digest, err := load(fsys)
	if err != nil {
		return nil, err
	}
	if digest == "" {
		return nil, fmt.Errorf("the folder holds none of the files of a registry (%s)", fileNames())
	}
	m := tables{
		orgs:     overlay(r.t.orgs, t.orgs, func(o Organisation) string { return o.ID }),
		edges:    overlay(r.t.edges, t.edges, edgeKey),
		lines:    overlay(r.t.lines, t.lines, lineKey),
		prefixes: overlay(r.t.prefixes, t.prefixes, func(p Prefix) string { return p.Prefix }),
		rules: overlay(t.rules, slices.DeleteFunc(slices.Clone(r.t.rules), func(old Rule) bool {
			return slices.ContainsFunc(t.rules, func(n Rule) bool { return ruleKey(n) == ruleKey(old) })
		}), ruleKey),
		brands:  overlay(r.t.brands, t.brands, brandKey),
		plants:  overlay(r.t.plants, t.plants, func(p Plant) string { return p.Org + "\x00" + p.Site + "\x00" + p.Stage }),
		remarks: slices.Concat(r.t.remarks, t.remarks),
		sources: slices.Concat(r.t.sources, t.sources),
		refs:    t.refs, // those of r hold: organisations are never taken away
	}
	sum := sha256.Sum256([]byte(r.digest + "\n" + digest + "\n"))
	return build(m, hex.EncodeToString(sum[:]))
}

func edgeKey(e Edge) string { return e.Owner + "\x00" + e.Owned + "\x00" + string(e.From) }
func lineKey(l Line) string { return l.Pattern + "\x00" + l.Org + "\x00" + string(l.From) }
func ruleKey(r Rule) string {
	return r.Prefix + "\x00" + r.Glob + "\x00" + strings.Join(r.Categories, "|")
}
func brandKey(b Brand) string { return b.Property + "\x00" + strings.ToLower(b.Value) }

// overlay gives the records of below with those of above that share a key
// replaced, and the others of above after them.
func overlay[T any](below, above []T, key func(T) string) []T {
	at := map[string]int{}
	out := slices.Clone(below)
	for i, t := range out {
		at[key(t)] = i
	}
	for _, t := range above {
		if i, ok := at[key(t)]; ok {
			out[i] = t
			continue
		}
		at[key(t)] = len(out)
		out = append(out, t)
	}
	return out
}

func fileNames() string {
	var ns []string
	for _, s := range sheets() {
		ns = append(ns, s.name)
	}
	return strings.Join(ns, ", ")
}

// load reads all files of a folder. The digest is "" if there are none.
func load(fsys fs.FS) (t tables, digest string, err error) {
	known := sheets()
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return t, "", err
	}
	var errs []error
	for _, e := range entries {
		if strings.HasSuffix(strings.ToLower(e.Name()), ".csv") && !slices.ContainsFunc(known, func(s sheet) bool { return s.name == e.Name() }) {
			errs = append(errs, fmt.Errorf("%s: is no file of a registry; the files are %s", e.Name(), fileNames()))
		}
	}
	h := sha256.New()
	some := false
	for _, s := range known {
		rows, data, err := s.read(fsys)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if data == nil {
			continue
		}
		some = true
		fmt.Fprintf(h, "%s %d\n", s.name, len(data))
		h.Write(data)
		errs = append(errs, t.add(s.name, rows)...)
	}
	if len(errs) > 0 {
		return tables{}, "", errors.Join(errs...)
	}
	if some {
		digest = hex.EncodeToString(h.Sum(nil))
	}
	return t, digest, nil
}

// add takes the rows of one file into the tables.
func (t *tables) add(name string, rows []*row) []error {
	var errs []error
	keys := map[string]int{}
	once := func(r *row, key string) {
		if line, ok := keys[key]; ok {
			r.fail("row", "repeats line %d; keep one of the two", line)
		}
		keys[key] = r.line
	}
	for _, r := range rows {
		switch name {
		case orgSheet.name:
			o := r.organisation()
			once(r, o.ID)
			t.orgs = append(t.orgs, o)
		case edgeSheet.name:
			e := r.edge()
			once(r, edgeKey(e))
			t.edges = append(t.edges, e)
		case lineSheet.name:
			l := r.productLine()
			once(r, lineKey(l))
			t.lines = append(t.lines, l)
		case prefixSheet.name:
			p := r.prefix()
			once(r, p.Prefix)
			t.prefixes = append(t.prefixes, p)
		case ruleSheet.name:
			u := r.rule()
			once(r, ruleKey(u))
			t.rules = append(t.rules, u)
		case brandSheet.name:
			b := r.brand()
			once(r, brandKey(b))
			t.brands = append(t.brands, b)
		case plantSheet.name:
			t.plants = append(t.plants, r.plant())
		case pendingSheet.name:
			t.remarks = append(t.remarks, Remark{Owner: r.get("owner_id"), Owned: r.get("owned_id"), Pending: true, Why: r.get("note"), Source: r.get("source"), Reviewed: r.reviewed("confidence")})
		case notOwnerSheet.name:
			t.remarks = append(t.remarks, Remark{Owner: r.get("not_owner_id"), Owned: r.get("not_owned_id"), Why: r.get("why"), Source: r.get("source"), Reviewed: r.reviewed("confidence")})
		case sourceSheet.name:
			t.sources = append(t.sources, FieldSource{r.get("org_id"), r.get("field"), r.get("value"), r.get("source"), r.date("source_date"), r.reviewed("confidence"), false})
		case contradictionSheet.name:
			t.sources = append(t.sources, FieldSource{r.get("org_id"), r.get("field"), r.get("other_value"), r.get("other_source"), r.date("other_source_date"), true, true})
		}
		for _, c := range [...]string{"org_id", "owner_id", "owned_id", "not_owner_id", "not_owned_id"} {
			if id := r.get(c); id != "" {
				t.refs = append(t.refs, ref{r.file, r.line, c, id})
			}
		}
		if r.err != nil {
			errs = append(errs, r.err)
		}
	}
	return errs
}
