// Package registry knows the organisations of the handset supply chain: who
// they are, who owns them on which day, and which vendor prefixes, product
// lines and brands lead to them.
//
// # The words
//
// An [Organisation] is a legal entity, or a business that was sold as such. An
// [Edge] says that one organisation held a share of another, or control over
// it, between two dates. A [Prefix] is what a device tree writes before the
// comma (nxp,tfa9895), a [Line] a family of products by its part numbers
// (TFA98xx) with the organisation that made it between two dates, and a [Rule]
// the answer for a prefix that does not name the maker by itself.
//
// Ownership hangs on prefix, product line and date, not on the prefix: NXP's
// TFA98xx amplifiers have been Goodix's since 2020-02-03, whatever their prefix
// says. [Registry.Maker] puts these together.
//
// # What it does not say
//
// A registered seat, a headquarters, an owner or a plant never says where a
// part was made. No answer is a guess: where the records do not tell, there is
// none, and Why says what is missing. A record is either reviewed (somebody
// read the source that stands beside it) or general knowledge; every answer
// carries which ([Attribution.Reviewed], [Edge.Reviewed]).
//
// Dates may be a year or a month only. What happens within such a span is
// [Perhaps] in force; a start that nobody read is never "always".
//
// # The files
//
// The records are CSV files, embedded from the folder data, whose README gives
// their columns. [Registry.With] lays a user's files over them.
package registry

import (
	"maps"
	"slices"

	"github.com/originbom/originbom/provenance/registry/names"
)

// A Registry is a set of records. It is immutable and safe for concurrent use.
type Registry struct {
	t      tables
	digest string

	orgs   map[string]*Organisation
	owners map[string][]Edge   // by the id of the owned, sorted by From
	owned  map[string][]Edge   // by the id of the owner
	names  func() *names.Index // made at the first look-up by name
	leis   map[string]string   // LEI -> id
}

// An Organisation is a legal entity, a division of one, a business sold as a
// whole, or a public body.
type Organisation struct {
	ID        string
	LegalName string
	ShortName string
	Aliases   []string // in any script
	Kind      string   // the editor's classification: fabless, foundry, brand, holding, government ...
	// Registered and Headquarters are ISO 3166 codes, "" if not known. They say
	// where the organisation is, never where a part was made.
	Registered   string
	Headquarters string
	LEI          string // ISO 17442, "" if not known
	Website      string
	Status       string // active, merged, dissolved
	Source       string
	SourceDate   Date
	// Reviewed is set when the legal name and the country of the headquarters
	// were read in a source. [Organisation.Read] tells of single fields.
	Reviewed bool
	fields   []string
}

// Read reports whether the field (legal_name, headquarters_country,
// registered_country) was read in a source. Otherwise it is general knowledge.
func (o *Organisation) Read(field string) bool { return slices.Contains(o.fields, field) }

// The kinds of edge.
const (
	Equity       = "equity"        // shares
	JointVenture = "joint-venture" // shares in a joint venture
	Majority     = "majority"      // more than half by title, the share not read
	Division     = "division"      // a part of the owner, not a legal entity of its own
	Control      = "control"       // power without title: an actual controller, a court order, a sub-brand
)

// An Edge says that Owner held a share of, or control over, Owned.
type Edge struct {
	Owner, Owned string  // ids
	Share        float64 // percent; 0 if not told
	Kind         string
	// From is the first day of the link, To the first day without it. A blank
	// From is a start that nobody read; a blank To means that no end was read.
	From, To Date
	Seen     Date // when the source said so
	Source   string
	Note     string
	// Reviewed is set when the source was read and nobody asked for another
	// review. DatesReviewed is set when the dates stood in it.
	Reviewed      bool
	DatesReviewed bool
}

// Title reports whether the edge makes the owner the owner by title of more
// than half: the edges that lead to an ultimate parent.
func (e Edge) Title() bool { return e.Share > 50 || e.Kind == Majority || e.Kind == Division }

