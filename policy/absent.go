package policy

import (
	"cmp"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom"
)

// This file answers rules about parts that the document does not list. Whoever is
// judged could leave a part out; absent says what the rule makes of that.

// nothing answers a rule that judged no part.
func (r *Rule) nothing() outcome {
	o := r.absent("judged nothing: the BOM lists " + r.Applies.none(r.Applies.Category))
	o.idle = true
	return o
}

// absent answers as the rule's absent says.
func (r *Rule) absent(why string) outcome {
	o := outcome{verdict: cmp.Or(r.Absent, NotApplicable), why: why}
	if o.verdict != NotApplicable {
		o.state = sbom.StateUnknown
		o.fix = cmp.Or(r.Fix, "Add an input that names the part, such as a part list: the rule asks for it (absent: "+string(r.Absent)+").")
	}
	return o
}

// empty answers a rule about parts of a document without any.
func (r *Rule) empty() outcome {
	o := say(Undecided, "the document lists no components")
	if r.Absent == Fail {
		o.verdict = Fail
	}
	o.idle = true
	return o
}

// missing says which categories a rule with absent is about and the document lists
// no part of, or candidates only; "" if there is none, or if a part of unknown
// category may be it.
func (ev *evaluation) missing(r *Rule) string {
	if r.Absent == "" || r.Absent == NotApplicable {
		return ""
	}
	var there []string
	for _, s := range ev.subjects {
		switch applies, undecided := r.applies(s); {
		case undecided != "":
			return ""
		case applies && !s.candidate:
			there = append(there, string(s.Category))
		}
	}
	var gone []string
	for _, cat := range r.Applies.Category {
		if !slices.Contains(there, cat) {
			gone = append(gone, cat)
		}
	}
	if len(gone) > 0 || len(there) == 0 {
		return "the BOM lists " + r.Applies.none(gone) + " that is known to be fitted"
	}
	return ""
}

// none names what a document does not list, such as "no display or camera".
func (a Applies) none(cats []string) string {
	if len(cats) > 0 && a.Kind != "software" && a.RadioCapable == nil && len(a.Name) == 0 {
		return "no " + strings.Join(cats, " or ")
	}
	return "nothing that the rule applies to (" + a.words() + ")"
}
