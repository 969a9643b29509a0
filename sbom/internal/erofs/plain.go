package erofs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/originbom/originbom/sbom/internal/extent"
	"github.com/originbom/originbom/sbom/internal/imagefs"
)

const (
	direntSize = 12
	// maxChunks bounds the chunks of a file; 4 GiB in blocks of 4 KiB.
	maxChunks = extent.MaxRuns
	// maxChunkBits keeps a chunk below what any file has: 16 TiB.
	maxChunkBits = 44

	chunkIndexes = 0x20 // in the chunk format: entries of 8 bytes
)

// flat gives a file whose blocks lie together; with layoutInline its tail
// follows the inode.
func (im *Image) flat(n inode) (io.ReaderAt, error) {
	block := int64(1) << im.blockBits
	whole, tail := n.size, int64(0)
	if n.layout == layoutInline {
		tail = n.size & (block - 1)
		whole -= tail
		if tail > 0 && n.end&(block-1)+tail > block {
			return nil, errors.New("the inline tail crosses a block")
		}
	}
	file := extent.NewBuilder(im.r, im.size, n.size)
	if err := errors.Join(file.Add(int64(n.data)<<im.blockBits, whole), file.Add(n.end, tail)); err != nil {
		return nil, err
	}
	return file.Reader()
}

// chunked gives a file of chunks that lie anywhere, or are holes.
func (im *Image) chunked(n inode) (io.ReaderAt, error) {
	bits := im.blockBits + uint(n.data&0x1f)
	each := int64(4)
	if n.data&chunkIndexes != 0 {
		each = 8
	}
	if bits > maxChunkBits {
		return nil, fmt.Errorf("chunks of 2^%d bytes", bits)
	}
	count := (n.size + 1<<bits - 1) >> bits
	table := (n.end + each - 1) / each * each
	if count > maxChunks || table > im.size || count*each > im.size-table {
		return nil, fmt.Errorf("%d chunks are more than %d, or than the image holds", count, maxChunks)
	}
	b := make([]byte, count*each)
	if err := extent.ReadFull(im.r, b, table); err != nil {
		return nil, err
	}
	file := extent.NewBuilder(im.r, im.size, n.size)
	for i := range count {
		e := b[i*each : (i+1)*each]
		if each == 8 && binary.LittleEndian.Uint16(e[2:]) != 0 {
			return nil, errors.New("a chunk lies on another device, which is not given")
		}
		var err error
		if block := binary.LittleEndian.Uint32(e[each-4:]); block == ^uint32(0) {
			err = file.Hole(file.End() + 1<<bits)
		} else {
			err = file.Add(int64(block)<<im.blockBits, 1<<bits)
		}
		if err != nil {
			return nil, err
		}
	}
	return file.Reader()
}

// ReadDir lists a directory.
func (im *Image) ReadDir(id uint64) ([]imagefs.Entry, error) {
	n, err := im.inode(id)
	if err != nil {
		return nil, err
	}
	r, err := im.content(n)
	if err != nil {
		return nil, err
	}
	return imagefs.ReadBlocks(r, n.size, 1<<im.blockBits, dirBlock)
}

// dirBlock appends the entries of one block: headers of 12 bytes first, then the
// names; the first name's offset tells how many headers there are.
func dirBlock(out []imagefs.Entry, b []byte) ([]imagefs.Entry, error) {
	if len(b) < direntSize {
		return nil, errors.New("it is too short")
	}
	le := binary.LittleEndian
	heads := int(le.Uint16(b[8:]))
	if heads < direntSize || heads%direntSize != 0 || heads > len(b) {
		return nil, fmt.Errorf("the first name is at %d", heads)
	}
	for h := 0; h < heads; h += direntSize {
		from, to := int(le.Uint16(b[h+8:])), len(b)
		if h+direntSize < heads {
			to = int(le.Uint16(b[h+direntSize+8:]))
		}
		if from < heads || from >= to || to > len(b) {
			return nil, fmt.Errorf("the name of entry %d lies outside", h/direntSize)
		}
		name := string(b[from:to])
		if h+direntSize >= heads {
			name, _, _ = strings.Cut(name, "\x00")
		}
		if name != "." && name != ".." {
			out = append(out, imagefs.Entry{Name: name, ID: le.Uint64(b[h:])})
		}
	}
	return out, nil
}
