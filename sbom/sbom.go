// Package sbom holds one handset's bill of materials: what is in it, and what
// is known about each part's maker and origin, by whose word and how well.
//
// # The words
//
// A [Document] describes one [Device] (a handset model) and a tree of
// [Component]s: physical parts and software. What is said about a component is
// a [Fact]: where it was manufactured, where its wafer was fabricated, who made
// it. A fact holds [Value]s, each with the share of the part it covers, and a
// value holds [Evidence]: which input said so, in which place, in which words,
// and who is speaking.
//
// Nothing is merged away. Two inputs that disagree leave two values in one
// fact. How well a value is carried ([Value.Grade]), whether a fact is known
// ([Fact.State]) and whether it is in conflict are functions of the evidence
// and of the reader's [Trust]; they are never stored.
//
// Inputs are read into [Reading]s by sbom/hardware and sbom/software,
// provenance.Resolve turns readings into components with facts, [Build] makes
// the document, and [Encode] and [Decode] are its CycloneDX form.
//
// This package does not read inputs, look up organisations, verify signatures
// or judge.
package sbom

import "time"

// Unknown is the literal that stands where CycloneDX needs a value and nobody
// told us one.
const Unknown = "unknown"

// A Document is the bill of materials of one handset model. Documents are
// values: change one by building another.
type Document struct {
	Device     Device
	Components []Component // the parts of the device, as a tree

	// Organisations are the makers and owners that the components name, as the
	// registry knew them when the document was built. For readers: a judge uses
	// its own registry.
	Organisations []Organisation

	Inputs  []Input        // what was read, sorted by digest
	Claims  []AttachedFile // signed claim bundles that travel with the document
	Notes   []Note         // what could not be read, and what to do about it
	Authors []Contact      // who wrote the document

	// Time is when the document was built, to the second, in UTC.
	Time time.Time
	// Tool is the version of originbom that built it.
	Tool string
}

// A Device is the handset itself.
type Device struct {
	Ref         string     // bom-ref, unique in the document
	Model       string     // model number, such as EM-15
	Name        string     // what people call it, such as Example Phone 15
	Revision    string     // hardware revision, "" if not told
	Category    string     // handset, tablet ...; "" if not told
	Identifiers []Property // scheme and value, such as fcc-id
	Compatible  []string   // root compatible of its device tree, most specific first
	Facts       []Fact     // its maker, where it was finally assembled ...
	Properties  []Property
	DependsOn   []string // refs of what the device runs: its operating system, firmware, parts
	Completeness
}

// Kind is what sort of thing a component is.
type Kind string

// The kinds of component.
const (
	Hardware        Kind = "hardware"
	Firmware        Kind = "firmware"
	Driver          Kind = "device-driver"
	OperatingSystem Kind = "operating-system"
	Application     Kind = "application"
	Library         Kind = "library"
	File            Kind = "file"
)

// A Component is a physical part or a piece of software.
type Component struct {
	Ref         string   // bom-ref, unique in the document; set by Build if "" or a [DraftRef]
	Kind        Kind     //
	Name        string   // part number or package name; "unknown <category>" if not identified
	Version     string   // "" if not told
	Description string   //
	Category    Category // of a physical part; "" for software

	// Unidentified marks a part that is known to exist while its maker or
	// model is not known.
	Unidentified bool
	// Candidate marks a part that may be fitted: an alternate, a second source,
	// a candidate panel, a part that is not populated. It never enters counts
	// or shares. CandidateFor is the ref of the part it could stand in for.
	Candidate    bool
	CandidateFor string

	MPN        string   // manufacturer part number, "" if not told
	Compatible []string // what device trees call it, most specific first
	// VendorPrefix is the device-tree vendor prefix under which the registry
	// looks for the maker. Only readings have it.
	VendorPrefix string
	Quantity     float64  // how many; 0 means not told
	Designators  []string // positions on the board, such as U1001
	Price        *Price   // nil if not told

	Supplier string    // who sells it, as said; "" if not told
	Authors  []Contact // who wrote or maintains a piece of software
	PURL     string
	CPEs     []string
	Hashes   []Hash
	Licenses []string // SPDX expressions or names, as found

	Facts      []Fact     // sorted by name
	Found      []Evidence // how we know that it is there at all
	Properties []Property // sorted by name, then value

	Components []Component // what it contains
	DependsOn  []string    // refs of what it needs to work
	Completeness
}

// Completeness says whether the list of an assembly's parts is whole, in
// CycloneDX's words: complete, incomplete, unknown; "" is not stated.
type Completeness struct {
	Assembly string
}

// A Property is a named value. Names with a colon are CycloneDX property names;
// others belong to originbom.
type Property struct{ Name, Value string }

// A Hash is a digest of a file's content: Algorithm in CycloneDX's spelling
// (SHA-256), Value in lower-case hex.
type Hash struct{ Algorithm, Value string }

// A Price is what one piece costs.
type Price struct {
	Each     float64
	Currency string // ISO 4217, "" if not told
}

// A Contact is a person or a group of people.
type Contact struct{ Name, Email string }

// An Input is something that was read. Name is its base name, or its path
// relative to the handset file; never an absolute path. Digest is the sha256
// in hex of its bytes; of a folder, the sha256 over the sorted path, type and
// sha256 of the files that evidence cites; of a handset file, the sha256 over
// what it says of the device itself.
type Input struct{ Name, Kind, Digest string }

// An AttachedFile travels inside the document.
type AttachedFile struct {
	Name      string
	MediaType string
	Data      []byte
}

// A Note is something a reader must be told about an input: a value that could
// not be read, a thing that could not be seen. It names the file, the place
// and, where there is one, the remedy.
type Note struct {
	File, Place, Text, Remedy string
	// Value is set where a value could not be read and is kept as unknown. A
	// strict run refuses such an input. It is not part of an encoded document.
	Value bool
}

// String gives "file: place: text: remedy".
func (n Note) String() string {
	s := n.File
	for _, part := range []string{n.Place, n.Text, n.Remedy} {
		if part == "" {
			continue
		}
		if s != "" {
			s += ": "
		}
		s += part
	}
	return s
}

// An Organisation is a party as the registry knows it. Countries are ISO 3166
// codes and say where a party is, never where a part was made.
type Organisation struct {
	ID             string // the registry's id
	Name           string // legal name
	Registered     string // country of registration
	Headquarters   string
	UltimateParent string // legal name, on the day the document was built
	ParentCountry  string // headquarters of the ultimate parent
	Source         string // where this was read
	Reviewed       bool   // false: general knowledge that nobody has checked
}

// A Reading is what one input told: about the handset, and about parts and
// software in it. Its components have no refs and no resolved makers yet.
type Reading struct {
	Input      Input
	Device     Device // zero where the input says nothing of the handset
	Components []Component
	Notes      []Note
	// Unseen are categories that this kind of input could not have shown.
	Unseen []Category
	// Properties, with their evidence in Found, are of the input as a whole where
	// none of Components stands for it. They are for whoever nests Components in
	// one; no document is built of them.
	Properties []Property
	Found      []Evidence
}
