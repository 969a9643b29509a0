package policy

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/country"
	"github.com/originbom/originbom/sbom/strictyaml"
)

// A Pack is a set of rules with all they need to be judged and replayed.
type Pack struct {
	ID      string          `yaml:"id"`
	Version int             `yaml:"version"`
	Title   string          `yaml:"title"`
	Rules   []Rule          `yaml:"rules"`
	Lists   map[string]List `yaml:"lists"`
	Sets    map[string]Set  `yaml:"sets"`
	Tests   []Case          `yaml:"tests"`

	// Digest is the sha256 in hex of the pack's file.
	Digest string `yaml:"-"`
}

// A Rule is one thing that must be so, or must not be so.
type Rule struct {
	ID         string       `yaml:"id"`
	Title      string       `yaml:"title"`
	Clause     *Clause      `yaml:"clause"`
	Status     *Status      `yaml:"status"`
	Applies    Applies      `yaml:"applies"`
	Require    *Requirement `yaml:"require"`
	Deny       *Requirement `yaml:"deny"`
	MinGrade   string       `yaml:"min-grade"`
	OnUnknown  Verdict      `yaml:"on-unknown"`
	OnWeak     Verdict      `yaml:"on-weak"`
	OnConflict Verdict      `yaml:"on-conflict"`
	At         string       `yaml:"at"`
	Severity   string       `yaml:"severity"`
	Fix        string       `yaml:"fix"`
	Incomplete string       `yaml:"incomplete"` // accept: judge an assembly declared incomplete by the parts it lists
	Unreviewed string       `yaml:"unreviewed"` // accept: rest on registry records nobody has reviewed
	Line       int          `yaml:"-"`

	grade sbom.Grade
}

// A Clause is the law or contract that a rule puts into words.
type Clause struct {
	Text   string `yaml:"text"`
	Source string `yaml:"source"`
	Read   string `yaml:"read"` // date the source was read
}

// A Status says whether a rule is law yet. Dates are inclusive.
type Status struct {
	State string `yaml:"state"` // in-force, future, suspended, proposed, withdrawn
	From  string `yaml:"from"`
	To    string `yaml:"to"`
}

// Applies selects what a rule is judged on. All given conditions must hold.
type Applies struct {
	Kind         string   `yaml:"kind"` // hardware, software, device; "" is hardware and software
	Category     OneOrAll `yaml:"category"`
	RadioCapable *bool    `yaml:"radio-capable"`
}

// A Requirement is what must be so (require) or must not be so (deny). Exactly
// one kind of it is given.
type Requirement struct {
	Stage      OneOrAll          `yaml:"stage"`  // stages in order of preference
	Stages     string            `yaml:"stages"` // any: a deny rule over every stage
	Fact       string            `yaml:"fact"`   // manufacturer: a maker must be known
	Countries  *Countries        `yaml:"countries"`
	OnList     string            `yaml:"on-list"`
	Roles      map[string]string `yaml:"roles"` // manufacturer or performed-by.<stage>: required or if-stated
	Cascade    *Cascade          `yaml:"cascade"`
	Identified OneOrAll          `yaml:"identified"` // categories that must be identified
	SignedBOM  *SignedBOM        `yaml:"signed-bom"`
}

// Countries is a set of ISO 3166 codes, given as a list or as "set:name".
type Countries struct {
	In OneOrAll `yaml:"in"`
}

// A Cascade says which owners of a listed entity's kind count. Shares are
// inclusive and never multiplied.
type Cascade struct {
	OwnerShare  *float64 `yaml:"owner-share"`  // percent from which an owner on the list counts
	SiblingsAdd bool     `yaml:"siblings-add"` // shares of several listed owners add up
	Affiliates  bool     `yaml:"affiliates"`   // control without a stated share counts
}

// SignedBOM asks for a signature by someone the reader trusts.
type SignedBOM struct {
	By OneOrAll `yaml:"by"` // names in the trust file; empty is any
}

// A Set is a set of countries.
type Set struct {
	Members []string `yaml:"members"`
	Clause  string   `yaml:"clause"`
	AsOf    string   `yaml:"as-of"`
}

