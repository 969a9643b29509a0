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
	version         int
	signed          []byte // header, metadata and hashes
	hashes          []byte
	common          []byte // metadata for both parties, of version 7
	maker, qualcomm party
}

// A party is what one signer put into a hash segment.
type party struct {
	metadata, signature, chain []byte
	at                         int    // where the metadata begins in the segment
	words                      [2]int // of the header: the sizes of signature and chain
}

// A layout says which word of a header holds the size of what, in bytes; 0 is none.
type layout struct {
	header                           int // its own size in bytes
	common, hashes                   int
	qualcommMetadata, makerMetadata  int
	qualcommSignature, qualcommChain int
	makerSignature, makerChain       int
}

// layouts are those of the versions.
var layouts = map[int]layout{
	3: {header: 40, hashes: 5, makerSignature: 7, makerChain: 9},
	5: {header: 40, hashes: 5, qualcommSignature: 2, qualcommChain: 3, makerSignature: 7, makerChain: 9},
	6: {
		header: 48, hashes: 5, qualcommMetadata: 10, makerMetadata: 11,
		qualcommSignature: 2, qualcommChain: 3, makerSignature: 7, makerChain: 9,
	},
	7: {
		header: 40, common: 2, qualcommMetadata: 3, makerMetadata: 4, hashes: 5,
		qualcommSignature: 6, qualcommChain: 7, makerSignature: 8, makerChain: 9,
	},
}

// parseHashSegment takes a hash segment apart. Its parts follow each other in the
// order of the package's comment; addresses in the header are where a phone loads
// them, and are not used.
func parseHashSegment(b []byte) (*hashTable, error) {
	if len(b) < minHashSegment {
		return nil, errors.New("cut off")
	}
	h := &hashTable{version: int(binary.LittleEndian.Uint32(b[4:]))}
	l, ok := layouts[h.version]
	if !ok {
		return nil, fmt.Errorf("version %d of its header is not known: 3, 5, 6 and 7 are", h.version)
	}
	if len(b) < l.header {
		return nil, errors.New("cut off")
	}
	at, broken := l.header, ""
	take := func(what string, word int) []byte {
		if word == 0 || broken != "" {
			return nil
		}
		n := binary.LittleEndian.Uint32(b[4*word:])
		if int64(n) > int64(len(b)-at) {
			broken = what
			return nil
		}
		part := b[at : at+int(n) : at+int(n)]
		at += int(n)
		return part
	}
	h.qualcomm.words, h.maker.words = [2]int{l.qualcommSignature, l.qualcommChain}, [2]int{l.makerSignature, l.makerChain}
	h.common = take("common metadata", l.common)
	h.qualcomm.at = at
	h.qualcomm.metadata = take("Qualcomm's metadata", l.qualcommMetadata)
	h.maker.at = at
	h.maker.metadata = take("the maker's metadata", l.makerMetadata)
	h.hashes = take("hashes", l.hashes)
	h.signed = b[:at]
	h.qualcomm.signature = take("Qualcomm's signature", l.qualcommSignature)
	h.qualcomm.chain = take("Qualcomm's certificates", l.qualcommChain)
	h.maker.signature = take("the maker's signature", l.makerSignature)
	h.maker.chain = take("the maker's certificates", l.makerChain)
	if broken != "" {
		return nil, fmt.Errorf("%s: behind the end", broken)
	}
	return h, nil
}

// signedBeside gives what one party signed: header, metadata and hashes, with zeros
// where the other party's sizes and metadata are.
func (h *hashTable) signedBeside(other party) []byte {
	b := bytes.Clone(h.signed)
	for _, w := range other.words {
		if w != 0 {
			clear(b[4*w : 4*w+4])
		}
	}
	clear(b[other.at : other.at+len(other.metadata)])
	return b
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
