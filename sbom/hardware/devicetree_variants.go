package hardware

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/fdt"
)

// maxVariants bounds the trees of one input that are read, each with each table
// of overlays: every one is read whole. Images for families of boards hold below
// 100.
const maxVariants = 256

// A treeVariant is one tree that a boot loader could hand to the kernel.
type treeVariant struct {
	file    string
	where   string // which of the file's trees; "" if it holds one
	tree    *fdt.Tree
	sources []sbom.Source // of the tree, then of each overlay by its mark
}

// IsOverlay reports whether data holds overlays only: changes that need a device
// tree to be laid over.
func IsOverlay(data []byte) bool {
	if !IsDeviceTree(data) {
		return false
	}
	sections, err := fdt.Cut(data)
	if err != nil {
		return false
	}
	for _, s := range sections {
		if tree, err := fdt.Parse(s.Data); err != nil || tree.Overlay() == nil {
			return false
		}
	}
	return true
}

// place is how evidence names a node.
func (v treeVariant) place(n *fdt.Node) string {
	if v.where == "" {
		return n.Path()
	}
	return v.where + ": " + n.Path()
}

// treeVariants gives the trees that the files can amount to: each base tree in
// the first file, with its own overlays and then each further file's applied. Of a
// table of overlays the boot loader picks one.
func treeVariants(base TreeFile, overlays []TreeFile) ([]treeVariant, error) {
	variants, own, err := cutBase(base)
	if err != nil {
		return nil, err
	}
	if len(own) > 0 {
		if variants, err = layOver(variants, base, own); err != nil {
			return nil, err
		}
	}
	for _, file := range overlays {
		list, err := cutOverlays(file)
		if err != nil {
			return nil, err
		}
		if variants, err = layOver(variants, file, list); err != nil {
			return nil, err
		}
	}
	return variants, nil
}

// cutBase gives the trees of a file, and its overlays.
func cutBase(file TreeFile) (bases []treeVariant, own []*fdt.Tree, err error) {
	sections, err := fdt.Cut(file.Data)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: device tree: %w", file.Name, err)
	}
	if len(sections) == 1 && fdt.IsTree(file.Data) {
		sections[0].Data = file.Data // one tree must be the whole file
	}
	source := treeSource(file)
	for i, s := range sections {
		tree, err := fdt.Parse(s.Data)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: device tree at offset %d: %w", file.Name, s.Offset, err)
		}
		if tree.Overlay() != nil {
			own = append(own, tree)
			continue
		}
		v := treeVariant{file: file.Name, tree: tree, sources: []sbom.Source{source}}
		if len(sections) > 1 {
			v.where = fmt.Sprintf("tree %d at offset %d", i+1, s.Offset)
		}
		bases = append(bases, v)
	}
	if len(bases) == 0 {
		return nil, nil, fmt.Errorf("%s: %s: this is a device tree overlay, which describes changes and no device: give the tree that it is applied to before it",
			file.Name, own[0].Overlay().Path())
	}
	if len(bases) > maxVariants {
		return nil, nil, fmt.Errorf("%s: more than %d device trees", file.Name, maxVariants)
	}
	return bases, own, nil
}

func cutOverlays(file TreeFile) ([]*fdt.Tree, error) {
	sections, err := fdt.Cut(file.Data)
	if err != nil {
		return nil, fmt.Errorf("%s: device tree: %w", file.Name, err)
	}
	var list []*fdt.Tree
	for _, s := range sections {
		tree, err := fdt.Parse(s.Data)
		if err != nil {
			return nil, fmt.Errorf("%s: device tree at offset %d: %w", file.Name, s.Offset, err)
		}
		if tree.Overlay() == nil {
			return nil, fmt.Errorf("%s: device tree at offset %d: this is a device tree of its own and no overlay", file.Name, s.Offset)
		}
		list = append(list, tree)
	}
	return list, nil
}

// layOver applies each of the overlays to each of the trees. Of several, those
// that do not fit a tree are another board's; it is an error if none fits any.
func layOver(variants []treeVariant, file TreeFile, overlays []*fdt.Tree) ([]treeVariant, error) {
	source := treeSource(file)
	var out []treeVariant
	var refused error
	for _, v := range variants {
		for i, over := range overlays {
			tree, err := fdt.Apply(v.tree, over, len(v.sources))
			if err != nil {
				refused = cmp.Or(refused, fmt.Errorf("%s: it cannot be laid over %s: %w", file.Name, v.sources[0].Name, err))
				continue
			}
			w := treeVariant{file: v.file, where: v.where, tree: tree, sources: append(slices.Clip(v.sources), source)}
			if len(overlays) > 1 {
				w.where = joinNotes(v.where, fmt.Sprintf("overlay %d of %s", i+1, file.Name))
			}
			if out = append(out, w); len(out) > maxVariants {
				return nil, fmt.Errorf("%s: more than %d ways to lay overlays over trees", file.Name, maxVariants)
			}
		}
	}
	if len(out) == 0 {
		if errors.Is(refused, fdt.ErrNoSymbols) {
			return nil, fmt.Errorf("%w, or give the tree that results", refused)
		}
		return nil, refused
	}
	return out, nil
}

func treeSource(file TreeFile) sbom.Source {
	sum := sha256.Sum256(file.Data)
	return sbom.Source{Name: file.Name, Digest: hex.EncodeToString(sum[:])}
}

// treeDigest is the sha256 in hex over the tree's properties, in order: for each
// the length and bytes of its path, and of its value.
func treeDigest(t *fdt.Tree) string {
	t.Sort()
	h := sha256.New()
	field := func(b []byte) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
		h.Write(b)
	}
	t.Walk(func(n *fdt.Node) bool {
		field([]byte(n.Path()))
		for _, p := range n.Properties {
			field([]byte(p.Name))
			field(p.Value)
		}
		return true
	})
	return hex.EncodeToString(h.Sum(nil))
}
