package fdt

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// parser walks the structure block.
type parser struct {
	data    []byte
	pos     int // of the next token
	end     int // of the structure block
	strings []byte
	exact   bool // the block's size is known, so nothing may follow the end token
	tree    *Tree
	names   map[uint32]string // property names read so far, by offset

	nodes, properties, paths int
}

// open is a node whose end has not been seen.
type open struct {
	node     *Node
	children map[string]bool
	props    map[string]bool
	pathLen  int
}

// structure reads all tokens. They must be one root node and the end token.
func (p *parser) structure() error {
	var stack []*open
	for {
		at := p.pos
		token, err := p.word()
		if err != nil {
			return err
		}
		switch token {
		case tokenNop:
		case tokenBegin:
			o, err := p.begin(at, stack)
			if err != nil {
				return err
			}
			stack = append(stack, o)
		case tokenProp:
			if len(stack) == 0 {
				return fmt.Errorf("offset %d: a property outside of any node", at)
			}
			if err := p.property(at, stack[len(stack)-1]); err != nil {
				return err
			}
		case tokenEnd:
			if len(stack) == 0 {
				return fmt.Errorf("offset %d: the end of a node that has no beginning", at)
			}
			if err := p.close(at, stack[len(stack)-1].node); err != nil {
				return err
			}
			stack = stack[:len(stack)-1]
		case tokenStop:
			return p.stop(at, len(stack))
		default:
			return fmt.Errorf("offset %d: unknown token %#x", at, token)
		}
	}
}

func (p *parser) stop(at, depth int) error {
	switch {
	case depth > 0:
		return fmt.Errorf("offset %d: the tree ends with %d nodes still open", at, depth)
	case p.tree.Root == nil:
		return fmt.Errorf("offset %d: the tree has no root node", at)
	case p.exact && p.pos != p.end:
		return fmt.Errorf("offset %d: %d bytes follow the end of the tree", p.pos, p.end-p.pos)
	}
	return nil
}

// begin reads the name of a node that opens at offset at.
func (p *parser) begin(at int, stack []*open) (*open, error) {
	name, err := p.nodeName(at)
	if err != nil {
		return nil, err
	}
	p.nodes++
	switch {
	case p.nodes > maxNodes:
		return nil, fmt.Errorf("offset %d: more than %d nodes", at, maxNodes)
	case len(stack) >= maxDepth:
		return nil, fmt.Errorf("offset %d: nodes nest deeper than %d", at, maxDepth)
	}
	o := &open{node: &Node{Name: name}}
	if len(stack) == 0 {
		if p.tree.Root != nil {
			return nil, fmt.Errorf("offset %d: a second root node", at)
		}
		if name != "" {
			return nil, fmt.Errorf("offset %d: the root node has the name %q", at, name)
		}
		p.tree.Root = o.node
		return o, nil
	}
	up := stack[len(stack)-1]
	o.node.parent = up.node
	o.pathLen = up.pathLen + 1 + len(name)
	p.paths += o.pathLen
	switch {
	case name == "":
		return nil, fmt.Errorf("offset %d: a node without a name in %s", at, up.node.Path())
	case up.children[name]:
		return nil, fmt.Errorf("offset %d: a second node %q in %s", at, name, up.node.Path())
	case len(up.node.Children) == maxChildren:
		return nil, fmt.Errorf("offset %d: more than %d nodes in %s", at, maxChildren, up.node.Path())
	case p.paths > maxPath:
		return nil, fmt.Errorf("offset %d: the nodes' paths take more than %d bytes", at, maxPath)
	}
	if up.children == nil {
		up.children = map[string]bool{}
	}
	up.children[name] = true
	up.node.Children = append(up.node.Children, o.node)
	return o, nil
}

func (p *parser) nodeName(at int) (string, error) {
	rest := p.data[p.pos:p.end]
	n := bytes.IndexByte(rest[:min(len(rest), maxName+1)], 0)
	if n < 0 {
		return "", fmt.Errorf("offset %d: a node's name does not end within %d bytes", at, maxName)
	}
	name := string(rest[:n])
	if !isName(name) {
		return "", fmt.Errorf("offset %d: a node's name %q has characters that names cannot have", at, name)
	}
	return name, p.skip(at, n+1)
}

