// Package ext4 reads ext2, ext3 and ext4 file systems.
//
// It reads what images of phones hold: extents and block maps, 32 and 64 bit,
// shared blocks, indexed directories (as the plain lists that they are too). The
// format is that of Linux, Documentation/filesystems/ext4. A journal that was
// not replayed, encrypted, inline and compressed files are refused by name.
// Checksums are not compared, extended attributes not read.
package ext4

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
	superAt   = 1024
	superSize = 1024
	// MagicAt is where Magic stands in an image.
	MagicAt = superAt + 56
	// Magic is that of the superblock.
	Magic = "\x53\xef"

	rootInode = 2
	// maxGroups bounds the block groups: 16 TiB in groups of 128 MiB.
	maxGroups = 1 << 17
)

// Bits of feature_incompat.
const (
	featureFiletype = 0x2
	featureRecover  = 0x4
	feature64Bit    = 0x80
	// featuresKnown: filetype, extents, 64bit, mmp, flex_bg, ea_inode, csum_seed,
	// largedir, casefold; and inline_data and encrypt, which single inodes have.
	featuresKnown = featureFiletype | 0x40 | feature64Bit | 0x100 | 0x200 | 0x400 | 0x2000 | 0x4000 | 0x20000 | flagsPerInode
	flagsPerInode = 0x8000 | 0x10000
)

// Image is a file system. It implements [imagefs.Tree].
type Image struct {
	r              io.ReaderAt
	size           int64
	block          int64 // bytes of a block
	inodes, inSize int64 // how many, bytes of each
	perGroup       int64 // inodes of a group
	tables         []int64
}

var _ imagefs.Tree = (*Image)(nil)

// Open reads the superblock and the group descriptors of an image of size bytes.
func Open(r io.ReaderAt, size int64) (*Image, error) {
	sb := make([]byte, superSize)
	if err := extent.ReadFull(r, sb, superAt); err != nil || string(sb[56:58]) != Magic {
		return nil, errors.New("not an ext4 image")
	}
	le := binary.LittleEndian
	features := le.Uint32(sb[96:])
	switch {
	case features&featureRecover != 0:
		return nil, errors.New("the journal was not replayed: the image is that of a running or crashed system")
	case features&^featuresKnown != 0:
		return nil, fmt.Errorf("ext4 features %#x are not known", features&^featuresKnown)
	case le.Uint32(sb[24:]) > 6:
		return nil, fmt.Errorf("ext4 blocks of 2^%d KiB", le.Uint32(sb[24:]))
	}
	im := &Image{r: r, size: size, block: 1024 << le.Uint32(sb[24:]), inodes: int64(le.Uint32(sb)), inSize: 128, perGroup: int64(le.Uint32(sb[40:]))}
	if le.Uint32(sb[76:]) > 0 {
		im.inSize = int64(le.Uint16(sb[88:]))
	}
	blocks, descriptor := int64(le.Uint32(sb[4:])), int64(32)
	if features&feature64Bit != 0 {
		blocks |= int64(le.Uint32(sb[336:])) << 32
		descriptor = int64(le.Uint16(sb[254:]))
	}
	first, each := int64(le.Uint32(sb[20:])), int64(le.Uint32(sb[32:]))
	switch {
	case blocks <= first || blocks > size/im.block:
		return nil, fmt.Errorf("the superblock says %d blocks of %d bytes, the image has %d bytes: it is cut", blocks, im.block, size)
	case each == 0 || im.perGroup == 0 || im.inSize < 128 || im.inSize > im.block || descriptor < 32 || descriptor > im.block:
		return nil, errors.New("the superblock is damaged")
	}
	groups := (blocks - first + each - 1) / each
	if groups > maxGroups || groups*descriptor > size {
		return nil, fmt.Errorf("%d block groups are more than %d, or than the image holds", groups, maxGroups)
	}
	if err := im.readGroups((first+1)*im.block, groups, descriptor); err != nil {
		return nil, err
	}
	return im, nil
}

func (im *Image) readGroups(at, groups, descriptor int64) error {
	b := make([]byte, groups*descriptor)
	if err := extent.ReadFull(im.r, b, at); err != nil {
		return fmt.Errorf("group descriptors: %w", err)
	}
	le := binary.LittleEndian
	for ; len(b) > 0; b = b[descriptor:] {
		table := int64(le.Uint32(b[8:]))
		if descriptor >= 64 {
			table |= int64(le.Uint32(b[40:])) << 32
		}
		if table > im.size/im.block {
			return errors.New("a table of inodes lies outside of the image")
		}
		im.tables = append(im.tables, table*im.block)
	}
	return nil
}

// Flags of an inode.
const (
	flagCompressed = 0x4
	flagEncrypted  = 0x800
	flagExtents    = 0x80000
	flagInline     = 0x10000000
)

type inode struct {
	mode  fs.FileMode
	size  int64
	flags uint32
	mtime int64
	data  [60]byte // i_block
}

func (im *Image) inode(id uint64) (inode, error) {
	if id == 0 || id > uint64(im.inodes) {
		return inode{}, fmt.Errorf("there is no inode %d", id)
	}
	group, index := (int64(id)-1)/im.perGroup, (int64(id)-1)%im.perGroup
	if group >= int64(len(im.tables)) {
		return inode{}, fmt.Errorf("there is no inode %d", id)
	}
	b := make([]byte, 128)
	if err := extent.ReadFull(im.r, b, im.tables[group]+index*im.inSize); err != nil {
		return inode{}, fmt.Errorf("inode %d: %w", id, err)
	}
	le := binary.LittleEndian
	n := inode{
		mode: imagefs.Mode(uint32(le.Uint16(b))), flags: le.Uint32(b[32:]), mtime: int64(int32(le.Uint32(b[16:]))),
		size: int64(le.Uint32(b[4:])) | int64(le.Uint32(b[108:]))<<32, data: [60]byte(b[40:]),
	}
	if n.size < 0 || n.size > extent.MaxSize {
		return inode{}, fmt.Errorf("inode %d: a size of %d bytes", id, uint64(n.size))
	}
	return n, nil
}

// Root is the number of the root directory.
func (im *Image) Root() uint64 { return rootInode }

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
	return im.content(n)
}

// ReadDir lists a directory. The nodes of an indexed one's tree look like
// deleted entries and are passed over.
func (im *Image) ReadDir(id uint64) ([]imagefs.Entry, error) {
	n, err := im.inode(id)
	if err != nil {
		return nil, err
	}
	r, err := im.content(n)
	if err != nil {
		return nil, err
	}
	return imagefs.ReadBlocks(r, n.size, im.block, dirBlock)
}

func dirBlock(out []imagefs.Entry, b []byte) ([]imagefs.Entry, error) {
	le := binary.LittleEndian
	for len(b) >= 8 {
		inode, size, name := le.Uint32(b), int(le.Uint16(b[4:])), int(b[6])
		if size == 0 || size == 65535 {
			size = 65536 // of blocks of 64 KiB
		}
		if size < 8+name || size%4 != 0 || size > len(b) {
			return nil, fmt.Errorf("an entry of %d bytes", size)
		}
		if s := string(b[8 : 8+name]); inode != 0 && s != "." && s != ".." {
			out = append(out, imagefs.Entry{Name: s, ID: uint64(inode)})
		}
		b = b[size:]
	}
	return out, nil
}
