// Package report writes verdicts and documents for people and programs.
package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/policy/packs"
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
	p.line("Seen:      %s", Coverage(res.Coverage))
	for _, v := range []policy.Verdict{policy.Fail, policy.Undecided, policy.Warn, policy.Waived} {
		p.findings(v, res.Findings)
	}
	p.passed(res.Findings)
	p.claims(r.Claims)
	for _, n := range res.Waivers {
		p.line("Waiver %s does not apply: %s", n.Waiver, n.Why)
	}
	p.next(res.Findings)
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
		role := ""
		if s.Assessor {
			role = ", an assessor of yours"
		}
		return fmt.Sprintf("accepted: signed by %s%s (key sha256:%.16s...)", s.By, role, s.KeyID)
	case policy.SignatureRefused:
		return "NOT ACCEPTED: " + s.Why
	case policy.SignatureUnsigned:
		return "unsigned: " + s.Why
	}
	return "not judged: " + s.Why
}

// packWords names the packs. One that bears the name of an embedded pack and is
// another is said to be so.
func packWords(r *policy.Record) string {
	var out []string
	for _, p := range r.Packs {
		words := fmt.Sprintf("%s version %d", p.ID, p.Version)
		if own, err := packs.Open(p.ID); err == nil && own.Digest != p.Digest {
			words += " (NOT the pack of that name in this program)"
		}
		out = append(out, words)
	}
	return strings.Join(out, ", ")
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

func (p *printer) findings(v policy.Verdict, fs []policy.Finding) {
	fs = withVerdict(fs, v)
	if len(fs) == 0 {
		return
	}
	p.line("")
	p.line("%s (%d)", headings[v], len(fs))
	for i, f := range fs {
		if i == 0 || f.Rule != fs[i-1].Rule || f.Pack != fs[i-1].Pack {
			p.line("  %s: %s%s", f.Rule, f.Title, clauseWords(f.Clause))
		}
		p.line("    - %s: %s", subjectName(f.Component), f.Why)
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
	byRule := map[string]int{}
	var rules []string
	for _, f := range withVerdict(fs, policy.Pass) {
		if byRule[f.Rule] == 0 {
			rules = append(rules, f.Rule)
		}
		byRule[f.Rule]++
	}
	p.line("")
	if len(rules) > 0 {
		p.line("PASSED")
		for _, r := range rules {
			p.line("  %s (%d)", r, byRule[r])
		}
	}
	for _, f := range withVerdict(fs, policy.NotApplicable) {
		p.line("  not applicable: %s: %s", f.Rule, f.Why)
	}
}

// next lists what to do, each thing once, with the parts it is for.
func (p *printer) next(fs []policy.Finding) {
	parts := map[string][]string{}
	var order []string
	for _, f := range fs {
		if f.Fix == "" || !slices.Contains([]policy.Verdict{policy.Fail, policy.Undecided, policy.Warn}, f.Verdict) {
			continue
		}
		if parts[f.Fix] == nil {
			order = append(order, f.Fix)
		}
		if name := subjectName(f.Component); !slices.Contains(parts[f.Fix], name) {
			parts[f.Fix] = append(parts[f.Fix], name)
		}
	}
	if len(order) == 0 {
		return
	}
	p.line("")
	p.line("WHAT TO DO NEXT")
	for i, fix := range order {
		for_ := ""
		if n := len(parts[fix]); n > 0 {
			for_ = "   (for " + strings.Join(parts[fix][:min(n, 6)], "; ")
			if n > 6 {
				for_ += fmt.Sprintf(" and %d more", n-6)
			}
			for_ += ")"
		}
		p.line("  %d. %s%s", i+1, fix, for_)
	}
}
