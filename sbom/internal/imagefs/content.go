package imagefs

import (
	"fmt"
	"io"

	"github.com/originbom/originbom/sbom/internal/extent"
)

// MaxDir bounds the bytes of a directory: MaxEntries names of 50 letters. The
// hash tables of F2FS and ext4 are sparse.
const MaxDir = 64 << 20

// ReadBlocks reads the entries of a directory of size bytes that lies in blocks,
// each of them parsed for itself; the last may be short. parse appends to the
// entries before.
func ReadBlocks(r io.ReaderAt, size, block int64, parse func(out []Entry, block []byte) ([]Entry, error)) ([]Entry, error) {
	if size < 0 || size > MaxDir {
		return nil, fmt.Errorf("a directory of %d bytes", size)
	}
	var out []Entry
	b := make([]byte, block)
	for at := int64(0); at < size; at += block {
		b := b[:min(block, size-at)]
		if err := extent.ReadFull(r, b, at); err != nil {
			return nil, err
		}
		var err error
		if out, err = parse(out, b); err != nil {
			return nil, fmt.Errorf("directory block at %d: %w", at, err)
		}
		if len(out) > MaxEntries {
			return nil, errTooMany
		}
	}
	return out, nil
}
