package hardware

import (
	"fmt"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/fdt"
)

// nameByGPIO names a power chip by its GPIO node, where the chip's own
// compatible is one that several chips share. A GPIO node alone proves nothing:
// only the compatibles of the by-gpio rules are so read.
func (r *treeReader) nameByGPIO(p *treePart, at *place) {
	if len(p.compatible) == 0 {
		return
	}
	row, ok := r.rules.find("by-gpio", p.compatible[0])
	if !ok {
		return
	}
	for _, child := range p.chip.node.Children {
		list := r.compatible(child)
		if len(list) == 0 {
			continue
		}
		if ok, _ := matchAny(row.is, list[0]); !ok {
			continue
		}
		prefix, model, _ := strings.Cut(strings.TrimSuffix(list[0], "-gpio"), ",")
		if name := strings.ToUpper(model); name != p.name {
			at.note = joinNotes(at.note, fmt.Sprintf("named by its node %s, compatible %q: %s is said of several chips", child.Name, list[0], p.compatible[0]))
			p.name, p.prefix = name, prefix
		}
		return
	}
}

// addRegulators reads the nodes of the resource manager that name the power
// chips whose supplies it controls: evidence for a chip that the SPMI bus shows
// too, or for one that nothing else shows.
func (r *treeReader) addRegulators() {
	r.tree.Walk(func(n *fdt.Node) bool {
		list := r.compatible(n)
		if len(r.parts) > maxTreeParts {
			return false // refused by the caller
		}
		if len(list) == 0 || r.off[n] {
			return true
		}
		row, ok := r.rules.find("regulators", list[0])
		if !ok {
			return true
		}
		name := regulatorsChip(list[0])
		at := place{node: n, says: says(list...), note: "the resource manager controls supplies of the chip"}
		index := -1
		if id, err := n.Text("qcom,pmic-id"); err == nil && len(id) == 1 && id[0] >= 'a' && id[0] <= 'z' {
			index = int(id[0] - 'a')
			at.note += fmt.Sprintf(" with the id %q", id)
		}
		if p := r.powerChip(name, index); p != nil {
			p.places = append(p.places, at)
			p.hasRegulator = true
			return true
		}
		at.note += "; no node of the SPMI bus shows it"
		r.parts = append(r.parts, &treePart{
			category: sbom.Category(row.is), name: name, prefix: row.prefix, compatible: list,
			places: []place{at}, chip: chip{node: n, compatible: list, enabled: true},
			sid: -1, hasRegulator: true,
		})
		return true
	})
}

// regulatorsChip gives the name of the power chip in a regulators node's
// compatible: PM8009 of qcom,pm8009-1-rpmh-regulators, whose 1 is a revision.
func regulatorsChip(compatible string) string {
	_, model, _ := strings.Cut(compatible, ",")
	model = strings.TrimPrefix(model, "rpm-")
	model = strings.TrimSuffix(strings.TrimSuffix(model, "-regulators"), "-rpmh")
	model, _, _ = strings.Cut(model, "-")
	return strings.ToUpper(model)
}

// powerChip finds the fitted chip of that name on the SPMI bus that no
// regulators node was yet found for. The id's index is the chip's address, or
// half of it where chips have two; it decides between several of one name.
func (r *treeReader) powerChip(name string, index int) *treePart {
	var first *treePart
	for _, p := range r.parts {
		if p.category != sbom.PMIC || p.name != name || p.hasRegulator || p.candidate || p.sid < 0 {
			continue
		}
		if index >= 0 && (p.sid == index || r.isPair(p) && p.sid == 2*index) {
			return p
		}
		if first == nil {
			first = p
		}
	}
	return first
}

// isPair reports whether the chip answers at two addresses.
func (r *treeReader) isPair(p *treePart) bool {
	return len(p.compatible) > 0 && r.rules.has("sid-pair", p.compatible[0])
}
