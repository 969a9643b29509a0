package sbom

import (
	"slices"
	"strings"
)

// Names of facts that are not stages of origin.
const (
	// Manufacturer is the fact that says who made a component. Its values are
	// names: as the input spelled them in a [Reading], the registry's legal
	// name once resolved.
	Manufacturer = "manufacturer"
	// PartNumber is the fact for a part that inputs call by different part
	// numbers; parts that all call alike have none.
	PartNumber = "part-number"
	// SubstantiallyTransformed is the customs fact of that name.
	SubstantiallyTransformed = "substantially-transformed"
)

// Stages are the stages of origin, of parts first and then of software, after
// the draft CycloneDX 2.0 origins vocabulary. Stages never borrow from each
// other.
var Stages = []string{
	"designed", "wafer-fabricated", "packaged", "tested", "manufactured",
	"assembled", "final-assembled", "shipped-from", "customs",
	"developed", "built", "signed", "operated", "maintained",
}

// IsStage reports whether name is a stage of origin.
func IsStage(name string) bool { return slices.Contains(Stages, name) }

// A Fact is one thing that is known, or said to be known, about a component or
// the device: a stage of origin, its manufacturer.
type Fact struct {
	Name   string  // a stage, or Manufacturer
	Values []Value // sorted by Is, then share
	// Withheld is set when a party says that it knows and will not tell.
	Withheld bool
	// WithheldBy is who says so, and where; nil if that is not told.
	WithheldBy []Evidence
	// Unread is what was said about this fact and could not be understood, such
	// as the country "Korea". It carries no value.
	Unread []Evidence
}

// A Value is one answer to a fact.
type Value struct {
	// Is is an ISO 3166-1 alpha-2 or 3166-2 code for a stage, a name for
	// Manufacturer.
	Is string
	// Share is how much of the part this value covers, in percent. The zero
	// Interval means all of it.
	Share       Interval
	PerformedBy string // the party that performed the stage, "" if not told
	Basis       string // what the share is of: value, count, weight; "" if not told
	Evidence    []Evidence
}

// An Interval is a range of percentages, both ends included.
type Interval struct{ Min, Max float64 }

// Whole reports whether the interval stands for the whole part.
func (i Interval) Whole() bool { return i == Interval{} || i == Interval{100, 100} }

func (i Interval) bounds() (lo, hi float64) {
	if i == (Interval{}) {
		return 100, 100
	}
	return i.Min, i.Max
}

// Evidence is one reason to believe something.
type Evidence struct {
	Source Source // the input that says it
	Place  string // where in the input: node path, "row 3, column \"Made in\"", file path
	Method Method // how it was read
	Says   string // what it says there, verbatim
	By     string // the party that says it, "" if not told
	Claim  string // sha256 hex of the claim bundle, for MethodClaim
	When   string // date it was said, ISO 8601, "" if not told
	Note   string // how it was understood: the registry record, how inputs were matched
}

// A Source names an input.
type Source struct{ Name, Digest string }

// Method is how evidence was obtained. It decides the grade.
type Method string

// The methods.
const (
	MethodRegistry   Method = "registry"    // our registry says so of that maker or line
	MethodDocument   Method = "document"    // a part list, a handset file, another's BOM
	MethodDeviceTree Method = "device-tree" // a kernel's description of the model
	MethodImage      Method = "image"       // read from the phone's shipped software
	MethodLive       Method = "live"        // read from the running phone
	MethodClaim      Method = "claim"       // a signed claim, whose signer may speak for it by the word of whoever wrote this
	MethodWeakClaim  Method = "weak-claim"  // a claim that its reader did not believe; the evidence's note says why
)

// Grade says how well a value is carried. Grades are ordered.
type Grade int

// The grades, lowest first.
const (
	Ungraded  Grade = iota
	Listed          // our registry says so of that maker or product line
	Declared        // an unsigned document about this product says so
	Described       // a third party's text about the model says so
	Observed        // read from this phone or its shipped image
	Signed          // a claim by a signer whom the reader lets speak for it
)

var gradeNames = []string{"none", "listed", "declared", "described", "observed", "signed"}

// String gives the grade's name.
func (g Grade) String() string {
	if g < 0 || int(g) >= len(gradeNames) {
		return "none"
	}
	return gradeNames[g]
}

// ParseGrade reads a grade's name.
func ParseGrade(s string) (Grade, bool) {
	i := slices.Index(gradeNames, s)
	return Grade(max(i, 0)), i > 0
}

