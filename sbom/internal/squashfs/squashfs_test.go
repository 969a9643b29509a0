package squashfs_test

import (
	"testing"

	"github.com/originbom/originbom/sbom/internal/imagefs/imagefstest"
	"github.com/originbom/originbom/sbom/internal/squashfs"
)

// reader is tested with images of one tree, made by the tools of Linux.
var reader = imagefstest.Reader[*squashfs.Image]{
	Open:   squashfs.Open,
	Images: []string{"squashfs-gzip.img", "squashfs-xz.img", "squashfs-lz4.img", "squashfs-zstd.img"},
	Flips:  40,
}

func TestReader(t *testing.T) { reader.Test(t) }
func FuzzOpen(f *testing.F)   { reader.Fuzz(f) }
