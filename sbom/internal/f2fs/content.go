package f2fs

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/originbom/originbom/sbom/internal/extent"
	"github.com/originbom/originbom/sbom/internal/imagefs"
)

const (
	perNode = 1018 // addresses or node numbers of a node block
	hole    = 0
	newHole = ^uint32(0) // reserved, never written
	packed  = ^uint32(1) // a compressed cluster
	// maxNodes bounds the nodes of a file, 4 KiB each to read: 127 GiB of data. One
	// node may be named again and again.
	maxNodes = 1 << 15
)

// content gives the reader of an inode's data.
func (im *Image) content(n *inode) (io.ReaderAt, error) {
	if err := n.supported(); err != nil {
		return nil, err
	}
	if n.inline&(inlineData|inlineDentry) != 0 {
		data := n.inlined()
		if n.inline&inlineData != 0 {
			if n.size > int64(len(data)) {
				return nil, errors.New("inline data is longer than its place")
			}
			data = data[:n.size]
		}
		return bytes.NewReader(data), nil
	}
	m := mapper{im: im, file: extent.NewBuilder(im.r, im.size, n.size), owner: uint32(n.id)}
	err := m.data(n.b[n.addressAt:], n.addresses)
	for i := 0; i < 5 && err == nil; i++ {
		level := []int{0, 0, 1, 1, 2}[i]
		err = m.through(binary.LittleEndian.Uint32(n.b[nodesAt+4*i:]), level)
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
	owner uint32
	nodes int // that were read
}

// data adds the blocks of a list of addresses.
func (m *mapper) data(list []byte, count int) error {
	for i := 0; i < count && !m.file.Full(); i++ {
		var err error
		switch a := binary.LittleEndian.Uint32(list[4*i:]); a {
		case packed:
			return errors.New("compressed files are not supported")
		case hole, newHole:
			err = m.file.Hole(m.file.End() + block)
		default:
			err = m.file.Add(int64(a)*block, block)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// through adds what a node stands for: addresses, or nodes of a lower level.
func (m *mapper) through(id uint32, level int) error {
	if m.file.Full() {
		return nil
	}
	if id == 0 {
		span := int64(perNode)
		for range level {
			span *= perNode
		}
		return m.file.Hole(m.file.End() + span*block)
	}
	if m.nodes++; m.nodes > maxNodes {
		return fmt.Errorf("more than %d nodes in one file", maxNodes)
	}
	b, err := m.im.node(id)
	if err == nil && binary.LittleEndian.Uint32(b[footerAt+4:]) != m.owner {
		err = fmt.Errorf("node %d belongs to another file", id)
	}
	if err != nil {
		return err
	}
	if level == 0 {
		return m.data(b, perNode)
	}
	for i := range perNode {
		if err := m.through(binary.LittleEndian.Uint32(b[4*i:]), level-1); err != nil {
			return err
		}
	}
	return nil
}

// ReadDir lists a directory: inline, or blocks of 214 slots.
func (im *Image) ReadDir(id uint64) ([]imagefs.Entry, error) {
	n, err := im.inode(id)
	if err != nil {
		return nil, err
	}
	if err := n.supported(); err != nil {
		return nil, err
	}
	if n.inline&inlineDentry != 0 {
		b := n.inlined()
		return slots(nil, b, len(b)*8/(19*8+1))
	}
	r, err := im.content(&n)
	if err != nil {
		return nil, err
	}
	return imagefs.ReadBlocks(r, n.size, block, func(out []imagefs.Entry, b []byte) ([]imagefs.Entry, error) {
		if len(b) < block {
			return nil, errors.New("it is too short")
		}
		return slots(out, b, 214)
	})
}

// slots reads entries: a bitmap of the slots in use, reserved bytes, headers of
// 11 bytes, and at the end names in pieces of 8 bytes.
func slots(out []imagefs.Entry, b []byte, count int) ([]imagefs.Entry, error) {
	names := len(b) - 8*count
	heads := names - 11*count
	le := binary.LittleEndian
	for i := 0; i < count; i++ {
		if b[i/8]&(1<<(i%8)) == 0 {
			continue
		}
		h := b[heads+11*i:]
		id, n := le.Uint32(h[4:]), int(le.Uint16(h[8:]))
		if n == 0 || n > 255 || 8*i+n > 8*count {
			return nil, fmt.Errorf("a name of %d bytes", n)
		}
		if name := string(b[names+8*i : names+8*i+n]); name != "." && name != ".." {
			out = append(out, imagefs.Entry{Name: name, ID: uint64(id)})
		}
		i += (n+7)/8 - 1
	}
	return out, nil
}
