package extent_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/originbom/originbom/sbom/internal/extent"
)

func TestReader(t *testing.T) {
	src := strings.NewReader("abcdefgh")
	r, err := extent.New([]extent.Run{{Length: 3, Source: src, Offset: 5}, {Length: 2}, {}, {Length: 2, Source: src}})
	if err != nil {
		t.Fatal(err)
	}
	want := "fgh\x00\x00ab"
	for from := range len(want) + 1 {
		for to := from; to <= len(want); to++ {
			p := make([]byte, to-from)
			if n, err := r.ReadAt(p, int64(from)); string(p) != want[from:to] || n != len(p) || err != nil {
				t.Errorf("ReadAt %d to %d = %q, %d, %v", from, to, p, n, err)
			}
		}
	}
	if n, err := r.ReadAt(make([]byte, 4), 5); n != 2 || !errors.Is(err, io.EOF) {
		t.Errorf("behind the end: %d, %v", n, err)
	}
	if _, err := r.ReadAt(nil, -1); err == nil {
		t.Error("a negative offset was accepted")
	}
}

func TestRefuses(t *testing.T) {
	for _, runs := range [][]extent.Run{
		{{Length: -1}}, {{Length: extent.MaxSize}, {Length: 1}}, {{Length: 1, Offset: -1}},
	} {
		if r, err := extent.New(runs); err == nil || r != nil {
			t.Errorf("New(%v) = %v, %v", runs, r, err)
		}
	}
	r, err := extent.New([]extent.Run{{Length: 4, Source: bytes.NewReader([]byte("ab"))}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.ReadAt(make([]byte, 4), 0); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a source that is too short: %v", err)
	}
}
