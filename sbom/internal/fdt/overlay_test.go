package fdt_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/originbom/originbom/sbom/internal/fdt"
	"github.com/originbom/originbom/sbom/internal/fdt/fdttest"
	"github.com/originbom/originbom/sbom/sbomtest/corpus"
)

const baseSource = `/ {
	compatible = "handset,em-15", "example,soc1";
	soc { i2c0 { phandle = <5>; status = "disabled"; touchscreen@38 { phandle = <6>; compatible = "example,t1"; }; }; };
	aliases { bus = "/soc/i2c0"; };
	__symbols__ { i2c0 = "/soc/i2c0"; };
};`

func parse(t testing.TB, source string) *fdt.Tree {
	t.Helper()
	tree, err := fdt.Parse(fdttest.Compile(t, source))
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// flat gives the tree as one line a property, sorted, with phandles as they are.
func flat(t *fdt.Tree) map[string]string {
	out := map[string]string{}
	t.Walk(func(n *fdt.Node) bool {
		out[n.Path()] = "node"
		for _, p := range n.Properties {
			out[n.Path()+" "+p.Name] = fmt.Sprintf("%q", p.Value)
		}
		return true
	})
	return out
}

func TestApply(t *testing.T) {
	base := parse(t, baseSource)
	before := flat(base)
	over := parse(t, `/ {
		fragment@0 { target = <0xffffffff>; __overlay__ {
			status = "okay";
			touchscreen@38 { phandle = <1>; compatible = "example,t2"; };
			pmic@8 { phandle = <2>; peer = <1>; self = <2>; far = <0>; };
		}; };
		fragment@1 { target-path = "bus"; __overlay__ { label; }; };
		__symbols__ { pmic = "/fragment@0/__overlay__/pmic@8"; };
		__fixups__ { i2c0 = "/fragment@0:target:0", "/fragment@0/__overlay__/pmic@8:far:0"; };
		__local_fixups__ { fragment@0 { __overlay__ { pmic@8 { peer = <0>; self = <0>; }; }; }; };
	};`)
	got, err := fdt.Apply(base, over, 3)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, flat(base)); diff != "" {
		t.Errorf("the base changed:\n%s", diff)
	}
	pmic := got.Node("/soc/i2c0/pmic@8")
	if pmic == nil || pmic.Mark != 3 || got.Node("/soc").Mark != 0 || got.Node("/soc/i2c0").Mark != 3 {
		t.Fatalf("marks: %+v", pmic)
	}
	for _, tt := range []struct {
		node, property string
		want           any
	}{
		{"/soc/i2c0", "status", "okay"},
		{"/soc/i2c0", "label", ""},
		{"/soc/i2c0/touchscreen@38", "compatible", "example,t2"},
		{"/soc/i2c0/touchscreen@38", "phandle", uint32(6)}, // the base's stays
		{"/soc/i2c0/pmic@8", "phandle", uint32(8)},         // 2 behind the base's 6
		{"/soc/i2c0/pmic@8", "peer", uint32(6)},
		{"/soc/i2c0/pmic@8", "self", uint32(8)},
		{"/soc/i2c0/pmic@8", "far", uint32(5)},
		{"/__symbols__", "pmic", "/soc/i2c0/pmic@8"},
	} {
		v, ok := got.Node(tt.node).Property(tt.property)
		want := []byte{}
		switch w := tt.want.(type) {
		case uint32:
			want = binary.BigEndian.AppendUint32(nil, w)
		case string:
			if w != "" {
				want = append([]byte(w), 0)
			}
		}
		if !ok || string(v) != string(want) {
			t.Errorf("%s %s = %q, want %q", tt.node, tt.property, v, want)
		}
	}
	if n := got.Phandle(8); n != pmic {
		t.Errorf("Phandle(8) = %v", n)
	}
}

