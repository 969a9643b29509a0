package erofs

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz/lzma"
)

var errDamaged = errors.New("the compressed data is damaged")

// expand gives the e.length bytes that are stored in an extent.
func (im *Image) expand(stored []byte, e piece) ([]byte, error) {
	out := make([]byte, e.length)
	switch e.algorithm {
	case algorithmShifted:
		if len(stored) < len(out) {
			return nil, errDamaged
		}
		copy(out, stored)
		return out, nil
	case algorithmInterlaced:
		return im.deinterlace(out, stored, e)
	}
	if im.padded || e.algorithm != algorithmLZ4 {
		stored = bytes.TrimLeft(stored, "\x00")
	}
	switch e.algorithm {
	case algorithmLZ4:
		return out, expandLZ4(out, stored)
	case algorithmLZMA:
		return out, expandLZMA(out, stored)
	case algorithmDeflate:
		return out, fill(out, flate.NewReader(bytes.NewReader(stored)))
	case algorithmZstd:
		z, err := zstd.NewReader(bytes.NewReader(stored), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxExtent))
		if err != nil {
			return nil, errDamaged
		}
		defer z.Close()
		return out, fill(out, z)
	}
	return nil, fmt.Errorf("compression %d is not known", e.algorithm)
}

// fill reads out full; an extent may hold more, of which only the beginning is
// meant.
func fill(out []byte, r io.Reader) error {
	if _, err := io.ReadFull(r, out); err != nil {
		return errDamaged
	}
	return nil
}

// deinterlace turns a block whose data stands where it would stand in the file's
// page: rotated.
func (im *Image) deinterlace(out, stored []byte, e piece) ([]byte, error) {
	block := int64(1) << im.blockBits
	if int64(len(stored)) > block || e.length > int64(len(stored)) {
		return nil, errDamaged
	}
	skip := e.start & (block - 1)
	right := min(block-skip, e.length)
	copy(out, stored[skip:skip+right])
	copy(out[right:], stored[:e.length-right])
	return out, nil
}

// expandLZMA reads MicroLZMA: an LZMA stream without header, whose first byte,
// always zero, is the inverted byte of properties (XZ Utils, lzma_microlzma).
//
// An extent may be only the beginning of its stream, which deduplication makes.
// The decoder wants to know the stream's own size, and calls that of the extent
// wrong; what it has decoded until then is all of the extent, and is read after.
func expandLZMA(out, in []byte) error {
	if len(in) < 1 {
		return errDamaged
	}
	head := []byte{^in[0]}
	dict := max(len(out), lzma.MinDictCap) // no match can lie further back
	head = binary.LittleEndian.AppendUint32(head, uint32(dict))
	head = binary.LittleEndian.AppendUint64(head, uint64(len(out)))
	head = append(head, 0)
	z, err := lzma.ReaderConfig{DictCap: dict}.NewReader(io.MultiReader(bytes.NewReader(head), bytes.NewReader(in[1:])))
	if err != nil {
		return errDamaged
	}
	n, err := io.ReadFull(z, out)
	if err != nil && err.Error() == wrongSize {
		return fill(out[n:], z)
	} else if err != nil {
		return errDamaged
	}
	return nil
}

// wrongSize is what the LZMA decoder says of a stream that goes on behind the size
// that it was told. After any other error what it gives is not to be had.
const wrongSize = "lzma: wrong uncompressed data size"

// expandLZ4 reads one LZ4 block into out, all of it. What stands behind the
// bytes that fill out does not matter, as with LZ4_decompress_safe_partial.
func expandLZ4(out, in []byte) error {
	n, i := 0, 0
	length := func(base int) (int, bool) {
		if base != 15 {
			return base, true
		}
		for i < len(in) {
			b := in[i]
			i++
			base += int(b)
			if b != 255 {
				return base, true
			}
		}
		return 0, false
	}
	for n < len(out) {
		if i >= len(in) {
			return errDamaged
		}
		token := in[i]
		i++
		literals, ok := length(int(token >> 4))
		if !ok {
			return errDamaged
		}
		literals = min(literals, len(out)-n)
		if literals > len(in)-i {
			return errDamaged
		}
		n += copy(out[n:n+literals], in[i:])
		i += literals
		if n == len(out) {
			return nil
		}
		if len(in)-i < 2 {
			return errDamaged
		}
		distance := int(in[i]) | int(in[i+1])<<8
		i += 2
		match, ok := length(int(token & 15))
		if !ok || distance == 0 || distance > n {
			return errDamaged
		}
		n = copyMatch(out, n, distance, min(match+4, len(out)-n))
	}
	return nil
}

// copyMatch repeats length bytes that lie distance before n; they may overlap.
func copyMatch(out []byte, n, distance, length int) int {
	for end := n + length; n < end; {
		n += copy(out[n:min(end, n+distance)], out[n-distance:n])
	}
	return n
}
