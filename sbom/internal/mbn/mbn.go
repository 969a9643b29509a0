// Package mbn reads the signed images of Qualcomm's processors: boot loaders,
// the secure world, modem and sensor processors, shaders of the GPU.
//
// # The format
//
// Such an image (.mbn) is an ELF file. One of its segments, marked in the flags of
// its program header, is the hash segment:
//
//	header       sizes of what follows; version 3, 5, 6 or 7
//	metadata     version 6 and 7: what the image is for, by Qualcomm and by the maker
//	hashes       one of every segment, zeros for the hash segment itself
//	signatures   with a chain of X.509 certificates each: of Qualcomm (from version
//	             5 on) and of the phone's maker; either may be absent
//
// An image may be split: name.mdt holds the ELF header with the hash segment, and
// name.b00, name.b01 ... the segments (Linux, drivers/soc/qcom/mdt_loader.c).
//
// Sources: Qualcomm, "Secure Boot and Image Authentication", technical overview
// 1.0 and 2.0; coreboot, util/qualcomm/mbn_tools.py; Linux, mdt_loader.c; OP-TEE's
// peripheral authentication service for Qualcomm's chips (pas_meta.c, pas_sig.c).
//
// # What is proved
//
// The hashes are computed anew ([Image.Segments]). Of a chain it is told whether
// each certificate is signed by the next one ([Signature.Linked]). The signature
// over the hashes is verified by the key of the chain's first certificate
// ([Signature.State]). Whether a root is the one that the phone's fuses hold, no
// image can tell: anybody can make a chain and sign with it. A chain in an image
// whose signature was not verified can have been copied from another one.
package mbn

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/originbom/originbom/sbom/internal/extent"
)

// ErrNotMBN is returned for data that is no ELF file with a hash segment.
var ErrNotMBN = errors.New("no ELF file with a hash segment")

// Limits.
const (
	// maxSegments bounds the program headers. Modems, the fullest, have about 40.
	maxSegments = 256
	// maxHashSegment bounds the hash segment in bytes: 256 hashes of 64 bytes, two
	// signatures and two chains stay below 64 KiB.
	maxHashSegment = 256 << 10
	// maxSegment bounds a segment in bytes. Modems have up to about 100 MiB.
	maxSegment = 1 << 30
	// maxCertificates bounds one chain. Up to 16 roots may stand behind a leaf and
	// what is between.
	maxCertificates = 20
)

// An Image is what a signed image says and proves.
type Image struct {
	Version   int    // of the hash segment's header: 3, 5, 6 or 7
	Algorithm string // of the hashes, such as SHA-256; "" if their size tells none
	Segments  Segments
	// Maker and Qualcomm are the two signatures; nil if absent.
	Maker, Qualcomm *Signature
	Strings         Strings
}

// Segments say how many of the image's segments are what the hashes say.
type Segments struct {
	Match  int
	Differ []int // numbers of those that are not
	Absent []int // numbers of those that are not at hand: files of a split image
}

// An ID binds an image to what it is for. Names are SW_ID (what sort of image),
// HW_ID (the chip), OEM_ID and MODEL_ID (the maker and its product), and others as
// a certificate has them; values are hexadecimal digits as written.
type ID struct{ Name, Value string }

// A Strings is what an image says of its own build; "" if it does not.
type Strings struct {
	Version string // QC_IMAGE_VERSION_STRING
	Variant string // IMAGE_VARIANT_STRING
	Maker   string // OEM_IMAGE_VERSION_STRING
}

// SegmentFile gives a segment of a split image by its number. ok is false if there
// is no such file.
type SegmentFile func(number int) (r io.ReaderAt, size int64, ok bool)

// Is reports whether the size bytes of r are an ELF file with a hash segment.
func Is(r io.ReaderAt, size int64) bool {
	headers, err := programHeaders(r, size)
	_, ok := hashHeader(headers)
	return err == nil && ok
}

