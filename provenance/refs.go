package provenance

import (
	"slices"

	"github.com/originbom/originbom/sbom"
)

// distinctRefs gives the readings anew with refs that no two of them share: of
// BOMs that name their parts alike, all but the first get draft refs, by which
// their parts go on naming each other until the document names them.
func distinctRefs(readings []sbom.Reading) []sbom.Reading {
	taken := map[string]bool{}
	out := slices.Clone(readings)
	for i, r := range out {
		clash := map[string]string{}
		walkParts(r.Components, func(c *sbom.Component) {
			if c.Ref != "" && taken[c.Ref] {
				clash[c.Ref] = sbom.DraftRef(sbom.Source{Name: r.Input.Name, Digest: r.Input.Digest}, c.Ref)
			}
		})
		if len(clash) > 0 {
			out[i].Components = renamed(r.Components, clash)
		}
		walkParts(out[i].Components, func(c *sbom.Component) { taken[c.Ref] = true })
	}
	return out
}

func walkParts(cs []sbom.Component, f func(*sbom.Component)) {
	for i := range cs {
		f(&cs[i])
		walkParts(cs[i].Components, f)
	}
}

// renamed gives components anew whose refs, and what names them, follow names.
func renamed(cs []sbom.Component, names map[string]string) []sbom.Component {
	out := slices.Clone(cs)
	for i := range out {
		c := &out[i]
		if to, ok := names[c.Ref]; ok {
			c.Ref = to
		}
		if to, ok := names[c.CandidateFor]; ok {
			c.CandidateFor = to
		}
		c.DependsOn = slices.Clone(c.DependsOn)
		for j, ref := range c.DependsOn {
			if to, ok := names[ref]; ok {
				c.DependsOn[j] = to
			}
		}
		c.Components = renamed(c.Components, names)
	}
	return out
}
