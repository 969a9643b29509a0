// Package axml reads what Android compiles XML and resources to: the binary XML
// of an AndroidManifest.xml and the table of resources.arsc.
//
// Both are made of chunks: a type, the size of a header, a size, and more chunks
// inside (AOSP, frameworks/base, libs/androidfw/include/androidfw/ResourceTypes.h,
// whose names are used here). Strings are held once, in a pool. An attribute of
// Android's own is known by the number of its resource, never by its name, which
// may be anything; [ReadManifest] follows that.
//
// The reader refuses what does not fit together: a size that leaves its chunk, a
// string outside the pool, elements that do not nest. It does not read
// compiled layouts' styles, and of the resource table only what a manifest's
// references need: strings and numbers under the default configuration.
package axml

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Limits.
const (
	// MaxManifest bounds a manifest. The largest in use are about 1 MiB.
	MaxManifest = 16 << 20
	// MaxTable bounds a resource table, which is held in memory while it is
	// searched. Those of the largest apps are about 30 MiB.
	MaxTable = 256 << 20
	// maxDepth is of elements in each other; manifests use about six levels.
	maxDepth = 64
)

// Types of chunks.
const (
	chunkPool     = 0x0001
	chunkTable    = 0x0002
	chunkXML      = 0x0003
	chunkStart    = 0x0102
	chunkEnd      = 0x0103
	chunkMap      = 0x0180
	chunkPackage  = 0x0200
	chunkType     = 0x0201
	chunkTypeSpec = 0x0202
)

// Types of values.
const (
	typeNull      = 0x00
	typeReference = 0x01
	typeString    = 0x03
	typeDynamic   = 0x07 // a reference into a shared library
	typeIntDec    = 0x10
	typeIntHex    = 0x11
	typeBool      = 0x12
)

const none = 0xffffffff // an index that leads nowhere

// An Element is an XML element.
type Element struct {
	Space, Name string
	Attrs       []Attr
	Children    []*Element
}

// An Attr is an attribute. ID is the number of the resource that its name stands
// for, 0 where it is a name of the document's own.
type Attr struct {
	Space, Name string
	ID          uint32
	Value       Value
}

// A Value is typed: a string, a number, a truth, or a reference to a resource.
type Value struct {
	Type uint8
	Data uint32
	Text string // of a string
}

// Attr gives the value of the attribute with that resource number.
func (e *Element) Attr(id uint32) (Value, bool) {
	for _, a := range e.Attrs {
		if a.ID == id && id != 0 {
			return a.Value, true
		}
	}
	return Value{}, false
}

// Plain gives the text of the attribute of that name and no namespace, "" if it
// has none.
func (e *Element) Plain(name string) string {
	for _, a := range e.Attrs {
		if a.Space == "" && a.Name == name {
			return a.Value.Text
		}
	}
	return ""
}

// A chunk is one chunk: its header without the common part, and what follows.
type chunk struct {
	kind   uint16
	header []byte // the whole header
	data   []byte // the whole chunk, header included
}

func (c chunk) body() []byte { return c.data[len(c.header):] }

var errCut = errors.New("a chunk is cut off")

// next splits the first chunk off data.
func next(data []byte) (chunk, []byte, error) {
	if len(data) < 8 {
		return chunk{}, nil, errCut
	}
	head, size := int(u16(data[2:])), int64(u32(data[4:]))
	switch {
	case head < 8 || int64(head) > size:
		return chunk{}, nil, fmt.Errorf("a chunk of type %#04x has a header of %d bytes in %d", u16(data), head, size)
	case size > int64(len(data)):
		return chunk{}, nil, errCut
	}
	return chunk{u16(data), data[:head], data[:size]}, data[size:], nil
}

