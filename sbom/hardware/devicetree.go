package hardware

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/fdt"
)

// Limits on what one tree may ask of the reader.
const (
	// maxTreeParts bounds the parts of one device: they are compared with each
	// other. The fullest of a thousand real trees has below 50.
	maxTreeParts = 2000
	// maxCompatibles and maxCompatible bound a node's list of compatibles and
	// each one's length in bytes: all are held against all rules. Real ones stay
	// below 16 and 64.
	maxCompatibles = 32
	maxCompatible  = 128
	// maxLineNames bounds the names of GPIO lines of all nodes together. Phones
	// have some hundreds of lines.
	maxLineNames = 1 << 14
)

// IsDeviceTree reports whether data begins as a flattened device tree does.
func IsDeviceTree(data []byte) bool { return fdt.IsTree(data) }

// ReadDeviceTree reads the parts that a flattened device tree describes.
//
// A device tree is what a kernel's developers say of a model. It names the
// chips that the kernel speaks to, by what their drivers are called. It cannot
// tell where anything was made, and the reading holds no word of it, nor of who
// made a part: each part keeps its compatibles and the vendor prefix under which
// a registry can look for the maker.
//
// A part is a child of a bus controller (I²C, SPI, DSI ...), or one of the few
// that no bus holds. Nodes of one package are merged by written rules only, and
// a part whose bus or own node is not enabled is a candidate: it may not be
// fitted. What is proved to exist and not named (a camera by a GPIO line's name)
// is a component "unknown <category>".
//
// The rules are data; see the devicetree-*.csv files beside this code. File is
// the name for messages and evidence. It is an error if data is not one whole
// device tree, or is an overlay.
func ReadDeviceTree(file string, data []byte) (sbom.Reading, error) {
	rules, err := deviceTreeRules()
	if err != nil {
		return sbom.Reading{}, err
	}
	tree, err := fdt.Parse(data)
	if err != nil {
		return sbom.Reading{}, fmt.Errorf("%s: device tree: %w", file, err)
	}
	if n := overlay(tree); n != nil {
		return sbom.Reading{}, fmt.Errorf("%s: %s: this is a device tree overlay, which describes changes and no device: give the tree that it is applied to", file, n.Path())
	}
	sum := sha256.Sum256(data)
	r := &treeReader{
		rules:  rules,
		tree:   tree,
		source: sbom.Source{Name: file, Digest: hex.EncodeToString(sum[:])},
	}
	r.findEnabled(tree.Root, true)
	device := r.device()
	r.addSoC()
	r.addChips()
	r.addRegulators()
	if len(r.parts) > maxTreeParts {
		return sbom.Reading{}, fmt.Errorf("%s: device tree: more than %d parts: this is no device", file, maxTreeParts)
	}
	r.merge()
	r.addListedPanels()
	r.addUnknowns()
	if len(r.parts) > maxTreeParts {
		return sbom.Reading{}, fmt.Errorf("%s: device tree: more than %d parts: this is no device", file, maxTreeParts)
	}
	return sbom.Reading{
		Input:      sbom.Input{Name: file, Kind: "device-tree", Digest: r.source.Digest},
		Device:     device,
		Components: r.components(),
		Notes:      r.notes,
		Unseen:     []sbom.Category{sbom.RFFrontEnd, sbom.PCB, sbom.Antenna, sbom.Mechanical},
	}, nil
}

// overlay gives the node that shows the tree to be an overlay, or nil.
func overlay(t *fdt.Tree) *fdt.Node {
	for _, c := range t.Root.Children {
		if c.Name == "__fixups__" || c.Child("__overlay__") != nil {
			return c
		}
	}
	return nil
}

// treeReader gathers parts from one tree.
type treeReader struct {
	rules  *treeRules
	tree   *fdt.Tree
	source sbom.Source

	root   []string // the root's compatibles
	socAt  int      // index in root of the SoC's, -1 if there is none
	parts  []*treePart
	notes  []sbom.Note
	unread map[*fdt.Node]bool // nodes of which a note was written
	off    map[*fdt.Node]bool // nodes that are not enabled
	lines  int                // names of GPIO lines read so far
}

