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
// boot loader picks one and tells the kernel by its command line; where that is
// not known, each is a candidate.
func (r *treeReader) addListedPanels(opts *TreeOptions) {
	line, from := r.commandLine(opts)
	picked := r.pickedPanels(line)
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
			p := &treePart{category: sbom.Category(row.is), name: name, candidate: true, sid: -1}
			at := place{node: n, says: fmt.Sprintf("%s %q", prop.Name, name)}
			switch said := panelArgument(n, picked); {
			case said != "":
				p.candidate = false
				at.note = "one of the panels that the board supports; the kernel's command line names it"
				from.Says = said
				p.more = append(p.more, from)
			case len(picked) > 0:
				at.note = "one of the panels that the board supports; the kernel's command line names another"
			default:
				at.note = "one of the panels that the board supports; the boot loader picks one"
			}
			p.places = []place{at}
			r.parts = append(r.parts, p)
		}
		return true
	})
}

// maxCommandLine bounds the kernel's command line, in bytes: COMMAND_LINE_SIZE of
// Linux is 2048 on arm64, and some vendors double it.
const maxCommandLine = 16 << 10

// commandLine gives the kernel's command line and the evidence for it.
func (r *treeReader) commandLine(opts *TreeOptions) (string, sbom.Evidence) {
	line, from := opts.CommandLine, opts.commandLineFrom
	if line != "" && from.Method == "" {
		from = sbom.Evidence{Source: sbom.Source{Name: "command line"}, Place: "the kernel's command line", Method: sbom.MethodDocument}
	}
	if chosen := r.tree.Node("/chosen"); line == "" && chosen != nil {
		line = r.text(chosen, "bootargs")
		from = sbom.Evidence{Source: r.variant.sources[chosen.Mark], Place: r.variant.place(chosen), Method: sbom.MethodDeviceTree}
	}
	if len(line) > maxCommandLine {
		return "", from
	}
	return line, from
}

// pickedPanels gives the words of the command line's arguments that may name a
// panel, with the argument each stands in: msm_drm.dsi_display0=NAME:config0,
// mdss_mdp.panel=1:dsi:0:NAME:1:none.
func (r *treeReader) pickedPanels(line string) map[string]string {
	picked := map[string]string{}
	for arg := range strings.FieldsSeq(line) {
		key, value, ok := strings.Cut(arg, "=")
		if !ok || !r.rules.has("panel-argument", key) {
			continue
		}
		for word := range strings.SplitSeq(strings.Trim(value, `"`), ":") {
			if r.isListedPanel(word) {
				picked[panelNode(word)] = arg
			}
		}
	}
	return picked
}

// isListedPanel reports whether a word is a panel's name: the others are numbers,
// kinds of bus and modes.
func (r *treeReader) isListedPanel(word string) bool {
	return r.rules.has("panel-node", word)
}

// panelArgument gives the command line's argument that names the panel, or "".
func panelArgument(n *fdt.Node, picked map[string]string) string {
	return picked[panelNode(n.Name)]
}

// panelNode folds the ways in which a panel's node is named: boot loaders add
// _display, and older ones leave the vendor's prefix out.
func panelNode(s string) string {
	if _, rest, ok := strings.Cut(s, ","); ok {
		s = rest
	}
	return strings.TrimSuffix(s, "_display")
}
