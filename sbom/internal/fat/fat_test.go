package fat_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/originbom/originbom/sbom/sbomtest/corpus"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/sbom/internal/fat"
	"github.com/originbom/originbom/sbom/internal/imagefs"
)

// small is a FAT12 image of 16 sectors: in its root a file with a short name and a
// directory with a file of a long name.
func small() []byte {
	b := make([]byte, 16*512)
	copy(b[11:], "\x00\x02\x01\x01\x00\x01\x10\x00\x10\x00\xf8\x01\x00")
	copy(b[54:], "FAT12   ")
	b[510], b[511] = 0x55, 0xaa
	table, root := b[512:], b[1024:]
	copy(table, "\xf8\xff\xff\xff\x4f\x00\xff\xff\xff\xff\x0f") // 2: end, 3 -> 4, 4: end, 5: end, 6: end
	entry := func(at []byte, name string, attr, cluster byte, size int) {
		copy(at, name)
		at[11], at[26], at[28], at[29] = attr, cluster, byte(size), byte(size>>8)
	}
	entry(root, "NON-HLOS   ", 0x08, 0, 0)
	entry(root[32:], "VERINFO TXT", 0, 3, 600)
	entry(root[64:], "IMAGE      ", 0x10, 2, 0)
	dir := b[1536:]
	entry(dir, ".          ", 0x10, 2, 0)
	entry(dir[32:], "..         ", 0x10, 0, 0)
	long(dir[64:], "modem_adsp.mdt", "MODEM_~1MDT")
	entry(dir[64+64:], "MODEM_~1MDT", 0, 5, 5)
	copy(b[2048:], bytes.Repeat([]byte("v"), 600))
	copy(b[3072:], "image")
	return b
}

// long writes the two entries of a name of 14 to 26 letters.
func long(at []byte, name, short string) {
	var sum byte
	for i := range 11 {
		sum = sum>>1 | sum<<7
		sum += short[i]
	}
	units := make([]byte, 52)
	for i := range units {
		units[i] = 0xff
	}
	for i, c := range name + "\x00" {
		units[2*i], units[2*i+1] = byte(c), 0
	}
	for i, n := range []byte{0x42, 1} {
		e, u := at[32*i:], units[26*(1-i):]
		e[0], e[11], e[13] = n, 0x0f, sum
		copy(e[1:11], u[:10])
		copy(e[14:26], u[10:22])
		copy(e[28:32], u[22:26])
	}
}

func files(t testing.TB, b []byte) (map[string]string, error) {
	t.Helper()
	im, err := fat.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	fsys := imagefs.New(im)
	out := map[string]string{}
	return out, fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, p)
		out[p] = string(data)
		return err
	})
}

func TestRead(t *testing.T) {
	got, err := files(t, small())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"VERINFO.TXT": strings.Repeat("v", 600), "IMAGE/modem_adsp.mdt": "image"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestBad(t *testing.T) {
	edit := func(at int, v byte) []byte { b := small(); b[at] = v; return b }
	for _, tt := range []struct {
		name, want string
		data       []byte
	}{
		{"no boot sector", "unexpected EOF", nil},
		{"no signature", "damaged", edit(511, 0)},
		{"larger than the partition", "does not fit", small()[:4096]},
		{"a chain in a circle", "", edit(512+4, 0x3f)}, // 3 -> 3: the file ends first
		{"a chain that ends early", "ends after 512 of 600 bytes", edit(512+5, 0xff)},
		{"a chain out of the image", "which is none", edit(512+5, 0x1f)},
		{"a directory in itself", "lies in two places", edit(1536+32+32+64+11, 0x10)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := tt.data
			if tt.name == "a chain that ends early" {
				b[512+4] = 0xff
			}
			if tt.name == "a directory in itself" {
				b[1536+32+32+64+26] = 2
			}
			_, err := files(t, b)
			if tt.want == "" && err == nil {
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestTools compares images of mkfs.vfat and mcopy with what was put in.
func TestTools(t *testing.T) {
	for _, tool := range []string{"mkfs.vfat", "mcopy"} {
		corpus.Tool(t, tool)
	}
	for _, tt := range []struct {
		bits    string
		sectors int
	}{{"12", 4096}, {"16", 40000}, {"32", 80000}} {
		t.Run("FAT"+tt.bits, func(t *testing.T) {
			dir := t.TempDir()
			img := filepath.Join(dir, "x.img")
			run := func(name string, args ...string) {
				if b, err := exec.Command(name, args...).CombinedOutput(); err != nil {
					t.Fatalf("%s: %v\n%s", name, err, b)
				}
			}
			if err := os.WriteFile(img, make([]byte, tt.sectors*512), 0o600); err != nil {
				t.Fatal(err)
			}
			run("mkfs.vfat", "-F", tt.bits, "-s", "1", img)
			if err := os.Mkdir(filepath.Join(dir, "image"), 0o700); err != nil {
				t.Fatal(err)
			}
			want := map[string]string{}
			for i := range 40 {
				name := fmt.Sprintf("image/a rather long name %d.b%02d", i, i)
				if i%2 == 0 {
					name = fmt.Sprintf("image/SHORT%d.BIN", i)
				}
				want[name] = strings.Repeat(fmt.Sprint(i), i*100)
				if err := os.WriteFile(filepath.Join(dir, name), []byte(want[name]), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			run("mcopy", "-s", "-i", img, filepath.Join(dir, "image"), "::")
			b, err := os.ReadFile(img)
			if err != nil {
				t.Fatal(err)
			}
			got, err := files(t, b)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// A walk ends, and what it reads of a file is as long as its entry says.
func FuzzOpen(f *testing.F) {
	f.Add(small())
	f.Fuzz(func(t *testing.T, b []byte) {
		im, err := fat.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		fsys := imagefs.New(im)
		seen := 0
		_ = fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
			if seen++; seen > 10000 {
				return fs.SkipAll
			}
			if err != nil || !d.Type().IsRegular() {
				return nil
			}
			data, err := fs.ReadFile(fsys, p)
			if info, ierr := d.Info(); err == nil && ierr == nil && int64(len(data)) != info.Size() {
				t.Errorf("%s: %d bytes, want %d", p, len(data), info.Size())
			}
			return nil
		})
	})
}