// Parse reads a binary XML document and gives its root element.
func Parse(data []byte) (*Element, error) {
	if len(data) > MaxManifest {
		return nil, fmt.Errorf("binary XML: larger than %d MiB", MaxManifest>>20)
	}
	doc, _, err := next(data)
	if err != nil {
		return nil, fmt.Errorf("binary XML: %w", err)
	}
	if doc.kind != chunkXML {
		return nil, errors.New("not binary XML")
	}
	d := decoder{}
	for rest := doc.body(); len(rest) >= 8; {
		var c chunk
		if c, rest, err = next(rest); err != nil {
			return nil, fmt.Errorf("binary XML: %w", err)
		}
		if err := d.chunk(c); err != nil {
			return nil, fmt.Errorf("binary XML: %w", err)
		}
	}
	if d.root == nil || len(d.open) > 0 {
		return nil, errors.New("binary XML: it ends before its root element")
	}
	return d.root, nil
}

type decoder struct {
	pool    *pool
	decoded int    // bytes of text
	ids     []byte // the resource numbers of the first strings
	open    []*Element
	root    *Element
}

func (d *decoder) chunk(c chunk) (err error) {
	switch c.kind {
	case chunkPool:
		if d.pool == nil {
			d.pool, err = parsePool(c)
		}
		return err
	case chunkMap:
		d.ids = c.body()
	case chunkStart:
		return d.start(c)
	case chunkEnd:
		if len(d.open) == 0 {
			return errors.New("an element ends that never began")
		}
		d.open = d.open[:len(d.open)-1]
	}
	return nil
}

// start reads a ResXMLTree_attrExt.
func (d *decoder) start(c chunk) error {
	ext := c.body()
	if len(ext) < 20 {
		return errCut
	}
	e := new(Element)
	var err error
	if e.Space, err = d.text(u32(ext)); err != nil {
		return err
	}
	if e.Name, err = d.text(u32(ext[4:])); err != nil {
		return err
	}
	first, size, count := int(u16(ext[8:])), int(u16(ext[10:])), int(u16(ext[12:]))
	if size < 20 && count > 0 || first+size*count > len(ext) {
		return fmt.Errorf("element %q: its attributes do not fit into it", e.Name)
	}
	for i := range count {
		a, err := d.attr(ext[first+i*size:])
		if err != nil {
			return fmt.Errorf("element %q: attribute %d: %w", e.Name, i+1, err)
		}
		e.Attrs = append(e.Attrs, a)
	}
	switch {
	case len(d.open) >= maxDepth:
		return fmt.Errorf("elements are nested more than %d deep", maxDepth)
	case len(d.open) > 0:
		up := d.open[len(d.open)-1]
		up.Children = append(up.Children, e)
	case d.root != nil:
		return errors.New("a second root element")
	default:
		d.root = e
	}
	d.open = append(d.open, e)
	return nil
}

func (d *decoder) attr(b []byte) (Attr, error) {
	var a Attr
	var err error
	if a.Space, err = d.text(u32(b)); err != nil {
		return a, err
	}
	name := u32(b[4:])
	if a.Name, err = d.text(name); err != nil {
		return a, err
	}
	if at := int64(name) * 4; name != none && at+4 <= int64(len(d.ids)) {
		a.ID = u32(d.ids[at:])
	}
	a.Value = Value{Type: b[15], Data: u32(b[16:])}
	if a.Value.Type == typeString {
		a.Value.Text, err = d.text(a.Value.Data)
	}
	return a, err
}

// text is the string at that index of the pool, "" for none.
func (d *decoder) text(i uint32) (string, error) {
	if i == none {
		return "", nil
	}
	if d.pool == nil {
		return "", errors.New("there is no string pool")
	}
	s, err := d.pool.text(i)
	if d.decoded += len(s); d.decoded > maxDecoded {
		return "", fmt.Errorf("its texts have more than %d MiB", maxDecoded>>20)
	}
	return s, err
}

func u16(b []byte) uint16 { return binary.LittleEndian.Uint16(b) }
func u32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }
