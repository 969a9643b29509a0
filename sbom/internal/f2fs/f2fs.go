// Package f2fs reads F2FS, the file system of flash storage, as it was last
// checkpointed.
//
// The format is that of Linux, include/linux/f2fs_fs.h. A node number leads
// through the node address table, or the journal in the checkpoint, to a block;
// an inode holds addresses of data and of further nodes, or small contents
// itself. What was written after the checkpoint (roll-forward recovery) is not
// read. Compressed and encrypted files are refused one by one. Extended
// attributes are not read.
package f2fs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/originbom/originbom/sbom/internal/extent"
	"github.com/originbom/originbom/sbom/internal/imagefs"
)

const (
	// MagicAt is where Magic stands in an image.
	MagicAt = 1024
	// Magic starts the superblock.
	Magic = "\x10\x20\xf5\xf2"

	block     = 4096
	superSize = 3072

	featureExtraAttr      = 0x8
	featureFlexibleInline = 0x40
)

// Image is a file system. It implements [imagefs.Tree].
type Image struct {
	r        io.ReaderAt
	size     int64
	features uint32
	root     uint64

	segment int64 // blocks of a segment
	nat     int64 // first block of the node address table
	bitmap  []byte
	nodes   int64             // node numbers end here
	journal map[uint32]uint32 // node number to block
}

var _ imagefs.Tree = (*Image)(nil)

// Open reads the superblock and the checkpoint of an image of size bytes.
func Open(r io.ReaderAt, size int64) (*Image, error) {
	b := make([]byte, superSize)
	if err := extent.ReadFull(r, b, MagicAt); err != nil || string(b[:4]) != Magic {
		return nil, errors.New("not an F2FS image")
	}
	le := binary.LittleEndian
	if le.Uint32(b[16:]) != 12 {
		return nil, fmt.Errorf("F2FS blocks of 2^%d bytes are not supported", le.Uint32(b[16:]))
	}
	if le.Uint32(b[20:]) != 9 {
		return nil, fmt.Errorf("F2FS segments of 2^%d blocks", le.Uint32(b[20:]))
	}
	im := &Image{
		r: r, size: size, features: le.Uint32(b[2180:]), root: uint64(le.Uint32(b[96:])), segment: 512,
		nat: int64(le.Uint32(b[84:])), journal: map[uint32]uint32{},
	}
	if le.Uint64(b[36:]) > uint64(size/block) {
		return nil, fmt.Errorf("the superblock says %d blocks, the image has %d: it is cut", le.Uint64(b[36:]), size/block)
	}
	// Half of the table's segments are its second copy.
	im.nodes = int64(le.Uint32(b[56:])) / 2 * im.segment * natPerBlock
	if err := im.checkpoint(int64(le.Uint32(b[76:])), int64(le.Uint32(b[1664:]))); err != nil {
		return nil, err
	}
	return im, nil
}

// readBlock reads a block of the image.
func (im *Image) readBlock(n int64) ([]byte, error) {
	if n <= 0 || n >= im.size/block {
		return nil, fmt.Errorf("block %d lies outside of the image", n)
	}
	b := make([]byte, block)
	return b, extent.ReadFull(im.r, b, n*block)
}

// Bits of i_inline.
const (
	inlineXattr  = 0x01
	inlineData   = 0x02
	inlineDentry = 0x04
	extraAttr    = 0x20
)

// Flags of an inode.
const (
	flagCompressed  = 0x4
	adviseEncrypted = 0x4
)

// An inode is a node block of a file, decoded. addressAt and addresses say where
// in it the addresses of data stand, and how many.
type inode struct {
	id        uint64
	b         []byte
	mode      fs.FileMode
	size      int64
	mtime     int64
	inline    byte
	addressAt int
	addresses int
}

const (
	addressesAt  = 360
	maxAddresses = 923
	nodesAt      = 4052 // the 5 node numbers of an inode
	footerAt     = 4072
)

func (im *Image) inode(id uint64) (inode, error) {
	b, err := im.node(uint32(id))
	if err != nil {
		return inode{}, fmt.Errorf("inode %d: %w", id, err)
	}
	le := binary.LittleEndian
	n := inode{
		id: id, b: b, mode: imagefs.Mode(uint32(le.Uint16(b))), size: int64(le.Uint64(b[16:])), mtime: int64(le.Uint64(b[48:])),
		inline: b[3], addressAt: addressesAt, addresses: maxAddresses,
	}
	if uint64(le.Uint32(b[footerAt:])) != id || le.Uint32(b[footerAt+4:]) != uint32(id) {
		return inode{}, fmt.Errorf("inode %d: the node is another's", id)
	}
	if n.size < 0 || n.size > extent.MaxSize {
		return inode{}, fmt.Errorf("inode %d: a size of %d bytes", id, uint64(n.size))
	}
	xattr := 0
	if n.inline&(inlineXattr|inlineDentry) != 0 {
		xattr = 50
	}
	if n.inline&extraAttr != 0 && im.features&featureExtraAttr != 0 {
		extra := int(le.Uint16(b[addressesAt:]))
		if extra%4 != 0 || extra > 400 {
			return inode{}, fmt.Errorf("inode %d: %d bytes of extra attributes", id, extra)
		}
		n.addressAt += extra
		n.addresses -= extra / 4
		if im.features&featureFlexibleInline != 0 {
			xattr = int(le.Uint16(b[addressesAt+2:]))
		}
	}
	if xattr >= n.addresses {
		return inode{}, fmt.Errorf("inode %d: %d words of attributes", id, xattr)
	}
	n.addresses -= xattr
	return n, nil
}

// inlined is the content that is in the inode itself; a word before it is
// reserved.
func (n *inode) inlined() []byte { return n.b[n.addressAt+4 : n.addressAt+4*n.addresses] }

func (n *inode) supported() error {
	if n.b[2]&adviseEncrypted != 0 || binary.LittleEndian.Uint32(n.b[80:])&flagCompressed != 0 {
		return errors.New("encrypted and compressed files are not supported")
	}
	return nil
}

// Root is the number of the root directory.
func (im *Image) Root() uint64 { return im.root }

// Stat describes an inode.
func (im *Image) Stat(id uint64) (imagefs.Node, error) {
	n, err := im.inode(id)
	return imagefs.Node{Mode: n.mode, Size: n.size, ModTime: time.Unix(n.mtime, 0).UTC()}, err
}

// Open gives the content of a file, or the target of a link.
func (im *Image) Open(id uint64) (io.ReaderAt, error) {
	n, err := im.inode(id)
	if err != nil {
		return nil, err
	}
	return im.content(&n)
}
