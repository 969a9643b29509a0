package sparse_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"

	"github.com/originbom/originbom/sbom/firmware/firmwaretest"
	"github.com/originbom/originbom/sbom/internal/extent"
	"github.com/originbom/originbom/sbom/internal/sparse"
)

func open(b []byte) (*extent.Reader, error) { return sparse.Open(bytes.NewReader(b), int64(len(b))) }

func example() []byte {
	b := make([]byte, 5*4096)
	copy(b[4096:], "data")
	copy(b[2*4096:], bytes.Repeat([]byte("word"), 1024))
	copy(b[4*4096:], "the end")
	return b
}

func TestOpen(t *testing.T) {
	want := example()
	r, err := open(firmwaretest.Sparse(want))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("another image, %v", err)
	}
	piece := make([]byte, 10)
	if _, err := r.ReadAt(piece, 2*4096+1); err != nil || string(piece) != "ordwordwor" {
		t.Errorf("ReadAt = %q, %v", piece, err)
	}
}

func TestRefuses(t *testing.T) {
	le := binary.LittleEndian
	tests := []struct {
		name string
		edit func(b []byte) []byte
		want string
	}{
		{"empty", func(b []byte) []byte { return nil }, "not a sparse image"},
		{"another version", func(b []byte) []byte { b[4] = 2; return b }, "version 2"},
		{"a block of 3 bytes", func(b []byte) []byte { le.PutUint32(b[12:], 3); return b }, "a block of 3 bytes"},
		{"too many chunks", func(b []byte) []byte { le.PutUint32(b[20:], 1<<31); return b }, "chunks are more than"},
		{"other number of blocks", func(b []byte) []byte { le.PutUint32(b[16:], 6); return b }, "the header says 6"},
		{"cut", func(b []byte) []byte { return b[:len(b)-1] }, "behind the end"},
		{"unknown chunk", func(b []byte) []byte { b[28] = 9; return b }, "unknown type"},
		{"a bomb of fill chunks", func(b []byte) []byte {
			le.PutUint32(b[12:], 1<<20)
			for at := 28; at < len(b); at += int(le.Uint32(b[at+8:])) {
				le.PutUint32(b[at+4:], 1<<31)
			}
			return b
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := open(tt.edit(firmwaretest.Sparse(example())))
			if err == nil || r != nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Open = %v, %v, want an error with %q", r, err, tt.want)
			}
		})
	}
}

// FuzzOpen: an accepted image reads from end to end in the size that it claims,
// and holds no more blocks than its chunks say.
func FuzzOpen(f *testing.F) {
	f.Add(firmwaretest.Sparse(example()))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := open(b)
		if err != nil {
			return
		}
		if r.Size()%4 != 0 || r.Size() > extent.MaxSize {
			t.Errorf("size %d", r.Size())
		}
		n, err := io.Copy(io.Discard, io.NewSectionReader(r, 0, min(r.Size(), 1<<20)))
		if err != nil || n != min(r.Size(), 1<<20) {
			t.Errorf("read %d of %d: %v", n, r.Size(), err)
		}
	})
}
