package extent

import (
	"errors"
	"fmt"
	"io"
	"sync"
)

// Pieces reads a file that is stored in pieces, each of which must be expanded
// whole. It keeps the piece that was read last, and is safe for concurrent use.
type Pieces struct {
	size int64
	find func(off int64) (piece int, start int64)
	load func(piece int) ([]byte, error)

	mu     sync.Mutex
	cached int // -1 if none
	data   []byte
}

// NewPieces makes a file of size bytes. find tells for a byte of the file which
// piece it lies in and where that piece starts; load gives a piece's bytes, which
// are kept. A piece that load gives too short is io.ErrUnexpectedEOF.
func NewPieces(size int64, find func(off int64) (piece int, start int64), load func(piece int) ([]byte, error)) *Pieces {
	return &Pieces{size: size, find: find, load: load, cached: -1}
}

// ReadAt reads as [io.ReaderAt] says. Errors tell where in the file the piece
// starts that could not be read.
func (p *Pieces) ReadAt(b []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("negative offset")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for n < len(b) {
		at := off + int64(n)
		if at >= p.size {
			return n, io.EOF
		}
		piece, start := p.find(at)
		if err := p.hold(piece, at-start); err != nil {
			return n, fmt.Errorf("the piece at %d: %w", start, err)
		}
		left := min(int64(len(b)-n), p.size-at)
		n += copy(b[n:int64(n)+left], p.data[at-start:])
	}
	return n, nil
}

// hold makes a piece the one in data, which must reach behind from.
func (p *Pieces) hold(piece int, from int64) error {
	if p.cached != piece {
		data, err := p.load(piece)
		if err != nil {
			return err
		}
		p.cached, p.data = piece, data
	}
	if from >= int64(len(p.data)) {
		return io.ErrUnexpectedEOF
	}
	return nil
}
