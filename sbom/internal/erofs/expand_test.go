package erofs

import (
	"bytes"
	"compress/flate"
	"encoding/hex"
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
		for _, length := range []int{len(text), len(text) - 1, 10_000, 300, 100, 22, 1} { // an extent may end early
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

// microLZMA is what lzma_microlzma_encoder of XZ Utils 5.4.1 makes of text, with
// preset 6.
const microLZMA = "a23a194b781036d2248cd79345d0138ed17dabd82847204900c2b558a4220c8c565ca2f8f3e83d30703961a26fdd9ff05e9a6f4ab721382e62b0cec7145360524aa9f5e6abb501db76d56f7cf0a611970000"

// TestMicroLZMA reads what another encoder wrote, all beginnings of it, and none
// of it damaged or cut.
func TestMicroLZMA(t *testing.T) {
	in, err := hex.DecodeString(microLZMA)
	if err != nil {
		t.Fatal(err)
	}
	for length := 1; length <= len(text); length += 1 + length/7 {
		out := make([]byte, length)
		if err := expandLZMA(out, in); err != nil || !bytes.Equal(out, text[:length]) {
			t.Errorf("the first %d bytes: %v", length, err)
		}
	}
	if err := expandLZMA(make([]byte, len(text)), in); err != nil {
		t.Errorf("all of it: %v", err)
	}
	if err := expandLZMA(make([]byte, len(text)+1), in); err == nil {
		t.Error("one byte more than there is was given")
	}
	for n := range len(in) - 8 {
		if err := expandLZMA(make([]byte, len(text)), in[:n]); err == nil {
			t.Errorf("cut to %d bytes: no error", n)
		}
	}
}

// FuzzLZMA: whatever the stream, a longer extent begins as a shorter one does.
func FuzzLZMA(f *testing.F) {
	in, err := hex.DecodeString(microLZMA)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(in, uint16(len(text)), uint16(100))
	f.Fuzz(func(t *testing.T, in []byte, a, b uint16) {
		long, short := make([]byte, max(a, b)), make([]byte, min(a, b))
		if expandLZMA(long, in) != nil {
			return
		}
		if err := expandLZMA(short, in); err != nil || !bytes.HasPrefix(long, short) {
			t.Errorf("%d bytes are read, the first %d are not the same: %v", len(long), len(short), err)
		}
	})
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
