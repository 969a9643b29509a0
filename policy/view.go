package policy

import (
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom"
)

// This file gives facts and roles as a rule sees them. Each is worked out once
// for all rules that ask for it at one grade; findings share its values, which
// nobody changes.

// A view is a fact of a subject under the reader's trust, at one grade.
type view struct {
	fact    sbom.Fact
	least   sbom.Grade
	state   sbom.State
	carried []sbom.Value
	graded  []GradedValue // carried, with grades
	words   string        // what sayValues says of it, "" until asked
}

// view gives a fact at a rule's least grade.
func (ev *evaluation) view(s *subject, name string, least sbom.Grade) *view {
	for _, v := range s.views {
		if v.least == least && v.fact.Name == name {
			return v
		}
	}
	f := s.fact(name)
	v := &view{fact: f, least: least, state: f.State(ev.Trust, least), carried: f.Carried(ev.Trust, least)}
	v.graded = ev.grade(v.carried)
	if len(f.Values) > 0 { // an absent one is made anew as fast, and there are many
		s.views = append(s.views, v)
	}
	return v
}

// say lists the values of a view with who says them.
func (ev *evaluation) say(v *view) string {
	if v.words == "" {
		v.words = ev.sayValues(v.fact, v.least)
	}
	return v.words
}

func (v *view) measure(set countrySet) measure { return measured(v.carried, set) }

// A cast is who plays a role for a subject, at one grade.
type cast struct {
	role         string
	least        sbom.Grade
	fact         sbom.Fact // the fact that tells it
	parties      []string
	graded       []GradedValue
	below        []sbom.Value // values that name a party below the grade
	contradicted bool         // manufacturers that cannot all be right
}

// cast gives the parties that play a role at the rule's grade.
func (ev *evaluation) cast(r *Rule, s *subject, role string) *cast {
	for _, x := range s.casts {
		if x.least == r.grade && x.role == role {
			return x
		}
	}
	x := &cast{role: role, least: r.grade}
	stage, performed := strings.CutPrefix(role, performedBy)
	if role == roleSupplier {
		x.fact = supplierFact(s)
	} else {
		x.fact = s.fact(stage)
	}
	for _, v := range x.fact.Values {
		who := v.Is
		if performed {
			who = v.PerformedBy
		}
		switch grade := v.Grade(ev.Trust); {
		case who == "":
		case grade < r.grade:
			x.below = append(x.below, v)
		default:
			x.graded = append(x.graded, GradedValue{v, grade})
			if !slices.Contains(x.parties, who) {
				x.parties = append(x.parties, who)
			}
		}
	}
	x.contradicted = role == sbom.Manufacturer && x.fact.State(ev.Trust, r.grade) == sbom.StateConflict
	s.casts = append(s.casts, x)
	return x
}

// supplierFact is what the document says of the supplier, as a fact.
func supplierFact(s *subject) sbom.Fact {
	f := sbom.Fact{Name: roleSupplier}
	if s.supplier != "" {
		f.Values = []sbom.Value{{Is: s.supplier, Evidence: []sbom.Evidence{{Method: sbom.MethodDocument, Says: s.supplier}}}}
	}
	return f
}
