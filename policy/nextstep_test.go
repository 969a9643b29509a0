package policy

import (
	"testing"

	"github.com/originbom/originbom/sbom"
)

// No finding that asks for something is left without a step; a pass has none.
func TestNextStep(t *testing.T) {
	weak := []GradedValue{{Value: sbom.Value{Is: "KR"}, Grade: sbom.Declared}}
	good := []GradedValue{{Value: sbom.Value{Is: "KR"}, Grade: sbom.Signed}}
	deny := Rule{grade: sbom.Signed, Deny: &Requirement{OnList: "l"}}
	for _, c := range []struct {
		name string
		rule Rule
		out  outcome
		want string
	}{
		{"pass", Rule{Fix: "f"}, outcome{verdict: Pass, fix: "o"}, ""},
		{"not applicable", Rule{Fix: "f"}, outcome{verdict: NotApplicable}, ""},
		{"what the outcome knows", Rule{Fix: "f"}, outcome{verdict: Fail, fix: "o"}, "o"},
		{"what the rule says", Rule{Fix: "f"}, outcome{verdict: Undecided}, "f"},
		{"conflict", Rule{}, outcome{verdict: Warn, state: sbom.StateConflict, values: good}, stepConflict},
		{"weak", deny, outcome{verdict: Fail, state: sbom.StateKnown, values: weak}, stepWeak},
		{"broken", deny, outcome{verdict: Fail, state: sbom.StateKnown, values: good}, stepBroken},
		{"possible match", deny, outcome{verdict: Undecided, state: sbom.StateKnown, values: good}, stepListed},
		{"open", Rule{}, outcome{verdict: Undecided}, stepOpen},
	} {
		if got := c.rule.nextStep(c.out); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
