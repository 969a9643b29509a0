package extent_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/originbom/originbom/sbom/internal/extent"
)

func TestBuilder(t *testing.T) {
	src := strings.NewReader("abcdefgh")
	b := extent.NewBuilder(src, 8, 10)
	for _, err := range []error{b.Add(0, 2), b.Add(2, 1), b.Hole(5), b.Hole(4), b.Add(9, 0), b.Add(6, 2)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if b.End() != 7 || b.Full() {
		t.Errorf("End %d, Full %v", b.End(), b.Full())
	}
	r, err := b.Reader()
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(io.NewSectionReader(r, 0, 100))
	if want := "abc\x00\x00gh\x00\x00\x00"; string(got) != want || err != nil {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestBuilderCuts(t *testing.T) {
	b := extent.NewBuilder(strings.NewReader("abcdefgh"), 8, 3)
	if err := errors.Join(b.Add(6, 100), b.Add(100, 100)); err == nil {
		t.Error("a piece over the end of the source was accepted")
	}
	if err := errors.Join(b.Add(0, 100), b.Add(100, 100), b.Hole(100)); err != nil {
		t.Errorf("behind the file's end: %v", err)
	}
	if r, err := b.Reader(); err != nil || r.Size() != 3 {
		t.Errorf("%d bytes, %v", r.Size(), err)
	}
}

func TestBuilderRefuses(t *testing.T) {
	src := strings.NewReader("abcdefgh")
	for name, add := range map[string]func(*extent.Builder) error{
		"before the source": func(b *extent.Builder) error { return b.Add(-1, 1) },
		"behind it":         func(b *extent.Builder) error { return b.Add(9, 1) },
		"over its end":      func(b *extent.Builder) error { return b.Add(7, 2) },
		"a negative length": func(b *extent.Builder) error { return b.Add(0, -1) },
		"an overflow":       func(b *extent.Builder) error { return b.Add(1<<62, 1<<62) },
		"too many pieces": func(b *extent.Builder) error {
			for range extent.MaxRuns + 1 {
				if err := b.Add(0, 1); err != nil {
					return err
				}
			}
			return nil
		},
	} {
		if err := add(extent.NewBuilder(src, 8, extent.MaxSize)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestPieces reads "01234567" from pieces of 3 bytes, at every place and length.
func TestPieces(t *testing.T) {
	loads := 0
	find := func(off int64) (int, int64) { return int(off / 3), off / 3 * 3 }
	p := extent.NewPieces(8, find, func(i int) ([]byte, error) {
		loads++
		return []byte("012345678"[3*i : 3*i+3]), nil // the last is longer than the file
	})
	for from := range 9 {
		for to := from; to <= 8; to++ {
			b := make([]byte, to-from)
			if n, err := p.ReadAt(b, int64(from)); string(b) != "01234567"[from:to] || n != len(b) || err != nil {
				t.Errorf("ReadAt %d to %d = %q, %d, %v", from, to, b, n, err)
			}
		}
	}
	loads = 0
	for i := range int64(3) {
		if _, err := p.ReadAt(make([]byte, 1), i); err != nil || loads > 1 {
			t.Errorf("%v, %d loads of one piece", err, loads)
		}
	}
	if n, err := p.ReadAt(make([]byte, 4), 6); n != 2 || !errors.Is(err, io.EOF) {
		t.Errorf("over the end: %d, %v", n, err)
	}
	if _, err := p.ReadAt(nil, -1); err == nil {
		t.Error("a negative offset was accepted")
	}
}

func TestPiecesDamaged(t *testing.T) {
	find := func(int64) (int, int64) { return 0, 0 }
	for name, load := range map[string]func(int) ([]byte, error){
		"too short": func(int) ([]byte, error) { return []byte("ab"), nil },
		"no piece":  func(int) ([]byte, error) { return nil, errors.New("damaged") },
	} {
		n, err := extent.NewPieces(4, find, load).ReadAt(make([]byte, 4), 0)
		if n > 2 || err == nil || errors.Is(err, io.EOF) || !strings.Contains(err.Error(), "the piece at 0") {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
}
