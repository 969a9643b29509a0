package firmware_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/firmware"
	"github.com/originbom/originbom/sbom/firmware/firmwaretest"
	"github.com/originbom/originbom/sbom/internal/imagefs/imagefstest"
)

var testKey = sync.OnceValue(firmwaretest.Key)

func open(name string, b []byte) (*firmware.Image, error) {
	return firmware.Open(name, bytes.NewReader(b), int64(len(b)))
}

// read opens and reads an image, without software.
func read(t *testing.T, name string, b []byte) sbom.Reading {
	t.Helper()
	im, err := open(name, b)
	if err != nil {
		t.Fatal(err)
	}
	defer im.Close()
	r, err := firmware.Read(context.Background(), im, strings.Repeat("0", 64), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// property gives the value of a property of the partition of that name.
func property(r sbom.Reading, partition, name string) string {
	d := sbom.Document{Components: r.Components}
	value := ""
	d.Walk(func(c *sbom.Component, _ []string) {
		for _, p := range c.Properties {
			if c.Name == partition && p.Name == name {
				value = p.Value
			}
		}
	})
	return value
}

func notes(r sbom.Reading) string {
	var all []string
	for _, n := range r.Notes {
		all = append(all, n.String())
	}
	return strings.Join(all, "\n")
}

func set(vbmeta []byte, boot, system []byte) []byte {
	return firmwaretest.Super(firmwaretest.File{Name: "vbmeta_a", Data: vbmeta}, firmwaretest.File{Name: "boot_a", Data: boot}, firmwaretest.File{Name: "system_a", Data: system})
}

// TestVerifiedBoot tells good, disabled, unsigned and tampered vbmeta apart, and
// a partition whose bytes were changed.
func TestVerifiedBoot(t *testing.T) {
	boot := firmwaretest.Boot([]byte("kernel"), firmwaretest.CPIO(), nil, "console=ttyS0")
	boot = append(boot, make([]byte, (4096-len(boot)%4096)%4096)...)
	system := imagefstest.Image(t, "erofs-lz4hc.img")
	desc := [][]byte{firmwaretest.HashDescriptor("boot", boot), firmwaretest.TreeDescriptor("system", system)}
	good := firmwaretest.VBMeta(testKey(), 5, 0, desc...)
	tampered := bytes.Clone(good)
	tampered[130] ^= 1 // a letter of the release
	changed := bytes.Clone(system)
	changed[len(changed)-1] ^= 1
	tests := []struct {
		name           string
		vbmeta, system []byte
		signed, flags  string
		match          string
	}{
		{"good", good, system, "true", "0", "true"},
		{"disabled", firmwaretest.VBMeta(testKey(), 5, 3, desc...), system, "true", "3", "true"},
		{"unsigned", firmwaretest.VBMeta(nil, 5, 0, desc...), system, "false", "0", "true"},
		{"tampered", tampered, system, "invalid", "0", "true"},
		{"a changed partition", good, changed, "true", "0", "false"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := read(t, "super.img", set(tt.vbmeta, boot, tt.system))
			got := []string{
				property(r, "vbmeta", firmware.PropertySigned), property(r, "vbmeta", firmware.PropertyFlags),
				property(r, "system", firmware.PropertyDigestMatch), property(r, "boot", firmware.PropertyDigestMatch),
			}
			if diff := cmp.Diff([]string{tt.signed, tt.flags, tt.match, "true"}, got); diff != "" {
				t.Errorf("(-want +got)\n%s\n%s", diff, notes(r))
			}
		})
	}
}

// TestChains: a chained partition must be signed by the key that the vbmeta
// names.
func TestChains(t *testing.T) {
	content := make([]byte, 8192)
	own := func(k bool) []byte {
		key := testKey()
		if !k {
			key = firmwaretest.Key()
		}
		return firmwaretest.Footer(content, firmwaretest.VBMeta(key, 1, 0, firmwaretest.HashDescriptor("boot", content)), 64<<10)
	}
	vbmeta := firmwaretest.VBMeta(testKey(), 0, 0, firmwaretest.ChainDescriptor("boot", testKey()))
	for name, tt := range map[string]struct {
		boot   []byte
		signed string
	}{
		"the key": {own(true), "true"}, "another key": {own(false), "invalid"}, "no vbmeta": {content, "false"},
		"not signed": {firmwaretest.Footer(content, firmwaretest.VBMeta(nil, 1, 0), 64<<10), "invalid"},
	} {
		r := read(t, "super.img", firmwaretest.Super(firmwaretest.File{Name: "vbmeta", Data: vbmeta}, firmwaretest.File{Name: "boot", Data: tt.boot}))
		if got := property(r, "boot", firmware.PropertySigned); got != tt.signed {
			t.Errorf("%s: signed %q, want %q\n%s", name, got, tt.signed, notes(r))
		}
	}
}

// TestSame: containers of the same partitions give the same partitions.
func TestSame(t *testing.T) {
	system := imagefstest.Image(t, "erofs-tail.img")
	boot := firmwaretest.Boot([]byte("kernel"), firmwaretest.CPIO(firmwaretest.File{Name: "init", Data: []byte("x")}), nil, "")
	boot = append(boot, make([]byte, (4096-len(boot)%4096)%4096)...)
	parts := []firmwaretest.File{{Name: "boot", Data: boot}, {Name: "system", Data: system}}
	payload := firmwaretest.Payload(0, parts...)
	super := firmwaretest.Super(parts...)
	var first map[string]string
	for name, b := range map[string][]byte{
		"super.img": super, "super.sparse.img": firmwaretest.Sparse(super), "payload.bin": payload,
		"ota.zip":     zipped(t, zip.Store, firmwaretest.File{Name: "payload.bin", Data: payload}),
		"factory.zip": zipped(t, zip.Deflate, firmwaretest.File{Name: "inner/image.zip", Data: zipped(t, zip.Deflate, firmwaretest.File{Name: "boot.img", Data: boot}, firmwaretest.File{Name: "system.img", Data: firmwaretest.Sparse(system)})}),
	} {
		im, err := open(name, b)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, p := range im.Partitions {
			for k, v := range imagefstest.Listing(p.FS) {
				got[p.Name+"/"+k] = v
			}
		}
		if first == nil {
			first = got
		}
		if diff := cmp.Diff(first, got); diff != "" || len(got) < 15 {
			t.Errorf("%s: %d files (-one +another)\n%s", name, len(got), diff)
		}
		if err := im.Close(); err != nil {
			t.Error(err)
		}
	}
}

func zipped(t testing.TB, method uint16, files ...firmwaretest.File) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.Name, Method: method})
		if err == nil {
			_, err = w.Write(f.Data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRefuses(t *testing.T) {
	boot := firmwaretest.File{Name: "boot.img", Data: firmwaretest.Boot([]byte("k"), nil, nil, "")}
	deep := boot
	for range 8 {
		deep = firmwaretest.File{Name: "image.zip", Data: zipped(t, zip.Store, deep)}
	}
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"an APK", zipped(t, zip.Deflate, firmwaretest.File{Name: "AndroidManifest.xml", Data: []byte("x")}), firmware.ErrNotFirmware.Error()},
		{"text", []byte("a,b,c\n"), firmware.ErrNotFirmware.Error()},
		{"nothing", nil, firmware.ErrNotFirmware.Error()},
		{"duplicate entries", zipped(t, zip.Store, boot, boot), "there twice"},
		{"a delta", firmwaretest.Payload(2, boot), "incremental"},
		{"too deep", deep.Data, "deep"},
		{"a cut boot image", boot.Data[:2048], "behind the end"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			im, err := open("x", tt.data)
			if err == nil || im != nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Open = %v, %v, want an error with %q", im, err, tt.want)
			}
			if (tt.want == firmware.ErrNotFirmware.Error()) != errors.Is(err, firmware.ErrNotFirmware) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestFolder opens a dump: images, unpacked partitions, a pointer of Git LFS.
func TestFolder(t *testing.T) {
	root := fstest.MapFS{
		"boot.img":                         {Data: firmwaretest.Boot([]byte("k"), nil, nil, "")},
		"vendor.img":                       {Data: []byte("version https://git-lfs.github.com/spec/v1\noid sha256:00\n")},
		"system/system/build.prop":         {Data: []byte("ro.build.id=X\n")},
		"system/system/product/etc/a":      {Data: []byte("a")},
		"system/system/etc/link":           {Data: []byte("/etc/passwd"), Mode: fs.ModeSymlink},
		"aosp-device-tree/not/a/partition": {Data: []byte("a")},
	}
	if !firmware.IsFolder(root) {
		t.Error("not a folder of firmware")
	}
	im, err := firmware.OpenFolder("dump", root)
	if err != nil {
		t.Fatal(err)
	}
	defer im.Close()
	var got []string
	for _, p := range im.Partitions {
		got = append(got, p.Name+" at "+p.Place)
	}
	if diff := cmp.Diff([]string{"boot at boot.img", "product at system/system/product", "system at system"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if len(im.Notes) != 1 || !strings.Contains(im.Notes[0].String(), "vendor.img: the file is a Git LFS pointer") {
		t.Errorf("notes %v", im.Notes)
	}
	if _, err := fs.Stat(im.Partition("system").FS, "system/product"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("product is in system too: %v", err)
	}
}

// TestMemory reads a sparse image of 4 GiB, of which a part is data: memory does
// not grow with it.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("-short")
	}
	f, err := os.CreateTemp(t.TempDir(), "*.img")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	system := imagefstest.Image(t, "erofs-plain.img")
	b := firmwaretest.Sparse(system)
	// 4 GiB of one word behind it, in one fill chunk of 4096-byte blocks.
	fill := []byte{0xc2, 0xca, 0, 0, 0, 0, 0x10, 0, 16, 0, 0, 0, 'w', 'o', 'r', 'd'}
	b[20]++
	blocks := uint32(len(system)/4096) + 1<<20
	b[16], b[17], b[18], b[19] = byte(blocks), byte(blocks>>8), byte(blocks>>16), byte(blocks>>24)
	if _, err := f.Write(append(b, fill...)); err != nil {
		t.Fatal(err)
	}
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	im, err := firmware.Open("system.img", f, st.Size())
	if err != nil {
		t.Fatal(err)
	}
	defer im.Close()
	p := im.Partition("system")
	if p.Size != int64(len(system))+4<<30 {
		t.Fatalf("%d bytes", p.Size)
	}
	if _, err := io.Copy(io.Discard, io.NewSectionReader(p.Data, 3<<30, 64<<20)); err != nil {
		t.Error(err)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.Sys > 300<<20 {
		t.Errorf("%d MiB", m.Sys>>20)
	}
}

// FuzzOpen: whatever is accepted can be read as it says, and an error gives no
// image.
func FuzzOpen(f *testing.F) {
	boot := firmwaretest.Boot([]byte("k"), firmwaretest.CPIO(firmwaretest.File{Name: "init"}), nil, "x")
	f.Add(boot)
	f.Add(firmwaretest.Sparse(boot))
	f.Add(firmwaretest.Payload(0, firmwaretest.File{Name: "boot", Data: boot}))
	f.Add(zipped(f, zip.Store, firmwaretest.File{Name: "boot.img", Data: boot}))
	f.Add(firmwaretest.VBMeta(nil, 0, 0, firmwaretest.HashDescriptor("boot", boot)))
	f.Fuzz(func(t *testing.T, b []byte) {
		im, err := open("x.img", b)
		if err != nil {
			if im != nil {
				t.Error("an error and an image")
			}
			return
		}
		for _, p := range im.Partitions {
			n, err := io.Copy(io.Discard, io.NewSectionReader(p.Data, 0, min(p.Size, 1<<20)))
			if err == nil && n != min(p.Size, 1<<20) {
				t.Errorf("%s: %d of %d bytes without an error", p.Name, n, p.Size)
			}
		}
		if err := im.Close(); err != nil {
			t.Error(err)
		}
	})
}
