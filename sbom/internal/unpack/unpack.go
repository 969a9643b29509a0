// Package unpack expands what boot images compress: gzip, legacy and framed LZ4,
// xz, bzip2 and Zstandard, each with a bound on output and memory.
package unpack

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/therootcompany/xz"
)

// maxWindow bounds the memory of one decompressor: the largest window that xz -9
// makes.
const maxWindow = 64 << 20

// ErrUnknown is returned for data that no known compression starts.
var ErrUnknown = errors.New("not compressed in a way that is known here")

// Known reports whether head starts compressed data, and how.
func Known(head []byte) (string, bool) {
	for _, c := range compressions {
		if bytes.HasPrefix(head, []byte(c.magic)) {
			return c.name, true
		}
	}
	return "", false
}

var compressions = []struct {
	name, magic string
	open        func(io.Reader) (io.Reader, error)
}{
	{"gzip", "\x1f\x8b\x08", openGzip},
	{"xz", "\xfd7zXZ\x00", func(r io.Reader) (io.Reader, error) { return xz.NewReader(r, maxWindow) }},
	{"zstd", "\x28\xb5\x2f\xfd", openZstd},
	{"lz4", "\x04\x22\x4d\x18", func(r io.Reader) (io.Reader, error) { return lz4.NewReader(r), nil }},
	{"lz4 legacy", legacyMagic, func(r io.Reader) (io.Reader, error) { return &legacy{r: bufio.NewReader(r)}, nil }},
	{"bzip2", "BZh", func(r io.Reader) (io.Reader, error) { return bzip2.NewReader(r), nil }},
}

func openGzip(r io.Reader) (io.Reader, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	z.Multistream(false) // kernels are followed by padding or device trees
	return z, nil
}

func openZstd(r io.Reader) (io.Reader, error) {
	// One goroutine less, no state to close.
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
}

// Reader expands r, which starts with compressed data. Reading more than limit
// bytes of output is an error that says so.
func Reader(r io.Reader, limit int64) (io.Reader, error) {
	b := bufio.NewReader(r)
	head, err := b.Peek(6)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	for _, c := range compressions {
		if !bytes.HasPrefix(head, []byte(c.magic)) {
			continue
		}
		z, err := c.open(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		return &capped{r: z, name: c.name, left: limit, limit: limit}, nil
	}
	return nil, ErrUnknown
}

// Bytes expands r whole.
func Bytes(r io.Reader, limit int64) ([]byte, error) {
	z, err := Reader(r, limit)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// capped fails over its limit, instead of ending there as io.LimitReader does.
type capped struct {
	r           io.Reader
	name        string
	left, limit int64
}

func (c *capped) Read(p []byte) (int, error) {
	if int64(len(p)) > c.left+1 {
		p = p[:c.left+1]
	}
	n, err := c.r.Read(p)
	if int64(n) > c.left {
		return int(c.left), fmt.Errorf("%s: expands to more than %d MiB", c.name, c.limit>>20)
	}
	c.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%s: %w", c.name, err)
	}
	return n, err
}

const (
	legacyMagic = "\x02\x21\x4c\x18"
	legacyBlock = 8 << 20 // every block but the last expands to this
)

// legacy reads LZ4's legacy frame, the one that lz4 -l writes and Linux reads: a
// magic word, then blocks with their size. It ends at the end of the data, at a
// size of zero, which is padding, or at a size that no block can have.
type legacy struct {
	r    *bufio.Reader
	out  []byte
	read int
	in   []byte
}

func (l *legacy) Read(p []byte) (int, error) {
	for l.read == len(l.out) {
		if err := l.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, l.out[l.read:])
	l.read += n
	return n, nil
}

func (l *legacy) next() error {
	var word [4]byte
	if _, err := io.ReadFull(l.r, word[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = io.EOF
		}
		return err
	}
	if string(word[:]) == legacyMagic {
		return nil // archives that were joined
	}
	size := int(binary.LittleEndian.Uint32(word[:]))
	if size == 0 {
		return io.EOF
	}
	if size > lz4.CompressBlockBound(legacyBlock) {
		return fmt.Errorf("a block of %d bytes", size)
	}
	if l.out == nil {
		l.in, l.out = make([]byte, lz4.CompressBlockBound(legacyBlock)), make([]byte, legacyBlock)
	}
	if _, err := io.ReadFull(l.r, l.in[:size]); err != nil {
		return io.ErrUnexpectedEOF
	}
	n, err := lz4.UncompressBlock(l.in[:size], l.out[:legacyBlock])
	l.out, l.read = l.out[:n], 0
	return err
}
