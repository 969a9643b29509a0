package hardware

import (
	"encoding/binary"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/fdt"
	"github.com/originbom/originbom/sbom/internal/fdt/fdttest"
)

const (
	baseTree = `/ { model = "Example Phone 15"; compatible = "handset,em-15", "qcom,sdm000";
		soc { i2c@40 { phandle = <1>; #address-cells = <1>; fuel-gauge@55 { compatible = "ti,bq27411"; }; }; };
		__symbols__ { i2c = "/soc/i2c@40"; };
	};`
	touchOverlay = `/ { fragment@0 { target = <0>; __overlay__ { touchscreen@38 { compatible = "edt,edt-ft5406"; }; }; }; __fixups__ { i2c = "/fragment@0:target:0"; }; };`
	nfcOverlay   = `/ { fragment@0 { target = <0>; __overlay__ { nfc@28 { compatible = "nxp,pn547"; }; }; }; __fixups__ { i2c = "/fragment@0:target:0"; }; };`
	otherOverlay = `/ { fragment@0 { target = <0>; __overlay__ { x; }; }; __fixups__ { spi9 = "/fragment@0:target:0"; }; };`
	secondTree   = `/ { model = "Example Phone 15 Pro"; compatible = "handset,em-15p", "qcom,sdm000"; soc { i2c@40 { #address-cells = <1>; fuel-gauge@55 { compatible = "ti,bq27411"; }; nfc@28 { compatible = "nxp,pn547"; }; }; }; };`
)

// treeTable makes Android's table of the trees.
func treeTable(trees ...[]byte) []byte {
	var head, body []byte
	start := 32 + 32*len(trees)
	for _, tree := range trees {
		for _, v := range []int{len(tree), start + len(body), 0, 0, 0, 0, 0, 0} {
			head = binary.BigEndian.AppendUint32(head, uint32(v))
		}
		body = append(body, tree...)
	}
	var out []byte
	for _, v := range []int{0xd7b7ab1e, start + len(body), 32, 32, len(trees), 32, 4096, 0} {
		out = binary.BigEndian.AppendUint32(out, uint32(v))
	}
	return slices.Concat(out, head, body)
}

func TestReadDeviceTreesOfOneFile(t *testing.T) {
	c := func(source string) []byte { return fdttest.Compile(t, source) }
	const gauge = "fuel-gauge BQ27411 [ti] "
	two := []string{
		"soc SDM000 [qcom] tree 1 at offset 0: / tree 2 at offset %: /",
		"nfc PN547 [nxp] candidate tree 2 at offset %: /soc/i2c@40/nfc@28",
		gauge + "tree 1 at offset 0: /soc/i2c@40/fuel-gauge@55 tree 2 at offset %: /soc/i2c@40/fuel-gauge@55",
	}
	for _, tt := range []struct {
		name     string
		data     []byte
		overlays [][]byte
		want     []string
	}{
		{"one behind the other", append(c(baseTree), c(secondTree)...), nil, two},
		{"behind a kernel", slices.Concat([]byte("a kernel"), c(baseTree)), nil, []string{"soc SDM000 [qcom] /", gauge + "/soc/i2c@40/fuel-gauge@55"}},
		{
			"a tree and its overlay", c(baseTree),
			[][]byte{c(touchOverlay)},
			[]string{"soc SDM000 [qcom] /", "touch FT5406 [focaltech] /soc/i2c@40/touchscreen@38", gauge + "/soc/i2c@40/fuel-gauge@55"},
		},
		{
			"two overlays", c(baseTree),
			[][]byte{c(touchOverlay), c(nfcOverlay)},
			[]string{"soc SDM000 [qcom] /", "touch FT5406 [focaltech] /soc/i2c@40/touchscreen@38", "nfc PN547 [nxp] /soc/i2c@40/nfc@28", gauge + "/soc/i2c@40/fuel-gauge@55"},
		},
		{"a table of overlays, of which one is another board's", c(baseTree), [][]byte{treeTable(c(touchOverlay), c(nfcOverlay), c(otherOverlay))}, []string{
			"soc SDM000 [qcom] overlay 1 of 1.dtbo: / overlay 2 of 1.dtbo: /",
			"touch FT5406 [focaltech] candidate overlay 1 of 1.dtbo: /soc/i2c@40/touchscreen@38",
			"nfc PN547 [nxp] candidate overlay 2 of 1.dtbo: /soc/i2c@40/nfc@28",
			gauge + "overlay 1 of 1.dtbo: /soc/i2c@40/fuel-gauge@55 overlay 2 of 1.dtbo: /soc/i2c@40/fuel-gauge@55",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var opts TreeOptions
			for _, data := range tt.overlays {
				opts.Overlays = append(opts.Overlays, TreeFile{"1.dtbo", data})
			}
			r, err := ReadDeviceTrees("phone.img", tt.data, &opts)
			if err != nil {
				t.Fatal(err)
			}
			offset := "0"
			if len(tt.want) == 3 && strings.Contains(tt.want[0], "%") {
				offset = strings.TrimSpace(itoa(len(c(baseTree))))
			}
			var want []string
			for _, s := range tt.want {
				want = append(want, strings.ReplaceAll(s, "%", offset))
			}
			checkParts(t, r, want)
			if r.Input.Name != "phone.img" || r.Components[0].Found[0].Source.Name != "phone.img" {
				t.Errorf("input %+v, evidence %+v", r.Input, r.Components[0].Found[0])
			}
		})
	}
	r, err := ReadDeviceTrees("a.dtb", c(baseTree), &TreeOptions{Overlays: []TreeFile{{"b.dtbo", c(touchOverlay)}}})
	if err != nil || r.Components[1].Found[0].Source.Name != "b.dtbo" {
		t.Errorf("evidence of an overlay: %v, %+v", err, r.Components[1])
	}
}

