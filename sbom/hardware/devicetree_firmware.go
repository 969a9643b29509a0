package hardware

import (
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/fdt"
)

// firmwareNames are the properties that name the file of firmware that a node's
// processor runs (Linux, bindings/remoteproc and others; the second is of
// Qualcomm's own kernels).
var firmwareNames = []string{"firmware-name", "qcom,firmware-name"}

// maxFirmware bounds the names of one tree. The fullest real ones have some ten.
const maxFirmware = 256

// addFirmware gives every part the names of the firmware that the tree says it
// runs. A node that is no part of its own, and lies on no bus of chips, is a block
// of the SoC if its driver is for its vendor's. What is not enabled runs nothing.
func (r *treeReader) addFirmware() {
	count := 0
	r.tree.Walk(func(n *fdt.Node) bool {
		if r.off[n] {
			return false
		}
		for _, property := range firmwareNames {
			names, err := n.Strings(property)
			if err != nil || len(names) == 0 {
				continue
			}
			if p := r.runs(n); p != nil && count+len(names) <= maxFirmware {
				p.firmware = append(p.firmware, names...)
				count += len(names)
			}
		}
		return true
	})
}

// runs finds the part whose firmware a node names; nil if it cannot be told.
func (r *treeReader) runs(n *fdt.Node) *treePart {
	vendor := ""
	for ; n.Parent() != nil; n = n.Parent() {
		for _, p := range r.parts {
			if slices.ContainsFunc(p.places, func(at place) bool { return at.node == n }) {
				return p
			}
		}
		if list := r.compatible(n); vendor == "" && len(list) > 0 {
			vendor, _, _ = strings.Cut(list[0], ",")
		}
		if _, bus := r.bus(n); bus {
			return nil
		}
	}
	for _, p := range r.parts {
		if p.category == sbom.SoC && p.prefix != "" && p.prefix == vendor {
			return p
		}
	}
	return nil
}

// firmwareProperties are the names as a component's properties.
func (p *treePart) firmwareProperties() []sbom.Property {
	var out []sbom.Property
	for _, name := range slices.Compact(slices.Sorted(slices.Values(p.firmware))) {
		if name != "" {
			out = append(out, sbom.Property{Name: sbom.TreeFirmware, Value: name})
		}
	}
	return out
}

// commonFirmware drops from a part that several trees show the firmware that not
// all of them name: which of the trees is the phone's is not known.
func commonFirmware(part *sbom.Component, same []sbom.Component) {
	part.Properties = slices.DeleteFunc(slices.Clone(part.Properties), func(f sbom.Property) bool {
		return f.Name == sbom.TreeFirmware && slices.ContainsFunc(same, func(c sbom.Component) bool { return !slices.Contains(c.Properties, f) })
	})
}
