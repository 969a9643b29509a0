package fdt

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// ReadFolder reads a device tree as a running kernel shows it, below
// /proc/device-tree: a folder a node, a file a property. Links are not followed.
func ReadFolder(root fs.FS) (*Tree, error) {
	b := NewBuilder()
	err := fs.WalkDir(root, ".", func(at string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir():
			return b.Node(at)
		case !e.Type().IsRegular():
			return nil
		}
		v, err := readProperty(root, at)
		if err != nil {
			return err
		}
		return b.Property(at, v)
	})
	if err != nil {
		return nil, err
	}
	return b.Tree()
}

func readProperty(root fs.FS, at string) ([]byte, error) {
	file, err := root.Open(at)
	if err != nil {
		return nil, err
	}
	v, err := io.ReadAll(io.LimitReader(file, MaxSize+1))
	return v, errors.Join(err, file.Close())
}

// A Builder makes a tree of the paths of its nodes and properties, such as
// soc/i2c@40/touchscreen@38/compatible, which may come in any order.
type Builder struct {
	nodes map[string]*Node
	props map[string]bool
	bytes int64
}

// NewBuilder gives a builder of a tree that has only a root.
func NewBuilder() *Builder {
	return &Builder{nodes: map[string]*Node{".": {}}, props: map[string]bool{}}
}

// Node adds a node and those above it; "." is the root. A node that is there
// already stays as it is.
func (b *Builder) Node(at string) error {
	_, err := b.node(at, 1)
	return err
}

func (b *Builder) node(at string, depth int) (*Node, error) {
	if n := b.nodes[at]; n != nil {
		return n, nil
	}
	switch name := path.Base(at); {
	case !fs.ValidPath(at) || len(name) > maxName || !isName(name):
		return nil, fmt.Errorf("%.200q is not a path of a node", at)
	case depth > maxDepth:
		return nil, fmt.Errorf("%.200s: nodes nest deeper than %d", at, maxDepth)
	case len(b.nodes) == maxNodes:
		return nil, fmt.Errorf("%.200s: more than %d nodes", at, maxNodes)
	}
	up, err := b.node(path.Dir(at), depth+1)
	if err != nil {
		return nil, err
	}
	n := &Node{Name: path.Base(at), parent: up}
	up.Children = append(up.Children, n)
	b.nodes[at] = n
	return n, nil
}

// Property adds a property to the node above it. The property "name", which
// kernels add to every node, is left out.
func (b *Builder) Property(at string, value []byte) error {
	name := path.Base(at)
	n, err := b.node(path.Dir(at), 1)
	if err != nil || name == "name" {
		return err
	}
	b.bytes += int64(len(value))
	switch {
	case len(name) > maxName || !isName(name):
		return fmt.Errorf("%.200q is not a path of a property", at)
	case b.props[at]:
		return fmt.Errorf("%.200s: the property is there twice", at)
	case len(b.props) == maxProperties:
		return fmt.Errorf("%.200s: more than %d properties", at, maxProperties)
	case b.bytes > MaxSize:
		return fmt.Errorf("%.200s: the properties have more than %d bytes", at, MaxSize)
	}
	b.props[at] = true
	n.Properties = append(n.Properties, Property{name, value})
	return nil
}

// Tree gives the tree. It is an error if it breaks a limit or two nodes have one
// phandle.
func (b *Builder) Tree() (*Tree, error) {
	t := &Tree{Root: b.nodes["."], byPhandle: map[uint32]*Node{}}
	for at := range b.props {
		if b.nodes[at] != nil {
			return nil, fmt.Errorf("%s is a node and a property", strings.TrimPrefix(at, "./"))
		}
	}
	if err := t.index(); err != nil {
		return nil, err
	}
	return t, nil
}
