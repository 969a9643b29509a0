package firmware

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/originbom/originbom/sbom"
)

// The root of a Linux phone in an image gives the device tree that its boot
// loader is told to load, and no other of those that lie there.
func TestTreeOfLinuxRoot(t *testing.T) {
	board, err := os.ReadFile("../../testdata/handset/board.dtb")
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{
		"boot/dtbs/phone.dtb": {Data: board},
		"boot/dtbs/other.dtb": {Data: []byte("not read")},
	}
	read := func() sbom.Reading {
		t.Helper()
		o := &opener{im: &Image{Name: "root.img"}}
		p := &Partition{Name: "root", Kind: Ext4, FS: files}
		if err := o.chosenTree(p); err != nil {
			t.Fatal(err)
		}
		o.im.Partitions = []*Partition{p}
		r, err := Read(context.Background(), o.im, "00", nil)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	display := func(r sbom.Reading) int {
		return slices.IndexFunc(r.Components, func(c sbom.Component) bool { return c.Category == sbom.Display })
	}
	none := read()
	if display(none) >= 0 || len(none.Notes) != 1 || !strings.Contains(none.Notes[0].Text, "nothing says which is this phone's") {
		t.Errorf("not chosen: %+v", none.Notes)
	}
	files["etc/deviceinfo"] = &fstest.MapFile{Data: []byte("deviceinfo_dtb=phone\n")}
	one := read()
	i := display(one)
	if i < 0 || one.Components[i].Found[0].Place != "boot/dtbs/phone.dtb!/soc@0/dsi@200000/panel@0" {
		t.Errorf("chosen: %+v", one.Components)
	}
}
