package hardware

import (
	"archive/tar"
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/fdt"
	"github.com/originbom/originbom/sbom/internal/fdt/fdttest"
)

const livePhone = `/ { model = "Example Phone 15"; compatible = "handset,em-15", "qcom,sdm000";
	chosen { bootargs = "quiet"; };
	soc { i2c@40 { compatible = "qcom,geni-i2c"; touchscreen@38 { compatible = "edt,edt-ft5406"; }; nfc@28 { compatible = "nxp,pn547"; status = "disabled"; }; };
	ufs@1 { compatible = "qcom,ufshc"; }; mdss { panel_a { qcom,mdss-dsi-panel-name = "a panel"; }; qcom,mdss_dsi_b { qcom,mdss-dsi-panel-name = "b panel"; }; }; };
};`

// liveTar makes a dump. Files are name and content in turn.
func liveTar(t testing.TB, source string, files ...string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	add := func(name, content string, dir bool) {
		h := &tar.Header{Name: "originbom-live/" + name, Mode: 0o644, Size: int64(len(content)), Typeflag: tar.TypeReg}
		if dir {
			h.Name, h.Typeflag = h.Name+"/", tar.TypeDir
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	add("version", "1\n", false)
	for i := 0; i+1 < len(files); i += 2 {
		add(files[i], files[i+1], false)
	}
	if source != "" {
		tree, err := fdt.Parse(fdttest.Compile(t, source))
		if err != nil {
			t.Fatal(err)
		}
		folder := fdttest.Folder(tree)
		if err := fs.WalkDir(folder, ".", func(at string, e fs.DirEntry, err error) error {
			if err != nil || at == "." {
				return err
			}
			if e.IsDir() {
				add("device-tree/"+at, "", true)
				return nil
			}
			v, err := fs.ReadFile(folder, at)
			add("device-tree/"+at, string(v), false)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

const liveSysfs = `device=/sys/devices/platform/soc/a84000.i2c/i2c-1/1-0038
bus=i2c
driver=edt_ft5x06
of_node=/sys/firmware/devicetree/base/soc/i2c@40/touchscreen@38

soc=/sys/devices/soc0
machine=SDM000

supply=/sys/class/power_supply/battery
type=Battery
technology=Li-ion
present=1

block=/sys/devices/platform/soc/ufs@1/host0/target0:0:0/0:0:0:0/block/sda
vendor=EXAMPLE
model=EXUFS-128
removable=0
of_node=/sys/firmware/devicetree/base/soc/ufs@1
`

const liveProps = "[ro.product.manufacturer]: [Example Mobile]\n[ro.product.model]: [EM-15]\n[ro.other]: [x]\n"

func TestReadLiveDump(t *testing.T) {
	data := liveTar(t, livePhone, "getprop", liveProps, "cmdline", "quiet msm_drm.dsi_display0=qcom,mdss_dsi_b_display:config0\n", "sysfs", liveSysfs)
	r, err := ReadLiveDump("phone.live.tar", data)
	if err != nil {
		t.Fatal(err)
	}
	checkParts(t, r, []string{
		"soc SDM000 [qcom] / /sys/devices/soc0/machine",
		"display a panel [] candidate /soc/mdss/panel_a",
		"display b panel [] /soc/mdss/qcom,mdss_dsi_b cmdline",
		"touch FT5406 [focaltech] /soc/i2c@40/touchscreen@38 /sys/devices/platform/soc/a84000.i2c/i2c-1/1-0038",
		"battery unknown battery [] unidentified /sys/class/power_supply/battery",
		"nfc PN547 [nxp] candidate /soc/i2c@40/nfc@28",
		"storage EXUFS-128 [] /sys/devices/platform/soc/ufs@1/host0/target0:0:0/0:0:0:0/block/sda /soc/ufs@1",
	})
	grade := func(name string) (g sbom.Grade) {
		i := slices.IndexFunc(r.Components, func(c sbom.Component) bool { return c.Name == name })
		for _, e := range r.Components[i].Found {
			g = max(g, e.Grade(sbom.Trust{AsWritten: true}))
		}
		return g
	}
	for name, want := range map[string]sbom.Grade{"FT5406": sbom.Observed, "b panel": sbom.Observed, "a panel": sbom.Described, "PN547": sbom.Described} {
		if got := grade(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if got := r.Device.Fact(sbom.Manufacturer).Grade(sbom.Trust{AsWritten: true}); got != sbom.Declared || r.Device.Model != "EM-15" {
		t.Errorf("a writable property: model %q, maker %s", r.Device.Model, got)
	}
	want := []sbom.Property{
		{Name: "originbom:getprop:ro.product.manufacturer", Value: "Example Mobile"},
		{Name: "originbom:getprop:ro.product.model", Value: "EM-15"},
	}
	if diff := cmp.Diff(want, r.Device.Properties); diff != "" {
		t.Errorf("properties (-want +got):\n%s", diff)
	}
}

func TestReadLiveDumpWithoutTree(t *testing.T) {
	r, err := ReadLiveDump("phone.live.tar", liveTar(t, "", "sysfs", liveSysfs))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0].Remedy, "root") || len(r.Components) != 3 {
		t.Errorf("notes %v, %d parts", r.Notes, len(r.Components))
	}
}

// TestLiveDumpScript runs the documented script on a made-up root folder.
func TestLiveDumpScript(t *testing.T) {
	root := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		at := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	link := func(name, to string) {
		t.Helper()
		at := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(root, to), at); err != nil {
			t.Fatal(err)
		}
	}
	tree, err := fdt.Parse(fdttest.Compile(t, livePhone))
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range fdttest.Folder(tree) {
		if !f.Mode.IsDir() {
			write("sys/firmware/devicetree/base/"+name, string(f.Data))
		}
	}
	if err := os.MkdirAll(filepath.Join(root, "sys/firmware/devicetree/base/soc/mdss/panel_a"), 0o755); err != nil {
		t.Fatal(err)
	}
	write("getprop", liveProps)
	write("proc/cmdline", "quiet mdss_mdp.panel=1:dsi:0:qcom,mdss_dsi_b:1:none")
	write("sys/devices/platform/i2c-1/1-0038/modalias", "of:x")
	write("sys/devices/soc0/machine", "SDM000\n")
	link("sys/devices/platform/i2c-1/1-0038/of_node", "sys/firmware/devicetree/base/soc/i2c@40/touchscreen@38")
	write("sys/bus/i2c/drivers/edt_ft5x06/x", "")
	link("sys/devices/platform/i2c-1/1-0038/driver", "sys/bus/i2c/drivers/edt_ft5x06")
	link("sys/bus/i2c/devices/1-0038", "sys/devices/platform/i2c-1/1-0038")
	write("sys/devices/platform/ufs/block/sda/device/model", "EXUFS-128       \n")
	write("sys/devices/platform/ufs/block/sda/device/vendor", "EXAMPLE \n")
	link("sys/devices/platform/ufs/of_node", "sys/firmware/devicetree/base/soc/ufs@1")
	link("sys/block/sda", "sys/devices/platform/ufs/block/sda")

	cmd := exec.Command("sh", filepath.Join("..", "..", "docs", "live-dump.sh"), "local")
	cmd.Env = append(os.Environ(), "LIVE_DUMP_ROOT="+root)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	data, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	r, err := ReadLiveDump("phone.live.tar", data)
	if err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	checkParts(t, r, []string{
		"soc SDM000 [qcom] / /sys/devices/soc0/machine",
		"display a panel [] candidate /soc/mdss/panel_a",
		"display b panel [] /soc/mdss/qcom,mdss_dsi_b cmdline",
		"touch FT5406 [focaltech] /soc/i2c@40/touchscreen@38 /sys/devices/platform/i2c-1/1-0038",
		"nfc PN547 [nxp] candidate /soc/i2c@40/nfc@28",
		"storage EXUFS-128 [] /sys/devices/platform/ufs/block/sda /soc/ufs@1",
	})
}

// FuzzReadLiveDump asserts that evidence is the dump's, that no stage of manufacture
// is read, and that the same bytes give the same reading.
func FuzzReadLiveDump(f *testing.F) {
	f.Add(liveTar(f, livePhone, "getprop", liveProps, "cmdline", "msm_drm.dsi_display0=qcom,mdss_dsi_b:", "sysfs", liveSysfs))
	f.Add(liveTar(f, "", "sysfs", liveSysfs))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ReadLiveDump("phone.live.tar", data)
		if err != nil {
			if !cmp.Equal(r, sbom.Reading{}) {
				t.Fatal("a reading beside an error")
			}
			return
		}
		for _, c := range r.Components {
			if len(c.Found) == 0 || slices.ContainsFunc(c.Facts, func(f sbom.Fact) bool { return sbom.IsStage(f.Name) }) {
				t.Fatalf("%+v", c)
			}
			for _, e := range c.Found {
				if e.Source.Name != "phone.live.tar" {
					t.Fatalf("evidence %+v", e)
				}
			}
		}
		again, err := ReadLiveDump("phone.live.tar", data)
		if diff := cmp.Diff(r, again); diff != "" || err != nil {
			t.Fatalf("read again: %v\n%s", err, diff)
		}
	})
}
