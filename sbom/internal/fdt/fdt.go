// Package fdt reads flattened device trees: the binary form in which a kernel
// or a boot image carries a description of a board's hardware.
//
// A flattened tree (Devicetree Specification v0.4, chapter 5) is a header and
// three blocks. The memory reservation block lists address ranges. The
// structure block is a list of 32-bit big-endian tokens that open nodes, give
// properties and close nodes. The strings block holds the properties' names.
//
// [Parse] takes exactly one tree: every byte within the header's total size,
// none behind it. Where several trees are joined, as in Android's boot images,
// cut them with [TotalSize] first. A property's value has no type in the format;
// the reader asks for one ([Node.Strings], [Node.Cells]) and is told when the
// bytes are not that.
//
// [Cut] does that for images that carry several trees, [Apply] lays overlays over
// the tree that they change, and [ReadFolder] reads the form that a running kernel
// shows below /proc/device-tree.
//
// The package does not translate addresses.
package fdt

import (
	"encoding/binary"
	"strings"
)

// Magic is the first word of every flattened device tree.
const Magic = 0xd00dfeed

// A Tree is one parsed device tree. It is safe for concurrent use as long as
// nobody changes its nodes.
type Tree struct {
	Root      *Node
	Version   uint32 // of the format: 16 or later
	BootCPU   uint32 // physical id of the boot processor
	Reserved  []Range
	byPhandle map[uint32]*Node
}

// A Range is a range of memory that the tree reserves, in bytes.
type Range struct{ Address, Size uint64 }

// A Node is one node of the tree.
type Node struct {
	Name       string // with its unit address, such as panel@0; "" for the root
	Properties []Property
	Children   []*Node
	Mark       int // of the overlay that last added or changed it; 0 if none did
	parent     *Node
}

// A Property is a named value of a node. Value may be empty.
type Property struct {
	Name  string
	Value []byte
}

// IsTree reports whether data begins as a flattened device tree does.
func IsTree(data []byte) bool {
	return len(data) >= 4 && binary.BigEndian.Uint32(data) == Magic
}

// TotalSize gives the size in bytes that the header of the tree at the start of
// data claims. It reports false where data has no such header or is shorter
// than that.
func TotalSize(data []byte) (int, bool) {
	if !IsTree(data) || len(data) < headerSize16 {
		return 0, false
	}
	n := binary.BigEndian.Uint32(data[4:])
	if n < headerSize16 || uint64(n) > uint64(len(data)) {
		return 0, false
	}
	return int(n), true
}

// Phandle gives the node that other nodes refer to by this number, or nil.
func (t *Tree) Phandle(p uint32) *Node { return t.byPhandle[p] }

// Node gives the node at a path such as /soc/i2c@40, or nil. The path "/" is
// the root.
func (t *Tree) Node(path string) *Node {
	if path == "/" {
		return t.Root
	}
	rest, ok := strings.CutPrefix(path, "/")
	if !ok {
		return nil
	}
	n := t.Root
	for name := range strings.SplitSeq(rest, "/") {
		if n = n.Child(name); n == nil {
			return nil
		}
	}
	return n
}

// Walk calls f for every node, parents before children, in the order of the
// file. Where f returns false, the node's children are passed over.
func (t *Tree) Walk(f func(n *Node) bool) { t.Root.walk(f) }

func (n *Node) walk(f func(n *Node) bool) {
	if !f(n) {
		return
	}
	for _, c := range n.Children {
		c.walk(f)
	}
}