// A treePart is one physical part and the nodes that show it.
type treePart struct {
	category     sbom.Category
	name         string // "" if not identified
	prefix       string
	compatible   []string // of the node that names it
	also         []string // of other nodes of the package
	driverIC     string
	candidate    bool
	places       []place
	chip         chip // where it was found, for merging
	sid          int  // SPMI address, -1 if there is none
	hasRegulator bool // a regulators node was merged into it
}

// A place is one piece of evidence for a part.
type place struct {
	node *fdt.Node
	says string
	note string
}

// device reads what the root says of the handset.
func (r *treeReader) device() sbom.Device {
	r.root = r.compatible(r.tree.Root)
	model := r.text(r.tree.Root, "model")
	return sbom.Device{
		Model:      model,
		Name:       model,
		Category:   r.text(r.tree.Root, "chassis-type"),
		Compatible: slices.Clone(r.root),
	}
}

// addSoC reads the SoC from the root's compatibles: the last one whose prefix
// is that of a maker of SoCs. Node names are no evidence of it: they are shared
// between siblings of a family.
func (r *treeReader) addSoC() {
	r.socAt = -1
	for i := len(r.root) - 1; i > 0; i-- { // the first is the device itself
		if prefix, _, ok := strings.Cut(r.root[i], ","); ok && r.rules.has("soc-vendor", prefix) {
			r.socAt = i
			break
		}
	}
	p := &treePart{category: sbom.SoC, sid: -1}
	at := place{node: r.tree.Root, note: "every device has a SoC; the root's compatible names none by a maker's prefix"}
	if r.socAt >= 0 {
		c := r.root[r.socAt]
		prefix, model, _ := strings.Cut(c, ",")
		p.name, p.prefix, p.compatible = strings.ToUpper(r.rules.strip(model)), prefix, []string{c}
		at = place{node: r.tree.Root, says: says(c), note: "the last of the root's compatibles is the SoC"}
	} else {
		at.says = says(r.root...)
	}
	p.places = []place{at}
	r.parts = append(r.parts, p)
}

// says is how evidence quotes a compatible.
func says(compatible ...string) string {
	if len(compatible) == 0 {
		return "no compatible"
	}
	return fmt.Sprintf("compatible %q", compatible[0])
}

// components turns the parts into components in their final order: by
// category, then name, then place.
func (r *treeReader) components() []sbom.Component {
	slices.SortStableFunc(r.parts, func(a, b *treePart) int {
		return cmp.Or(
			cmp.Compare(slices.Index(sbom.Categories, a.category), slices.Index(sbom.Categories, b.category)),
			cmp.Compare(a.title(), b.title()),
			cmp.Compare(a.places[0].node.Path(), b.places[0].node.Path()),
		)
	})
	list := make([]sbom.Component, 0, len(r.parts))
	for _, p := range r.parts {
		list = append(list, p.component(r.source))
	}
	return list
}

func (p *treePart) title() string {
	if p.name == "" {
		return sbom.Unknown + " " + string(p.category)
	}
	return p.name
}

func (p *treePart) component(source sbom.Source) sbom.Component {
	c := sbom.Component{
		Kind:         sbom.Hardware,
		Name:         p.title(),
		Category:     p.category,
		Unidentified: p.name == "",
		Candidate:    p.candidate,
		Compatible:   slices.Concat(p.compatible, p.also),
		VendorPrefix: p.prefix,
	}
	for i, s := range p.compatible {
		name := "originbom:devicetree:compatible"
		if i > 0 {
			name += ":fallback"
		}
		c.Properties = append(c.Properties, sbom.Property{Name: name, Value: s})
	}
	if p.driverIC != "" {
		c.Properties = append(c.Properties, sbom.Property{Name: "originbom:display:driver-ic", Value: p.driverIC})
	}
	slices.SortFunc(c.Properties, func(a, b sbom.Property) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Value, b.Value))
	})
	for _, at := range p.places {
		c.Found = append(c.Found, sbom.Evidence{
			Source: source, Place: at.node.Path(), Method: sbom.MethodDeviceTree, Says: at.says, Note: at.note,
		})
	}
	return c
}
