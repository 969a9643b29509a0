package erofs

import (
	"bytes"
	"compress/flate"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz/lzma"
)

var text = bytes.Repeat([]byte("text that compresses, "), 900)

// store puts zeros before compressed data, as they are stored.
func store(b []byte) []byte { return append(make([]byte, (4096-len(b)%4096)%4096), b...) }

// TestExpand checks algorithms for which Debian's mkfs.erofs 1.5 has no writer
// against other encoders.
func TestExpand(t *testing.T) {
	var d, l bytes.Buffer
	f, err := flate.NewWriter(&d, 9)
	if err != nil {
		t.Fatal(err)
	}
	f.Write(text)
	f.Close()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	w, err := lzma.WriterConfig{SizeInHeader: true, Size: int64(len(text))}.NewWriter(&l)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(text)
	w.Close()
	micro := bytes.Clone(l.Bytes()[13:])
	micro[0] = ^l.Bytes()[0]
	block := make([]byte, lz4.CompressBlockBound(len(text)))
	n, err := lz4.CompressBlock(text, block, nil)
	if err != nil {
		t.Fatal(err)
	}
	for algorithm, b := range map[int][]byte{
		algorithmDeflate: d.Bytes(), algorithmZstd: z.EncodeAll(text, nil), algorithmLZMA: micro, algorithmLZ4: block[:n],
	} {
		im := &Image{padded: true, blockBits: 12}
		for _, length := range []int{len(text), 100, 1} { // an extent may end early
			if algorithm == algorithmLZMA && length < len(text) {
				continue // see expandLZMA
			}
			got, err := im.expand(store(b), piece{length: int64(length), algorithm: algorithm})
			if err != nil || !bytes.Equal(got, text[:length]) {
				t.Errorf("algorithm %d, %d bytes: %v", algorithm, length, err)
			}
		}
		if _, err := im.expand(store(b), piece{length: int64(len(text) + 1), algorithm: algorithm}); err == nil {
			t.Errorf("algorithm %d: more bytes than there are", algorithm)
		}
	}
}

// FuzzLZ4 wants what another decoder gives, where that one gives all.
func FuzzLZ4(f *testing.F) {
	block := make([]byte, lz4.CompressBlockBound(len(text)))
	n, err := lz4.CompressBlock(text, block, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(block[:n], uint16(len(text)))
	f.Fuzz(func(t *testing.T, in []byte, size uint16) {
		want := make([]byte, size)
		n, err := lz4.UncompressBlock(in, want)
		got := make([]byte, size)
		mine := expandLZ4(got, in)
		if err == nil && n == int(size) && n > 0 && (mine != nil || !bytes.Equal(got, want)) {
			t.Errorf("another result: %v", mine)
		}
	})
}
