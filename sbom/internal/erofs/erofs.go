// Package erofs reads EROFS, the compressed read-only file system of Android's
// system partitions since Android 13.
//
// All that mkfs.erofs writes on one device is read: plain, inline and
// chunk-based files, and files compressed by LZ4, MicroLZMA, DEFLATE and
// Zstandard, with full or compact indexes, big physical clusters, inline tails
// (ztailpacking), fragments and deduplication. The format is that of Linux,
// fs/erofs/erofs_fs.h. Extra devices, 48-bit addresses and the metadata box of
// Linux 6.17 are refused by name. Extended attributes are not read.
//
// Files are decompressed one extent at a time, when they are read.
package erofs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/originbom/originbom/sbom/internal/extent"
	"github.com/originbom/originbom/sbom/internal/imagefs"
)

const (
	// MagicAt is where Magic stands in an image.
	MagicAt = 1024
	// Magic starts the superblock.
	Magic = "\xe2\xe1\xf5\xe0"

	superSize = 128
)

// Bits of feature_incompat.
const (
	featureZeroPadding       = 0x01 // LZ4 data ends at the end of its blocks
	featureBigPcluster       = 0x02 // the same bit: compression configurations
	featureChunked           = 0x04
	featureHead2             = 0x08 // the same bit: device table
	featureTail              = 0x10
	featureFragments         = 0x20 // the same bit: deduplication
	featureXattrPrefix       = 0x40
	featuresKnown            = featureZeroPadding | featureBigPcluster | featureChunked | featureHead2 | featureTail | featureFragments | featureXattrPrefix
	featureWideBlocks        = 0x80
	featureMetadataBox       = 0x100
	maxBlockBits             = 16 // blocks of 64 KiB, the largest page of Linux
	minBlockBits             = 9
	slotBits                 = 5 // inodes stand at multiples of 32 bytes
	maxFile            int64 = extent.MaxSize
)

// Image is an EROFS file system. It implements [imagefs.Tree].
type Image struct {
	r         io.ReaderAt
	size      int64
	blockBits uint
	root      uint64
	packed    uint64 // inode of the fragments, 0 if there are none
	metaAt    int64  // byte at which inode 0 would stand
	padded    bool
	buildTime int64
}

var _ imagefs.Tree = (*Image)(nil)

// Open reads the superblock of an image of size bytes.
func Open(r io.ReaderAt, size int64) (*Image, error) {
	sb := make([]byte, superSize)
	if err := extent.ReadFull(r, sb, MagicAt); err != nil || string(sb[:4]) != Magic {
		return nil, errors.New("not an EROFS image")
	}
	le := binary.LittleEndian
	features := le.Uint32(sb[80:])
	im := &Image{
		r: r, size: size, blockBits: uint(sb[12]), root: uint64(le.Uint16(sb[14:])),
		packed: le.Uint64(sb[96:]), padded: features&featureZeroPadding != 0, buildTime: int64(le.Uint64(sb[24:])),
	}
	if features&featureFragments == 0 {
		im.packed = 0
	}
	switch {
	case features&(featureWideBlocks|featureMetadataBox) != 0:
		return nil, fmt.Errorf("EROFS features %#x (48-bit addresses, metadata box) are not supported", features)
	case features&^featuresKnown != 0:
		return nil, fmt.Errorf("EROFS features %#x are not known", features&^featuresKnown)
	case im.blockBits < minBlockBits || im.blockBits > maxBlockBits:
		return nil, fmt.Errorf("EROFS blocks of 2^%d bytes", im.blockBits)
	case sb[90] != 0:
		return nil, fmt.Errorf("EROFS directory blocks of other sizes are not supported")
	case le.Uint16(sb[86:]) != 0:
		return nil, errors.New("the EROFS image keeps data on other devices, which are not given")
	}
	im.metaAt = int64(le.Uint32(sb[40:])) << im.blockBits
	if uint64(le.Uint32(sb[36:]))<<im.blockBits > uint64(size) {
		return nil, fmt.Errorf("the EROFS superblock says %d blocks, the image has %d bytes: it is cut", le.Uint32(sb[36:]), size)
	}
	return im, nil
}

// Layouts of a file's data.
const (
	layoutPlain   = 0
	layoutFull    = 1 // compressed, indexes of 8 bytes
	layoutInline  = 2
	layoutCompact = 3 // compressed, indexes of 2 and 4 bytes
	layoutChunked = 4
)

// An inode is what its 32 or 64 bytes say.
type inode struct {
	id     uint64
	mode   uint32
	size   int64
	layout int
	data   uint32 // first block, or chunk format
	end    int64  // byte behind the inode and its attributes
	mtime  int64
}

func (im *Image) inode(id uint64) (inode, error) {
	if id > uint64(im.size)>>slotBits {
		return inode{}, fmt.Errorf("inode %d lies behind the end of the image", id)
	}
	at := im.metaAt + int64(id)<<slotBits
	b := make([]byte, 64)
	if err := extent.ReadFull(im.r, b[:32], at); err != nil {
		return inode{}, fmt.Errorf("inode %d: %w", id, err)
	}
	le := binary.LittleEndian
	format := le.Uint16(b)
	n := inode{
		id: id, mode: uint32(le.Uint16(b[4:])), size: int64(le.Uint32(b[8:])),
		layout: int(format >> 1 & 7), data: le.Uint32(b[16:]), end: at + 32, mtime: im.buildTime,
	}
	if format&^0xf != 0 || n.layout > layoutChunked {
		return inode{}, fmt.Errorf("inode %d: unknown format %#x", id, format)
	}
	if format&1 != 0 {
		if err := extent.ReadFull(im.r, b[32:], at+32); err != nil {
			return inode{}, fmt.Errorf("inode %d: %w", id, err)
		}
		n.size, n.mtime, n.end = int64(le.Uint64(b[8:])), int64(le.Uint64(b[32:])), at+64
	}
	if n.size < 0 || n.size > maxFile {
		return inode{}, fmt.Errorf("inode %d: a size of %d bytes", id, uint64(n.size))
	}
	if count := int64(le.Uint16(b[2:])); count > 0 {
		n.end += 12 + (count-1)*4
	}
	return n, nil
}

// Root is the number of the root directory.
func (im *Image) Root() uint64 { return im.root }

// Stat describes an inode.
func (im *Image) Stat(id uint64) (imagefs.Node, error) {
	n, err := im.inode(id)
	if err != nil {
		return imagefs.Node{}, err
	}
	return imagefs.Node{Mode: imagefs.Mode(n.mode), Size: n.size, ModTime: time.Unix(n.mtime, 0).UTC()}, nil
}

// Open gives the content of a file, or the target of a link.
func (im *Image) Open(id uint64) (io.ReaderAt, error) {
	n, err := im.inode(id)
	if err != nil {
		return nil, err
	}
	return im.content(n)
}

// content gives a reader of the inode's data.
func (im *Image) content(n inode) (io.ReaderAt, error) {
	switch n.layout {
	case layoutPlain, layoutInline:
		return im.flat(n)
	case layoutChunked:
		return im.chunked(n)
	}
	return im.compressed(n)
}
