package verify

import (
	"fmt"
	"slices"
)

// A Role is what a reader lets a signer do.
type Role string

// The roles, by the names of their lists in a trust file.
const (
	RoleBOM      Role = "boms"      // may sign BOMs
	RoleAssessor Role = "assessors" // may sign BOMs, and its own grading counts
	RoleSupplier Role = "suppliers" // may speak about the parts in its scope
	RolePack     Role = "packs"     // may sign rule packs, and nothing else
	RoleVerdict  Role = "verdicts"  // may sign verdicts, and nothing else
)

// A Scope is what a supplier may speak about. The zero Scope is nothing.
type Scope struct {
	Manufacturers  []string `json:"manufacturers,omitempty"`   // names of the makers, as the trust file has them; none means none
	Parts          []string `json:"parts,omitempty"`           // patterns of part numbers; none means all of these makers
	Stages         []string `json:"stages,omitempty"`          // stages of making; none means none
	PredicateTypes []string `json:"predicate-types,omitempty"` // kinds of statements; none means all
}

// Part reports whether a part number is in scope. In a pattern * stands for any
// characters and ? for one; all others, and their case, count.
func (s Scope) Part(number string) bool {
	return len(s.Parts) == 0 || slices.ContainsFunc(s.Parts, func(p string) bool { return glob(p, number) })
}

// Stage reports whether a stage is in scope.
func (s Scope) Stage(stage string) bool { return slices.Contains(s.Stages, stage) }

func (s Scope) predicate(typ, signer string) error {
	if len(s.PredicateTypes) == 0 || slices.Contains(s.PredicateTypes, typ) {
		return nil
	}
	return &weakness{code: PredicateNotInScope, reason: fmt.Sprintf("%q is not trusted for statements of type %.100q", signer, typ)}
}

func (s Scope) clone() Scope {
	return Scope{slices.Clone(s.Manufacturers), slices.Clone(s.Parts), slices.Clone(s.Stages), slices.Clone(s.PredicateTypes)}
}

// glob matches in time linear in the product of both lengths.
func glob(pattern, s string) bool {
	p, text := []rune(pattern), []rune(s)
	star, mark := -1, 0
	i, j := 0, 0
	for j < len(text) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == text[j]):
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}
