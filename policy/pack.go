package policy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/strictyaml"
)

// maxPackBytes bounds a pack: the largest that comes with the program, with its
// table, has some ten kilobytes. Entity lists stand in files of their own.
const maxPackBytes = 4 << 20

// A Pack is a set of rules with all they need to be judged and replayed.
type Pack struct {
	Schema   string          `yaml:"$schema"` // for editors; nothing reads it
	ID       string          `yaml:"id"`
	Version  int             `yaml:"version"`
	Title    string          `yaml:"title"`
	Note     string          `yaml:"note"` // what a reader must know before relying on it
	Include  []Include       `yaml:"include"`
	Override []Override      `yaml:"override"`
	Rules    []Rule          `yaml:"rules"`
	Lists    map[string]List `yaml:"lists"`
	Sets     map[string]Set  `yaml:"sets"`
	Tests    []Case          `yaml:"tests"`

	// File is what it was read from, and FileDigest the sha256 in hex of that
	// file alone.
	File       *PackFile `yaml:"-"`
	FileDigest string    `yaml:"-"`
	// Digest is the sha256 in hex of the pack's file, of the files of its lists
	// and of the digests of the packs that it includes. Without lists in files
	// and includes it is FileDigest.
	Digest string `yaml:"-"`
	// Pin is the digest by which whoever named the pack pinned it, "" if nobody did.
	Pin string `yaml:"-"`
	// Included are all packs that it includes, directly or not, each before those
	// that include it, with the overrides applied.
	Included []*Pack `yaml:"-"`
	// IncludedBy is the id of the pack that includes this one, "" if none does.
	IncludedBy string `yaml:"-"`
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
	OnFail     Verdict      `yaml:"on-fail"` // warn or unknown: a hit is a flag to look at, and not a breach
	Absent     Verdict      `yaml:"absent"`  // where the document lists no part of a category that the rule is about; not-applicable if blank
	At         string       `yaml:"at"`
	Severity   string       `yaml:"severity"`
	Fix        string       `yaml:"fix"`
	Incomplete string       `yaml:"incomplete"` // accept: judge an assembly declared incomplete by the parts it lists
	Unreviewed string       `yaml:"unreviewed"` // accept: rest on registry records nobody has reviewed
	Exempt     *Exemption   `yaml:"exempt"`
	Line       int          `yaml:"-"`

	// Changes are the overrides that including packs made.
	Changes []RuleChange `yaml:"-"`

	disabled string // why an including pack switched it off, "" if none did
	grade    sbom.Grade
}

// An Exemption puts a device or a part outside a rule. All given conditions
// must hold; one that is not told does not. Why is what a finding then says.
type Exemption struct {
	Device   *DeviceMatch `yaml:"device"`
	Category OneOrAll     `yaml:"category"` // of the part
	Why      string       `yaml:"why"`
}

// A DeviceMatch describes devices. All given fields must match.
type DeviceMatch struct {
	Name     string   `yaml:"name"` // the name or the model
	Maker    string   `yaml:"maker"`
	Category OneOrAll `yaml:"category"` // any of these
	Use      OneOrAll `yaml:"use"`      // any of these
	Features OneOrAll `yaml:"features"` // all of these
}

// A Clause is the law or contract that a rule puts into words.
type Clause struct {
	Text   string `yaml:"text"`
	Source string `yaml:"source"`
	Read   string `yaml:"read"` // date the source was read
	Sure   string `yaml:"sure"` // how: primary-read, primary-transcription, secondary, unverified
	Note   string `yaml:"note"` // what was not read, what is open
}

// A Status says whether a rule is law yet. Dates are inclusive.
type Status struct {
	State string `yaml:"state"` // in-force, future, suspended, proposed, withdrawn
	From  string `yaml:"from"`
	To    string `yaml:"to"`
	// Note says why a rule counts as proposed, where that is not because it is.
	Note string `yaml:"note"`
	// After says what follows a suspension's last day: in-force (the default)
	// or unknown, where nobody has read whether it was prolonged.
	After string `yaml:"after"`
}

