package ext4

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/originbom/originbom/sbom/internal/extent"
)

const (
	// maxRuns bounds the extents of a file; each costs 40 bytes while it is open.
	// A file of 4 GiB in single blocks has a million.
	maxRuns = 1 << 20
	// maxTreeDepth is that of Linux, EXT4_MAX_EXTENT_DEPTH.
	maxTreeDepth = 5
	// unwritten is added to the length of extents that read as zeros.
	unwritten = 32768
)

// content gives the reader of an inode's data. It ends with the inode's size.
func (im *Image) content(n inode) (io.ReaderAt, error) {
	m := mapper{im: im, size: n.size}
	var err error
	switch {
	case n.flags&flagCompressed != 0, n.flags&flagEncrypted != 0, n.flags&flagInline != 0:
		return nil, fmt.Errorf("compressed, encrypted and inline files are not supported (inode flags %#x)", n.flags)
	case n.flags&flagExtents != 0:
		err = m.tree(n.data[:], -1)
	default:
		err = m.blockMap(n.data[:])
	}
	if err != nil {
		return nil, err
	}
	if err := m.hole(n.size); err != nil {
		return nil, err
	}
	return extent.New(m.runs)
}

// A mapper gathers the runs of a file in order.
type mapper struct {
	im        *Image
	size, end int64 // of the file; of the runs so far
	runs      []extent.Run
}

// hole adds zeros up to the byte to.
func (m *mapper) hole(to int64) error {
	if to = min(to, m.size); to > m.end {
		return m.add(extent.Run{Length: to - m.end})
	}
	return nil
}

func (m *mapper) add(run extent.Run) error {
	if len(m.runs) >= maxRuns {
		return fmt.Errorf("more than %d extents in one file", maxRuns)
	}
	m.runs = append(m.runs, run)
	m.end += run.Length
	return nil
}

// blocks adds count blocks of the image from block physical, which stand from
// block logical in the file. What lies behind the end of the file is cut.
func (m *mapper) blocks(logical, physical, count int64) error {
	from := logical * m.im.block
	if from < m.end {
		return errors.New("its extents overlap or are not in order")
	}
	if from >= m.size {
		return nil
	}
	if err := m.hole(from); err != nil {
		return err
	}
	length := min(count*m.im.block, m.size-from)
	at := physical * m.im.block
	if at > m.im.size || length > m.im.size-at {
		return errors.New("an extent lies outside of the image")
	}
	if n := len(m.runs); n > 0 && m.runs[n-1].Source != nil && m.runs[n-1].Offset+m.runs[n-1].Length == at {
		m.runs[n-1].Length += length
		m.end += length
		return nil
	}
	return m.add(extent.Run{Length: length, Source: m.im.r, Offset: at})
}

// tree reads a node of a tree of extents. depth is what it must be, -1 at the
// root.
func (m *mapper) tree(b []byte, depth int) error {
	le := binary.LittleEndian
	if le.Uint16(b) != 0xf30a {
		return errors.New("its tree of extents is damaged")
	}
	count, at := int(le.Uint16(b[2:])), int(le.Uint16(b[6:]))
	if at > maxTreeDepth || depth >= 0 && at != depth || 12*(count+1) > len(b) {
		return errors.New("its tree of extents is damaged")
	}
	for i := range count {
		e := b[12*(i+1):]
		if at == 0 {
			if err := m.leaf(e); err != nil {
				return err
			}
			continue
		}
		child := make([]byte, m.im.block)
		block := int64(le.Uint32(e[4:])) | int64(le.Uint16(e[8:]))<<32
		if err := extent.ReadFull(m.im.r, child, block*m.im.block); err != nil {
			return fmt.Errorf("its tree of extents: %w", err)
		}
		before := len(m.runs)
		if err := m.tree(child, at-1); err != nil {
			return err
		}
		if len(m.runs) == before && m.end < m.size && count > 1 {
			return errors.New("its tree of extents has an empty node") // else one block named again and again costs much
		}
	}
	return nil
}

func (m *mapper) leaf(e []byte) error {
	le := binary.LittleEndian
	logical, length := int64(le.Uint32(e)), int64(le.Uint16(e[4:]))
	if length > unwritten {
		if logical*m.im.block < m.end {
			return errors.New("its extents overlap or are not in order")
		}
		return m.hole((logical + length - unwritten) * m.im.block)
	}
	return m.blocks(logical, int64(le.Uint32(e[8:]))|int64(le.Uint16(e[6:]))<<32, length)
}

// blockMap reads the map of ext2: 12 blocks, then three that are lists of
// blocks, lists of lists, and lists of lists of lists.
func (m *mapper) blockMap(b []byte) error {
	logical := int64(0)
	for i := range 15 {
		var err error
		if logical, err = m.mapped(logical, int64(binary.LittleEndian.Uint32(b[4*i:])), max(0, i-11)); err != nil {
			return err
		}
	}
	return nil
}

// mapped adds what one entry of a block map stands for and gives the number of
// the block after it.
func (m *mapper) mapped(logical, block int64, level int) (int64, error) {
	each := m.im.block / 4
	span := int64(1)
	for range level {
		span *= each
	}
	if block == 0 || logical*m.im.block >= m.size {
		return logical + span, nil
	}
	if level == 0 {
		return logical + 1, m.blocks(logical, block, 1)
	}
	list := make([]byte, m.im.block)
	if err := extent.ReadFull(m.im.r, list, block*m.im.block); err != nil {
		return 0, fmt.Errorf("its block map: %w", err)
	}
	before := len(m.runs)
	for i := range each {
		var err error
		if logical, err = m.mapped(logical, int64(binary.LittleEndian.Uint32(list[4*i:])), level-1); err != nil {
			return 0, err
		}
	}
	if len(m.runs) == before && m.end == 0 {
		return 0, errors.New("its block map has an empty list")
	}
	return logical, nil
}
