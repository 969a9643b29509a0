// Package report writes verdicts and documents for people and programs.
package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/visible"
)

// Text writes a verdict so that a person sees in ten seconds what failed, what
// is not known, and what to do next.
func Text(w io.Writer, d *sbom.Document, r *policy.Record) error {
	p := &printer{w: w}
	res := r.Result
	p.line("Verdict: %s   %s", strings.ToUpper(string(res.Verdict)), verdictWords[res.Verdict])
	p.line("")
	p.line("Handset:   %s, judged as of %s", deviceName(&d.Device), r.AsOf)
	p.line("Signature: %s", signatureWords(r))
	if r.Chosen {
		p.line("Keys:      judged as of %s, which the caller chose", r.VerifiedAt)
	}
	p.line("Rules:     %s", packWords(r))
	p.line("Findings:  %s", tally(res.Findings))
	p.line("Seen:      %s", Coverage(res.Coverage))
	for _, v := range openVerdicts {
		p.findings(v, res.Findings)
	}
	p.next(r)
	p.findings(policy.Waived, res.Findings)
	p.passed(res.Findings)
	p.overrides(r.Packs)
	p.claims(r.Claims)
	for _, n := range res.Waivers {
		p.line("Waiver %s does not apply: %s", n.Waiver, n.Why)
	}
	for _, n := range res.ByRef {
		p.line("Waiver %s is weak: %s", n.Waiver, n.Why)
	}
	return p.err
}

var verdictWords = map[policy.Verdict]string{
	policy.Fail: "a rule is broken", policy.Undecided: "it cannot be told whether the rules are met",
	policy.Warn: "no rule is broken; some things want attention", policy.Waived: "what is broken was accepted by a waiver",
	policy.Pass: "every rule is met", policy.NotApplicable: "no rule applied",
}

// printer remembers the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, visible.Text(fmt.Sprintf(format, args...))+"\n")
	}
}

func deviceName(d *sbom.Device) string {
	name := cmp.Or(d.Name, d.Model)
	if d.Name != "" && d.Model != d.Name {
		name += " (" + d.Model + ")"
	}
	if d.Revision != "" {
		name += " revision " + d.Revision
	}
	return name
}

func signatureWords(r *policy.Record) string {
	s := r.Signature
	switch s.State {
	case policy.SignatureSigned:
		var signers []string
		for _, one := range s.Signers {
			signers = append(signers, signerWords(one))
		}
		return "accepted: signed by " + strings.Join(signers, "; and by ")
	case policy.SignatureRefused:
		return "NOT ACCEPTED: " + s.Why
	case policy.SignatureUnsigned:
		return "unsigned: " + s.Why
	}
	return "not judged: " + s.Why
}

// signerWords says who signed, and when if that is proved.
func signerWords(s policy.SignerRecord) string {
	words := s.By
	if s.Assessor {
		words += ", an assessor of yours"
	}
	if s.Subject != "" && s.Subject != s.By {
		words += ", as " + s.Subject
	} else if s.Subject == "" {
		words += fmt.Sprintf(" (key sha256:%.16s...)", s.KeyID)
	}
	if s.Time != "" {
		words += ", at " + s.Time + " on the clock of " + s.Clock
	}
	return words
}

// Coverage says how much of a phone was visible, so that a pass on three
// parts does not read as a pass on a phone.
func Coverage(c sbom.Coverage) string {
	total := 0
	for _, cat := range sbom.PhoneCategories {
		if slices.Contains(c.Identified, cat) {
			total++
		}
	}
	s := fmt.Sprintf("%d of the %d kinds of part that every phone has are identified", total, len(sbom.PhoneCategories))
	if len(c.Unidentified) > 0 {
		s += "; present but not identified: " + join(c.Unidentified)
	}
	if len(c.NotVisible) > 0 {
		s += "; not visible in the inputs: " + join(c.NotVisible)
	}
	return s
}

func join[T ~string](list []T) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return strings.Join(out, ", ")
}

var headings = map[policy.Verdict]string{
	policy.Fail: "BROKEN", policy.Undecided: "CANNOT TELL", policy.Warn: "WARNINGS", policy.Waived: "WAIVED",
}

// Limits of what text shows of one rule: broken parts are all told, of the rest
// so many that the next rule is still on the screen.
const (
	maxGroups = 12 // reasons
	maxNames  = 8  // parts that share a reason
)

func (p *printer) findings(v policy.Verdict, fs []policy.Finding) {
	rules := rulings(fs, v)
	if len(rules) == 0 {
		return
	}
	p.line("")
	p.line("%s (%d)", headings[v], len(withVerdict(fs, v)))
	for _, r := range rules {
		p.line("  %s: %s%s", r.rule, r.title, clauseWords(r.clause))
		gs, names := groups(r.findings), maxNames
		if v == policy.Fail {
			names = len(fs)
		}
		for i, g := range gs {
			if i == maxGroups && len(gs) > maxGroups+1 && v != policy.Fail {
				p.line("    - %d more: originbom explain BOM %s tells each", len(gs)-i, r.rule)
				break
			}
			p.line("    - %s: %s", few(g.parts, names), g.why)
		}
	}
}

func withVerdict(fs []policy.Finding, v policy.Verdict) []policy.Finding {
	var out []policy.Finding
	for _, f := range fs {
		if f.Verdict == v {
			out = append(out, f)
		}
	}
	return out
}

func clauseWords(c *policy.Clause) string {
	if c == nil {
		return ""
	}
	return " [" + c.Text + "]"
}

func subjectName(s policy.Subject) string {
	name := cmp.Or(s.Name, s.Ref)
	if s.Category != "" && !strings.Contains(name, string(s.Category)) {
		return string(s.Category) + " " + name
	}
	return name
}

func (p *printer) passed(fs []policy.Finding) {
	p.line("")
	rules := rulings(fs, policy.Pass)
	if len(rules) > 0 {
		p.line("PASSED (%d)", len(withVerdict(fs, policy.Pass)))
	}
	for _, r := range rules {
		p.line("  %s (%d)", r.rule, len(r.findings))
	}
	for _, r := range rulings(fs, policy.NotApplicable) {
		for _, g := range groups(r.findings) {
			p.line("  not applicable: %s (%d): %s", r.rule, len(g.parts), g.why)
		}
	}
}

// next lists what to do, each thing once, with what it is for.
func (p *printer) next(r *policy.Record) {
	steps := nextSteps(r)
	if len(steps) == 0 {
		return
	}
	p.line("")
	p.line("WHAT TO DO NEXT")
	for i, s := range steps {
		p.line("  %d. %s   (for %s)", i+1, s.do, few(s.what, 6))
	}
}
