package ext4_test

import (
	"testing"

	"github.com/originbom/originbom/sbom/internal/ext4"
	"github.com/originbom/originbom/sbom/internal/imagefs/imagefstest"
)

// reader is tested with images of one tree, made by the tools of Linux.
var reader = imagefstest.Reader[*ext4.Image]{
	Open:   ext4.Open,
	Images: []string{"ext4.simg.gz", "ext2.simg.gz"},
	Flips:  100,
}

func TestReader(t *testing.T) { reader.Test(t) }
func FuzzOpen(f *testing.F)   { reader.Fuzz(f) }
