package payload

import (
	"bytes"
	"compress/bzip2"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/therootcompany/xz"

	"github.com/originbom/originbom/sbom/internal/extent"
)

// cachedOperations is how many expanded operations a partition keeps: readers of
// a file system go back and forth between its metadata and data.
const cachedOperations = 8

// A cache keeps what the operations of one partition write.
type cache struct {
	mu   sync.Mutex
	list []cached // the latest last
}

type cached struct {
	op   *operation
	data []byte
}

// written is what one operation writes. It is expanded when it is read.
type written struct {
	op    *operation
	size  int64
	data  io.ReaderAt
	cache *cache
}

func (w *written) ReadAt(p []byte, off int64) (int, error) {
	data, err := w.cache.get(w)
	if err != nil {
		return 0, fmt.Errorf("operation with data at %d: %w", w.op.off, err)
	}
	if off < 0 || off >= int64(len(data)) {
		return 0, io.EOF
	}
	n := copy(p, data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (c *cache) get(w *written) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, e := range c.list {
		if e.op == w.op {
			c.list = append(append(c.list[:i:i], c.list[i+1:]...), e)
			return e.data, nil
		}
	}
	data, err := w.expand()
	if err != nil {
		return nil, err
	}
	c.list = append(c.list, cached{w.op, data})
	if len(c.list) > cachedOperations {
		c.list = append([]cached(nil), c.list[1:]...)
	}
	return data, nil
}

func (w *written) expand() ([]byte, error) {
	in := make([]byte, w.op.length)
	if err := extent.ReadFull(w.data, in, w.op.off); err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(in); !bytes.Equal(sum[:], w.op.sum) {
		return nil, errors.New("its SHA-256 is another than the manifest says: the payload is damaged or was changed")
	}
	var z io.Reader = bytes.NewReader(in)
	switch w.op.kind {
	case opReplaceBZ:
		z = bzip2.NewReader(z)
	case opReplaceXZ:
		var err error
		if z, err = xz.NewReader(z, maxOperation*2); err != nil {
			return nil, err
		}
	}
	out := make([]byte, w.size)
	if _, err := io.ReadFull(z, out); err != nil {
		return nil, fmt.Errorf("it gives fewer than %d bytes: %w", w.size, err)
	}
	if n, err := z.Read(make([]byte, 1)); n > 0 {
		return nil, fmt.Errorf("it gives more than %d bytes", w.size)
	} else if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return out, nil
}
