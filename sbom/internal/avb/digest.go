package avb

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"
	"hash"
	"io"
)

const (
	// maxBlock bounds the blocks of a hash tree in bytes; Android's have 4096.
	maxBlock = 1 << 16
	minBlock = 512
)

// ErrHash is returned for a descriptor with a hash that is not implemented here.
var ErrHash = errors.New("the hash is not implemented")

// Matches recomputes the digest or the root of the hash tree of a partition's
// content, all of it read once in order, and compares. A content that is shorter
// than the descriptor says does not match. The memory needed does not depend on
// the size.
func (p *Partition) Matches(ctx context.Context, r io.ReaderAt, size int64) (bool, error) {
	h, ok := map[string]crypto.Hash{"sha1": crypto.SHA1, "sha256": crypto.SHA256, "sha512": crypto.SHA512}[p.Hash]
	if !ok {
		return false, fmt.Errorf("%q: %w", p.Hash, ErrHash)
	}
	if size < p.Size {
		return false, nil
	}
	content := io.NewSectionReader(r, 0, p.Size)
	if p.Tree {
		root, err := p.root(ctx, h, content)
		return bytes.Equal(root, p.Digest), err
	}
	d := h.New()
	d.Write(p.Salt)
	buf := make([]byte, 1<<20)
	for {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		n, err := content.Read(buf)
		d.Write(buf[:n])
		if errors.Is(err, io.EOF) {
			return bytes.Equal(d.Sum(nil), p.Digest), nil
		}
		if err != nil {
			return false, err
		}
	}
}

// root computes the root of the hash tree (Linux, dm-verity format 1): every
// block is hashed with the salt before it, the digests are filled up to a power
// of two and make the blocks of the next level.
func (p *Partition) root(ctx context.Context, h crypto.Hash, content *io.SectionReader) ([]byte, error) {
	for _, b := range []int64{p.BlockSize, p.HashBlock} {
		if b < minBlock || b > maxBlock || b&(b-1) != 0 {
			return nil, fmt.Errorf("a hash tree with blocks of %d bytes", b)
		}
	}
	if p.Size == 0 || p.Size%p.BlockSize != 0 {
		return nil, fmt.Errorf("a hash tree over %d bytes, no multiple of %d", p.Size, p.BlockSize)
	}
	t := tree{salt: p.Salt, hash: h.New(), size: int(p.HashBlock), each: 1}
	for t.each < h.Size() {
		t.each *= 2
	}
	buf := make([]byte, max(p.BlockSize, 1<<20))
	for left := p.Size; left > 0; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		b := buf[:min(left, int64(len(buf)))]
		if _, err := io.ReadFull(content, b); err != nil {
			return nil, err
		}
		left -= int64(len(b))
		for ; len(b) > 0; b = b[p.BlockSize:] {
			t.add(0, t.digest(b[:p.BlockSize]))
		}
	}
	return t.root(), nil
}

// tree holds the last, unfinished block of every level.
type tree struct {
	salt   []byte
	hash   hash.Hash
	size   int // of a block of digests
	each   int // bytes that a digest takes
	levels []level
}

type level struct {
	block []byte
	count int64 // digests so far
	first []byte
}

func (t *tree) digest(b []byte) []byte {
	t.hash.Reset()
	t.hash.Write(t.salt)
	t.hash.Write(b)
	return t.hash.Sum(nil)
}

func (t *tree) add(i int, digest []byte) {
	if i == len(t.levels) {
		t.levels = append(t.levels, level{first: digest})
	}
	l := &t.levels[i]
	l.count++
	l.block = append(l.block, digest...)
	l.block = append(l.block, make([]byte, t.each-len(digest))...)
	if len(l.block) == t.size {
		d := t.digest(l.block)
		l.block = l.block[:0]
		t.add(i+1, d)
	}
}

// root finishes the levels from below; the level with one digest has the root.
func (t *tree) root() []byte {
	for i := 0; ; i++ {
		l := &t.levels[i]
		if l.count == 1 {
			return l.first
		}
		if len(l.block) > 0 {
			block := append(l.block, make([]byte, t.size-len(l.block))...)
			l.block = nil
			t.add(i+1, t.digest(block))
		}
	}
}
