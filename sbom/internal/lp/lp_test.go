package lp_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/originbom/originbom/sbom/firmware/firmwaretest"
	"github.com/originbom/originbom/sbom/internal/lp"
)

func open(b []byte) (*lp.Super, error) { return lp.Open(bytes.NewReader(b), int64(len(b))) }

var (
	system = bytes.Repeat([]byte("system"), 2000)
	vendor = bytes.Repeat([]byte("vendor"), 700)
)

func example() []byte {
	return firmwaretest.Super(firmwaretest.File{Name: "system_a", Data: system}, firmwaretest.File{Name: "vendor_a", Data: vendor})
}

func TestOpen(t *testing.T) {
	s, err := open(example())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		name string
		data []byte
	}{{"system_a", system}, {"vendor_a", vendor}} {
		p := s.Partitions[i]
		got, err := io.ReadAll(io.NewSectionReader(p.Data, 0, p.Data.Size()))
		if err != nil || p.Name != want.name || p.Group != "default" || !bytes.HasPrefix(got, want.data) {
			t.Errorf("partition %d: %s in %s, %d bytes, %v", i, p.Name, p.Group, len(got), err)
		}
	}
}

// TestBackups: one damaged copy is passed over and counted, two are an error.
func TestBackups(t *testing.T) {
	b := example()
	b[4096+44] ^= 1 // a slot count of the first geometry
	b[12288+200] ^= 1
	s, err := open(b)
	if err != nil || s.Damaged != 2 || len(s.Partitions) != 2 {
		t.Fatalf("Open = %+v, %v", s, err)
	}
	b[12288+65536+200] ^= 1
	if s, err := open(b); err == nil || s != nil || !strings.Contains(err.Error(), "digest is wrong") {
		t.Errorf("Open = %v, %v", s, err)
	}
}

// TestMutations: no bit of the metadata can change unseen. What is not covered
// by a digest (the second copies) is not used.
func TestMutations(t *testing.T) {
	b := example()
	for at := 12288; at < 12288+600; at++ {
		b[at] ^= 4
		if s, err := open(b); err != nil || s.Damaged != 1 {
			if at < 12288+128+2*52+2*24+48+64 {
				t.Errorf("byte %d: %v", at, err)
			}
		}
		b[at] ^= 4
	}
}

// TestSharedZeros: extents of zeros take no room in the image, and may not be
// counted by two partitions all the same.
func TestSharedZeros(t *testing.T) {
	const partition, extents = 12288 + 128, 12288 + 128 + 2*52
	b := example()
	for _, edit := range []struct {
		at   int
		bits byte
	}{{extents + 8, 1}, {extents + 24 + 8, 1}, {partition + 52 + 40, 1}, {partition + 52 + 44, 3}} { // both are zeros; the second partition has both
		firmwaretest.EditSuper(b, edit.at-12288, edit.bits)
	}
	b[12288+65536] ^= 1 // the backup
	if s, err := open(b); err == nil || s != nil || !strings.Contains(err.Error(), "extents of another partition") {
		t.Errorf("Open = %v, %v", s, err)
	}
}

func TestTruncations(t *testing.T) {
	b := example()
	for n := 0; n < len(b); n += 4096 {
		if s, err := open(b[:n]); err == nil || s != nil {
			t.Errorf("cut to %d bytes: accepted", n)
		}
	}
}

// FuzzOpen: with digests put right, whatever is accepted lies in the image and
// nothing lies there twice.
func FuzzOpen(f *testing.F) {
	f.Add(uint16(0), byte(1))
	f.Add(uint16(128+20), byte(0x80))
	f.Fuzz(func(t *testing.T, at uint16, bits byte) {
		b := example()
		firmwaretest.EditSuper(b, int(at)%600, bits)
		s, err := open(b)
		if err != nil {
			return
		}
		for _, p := range s.Partitions {
			n, err := io.Copy(io.Discard, io.NewSectionReader(p.Data, 0, min(p.Data.Size(), 1<<20)))
			if err != nil || n != min(p.Data.Size(), 1<<20) {
				t.Errorf("%s: read %d of %d: %v", p.Name, n, p.Data.Size(), err)
			}
			if strings.ContainsAny(p.Name, "/.\x00") {
				t.Errorf("name %q", p.Name)
			}
		}
	})
}
