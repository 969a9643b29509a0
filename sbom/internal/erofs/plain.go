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
	// maxDir bounds a directory in bytes: MaxEntries names of 16 letters.
	maxDir = 32 << 20
	// maxChunks bounds the chunks of a file; 4 GiB in blocks of 4 KiB.
	maxChunks = 1 << 20

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
	at := int64(n.data) << im.blockBits
	if whole > 0 && (at > im.size || whole > im.size-at) || n.end > im.size || tail > im.size-n.end {
		return nil, errors.New("the data lies outside of the image")
	}
	return extent.New([]extent.Run{
		{Length: whole, Source: im.r, Offset: at},
		{Length: tail, Source: im.r, Offset: n.end},
	})
}

// chunked gives a file of chunks that lie anywhere, or are holes.
func (im *Image) chunked(n inode) (io.ReaderAt, error) {
	bits := im.blockBits + uint(n.data&0x1f)
	each := int64(4)
	if n.data&chunkIndexes != 0 {
		each = 8
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
	runs := make([]extent.Run, 0, count)
	for i := range count {
		run := extent.Run{Length: min(1<<bits, n.size-i<<bits)}
		e := b[i*each : (i+1)*each]
		if each == 8 && binary.LittleEndian.Uint16(e[2:]) != 0 {
			return nil, errors.New("a chunk lies on another device, which is not given")
		}
		if block := binary.LittleEndian.Uint32(e[each-4:]); block != ^uint32(0) {
			run.Source, run.Offset = im.r, int64(block)<<im.blockBits
			if run.Offset > im.size || run.Length > im.size-run.Offset {
				return nil, errors.New("a chunk lies outside of the image")
			}
		}
		runs = append(runs, run)
	}
	return extent.New(runs)
}

// ReadDir lists a directory.
func (im *Image) ReadDir(id uint64) ([]imagefs.Entry, error) {
	n, err := im.inode(id)
	if err != nil {
		return nil, err
	}
	if n.size > maxDir {
		return nil, fmt.Errorf("a directory of %d bytes", n.size)
	}
	r, err := im.content(n)
	if err != nil {
		return nil, err
	}
	var out []imagefs.Entry
	block := make([]byte, 1<<im.blockBits)
	for at := int64(0); at < n.size; at += int64(len(block)) {
		b := block[:min(int64(len(block)), n.size-at)]
		if err := extent.ReadFull(r, b, at); err != nil {
			return nil, err
		}
		if out, err = dirBlock(out, b); err != nil {
			return nil, fmt.Errorf("directory block at %d: %w", at, err)
		}
	}
	return out, nil
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
