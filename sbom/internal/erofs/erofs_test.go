package erofs_test

import (
	"testing"

	"github.com/originbom/originbom/sbom/internal/erofs"
	"github.com/originbom/originbom/sbom/internal/imagefs/imagefstest"
)

// reader is tested with images of one tree, made by the tools of Linux.
var reader = imagefstest.Reader[*erofs.Image]{
	Open:   erofs.Open,
	Images: []string{"erofs-plain.img", "erofs-lz4hc.img", "erofs-legacy.img", "erofs-tail.img", "erofs-fragments.img", "erofs-chunks.img"},
	Flips:  100,
}

func TestReader(t *testing.T) { reader.Test(t) }
func FuzzOpen(f *testing.F)   { reader.Fuzz(f) }
