package imagefstest

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/sbom/internal/imagefs"
)

// A Reader is the reader of one format under test, and its images of the tree
// that Want describes.
type Reader[T interface {
	comparable
	imagefs.Tree
}] struct {
	Open   func(r io.ReaderAt, size int64) (T, error)
	Images []string
	// Flips is how many places of each image are changed.
	Flips int
}

// open fails the test if an image comes with an error.
func (r Reader[T]) open(t testing.TB, b []byte) (T, bool) {
	t.Helper()
	im, err := r.Open(bytes.NewReader(b), int64(len(b)))
	if none := *new(T); err != nil && im != none {
		t.Errorf("an error and an image: %v", err)
	}
	return im, err == nil
}

// Test holds every image to what it was made of, and to the promises of Check
// when it is damaged or cut.
func (r Reader[T]) Test(t *testing.T) {
	for _, name := range r.Images {
		t.Run(name, func(t *testing.T) {
			b := Image(t, name)
			im, err := r.Open(bytes.NewReader(b), int64(len(b)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(Want(), Listing(imagefs.New(im))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			t.Run("mutations", func(t *testing.T) { r.mutations(t, b) })
			t.Run("truncations", func(t *testing.T) { r.truncations(t, b) })
		})
	}
}

// mutations flips bits all over an image, where it is not empty, and puts the
// numbers there that overflow: an error or another tree, never a panic, an
// endless walk or bytes that are not there.
func (r Reader[T]) mutations(t *testing.T, b []byte) {
	for i, at := range Places(b, r.Flips) {
		undo := change(b, at, i)
		if im, ok := r.open(t, b); ok {
			Check(t, im)
		}
		undo()
		if t.Failed() {
			t.Fatalf("change %d at byte %d", i, at)
		}
	}
}

// edges are numbers at which lengths, offsets and counts overflow.
var edges = []uint32{0, 1, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 16, 0x80008000}

// change flips a bit of the byte at, or writes an edge over the word it lies in,
// by turns. undo takes it back.
func change(b []byte, at, turn int) (undo func()) {
	word := b[at&^3 : min(len(b), at&^3+4)]
	was := bytes.Clone(word)
	if turn%2 == 0 || len(word) < 4 {
		b[at] ^= 1 << (at % 8)
	} else {
		binary.LittleEndian.PutUint32(word, edges[turn/2%len(edges)])
	}
	return func() { copy(word, was) }
}

// truncations opens an image cut at many places.
func (r Reader[T]) truncations(t *testing.T, b []byte) {
	for n := 0; n < len(b); n += len(b)/40 + 1 {
		if im, ok := r.open(t, b[:n]); ok {
			Check(t, im)
		}
	}
}

// maxSeed bounds the images that are seeds as they are, in bytes.
const maxSeed = 1 << 20

// Fuzz holds any image to the promises of Check.
func (r Reader[T]) Fuzz(f *testing.F) {
	for _, name := range r.Images {
		if b := Image(f, name); len(b) < maxSeed {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if im, ok := r.open(t, b); ok {
			Check(t, im)
		}
	})
}

// FuzzWords writes two words over the first image, for images that are too large
// to be seeds themselves.
func (r Reader[T]) FuzzWords(f *testing.F) {
	good := Image(f, r.Images[0])
	places := Places(good, len(good))
	f.Add(uint32(0), uint32(1), uint32(100), uint32(1<<31))
	f.Fuzz(func(t *testing.T, at, word, at2, word2 uint32) {
		b := bytes.Clone(good)
		for _, w := range [][2]uint32{{at, word}, {at2, word2}} {
			place := min(places[int(w[0])%len(places)]&^3, len(b)-4)
			binary.LittleEndian.PutUint32(b[place:], w[1])
		}
		if im, ok := r.open(t, b); ok {
			Check(t, im)
		}
	})
}
