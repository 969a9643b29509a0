// Package sparse reads Android sparse images: the form in which large file
// systems are shipped and flashed, without their holes.
//
// The file (AOSP system/core, libsparse/sparse_format.h) is a header of 28 bytes
// and chunks, all little-endian. A chunk has a header of 12 bytes and stands for
// a number of blocks: raw data that follows, one word that fills them, or blocks
// that nothing is said of, which read as zeros. [Open] reads the headers alone
// and gives the expanded image as a reader over the file.
package sparse

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/originbom/originbom/sbom/internal/extent"
)

// Magic are the first bytes of a sparse image.
const Magic = "\x3a\xff\x26\xed"

// Limits.
const (
	// maxChunks bounds the chunks: tools join neighbours, so that real images
	// have some thousands. Each costs about 50 bytes of memory.
	maxChunks = 1 << 20
	// maxBlock bounds the size of a block in bytes. All known images use 4096.
	maxBlock = 1 << 20
)

const (
	headerSize = 28
	chunkSize  = 12

	chunkRaw  = 0xcac1
	chunkFill = 0xcac2
	chunkSkip = 0xcac3
	chunkCRC  = 0xcac4
)

// Open reads the chunk headers of a sparse image of size bytes. Errors name the
// chunk. Checksums are not compared: writers leave them zero, and verified boot
// covers what matters.
func Open(r io.ReaderAt, size int64) (*extent.Reader, error) {
	h := make([]byte, headerSize)
	if err := extent.ReadFull(r, h, 0); err != nil || !bytes.HasPrefix(h, []byte(Magic)) {
		return nil, errors.New("not a sparse image")
	}
	le := binary.LittleEndian
	major, head, chunkHead := le.Uint16(h[4:]), int64(le.Uint16(h[8:])), int64(le.Uint16(h[10:]))
	block, blocks, chunks := int64(le.Uint32(h[12:])), int64(le.Uint32(h[16:])), int64(le.Uint32(h[20:]))
	switch {
	case major != 1:
		return nil, fmt.Errorf("version %d of the sparse format is not known", major)
	case head < headerSize || chunkHead < chunkSize:
		return nil, fmt.Errorf("headers of %d and %d bytes are too small", head, chunkHead)
	case block == 0 || block%4 != 0 || block > maxBlock:
		return nil, fmt.Errorf("a block of %d bytes is not possible", block)
	case chunks > maxChunks || chunks*chunkHead > size:
		return nil, fmt.Errorf("%d chunks are more than %d, or than fit in the file", chunks, maxChunks)
	}
	s := scanner{r: r, size: size, block: block, head: chunkHead, pos: head}
	for i := range chunks {
		if err := s.chunk(); err != nil {
			return nil, fmt.Errorf("chunk %d at offset %d: %w", i, s.pos, err)
		}
	}
	if s.blocks != blocks {
		return nil, fmt.Errorf("the chunks hold %d blocks, the header says %d: the file is cut or damaged", s.blocks, blocks)
	}
	return extent.New(s.runs)
}

type scanner struct {
	r                 io.ReaderAt
	size, block, head int64
	pos, blocks       int64
	runs              []extent.Run
}

func (s *scanner) chunk() error {
	var h [chunkSize + 4]byte // with the word of a fill chunk
	n := min(int64(len(h)), s.size-s.pos)
	if n < chunkSize {
		return errors.New("the file ends")
	}
	if err := extent.ReadFull(s.r, h[:n], s.pos); err != nil {
		return err
	}
	le := binary.LittleEndian
	kind, count, total := le.Uint16(h[:]), int64(le.Uint32(h[4:])), int64(le.Uint32(h[8:]))
	body := total - s.head
	if body < 0 || total > s.size-s.pos {
		return fmt.Errorf("%d bytes reach behind the end of the file", total)
	}
	run := extent.Run{Length: count * s.block}
	switch kind {
	case chunkRaw:
		if body != run.Length {
			return fmt.Errorf("%d bytes for %d blocks of %d", body, count, s.block)
		}
		run.Source, run.Offset = s.r, s.pos+s.head
	case chunkFill:
		if body != 4 {
			return fmt.Errorf("a fill word of %d bytes", body)
		}
		var word [4]byte
		if err := extent.ReadFull(s.r, word[:], s.pos+s.head); err != nil {
			return err
		}
		if word != [4]byte{} {
			run.Source = fill(word)
		}
	case chunkSkip:
		if body != 0 {
			return fmt.Errorf("%d bytes in a chunk of nothing", body)
		}
	case chunkCRC:
		if body != 4 || count != 0 {
			return errors.New("a checksum that is none")
		}
	default:
		return fmt.Errorf("unknown type %#x", kind)
	}
	s.blocks += count
	s.runs = append(s.runs, run)
	s.pos += total
	return nil
}

// fill is an endless file that repeats a word.
type fill [4]byte

func (f fill) ReadAt(p []byte, off int64) (int, error) {
	for i := range p {
		p[i] = f[(off+int64(i))%4]
	}
	return len(p), nil
}
