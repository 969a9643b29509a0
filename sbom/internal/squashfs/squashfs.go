// Package squashfs reads SquashFS 4.0, the compressed read-only file system of
// some vendors' partitions and of embedded Linux.
//
// The format is that of Linux, fs/squashfs/squashfs_fs.h: data blocks, then
// tables of inodes, directories and fragments in compressed blocks of 8 KiB.
// Data compressed by gzip, xz, LZ4 and Zstandard is read; LZO and the old LZMA
// are refused by name. Extended attributes and owners are not read.
package squashfs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"time"

	"github.com/originbom/originbom/sbom/internal/extent"
	"github.com/originbom/originbom/sbom/internal/imagefs"
)

// Magic starts an image.
const Magic = "hsqs"

const (
	superSize = 96
	metaSize  = 8 << 10 // bytes of an expanded block of metadata
	maxBlock  = 1 << 20 // bytes of a data block, SQUASHFS_FILE_MAX_SIZE
	minBlock  = 4 << 10
	noPlace   = ^uint32(0)
	// maxFragments bounds the table of fragments: 16 bytes each.
	maxFragments = 1 << 22
	// maxBlocks bounds the blocks of a file, 8 bytes each while it is open: 512 GiB
	// in blocks of 128 KiB.
	maxBlocks = 1 << 22
	// cachedMeta is how many blocks of metadata are kept.
	cachedMeta = 64
)

// Image is a SquashFS file system. It implements [imagefs.Tree]; the number of a
// node is its place in the table of inodes.
type Image struct {
	r           io.ReaderAt
	size        int64
	block       int64
	compression uint16
	root        uint64
	inodes      int64 // where the tables start
	dirs        int64
	fragments   []fragment

	mu   sync.Mutex
	meta map[int64]metaBlock
}

var _ imagefs.Tree = (*Image)(nil)

type fragment struct {
	at   int64
	size uint32
}

// Open reads the superblock and the table of fragments of an image of size bytes.
func Open(r io.ReaderAt, size int64) (*Image, error) {
	b := make([]byte, superSize)
	if err := extent.ReadFull(r, b, 0); err != nil || string(b[:4]) != Magic {
		return nil, errors.New("not a SquashFS image")
	}
	le := binary.LittleEndian
	im := &Image{
		r: r, size: size, block: int64(le.Uint32(b[12:])), compression: le.Uint16(b[20:]), root: le.Uint64(b[32:]),
		inodes: int64(le.Uint64(b[64:])), dirs: int64(le.Uint64(b[72:])), meta: map[int64]metaBlock{},
	}
	count, table := int64(le.Uint32(b[16:])), int64(le.Uint64(b[80:]))
	switch {
	case le.Uint16(b[28:]) != 4:
		return nil, fmt.Errorf("version %d of SquashFS is not known", le.Uint16(b[28:]))
	case names[im.compression] == "":
		return nil, fmt.Errorf("SquashFS compression %d is not supported", im.compression)
	case im.block < minBlock || im.block > maxBlock || im.block&(im.block-1) != 0:
		return nil, fmt.Errorf("SquashFS blocks of %d bytes", im.block)
	case le.Uint64(b[40:]) > uint64(size):
		return nil, fmt.Errorf("the superblock says %d bytes, the image has %d: it is cut", le.Uint64(b[40:]), size)
	case im.inodes < 0 || im.inodes > size || im.dirs < 0 || im.dirs > size:
		return nil, errors.New("a table lies outside of the image")
	}
	if err := im.readFragments(table, count); err != nil {
		return nil, err
	}
	return im, nil
}

// readFragments reads the table of fragments: 512 entries a block of metadata,
// whose places are listed at table.
func (im *Image) readFragments(table, count int64) error {
	if count == 0 {
		return nil
	}
	blocks := (count + 511) / 512
	if count > maxFragments || table < 0 || table > im.size || blocks*8 > im.size-table {
		return fmt.Errorf("%d fragments are more than %d, or than the image holds", count, maxFragments)
	}
	list := make([]byte, blocks*8)
	if err := extent.ReadFull(im.r, list, table); err != nil {
		return err
	}
	le := binary.LittleEndian
	for ; len(list) > 0; list = list[8:] {
		m, err := im.metaAt(int64(le.Uint64(list)))
		if err != nil {
			return fmt.Errorf("table of fragments: %w", err)
		}
		for b := m.data; len(b) >= 16 && int64(len(im.fragments)) < count; b = b[16:] {
			im.fragments = append(im.fragments, fragment{int64(le.Uint64(b)), le.Uint32(b[8:])})
		}
	}
	if int64(len(im.fragments)) != count {
		return errors.New("the table of fragments is cut")
	}
	return nil
}

