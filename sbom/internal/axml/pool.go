package axml

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
)

// A pool is a ResStringPool: strings by index, decoded when they are asked for.
type pool struct {
	count   uint32
	utf8    bool
	offsets []byte
	strings []byte
}

const flagUTF8 = 1 << 8

func parsePool(c chunk) (*pool, error) {
	if len(c.header) < 28 {
		return nil, errors.New("string pool: its header is too short")
	}
	p := &pool{count: u32(c.header[8:]), utf8: u32(c.header[16:])&flagUTF8 != 0}
	start := int64(u32(c.header[20:]))
	if int64(len(c.header))+4*int64(p.count) > int64(len(c.data)) {
		return nil, fmt.Errorf("string pool: %d strings do not fit into it", p.count)
	}
	if p.count == 0 {
		return p, nil
	}
	if start > int64(len(c.data)) {
		return nil, errors.New("string pool: its strings lie outside it")
	}
	p.offsets, p.strings = c.body(), c.data[start:]
	return p, nil
}

var errString = errors.New("string pool: a string lies outside it")

// maxDecoded bounds the bytes of all strings of a document that are decoded: four
// times the largest manifest. Strings may share their bytes, so that a thousand
// attributes of one long string would cost a thousand times its size.
const maxDecoded = 4 * MaxManifest

// text decodes the string at index i. What is not text is replaced by U+FFFD.
func (p *pool) text(i uint32) (string, error) {
	if i >= p.count {
		return "", fmt.Errorf("string pool: there is no string %d of %d", i, p.count)
	}
	at := int64(u32(p.offsets[4*i:]))
	if at >= int64(len(p.strings)) {
		return "", errString
	}
	if p.utf8 {
		return utf8Text(p.strings[at:])
	}
	return utf16Text(p.strings[at:])
}

// utf8Text reads the length in characters, the length in bytes, both of one
// byte or of two, then the bytes.
func utf8Text(b []byte) (string, error) {
	var n int
	for range 2 {
		if len(b) < 2 {
			return "", errString
		}
		n, b = int(b[0]), b[1:]
		if n&0x80 != 0 {
			n, b = n&0x7f<<8|int(b[0]), b[1:]
		}
	}
	if n > len(b) {
		return "", errString
	}
	return strings.ToValidUTF8(string(b[:n]), "\uFFFD"), nil
}

// utf16Text reads the length in units of 16 bits, in one of them or in two, then
// the units.
func utf16Text(b []byte) (string, error) {
	if len(b) < 2 {
		return "", errString
	}
	n := int64(u16(b))
	b = b[2:]
	if n&0x8000 != 0 {
		if len(b) < 2 {
			return "", errString
		}
		n, b = n&0x7fff<<16|int64(u16(b)), b[2:]
	}
	if 2*n > int64(len(b)) {
		return "", errString
	}
	units := make([]uint16, n)
	for i := range units {
		units[i] = u16(b[2*i:])
	}
	return string(utf16.Decode(units)), nil
}
