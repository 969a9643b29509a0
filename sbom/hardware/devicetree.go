package hardware

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/fdt"
)

// Limits on what one tree may ask of the reader.
const (
	// maxTreeParts bounds the parts of one device: they are compared with each
	// other. The fullest of a thousand real trees has below 50.
	maxTreeParts = 2000
	// maxCompatibles and maxCompatible bound a node's list of compatibles and
	// each one's length in bytes: all are held against all rules. Roots that list
	// every revision of a board have up to 59, other nodes below 16; the longest is
	// below 64 bytes.
	maxCompatibles = 128
	maxCompatible  = 128
	// maxLineNames bounds the names of GPIO lines of all nodes together. Phones
	// have some hundreds of lines.
	maxLineNames = 1 << 14
)

// IsDeviceTree reports whether data begins as a flattened device tree, or as
// Android's table of such trees, does.
func IsDeviceTree(data []byte) bool { return fdt.IsTree(data) || fdt.IsTable(data) }

// TreeOptions say what a device tree itself does not. The zero value, and nil,
// say nothing.
type TreeOptions struct {
	// Overlays are laid over the tree, one after the other.
	Overlays []TreeFile
	// CommandLine is the kernel's, which names the panel that the boot loader
	// found. Where it is "", that of the tree's /chosen node is used.
	CommandLine string
	// commandLineFrom is where it was read; a command line given by the caller is
	// a document's word.
	commandLineFrom sbom.Evidence
}

// A TreeFile is a file of device trees. Name is what messages and evidence call it.
type TreeFile struct {
	Name string
	Data []byte
}

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
// the name for messages and evidence. Data may be one tree, or several: one behind
// the other, behind a kernel, or in Android's table. The boot loader picks one of
// several, so only what all of them have is fitted. It is an error if data holds
// no device tree, or only overlays and no tree to lay them over.
func ReadDeviceTree(file string, data []byte) (sbom.Reading, error) {
	return ReadDeviceTrees(file, data, nil)
}

// ReadDeviceTrees is [ReadDeviceTree] with what the tree itself does not say.
func ReadDeviceTrees(file string, data []byte, opts *TreeOptions) (sbom.Reading, error) {
	if opts == nil {
		opts = new(TreeOptions)
	}
	base := TreeFile{file, data}
	variants, err := treeVariants(base, opts.Overlays)
	if err != nil {
		return sbom.Reading{}, err
	}
	readings := make([]sbom.Reading, 0, len(variants))
	for _, v := range variants {
		r, err := readTreeVariant(v, opts)
		if err != nil {
			return sbom.Reading{}, err
		}
		readings = append(readings, r)
	}
	return combineVariants(readings), nil
}

// ReadDeviceTreeFolder reads the parts of a device tree as a running kernel shows
// it below /proc/device-tree. The parts are those that the tree's blob has.
// The input's digest is the sha256 over the paths and values of all properties.
func ReadDeviceTreeFolder(name string, root fs.FS, opts *TreeOptions) (sbom.Reading, error) {
	if opts == nil {
		opts = new(TreeOptions)
	}
	tree, err := fdt.ReadFolder(root)
	if err != nil {
		return sbom.Reading{}, fmt.Errorf("%s: device tree: %w", name, err)
	}
	v := treeVariant{file: name, tree: tree, sources: []sbom.Source{{Name: name, Digest: treeDigest(tree)}}}
	return readTreeVariant(v, opts)
}

// IsDeviceTreeFolder reports whether the folder is a device tree as a kernel shows
// it: its root has a compatible and says how wide addresses are.
func IsDeviceTreeFolder(root fs.FS) bool {
	for _, name := range []string{"compatible", "#address-cells", "#size-cells"} {
		if st, err := fs.Stat(root, name); err != nil || !st.Mode().IsRegular() {
			return false
		}
	}
	return true
}

// readTreeVariant reads one tree with its overlays applied.
func readTreeVariant(v treeVariant, opts *TreeOptions) (sbom.Reading, error) {
	rules, err := deviceTreeRules()
	if err != nil {
		return sbom.Reading{}, err
	}
	v.tree.Sort()
	r := &treeReader{rules: rules, tree: v.tree, variant: v}
	r.findEnabled(r.tree.Root, true)
	device := r.device()
	r.addSoC()
	r.addChips()
	r.addRegulators()
	if len(r.parts) > maxTreeParts {
		return sbom.Reading{}, fmt.Errorf("%s: device tree: more than %d parts: this is no device", v.file, maxTreeParts)
	}
	r.merge()
	r.addListedPanels(opts)
	r.addUnknowns()
	if len(r.parts) > maxTreeParts {
		return sbom.Reading{}, fmt.Errorf("%s: device tree: more than %d parts: this is no device", v.file, maxTreeParts)
	}
	r.addFirmware()
	return sbom.Reading{
		Input:      sbom.Input{Name: v.sources[0].Name, Kind: "device-tree", Digest: v.sources[0].Digest},
		Device:     device,
		Components: r.components(),
		Notes:      r.notes,
		Unseen:     []sbom.Category{sbom.RFFrontEnd, sbom.PCB, sbom.Antenna, sbom.Mechanical},
	}, nil
}

// treeReader gathers parts from one tree.
type treeReader struct {
	rules   *treeRules
	tree    *fdt.Tree
	variant treeVariant

	root   []string // the root's compatibles
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
	firmware     []string // files that the part runs
	candidate    bool
	places       []place
	more         []sbom.Evidence // from other than nodes
	chip         chip            // where it was found, for merging
	sid          int             // SPMI address, -1 if there is none
	hasRegulator bool            // a regulators node was merged into it
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

// says is how evidence quotes a compatible.
func says(compatible ...string) string {
	if len(compatible) == 0 {
		return "no compatible"
	}
	return fmt.Sprintf("compatible %q", compatible[0])
}

// components turns the parts into components in their final order.
func (r *treeReader) components() []sbom.Component {
	list := make([]sbom.Component, 0, len(r.parts))
	for _, p := range r.parts {
		list = append(list, p.component(r.variant))
	}
	slices.SortStableFunc(list, compareParts)
	return list
}

// compareParts orders parts by category, then name, then place.
func compareParts(a, b sbom.Component) int {
	return cmp.Or(
		cmp.Compare(slices.Index(sbom.Categories, a.Category), slices.Index(sbom.Categories, b.Category)),
		cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.Found[0].Place, b.Found[0].Place),
	)
}

func (p *treePart) title() string {
	if p.name == "" {
		return sbom.Unknown + " " + string(p.category)
	}
	return p.name
}

func (p *treePart) component(v treeVariant) sbom.Component {
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
	c.Properties = append(c.Properties, p.firmwareProperties()...)
	slices.SortFunc(c.Properties, func(a, b sbom.Property) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Value, b.Value))
	})
	for _, at := range p.places {
		c.Found = append(c.Found, sbom.Evidence{
			Source: v.sources[at.node.Mark], Place: v.place(at.node), Method: sbom.MethodDeviceTree, Says: at.says, Note: at.note,
		})
	}
	c.Found = append(c.Found, p.more...)
	return c
}
