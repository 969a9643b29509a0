package firmware_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/firmware"
	"github.com/originbom/originbom/sbom/firmware/firmwaretest"
	"github.com/originbom/originbom/sbom/hardware"
	"github.com/originbom/originbom/sbom/software"
)

var update = flag.Bool("update", false, "rewrite the boot image of testdata/handset")

const handset = "../../testdata/handset"

// The example handset's boot image is what its generator makes of board.dtb.
func TestHandsetBoot(t *testing.T) {
	want := firmwaretest.HandsetBoot(handsetFile(t, "board.dtb"))
	if *update {
		if err := os.WriteFile(filepath.Join(handset, "boot.img"), want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(handsetFile(t, "boot.img"), want) {
		t.Error("boot.img is not what firmwaretest.HandsetBoot makes of board.dtb; run with -update")
	}
}

// The boot image tells of the same parts as the tree beside it, of the kernel in
// it, and that it is what its own vbmeta describes.
func TestHandsetBootReads(t *testing.T) {
	im, err := open("boot.img", handsetFile(t, "boot.img"))
	if err != nil {
		t.Fatal(err)
	}
	defer im.Close()
	got, err := firmware.Read(context.Background(), im, "", software.Catalog)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := hardware.ReadDeviceTrees("board.dtb", handsetFile(t, "board.dtb"), nil)
	if err != nil {
		t.Fatal(err)
	}
	boot := got.Components[0]
	if boot.Kind != sbom.Firmware || boot.Name != "boot" {
		t.Fatalf("the first component is %s %s, want firmware boot", boot.Kind, boot.Name)
	}
	if diff := cmp.Diff(partNames(tree.Components), partNames(got.Components[1:])); diff != "" {
		t.Errorf("parts of the tree beside the image and of the one in it (-beside +inside):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"operating-system linux kernel 6.12.0-example"}, partNames(boot.Components)); diff != "" {
		t.Errorf("software in the image (-want +got):\n%s", diff)
	}
	for name, want := range map[string]string{
		firmware.PropertyPartition:   "boot",
		firmware.PropertySigned:      "false",
		firmware.PropertyDigestMatch: "true",
	} {
		if v := property(got, "boot", name); v != want {
			t.Errorf("%s is %q, want %q", name, v, want)
		}
	}
}

func partNames(cs []sbom.Component) []string {
	var names []string
	for i := range cs {
		names = append(names, string(cs[i].Kind)+" "+cs[i].Name+" "+cs[i].Version)
	}
	return names
}

func handsetFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(handset, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
