package bootimg_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"

	"github.com/originbom/originbom/sbom/firmware/firmwaretest"
	"github.com/originbom/originbom/sbom/internal/bootimg"
)

func example() []byte {
	return firmwaretest.Boot([]byte("a kernel"), bytes.Repeat([]byte("ramdisk"), 1000), []byte("a tree"), "console=ttyS0")
}

func open(b []byte) (*bootimg.Image, error) { return bootimg.Open(bytes.NewReader(b), int64(len(b))) }

func TestOpen(t *testing.T) {
	im, err := open(example())
	if err != nil {
		t.Fatal(err)
	}
	if im.Version != 2 || im.OSVersion != "13.0.0" || im.PatchLevel != "2023-06" || im.CommandLine != "console=ttyS0" || im.Vendor {
		t.Errorf("%+v", im)
	}
	for name, want := range map[string]string{"kernel": "a kernel", "ramdisk": strings.Repeat("ramdisk", 1000), "dtb": "a tree"} {
		got, err := io.ReadAll(im.Part(name))
		if err != nil || string(got) != want {
			t.Errorf("%s: %.20q, %v", name, got, err)
		}
	}
	if im.Part("second") != nil {
		t.Error("a part that is not there")
	}
}

// TestVendorFragments reads a vendor_boot image of version 4, written field by
// field, with two ramdisks of one section.
func TestVendorFragments(t *testing.T) {
	le := binary.LittleEndian
	h := append([]byte("VNDRBOOT"), make([]byte, 2040)...)
	h = append(h, make([]byte, 2048)...) // header of 2128 bytes in pages of 2048
	le.PutUint32(h[8:], 4)
	le.PutUint32(h[12:], 2048)
	le.PutUint32(h[24:], 9)
	copy(h[28:], "androidboot.hardware=example")
	le.PutUint32(h[2112:], 216)
	le.PutUint32(h[2116:], 2)
	le.PutUint32(h[2120:], 108)
	page := func(s string) []byte { return append([]byte(s), make([]byte, 2048-len(s))...) }
	entry := func(size, off uint32, name string) []byte {
		e := make([]byte, 108)
		le.PutUint32(e, size)
		le.PutUint32(e[4:], off)
		copy(e[12:], name)
		return e
	}
	table := append(entry(4, 0, ""), entry(5, 4, "dlkm")...)
	b := append(append(h, page("onetwo222")...), page(string(table))...)
	im, err := open(b)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"ramdisk": "onet", "ramdisk-dlkm": "wo222"} {
		if got, err := io.ReadAll(im.Part(name)); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	le.PutUint32(b[len(b)-2048+108+4:], 3) // the second begins in the first
	le.PutUint32(b[len(b)-2048+108:], 6)
	if im, err := open(b); err == nil || im != nil {
		t.Error("fragments that overlap were accepted")
	}
	le.PutUint32(b[len(b)-2048+4:], 8) // the first reaches behind the section
	if im, err := open(b); err == nil || im != nil {
		t.Error("a fragment outside of its section was accepted")
	}
}

func TestTable(t *testing.T) {
	trees, err := bootimg.OpenTable(bytes.NewReader(firmwaretest.Table([]byte("one"), []byte("three"))), 32+64+12)
	if err != nil || len(trees) != 2 || string(trees[1].Data) != "three" || trees[1].ID != 1 {
		t.Errorf("%v, %v", trees, err)
	}
}

func TestTruncations(t *testing.T) {
	b := example()
	for n := 0; n < len(b)-2048; n += 64 {
		if im, err := open(b[:n]); err == nil {
			t.Errorf("cut to %d bytes: %+v", n, im)
		}
	}
}

// FuzzOpen: parts lie in the image and can be read whole; a part's name is there
// once.
func FuzzOpen(f *testing.F) {
	f.Add(example())
	f.Add(firmwaretest.Table([]byte("one"), []byte("two")))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = bootimg.OpenTable(bytes.NewReader(b), int64(len(b)))
		im, err := open(b)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, p := range im.Parts {
			if n, err := io.Copy(io.Discard, p.Data); err != nil || n != p.Data.Size() {
				t.Errorf("%s: %d of %d bytes, %v", p.Name, n, p.Data.Size(), err)
			}
			if seen[p.Name] {
				t.Errorf("%s is there twice", p.Name)
			}
			seen[p.Name] = true
		}
		if strings.ContainsAny(im.CommandLine, "\x00\n") {
			t.Errorf("command line %q", im.CommandLine)
		}
	})
}
