package fdt

import (
	"encoding/binary"
	"fmt"
	"strings"
)

var phandleNames = []string{"phandle", "linux,phandle"}

// phandle gives the number by which others refer to the node.
func (n *Node) phandle() (uint32, bool) {
	for _, name := range phandleNames {
		if v, ok := n.Property(name); ok && len(v) == 4 {
			return binary.BigEndian.Uint32(v), true
		}
	}
	return 0, false
}

// at gives the node at a path, which may begin with an alias (Devicetree
// Specification v0.4, 3.3), or nil.
func (t *Tree) at(path string) *Node {
	if strings.HasPrefix(path, "/") {
		return t.Node(path)
	}
	alias, rest, more := strings.Cut(path, "/")
	aliases := t.Root.Child("aliases")
	if aliases == nil {
		return nil
	}
	full, err := aliases.Text(alias)
	if err != nil || full == "" {
		return nil
	}
	if more {
		full += "/" + rest
	}
	return t.Node(full)
}

// index notes the phandles of a tree that was not parsed from a blob, and holds
// it to the limits that a parsed one is held to.
func (t *Tree) index() error {
	return t.indexNode(t.Root, 1, 0, &totals{})
}

type totals struct{ nodes, properties, paths int }

func (t *Tree) indexNode(n *Node, depth, path int, sum *totals) error {
	sum.nodes++
	sum.properties += len(n.Properties)
	sum.paths += path
	switch {
	case depth > maxDepth:
		return fmt.Errorf("%s: nodes nest deeper than %d", n.Path(), maxDepth)
	case sum.nodes > maxNodes:
		return fmt.Errorf("%s: more than %d nodes", n.Path(), maxNodes)
	case sum.properties > maxProperties:
		return fmt.Errorf("%s: more than %d properties", n.Path(), maxProperties)
	case len(n.Properties) > maxNodeProperties:
		return fmt.Errorf("%s: more than %d properties in one node", n.Path(), maxNodeProperties)
	case len(n.Children) > maxChildren:
		return fmt.Errorf("%s: more than %d nodes in one node", n.Path(), maxChildren)
	case sum.paths > maxPath:
		return fmt.Errorf("%s: the nodes' paths take more than %d bytes", n.Path(), maxPath)
	}
	for _, name := range phandleNames {
		v, ok := n.Property(name)
		if !ok {
			continue
		}
		if len(v) != 4 {
			return fmt.Errorf("%s: property %q has %d bytes, not 4", n.Path(), name, len(v))
		}
		h := binary.BigEndian.Uint32(v)
		if other := t.byPhandle[h]; other != nil && other != n {
			return fmt.Errorf("%s and %s have the same phandle %d", other.Path(), n.Path(), h)
		}
		t.byPhandle[h] = n
	}
	for _, c := range n.Children {
		if err := t.indexNode(c, depth+1, path+1+len(c.Name), sum); err != nil {
			return err
		}
	}
	return nil
}
