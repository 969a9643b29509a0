package hardware

import (
	"encoding/binary"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/fdt"
)

// addUnknowns adds the parts that the tree proves and does not name.
func (r *treeReader) addUnknowns() {
	hints := &hints{}
	memory := false
	r.tree.Walk(func(n *fdt.Node) bool {
		if r.off[n] {
			return true
		}
		r.existing(n)
		if !memory && n.Parent() == r.tree.Root && r.isMemory(n) {
			memory = true
			r.addUnknown(sbom.Memory, place{node: n, says: `device_type "memory"`, note: "the memory chip that holds this range"})
		}
		if isEMMC(n) {
			r.addUnknown(sbom.Storage, place{node: n, says: "non-removable, bus-width 8", note: "a soldered eMMC chip behind the host controller"})
		}
		r.hint(n, hints)
		return true
	})
	for _, what := range hints.order {
		// A line's or supply's name proves no second part beside one that a node
		// shows.
		if !r.shown(what) {
			r.addUnknown(what.category, hints.places[what]...)
		}
	}
}

func (r *treeReader) addUnknown(cat sbom.Category, places ...place) {
	r.parts = append(r.parts, &treePart{category: cat, places: places, sid: -1})
}

// fitted reports whether a fitted part of the category was found.
func (r *treeReader) fitted(cat sbom.Category) bool {
	return slices.ContainsFunc(r.parts, func(p *treePart) bool { return p.category == cat && !p.candidate })
}

// shown reports whether a fitted part is what the hints are of.
func (r *treeReader) shown(what hinted) bool {
	if what.nodes == "" {
		return r.fitted(what.category)
	}
	return slices.ContainsFunc(r.parts, func(p *treePart) bool {
		if p.category != what.category || p.candidate || p.chip.node == nil {
			return false
		}
		ok, _ := matchAny(what.nodes, p.chip.node.BaseName()) // patterns were checked on loading
		return ok
	})
}

// existing adds a part for a node whose compatible proves it.
func (r *treeReader) existing(n *fdt.Node) {
	list := r.compatible(n)
	row, ok := r.rules.findAny("exists", list)
	if !ok {
		return
	}
	cat := sbom.Category(row.is)
	if cat == sbom.Modem && r.fitted(cat) {
		return // a modem of its own was named
	}
	r.addUnknown(cat, place{node: n, says: says(list...), note: "proves a part and does not name it: " + row.source})
}

func (r *treeReader) isMemory(n *fdt.Node) bool {
	kind, err := n.Text("device_type")
	return err == nil && kind == "memory"
}

// isEMMC reports whether the node is a host of a soldered eMMC chip. SDIO and
// cards have at most four data lines.
func isEMMC(n *fdt.Node) bool {
	_, soldered := n.Property("non-removable")
	width, err := n.Cells("bus-width")
	return soldered && err == nil && len(width) == 1 && width[0] == 8
}

// hinted is what hints prove: one part of a category.
type hinted struct {
	category sbom.Category
	nodes    string // patterns of the node names of such a part; "" is any part of the category
	one      string // tells parts of one kind from each other: the path of a switch
}

// hints are the places that hint at parts.
type hints struct {
	order  []hinted
	places map[hinted][]place
}

// maxHints bounds the evidence for one unknown part: more of the same kind
// proves no more.
const maxHints = 4

func (h *hints) add(row treeRule, one string, at place) {
	what := hinted{sbom.Category(row.is), row.prefix, one}
	if h.places == nil {
		h.places = map[hinted][]place{}
	}
	switch list := h.places[what]; {
	case list == nil:
		h.order = append(h.order, what)
	case len(list) >= maxHints || list[len(list)-1].node == at.node:
		return
	}
	h.places[what] = append(h.places[what], at)
}

// hint notes the parts that names given by the board's maker prove: names of
// GPIO lines, of supplies, of switches.
func (r *treeReader) hint(n *fdt.Node, h *hints) {
	if lines, err := n.Strings("gpio-line-names"); err != nil {
		r.note(n, err)
	} else if r.lines += len(lines); r.lines > maxLineNames {
		r.note(n, fmt.Errorf("the tree names more than %d GPIO lines", maxLineNames))
	} else {
		for _, line := range lines {
			if row, ok := r.byWord("line", line); ok {
				h.add(row, "", place{node: n, says: fmt.Sprintf("gpio-line-names %q", line), note: row.source})
			}
		}
	}
	if _, ok := n.Property("regulator-name"); ok {
		name := r.text(n, "regulator-name")
		row, ok := r.byWord("supply", name)
		if !ok && slices.Contains(r.compatible(n), "regulator-fixed") {
			row, ok = r.byWord("switched", name)
		}
		if ok {
			h.add(row, "", place{node: n, says: fmt.Sprintf("regulator-name %q", name), note: row.source})
		}
	}
	if up := n.Parent(); up != nil && isSwitch(n) && slices.Contains(r.compatible(up), "gpio-keys") {
		for _, name := range []string{r.text(n, "label"), n.BaseName()} {
			if row, ok := r.rules.find("key", strings.ToLower(name)); ok {
				h.add(row, n.Path(), place{node: n, says: fmt.Sprintf("gpio-keys switch %q", name), note: row.source})
				return
			}
		}
	}
}

// isSwitch reports whether a key's node is a switch: linux,input-type 5 (EV_SW
// of Linux's input-event-codes.h).
func isSwitch(n *fdt.Node) bool {
	v, ok := n.Property("linux,input-type")
	return ok && len(v) == 4 && binary.BigEndian.Uint32(v) == 5
}

// byWord finds the row that a word of the name matches.
func (r *treeReader) byWord(kind, name string) (treeRule, bool) {
	words := strings.FieldsFunc(strings.ToLower(name), func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9')
	})
	for _, row := range r.rules.rows[kind] {
		for _, p := range row.patterns {
			if slices.ContainsFunc(words, func(w string) bool { ok, _ := path.Match(p, w); return ok }) {
				return row, true
			}
		}
	}
	return treeRule{}, false
}
