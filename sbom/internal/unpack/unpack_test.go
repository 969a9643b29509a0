package unpack_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"

	"github.com/originbom/originbom/sbom/internal/unpack"
)

var plain = bytes.Repeat([]byte("a ramdisk "), 2000)

func packed(t testing.TB, b []byte) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	var buf bytes.Buffer
	g := gzip.NewWriter(&buf)
	_, err1 := g.Write(b)
	err1 = errors.Join(err1, g.Close())
	out["gzip"] = bytes.Clone(buf.Bytes())
	buf.Reset()
	x, err2 := xz.NewWriter(&buf)
	_, err3 := x.Write(b)
	err3 = errors.Join(err3, x.Close())
	out["xz"] = bytes.Clone(buf.Bytes())
	z, err4 := zstd.NewWriter(nil)
	out["zstd"] = z.EncodeAll(b, nil)
	block := make([]byte, lz4.CompressBlockBound(len(b)))
	n, err5 := lz4.CompressBlock(b, block, nil)
	out["lz4 legacy"] = append(binary.LittleEndian.AppendUint32([]byte("\x02\x21\x4c\x18"), uint32(n)), block[:n]...)
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestBytes(t *testing.T) {
	for name, b := range packed(t, plain) {
		if got, ok := unpack.Known(b); !ok || got != name {
			t.Errorf("Known = %q, want %q", got, name)
		}
		got, err := unpack.Bytes(bytes.NewReader(append(b, make([]byte, 64)...)), 1<<20)
		if name != "xz" && name != "zstd" { // which do not take padding
			if err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%s: %d bytes, %v", name, len(got), err)
			}
		}
		if got, err := unpack.Bytes(bytes.NewReader(b), int64(len(plain))); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		if _, err := unpack.Bytes(bytes.NewReader(b), int64(len(plain)-1)); err == nil || !strings.Contains(err.Error(), "expands to more") {
			t.Errorf("%s over its limit: %v", name, err)
		}
	}
	if _, err := unpack.Bytes(strings.NewReader("070701"), 1); !errors.Is(err, unpack.ErrUnknown) {
		t.Errorf("not compressed: %v", err)
	}
}

// FuzzBytes: the output never exceeds the limit.
func FuzzBytes(f *testing.F) {
	for _, b := range packed(f, plain) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, _ := unpack.Bytes(bytes.NewReader(b), 1<<16); len(got) > 1<<16 {
			t.Errorf("%d bytes", len(got))
		}
	})
}
