package fdt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxFixups bounds the places that an overlay asks to be filled in; the largest
// vendor overlays have some thousands.
const maxFixups = 1 << 16

// Names of nodes and properties that overlays are made of.
const (
	symbolsNode     = "__symbols__"
	fixupsNode      = "__fixups__"
	localFixupsNode = "__local_fixups__"
	overlayNode     = "__overlay__"
)

// ErrNoSymbols is in the error of [Apply] where the base tree does not say what
// its labels are: it was compiled without them (dtc -@).
var ErrNoSymbols = errors.New("the base tree has no __symbols__: compile it with dtc -@")

// Overlay gives the node that shows the tree to be an overlay, which describes
// changes of another tree, or nil.
func (t *Tree) Overlay() *Node {
	for _, c := range t.Root.Children {
		if c.Name == fixupsNode || c.Child(overlayNode) != nil {
			return c
		}
	}
	return nil
}

// Apply lays an overlay over a base tree, as a boot loader does, and gives the
// tree that results. Neither argument changes. The nodes that the overlay adds
// or changes have the mark ([Node.Mark]) that is given.
//
// References to labels of the base (__fixups__) are filled in by its
// __symbols__; the overlay's own references (__local_fixups__) are moved beyond
// the base's. Each fragment's content is then merged into the node that its
// target or target-path names. The order of steps is that of libfdt's
// fdt_overlay_apply.
func Apply(base, overlay *Tree, mark int) (*Tree, error) {
	if overlay.Overlay() == nil {
		return nil, errors.New("the tree is no overlay: it has no fragment")
	}
	a := &applier{base: base.clone(), overlay: overlay.clone(), mark: mark}
	for _, step := range []func() error{a.fixups, a.targets, a.move, a.merge, a.symbols, a.check} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return a.base, nil
}

// applier holds the two trees between the steps.
type applier struct {
	base, overlay *Tree
	mark          int
	fragments     []fragment
	fixed         int // places filled in so far
}

// A fragment is a set of changes of one node of the base.
type fragment struct{ node, content, target *Node }

// fixups fills in the phandles of the base's nodes that the overlay names by
// their labels.
func (a *applier) fixups() error {
	fixups := a.overlay.Root.Child(fixupsNode)
	if fixups == nil || len(fixups.Properties) == 0 {
		return nil
	}
	symbols := a.base.Root.Child(symbolsNode)
	if symbols == nil {
		return ErrNoSymbols
	}
	for _, p := range fixups.Properties {
		path, err := symbols.Text(p.Name)
		if err != nil {
			return err
		}
		if path == "" {
			return fmt.Errorf("/%s: the base tree has no label %q", fixupsNode, p.Name)
		}
		target := a.base.Node(path)
		if target == nil {
			return fmt.Errorf("/%s: the base tree's label %q is %q, which it does not have", symbolsNode, p.Name, path)
		}
		handle, ok := target.phandle()
		if !ok {
			return fmt.Errorf("%s: the base tree's node has the label %q and no phandle", path, p.Name)
		}
		places, err := fixups.Strings(p.Name)
		if err != nil {
			return err
		}
		for _, place := range places {
			if err := a.fill(p.Name, place, handle); err != nil {
				return err
			}
		}
	}
	return nil
}

// fill writes a phandle at a place of the overlay, as path:property:offset.
func (a *applier) fill(label, place string, handle uint32) error {
	parts := strings.Split(place, ":")
	if len(parts) != 3 {
		return fmt.Errorf("/%s: %q: the place %q is not path:property:offset", fixupsNode, label, place)
	}
	n := a.overlay.Node(parts[0])
	if n == nil {
		return fmt.Errorf("/%s: %q: the overlay has no node %q", fixupsNode, label, parts[0])
	}
	at, err := strconv.ParseUint(parts[2], 10, 31)
	if err != nil {
		return fmt.Errorf("/%s: %q: the offset %q is not a number", fixupsNode, label, parts[2])
	}
	return a.change(n, parts[1], uint32(at), func(uint32) uint32 { return handle })
}

// change rewrites the word at an offset of a property.
func (a *applier) change(n *Node, property string, at uint32, f func(uint32) uint32) error {
	if a.fixed++; a.fixed > maxFixups {
		return fmt.Errorf("the overlay has more than %d references", maxFixups)
	}
	v, ok := n.Property(property)
	if !ok || uint64(at)+4 > uint64(len(v)) {
		return fmt.Errorf("%s: property %q has no word at offset %d, which a reference should fill", n.Path(), property, at)
	}
	binary.BigEndian.PutUint32(v[at:], f(binary.BigEndian.Uint32(v[at:])))
	return nil
}

// targets finds the nodes that the fragments change.
func (a *applier) targets() error {
	for _, n := range a.overlay.Root.Children {
		content := n.Child(overlayNode)
		if content == nil {
			continue
		}
		f := fragment{node: n, content: content}
		if cells, err := n.Cells("target"); err != nil {
			return err
		} else if len(cells) == 1 {
			f.target = a.base.Phandle(cells[0])
		} else if path, err := n.Text("target-path"); err != nil {
			return err
		} else {
			f.target = a.base.at(path)
		}
		if f.target == nil {
			return fmt.Errorf("%s: the base tree has no node that its target names", n.Path())
		}
		a.fragments = append(a.fragments, f)
	}
	return nil
}

