package input

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/hardware"
)

// IsOverlay reports whether a file holds device-tree overlays and no tree of its
// own: it is read together with the tree that stands before it.
func IsOverlay(data []byte) bool { return hardware.IsOverlay(data) }

func overlayInputs(files []hardware.TreeFile) []sbom.Input {
	var inputs []sbom.Input
	for _, f := range files {
		sum := sha256.Sum256(f.Data)
		inputs = append(inputs, sbom.Input{Name: f.Name, Kind: "device-tree-overlay", Digest: hex.EncodeToString(sum[:])})
	}
	return inputs
}

// deviceTreeFolder reads a folder that is a device tree, as /proc/device-tree is.
func deviceTreeFolder(name string, root fs.FS) (Result, error) {
	r, err := hardware.ReadDeviceTreeFolder(name, root, nil)
	return Result{Reading: r}, err
}
