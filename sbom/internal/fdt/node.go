package fdt

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// Parent is the node that contains n; nil for the root.
func (n *Node) Parent() *Node { return n.parent }

// Path is the node's full path, such as /soc/i2c@40/touchscreen@38; "/" for the
// root. No two nodes of a tree have the same path.
func (n *Node) Path() string {
	if n.parent == nil {
		return "/"
	}
	var names []string
	for ; n.parent != nil; n = n.parent {
		names = append(names, n.Name)
	}
	var b strings.Builder
	for i := len(names) - 1; i >= 0; i-- {
		b.WriteByte('/')
		b.WriteString(names[i])
	}
	return b.String()
}

// BaseName is the node's name without its unit address: "panel" for panel@0.
func (n *Node) BaseName() string {
	base, _, _ := strings.Cut(n.Name, "@")
	return base
}

// Child is the child of that exact name, or nil.
func (n *Node) Child(name string) *Node {
	for _, c := range n.Children {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Property gives the value of a property and whether the node has it.
func (n *Node) Property(name string) ([]byte, bool) {
	for _, p := range n.Properties {
		if p.Name == name {
			return p.Value, true
		}
	}
	return nil, false
}

// Strings reads a property as a list of NUL-terminated strings. A property that
// is absent or empty is no strings. It is an error if the last string does not
// end, or if a string holds what is not printable ASCII.
func (n *Node) Strings(name string) ([]string, error) {
	v, ok := n.Property(name)
	if !ok || len(v) == 0 {
		return nil, nil
	}
	if v[len(v)-1] != 0 {
		return nil, fmt.Errorf("%s: property %q: its last string has no end", n.Path(), name)
	}
	list := strings.Split(string(v[:len(v)-1]), "\x00")
	for i, s := range list {
		if !printable(s) {
			return nil, fmt.Errorf("%s: property %q: string %d is not printable text", n.Path(), name, i)
		}
	}
	return list, nil
}

// Text reads a property as one string; "" where the property is absent. A list
// of several strings is an error.
func (n *Node) Text(name string) (string, error) {
	list, err := n.Strings(name)
	if err != nil || len(list) == 0 {
		return "", err
	}
	if len(list) > 1 {
		return "", fmt.Errorf("%s: property %q has %d strings where one is expected", n.Path(), name, len(list))
	}
	return list[0], nil
}

// Cells reads a property as big-endian 32-bit numbers. It is an error if the
// value is not a whole number of cells. An absent property is no cells.
func (n *Node) Cells(name string) ([]uint32, error) {
	v, _ := n.Property(name)
	if len(v)%4 != 0 {
		return nil, fmt.Errorf("%s: property %q has %d bytes, not a whole number of cells", n.Path(), name, len(v))
	}
	cells := make([]uint32, 0, len(v)/4)
	for ; len(v) > 0; v = v[4:] {
		cells = append(cells, binary.BigEndian.Uint32(v))
	}
	return cells, nil
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