// move gives the overlay's own phandles new numbers, behind those of the base.
// A node that the base has too keeps the base's.
func (a *applier) move() error {
	var last uint32
	for h := range a.base.byPhandle {
		last = max(last, h)
	}
	to := map[uint32]uint32{}
	for h := range a.overlay.byPhandle {
		if uint64(h)+uint64(last) >= 0xffffffff {
			return fmt.Errorf("the overlay's phandle %d does not fit behind the base's %d", h, last)
		}
		to[h] = h + last
	}
	for _, f := range a.fragments {
		keep(f.content, f.target, to)
	}
	a.overlay.Walk(func(n *Node) bool {
		for _, name := range phandleNames {
			if v, ok := n.Property(name); ok {
				binary.BigEndian.PutUint32(v, to[binary.BigEndian.Uint32(v)])
			}
		}
		return true
	})
	local := a.overlay.Root.Child(localFixupsNode)
	if local == nil {
		return nil
	}
	return a.moveLocal(local, a.overlay.Root, to)
}

// keep notes the phandles that the base's nodes already have.
func keep(overlay, base *Node, to map[uint32]uint32) {
	if h, ok := overlay.phandle(); ok {
		if had, ok := base.phandle(); ok {
			to[h] = had
		}
	}
	for _, c := range overlay.Children {
		if b := base.Child(c.Name); b != nil {
			keep(c, b, to)
		}
	}
}

// moveLocal follows __local_fixups__, a tree of the overlay's shape whose
// properties hold offsets of references.
func (a *applier) moveLocal(fix, n *Node, to map[uint32]uint32) error {
	for _, p := range fix.Properties {
		offsets, err := fix.Cells(p.Name)
		if err != nil {
			return err
		}
		for _, at := range offsets {
			if err := a.change(n, p.Name, at, func(h uint32) uint32 {
				if moved, ok := to[h]; ok {
					return moved
				}
				return h
			}); err != nil {
				return err
			}
		}
	}
	for _, c := range fix.Children {
		into := n.Child(c.Name)
		if into == nil {
			return fmt.Errorf("%s: the overlay has no such node", c.Path())
		}
		if err := a.moveLocal(c, into, to); err != nil {
			return err
		}
	}
	return nil
}

// merge puts the fragments' content into the base.
func (a *applier) merge() error {
	for _, f := range a.fragments {
		a.mergeNode(f.target, f.content)
	}
	return nil
}

func (a *applier) mergeNode(into, from *Node) {
	for _, p := range from.Properties {
		into.Mark = a.mark
		i := slices.IndexFunc(into.Properties, func(q Property) bool { return q.Name == p.Name })
		if i < 0 {
			into.Properties = append(into.Properties, p)
		} else {
			into.Properties[i] = p
		}
	}
	for _, c := range from.Children {
		child := into.Child(c.Name)
		if child == nil {
			child = &Node{Name: c.Name, Mark: a.mark, parent: into}
			into.Children = append(into.Children, child)
		}
		a.mergeNode(child, c)
	}
}

// symbols adds the overlay's labels to the base's, for overlays that follow.
func (a *applier) symbols() error {
	from, into := a.overlay.Root.Child(symbolsNode), a.base.Root.Child(symbolsNode)
	if from == nil || into == nil {
		return nil
	}
	for _, p := range from.Properties {
		path, err := from.Text(p.Name)
		if err != nil {
			return err
		}
		for _, f := range a.fragments {
			rest, ok := strings.CutPrefix(path, f.content.Path())
			if !ok || rest != "" && rest[0] != '/' {
				continue
			}
			value := append([]byte(strings.TrimSuffix(f.target.Path(), "/")+rest), 0)
			into.Properties = slices.DeleteFunc(into.Properties, func(q Property) bool { return q.Name == p.Name })
			into.Properties = append(into.Properties, Property{p.Name, value})
		}
	}
	return nil
}

// check holds the result to the limits of a tree and finds its phandles anew.
func (a *applier) check() error {
	a.base.byPhandle = map[uint32]*Node{}
	return a.base.index()
}

// clone copies the tree.
func (t *Tree) clone() *Tree {
	c := &Tree{Version: t.Version, BootCPU: t.BootCPU, Reserved: slices.Clone(t.Reserved), byPhandle: map[uint32]*Node{}}
	c.Root = t.Root.clone(nil, c.byPhandle)
	return c
}

func (n *Node) clone(parent *Node, byPhandle map[uint32]*Node) *Node {
	c := &Node{Name: n.Name, Mark: n.Mark, parent: parent}
	for _, p := range n.Properties {
		c.Properties = append(c.Properties, Property{p.Name, bytes.Clone(p.Value)})
	}
	if h, ok := c.phandle(); ok {
		byPhandle[h] = c
	}
	for _, child := range n.Children {
		c.Children = append(c.Children, child.clone(c, byPhandle))
	}
	return c
}
