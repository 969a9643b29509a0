package hardware

import (
	"fmt"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom"
)

// maxVariantEvidence bounds the evidence for a part that many variants show: more
// of the same kind proves no more.
const maxVariantEvidence = 8

// combineVariants makes one reading of those of several trees, of which a boot
// loader picks one. A part that every tree has as often is fitted; what only some
// have is a candidate.
func combineVariants(readings []sbom.Reading) sbom.Reading {
	if len(readings) == 1 {
		return readings[0]
	}
	out := readings[0]
	out.Device = commonDevice(readings)
	out.Components, out.Notes = nil, nil
	seen := map[string]bool{}
	for _, r := range readings {
		for _, c := range r.Components {
			if k := variantKey(c); !seen[k] {
				seen[k] = true
				out.Components = append(out.Components, combinePart(readings, k)...)
			}
		}
		out.Notes = append(out.Notes, r.Notes...)
	}
	slices.SortStableFunc(out.Components, compareParts)
	out.Notes = append(out.Notes, sbom.Note{
		File:   out.Input.Name,
		Text:   fmt.Sprintf("it holds %d device trees, of which the boot loader picks one; a part that not all have is a candidate", len(readings)),
		Remedy: "give the one tree of this handset, such as /proc/device-tree of a running one",
	})
	return out
}

// variantKey tells parts of one kind from others across trees.
func variantKey(c sbom.Component) string {
	return strings.Join([]string{string(c.Category), c.Name, c.VendorPrefix}, "\x00")
}

// combinePart gives the parts of one kind: as many as the tree with the most has,
// of which as many are fitted as the tree with the fewest has.
func combinePart(readings []sbom.Reading, key string) []sbom.Component {
	most, fewest := 0, -1
	lists := make([][]sbom.Component, len(readings))
	for i, r := range readings {
		fitted := 0
		for _, c := range r.Components {
			if variantKey(c) != key {
				continue
			}
			if lists[i] = append(lists[i], c); !c.Candidate {
				fitted++
			}
		}
		slices.SortStableFunc(lists[i], func(a, b sbom.Component) int { return sortBool(a.Candidate) - sortBool(b.Candidate) })
		most = max(most, len(lists[i]))
		if fewest < 0 || fitted < fewest {
			fewest = fitted
		}
	}
	parts := make([]sbom.Component, 0, most)
	for n := range most {
		parts = append(parts, combineNth(lists, n, n >= fewest))
	}
	return parts
}

// combineNth joins the nth part of a kind of every tree that has one.
func combineNth(lists [][]sbom.Component, n int, candidate bool) sbom.Component {
	var part sbom.Component
	var found []sbom.Evidence
	var same []sbom.Component
	trees := 0
	for _, list := range lists {
		if n >= len(list) {
			continue
		}
		if trees++; trees == 1 {
			part = list[n]
		}
		found, same = append(found, list[n].Found...), append(same, list[n])
	}
	if len(found) > maxVariantEvidence {
		found = found[:maxVariantEvidence]
	}
	part.Found = slices.Clone(found)
	commonFirmware(&part, same)
	part.Candidate = candidate
	if trees < len(lists) {
		part.Found[0].Note = joinNotes(part.Found[0].Note, fmt.Sprintf("in %d of %d trees: the boot loader picks one", trees, len(lists)))
	}
	return part
}

func sortBool(b bool) int {
	if b {
		return 1
	}
	return 0
}

// commonDevice is what all trees say of the device.
func commonDevice(readings []sbom.Reading) sbom.Device {
	d := readings[0].Device
	for _, r := range readings[1:] {
		if r.Device.Model != d.Model {
			d.Model, d.Name = "", ""
		}
		if r.Device.Category != d.Category {
			d.Category = ""
		}
		if !slices.Equal(r.Device.Compatible, d.Compatible) {
			d.Compatible = nil
		}
	}
	return d
}