// Open reads an image of size bytes. beside gives the segments that are in files of
// their own; it is nil, or not asked, for an image in one piece. ErrNotMBN is returned for other
// data; other errors name what is broken.
func Open(r io.ReaderAt, size int64, beside SegmentFile) (*Image, error) {
	headers, err := programHeaders(r, size)
	if err != nil {
		return nil, err
	}
	at, ok := hashHeader(headers)
	if !ok {
		return nil, ErrNotMBN
	}
	if !split(headers, size) {
		beside = nil
	}
	raw, err := hashSegment(r, size, headers, at, beside)
	if err != nil {
		return nil, fmt.Errorf("hash segment: %w", err)
	}
	h, err := parseHashSegment(raw)
	if err != nil {
		return nil, fmt.Errorf("hash segment: %w", err)
	}
	im := &Image{Version: h.version, Algorithm: h.algorithm(len(headers))}
	im.Maker = h.signature(h.maker, h.qualcomm)
	im.Qualcomm = h.signature(h.qualcomm, h.maker)
	if err := im.segments(r, size, headers, at, h, beside); err != nil {
		return nil, err
	}
	return im, nil
}

// A program header of an ELF file.
type header struct {
	offset, size int64
	flags        uint32
}

// Kinds of segments, in the flags of a program header (coreboot, mbn_tools.py).
const (
	flagKind = 0x07000000
	kindHash = 0x02000000
)

// hashHeader gives the number of the hash segment.
func hashHeader(headers []header) (int, bool) {
	for i, h := range headers {
		if h.flags&flagKind == kindHash {
			return i, true
		}
	}
	return 0, false
}

// programHeaders reads those of a little-endian ELF file of 32 or 64 bits. Other
// data is ErrNotMBN.
func programHeaders(r io.ReaderAt, size int64) ([]header, error) {
	le := binary.LittleEndian
	var b [64]byte
	if size < int64(len(b)) || extent.ReadFull(r, b[:], 0) != nil || string(b[:4]) != "\x7fELF" || b[5] != 1 {
		return nil, ErrNotMBN
	}
	var at, entry, count int64
	wide := b[4] == 2
	switch {
	case wide:
		at, entry, count = int64(le.Uint64(b[32:])), int64(le.Uint16(b[54:])), int64(le.Uint16(b[56:]))
	case b[4] == 1:
		at, entry, count = int64(le.Uint32(b[28:])), int64(le.Uint16(b[42:])), int64(le.Uint16(b[44:]))
	default:
		return nil, ErrNotMBN
	}
	want := int64(32)
	if wide {
		want = 56
	}
	if count == 0 || entry != want {
		return nil, ErrNotMBN
	}
	if count > maxSegments || at < 0 || at > size || count*entry > size-at {
		return nil, fmt.Errorf("ELF file: %d program headers at %d: more than %d, or behind the end: %w", count, at, maxSegments, ErrNotMBN)
	}
	table := make([]byte, count*entry)
	if err := extent.ReadFull(r, table, at); err != nil {
		return nil, err
	}
	out := make([]header, count)
	for i := range out {
		p := table[int64(i)*entry:]
		if wide {
			out[i] = header{int64(le.Uint64(p[8:])), int64(le.Uint64(p[32:])), le.Uint32(p[4:])}
		} else {
			out[i] = header{int64(le.Uint32(p[4:])), int64(le.Uint32(p[16:])), le.Uint32(p[24:])}
		}
	}
	return out, nil
}

// hashSegment reads the hash segment from where mdt_loader.c looks for it: packed
// behind the ELF header, in its own place, or in a file of its own.
func hashSegment(r io.ReaderAt, size int64, headers []header, at int, beside SegmentFile) ([]byte, error) {
	h := headers[at]
	if h.size < minHashSegment || h.size > maxHashSegment {
		return nil, fmt.Errorf("of %d bytes: not between %d and %d", h.size, minHashSegment, maxHashSegment)
	}
	b := make([]byte, h.size)
	first := headers[0].size
	switch {
	case at > 0 && first > 0 && first+h.size == size:
		return b, extent.ReadFull(r, b, first)
	case inside(h, size):
		return b, extent.ReadFull(r, b, h.offset)
	case beside != nil:
		f, n, ok := beside(at)
		if !ok || n != h.size {
			return nil, fmt.Errorf("neither in the file nor, with its %d bytes, in one of its own", h.size)
		}
		return b, extent.ReadFull(f, b, 0)
	}
	return nil, errors.New("behind the end of the file")
}

// split reports whether any segment lies outside of a file of size bytes: then all
// but the first are in files of their own (mdt_loader.c). A whole image may be
// called name.mdt too, as Debian's package links it.
func split(headers []header, size int64) bool {
	return slices.ContainsFunc(headers, func(h header) bool { return h.size > 0 && !inside(h, size) })
}

// inside reports whether a segment lies in a file of size bytes.
func inside(h header, size int64) bool {
	return h.offset >= 0 && h.size >= 0 && h.offset <= size && h.size <= size-h.offset
}