// A List is a list of entities, as published on a day.
type List struct {
	File     string  `yaml:"file"` // CSV beside the pack, instead of entries
	Entries  []Entry `yaml:"entries"`
	AsOf     string  `yaml:"as-of"`
	Complete bool    `yaml:"complete"`
	MaxAge   string  `yaml:"max-age"` // such as 45d; older lists decide nothing
	Source   string  `yaml:"source"`
}

// An Entry is one listed entity. Dates are inclusive; blank is not limited.
type Entry struct {
	Name      string   `yaml:"name"`
	Aliases   []string `yaml:"aliases"`
	Country   string   `yaml:"country"`
	LEI       string   `yaml:"lei"`
	Listed    string   `yaml:"listed"`
	Effective string   `yaml:"effective"`
	Delisted  string   `yaml:"delisted"`
}

// OneOrAll is a YAML value that is one string or a list of strings.
type OneOrAll []string

// UnmarshalYAML reads either form.
func (o *OneOrAll) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*o = OneOrAll{n.Value}
		return nil
	}
	var list []string
	if err := n.Decode(&list); err != nil {
		return strictyaml.Errorf(n.Line, "expected a name or a list of names")
	}
	*o = list
	return nil
}

// ErrNotBuilt marks what the pack format has and this version cannot judge.
var ErrNotBuilt = errors.New("not built yet")

// notBuilt are settled keys of the format that this version cannot judge.
var notBuilt = map[string]bool{
	"share": true, "substantial-transformation": true, "party-countries": true, "custom": true, "exempt": true, "dates": true,
	"ownership": true,
}

// ParsePack reads a pack. read gives the files that lists name, relative to the
// pack; it may be nil where there are none. Errors name the file, the line and
// the remedy. A pack that needs what is not built yet gives an error that is
// ErrNotBuilt.
func ParsePack(file string, data []byte, read func(name string) ([]byte, error)) (*Pack, error) {
	p := new(Pack)
	if err := strictyaml.Decode(file, data, p); err != nil {
		return nil, unbuilt(err)
	}
	h := sha256.New()
	h.Write(data)
	for _, name := range sortedKeys(p.Lists) {
		if err := p.readList(name, read, h); err != nil {
			return nil, fmt.Errorf("%s: list %s: %w", file, name, err)
		}
	}
	p.Digest = hex.EncodeToString(h.Sum(nil))
	var errs packErrors
	p.check(&errs)
	if len(errs) > 0 {
		return nil, errs.in(file)
	}
	return p, nil
}

// readList fills a list from the CSV file that it names, and adds the file to
// the pack's digest. Columns: name, aliases (split by |), country, lei, listed,
// effective, delisted; only name is needed.
func (p *Pack) readList(name string, read func(string) ([]byte, error), h io.Writer) error {
	l := p.Lists[name]
	if l.File == "" {
		return nil
	}
	if len(l.Entries) > 0 {
		return errors.New("give either file or entries")
	}
	if read == nil {
		return errors.New("this pack cannot name files")
	}
	data, err := read(l.File)
	if err != nil {
		return err
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		return fmt.Errorf("%s: %w", l.File, err)
	}
	if len(rows) == 0 || !slices.Contains(rows[0], "name") {
		return fmt.Errorf("%s: the first row must name the columns, name among them", l.File)
	}
	for _, row := range rows[1:] {
		cell := func(title string) string {
			if i := slices.Index(rows[0], title); i >= 0 {
				return strings.TrimSpace(row[i])
			}
			return ""
		}
		e := Entry{Name: cell("name"), Country: cell("country"), LEI: cell("lei"), Listed: cell("listed"), Effective: cell("effective"), Delisted: cell("delisted")}
		if a := cell("aliases"); a != "" {
			e.Aliases = strings.Split(a, "|")
		}
		l.Entries = append(l.Entries, e)
	}
	p.Lists[name] = l
	fmt.Fprintf(h, "\n%s\n", l.File)
	_, err = h.Write(data)
	return err
}

var unknownKey = regexp.MustCompile(`line (\d+): unknown key "([^"]+)"`)