func TestApplyRefuses(t *testing.T) {
	frag := func(rest string) string {
		return `/ { fragment@0 { target = <0xffffffff>; __overlay__ { a = <0>; }; }; ` + rest + ` };`
	}
	for _, tt := range []struct{ name, base, overlay, want string }{
		{"no overlay", baseSource, `/ { a; };`, "the tree is no overlay"},
		{"no symbols", `/ { soc { }; };`, frag(`__fixups__ { i2c0 = "/fragment@0:target:0"; };`), fdt.ErrNoSymbols.Error()},
		{"no such label", baseSource, frag(`__fixups__ { spi = "/fragment@0:target:0"; };`), `no label "spi"`},
		{"a label of nothing", `/ { __symbols__ { x = "/none"; }; };`, frag(`__fixups__ { x = "/fragment@0:target:0"; };`), "does not have"},
		{"a label without a phandle", `/ { soc { }; __symbols__ { x = "/soc"; }; };`, frag(`__fixups__ { x = "/fragment@0:target:0"; };`), "no phandle"},
		{"a place of two words", baseSource, frag(`__fixups__ { i2c0 = "/fragment@0:target"; };`), "not path:property:offset"},
		{"a place in no node", baseSource, frag(`__fixups__ { i2c0 = "/x:target:0"; };`), `no node "/x"`},
		{"a place in no property", baseSource, frag(`__fixups__ { i2c0 = "/fragment@0:x:0"; };`), "no word at offset 0"},
		{"a place behind the end", baseSource, frag(`__fixups__ { i2c0 = "/fragment@0:target:1"; };`), "no word at offset 1"},
		{"a huge place", baseSource, frag(`__fixups__ { i2c0 = "/fragment@0:target:4294967295"; };`), "not a number"},
		{"no target", baseSource, `/ { fragment@0 { target-path = "/none"; __overlay__ { }; }; };`, "/fragment@0: the base tree has no node"},
		{"a local place that is not there", baseSource, `/ { fragment@0 { target-path = "/"; __overlay__ { }; }; __local_fixups__ { x { a = <0>; }; }; };`, "no such node"},
		{"phandles that do not fit", baseSource, `/ { fragment@0 { target-path = "/"; __overlay__ { x { phandle = <0xfffffffe>; }; }; }; };`, "does not fit"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := fdt.Apply(parse(t, tt.base), parse(t, tt.overlay), 1)
			if err == nil || got != nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, %v, want an error with %q", got, err, tt.want)
			}
		})
	}
}

// TestApplyAgainstFdtoverlay lays real overlays over real trees and compares the
// result with that of libfdt's own tool, property by property.
func TestApplyAgainstFdtoverlay(t *testing.T) {
	bases, overlays := corpus.DeviceTrees(t, "dtbs.txt"), corpus.DeviceTrees(t, "dtbos.txt")
	tool := corpus.Tool(t, "fdtoverlay")
	judged, without := 0, 0
	for _, over := range overlays {
		base := likelyBase(t, over, bases)
		if base == "" {
			without++ // its base was compiled without symbols
			continue
		}
		out := filepath.Join(t.TempDir(), "out.dtb")
		if msg, err := exec.Command(tool, "-i", base, "-o", out, over).CombinedOutput(); err != nil {
			_, err := fdt.Apply(parseFile(t, base), parseFile(t, over), 1)
			if err == nil {
				t.Errorf("%s on %s: fdtoverlay refuses: %s", filepath.Base(over), filepath.Base(base), msg)
			}
			continue
		}
		got, err := fdt.Apply(parseFile(t, base), parseFile(t, over), 1)
		if err != nil {
			t.Errorf("%s on %s: %v", filepath.Base(over), filepath.Base(base), err)
			continue
		}
		judged++
		if diff := differ(parseFile(t, out), got); diff != "" {
			t.Errorf("%s on %s (-fdtoverlay +ours):\n%s", filepath.Base(over), filepath.Base(base), diff)
		}
	}
	t.Logf("%d overlays: %d equal to fdtoverlay's result, %d whose base has no symbols", len(overlays), judged, without)
	if judged == 0 {
		t.Error("no overlay was judged")
	}
}

