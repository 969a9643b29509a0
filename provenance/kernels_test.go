package provenance

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/originbom/originbom/sbom"
)

// A phone's kernel, found in several places, is one component.
func TestKernelIsListedOnce(t *testing.T) {
	const line = "Linux version 6.1.0 (build@os.maker.example) #1 SMP "
	kernel := func(in, says, sum string, drivers ...string) sbom.Component {
		c := sbom.Component{
			Kind: sbom.OperatingSystem, Name: "linux kernel", Version: "6.1.0",
			Found: []sbom.Evidence{{Source: sbom.Source{Name: in, Digest: in}, Place: in + "/Image", Method: sbom.MethodImage, Says: says}},
		}
		if sum != "" {
			c.Hashes = []sbom.Hash{{Algorithm: "SHA-256", Value: sum}}
		}
		for _, d := range drivers {
			c.Components = append(c.Components, sbom.Component{Kind: sbom.Driver, Name: d})
		}
		return c
	}
	boot := func(k sbom.Component) sbom.Reading {
		return reading("boot.img", "firmware-image", sbom.Component{Kind: sbom.Firmware, Name: "boot", Components: []sbom.Component{k}})
	}
	root := func(k sbom.Component) sbom.Reading {
		return reading("rootfs", "root-folder", sbom.Component{Kind: sbom.OperatingSystem, Name: "Example OS", Components: []sbom.Component{k}})
	}
	for name, tt := range map[string]struct {
		a, b sbom.Component
		want []string // parent: kernel, pieces of evidence, drivers
	}{
		"the same file": {kernel("boot.img", line+"A", "aa"), kernel("rootfs", line+"A", "aa", "wlan"), []string{"Example OS: 2, 1"}},
		"packed there, plain here": {
			kernel("boot.img", line+"A", "aa"), kernel("rootfs", line+"A", "bb", "wlan"),
			[]string{"Example OS: 2, 1"},
		},
		"modules alone":                {kernel("boot.img", line+"A", "aa"), kernel("rootfs", "module: vermagic=6.1.0", "", "wlan"), []string{"Example OS: 2, 1"}},
		"another build of the release": {kernel("boot.img", line+"A", "aa"), kernel("rootfs", line+"B", "bb", "wlan"), []string{"Example OS: 1, 1", "boot: 1, 0"}},
		"modules in both":              {kernel("boot.img", line+"A", "aa", "touch"), kernel("rootfs", line+"A", "aa", "wlan"), []string{"Example OS: 1, 1", "boot: 1, 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			doc := resolve(t, boot(tt.a), root(tt.b))
			var got []string
			refs := map[string]string{}
			var bootDeps []string
			for _, c := range doc.Components {
				if c.Name == "boot" {
					bootDeps = c.DependsOn
				}
				for _, k := range c.Components {
					refs[k.Ref] = k.Name
					got = append(got, fmt.Sprintf("%s: %d, %d", c.Name, len(k.Found), len(k.Components)))
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if len(bootDeps) != 1 || refs[bootDeps[0]] != "linux kernel" || strings.HasPrefix(bootDeps[0], "draft:") {
				t.Errorf("boot depends on %q, of %v", bootDeps, refs)
			}
		})
	}
}

// One tree that lies in two inputs tells of a part without a name once; nodes
// that differ stay two parts.
func TestNamelessPartOfOneTree(t *testing.T) {
	haptics := func(in, place, says string) sbom.Reading {
		c := sbom.Component{
			Kind: sbom.Hardware, Category: sbom.Haptics, Name: "unknown haptics", Unidentified: true,
			Found: []sbom.Evidence{{Source: sbom.Source{Name: in, Digest: in}, Place: place, Method: sbom.MethodDeviceTree, Says: says}},
		}
		return reading(in, "device-tree", c)
	}
	for name, tt := range map[string]struct {
		b    sbom.Reading
		want int
	}{
		"the same node":     {haptics("boot.img", "boot!dtb/0!/vibrator", "node vibrator"), 1},
		"another node":      {haptics("boot.img", "boot!dtb/0!/vibrator@1", "node vibrator"), 2},
		"other content":     {haptics("boot.img", "boot!dtb/0!/vibrator", "compatible regulator-haptic"), 2},
		"no node of a tree": {haptics("boot.img", "", "node vibrator"), 2},
	} {
		t.Run(name, func(t *testing.T) {
			doc := resolve(t, haptics("board.dtb", "/vibrator", "node vibrator"), tt.b)
			if len(doc.Components) != tt.want {
				t.Errorf("got %d parts, want %d", len(doc.Components), tt.want)
			}
		})
	}
}