// unbuilt words the error for settled keys that cannot be judged yet.
func unbuilt(err error) error {
	for _, m := range unknownKey.FindAllStringSubmatch(err.Error(), -1) {
		if notBuilt[m[2]] {
			return fmt.Errorf("%w\nhint: %q belongs to the pack format but judging it is %w", err, m[2], ErrNotBuilt)
		}
	}
	return err
}

type packError struct {
	line int
	text string
}

type packErrors []packError

func (es *packErrors) add(line int, format string, args ...any) {
	*es = append(*es, packError{line, fmt.Sprintf(format, args...)})
}

func (es packErrors) in(file string) error {
	var lines []string
	for _, e := range es {
		if e.line == 0 {
			lines = append(lines, fmt.Sprintf("%s: %s", file, e.text))
		} else {
			lines = append(lines, fmt.Sprintf("%s: line %d: %s", file, e.line, e.text))
		}
	}
	return fmt.Errorf("%s", strings.Join(lines, "\n"))
}

func (p *Pack) check(errs *packErrors) {
	if p.ID == "" {
		errs.add(0, "the pack has no id: write id: my-pack")
	}
	if len(p.Rules) == 0 {
		errs.add(0, "the pack has no rules")
	}
	seen := map[string]bool{}
	for i := range p.Rules {
		r := &p.Rules[i]
		if seen[r.ID] {
			errs.add(r.Line, "a second rule has the id %q", r.ID)
		}
		seen[r.ID] = true
		p.checkRule(r, errs)
	}
	for name, s := range p.Sets {
		for _, m := range s.Members {
			if !country.IsCode(m) {
				errs.add(0, "set %s: %q is no ISO 3166 code", name, m)
			}
		}
	}
	for name, l := range p.Lists {
		p.checkList(name, l, errs)
	}
	for i := range p.Tests {
		p.Tests[i].check(p, errs)
	}
}

func (p *Pack) checkRule(r *Rule, errs *packErrors) {
	bad := func(format string, args ...any) { errs.add(r.Line, "rule "+r.ID+": "+format, args...) }
	if r.ID == "" {
		errs.add(r.Line, "a rule has no id")
		return
	}
	for key, v := range map[string]Verdict{"on-unknown": r.OnUnknown, "on-weak": r.OnWeak, "on-conflict": r.OnConflict} {
		switch v {
		case Fail, Undecided, Warn:
		case "":
			bad("%s is missing: write fail, unknown or warn", key)
		default:
			bad("%s: %q is not a choice: write fail, unknown or warn", key, v)
		}
	}
	if r.MinGrade != "" {
		g, ok := sbom.ParseGrade(r.MinGrade)
		if !ok {
			bad("min-grade: %q is no grade: write listed, declared, described, observed or signed", r.MinGrade)
		}
		r.grade = g
	}
	choose := func(key, v string, choices ...string) {
		if v != "" && !slices.Contains(choices, v) {
			bad("%s: %q is not a choice: write %s", key, v, strings.Join(choices, ", "))
		}
	}
	choose("applies.kind", r.Applies.Kind, "hardware", "software", "device")
	choose("incomplete", r.Incomplete, "accept")
	choose("unreviewed", r.Unreviewed, "accept")
	choose("at", r.At, "evaluation")
	choose("severity", r.Severity, "low", "medium", "high", "critical")
	for _, c := range r.Applies.Category {
		if _, ok := sbom.ParseCategory(c); !ok {
			bad("applies.category: %q is no category", c)
		}
	}
	if r.Status != nil {
		choose("status.state", r.Status.State, "in-force", "future", "suspended", "proposed", "withdrawn")
	}
	switch {
	case r.Require == nil && r.Deny == nil:
		bad("says neither require nor deny")
	case r.Require != nil && r.Deny != nil:
		bad("says both require and deny: write two rules")
	case r.Require != nil:
		p.checkRequire(r.Require, bad)
	default:
		p.checkDeny(r.Deny, bad)
	}
}

