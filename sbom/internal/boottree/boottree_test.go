package boottree

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func txt(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }

func link(to string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte(to), Mode: fs.ModeSymlink | 0o777}
}

func TestFind(t *testing.T) {
	const extlinux = "default b\nlabel a\n fdt /dtbs/other.dtb\nLABEL b\n FDT /dtbs/q/phone.dtb\n fdtoverlays /dtbs/o.dtbo\n append quiet panel=x\n"
	for name, tt := range map[string]struct {
		files fstest.MapFS // beside two trees in boot/dtbs
		want  string       // tree, by whom, overlays, command line; or why none
	}{
		"nothing tells":               {nil, "2 device trees lie there, such as boot/dtbs/other.dtb, and nothing says which is this phone's"},
		"extlinux":                    {fstest.MapFS{"boot/extlinux/extlinux.conf": txt(extlinux), "boot/dtbs/o.dtbo": txt("o")}, "boot/dtbs/q/phone.dtb, boot/extlinux/extlinux.conf line 5, 1, quiet panel=x"},
		"extlinux without overlay":    {fstest.MapFS{"boot/extlinux/extlinux.conf": txt(extlinux)}, "with the overlay /dtbs/o.dtbo, which is not there"},
		"first label":                 {fstest.MapFS{"boot/extlinux/extlinux.conf": txt("label a\ndevicetree /boot/dtbs/other.dtb\nlabel b\nfdt /x\n")}, "boot/dtbs/other.dtb, boot/extlinux/extlinux.conf line 2, 0, "},
		"a default that is not there": {fstest.MapFS{"boot/extlinux/extlinux.conf": txt("default z\nlabel a\nfdt /boot/dtbs/other.dtb\n")}, "nothing says"},
		"a folder is no choice":       {fstest.MapFS{"boot/extlinux/extlinux.conf": txt("label a\nfdtdir /dtbs\n")}, "nothing says"},
		"entries agree":               {fstest.MapFS{"boot/loader/entries/1.conf": txt("devicetree /dtbs/other.dtb\noptions a\noptions b"), "boot/loader/entries/2.conf": txt("devicetree /dtbs/other.dtb")}, "boot/dtbs/other.dtb, boot/loader/entries/1.conf, 0, a b"},
		"entries differ":              {fstest.MapFS{"boot/loader/entries/1.conf": txt("devicetree /dtbs/other.dtb"), "boot/loader/entries/2.conf": txt("devicetree /dtbs/q/phone.dtb")}, "nothing says"},
		"environment, by name":        {fstest.MapFS{"boot/uEnv.txt": txt("# fdtfile=x\nfdtfile=phone.dtb\n")}, "boot/dtbs/q/phone.dtb, boot/uEnv.txt, 0, "},
		"deviceinfo":                  {fstest.MapFS{"etc/deviceinfo": txt("deviceinfo_dtb=\"q/phone\"\n")}, "boot/dtbs/q/phone.dtb, etc/deviceinfo, 0, "},
		"deviceinfo of two phones":    {fstest.MapFS{"etc/deviceinfo": txt("deviceinfo_dtb=\"q/phone other\"\n")}, "nothing says"},
		"a name that is not there":    {fstest.MapFS{"etc/deviceinfo": txt("deviceinfo_dtb=q/none\n")}, "etc/deviceinfo names q/none, which is not there"},
		"two of one name":             {fstest.MapFS{"etc/deviceinfo": txt("deviceinfo_dtb=other\n"), "usr/lib/linux-image-6/v/other.dtb": txt("else")}, "differ"},
		"two of one name, the same":   {fstest.MapFS{"etc/deviceinfo": txt("deviceinfo_dtb=other\n"), "usr/lib/linux-image-6/v/other.dtb": txt("other")}, "boot/dtbs/other.dtb, etc/deviceinfo, 0, "},
		"boot/dtb":                    {fstest.MapFS{"boot/dtb": link("dtb-6"), "boot/dtb-6": link("/boot/dtbs/q/phone.dtb")}, "boot/dtbs/q/phone.dtb, boot/dtb, 0, "},
		"links out of the root":       {fstest.MapFS{"boot/dtb": link("../../../../etc/passwd"), "etc/passwd": txt("inside")}, "etc/passwd, boot/dtb, 0, "},
		"links in a circle":           {fstest.MapFS{"boot/dtb": link("dtb")}, "nothing says"},
	} {
		t.Run(name, func(t *testing.T) {
			root := fstest.MapFS{"boot/dtbs/q/phone.dtb": txt("phone"), "boot/dtbs/other.dtb": txt("other")}
			for p, f := range tt.files {
				root[p] = f
			}
			c, err := Find(root)
			if err != nil {
				t.Fatal(err)
			}
			got := c.Why
			if c.Tree != nil {
				got = strings.Join([]string{c.Tree.Path, c.By, string(rune('0' + len(c.Overlays))), c.CommandLine}, ", ")
			}
			if c.Tree != nil && got != tt.want || c.Tree == nil && !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestFindElsewhere(t *testing.T) {
	for name, tt := range map[string]struct {
		root fstest.MapFS
		want string
	}{
		"no tree":          {fstest.MapFS{"etc/os-release": txt("ID=x")}, ""},
		"alone":            {fstest.MapFS{"boot/board.dtb": txt("t")}, "boot/board.dtb"},
		"a boot partition": {fstest.MapFS{"extlinux/extlinux.conf": txt("label a\nfdt /dtbs/a.dtb"), "dtbs/a.dtb": txt("a"), "dtbs/b.dtb": txt("b")}, "dtbs/a.dtb"},
		"Ubuntu":           {fstest.MapFS{"usr/lib/firmware/6.8/device-tree/q/a.dtb": txt("t")}, "usr/lib/firmware/6.8/device-tree/q/a.dtb"},
		"too large":        {fstest.MapFS{"boot/board.dtb": {Data: make([]byte, maxTree+1)}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Find(tt.root)
			got := ""
			if c.Tree != nil {
				got = c.Tree.Path
			}
			if err != nil || got != tt.want {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

// Whatever a configuration says, what is chosen lies in the root.
func FuzzFind(f *testing.F) {
	f.Add("label a\nfdt /dtbs/a.dtb", "fdtfile=b.dtb", "dtbs/a.dtb")
	f.Add("", "fdt=../../x", "/../../x")
	f.Fuzz(func(t *testing.T, extlinux, env, target string) {
		root := fstest.MapFS{"boot/dtbs/a.dtb": txt("a"), "boot/dtbs/b.dtb": txt("b"), "boot/extlinux/extlinux.conf": txt(extlinux), "boot/uEnv.txt": txt(env), "boot/dtb": link(target)}
		c, err := Find(root)
		if err != nil {
			t.Fatal(err)
		}
		if c.Tree != nil && (root[c.Tree.Path] == nil || string(root[c.Tree.Path].Data) != string(c.Tree.Data)) {
			t.Fatalf("got %q", c.Tree.Path)
		}
		if (c.Tree == nil) == (c.Why == "") {
			t.Fatalf("got %+v", c)
		}
	})
}
