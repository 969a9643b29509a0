package fdttest

import (
	"io/fs"
	"path"
	"testing/fstest"

	"github.com/originbom/originbom/sbom/internal/fdt"
)

// Folder gives the tree as a kernel shows it below /proc/device-tree: a folder a
// node, a file a property, and the property "name" that kernels add.
func Folder(t *fdt.Tree) fstest.MapFS {
	out := fstest.MapFS{}
	t.Walk(func(n *fdt.Node) bool {
		at := path.Join(".", n.Path()[1:])
		if at != "." {
			out[at] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
		}
		for _, p := range n.Properties {
			out[path.Join(at, p.Name)] = &fstest.MapFile{Data: p.Value, Mode: 0o444}
		}
		out[path.Join(at, "name")] = &fstest.MapFile{Data: []byte(n.BaseName() + "\x00"), Mode: 0o444}
		return true
	})
	return out
}