// Applies selects what a rule is judged on. All given conditions must hold.
type Applies struct {
	Kind         string   `yaml:"kind"` // hardware, software, device; "" is hardware and software
	Category     OneOrAll `yaml:"category"`
	RadioCapable *bool    `yaml:"radio-capable"`
	Name         OneOrAll `yaml:"name"` // names with * and ?, any of these
}

// A Requirement is what must be so (require) or must not be so (deny). Exactly
// one kind of it is given.
type Requirement struct {
	Stage     OneOrAll   `yaml:"stage"`  // stages in order of preference
	Stages    string     `yaml:"stages"` // any: a deny rule over every stage
	Fact      string     `yaml:"fact"`   // manufacturer: a maker must be known
	Countries *Countries `yaml:"countries"`
	Signer    OneOrAll   `yaml:"signer"` // of a stage: who must have signed it
	// SubstantialTransformation is where the customs law sees the origin.
	SubstantialTransformation *Countries `yaml:"substantial-transformation"`

	PartyCountries *PartyCountries `yaml:"party-countries"`
	In             OneOrAll        `yaml:"in"` // countries, for party-countries

	OnList     string            `yaml:"on-list"`
	Makers     OneOrAll          `yaml:"makers"` // names, instead of a list
	Roles      map[string]string `yaml:"roles"`  // manufacturer, supplier or performed-by.<stage>: required or if-stated
	Cascade    *Cascade          `yaml:"cascade"`
	Match      OneOrAll          `yaml:"match"`      // name, alias, identifier, possible; all if empty
	Identified OneOrAll          `yaml:"identified"` // categories that must be identified
	SignedBOM  *SignedBOM        `yaml:"signed-bom"`

	Share        *Share        `yaml:"share"`
	Completeness *Completeness `yaml:"completeness"`
	Version      *VersionRange `yaml:"version"`
	Supported    *Supported    `yaml:"supported"`
	Property     *PropertyTest `yaml:"property"`
	TrustFact    *TrustFact    `yaml:"trust-fact"`
	Score        *ScoreTest    `yaml:"score"`
	Custom       *Custom       `yaml:"custom"`
}

// PartyCountries says which party's which countries are judged.
type PartyCountries struct {
	Of    OneOrAll `yaml:"of"`    // roles, as in Roles
	Facts OneOrAll `yaml:"facts"` // registration, headquarters, ultimate-parent
}

// A Share is how much of all parts comes from a set of countries.
type Share struct {
	Of         string      `yaml:"of"`    // value, count or weight
	Stage      OneOrAll    `yaml:"stage"` // in order of preference
	From       OneOrAll    `yaml:"from"`  // countries or set:<name>
	Bound      Bound       `yaml:",inline"`
	Thresholds []Threshold `yaml:"thresholds"` // bounds by date, instead of one
}

// A Bound is a limit in percent. Exactly one is given.
type Bound struct {
	AtMost   *float64 `yaml:"at-most"`
	AtLeast  *float64 `yaml:"at-least"`
	MoreThan *float64 `yaml:"more-than"`
	LessThan *float64 `yaml:"less-than"`
}

// A Threshold is a bound from a day on.
type Threshold struct {
	From  string `yaml:"from"`
	Bound Bound  `yaml:",inline"`
}

// Completeness asks how whole the document is.
type Completeness struct {
	Assembly   string   `yaml:"assembly"`   // complete: the list of parts is declared whole
	Identified *float64 `yaml:"identified"` // percent of the kinds of part every phone has
}

// A VersionRange bounds a version, number by number.
type VersionRange struct {
	AtLeast string `yaml:"at-least"`
	AtMost  string `yaml:"at-most"`
}

// Supported asks that a product's maker still supports its version. A part that
// states its own end of support is judged by that.
//
// One version may be of several branches that end on different days, such as
// those of Linux and of Android's kernels. A row with a build counts where the
// version tells it; of the rows without, all count, and the answer is one only
// where they agree on the day.
type Supported struct {
	Products []SupportDate `yaml:"products"`
	AsOf     string        `yaml:"as-of"`
	Source   string        `yaml:"source"`
}

// A SupportDate is the last day on which versions are supported.
type SupportDate struct {
	Name    string `yaml:"name"`    // with * and ?; none in the table of a trust fact
	Version string `yaml:"version"` // the version or the numbers it begins with
	Build   string `yaml:"build"`   // what the whole version looks like, with * and ?, such as *-android14-*
	Branch  string `yaml:"branch"`  // what a finding calls it; name and version if not given
	Until   string `yaml:"until"`   // the last day
	Seen    string `yaml:"seen"`    // instead of until: a day on which it was supported still
}

