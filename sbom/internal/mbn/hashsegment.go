package mbn

import (
	"bytes"
	"crypto/sha1" // the oldest images have nothing better
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
)

// minHashSegment is the size of the smallest header in bytes.
const minHashSegment = 40

// A hashTable is a hash segment taken apart.
type hashTable struct {
	version int
	signed  []byte // header, metadata and hashes
	hashes  []byte
	common  []byte // of version 7

	qualcommMetadata, makerMetadata   []byte
	qualcommSignature, makerSignature []byte
	qualcommChain, makerChain         []byte
}

// parseHashSegment takes a hash segment apart. Its parts follow each other in the
// order of the package's comment; addresses in the header are where a phone loads
// them, and are not used.
func parseHashSegment(b []byte) (*hashTable, error) {
	le := binary.LittleEndian
	if len(b) < minHashSegment {
		return nil, errors.New("cut off")
	}
	word := func(i int) uint32 { return le.Uint32(b[4*i:]) }
	h := &hashTable{version: int(word(1))}
	header := minHashSegment
	// Sizes of the parts, in their order.
	var common, qualcommMetadata, makerMetadata, hashes, qualcommSignature, qualcommChain, signature, chain uint32
	switch h.version {
	case 3:
		hashes, signature, chain = word(5), word(7), word(9)
	case 6:
		if header = 48; len(b) < header {
			return nil, errors.New("cut off")
		}
		qualcommMetadata, makerMetadata = word(10), word(11)
		fallthrough
	case 5:
		qualcommSignature, qualcommChain, hashes, signature, chain = word(2), word(3), word(5), word(7), word(9)
	case 7:
		common, qualcommMetadata, makerMetadata, hashes = word(2), word(3), word(4), word(5)
		qualcommSignature, qualcommChain, signature, chain = word(6), word(7), word(8), word(9)
	default:
		return nil, fmt.Errorf("version %d of its header is not known: 3, 5, 6 and 7 are", h.version)
	}
	rest, broken := b[header:], ""
	take := func(what string, n uint32) []byte {
		if int64(n) > int64(len(rest)) && broken == "" {
			broken = what
		}
		if broken != "" {
			return nil
		}
		part := rest[:n:n]
		rest = rest[n:]
		return part
	}
	h.common = take("common metadata", common)
	h.qualcommMetadata = take("Qualcomm's metadata", qualcommMetadata)
	h.makerMetadata = take("the maker's metadata", makerMetadata)
	h.hashes = take("hashes", hashes)
	h.signed = b[:len(b)-len(rest)]
	h.qualcommSignature = take("Qualcomm's signature", qualcommSignature)
	h.qualcommChain = take("Qualcomm's certificates", qualcommChain)
	h.makerSignature = take("the maker's signature", signature)
	h.makerChain = take("the maker's certificates", chain)
	if broken != "" {
		return nil, fmt.Errorf("%s: behind the end", broken)
	}
	return h, nil
}

// digests are the algorithms of hashes by their size in bytes.
var digests = map[int]struct {
	name string
	make func() hash.Hash
}{
	sha1.Size:      {"SHA-1", sha1.New},
	sha256.Size:    {"SHA-256", sha256.New},
	sha512.Size384: {"SHA-384", sha512.New384},
	sha512.Size:    {"SHA-512", sha512.New},
}

// algorithm tells by the size of the table what its hashes are. Old images hash
// single pages of some segments: those tables have another size.
func (h *hashTable) algorithm(segments int) string {
	if segments == 0 || len(h.hashes)%segments != 0 {
		return ""
	}
	return digests[len(h.hashes)/segments].name
}

// segments compares every segment with its hash, and looks for the strings that
// tell the build, reading each once.
func (im *Image) segments(r io.ReaderAt, size int64, headers []header, at int, h *hashTable, beside SegmentFile) error {
	var find finder
	n := len(h.hashes) / len(headers)
	d := digests[n]
	for i, p := range headers {
		if i == at || p.size == 0 {
			continue
		}
		if p.size < 0 || p.size > maxSegment {
			return fmt.Errorf("segment %d: of %d bytes, more than %d", i, p.size, maxSegment)
		}
		data, err := segment(r, size, p, i, beside)
		if err != nil {
			im.Segments.Absent = append(im.Segments.Absent, i)
			continue
		}
		into := []io.Writer{&find}
		var sum hash.Hash
		if im.Algorithm != "" {
			sum = d.make()
			into = append(into, sum)
		}
		if _, err := io.Copy(io.MultiWriter(into...), data); err != nil {
			return fmt.Errorf("segment %d: %w", i, err)
		}
		find.end()
		switch want := h.hashes[i*n : (i+1)*n]; {
		case sum == nil || bytes.Equal(want, make([]byte, n)): // not compared
		case bytes.Equal(sum.Sum(nil), want):
			im.Segments.Match++
		default:
			im.Segments.Differ = append(im.Segments.Differ, i)
		}
	}
	im.Strings = find.found
	return nil
}

var errAbsent = errors.New("not at hand")

// segment gives the content of a segment: of a split image from its own file.
func segment(r io.ReaderAt, size int64, p header, number int, beside SegmentFile) (io.Reader, error) {
	if beside != nil {
		if f, n, ok := beside(number); ok && n == p.size {
			return io.NewSectionReader(f, 0, n), nil
		}
		if number > 0 { // the first is the ELF header, which name.mdt has too
			return nil, errAbsent
		}
	}
	if !inside(p, size) {
		return nil, errAbsent
	}
	return io.NewSectionReader(r, p.offset, p.size), nil
}
