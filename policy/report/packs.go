package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/originbom/originbom/policy"
)

// This file says by which packs was judged: where each comes from, who signed it,
// and which of its rules another pack changed.

func jsonPacks(r *policy.Record) []jsonPack {
	out := []jsonPack{}
	for _, p := range r.Packs {
		j := jsonPack{ID: p.ID, Version: p.Version, SHA256: p.Digest, Origin: p.Origin, File: p.File, Namesake: p.Namesake, Pinned: p.Pinned, IncludedBy: p.IncludedBy}
		if p.Origin == policy.OriginFile {
			s := signatureJSON(p.Signature)
			j.Signature = &s
		}
		for _, o := range p.Overrides {
			j.Overrides = append(j.Overrides, jsonOverride{o.Rule, o.By, o.Changed, o.Why})
		}
		out = append(out, j)
	}
	return out
}

// packWords names the packs, and says of each what a reader must know of where
// it comes from.
func packWords(r *policy.Record) string {
	var out []string
	for i := range r.Packs {
		p := &r.Packs[i]
		words := fmt.Sprintf("%s version %d", p.ID, p.Version)
		if marks := packMarks(p); len(marks) > 0 {
			words += " (" + strings.Join(marks, "; ") + ")"
		}
		out = append(out, words)
	}
	return strings.Join(out, ", ")
}

// notOurs is said of a pack that bears the id of one that came with the program.
const notOurs = "NOT the pack of that name in this program"

// foreign says of each such pack that it is one.
func foreign(r *policy.Record) []string {
	var out []string
	for i := range r.Packs {
		if p := &r.Packs[i]; p.Foreign() {
			out = append(out, "the pack "+p.ID+" is "+notOurs)
		}
	}
	return out
}

// isForeign reports whether a finding is by such a pack.
func isForeign(r *policy.Record, f *policy.Finding) bool {
	return slices.ContainsFunc(r.Packs, func(p policy.PackRecord) bool { return p.ID == f.Pack && p.Foreign() })
}

func packMarks(p *policy.PackRecord) []string {
	var out []string
	if p.Origin == policy.OriginFile {
		out = append(out, "file "+p.File)
	}
	if p.Foreign() {
		out = append(out, notOurs)
	}
	if p.IncludedBy != "" {
		out = append(out, "included by "+p.IncludedBy)
	}
	switch {
	case p.Signature.State == policy.SignatureSigned:
		out = append(out, "signed by "+strings.Join(p.Signature.By(), " and "))
	case p.Signature.State == policy.SignatureNotJudged:
		out = append(out, "its signature was not judged: "+p.Signature.Why)
	}
	if p.Pinned {
		out = append(out, "pinned by its digest")
	}
	return out
}

// overrideWords tells the rules that including packs changed, one each.
func overrideWords(packs []policy.PackRecord) []string {
	var out []string
	for _, pack := range packs {
		for _, o := range pack.Overrides {
			out = append(out, fmt.Sprintf("%s of %s: %s", o.Rule, pack.ID, o.RuleChange))
		}
	}
	return out
}

func (p *printer) overrides(packs []policy.PackRecord) {
	words := overrideWords(packs)
	if len(words) == 0 {
		return
	}
	p.line("")
	p.line("OVERRIDDEN RULES")
	for _, w := range words {
		p.line("  %s", w)
	}
}
