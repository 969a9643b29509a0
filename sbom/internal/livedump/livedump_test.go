package livedump_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/originbom/originbom/sbom/internal/livedump"
)

// dump makes an archive. Members are name and content in turn; a name that ends in
// / is a folder, and a content of "->" a link.
func dump(t testing.TB, members ...string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for i := 0; i+1 < len(members); i += 2 {
		h := &tar.Header{Name: members[i], Mode: 0o644, Size: int64(len(members[i+1])), Typeflag: tar.TypeReg}
		if strings.HasSuffix(h.Name, "/") {
			h.Typeflag = tar.TypeDir
		}
		if members[i+1] == "->" {
			h.Typeflag, h.Size, h.Linkname = tar.TypeSymlink, 0, "/etc/passwd"
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := w.Write([]byte(members[i+1])); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

const o = "originbom-live/"

func TestParse(t *testing.T) {
	got, err := livedump.Parse(dump(t, o+"version", "1\n", o+"getprop", "[a.b]: [c: [d]]\r\n[multi]: [x\ny]\nnoise\n",
		o+"cmdline", " quiet \n",
		o+"sysfs", "device=/sys/devices/a/1-0038\nbus=i2c\ndriver=d\nof_node=/sys/firmware/devicetree/base/i2c@1/x@38\nbus=spi\n\nnew=/sys/x\nname=y\n\nsoc=/sys/devices/soc0\nmachine=M\x00\x01 \n",
		o+"device-tree/", "", o+"device-tree/compatible", "handset,em-15\x00", o+"device-tree/link", "->", o+"later", "x"))
	if err != nil {
		t.Fatal(err)
	}
	if got.Tree == nil || got.Tree.Root == nil || len(got.Tree.Root.Properties) != 1 {
		t.Errorf("tree %+v", got.Tree)
	}
	got.Tree = nil
	want := &livedump.Dump{
		CommandLine: "quiet",
		Properties:  map[string]string{"a.b": "c: [d]"},
		SoC:         map[string]string{"machine": "M"},
		Devices:     []livedump.Device{{Path: "/sys/devices/a/1-0038", Bus: "i2c", Name: "1-0038", Driver: "d", Node: "/i2c@1/x@38"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("dump (-want +got):\n%s", diff)
	}
}

func TestParseRefuses(t *testing.T) {
	version := []string{o + "version", "1"}
	with := func(members ...string) []byte { return dump(t, append(version[:2:2], members...)...) }
	long := strings.Repeat("x", 9000)
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, "not a dump"},
		{"another archive", dump(t, "version", "1"), "not a dump"},
		{"another version", dump(t, o+"version", "2"), `version: it is "2"`},
		{"truncated", with(o+"sysfs", "a=/sys/b\n")[:1100], "the archive"},
		{"a member elsewhere", with("etc/passwd", "x"), "outside of"},
		{"a member above", with(o+"../x", "x"), "outside of"},
		{"a member twice", with(o+"getprop", "a", o+"getprop", "b"), "getprop: the archive has it twice"},
		{"a property twice", with(o+"device-tree/a", "a", o+"device-tree/a", "b"), "twice"},
		{"a property that is a node", with(o+"device-tree/a", "a", o+"device-tree/a/b", "b"), "a node and a property"},
		{"a long line", with(o+"getprop", long), "getprop: line 1 has more than"},
		{"a record of nothing", with(o+"sysfs", "\n\nx\n"), "sysfs: line 3 is not key=value"},
		{"a record of another place", with(o+"sysfs", "device=/etc\n"), "begins with a path in /sys"},
		{"records", with(o+"sysfs", strings.Repeat("a=/sys/b\n\n", 40000)), "more than 32768 records"},
		{"a large text", with(o+"getprop", strings.Repeat("x", 5<<20)), "getprop: more than"},
	} {
		got, err := livedump.Parse(tt.data)
		if err == nil || got != nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, %v, want an error with %q", tt.name, got, err, tt.want)
		}
	}
}

// FuzzParse asserts that what is read has its limits, names no place outside of
// the dump, and is the same when read again.
func FuzzParse(f *testing.F) {
	f.Add(dump(f, o+"version", "1"))
	f.Add(dump(f, o+"version", "1\n", o+"sysfs", "device=/sys/a\nof_node=/sys/firmware/devicetree/base2/b\n"))
	f.Add(dump(f, o+"version", "1\n", o+"sysfs", "device=/sys/a\nof_node=/sys/firmware/devicetree/base/b\n", o+"device-tree/a/compatible", "x\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := livedump.Parse(data)
		if err != nil {
			if d != nil {
				t.Fatal("a dump beside an error")
			}
			return
		}
		for _, dev := range d.Devices {
			if !strings.HasPrefix(dev.Path, "/sys/") || dev.Node != "" && !strings.HasPrefix(dev.Node, "/") {
				t.Fatalf("%+v", dev)
			}
		}
		again, err := livedump.Parse(data)
		if err != nil || fmt.Sprint(d.Devices, d.Properties, d.SoC) != fmt.Sprint(again.Devices, again.Properties, again.SoC) {
			t.Fatalf("read again: %v", err)
		}
	})
}
