package apksig

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/originbom/originbom/sbom/internal/apkzip"
)

// maxBlock bounds the signing block, which is held in memory. Blocks are a few
// KiB, padded to 4096; vendors' frosting adds some tens.
const maxBlock = 32 << 20

// Identifiers of the entries in the signing block.
const (
	idV2  = 0x7109871a
	idV3  = 0xf05368c0
	idV31 = 0x1b93ad61
)

var blockIDs = map[Scheme]uint32{V2: idV2, V3: idV3, V31: idV31}

// blockMagic ends the signing block.
const blockMagic = "APK Sig Block 42"

// A block is the APK Signing Block: what lies between the last ZIP entry and the
// ZIP directory.
//
//	uint64  size of what follows this field
//	        entries: uint64 length, uint32 id, value
//	uint64  the same size
//	[16]    "APK Sig Block 42"
type block struct {
	offset  int64 // of the block; of the directory where there is none
	entries map[uint32][]byte
}

func (b *block) has(s Scheme) bool { _, ok := b.entries[blockIDs[s]]; return ok }

// findBlock finds the signing block. An archive without one is no error.
func findBlock(z *apkzip.Archive) (*block, error) {
	r, _ := z.Reader()
	none := &block{offset: z.Directory}
	const footer = int64(8 + len(blockMagic))
	if z.Directory < footer+8 {
		return none, nil
	}
	foot := make([]byte, footer)
	if _, err := r.ReadAt(foot, z.Directory-footer); err != nil {
		return nil, fmt.Errorf("signing block: %w", err)
	}
	if string(foot[8:]) != blockMagic {
		return none, nil
	}
	size := binary.LittleEndian.Uint64(foot)
	switch {
	case size < uint64(footer) || size > uint64(z.Directory)-8:
		return nil, fmt.Errorf("signing block: a size of %d bytes does not fit before the ZIP directory", size)
	case size > maxBlock:
		return nil, fmt.Errorf("signing block: larger than %d MiB", maxBlock>>20)
	}
	data := make([]byte, size+8)
	b := &block{offset: z.Directory - int64(len(data)), entries: map[uint32][]byte{}}
	if _, err := r.ReadAt(data, b.offset); err != nil {
		return nil, fmt.Errorf("signing block: %w", err)
	}
	if binary.LittleEndian.Uint64(data) != size {
		return nil, errors.New("signing block: its two sizes differ")
	}
	if err := b.parse(data[8 : int64(len(data))-footer]); err != nil {
		return nil, err
	}
	return b, nil
}

// parse reads the entries. The first of an id counts, as on Android.
func (b *block) parse(data []byte) error {
	for n := 1; len(data) > 0; n++ {
		if len(data) < 8 {
			return fmt.Errorf("signing block: entry %d is cut off", n)
		}
		size := binary.LittleEndian.Uint64(data)
		data = data[8:]
		if size < 4 || size > uint64(len(data)) {
			return fmt.Errorf("signing block: entry %d has a size of %d bytes, %d are left", n, size, len(data))
		}
		id := binary.LittleEndian.Uint32(data)
		if _, twice := b.entries[id]; !twice {
			b.entries[id] = data[4:size]
		}
		data = data[size:]
	}
	return nil
}

// A cursor reads the length-prefixed fields of the schemes v2 and v3. After an
// error it gives nothing more; done tells whether there was one.
type cursor struct {
	data []byte
	err  error
}

var errField = errors.New("a field is cut off")

// field gives the next field: a uint32 length and as many bytes.
func (c *cursor) field() []byte {
	n := int64(c.u32())
	if c.err != nil || n > int64(len(c.data)) {
		c.err, c.data = errField, nil
		return nil
	}
	out := c.data[:n:n]
	c.data = c.data[n:]
	return out
}

func (c *cursor) u32() uint32 {
	if c.err != nil || len(c.data) < 4 {
		c.err, c.data = errField, nil
		return 0
	}
	v := binary.LittleEndian.Uint32(c.data)
	c.data = c.data[4:]
	return v
}

// rest gives all that is left.
func (c *cursor) rest() []byte {
	out := c.data
	c.data = nil
	return out
}

func (c *cursor) more() bool { return c.err == nil && len(c.data) > 0 }

// each calls f with a cursor over every field of a field of fields.
func each(fields []byte, f func(i int, c *cursor) error) error {
	c := &cursor{data: fields}
	for i := 0; c.more(); i++ {
		in := &cursor{data: c.field()}
		if c.err != nil {
			return c.err
		}
		if err := f(i, in); err != nil {
			return err
		}
		if in.err != nil {
			return in.err
		}
	}
	return c.err
}
