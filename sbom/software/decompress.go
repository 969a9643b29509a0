package software

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/therootcompany/xz"
)

const (
	// maxExpanded bounds what a compressed kernel or module may expand to. The
	// largest kernels are near 100 MiB.
	maxExpanded = 256 << 20
	// maxWindow bounds the memory of one decompressor. Kernels and modules are
	// packed with windows of at most 32 MiB.
	maxWindow = 64 << 20
)

// errExpanded is returned by a capped reader instead of more bytes.
var errExpanded = fmt.Errorf("expands to more than the limit of %d bytes", maxExpanded)

// compressions by the bytes that they start with.
var compressions = []struct {
	magic string
	open  func(io.Reader) (io.Reader, error)
}{
	{"\x1f\x8b\x08", func(r io.Reader) (io.Reader, error) {
		z, err := gzip.NewReader(r)
		if err == nil {
			z.Multistream(false) // kernels are followed by padding or trees
		}
		return z, err
	}},
	{"\xfd7zXZ\x00", func(r io.Reader) (io.Reader, error) { return xz.NewReader(r, maxWindow) }},
	{"\x28\xb5\x2f\xfd", func(r io.Reader) (io.Reader, error) {
		// One goroutine less, no state to close.
		return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
	}},
	{"\x04\x22\x4d\x18", func(r io.Reader) (io.Reader, error) { return lz4.NewReader(r), nil }},
	{"\x02\x21\x4c\x18", func(r io.Reader) (io.Reader, error) { return lz4.NewReader(r), nil }}, // legacy frame
}

var errNotCompressed = errors.New("not compressed in a way that is known here")

// decompress gives the expanded bytes of r, whose first bytes are head.
func decompress(head []byte, r io.Reader) (io.Reader, error) {
	for _, c := range compressions {
		if !bytes.HasPrefix(head, []byte(c.magic)) {
			continue
		}
		z, err := c.open(r)
		if err != nil {
			return nil, err
		}
		return &capped{r: z, left: maxExpanded}, nil
	}
	return nil, errNotCompressed
}

// capped is a reader that fails over its limit, instead of ending there as
// io.LimitReader does.
type capped struct {
	r    io.Reader
	left int64
}

func (c *capped) Read(p []byte) (int, error) {
	if int64(len(p)) > c.left+1 {
		p = p[:c.left+1]
	}
	n, err := c.r.Read(p)
	if int64(n) > c.left {
		return int(c.left), errExpanded
	}
	c.left -= int64(n)
	return n, err
}
