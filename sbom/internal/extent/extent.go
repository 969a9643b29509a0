// Package extent reads a file that lies in pieces in another one: the common
// ground of sparse images, logical partitions and file systems.
//
// A [Reader] is a list of [Run]s, in order and without gaps. A run takes its
// bytes from a place in an [io.ReaderAt], or is zeros. Nothing is copied and
// nothing is kept in memory but the list.
package extent

import (
	"errors"
	"fmt"
	"io"
	"sort"
)

// MaxSize bounds the size of a Reader, in bytes: the largest storage of a phone,
// 1 TiB. A few bytes can claim it as zeros, and to digest them takes minutes. Sums
// of sizes stay far from overflow below it.
const MaxSize = 1 << 40

// A Run is a piece of Length bytes, taken from Source at Offset; zeros if Source
// is nil.
type Run struct {
	Length int64
	Source io.ReaderAt
	Offset int64
}

// A Reader reads runs as one file. It is safe for concurrent use if its sources
// are.
type Reader struct {
	runs []Run
	ends []int64 // where each run ends
}

// New makes a reader of runs, which it keeps. Empty runs are dropped.
func New(runs []Run) (*Reader, error) {
	r := &Reader{runs: make([]Run, 0, len(runs)), ends: make([]int64, 0, len(runs))}
	end := int64(0)
	for _, run := range runs {
		switch {
		case run.Length < 0 || run.Length > MaxSize-end:
			return nil, fmt.Errorf("the pieces add up to more than %d GiB", int64(MaxSize)>>30)
		case run.Offset < 0:
			return nil, errors.New("a piece lies before the beginning")
		case run.Length == 0:
			continue
		}
		end += run.Length
		r.runs = append(r.runs, run)
		r.ends = append(r.ends, end)
	}
	return r, nil
}

// Size is the sum of the runs' lengths in bytes.
func (r *Reader) Size() int64 {
	if len(r.ends) == 0 {
		return 0
	}
	return r.ends[len(r.ends)-1]
}

// ReadAt reads as [io.ReaderAt] says. A source that ends within a run gives
// io.ErrUnexpectedEOF.
func (r *Reader) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("negative offset")
	}
	i := sort.Search(len(r.ends), func(i int) bool { return r.ends[i] > off })
	n := 0
	for ; n < len(p); i++ {
		if i == len(r.runs) {
			return n, io.EOF
		}
		run, at := r.runs[i], off+int64(n)
		into := p[n:min(int64(len(p)), int64(n)+r.ends[i]-at)]
		if run.Source == nil {
			clear(into)
			n += len(into)
			continue
		}
		k, err := run.Source.ReadAt(into, run.Offset+at-(r.ends[i]-run.Length))
		n += k
		if k < len(into) {
			if err == nil || errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return n, err
		}
	}
	return n, nil
}

// ReadFull fills p from r at off. Fewer bytes are io.ErrUnexpectedEOF.
func ReadFull(r io.ReaderAt, p []byte, off int64) error {
	n, err := r.ReadAt(p, off)
	switch {
	case n == len(p):
		return nil
	case err == nil || errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	}
	return err
}
