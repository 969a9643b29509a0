package f2fs_test

import (
	"testing"

	"github.com/originbom/originbom/sbom/internal/f2fs"
	"github.com/originbom/originbom/sbom/internal/imagefs/imagefstest"
)

// reader is tested with images of one tree, made by the tools of Linux.
var reader = imagefstest.Reader[*f2fs.Image]{
	Open:   f2fs.Open,
	Images: []string{"f2fs.simg.gz"},
	Flips:  40,
}

func TestReader(t *testing.T) { reader.Test(t) }
func FuzzOpen(f *testing.F)   { reader.FuzzWords(f) }