// A PropertyTest compares a property of a component or the device.
type PropertyTest struct {
	Name    string   `yaml:"name"`
	Equals  OneOrAll `yaml:"equals"` // any of these
	AtLeast *float64 `yaml:"at-least"`
	AtMost  *float64 `yaml:"at-most"`
	MaxAge  string   `yaml:"max-age"` // of a date, such as 90d
}

// A ScoreTest asks for minimum elements.
type ScoreTest struct {
	Standard string  `yaml:"standard"`
	AtLeast  float64 `yaml:"at-least"` // percent of what applies that is present or declared unknown
}

// Custom is a condition in CEL; see custom.go for what it sees.
type Custom struct {
	CEL string `yaml:"cel"`

	program *program
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
	Source  string   `yaml:"source"`
	Sure    string   `yaml:"sure"`
	Note    string   `yaml:"note"`
}

// A List is a list of entities, as published on a day.
type List struct {
	File     string  `yaml:"file"` // CSV beside the pack, instead of entries
	Entries  []Entry `yaml:"entries"`
	AsOf     string  `yaml:"as-of"`
	Complete bool    `yaml:"complete"`
	MaxAge   string  `yaml:"max-age"` // such as 45d; older lists decide nothing
	Source   string  `yaml:"source"`
	Sure     string  `yaml:"sure"`
	Note     string  `yaml:"note"`
}

// An Entry is one listed entity. Listed and Effective are first days, Delisted
// and Withdrawn the first day without; blank is not limited.
type Entry struct {
	Name      string   `yaml:"name"`
	Aliases   []string `yaml:"aliases"`
	Country   string   `yaml:"country"`
	LEI       string   `yaml:"lei"`
	Listed    string   `yaml:"listed"`
	Effective string   `yaml:"effective"`
	Delisted  string   `yaml:"delisted"`
	Withdrawn string   `yaml:"withdrawn"`
	// Covers is self where nobody but the entity itself is meant: its entry
	// does not reach what it owns. Other words are shown.
	Covers   string   `yaml:"covers"`
	Category OneOrAll `yaml:"category"` // the categories it is limited to
	// Purpose limits the entry to a use that no BOM tells: a hit is unknown.
	Purpose string `yaml:"purpose"`
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

// ParsePack reads a pack that includes no other. read gives the files that lists
// name, relative to the pack; it may be nil where there are none. Errors name
// the file, the line and the remedy. [Load] reads one that includes others.
func ParsePack(file string, data []byte, read func(name string) ([]byte, error)) (*Pack, error) {
	return Load(&PackFile{Name: file, Path: file, Origin: OriginFile, Data: data, Read: read})
}

// lineOf finds the line of an entry of a section, such as a list by its name.
func lineOf(data []byte, section, name string) int {
	var doc yaml.Node
	if yaml.Unmarshal(data, &doc) != nil || len(doc.Content) == 0 {
		return 0
	}
	n := doc.Content[0]
	for _, key := range []string{section, name} {
		i := slices.IndexFunc(n.Content, func(c *yaml.Node) bool { return c.Value == key })
		if i < 0 || i+1 >= len(n.Content) {
			return n.Line
		}
		if key == name {
			return n.Content[i].Line
		}
		n = n.Content[i+1]
	}
	return n.Line
}

type packError struct {
	line int
	text string
}

// packErrors collects everything that is wrong with a pack.
type packErrors struct {
	list  []packError
	lines func(section, name string) int
}

func (es *packErrors) add(line int, format string, args ...any) {
	es.list = append(es.list, packError{line, fmt.Sprintf(format, args...)})
}

func (es *packErrors) in(file string) error {
	slices.SortStableFunc(es.list, func(a, b packError) int { return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.text, b.text)) })
	var lines []string
	for _, e := range es.list {
		lines = append(lines, fmt.Sprintf("%s: line %d: %s", file, max(e.line, 1), e.text))
	}
	return errors.New(strings.Join(lines, "\n"))
}
