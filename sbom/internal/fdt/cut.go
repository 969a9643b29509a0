package fdt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// maxTrees bounds the trees in one image. Vendor images for families of boards
// hold below 100.
const maxTrees = 512

// A Section is one tree inside an image.
type Section struct {
	Offset int // of its first byte in the image
	Data   []byte
}

// tableMagic begins Android's table of device trees, in dtbo and dtb partitions
// (AOSP, system/libufdt, dt_table.h).
const tableMagic = 0xd7b7ab1e

// Sizes of the table's header and of an entry, in bytes.
const (
	tableHeader = 32
	tableEntry  = 32
)

// IsTable reports whether data begins as Android's table of device trees does.
func IsTable(data []byte) bool {
	return len(data) >= 4 && binary.BigEndian.Uint32(data) == tableMagic
}

// Cut finds the trees in an image: those that Android's table lists; else every
// run of bytes that has a tree's header and size, as in trees that follow each
// other or a kernel. Data is shared with the image. It is an error if a table's
// entry is no tree, and if there is no tree at all.
func Cut(data []byte) ([]Section, error) {
	if IsTable(data) {
		return cutTable(data)
	}
	var list []Section
	magic := binary.BigEndian.AppendUint32(nil, Magic)
	for pos := 0; ; {
		i := bytes.Index(data[pos:], magic)
		if i < 0 {
			break
		}
		pos += i
		n, ok := TotalSize(data[pos:])
		if !ok || !plausible(data[pos:pos+n]) {
			if pos == 0 {
				return nil, errors.New("offset 0: the device tree's header claims more bytes than there are, or is none")
			}
			pos++
			continue
		}
		if len(list) == maxTrees {
			return nil, fmt.Errorf("offset %d: more than %d device trees", pos, maxTrees)
		}
		list = append(list, Section{pos, data[pos : pos+n]})
		pos += n
	}
	if len(list) == 0 {
		return nil, errors.New("there is no device tree in it")
	}
	return list, nil
}

// plausible reports whether the magic is that of a tree and not four bytes of a
// kernel that happen to be equal.
func plausible(data []byte) bool {
	h, err := parseHeader(data)
	if err != nil {
		return false
	}
	_, end, err := parseReserved(data, h)
	return err == nil && h.checkBlocks(end) == nil
}

func cutTable(data []byte) ([]Section, error) {
	if len(data) < tableHeader {
		return nil, fmt.Errorf("offset %d: the table of device trees ends within its header", len(data))
	}
	word := func(at uint64) uint64 { return uint64(binary.BigEndian.Uint32(data[at:])) }
	total, size, count, first := word(4), word(12), word(16), word(20)
	switch {
	case total > uint64(len(data)):
		return nil, fmt.Errorf("offset 4: the table of device trees claims %d bytes, there are %d", total, len(data))
	case size < tableEntry:
		return nil, fmt.Errorf("offset 12: an entry of the table has %d bytes, less than %d", size, tableEntry)
	case count == 0 || count > maxTrees:
		return nil, fmt.Errorf("offset 16: the table has %d entries, not 1 to %d", count, maxTrees)
	case first+count*size > total:
		return nil, fmt.Errorf("offset 20: the table's entries end at %d, behind its end at %d", first+count*size, total)
	}
	var list []Section
	seen := map[uint64]bool{}
	for i := range count {
		at := first + i*size
		n, off := word(at), word(at+4)
		if seen[off] {
			continue // several ids may name one tree
		}
		seen[off] = true
		if off+n > total || n == 0 {
			return nil, fmt.Errorf("offset %d: entry %d of the table ends at %d, behind the table's end at %d", at, i, off+n, total)
		}
		tree := data[off : off+n]
		if got, ok := TotalSize(tree); !ok || got > len(tree) {
			return nil, fmt.Errorf("offset %d: entry %d of the table is no device tree, or a compressed one", off, i)
		} else {
			tree = tree[:got]
		}
		list = append(list, Section{int(off), tree})
	}
	return list, nil
}
