package report

import (
	"io"
	"strings"

	"github.com/originbom/originbom/policy"
)

// Explain writes one finding as a chain: the rule and its clause, the part, what
// is said of it and by whom, how well that is carried, and so the verdict.
func Explain(w io.Writer, r *policy.Record, f *policy.Finding) error {
	p := &printer{w: w}
	p.line("%s: %s", f.Rule, f.Title)
	if c := f.Clause; c != nil {
		p.line("  clause   %s", c.Text)
		if c.Source != "" {
			p.line("  source   %s, read %s%s", c.Source, orUnknown(c.Read), brackets(c.Sure))
		}
		if c.Note != "" {
			p.line("  note     %s", c.Note)
		}
	}
	for _, c := range f.Changes {
		p.line("  changed  the rule is %s", c)
	}
	p.line("  part     %s (ref %s)", subjectName(f.Component), f.Component.Ref)
	if len(f.Component.Path) > 0 {
		p.line("  inside   %s", strings.Join(f.Component.Path, " > "))
	}
	if f.Component.Identity != "" {
		p.line("  identity %s", f.Component.Identity)
	}
	if f.Component.Line > 0 {
		p.line("  place    %s, line %d", place(r), f.Component.Line)
	}
	if f.Fact != "" {
		p.line("  fact     %s: %s", f.Fact, orUnknown(string(f.State)))
	}
	for _, v := range f.Evidence {
		p.line("    %s%s, carried as %s", v.Value.Is, performedWords(v.Value.PerformedBy), v.Grade)
		for _, e := range v.Value.Evidence {
			p.line("      %s%s", e.Sentence(), since(e.When))
			if e.Claim != "" {
				p.line("      claim sha256:%s", e.Claim)
			}
		}
	}
	p.line("  so       %s", f.Why)
	p.line("  verdict  %s, as of %s", strings.ToUpper(string(f.Verdict)), r.AsOf)
	if f.Waiver != "" {
		p.line("  waiver   %s", f.Waiver)
	}
	if f.Fix != "" {
		p.line("  to do    %s", sentence(f.Fix))
	}
	p.line("  finding  %s", f.Fingerprint)
	return p.err
}

func brackets(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

func performedWords(who string) string {
	if who == "" {
		return ""
	}
	return " by " + who
}

func since(when string) string {
	if when == "" {
		return ""
	}
	return ", on " + when
}
