package hardware

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/fdt"
)

// A chip is a node that stands for a physical part.
type chip struct {
	node       *fdt.Node
	compatible []string // empty for a radio that its bus finds by itself
	bus        string   // kind of bus; "" for a part that no bus holds
	enabled    bool
}

// addChips finds the nodes that are chips and makes a part of each.
func (r *treeReader) addChips() {
	r.tree.Walk(func(n *fdt.Node) bool {
		if c, ok := r.chip(n); ok {
			r.parts = append(r.parts, r.part(c))
		}
		return true
	})
}

// chip reports whether the node is a chip: a child of a bus controller, a node
// at the root with a chip's compatible, or one that a rule names.
func (r *treeReader) chip(n *fdt.Node) (chip, bool) {
	if n.Parent() == nil {
		return chip{}, false
	}
	c := chip{node: n, compatible: r.compatible(n), enabled: !r.off[n]}
	if _, skip := r.rules.findAny("skip", c.compatible); skip {
		return chip{}, false
	}
	if bus, ok := r.bus(n.Parent()); ok {
		c.bus = bus
		return c, r.isBusChild(c)
	}
	if len(c.compatible) == 0 {
		return chip{}, false
	}
	if r.rules.has("free", c.compatible[0]) {
		return c, c.enabled // a disabled one is the SoC's offer and no part
	}
	return c, n.Parent() == r.tree.Root && r.isRootChip(c)
}

// bus gives the kind of bus that the node controls.
func (r *treeReader) bus(n *fdt.Node) (string, bool) {
	row, ok := r.rules.find("bus", n.BaseName())
	if !ok {
		return "", false
	}
	// A group of pins may be called i2c0 too; a controller has a driver or
	// addresses its children. An aux-bus holds one panel and needs neither.
	_, driven := n.Property("compatible")
	_, addresses := n.Property("#address-cells")
	return row.is, driven || addresses || row.is == "aux-bus"
}

func (r *treeReader) isBusChild(c chip) bool {
	if len(c.compatible) == 0 {
		// SDIO and PCIe find their devices; trees give those a node only to say
		// more of a radio.
		row, ok := r.rules.find("node", c.node.BaseName())
		return ok && row.is == string(sbom.WiFiBT) && (c.bus == "mmc" || c.bus == "pcie" || c.bus == "usb")
	}
	first := c.compatible[0]
	if !strings.Contains(first, ",") {
		return r.rules.has("protocol", first) || r.rules.has("part", first) || r.rules.has("name", first)
	}
	prefix, _, _ := strings.Cut(first, ",")
	return !r.rules.has("licensor", prefix)
}

// isRootChip reports whether a child of the root is a chip: it has a vendor's
// compatible, no address of its own, and the vendor is neither the SoC's nor the
// board's, whose nodes there are blocks and drivers.
func (r *treeReader) isRootChip(c chip) bool {
	prefix, _, ok := strings.Cut(c.compatible[0], ",")
	if _, addressed := c.node.Property("reg"); !ok || addressed || len(r.root) == 0 {
		return false
	}
	for _, kind := range []string{"licensor", "generic", "brand"} {
		if row, found := r.rules.find(kind, prefix); found && (kind != "brand" || row.is == "*") {
			return false
		}
	}
	for _, own := range r.root {
		if strings.HasPrefix(own, prefix+",") {
			return false
		}
	}
	return true
}

// part names a chip.
func (r *treeReader) part(c chip) *treePart {
	p := &treePart{compatible: c.compatible, chip: c, candidate: !c.enabled, sid: -1}
	at := place{node: c.node, says: says(c.compatible...)}
	if len(c.compatible) == 0 {
		p.category = sbom.WiFiBT
		at.says = fmt.Sprintf("node %q", c.node.Name)
		at.note = "a radio without a compatible: its bus identifies it at run time"
	} else {
		p.category = r.rules.category(c)
		id := r.rules.identify(c.compatible, p.category)
		p.name, p.prefix, p.driverIC, at.note = id.name, id.prefix, id.driverIC, id.note
		if other := contradiction(c.node, c.compatible[0]); other != "" {
			at.note = joinNotes(at.note, fmt.Sprintf("the node's own name says %q; the compatible counts", other))
		}
	}
	if c.bus == "spmi" {
		if cells, err := c.node.Cells("reg"); err == nil && len(cells) > 0 && cells[0] < 16 {
			p.sid = int(cells[0])
		}
		r.nameByGPIO(p, &at)
	}
	if p.candidate {
		at.note = joinNotes(at.note, "not enabled in the tree: it may not be fitted")
	}
	p.places = []place{at}
	return p
}

// findEnabled notes the nodes that are not enabled: a node is, if it and all its
// ancestors are. A status that cannot be read is not "okay".
func (r *treeReader) findEnabled(n *fdt.Node, on bool) {
	if r.off == nil {
		r.off = map[*fdt.Node]bool{}
	}
	if s, err := n.Text("status"); err != nil || s != "" && s != "ok" && s != "okay" {
		on = false
	}
	if !on {
		r.off[n] = true
	}
	for _, c := range n.Children {
		r.findEnabled(c, on)
	}
}

// compatible reads the node's compatibles. What cannot be read is noted once.
func (r *treeReader) compatible(n *fdt.Node) []string {
	list, err := n.Strings("compatible")
	switch tooLong := func(s string) bool { return len(s) > maxCompatible }; {
	case err != nil:
	case slices.Contains(list, ""):
		err = errors.New(`property "compatible" holds an empty string`)
	case len(list) > maxCompatibles || slices.ContainsFunc(list, tooLong):
		err = fmt.Errorf(`property "compatible" has more than %d strings or one of more than %d bytes`, maxCompatibles, maxCompatible)
	}
	if err != nil {
		r.note(n, err)
		return nil
	}
	return list
}

func (r *treeReader) text(n *fdt.Node, property string) string {
	s, err := n.Text(property)
	if err != nil {
		r.note(n, err)
	}
	return s
}

// note tells the reader that a property could not be read.
func (r *treeReader) note(n *fdt.Node, err error) {
	if r.unread[n] {
		return
	}
	if r.unread == nil {
		r.unread = map[*fdt.Node]bool{}
	}
	r.unread[n] = true
	r.notes = append(r.notes, sbom.Note{
		File: r.variant.sources[n.Mark].Name, Place: r.variant.place(n),
		Text:   strings.TrimPrefix(err.Error(), n.Path()+": "),
		Remedy: "the node was passed over: correct the device tree's source",
	})
}

func joinNotes(notes ...string) string {
	notes = slices.DeleteFunc(notes, func(s string) bool { return s == "" })
	return strings.Join(notes, "; ")
}
