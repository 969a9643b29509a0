package fdt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// Limits. A device tree comes from a stranger's image, and what it claims of
// itself must not make the reader spend more than its size deserves.
const (
	// MaxSize is the largest tree that is read, in bytes. The largest of a
	// thousand kernel trees is below 256 KiB, vendor trees with symbols below
	// 2 MiB.
	MaxSize = 8 << 20
	// maxDepth is how deep nodes may nest. Real trees stay below 12; readers
	// recurse.
	maxDepth = 48
	// maxNodes bounds the nodes; real trees have below 5,000.
	maxNodes = 1 << 16
	// maxProperties bounds the properties of all nodes together.
	maxProperties = 1 << 19
	// maxNodeProperties bounds the properties of one node: they are searched one
	// by one. The symbols node of a vendor tree has some thousands.
	maxNodeProperties = 1 << 13
	// maxChildren bounds the children of one node, for the same reason.
	maxChildren = 1 << 12
	// maxName is the longest name of a node or property, in bytes. The
	// specification says 31; kernels' own trees use twice that.
	maxName = 128
	// maxReserved bounds the memory reservations; real trees have below 20.
	maxReserved = 1 << 10
	// maxPath bounds the sum of all path lengths, in bytes, so that printing
	// every path stays cheap.
	maxPath = 16 << 20
)

// Sizes of the header in version 16 and from 17 on, in bytes.
const (
	headerSize16 = 36
	headerSize17 = 40
)

// Tokens of the structure block (section 5.4.1).
const (
	tokenBegin = 1
	tokenEnd   = 2
	tokenProp  = 3
	tokenNop   = 4
	tokenStop  = 9
)

// header is the header's words (section 5.2) after the magic, as they are used.
type header struct {
	total, structOff, stringsOff, reservedOff uint32
	version, lastCompatible, bootCPU          uint32
	stringsSize, structSize                   uint32
}

// Parse reads one flattened device tree. The data must be the tree and nothing
// else. Errors name the offset in bytes at which the tree is wrong. Values in the
// result do not share memory with data.
func Parse(data []byte) (*Tree, error) {
	h, err := parseHeader(data)
	if err != nil {
		return nil, err
	}
	data = bytes.Clone(data)
	reserved, reservedEnd, err := parseReserved(data, h)
	if err != nil {
		return nil, err
	}
	if err := h.checkBlocks(reservedEnd); err != nil {
		return nil, err
	}
	p := &parser{
		data:    data,
		pos:     int(h.structOff),
		end:     int(h.structOff + h.structSize),
		strings: data[h.stringsOff : h.stringsOff+h.stringsSize],
		exact:   h.version >= 17,
		tree: &Tree{
			Version: h.version, BootCPU: h.bootCPU, Reserved: reserved,
			byPhandle: map[uint32]*Node{},
		},
		names: map[uint32]string{},
	}
	if err := p.structure(); err != nil {
		return nil, err
	}
	return p.tree, nil
}

func parseHeader(data []byte) (header, error) {
	if !IsTree(data) {
		return header{}, errors.New("offset 0: not a flattened device tree (no magic d00dfeed)")
	}
	if len(data) < headerSize16 {
		return header{}, fmt.Errorf("offset %d: the header ends early", len(data))
	}
	if len(data) > MaxSize {
		return header{}, fmt.Errorf("the tree has %d bytes, more than %d", len(data), MaxSize)
	}
	word := func(i int) uint32 { return binary.BigEndian.Uint32(data[4*i:]) }
	h := header{
		total: word(1), structOff: word(2), stringsOff: word(3), reservedOff: word(4),
		version: word(5), lastCompatible: word(6), bootCPU: word(7), stringsSize: word(8),
	}
	switch {
	case h.version < 16:
		return header{}, fmt.Errorf("offset 20: version %d of the format is older than 16", h.version)
	case h.lastCompatible > 17:
		return header{}, fmt.Errorf("offset 24: the tree can only be read by version %d of the format or later", h.lastCompatible)
	case h.lastCompatible > h.version:
		return header{}, fmt.Errorf("offset 24: last compatible version %d is newer than the version %d", h.lastCompatible, h.version)
	case uint64(h.total) > uint64(len(data)):
		return header{}, fmt.Errorf("offset 4: the header claims %d bytes, there are %d", h.total, len(data))
	case uint64(h.total) < uint64(len(data)):
		return header{}, fmt.Errorf("offset %d: %d more bytes follow the tree", h.total, len(data)-int(h.total))
	}
	if h.version >= 17 {
		if len(data) < headerSize17 {
			return header{}, fmt.Errorf("offset %d: the header ends early", len(data))
		}
		h.structSize = word(9)
	} else if h.structOff <= h.total { // version 16 does not say: up to the next block
		h.structSize = h.total - h.structOff
		for _, next := range []uint32{h.stringsOff, h.reservedOff} {
			if next > h.structOff {
				h.structSize = min(h.structSize, next-h.structOff)
			}
		}
	}
	return h, nil
}

// parseReserved reads the memory reservation block (section 5.3) and gives the
// offset of its end.
func parseReserved(data []byte, h header) ([]Range, uint32, error) {
	if h.reservedOff%8 != 0 {
		return nil, 0, fmt.Errorf("offset 16: the memory reservation block at %d is not aligned to 8 bytes", h.reservedOff)
	}
	var list []Range
	for off := uint64(h.reservedOff); off+16 <= uint64(h.total); off += 16 {
		r := Range{binary.BigEndian.Uint64(data[off:]), binary.BigEndian.Uint64(data[off+8:])}
		if r == (Range{}) {
			return list, uint32(off + 16), nil
		}
		if len(list) == maxReserved {
			return nil, 0, fmt.Errorf("offset %d: more than %d memory reservations", off, maxReserved)
		}
		list = append(list, r)
	}
	return nil, 0, fmt.Errorf("offset %d: the memory reservation block has no end", h.reservedOff)
}

// checkBlocks makes sure that the blocks lie within the tree, do not overlap
// each other or the header, and are aligned.
func (h header) checkBlocks(reservedEnd uint32) error {
	type block struct {
		name     string
		from, to uint64
	}
	size := uint64(headerSize17)
	if h.version < 17 {
		size = headerSize16
	}
	blocks := []block{
		{"header", 0, size},
		{"memory reservation block", uint64(h.reservedOff), uint64(reservedEnd)},
		{"structure block", uint64(h.structOff), uint64(h.structOff) + uint64(h.structSize)},
		{"strings block", uint64(h.stringsOff), uint64(h.stringsOff) + uint64(h.stringsSize)},
	}
	if h.structOff%4 != 0 || h.structSize%4 != 0 {
		return fmt.Errorf("offset 8: the structure block at %d of %d bytes is not aligned to 4", h.structOff, h.structSize)
	}
	for i, b := range blocks {
		if b.to > uint64(h.total) {
			return fmt.Errorf("offset %d: the %s ends at %d, behind the tree's end at %d", b.from, b.name, b.to, h.total)
		}
		for _, c := range blocks[:i] {
			if b.from < c.to && c.from < b.to {
				return fmt.Errorf("offset %d: the %s overlaps the %s", b.from, b.name, c.name)
			}
		}
	}
	return nil
}
