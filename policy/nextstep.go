package policy

import (
	"cmp"

	"github.com/originbom/originbom/sbom"
)

// Steps that hold for more than one kind of requirement.
const (
	stepCategory = "Tell what the part is: add an input that does, such as a part list with a column Category."
	stepConflict = "Find out which is right, and correct the input that is wrong."
	stepWeak     = "Ask whoever said it for signed evidence (originbom claim questions --min-grade signed), and add its signer to your trust file."
	stepBroken   = "Check the evidence (originbom explain). If it is right, take another part or supplier, or have a waiver approved; if it is wrong, correct the input."
	stepListed   = "Settle who this is and who owns it (originbom registry find), and write it into a registry of your own (--registry), with what tells it from a listed name, such as an LEI."
	stepFirmware = "Add the phone's firmware (an update, images, or a folder of unpacked partitions) as an input."
	stepOpen     = "See what is missing (originbom explain), and add an input that tells it."
)

// nextStep is what to do about a finding: what the outcome or the rule says, else
// what helps with such an outcome. Nothing is to be done about a pass, and no
// other finding is left without a step.
func (r *Rule) nextStep(o outcome) string {
	if o.verdict == Pass || o.verdict == NotApplicable {
		return ""
	}
	if fix := cmp.Or(o.fix, r.Fix); fix != "" {
		return fix
	}
	switch {
	case o.state == sbom.StateConflict:
		return stepConflict
	case r.tooWeak(o.values):
		return stepWeak
	case o.verdict == Fail:
		return stepBroken
	case o.state == sbom.StateKnown && r.Deny != nil && r.Deny.OnList != "":
		return stepListed
	}
	return stepOpen
}

// tooWeak reports whether no value has the grade that the rule asks for.
func (r *Rule) tooWeak(vs []GradedValue) bool {
	for _, v := range vs {
		if v.Grade >= r.grade {
			return false
		}
	}
	return len(vs) > 0
}
