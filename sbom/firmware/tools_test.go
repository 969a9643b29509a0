package firmware_test

import (
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/originbom/originbom/sbom/sbomtest/corpus"

	"github.com/google/go-cmp/cmp"
)

// tool runs another implementation; without it the test is skipped.
func tool(t *testing.T, name string, args ...string) {
	t.Helper()
	corpus.Tool(t, name)
	if b, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, b)
	}
}

// TestSimg2img wants the bytes that simg2img writes.
func TestSimg2img(t *testing.T) {
	dir := images(t)
	raw := filepath.Join(t.TempDir(), "raw.img")
	tool(t, "simg2img", filepath.Join(dir, "system.sparse.img"), raw)
	f, err := os.Open(raw)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p := openFile(t, filepath.Join(dir, "system.sparse.img")).Partitions[0]
	if want, got := sum(t, f), sum(t, io.NewSectionReader(p.Data, 0, p.Size)); want != got {
		t.Errorf("sha256 %s, want %s", got, want)
	}
}

// TestUnpackBootimg wants the parts that unpack_bootimg writes, of every boot
// image.
func TestUnpackBootimg(t *testing.T) {
	dir := images(t)
	images, err := filepath.Glob(filepath.Join(dir, "*boot-v*.img"))
	if err != nil || len(images) < 5 {
		t.Fatalf("%d boot images: %v", len(images), err)
	}
	for _, image := range images {
		t.Run(filepath.Base(image), func(t *testing.T) {
			out := t.TempDir()
			tool(t, "unpack_bootimg", "--boot_img", image, "--out", out)
			want, got := map[string]string{}, map[string]string{}
			parts := openFile(t, image).Partitions[0].FS
			for _, name := range []string{"kernel", "dtb", "second"} { // ramdisks are unpacked here
				if f, err := os.Open(filepath.Join(out, name)); err == nil {
					want[name] = sum(t, f)
					f.Close()
				}
				if f, err := parts.Open(name); err == nil {
					got[name] = sum(t, f)
					f.Close()
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-unpack_bootimg +image)\n%s", diff)
			}
			if _, err := fs.Stat(parts, "ramdisk/prop.default"); err != nil {
				t.Errorf("ramdisk: %v", err)
			}
		})
	}
}