// property reads a property of the node o, whose token is at offset at.
func (p *parser) property(at int, o *open) error {
	size, err := p.word()
	if err != nil {
		return err
	}
	nameOff, err := p.word()
	if err != nil {
		return err
	}
	name, err := p.propertyName(at, nameOff)
	if err != nil {
		return err
	}
	if uint64(size) > uint64(p.end-p.pos) {
		return fmt.Errorf("offset %d: property %q claims %d bytes, %d are left", at, name, size, p.end-p.pos)
	}
	p.properties++
	switch {
	case len(o.node.Children) > 0:
		return fmt.Errorf("offset %d: property %q of %s stands behind its child nodes", at, name, o.node.Path())
	case o.props[name]:
		return fmt.Errorf("offset %d: a second property %q in %s", at, name, o.node.Path())
	case p.properties > maxProperties:
		return fmt.Errorf("offset %d: more than %d properties", at, maxProperties)
	case len(o.node.Properties) == maxNodeProperties:
		return fmt.Errorf("offset %d: more than %d properties in %s", at, maxNodeProperties, o.node.Path())
	}
	if o.props == nil {
		o.props = map[string]bool{}
	}
	o.props[name] = true
	value := p.data[p.pos : p.pos+int(size) : p.pos+int(size)]
	o.node.Properties = append(o.node.Properties, Property{name, value})
	return p.skip(at, int(size))
}

func (p *parser) propertyName(at int, off uint32) (string, error) {
	if name, ok := p.names[off]; ok {
		return name, nil
	}
	if uint64(off) >= uint64(len(p.strings)) {
		return "", fmt.Errorf("offset %d: a property's name is at %d, outside of the strings block of %d bytes", at, off, len(p.strings))
	}
	rest := p.strings[off:]
	n := bytes.IndexByte(rest[:min(len(rest), maxName+1)], 0)
	if n < 0 {
		return "", fmt.Errorf("offset %d: a property's name does not end within %d bytes and the strings block", at, maxName)
	}
	name := string(rest[:n])
	if name == "" || !isName(name) {
		return "", fmt.Errorf("offset %d: a property's name %q has characters that names cannot have", at, name)
	}
	p.names[off] = name
	return name, nil
}

// close finishes a node: it notes its phandle.
func (p *parser) close(at int, n *Node) error {
	for _, name := range phandleNames {
		v, ok := n.Property(name)
		if !ok {
			continue
		}
		if len(v) != 4 {
			return fmt.Errorf("offset %d: property %q of %s has %d bytes, not 4", at, name, n.Path(), len(v))
		}
		handle := binary.BigEndian.Uint32(v)
		if other := p.tree.byPhandle[handle]; other != nil && other != n {
			return fmt.Errorf("offset %d: %s and %s have the same phandle %d", at, other.Path(), n.Path(), handle)
		}
		p.tree.byPhandle[handle] = n
	}
	return nil
}

// word reads the next 32-bit word.
func (p *parser) word() (uint32, error) {
	if p.end-p.pos < 4 {
		return 0, fmt.Errorf("offset %d: the structure block ends without an end token", p.pos)
	}
	w := binary.BigEndian.Uint32(p.data[p.pos:])
	p.pos += 4
	return w, nil
}

// skip passes over n bytes and their padding to a whole word.
func (p *parser) skip(at, n int) error {
	n = (n + 3) &^ 3
	if n > p.end-p.pos {
		return fmt.Errorf("offset %d: the structure block ends within a token", at)
	}
	p.pos += n
	return nil
}

// isName reports whether s has only printable characters and none that paths
// are made of. The specification allows fewer (table 2.1), but trees that break
// it are in use.
func isName(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' || s[i] == '/' {
			return false
		}
	}
	return true
}