func itoa(n int) string {
	if n == 0 {
		return ""
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

func TestReadDeviceTreesRefuses(t *testing.T) {
	c := func(source string) []byte { return fdttest.Compile(t, source) }
	for _, tt := range []struct {
		name, want string
		data       []byte
		overlay    []byte
	}{
		{"only a table of overlays", "give the tree that it is applied to", treeTable(c(touchOverlay)), nil},
		{"an overlay that is a tree", "1.dtbo: device tree at offset 0: this is a device tree of its own", c(baseTree), c(secondTree)},
		{"an overlay that is none", "1.dtbo: device tree: there is no device tree", c(baseTree), []byte("x")},
		{"a base without symbols", "1.dtbo: it cannot be laid over phone.img: the base tree has no __symbols__: compile it with dtc -@, or give the tree that results", c(secondTree), c(touchOverlay)},
		{"an overlay of another board", `no label "spi9"`, c(baseTree), c(otherOverlay)},
	} {
		var opts TreeOptions
		if tt.overlay != nil {
			opts.Overlays = []TreeFile{{"1.dtbo", tt.overlay}}
		}
		r, err := ReadDeviceTrees("phone.img", tt.data, &opts)
		if err == nil || !strings.Contains(err.Error(), tt.want) || !cmp.Equal(r, sbom.Reading{}) {
			t.Errorf("%s: got %v, %v, want an error with %q", tt.name, r.Components, err, tt.want)
		}
	}
}

func TestListedPanels(t *testing.T) {
	const mdss = `mdss { qcom,mdss_dsi_a_video { qcom,mdss-dsi-panel-name = "a"; }; qcom,mdss_dsi_b_video { qcom,mdss-dsi-panel-name = "b"; }; };`
	candidate := func(name string) string {
		return "display " + name + " [] candidate /mdss/qcom,mdss_dsi_" + name + "_video"
	}
	tests := []struct{ name, line, bootargs, a, b string }{
		{"nothing told", "", "", candidate("a"), candidate("b")},
		{"msm_drm", "quiet msm_drm.dsi_display0=qcom,mdss_dsi_b_video_display:config0", "", candidate("a"), "display b [] /mdss/qcom,mdss_dsi_b_video the kernel's command line"},
		{"mdss_mdp", "mdss_mdp.panel=1:dsi:0:qcom,mdss_dsi_a_video:1:none:cfg:single_dsi", "", "display a [] /mdss/qcom,mdss_dsi_a_video the kernel's command line", candidate("b")},
		{"the tree's own", "", "quiet msm_drm.dsi_display0=mdss_dsi_a_video:", "display a [] /mdss/qcom,mdss_dsi_a_video /chosen", candidate("b")},
		{"a panel of another board", "msm_drm.dsi_display0=qcom,mdss_dsi_z_video:", "", candidate("a"), candidate("b")},
		{"another argument", "other.dsi_display0=qcom,mdss_dsi_a_video:", "", candidate("a"), candidate("b")},
		{"a huge line", strings.Repeat("x", maxCommandLine) + " msm_drm.dsi_display0=qcom,mdss_dsi_a_video", "", candidate("a"), candidate("b")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := fdttest.Compile(t, phoneTree(`chosen { bootargs = "`+tt.bootargs+`"; }; `+mdss))
			r, err := ReadDeviceTrees("phone.dtb", data, &TreeOptions{CommandLine: tt.line})
			if err != nil {
				t.Fatal(err)
			}
			checkParts(t, r, []string{"soc SDM000 [qcom] /", tt.a, tt.b})
		})
	}
}

// TestVariantsOfRealPhones reads pairs of one phone's trees that differ in one
// part, some of one root compatible, and some that do not differ in parts at all.
func TestVariantsOfRealPhones(t *testing.T) {
	trees := realTrees(t)
	for _, tt := range []struct{ old, new, gone, added string }{
		{"sm8250-xiaomi-elish-boe.dtb", "sm8250-xiaomi-elish-csot.dtb", "display unknown display [boe]", "display unknown display [csot]"},
		{"sdm845-xiaomi-beryllium-ebbg.dtb", "sdm845-xiaomi-beryllium-tianma.dtb", "display unknown display [ebbg]", "display unknown display [tianma]"},
		{"imx8mq-librem5-r3.dtb", "imx8mq-librem5-r4.dtb", "display MLAF057WE51-X [mantix]", "display YS57PSS36BH5GQ [ys]"},
		{"rk3399-gru-scarlet-inx.dtb", "rk3399-gru-scarlet-kd.dtb", "display P097PFG [innolux]", "display KD097D04 [kingdisplay]"},
		{"mt8183-kukui-kakadu.dtb", "mt8183-kukui-kakadu-sku22.dtb", "audio DA7219 [dlg]", ""},
		{"rk3566-pinetab2-v0.1.dtb", "rk3566-pinetab2-v2.0.dtb", "", "sensor unknown sensor []"},
		{"msm8992-lg-bullhead-rev-10.dtb", "msm8992-lg-bullhead-rev-101.dtb", "", ""},
		{"sun50i-a64-pinephone-1.1.dtb", "sun50i-a64-pinephone-1.2.dtb", "", ""},
	} {
		t.Run(tt.new, func(t *testing.T) {
			count := map[string]int{}
			for _, c := range readRealTree(t, trees, tt.old).Components {
				count[partLine(c)]--
			}
			for _, c := range readRealTree(t, trees, tt.new).Components {
				count[partLine(c)]++
			}
			var gone, added []string
			for line, n := range count {
				switch {
				case n < 0:
					gone = append(gone, line)
				case n > 0:
					added = append(added, line)
				}
			}
			for _, side := range []struct {
				what, want string
				got        []string
			}{{"gone", tt.gone, gone}, {"added", tt.added, added}} {
				if want := min(len(side.want), 1); len(side.got) != want || want == 1 && !strings.HasPrefix(side.got[0], side.want) {
					t.Errorf("%s: %q, want %q", side.what, side.got, side.want)
				}
			}
		})
	}
}

// TestFolderOfRealTrees writes each property of a tree as a file and expects the
// parts of the blob.
func TestFolderOfRealTrees(t *testing.T) {
	trees := realTrees(t)
	for i, name := range slices.Sorted(maps.Keys(trees)) {
		if i%40 != 0 && os.Getenv("ORIGINBOM_ALL_FOLDERS") == "" {
			continue // all of them take a minute
		}
		data, err := os.ReadFile(trees[name])
		if err != nil {
			t.Fatal(err)
		}
		tree, err := fdt.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		want, err := ReadDeviceTree("tree", data)
		if err != nil {
			t.Fatal(err)
		}
		folder := fdttest.Folder(tree)
		if !IsDeviceTreeFolder(folder) {
			t.Errorf("%s: the folder is not known for a device tree", name)
		}
		got, err := ReadDeviceTreeFolder("tree", folder, nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, r := range []sbom.Reading{want, got} {
			for i := range r.Components {
				for j := range r.Components[i].Found {
					r.Components[i].Found[j].Source.Digest = ""
				}
			}
		}
		got.Input.Digest, want.Input.Digest = "", ""
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-blob +folder):\n%s", name, diff)
		}
	}
}

// TestRealOverlays reads the parts of real overlays on a tree that has their
// labels.
func TestRealOverlays(t *testing.T) {
	trees, overlays := realTrees(t), realFiles(t, "dtbos.txt")
	read := func(file string) []byte {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	for _, tt := range []struct{ base, overlay, want string }{
		{"k3-am625-beagleplay.dtb", "k3-am625-beagleplay-csi2-ov5640.dtbo", "camera OV5640 [ovti]"},
		{"r9a07g043u11-smarc-pmod.dtb", "r9a07g043u11-smarc-du-adv7513.dtbo", "other ADV7513 [adi]"},
	} {
		r, err := ReadDeviceTrees(tt.base, read(trees[tt.base]), &TreeOptions{Overlays: []TreeFile{{tt.overlay, read(overlays[tt.overlay])}}})
		if err != nil {
			t.Error(err)
			continue
		}
		if !slices.ContainsFunc(r.Components, func(c sbom.Component) bool {
			return strings.HasPrefix(partLine(c), tt.want) && c.Found[0].Source.Name == tt.overlay
		}) {
			t.Errorf("%s: no %s", filepath.Base(tt.overlay), tt.want)
		}
	}
}
