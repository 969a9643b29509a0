package squashfs

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/originbom/originbom/sbom/internal/extent"
	"github.com/originbom/originbom/sbom/internal/imagefs"
)

// stored marks a data block that is not compressed.
const stored = 1 << 24

// A file says where the blocks of one file are.
type file struct {
	im     *Image
	size   int64
	blocks []fragment // places of the blocks; the last may be in a fragment
	offset int64      // in the last block, if it is a fragment
}

// Open gives the content of a file, or the target of a link.
func (im *Image) Open(id uint64) (io.ReaderAt, error) {
	n, err := im.inode(id)
	if err != nil {
		return nil, err
	}
	switch n.kind {
	case typeLink, typeLongLink:
		return n.target()
	case typeFile, typeLongFile:
		return im.open(n)
	}
	return nil, fs.ErrInvalid
}

// target gives where a link leads.
func (n *inode) target() (io.ReaderAt, error) {
	if n.size > imagefs.MaxLink {
		return nil, fmt.Errorf("the link's target has %d bytes", n.size)
	}
	b := n.body.take(int(n.size))
	return bytes.NewReader(b), n.body.err
}

// open reads where the blocks of a file are.
func (im *Image) open(n inode) (io.ReaderAt, error) {
	f := &file{im: im, size: n.size}
	whole := n.size / im.block
	if n.fragment == noPlace {
		whole = (n.size + im.block - 1) / im.block
	}
	if whole > maxBlocks || whole > im.size { // every block has 4 bytes in the image, compressed at most 1:1000
		return nil, fmt.Errorf("a file of %d blocks", whole)
	}
	at := n.start
	for range whole {
		w := binary.LittleEndian.Uint32(n.body.take(4))
		if n.body.err != nil {
			return nil, n.body.err
		}
		f.blocks = append(f.blocks, fragment{at, w})
		at += int64(w &^ stored)
	}
	if n.fragment != noPlace && n.size%im.block > 0 {
		if int64(n.fragment) >= int64(len(im.fragments)) {
			return nil, errors.New("its fragment is not in the table")
		}
		f.blocks, f.offset = append(f.blocks, im.fragments[n.fragment]), int64(n.offset)
	}
	find := func(at int64) (int, int64) { return int(at / im.block), at / im.block * im.block }
	return extent.NewPieces(n.size, find, f.load), nil
}

// load expands block i: as many bytes as the file has there.
func (f *file) load(i int) ([]byte, error) {
	want, from := min(f.im.block, f.size-int64(i)*f.im.block), int64(0)
	if i == len(f.blocks)-1 {
		from = f.offset
	}
	b := f.blocks[i]
	size := int64(b.size &^ stored)
	if size == 0 { // a hole
		return make([]byte, want), nil
	}
	if size > f.im.block || b.at < 0 || b.at > f.im.size || size > f.im.size-b.at {
		return nil, errors.New("it lies outside of the image")
	}
	data := make([]byte, size)
	if err := extent.ReadFull(f.im.r, data, b.at); err != nil {
		return nil, err
	}
	if b.size&stored == 0 {
		var err error
		if data, err = f.im.expand(data, f.im.block); err != nil {
			return nil, err
		}
	}
	if from > int64(len(data)) || want > int64(len(data))-from {
		return nil, errors.New("it expands to fewer bytes than the file has")
	}
	return data[from : from+want], nil
}
