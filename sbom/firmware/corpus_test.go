package firmware_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"testing"

	"github.com/originbom/originbom/sbom/sbomtest/corpus"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/sbom/firmware"
)

// images is the folder that .ci/corpus/android-images made.
func images(t testing.TB) string {
	t.Helper()
	return corpus.Need(t, "ORIGINBOM_ANDROID", "the folder that .ci/corpus/android-images made")
}

func openFile(t testing.TB, name string) *firmware.Image {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	im, err := firmware.Open(filepath.Base(name), f, st.Size())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { im.Close() })
	return im
}

// listing is the type and the sha256 or target of everything in a file system.
func listing(t testing.TB, fsys fs.FS) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			out[p] = "directory"
		case d.Type() == fs.ModeSymlink:
			target, err := fs.ReadLink(fsys, p)
			out[p] = "-> " + target
			return err
		case d.Type().IsRegular():
			f, err := fsys.Open(p)
			if err != nil {
				return err
			}
			defer f.Close()
			h := sha256.New()
			n, err := io.Copy(h, f)
			out[p] = fmt.Sprintf("%d %s", n, hex.EncodeToString(h.Sum(nil)))
			return err
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	delete(out, "lost+found")
	return out
}

// TestFileSystems compares every file system image with the tree it was made of.
func TestFileSystems(t *testing.T) {
	dir := images(t)
	images := map[string]string{
		"system.erofs.img": "system", "system.erofs-plain.img": "system", "system.ext4.img": "system",
		"system.sparse.img": "system", "vendor.erofs.img": "vendor", "vendor.ext4.img": "vendor", "vendor.avb.img": "vendor",
		"product.erofs-tail.img": "product", "product.squashfs.img": "product", "product.f2fs.img": "product",
	}
	for image, tree := range images {
		t.Run(image, func(t *testing.T) {
			want := listing(t, os.DirFS(path.Join(dir, "tree", tree)))
			got := listing(t, openFile(t, path.Join(dir, image)).Partitions[0].FS)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-tree +image)\n%s", diff)
			}
		})
	}
}

// TestContainers wants of super images, payload and OTA the same partitions as
// they were made of.
func TestContainers(t *testing.T) {
	dir := images(t)
	parts := map[string]string{"system": "system.erofs.img", "vendor": "vendor.erofs.img", "product": "product.erofs-tail.img"}
	more := map[string]string{"boot": "boot-v3.img", "vbmeta": "vbmeta.img", "dtbo": "dtbo.img"}
	for _, c := range []struct {
		image string
		all   bool
	}{{"super.img", false}, {"super.sparse.img", false}, {"payload.bin", true}, {"ota.zip", true}} {
		t.Run(c.image, func(t *testing.T) {
			im := openFile(t, path.Join(dir, c.image))
			want := map[string]string{}
			for name, file := range parts {
				want[name] = fileSum(t, path.Join(dir, file))
			}
			for name, file := range more {
				if c.all {
					want[name] = fileSum(t, path.Join(dir, file))
				}
			}
			got := map[string]string{}
			for _, p := range im.Partitions {
				got[p.Name] = sum(t, io.NewSectionReader(p.Data, 0, p.Size))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-parts +image)\n%s", diff)
			}
		})
	}
}

func fileSum(t testing.TB, name string) string {
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, _ := f.Stat()
	pad := (4096 - st.Size()%4096) % 4096 // payloads hold whole blocks
	return sum(t, io.MultiReader(f, bytes.NewReader(make([]byte, pad))))
}

func sum(t testing.TB, r io.Reader) string {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		t.Error(err)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// TestFsckErofs wants what fsck.erofs extracts, byte for byte, of variants made
// of the corpus by mkfs.erofs.
func TestFsckErofs(t *testing.T) {
	if testing.Short() {
		t.Skip("-short")
	}
	dir := images(t)
	for _, tool := range []string{"mkfs.erofs", "fsck.erofs"} {
		corpus.Tool(t, tool)
	}
	variants := map[string][]string{
		"plain": nil, "lz4": {"-zlz4"}, "lz4hc": {"-zlz4hc,9"}, "big": {"-zlz4hc", "-C65536"}, "legacy": {"-zlz4", "-Elegacy-compress"},
		"tail": {"-zlz4hc", "-C65536", "-Eztailpacking"}, "fragments": {"-zlz4hc", "-C65536", "-Efragments"},
		"all-fragments": {"-zlz4", "-Eall-fragments"}, "dedupe": {"-zlz4hc", "-C65536", "-Ededupe,fragments"},
		"chunks": {"--chunksize=65536"}, "force-extended": {"-Eforce-inode-extended", "-zlz4"},
		"lzma": {"-zlzma", "-C65536"}, "deflate": {"-zdeflate", "-C65536"}, "zstd": {"-zzstd", "-C65536"},
		"tail-fragments": {"-zlz4hc", "-C16384", "-Eztailpacking,fragments"},
	}
	for name, flags := range variants {
		t.Run(name, func(t *testing.T) {
			tmp := t.TempDir()
			img, out := filepath.Join(tmp, "system.img"), filepath.Join(tmp, "out")
			args := append(append([]string{"--all-root", "-T1700000000"}, flags...), img, filepath.Join(dir, "tree", "product"))
			if b, err := exec.Command("mkfs.erofs", args...).CombinedOutput(); err != nil {
				t.Skipf("NOT RUN: mkfs.erofs %v: %v\n%s", flags, err, b)
			}
			if b, err := exec.Command("fsck.erofs", "--extract="+out, img).CombinedOutput(); err != nil {
				var exit *exec.ExitError
				if !errors.As(err, &exit) {
					t.Fatal(err)
				}
				t.Fatalf("fsck.erofs: %v\n%s", err, b)
			}
			want := listing(t, os.DirFS(out))
			got := listing(t, openFile(t, img).Partitions[0].FS)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-fsck.erofs +image)\n%s", diff)
			}
		})
	}
}
