package ext4_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/sbom/internal/ext4"
	"github.com/originbom/originbom/sbom/internal/imagefs"
	"github.com/originbom/originbom/sbom/internal/imagefs/imagefstest"
)

// images are of one tree, made by the tools of Linux.
var images = []string{"ext4.simg.gz", "ext2.simg.gz"}

func open(b []byte) (*ext4.Image, error) { return ext4.Open(bytes.NewReader(b), int64(len(b))) }

func TestTree(t *testing.T) {
	for _, name := range images {
		t.Run(name, func(t *testing.T) {
			im, err := open(imagefstest.Image(t, name))
			if err != nil {
				t.Fatal(err)
			}
			got := imagefstest.Listing(imagefs.New(im))
			for _, p := range []string{"app/random.bin", "app/deep/deeper/mixed.bin"} {
				if got[p] == "" || got[p][:5] == "error" {
					t.Errorf("%s: %s", p, got[p])
				}
				delete(got, p)
			}
			if diff := cmp.Diff(imagefstest.Want(), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestMutations flips bits all over each image, where it is not empty: an error
// or another tree, never a panic, an endless walk or bytes that are not there.
func TestMutations(t *testing.T) {
	for _, name := range images {
		b := imagefstest.Image(t, name)
		for _, at := range imagefstest.Places(b, 100) {
			bit := byte(1 << (at % 8))
			b[at] ^= bit
			if im, err := open(b); err == nil {
				imagefstest.Check(t, im)
			}
			b[at] ^= bit
		}
	}
}

func TestTruncations(t *testing.T) {
	for _, name := range images {
		good := imagefstest.Image(t, name)
		for n := 0; n < len(good); n += len(good)/40 + 1 {
			if im, err := open(good[:n]); err == nil {
				imagefstest.Check(t, im)
			} else if im != nil {
				t.Errorf("%s cut to %d bytes: an error and an image", name, n)
			}
		}
	}
}

// FuzzOpen holds any image to the promises of imagefstest.Check.
func FuzzOpen(f *testing.F) {
	for _, name := range images {
		if b := imagefstest.Image(f, name); len(b) < 1<<20 {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if im, err := open(b); err == nil {
			imagefstest.Check(t, im)
		}
	})
}