// differ compares two trees. References may have other numbers if they lead to
// the same node: libfdt before 1.7.1 gives a node of the base the overlay's
// phandle, later ones let it keep its own.
func differ(want, got *fdt.Tree) string {
	a, b := flat(want), flat(got)
	want.Walk(func(n *fdt.Node) bool {
		other := got.Node(n.Path())
		for _, p := range n.Properties {
			if other == nil {
				break
			}
			if v, ok := other.Property(p.Name); ok && sameReferences(want, got, p.Value, v) {
				a[n.Path()+" "+p.Name] = b[n.Path()+" "+p.Name]
			}
		}
		return true
	})
	return cmp.Diff(a, b)
}

func sameReferences(want, got *fdt.Tree, v, w []byte) bool {
	if len(v) != len(w) || len(v)%4 != 0 {
		return false
	}
	for i := 0; i < len(v); i += 4 {
		x, y := binary.BigEndian.Uint32(v[i:]), binary.BigEndian.Uint32(w[i:])
		if x == y {
			continue
		}
		if p, q := want.Phandle(x), got.Phandle(y); p == nil || q == nil || p.Path() != q.Path() {
			return false
		}
	}
	return true
}

func parseFile(t *testing.T, file string) *fdt.Tree {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := fdt.Parse(data)
	if err != nil {
		t.Fatalf("%s: %v", filepath.Base(file), err)
	}
	return tree
}

// likelyBase gives the tree with symbols that has all labels that the overlay
// needs, of the name most like its own.
func likelyBase(t *testing.T, over string, bases []string) string {
	fixups := parseFile(t, over).Root.Child("__fixups__")
	best, most := "", 4
	for _, base := range bases {
		if filepath.Dir(base) != filepath.Dir(over) || filepath.Base(over) == filepath.Base(base)+"o" {
			continue // the second has the overlay in it
		}
		if n := common(filepath.Base(base), filepath.Base(over)); n > most {
			symbols := parseFile(t, base).Root.Child("__symbols__")
			if symbols != nil && hasAll(symbols, fixups) {
				best, most = base, n
			}
		}
	}
	return best
}

func hasAll(symbols, fixups *fdt.Node) bool {
	if fixups == nil {
		return true
	}
	for _, p := range fixups.Properties {
		if _, ok := symbols.Property(p.Name); !ok {
			return false
		}
	}
	return true
}

func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// FuzzApply asserts that whatever results holds to the limits of a tree: it can
// be written and parsed again to the same tree.
func FuzzApply(f *testing.F) {
	f.Add(fdttest.Compile(f, baseSource), fdttest.Compile(f, `/ { fragment@0 { target = <0>; __overlay__ { status = "okay"; x { phandle = <1>; self = <1>; }; }; };
		__fixups__ { i2c0 = "/fragment@0:target:0"; }; __local_fixups__ { fragment@0 { __overlay__ { x { self = <0>; }; }; }; }; };`))
	f.Add(fdttest.Example(f), fdttest.Compile(f, `/ { fragment@0 { target-path = "/soc"; __overlay__ { y; }; }; };`))
	f.Fuzz(func(t *testing.T, base, over []byte) {
		b, err := fdt.Parse(base)
		if err != nil {
			return
		}
		o, err := fdt.Parse(over)
		if err != nil {
			return
		}
		got, err := fdt.Apply(b, o, 1)
		if err != nil {
			if got != nil || errors.Is(err, fdt.ErrNoSymbols) && b.Root.Child("__symbols__") != nil {
				t.Fatalf("%v beside %v", got, err)
			}
			return
		}
		again, err := fdt.Parse(fdttest.Encode(encodable(got.Root)))
		if err != nil {
			t.Fatalf("the result is no tree: %v", err)
		}
		if diff := cmp.Diff(flat(got), flat(again)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func encodable(n *fdt.Node) *fdttest.Node {
	out := &fdttest.Node{Name: n.Name}
	for _, p := range n.Properties {
		out.Properties = append(out.Properties, fdttest.Property{Name: p.Name, Value: p.Value})
	}
	for _, c := range n.Children {
		out.Children = append(out.Children, encodable(c))
	}
	return out
}
