package hardware

import (
	"fmt"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/fdt"
)

// addSoC adds the SoC, which every device has, named by the root's compatibles
// if they name one. Node names are no evidence of it: they are shared between
// siblings of a family.
func (r *treeReader) addSoC() {
	p := &treePart{category: sbom.SoC, sid: -1}
	at := place{node: r.tree.Root, says: says(r.root...), note: "every device has a SoC; the root's compatible names none"}
	if named, why := r.socCompatible(); len(named) > 0 {
		prefix, model, _ := strings.Cut(named[0], ",")
		p.name, p.prefix, p.compatible = strings.ToUpper(r.rules.strip(model)), prefix, named
		at.says, at.note = says(named...), why
	}
	p.places = []place{at}
	r.parts = append(r.parts, p)
}

// socCompatible finds the SoC in the root's compatibles, which go from the
// device to its SoC (Linux bindings/arm). It is the last one, behind at least
// one board, except where a list ends in a board: what is a SoC has its vendor's
// blocks in the tree. It gives the compatibles that name it, the more exact one
// first, and how they were found; none where no compatible is one.
func (r *treeReader) socCompatible() ([]string, string) {
	blocks := r.blockVendors()
	for i := len(r.root) - 1; i > 0; i-- { // the first is the device itself
		prefix, model, ok := strings.Cut(r.root[i], ",")
		if !ok || model == "" || r.rules.has("licensor", prefix) || r.rules.has("generic", prefix) {
			continue
		}
		if blocks[prefix] {
			why := "the last of the root's compatibles is the SoC"
			if i < len(r.root)-1 {
				why = fmt.Sprintf("the last of the root's compatibles whose vendor %q has blocks in the tree is the SoC", prefix)
			}
			return r.socVariant(i, why)
		}
		// A bare tree shows no vendor's blocks. A SoC's maker is then told from the
		// device's by its prefix alone.
		if len(blocks) == 0 && !strings.HasPrefix(r.root[0], prefix+",") {
			return r.socVariant(i, "the last of the root's compatibles is the SoC")
		}
	}
	return nil, ""
}

// socVariant goes from a SoC to the more exact variant that stands before it:
// qcom,sm6115p before qcom,sm6115. A board's name goes on with a word of its
// own, as qcom,sm8550-mtp does.
func (r *treeReader) socVariant(i int, why string) ([]string, string) {
	rest, more := strings.CutPrefix(r.root[i-1], r.root[i])
	other := func(c rune) bool { return (c < '0' || c > '9') && (c < 'a' || c > 'z') }
	if i == 1 || !more || rest == "" || strings.ContainsFunc(rest, other) {
		return slices.Clone(r.root[i : i+1]), why
	}
	return slices.Clone(r.root[i-1 : i+1]), fmt.Sprintf("%s; %q is the more exact name of %q", why, r.root[i-1], r.root[i])
}

// blockVendors gives the vendors of the tree's blocks: of nodes that have
// addresses and stand below no bus of chips.
func (r *treeReader) blockVendors() map[string]bool {
	vendors := map[string]bool{}
	r.tree.Walk(func(n *fdt.Node) bool {
		if n.Parent() == nil {
			return true
		}
		if _, bus := r.bus(n.Parent()); bus {
			return false
		}
		if _, addressed := n.Property("reg"); !addressed {
			return true
		}
		for _, c := range r.compatible(n) {
			if prefix, _, ok := strings.Cut(c, ","); ok && !r.rules.has("licensor", prefix) && !r.rules.has("generic", prefix) {
				vendors[prefix] = true
			}
		}
		return true
	})
	return vendors
}
