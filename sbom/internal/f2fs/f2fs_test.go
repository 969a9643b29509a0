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

func TestTree(t *testing.T)        { reader.Tree(t) }
func TestMutations(t *testing.T)   { reader.Mutations(t) }
func TestTruncations(t *testing.T) { reader.Truncations(t) }
func FuzzOpen(f *testing.F)        { reader.FuzzWords(f) }
