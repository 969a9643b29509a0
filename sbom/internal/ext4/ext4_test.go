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

func TestTree(t *testing.T)        { reader.Tree(t) }
func TestMutations(t *testing.T)   { reader.Mutations(t) }
func TestTruncations(t *testing.T) { reader.Truncations(t) }
func FuzzOpen(f *testing.F)        { reader.Fuzz(f) }
