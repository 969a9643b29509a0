package apksig

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/originbom/originbom/sbom/internal/apkzip"
)

// chunkSize is of the chunks that are digested one by one.
const chunkSize = 1 << 20

// contents digests what schemes v2 and v3 protect: all that lies before the
// signing block, the ZIP directory, and the end record as it would be without
// the signing block. Each digest is computed once.
type contents struct {
	z     *apkzip.Archive
	block *block
	known map[content][]byte
}

// sections gives the three parts.
func (c *contents) sections() []*io.SectionReader {
	r, _ := c.z.Reader()
	end := c.z.EndRecord()
	binary.LittleEndian.PutUint32(end[16:], uint32(c.block.offset)) // where the directory would be
	return []*io.SectionReader{
		io.NewSectionReader(r, 0, c.block.offset),
		io.NewSectionReader(r, c.z.Directory, c.z.End-c.z.Directory),
		io.NewSectionReader(bytes.NewReader(end), 0, int64(len(end))),
	}
}

func (c *contents) digest(kind content) ([]byte, error) {
	if d, ok := c.known[kind]; ok {
		return d, nil
	}
	var d []byte
	var err error
	switch kind {
	case chunked256:
		d, err = chunked(crypto.SHA256, c.sections())
	case chunked512:
		d, err = chunked(crypto.SHA512, c.sections())
	default:
		d, err = verity(c.sections())
	}
	if err != nil {
		return nil, err
	}
	if c.known == nil {
		c.known = map[content][]byte{}
	}
	c.known[kind] = d
	return d, nil
}

// chunked digests the digests of chunks of 1 MiB (APK Signature Scheme v2,
// "Integrity-protected contents"): H(0x5a, count, H(0xa5, length, chunk)...).
func chunked(h crypto.Hash, parts []*io.SectionReader) ([]byte, error) {
	count := int64(0)
	for _, p := range parts {
		count += (p.Size() + chunkSize - 1) / chunkSize
	}
	top, one := h.New(), h.New()
	top.Write(prefix(0x5a, count))
	buf := make([]byte, chunkSize)
	sum := make([]byte, 0, h.Size())
	for _, p := range parts {
		for left := p.Size(); left > 0; {
			b := buf[:min(left, chunkSize)]
			if _, err := io.ReadFull(p, b); err != nil {
				return nil, fmt.Errorf("reading the file: %w", err)
			}
			left -= int64(len(b))
			one.Reset()
			one.Write(prefix(0xa5, int64(len(b))))
			one.Write(b)
			sum = one.Sum(sum[:0])
			top.Write(sum)
		}
	}
	return top.Sum(nil), nil
}

func prefix(tag byte, n int64) []byte {
	return binary.LittleEndian.AppendUint32([]byte{tag}, uint32(n))
}

// verity is the root of a fs-verity tree over the parts as one file, SHA-256
// over pages of 4096 bytes with eight zero bytes as salt, followed by the size of
// the file (AOSP, tools/apksig, VerityTreeBuilder).
func verity(parts []*io.SectionReader) ([]byte, error) {
	if parts[0].Size()%page != 0 {
		return nil, errors.New("a verity digest over a file whose signing block does not begin at a page")
	}
	size := int64(0)
	readers := make([]io.Reader, len(parts))
	for i, p := range parts {
		size += p.Size()
		readers[i] = p
	}
	level, err := pages(io.MultiReader(readers...), size)
	if err != nil {
		return nil, err
	}
	for len(level) > sha256.Size {
		if level, err = pages(bytes.NewReader(level), int64(len(level))); err != nil {
			return nil, err
		}
	}
	return binary.LittleEndian.AppendUint64(level, uint64(size)), nil
}

const page = 4096

// pages gives the digests of the pages of r, one after the other, the last page
// filled up with zeros.
func pages(r io.Reader, size int64) ([]byte, error) {
	buf := make([]byte, 8+page)
	out := make([]byte, 0, (size+page-1)/page*sha256.Size)
	for left := size; left > 0; left -= page {
		n := min(left, page)
		if _, err := io.ReadFull(r, buf[8:8+n]); err != nil {
			return nil, fmt.Errorf("reading the file: %w", err)
		}
		clear(buf[8+n:])
		sum := sha256.Sum256(buf)
		out = append(out, sum[:]...)
	}
	return out, nil
}
