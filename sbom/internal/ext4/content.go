package ext4

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/originbom/originbom/sbom/internal/extent"
)

const (
	// maxIndex bounds the bytes of a file's extent tree or block map that are read.
	// A map of 32 GiB in blocks of 1 KiB has 128 MiB; without a bound, one that
	// names a list again and again would cost a billion steps.
	maxIndex = 128 << 20
	// maxTreeDepth is that of Linux, EXT4_MAX_EXTENT_DEPTH.
	maxTreeDepth = 5
	// unwritten is added to the length of extents that read as zeros.
	unwritten = 32768
)

// content gives the reader of an inode's data. It ends with the inode's size.
func (im *Image) content(n inode) (io.ReaderAt, error) {
	m := mapper{im: im, file: extent.NewBuilder(im.r, im.size, n.size), size: n.size}
	var err error
	switch {
	case n.flags&flagCompressed != 0, n.flags&flagEncrypted != 0, n.flags&flagInline != 0:
		return nil, fmt.Errorf("compressed, encrypted and inline files are not supported (inode flags %#x)", n.flags)
	case n.mode.Type() == fs.ModeSymlink && n.size < int64(len(n.data)) && n.flags&flagExtents == 0:
		return bytes.NewReader(n.data[:n.size]), nil // a short target stands in the inode itself
	case n.flags&flagExtents != 0:
		err = m.tree(n.data[:], -1)
	default:
		err = m.blockMap(n.data[:])
	}
	if err != nil {
		return nil, err
	}
	return m.file.Reader()
}

// A mapper gathers the runs of a file in order.
type mapper struct {
	im    *Image
	file  *extent.Builder
	size  int64
	index int64 // bytes of the tree or map that were read
}

// blocks adds count blocks of the image from block physical, which stand from
// block logical in the file. What lies behind the end of the file is cut.
func (m *mapper) blocks(logical, physical, count int64) error {
	if err := m.skip(logical); err != nil || m.file.Full() {
		return err
	}
	if physical > m.im.size/m.im.block { // before the product can overflow
		return errors.New("an extent lies outside of the image")
	}
	return m.file.Add(physical*m.im.block, count*m.im.block)
}

// skip adds zeros up to block logical of the file.
func (m *mapper) skip(logical int64) error {
	if logical*m.im.block < m.file.End() && !m.file.Full() {
		return errors.New("its extents overlap or are not in order")
	}
	return m.file.Hole(logical * m.im.block)
}

// node reads a block of the tree or the map.
func (m *mapper) node(block int64) ([]byte, error) {
	if m.index += m.im.block; m.index > maxIndex {
		return nil, fmt.Errorf("it has more than %d MiB", maxIndex>>20)
	}
	if block >= m.im.size/m.im.block {
		return nil, errors.New("it lies outside of the image")
	}
	b := make([]byte, m.im.block)
	return b, extent.ReadFull(m.im.r, b, block*m.im.block)
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
		child, err := m.node(int64(le.Uint32(e[4:])) | int64(le.Uint16(e[8:]))<<32)
		if err != nil {
			return fmt.Errorf("its tree of extents: %w", err)
		}
		if err := m.tree(child, at-1); err != nil {
			return err
		}
	}
	return nil
}

func (m *mapper) leaf(e []byte) error {
	le := binary.LittleEndian
	logical, length := int64(le.Uint32(e)), int64(le.Uint16(e[4:]))
	if length > unwritten {
		if err := m.skip(logical); err != nil {
			return err
		}
		return m.skip(logical + length - unwritten)
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
	list, err := m.node(block)
	if err != nil {
		return 0, fmt.Errorf("its block map: %w", err)
	}
	for i := range each {
		if logical, err = m.mapped(logical, int64(binary.LittleEndian.Uint32(list[4*i:])), level-1); err != nil {
			return 0, err
		}
	}
	return logical, nil
}
