package hardware

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/originbom/originbom/sbom"
)

// TestRealDeviceTrees reads the trees of the folder that ORIGINBOM_DEVICE_TREES
// names: kernels' own trees, listed in its file dtbs.txt.
func TestRealDeviceTrees(t *testing.T) {
	dir := os.Getenv("ORIGINBOM_DEVICE_TREES")
	if dir == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("ORIGINBOM_DEVICE_TREES is not set: it names the folder with the file dtbs.txt")
		}
		t.Skip("NOT TESTED on real device trees: ORIGINBOM_DEVICE_TREES is not set")
	}
	list, err := os.ReadFile(filepath.Join(dir, "dtbs.txt"))
	if err != nil {
		t.Fatal(err)
	}
	oneplus6 := false
	for i, file := range strings.Fields(string(list)) {
		name := filepath.Base(file)
		if testing.Short() && i%20 != 0 && name != "sdm845-oneplus-enchilada.dtb" {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r, err := ReadDeviceTree(name, data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		t.Run(name, func(t *testing.T) {
			treeInvariants(t, data, r)
			noBlocks(t, r)
		})
		if name == "sdm845-oneplus-enchilada.dtb" {
			oneplus6 = slices.ContainsFunc(r.Components, func(c sbom.Component) bool {
				return c.Category == sbom.Display && c.Compatible[0] == "samsung,sofef00" && c.VendorPrefix == "samsung" && !c.Candidate
			})
		}
	}
	if !oneplus6 {
		t.Error("the OnePlus 6 has no display samsung,sofef00 by the prefix samsung")
	}
}