// Types of inode.
const (
	typeDir      = 1
	typeFile     = 2
	typeLink     = 3
	typeLongDir  = 8
	typeLongFile = 9
	typeLongLink = 10
)

type inode struct {
	kind     int
	mode     fs.FileMode
	mtime    int64
	size     int64
	start    int64  // of a file's blocks; of a directory in its table
	offset   uint32 // in the fragment; in the directory's block of metadata
	fragment uint32
	body     *metaReader // behind the fixed part: block sizes, or the link's target
}

func (im *Image) inode(id uint64) (inode, error) {
	m, err := im.reader(im.inodes, int64(id>>16), int(id&0xffff))
	if err != nil {
		return inode{}, fmt.Errorf("inode %#x: %w", id, err)
	}
	n, err := readInode(m)
	if err != nil {
		return inode{}, fmt.Errorf("inode %#x: %w", id, err)
	}
	if n.size < 0 || n.size > extent.MaxSize {
		return inode{}, fmt.Errorf("inode %#x: a size of %d bytes", id, uint64(n.size))
	}
	return n, nil
}

var unixTypes = [...]uint32{0, 0o040000, 0o100000, 0o120000, 0o060000, 0o020000, 0o010000, 0o140000}

func readInode(m *metaReader) (inode, error) {
	h := m.take(16)
	le := binary.LittleEndian
	kind := int(le.Uint16(h))
	if m.err != nil || kind < 1 || kind > 14 {
		return inode{}, errors.Join(m.err, fmt.Errorf("unknown type %d", kind))
	}
	n := inode{kind: kind, mtime: int64(le.Uint32(h[8:])), fragment: noPlace, body: m}
	n.mode = imagefs.Mode(uint32(le.Uint16(h[2:]))&0o7777 | unixTypes[(kind-1)%7+1])
	switch kind {
	case typeDir:
		b := m.take(16)
		n.start, n.size, n.offset = int64(le.Uint32(b)), int64(le.Uint16(b[8:])), uint32(le.Uint16(b[10:]))
	case typeLongDir:
		b := m.take(24)
		n.size, n.start, n.offset = int64(le.Uint32(b[4:])), int64(le.Uint32(b[8:])), uint32(le.Uint16(b[18:]))
	case typeFile:
		b := m.take(16)
		n.start, n.fragment, n.offset, n.size = int64(le.Uint32(b)), le.Uint32(b[4:]), le.Uint32(b[8:]), int64(le.Uint32(b[12:]))
	case typeLongFile:
		b := m.take(40)
		n.start, n.size, n.fragment, n.offset = int64(le.Uint64(b)), int64(le.Uint64(b[8:])), le.Uint32(b[28:]), le.Uint32(b[32:])
	case typeLink, typeLongLink:
		n.size = int64(le.Uint32(m.take(8)[4:]))
	}
	return n, m.err
}

// Root is the number of the root directory.
func (im *Image) Root() uint64 { return im.root }

// Stat describes an inode.
func (im *Image) Stat(id uint64) (imagefs.Node, error) {
	n, err := im.inode(id)
	return imagefs.Node{Mode: n.mode, Size: n.size, ModTime: time.Unix(n.mtime, 0).UTC()}, err
}

// ReadDir lists a directory: headers, each followed by up to 256 entries.
func (im *Image) ReadDir(id uint64) ([]imagefs.Entry, error) {
	n, err := im.inode(id)
	switch {
	case err != nil:
		return nil, err
	case n.kind != typeDir && n.kind != typeLongDir:
		return nil, fs.ErrInvalid
	case n.size > imagefs.MaxDir:
		return nil, fmt.Errorf("a directory of %d bytes", n.size)
	}
	m, err := im.reader(im.dirs, n.start, int(n.offset))
	if err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	var out []imagefs.Entry
	for left := n.size - 3; left > 0; { // 3 stands for "." and ".."
		h := m.take(12)
		count, block := int(le.Uint32(h))+1, uint64(le.Uint32(h[4:]))
		if m.err != nil || count > 256 {
			return nil, errors.Join(m.err, errors.New("a damaged directory"))
		}
		left -= 12
		for range count {
			e := m.take(8)
			name := m.take(int(le.Uint16(e[6:])) + 1)
			if m.err != nil {
				return nil, m.err
			}
			left -= int64(8 + len(name))
			out = append(out, imagefs.Entry{Name: string(name), ID: block<<16 | uint64(le.Uint16(e))})
		}
	}
	return out, nil
}