// A Line is a family of products and who made it between two dates.
type Line struct {
	Pattern  string // as people write it: TFA98xx
	Category string // in the editor's words: smart audio amplifier
	Org      string // id
	// From and To are as in [Edge]. A blank From is the line's beginning.
	From, To      Date
	Note          string
	Source        string
	Reviewed      bool
	DatesReviewed bool

	prefixes []string // vendor prefixes under which the globs hold
	globs    []string
}

// The roles of a prefix.
const (
	RoleMaker       = "maker"        // names the maker, unless a line or rule says otherwise
	RoleDeviceMaker = "device-maker" // names the device's brand: of a part it says nothing
	RoleLicensor    = "licensor"     // licenses designs and makes nothing
	RoleSplit       = "split"        // several makers use it: only a line or rule tells
	RoleNobody      = "nobody"       // names no company that could be identified
)

// A Prefix is a device-tree vendor prefix.
type Prefix struct {
	Prefix     string
	Org        string // id, "" if it names nobody
	Role       string
	Note       string
	KernelText string // what the kernel's list of prefixes says
	Source     string
	Reviewed   bool
}

// A Rule says who makes parts under a prefix that does not tell by itself.
type Rule struct {
	Prefix     string
	Glob       string
	Categories []string // sbom categories; nil for any
	Org        string   // id; "" if the rule is that nobody can be named
	Why        string
	Source     string
	Reviewed   bool
}

// A Brand says which organisation stands behind the value of an Android
// property.
type Brand struct {
	Property, Value string // compared without regard to case
	Org             string
	Note            string
	Source          string
	Reviewed        bool
}

// A Plant is a place where an organisation can perform a stage. It never proves
// where a part came from; at most it refutes a claim.
type Plant struct {
	Org, Site, Country, Stage, What string
	Source                          string
	Reviewed                        bool // firm, site and country were read
	StageReviewed                   bool
}

// A Remark is a thing that must not be taken for ownership: a deal that has not
// closed, or two organisations that are easily thought to be linked.
type Remark struct {
	Owner, Owned string // ids
	Pending      bool   // an announced deal; otherwise a link that does not exist
	Why          string
	Source       string
	Reviewed     bool
}

// A FieldSource says where one field of an organisation was read.
type FieldSource struct {
	Org, Field, Value string
	Source            string
	Date              Date
	Reviewed          bool
	// Contradicts marks a value that another source gave and that was not kept.
	Contradicts bool
}

// FieldSources gives the sources of an organisation's fields, and the values
// that contradict them.
func (r *Registry) FieldSources(id string) []FieldSource {
	var fs []FieldSource
	for _, s := range r.t.sources {
		if s.Org == id {
			fs = append(fs, s)
		}
	}
	return fs
}

// Organisation gives the organisation of that id.
func (r *Registry) Organisation(id string) (*Organisation, bool) {
	o, ok := r.orgs[id]
	return o, ok
}

// Organisations gives all organisations, sorted by id.
func (r *Registry) Organisations() []*Organisation {
	var os []*Organisation
	for _, id := range slices.Sorted(maps.Keys(r.orgs)) {
		os = append(os, r.orgs[id])
	}
	return os
}

// Plants gives the plants of an organisation.
func (r *Registry) Plants(id string) []Plant {
	var ps []Plant
	for _, p := range r.t.plants {
		if p.Org == id {
			ps = append(ps, p)
		}
	}
	return ps
}

// Remarks gives what must not be taken for ownership of or by an organisation.
func (r *Registry) Remarks(id string) []Remark {
	var rs []Remark
	for _, m := range r.t.remarks {
		if m.Owner == id || m.Owned == id {
			rs = append(rs, m)
		}
	}
	return rs
}

// Digest is the sha256 in hex of the files that the registry was read from. Two
// registries with the same digest give the same answers.
func (r *Registry) Digest() string { return r.digest }