func (p *Pack) checkRequire(q *Requirement, bad func(string, ...any)) {
	kinds := 0
	for _, given := range []bool{len(q.Stage) > 0, q.Fact != "", len(q.Identified) > 0, q.SignedBOM != nil} {
		if given {
			kinds++
		}
	}
	if kinds != 1 {
		bad("require wants exactly one of stage, fact, identified, signed-bom")
	}
	if q.OnList != "" || q.Stages != "" {
		bad("on-list and stages: any stand under deny")
	}
	if q.Fact != "" && q.Fact != sbom.Manufacturer {
		bad("fact: %q is not a choice: write manufacturer, or stage: %s", q.Fact, q.Fact)
	}
	for _, c := range q.Identified {
		if _, ok := sbom.ParseCategory(c); !ok {
			bad("identified: %q is no category", c)
		}
	}
	p.checkStages(q, bad)
}

func (p *Pack) checkDeny(q *Requirement, bad func(string, ...any)) {
	switch {
	case q.OnList != "":
		if _, ok := p.Lists[q.OnList]; !ok {
			bad("on-list: the pack has no list %q", q.OnList)
		}
		if len(q.Roles) == 0 {
			bad("on-list wants roles, such as roles: {manufacturer: required}")
		}
		for role, need := range q.Roles {
			stage, performed := strings.CutPrefix(role, "performed-by.")
			if role != sbom.Manufacturer && !(performed && sbom.IsStage(stage)) {
				bad("roles: %q is no role: write manufacturer or performed-by.<stage>", role)
			}
			if need != "required" && need != "if-stated" {
				bad("roles: %s: %q is not a choice: write required or if-stated", role, need)
			}
		}
		if c := q.Cascade; c != nil && c.OwnerShare != nil && (*c.OwnerShare <= 0 || *c.OwnerShare > 100) {
			bad("cascade: owner-share is a percentage over 0 and up to 100")
		}
	case q.Countries == nil:
		bad("deny wants on-list, or a stage and countries")
	case q.Stages != "" && q.Stages != "any":
		bad("stages: %q is not a choice: write any, or stage: with names", q.Stages)
	case q.Stages == "" && len(q.Stage) == 0:
		bad("deny wants a stage, or stages: any")
	}
	p.checkStages(q, bad)
}

func (p *Pack) checkStages(q *Requirement, bad func(string, ...any)) {
	for _, s := range q.Stage {
		if !sbom.IsStage(s) {
			bad("stage: %q is no stage: write one of %s", s, strings.Join(sbom.Stages, ", "))
		}
	}
	if q.Countries == nil {
		return
	}
	if len(q.Countries.In) == 0 {
		bad("countries wants in: [KR, ...] or in: set:<name>")
	}
	for _, c := range q.Countries.In {
		if name, isSet := strings.CutPrefix(c, "set:"); isSet {
			if _, ok := p.Sets[name]; !ok {
				bad("countries: the pack has no set %q", name)
			}
		} else if !country.IsCode(c) {
			bad("countries: %q is no ISO 3166 code", c)
		}
	}
}

var (
	dateForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)
	ageForm  = regexp.MustCompile(`^[0-9]{1,5}d$`)
)

func (p *Pack) checkList(name string, l List, errs *packErrors) {
	if l.MaxAge != "" && !ageForm.MatchString(l.MaxAge) {
		errs.add(0, "list %s: max-age: %q is no age: write a number of days, such as 45d", name, l.MaxAge)
	}
	if l.AsOf != "" && !dateForm.MatchString(l.AsOf) {
		errs.add(0, "list %s: as-of: %q is no date: write 2026-11-20", name, l.AsOf)
	}
	for _, e := range l.Entries {
		if e.Name == "" {
			errs.add(0, "list %s: an entry has no name", name)
		}
		for _, d := range []string{e.Listed, e.Effective, e.Delisted} {
			if d != "" && !dateForm.MatchString(d) {
				errs.add(0, "list %s: %s: %q is no date: write 2026-11-20", name, e.Name, d)
			}
		}
	}
}

// countries resolves a rule's set of codes.
func (p *Pack) countries(c *Countries) map[string]bool {
	out := map[string]bool{}
	for _, code := range c.In {
		if name, isSet := strings.CutPrefix(code, "set:"); isSet {
			for _, m := range p.Sets[name].Members {
				out[m] = true
			}
		} else {
			out[code] = true
		}
	}
	return out
}
