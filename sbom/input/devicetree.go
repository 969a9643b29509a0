package input

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/hardware"
	"github.com/originbom/originbom/sbom/internal/boottree"
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

// readBootTree reads the device tree that a root folder's boot loader is told to
// load. That none is chosen among those that lie there is a note.
func (res *Result) readBootTree(name string, root fs.FS) error {
	c, err := boottree.Find(root)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	note := func(place, text, remedy string) {
		res.Reading.Notes = append(res.Reading.Notes, sbom.Note{File: name, Place: place, Text: text, Remedy: remedy})
	}
	if c.Tree == nil {
		if c.Why != "" {
			note("", c.Why, "give the .dtb of this phone as an input of its own")
		}
		return nil
	}
	opts := &hardware.TreeOptions{CommandLine: c.CommandLine}
	for _, o := range c.Overlays {
		opts.Overlays = append(opts.Overlays, hardware.TreeFile{Name: path.Join(name, o.Path), Data: o.Data})
	}
	tree, err := hardware.ReadDeviceTrees(path.Join(name, c.Tree.Path), c.Tree.Data, opts)
	if err != nil {
		note(c.Tree.Path, "the device tree that is chosen for this phone cannot be read: "+err.Error(), "")
		return nil
	}
	note(c.Tree.Path, "read as this phone's device tree: "+c.By, "")
	res.More = append(res.More, tree)
	res.Inputs = append(res.Inputs, overlayInputs(opts.Overlays)...)
	return nil
}
