package software

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/elfharden"
)

// PropertyELF is of the package that owns programs and shared objects, or of the
// root where none does: one each, its path and how it is hardened, as
// "usr/bin/su: relro=full nx=yes canary=yes pie=yes fortify=yes runpath=none".
const PropertyELF = "originbom:elf:file"

// Names of the trust facts of programs and shared objects, after
// [sbom.FirmwareFact]: how many, 0 too.
const (
	FactELF           = "elf:files"         // that were read
	FactELFDamaged    = "elf:unreadable"    // damaged ones
	FactNoPIE         = "elf:no-pie"        // programs that lie at a fixed address
	FactNoNX          = "elf:no-nx"         // with a stack that may be executed
	FactNXNotTold     = "elf:nx-not-told"   // the machine's default counts
	FactNoRELRO       = "elf:no-relro"      //
	FactPartialRELRO  = "elf:partial-relro" //
	FactNoCanary      = "elf:no-canary"     // no function of it, or no large array in it
	FactNoFortify     = "elf:no-fortify"    // no checked call where one could be
	FactRunPath       = "elf:runpath"       // that look for libraries in other folders too
	FactStaticallyELF = "elf:no-dynamic"    // linked statically: canary and fortify are not told
)

// minELF is the size of the smallest ELF header.
const minELF = 52

// A hardening is what was asked for: how each program and shared object of the
// root is hardened.
type hardening struct {
	lines  map[string]string // by path
	counts map[string]*moduleCount
}

// weaknesses says of a file which facts count it.
func weaknesses(h *elfharden.Report) []string {
	var out []string
	add := func(is bool, fact string) {
		if is {
			out = append(out, fact)
		}
	}
	add(true, FactELF)
	add(h.PIE == elfharden.No, FactNoPIE)
	add(h.NX == elfharden.No, FactNoNX)
	add(h.NX == elfharden.Unknown, FactNXNotTold)
	add(h.RELRO == elfharden.NoRELRO, FactNoRELRO)
	add(h.RELRO == elfharden.PartialRELRO, FactPartialRELRO)
	add(h.Canary == elfharden.No, FactNoCanary)
	add(h.Fortify == elfharden.No, FactNoFortify)
	add(h.Canary == elfharden.Unknown, FactStaticallyELF)
	add(len(h.RunPath) > 0, FactRunPath)
	return out
}

// findHardening reads every program and shared object of the root.
func (r *root) findHardening(ctx context.Context) error {
	h := &hardening{lines: map[string]string{}, counts: map[string]*moduleCount{}}
	for _, fact := range []string{
		FactELF, FactELFDamaged, FactNoPIE, FactNoNX, FactNXNotTold, FactNoRELRO, FactPartialRELRO, FactNoCanary,
		FactNoFortify, FactRunPath, FactStaticallyELF,
	} {
		h.counts[fact] = &moduleCount{fact: fact, what: "programs and shared objects"}
	}
	for _, e := range r.names {
		if e.real != "" || e.size < minELF || isModuleName(e.path) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		c, err := r.open(e.path)
		if err != nil {
			continue // noted by open
		}
		rep, err := elfharden.Read(c)
		c.Close()
		switch {
		case errors.Is(err, elfharden.ErrNotHere):
		case err != nil:
			h.counts[FactELFDamaged].add(e.path)
			h.lines[e.path] = "unreadable: " + plainError(err).Error()
		default:
			h.lines[e.path] = rep.String()
			for _, fact := range weaknesses(rep) {
				h.counts[fact].add(e.path)
			}
		}
	}
	r.hardened = h
	return nil
}

// spread writes what was found on the packages that own the files. What none owns
// stays for the root.
func (r *root) spread(items []item) {
	wanted := map[string]bool{}
	for p := range r.hardened.lines {
		wanted[p] = true
	}
	owners := r.ownersOf(items, wanted)
	for _, p := range sortedKeys(r.hardened.lines) {
		if i, ok := owners[p]; ok {
			items[i].component.Properties = append(items[i].component.Properties, elfProperty(p, r.hardened.lines[p]))
			delete(r.hardened.lines, p)
		}
	}
}

func elfProperty(p, line string) sbom.Property {
	return sbom.Property{Name: PropertyELF, Value: printed(p) + ": " + clip(printed(line), maxSays)}
}

// facts gives the counts and the files that no package owns.
func (h *hardening) facts() (ps []sbom.Property, found []sbom.Evidence) {
	for _, fact := range sortedKeys(h.counts) {
		c := h.counts[fact]
		ps = append(ps, sbom.Property{Name: sbom.FirmwareFact + fact, Value: strconv.Itoa(c.n)})
		if c.n > 0 && fact != FactELF {
			says := fmt.Sprintf("%d %s, such as %s", c.n, c.what, strings.Join(c.first, ", "))
			found = append(found, sbom.Evidence{Place: c.first[0], Method: sbom.MethodImage, Says: clip(says, maxSays), Note: fact + " " + strconv.Itoa(c.n)})
		}
	}
	for _, p := range sortedKeys(h.lines) {
		ps = append(ps, elfProperty(p, h.lines[p]))
	}
	return ps, found
}

// facts are what the root as a whole shows, sorted; linux is whether it is that of
// a Linux distribution.
func (r *root) facts(linux bool) (ps []sbom.Property, found []sbom.Evidence) {
	if linux {
		ps, found = asFacts(r.linuxFacts())
	}
	if r.hardened != nil {
		more, of := r.hardened.facts()
		ps, found = append(ps, more...), append(found, of...)
	}
	sortProperties(ps)
	return ps, found
}

func sortProperties(ps []sbom.Property) {
	slices.SortFunc(ps, func(a, b sbom.Property) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Value, b.Value))
	})
}
