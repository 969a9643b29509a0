package squashfs

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/therootcompany/xz"

	"github.com/originbom/originbom/sbom/internal/extent"
)

// Compressions that are read, by number.
const (
	compressGzip = 1
	compressXZ   = 4
	compressLZ4  = 5
	compressZstd = 6
)

var names = map[uint16]string{compressGzip: "gzip", compressXZ: "xz", compressLZ4: "LZ4", compressZstd: "Zstandard"}

// A metaBlock is an expanded block of metadata, and where the next one is.
type metaBlock struct {
	data []byte
	next int64
}

// metaAt reads the block of metadata at that byte of the image: a word with the
// size and, in its highest bit, whether it is stored as it is.
func (im *Image) metaAt(at int64) (metaBlock, error) {
	im.mu.Lock()
	m, ok := im.meta[at]
	im.mu.Unlock()
	if ok {
		return m, nil
	}
	var word [2]byte
	if at < 0 || at > im.size-2 {
		return metaBlock{}, errors.New("a block of metadata lies outside of the image")
	}
	if err := extent.ReadFull(im.r, word[:], at); err != nil {
		return metaBlock{}, err
	}
	w := binary.LittleEndian.Uint16(word[:])
	size := int64(w &^ 0x8000)
	if size > metaSize || size > im.size-at-2 {
		return metaBlock{}, errors.New("a block of metadata is too large")
	}
	data := make([]byte, size)
	if err := extent.ReadFull(im.r, data, at+2); err != nil {
		return metaBlock{}, err
	}
	if w&0x8000 == 0 {
		var err error
		if data, err = im.expand(data, metaSize); err != nil {
			return metaBlock{}, err
		}
	}
	m = metaBlock{data, at + 2 + size}
	im.mu.Lock()
	defer im.mu.Unlock()
	if len(im.meta) >= cachedMeta {
		clear(im.meta)
	}
	im.meta[at] = m
	return m, nil
}

// A metaReader reads a stream of metadata. After an error it gives zeros.
type metaReader struct {
	im   *Image
	b    []byte
	next int64
	err  error
}

// reader starts at a byte of the block of a table.
func (im *Image) reader(table, block int64, offset int) (*metaReader, error) {
	m, err := im.metaAt(table + block)
	if err == nil && offset > len(m.data) {
		err = errors.New("a place outside of its block of metadata")
	}
	if err != nil {
		return nil, err
	}
	return &metaReader{im: im, b: m.data[offset:], next: m.next}, nil
}

// take gives the next n bytes; zeros, and m.err, if there are fewer.
func (m *metaReader) take(n int) []byte {
	out := make([]byte, 0, n)
	for len(out) < n && m.err == nil {
		if len(m.b) == 0 {
			block, err := m.im.metaAt(m.next)
			if err == nil && len(block.data) == 0 {
				err = io.ErrUnexpectedEOF
			}
			m.b, m.next, m.err = block.data, block.next, err
			continue
		}
		k := min(n-len(out), len(m.b))
		out, m.b = append(out, m.b[:k]...), m.b[k:]
	}
	return out[:n]
}

// expand gives the bytes of a compressed block, at most limit.
func (im *Image) expand(in []byte, limit int64) ([]byte, error) {
	var z io.Reader
	var err error
	switch im.compression {
	case compressLZ4:
		out := make([]byte, limit)
		n, err := lz4.UncompressBlock(in, out)
		if err != nil {
			return nil, errors.New("damaged LZ4 data")
		}
		return out[:n], nil
	case compressGzip:
		z, err = zlib.NewReader(bytes.NewReader(in))
	case compressXZ:
		z, err = xz.NewReader(bytes.NewReader(in), 2*maxBlock)
	case compressZstd:
		var d *zstd.Decoder
		if d, err = zstd.NewReader(bytes.NewReader(in), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(8*maxBlock)); err == nil {
			defer d.Close()
			z = d
		}
	}
	if err != nil {
		return nil, fmt.Errorf("damaged %s data: %w", names[im.compression], err)
	}
	out, err := io.ReadAll(io.LimitReader(z, limit+1))
	if err != nil {
		return nil, fmt.Errorf("damaged %s data: %w", names[im.compression], err)
	}
	if int64(len(out)) > limit {
		return nil, fmt.Errorf("a block expands to more than %d bytes", limit)
	}
	return out, nil
}
