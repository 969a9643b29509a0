package extent

import (
	"errors"
	"fmt"
	"io"
)

// MaxRuns bounds the runs that a [Builder] gathers; each costs 48 bytes while the
// file is open. A file of 4 GiB in single blocks of 4 KiB has a million.
const MaxRuns = 1 << 20

// A Builder gathers the runs of one file from front to back. Neighbours are
// joined, and what lies behind the end of the file is cut.
type Builder struct {
	src       io.ReaderAt
	srcSize   int64
	size, end int64 // of the file; of the runs so far
	runs      []Run
}

// NewBuilder begins a file of size bytes, whose runs lie in src, which has srcSize
// bytes.
func NewBuilder(src io.ReaderAt, srcSize, size int64) *Builder {
	return &Builder{src: src, srcSize: srcSize, size: size}
}

// End is where the next run begins, in bytes.
func (b *Builder) End() int64 { return b.end }

// Full reports whether the runs reach the end of the file.
func (b *Builder) Full() bool { return b.end >= b.size }

// Add appends length bytes that stand at that byte of the source.
func (b *Builder) Add(at, length int64) error {
	length = min(length, b.size-b.end)
	switch {
	case length == 0:
		return nil
	case length < 0 || at < 0 || at > b.srcSize || length > b.srcSize-at:
		return errors.New("a piece of it lies outside of the image")
	}
	return b.add(Run{Length: length, Source: b.src, Offset: at})
}

// Hole appends zeros up to the byte to of the file, none if it is there already.
func (b *Builder) Hole(to int64) error {
	if to = min(to, b.size); to > b.end {
		return b.add(Run{Length: to - b.end})
	}
	return nil
}

func (b *Builder) add(run Run) error {
	b.end += run.Length
	if n := len(b.runs); n > 0 && b.runs[n-1].leads(run) {
		b.runs[n-1].Length += run.Length
		return nil
	}
	if len(b.runs) == MaxRuns {
		return fmt.Errorf("more than %d pieces in one file", MaxRuns)
	}
	b.runs = append(b.runs, run)
	return nil
}

// leads reports whether next is the same piece, further on. Both are from one
// source, or zeros.
func (r Run) leads(next Run) bool {
	if r.Source == nil || next.Source == nil {
		return r.Source == nil && next.Source == nil
	}
	return r.Offset+r.Length == next.Offset
}

// Reader gives the file, with zeros behind the last run up to its size.
func (b *Builder) Reader() (*Reader, error) {
	if err := b.Hole(b.size); err != nil {
		return nil, err
	}
	return New(b.runs)
}