// Grade is the grade this method gives when the reader did the reading.
func (m Method) Grade() Grade {
	switch m {
	case MethodRegistry:
		return Listed
	case MethodDeviceTree:
		return Described
	case MethodImage, MethodLive:
		return Observed
	default:
		return Declared
	}
}

// Trust is what a reader believes, as far as grades depend on it. The zero
// Trust believes nobody: whatever a document says is the word of whoever wrote
// it.
type Trust struct {
	// AsWritten believes the methods written in evidence: the reader did the
	// reading itself, or the document's signer is one of its assessors.
	AsWritten bool
	// Claims holds, by digest of the bundle, the claims whose signature
	// verified and whose signer may speak. Only claim.Join of package provenance
	// should set it: it gives the document anew what those claims carry, so that
	// no other evidence can name them.
	Claims map[string]bool

	// written believes claims as whoever wrote the document did: for the display
	// copy of grades in an encoding, and for nothing else.
	written bool
}

// Grade is how well this evidence carries a value under the reader's trust.
func (e Evidence) Grade(t Trust) Grade {
	if e.Method == MethodClaim {
		if t.written || e.Claim != "" && t.Claims[e.Claim] {
			return Signed
		}
		return Declared
	}
	g := e.Method.Grade()
	if !t.AsWritten {
		g = min(g, Declared)
	}
	return g
}

// Grade is the best grade among the value's evidence.
func (v Value) Grade(t Trust) Grade {
	g := Ungraded
	for _, e := range v.Evidence {
		g = max(g, e.Grade(t))
	}
	return g
}

// State says what is known of a fact.
type State string

// The states.
const (
	StateKnown         State = "known"
	StateUnknown       State = "unknown"
	StateWithheld      State = "withheld"
	StateConflict      State = "conflict"
	StateNotApplicable State = "not-applicable"
)

// Carried gives the values whose grade is at least least.
func (f Fact) Carried(t Trust, least Grade) []Value {
	var vs []Value
	for _, v := range f.Values {
		if v.Grade(t) >= least {
			vs = append(vs, v)
		}
	}
	return vs
}

// State is what the fact's values at or above the grade least amount to.
func (f Fact) State(t Trust, least Grade) State {
	vs := f.Carried(t, least)
	switch {
	case len(vs) == 0 && f.Withheld:
		return StateWithheld
	case len(vs) == 0:
		return StateUnknown
	case Conflict(f.Name, vs):
		return StateConflict
	}
	return StateKnown
}

// Weak reports whether values are known, but none is carried as well as least
// asks.
func (f Fact) Weak(t Trust, least Grade) bool {
	return len(f.Values) > 0 && len(f.Carried(t, least)) == 0
}

// Grade is the best grade among the fact's values.
func (f Fact) Grade(t Trust) Grade {
	g := Ungraded
	for _, v := range f.Values {
		g = max(g, v.Grade(t))
	}
	return g
}

// Sources counts the independent sources behind the values at or above least:
// different parties, or different inputs where no party is named. Evidence below
// least does not count, however good the value's other evidence is.
func (f Fact) Sources(t Trust, least Grade) int {
	seen := map[string]bool{}
	for _, v := range f.Carried(t, least) {
		for _, e := range v.Evidence {
			switch {
			case e.Grade(t) < least:
			case e.By != "":
				seen["by "+e.By] = true
			default:
				seen["input "+e.Source.Digest+e.Source.Name] = true
			}
		}
	}
	return len(seen)
}

// Conflict reports whether the values of a fact cannot all be true: their
// smallest shares add up to more than the whole, or one value is given two
// shares that do not meet. A subdivision does not contradict its country.
func Conflict(name string, values []Value) bool {
	sum := 0.0
	for i, v := range values {
		lo, hi := v.Share.bounds()
		covered := false
		for j, w := range values {
			if i == j {
				continue
			}
			wlo, whi := w.Share.bounds()
			if v.Is == w.Is {
				if lo > whi || wlo > hi {
					return true
				}
				covered = covered || j < i // the same statement twice counts once
			} else if IsStage(name) && strings.HasPrefix(w.Is, v.Is+"-") && lo == wlo && hi == whi {
				covered = true // the finer value says the same
			}
		}
		if !covered {
			sum += lo
		}
	}
	return sum > 100.0001
}
