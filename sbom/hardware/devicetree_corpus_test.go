package hardware

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/sbomtest/corpus"
)

// TestRealDeviceTrees reads the trees of the folder that ORIGINBOM_DEVICE_TREES
// names: kernels' own trees, listed in its file dtbs.txt.
func TestRealDeviceTrees(t *testing.T) {
	oneplus6 := false
	for i, file := range corpus.DeviceTrees(t, "dtbs.txt") {
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
