package payload_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/originbom/originbom/sbom/firmware/firmwaretest"
	"github.com/originbom/originbom/sbom/internal/payload"
)

func parts() []firmwaretest.File {
	system := make([]byte, 40<<10)
	copy(system, "the beginning")
	copy(system[35<<10:], "the end")
	return []firmwaretest.File{{Name: "system", Data: system}, {Name: "boot", Data: []byte("boot")}}
}

func open(b []byte) ([]payload.Partition, error) {
	return payload.Open(bytes.NewReader(b), int64(len(b)))
}

func TestOpen(t *testing.T) {
	ps, err := open(firmwaretest.Payload(0, parts()...))
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range ps {
		got, err := io.ReadAll(io.NewSectionReader(p.Data, 0, p.Size))
		sum := sha256.Sum256(got)
		if err != nil || !bytes.HasPrefix(got, parts()[i].Data) || !bytes.Equal(sum[:], p.SHA256) {
			t.Errorf("%s: %d bytes, %v", p.Name, len(got), err)
		}
	}
}

func TestRefuses(t *testing.T) {
	if ps, err := open(firmwaretest.Payload(3, parts()...)); !errors.Is(err, payload.ErrDelta) || ps != nil {
		t.Errorf("a delta: %v", err)
	}
	twice := firmwaretest.Payload(0, parts()[0], parts()[0])
	if _, err := open(twice); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("two partitions of one name: %v", err)
	}
	b := firmwaretest.Payload(0, parts()...)
	if _, err := open(b[:len(b)-1]); err == nil || !strings.Contains(err.Error(), "cut") {
		t.Errorf("a cut payload: %v", err)
	}
	b[len(b)-1] ^= 1
	ps, err := open(b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, io.NewSectionReader(ps[1].Data, 0, ps[1].Size)); err == nil || !strings.Contains(err.Error(), "SHA-256") {
		t.Errorf("a changed byte: %v", err)
	}
}

// TestManyRuns: an empty run of blocks takes two bytes, and 72 in memory.
func TestManyRuns(t *testing.T) {
	field := func(number byte, b []byte) []byte {
		return append(binary.AppendUvarint([]byte{number<<3 | 2}, uint64(len(b))), b...)
	}
	op := append([]byte{1 << 3, 6}, bytes.Repeat(field(6, nil), 1<<21+1)...)
	manifest := field(13, append(field(1, []byte("system")), field(8, op)...))
	b := append([]byte("CrAU"), make([]byte, 20)...)
	binary.BigEndian.PutUint64(b[4:], 2)
	binary.BigEndian.PutUint64(b[12:], uint64(len(manifest)))
	if ps, err := open(append(b, manifest...)); err == nil || ps != nil || !strings.Contains(err.Error(), "runs of blocks") {
		t.Errorf("%v, %v", ps, err)
	}
}

func TestMutations(t *testing.T) {
	good := firmwaretest.Payload(0, parts()...)
	for at := range 400 {
		b := bytes.Clone(good)
		b[at] ^= 1 << (at % 8)
		ps, err := open(b)
		if err != nil && ps != nil {
			t.Errorf("byte %d: an error and partitions", at)
		}
	}
}

// FuzzOpen: every accepted partition reads as many bytes as it claims, or fails.
func FuzzOpen(f *testing.F) {
	f.Add(firmwaretest.Payload(0, parts()...))
	f.Add(firmwaretest.Payload(1, parts()...))
	f.Fuzz(func(t *testing.T, b []byte) {
		ps, err := open(b)
		if err != nil {
			return
		}
		for _, p := range ps {
			want := min(p.Size, 1<<20)
			n, err := io.Copy(io.Discard, io.NewSectionReader(p.Data, 0, want))
			if err == nil && n != want {
				t.Errorf("%s: %d of %d bytes without an error", p.Name, n, want)
			}
		}
	})
}
