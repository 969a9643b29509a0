package hardware

import (
	"fmt"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/fdt"
)

// panel reads a display's name. A panel's first compatible may be its model, or
// words: its maker, its driver IC, its size, the device it was made for. The
// driver IC is another maker's part and tells nothing of the panel, unless the
// panel's maker makes the IC too and the panel goes by it. The second compatible
// is the driver IC, where there is one.
func (t *treeRules) panel(id identity, compatible []string, isBrand bool) identity {
	vendor, model, ok := strings.Cut(compatible[0], ",")
	if !ok {
		vendor, model = "", compatible[0]
	}
	var rest []string
	var ic treeRule
	var named bool // the words name a maker or an IC, so the rest need not be a model
	for word := range strings.SplitSeq(strings.ToLower(model), "-") {
		if row, ok := t.find("driver-ic", word); ok && id.driverIC == "" {
			id.driverIC, ic, named = strings.ToUpper(word), row, true
			continue
		}
		if row, ok := t.find("panel-maker", word); ok {
			id.note = joinNotes(id.note, fmt.Sprintf("%q in the compatible is the panel's maker", word))
			id.prefix, named = row.prefix, true
			continue
		}
		if !t.has("panel-word", word) {
			rest = append(rest, word)
		}
	}
	own := id.driverIC != "" && ic.prefix == vendor
	for _, s := range compatible[1:] {
		if _, second, ok := strings.Cut(s, ","); ok && id.driverIC == "" && t.has("driver-ic", second) {
			id.driverIC = strings.ToUpper(second)
		}
	}
	name := strings.ToUpper(strings.Join(rest, "-"))
	switch {
	case isBrand: // the rest is the name of the device
	case strings.ContainsAny(name, "0123456789"):
		id.name = name
	case own && ic.is == "panels":
		id.name = id.driverIC
		id.note = joinNotes(id.note, "the panel goes by the driver IC of its own maker")
	case own:
		id.prefix = ""
	case !named && len(rest) > 0:
		id.note = joinNotes(id.note, "the compatible names no model")
	}
	if id.name == "" && id.driverIC != "" {
		id.note = joinNotes(id.note, fmt.Sprintf("the compatible names the driver IC %s and not the panel's model", id.driverIC))
	}
	return id
}

// addListedPanels adds the panels that a vendor's tree lists for the board. The
// boot loader picks one, so each is a candidate.
func (r *treeReader) addListedPanels() {
	r.tree.Walk(func(n *fdt.Node) bool {
		for _, prop := range n.Properties {
			row, ok := r.rules.find("panel-list", prop.Name)
			if !ok {
				continue
			}
			name := r.text(n, prop.Name)
			if name == "" {
				continue
			}
			r.parts = append(r.parts, &treePart{
				category: sbom.Category(row.is), name: name, candidate: true, sid: -1,
				places: []place{{
					node: n, says: fmt.Sprintf("%s %q", prop.Name, name),
					note: "one of the panels that the board supports; the boot loader picks one",
				}},
			})
		}
		return true
	})
}
