package fdt_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/originbom/originbom/sbom/internal/fdt"
	"github.com/originbom/originbom/sbom/internal/fdt/fdttest"
	"github.com/originbom/originbom/sbom/sbomtest/corpus"
)

func TestParse(t *testing.T) {
	data := fdttest.Example(t)
	tree, err := fdt.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	tree.Walk(func(n *fdt.Node) bool {
		paths = append(paths, n.Path())
		return true
	})
	want := []string{"/", "/soc", "/soc/i2c@40", "/soc/i2c@40/touchscreen@38", "/aliases"}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
	for _, p := range paths {
		if n := tree.Node(p); n == nil || n.Path() != p {
			t.Errorf("Node(%q) = %v", p, n)
		}
	}
	for _, p := range []string{"", "soc", "/none", "//", "/soc/"} {
		if n := tree.Node(p); n != nil {
			t.Errorf("Node(%q) = %s, want nil", p, n.Path())
		}
	}
	if n := tree.Phandle(7); n == nil || n.Name != "i2c@40" {
		t.Errorf("Phandle(7) = %v", n)
	}
	touch := tree.Node("/soc/i2c@40/touchscreen@38")
	if got := touch.BaseName(); got != "touchscreen" {
		t.Errorf("BaseName = %q", got)
	}
	list, err := touch.Strings("compatible")
	if diff := cmp.Diff([]string{"example,t1", "example,t0"}, list); diff != "" || err != nil {
		t.Errorf("Strings: %v %s", err, diff)
	}
	cells, err := touch.Cells("reg")
	if diff := cmp.Diff([]uint32{0x38}, cells); diff != "" || err != nil {
		t.Errorf("Cells: %v %s", err, diff)
	}
	if v, ok := tree.Root.Property("empty"); !ok || len(v) != 0 {
		t.Errorf("empty property: %v %v", v, ok)
	}
	data[len(data)-1] ^= 0xff
	if s, err := tree.Root.Text("model"); s != "Example Phone 15" || err != nil {
		t.Errorf("the tree shares memory with its input: %q %v", s, err)
	}
}

func TestValueErrors(t *testing.T) {
	tree, err := fdt.Parse(fdttest.Compile(t, `/ {
		open = [ 61 62 ]; control = [ 07 00 ]; two = "a", "b"; odd = [ 01 02 03 ]; none;
	};`))
	if err != nil {
		t.Fatal(err)
	}
	root := tree.Root
	if _, err := root.Strings("open"); err == nil {
		t.Error("a string without an end was accepted")
	}
	if _, err := root.Strings("control"); err == nil {
		t.Error("a control character was accepted")
	}
	if _, err := root.Text("two"); err == nil {
		t.Error("two strings were accepted as one")
	}
	if _, err := root.Cells("odd"); err == nil {
		t.Error("three bytes were accepted as cells")
	}
	for _, name := range []string{"none", "absent"} {
		if list, err := root.Strings(name); list != nil || err != nil {
			t.Errorf("Strings(%q) = %v, %v", name, list, err)
		}
	}
}

// Offsets of the header's words, Devicetree Specification v0.4 section 5.2.
const (
	atTotal, atStruct, atStrings, atReserved = 4, 8, 12, 16
	atVersion, atLast                        = 20, 24
	atStringsSize, atStructSize              = 32, 36
)

func TestRefuses(t *testing.T) {
	good := fdttest.Example(t)
	word := func(at int) uint32 { return binary.BigEndian.Uint32(good[at:]) }
	set := func(at int, v uint32) func([]byte) []byte {
		return func(b []byte) []byte {
			binary.BigEndian.PutUint32(b[at:], v)
			return b
		}
	}
	structure := int(word(atStruct))
	deep := func(n int) []byte {
		root := &fdttest.Node{}
		for at := root; n > 0; n-- {
			child := &fdttest.Node{Name: "n"}
			at.Children = []*fdttest.Node{child}
			at = child
		}
		return fdttest.Encode(root)
	}
	tests := []struct {
		name string
		edit func([]byte) []byte
		want string // in the error
	}{
		{"empty", func([]byte) []byte { return nil }, "no magic"},
		{"other magic", set(0, 1), "no magic"},
		{"only the magic", func(b []byte) []byte { return b[:4] }, "offset 4: the header ends early"},
		{"truncated", func(b []byte) []byte { return b[:len(b)-4] }, "offset 4: the header claims"},
		{"total size beyond the end", set(atTotal, 1<<31), "offset 4: the header claims"},
		{"total size too small", set(atTotal, 48), "more bytes follow the tree"},
		{"a second tree behind", func(b []byte) []byte { return append(b, b...) }, "more bytes follow the tree"},
		{"old version", set(atVersion, 15), "offset 20: version 15"},
		{"future version", func(b []byte) []byte { return set(atVersion, 20)(set(atLast, 18)(b)) }, "offset 24"},
		{"contradicting versions", func(b []byte) []byte { return set(atVersion, 16)(set(atLast, 17)(b)) }, "offset 24"},
		{"structure block in the header", set(atStruct, 0), "overlaps the header"},
		{"structure block in the strings", set(atStruct, word(atStrings)&^3), "structure block"},
		{"structure block not aligned", set(atStruct, word(atStruct)+2), "not aligned"},
		{"structure block too long", set(atStructSize, 1<<30), "behind the tree's end"},
		{"structure size wraps around", set(atStructSize, 0xfffffff0), "behind the tree's end"},
		{"structure block too short", set(atStructSize, word(atStructSize)-4), "without an end token"},
		{"strings block behind the end", set(atStrings, 1<<30), "behind the tree's end"},
		{"strings block too long", set(atStringsSize, 0xffffffff), "behind the tree's end"},
		{"strings block too short", set(atStringsSize, 1), "a property's name does not end"},
		{"reservations not aligned", set(atReserved, 36), "not aligned"},
		{"reservations behind the end", set(atReserved, 1<<20), "has no end"},
		{"unknown token", set(structure, 5), fmt.Sprintf("offset %d: unknown token 0x5", structure)},
		{"a node's end first", set(structure, 2), "no beginning"},
		{"a property first", set(structure, 3), "outside of any node"},
		{"no root", set(structure, 9), "no root node"},
		{"root with a name", set(structure+4, 0x61000000), "the root node has the name"},
		{"no end token", set(structure+int(word(atStructSize))-4, 4), "without an end token"},
		{"nodes left open", set(structure+int(word(atStructSize))-8, 9), "still open"},
		{"property longer than the block", set(structure+12, 1<<20), "claims 1048576 bytes"},
		{"property name outside", set(structure+16, 1<<20), "outside of the strings block"},
		{"too deep", func([]byte) []byte { return deep(60) }, "nest deeper"},
		{"two nodes of one name", func([]byte) []byte {
			return fdttest.Compile(t, `/ { a { }; a { }; };`)
		}, `a second node "a" in /`},
		{"two properties of one name", func([]byte) []byte {
			return fdttest.Compile(t, `/ { a; a; };`)
		}, `a second property "a" in /`},
		{"a slash in a name", func([]byte) []byte { return fdttest.Compile(t, `/ { a/b { }; };`) }, "characters that names cannot have"},
		{"a name without an end", func([]byte) []byte {
			return fdttest.Encode(&fdttest.Node{Children: []*fdttest.Node{{Name: strings.Repeat("x", 500)}}})
		}, "does not end within"},
		{"one phandle twice", func([]byte) []byte {
			return fdttest.Compile(t, `/ { a { phandle = <1>; }; b { phandle = <1>; }; };`)
		}, "/a and /b have the same phandle 1"},
		{"a phandle of two cells", func([]byte) []byte { return fdttest.Compile(t, `/ { phandle = <1 2>; };`) }, "not 4"},
		{"a property behind a child", func([]byte) []byte {
			b := fdttest.Compile(t, `/ { a { x; }; };`)
			// a's property and end become a's end, a property of the root.
			s := int(binary.BigEndian.Uint32(b[atStruct:]))
			prop := bytes.Clone(b[s+16 : s+28])
			binary.BigEndian.PutUint32(b[s+16:], 2)
			copy(b[s+20:], prop)
			return b
		}, "stands behind its child nodes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree, err := fdt.Parse(tt.edit(bytes.Clone(good)))
			if err == nil || tree != nil {
				t.Fatalf("accepted, want an error with %q", tt.want)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q, want one with %q", err, tt.want)
			}
		})
	}
}

func TestVersion16(t *testing.T) {
	b := fdttest.Example(t)
	binary.BigEndian.PutUint32(b[atVersion:], 16)
	binary.BigEndian.PutUint32(b[atStructSize:], 0xffffffff) // not a field of version 16
	if tree, err := fdt.Parse(b); err != nil || tree.Version != 16 {
		t.Errorf("Parse = %v, %v", tree, err)
	}
}

func TestTotalSize(t *testing.T) {
	one := fdttest.Example(t)
	two := append(bytes.Clone(one), one...)
	if n, ok := fdt.TotalSize(two); !ok || n != len(one) {
		t.Errorf("TotalSize = %d, %v, want %d", n, ok, len(one))
	}
	for _, b := range [][]byte{nil, one[:4], one[:len(one)-1], []byte("text of some length, which is no tree at all")} {
		if n, ok := fdt.TotalSize(b); ok {
			t.Errorf("TotalSize of %d bytes = %d", len(b), n)
		}
	}
	if _, err := fdt.Parse(make([]byte, fdt.MaxSize+1)); err == nil {
		t.Error("a file without a magic was accepted")
	}
	big := append(bytes.Clone(one), make([]byte, fdt.MaxSize)...)
	if _, err := fdt.Parse(big); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("oversize: %v", err)
	}
}

// again turns a parsed tree into one to write.
func again(n *fdt.Node) *fdttest.Node {
	out := &fdttest.Node{Name: n.Name}
	for _, p := range n.Properties {
		out.Properties = append(out.Properties, fdttest.Property{Name: p.Name, Value: p.Value})
	}
	for _, c := range n.Children {
		out.Children = append(out.Children, again(c))
	}
	return out
}

// FuzzParse asserts that a tree that is accepted says the same after it is
// written anew, that its paths are unique and find their nodes, and that a
// refusal gives no tree.
func FuzzParse(f *testing.F) {
	f.Add(fdttest.Example(f))
	f.Add(fdttest.Compile(f, `/ { a { phandle = <1>; b; }; c@1 { }; };`))
	f.Add(fdttest.Encode(&fdttest.Node{}))
	f.Fuzz(func(t *testing.T, data []byte) {
		tree, err := fdt.Parse(data)
		if err != nil {
			if tree != nil {
				t.Fatal("a tree beside an error")
			}
			return
		}
		if n, ok := fdt.TotalSize(data); !ok || n != len(data) {
			t.Fatalf("TotalSize = %d, %v of a tree of %d bytes", n, ok, len(data))
		}
		seen := map[string]bool{}
		tree.Walk(func(n *fdt.Node) bool {
			p := n.Path()
			if seen[p] || tree.Node(p) != n {
				t.Fatalf("path %q is not unique", p)
			}
			seen[p] = true
			return true
		})
		twice, err := fdt.Parse(fdttest.Encode(again(tree.Root)))
		if err != nil {
			t.Fatalf("written anew: %v", err)
		}
		if diff := cmp.Diff(again(tree.Root), again(twice.Root)); diff != "" {
			t.Fatalf("written anew (-first +second):\n%s", diff)
		}
	})
}

// TestRealTrees parses the trees of the folder that ORIGINBOM_DEVICE_TREES
// names, and checks that each says the same after it is written anew.
func TestRealTrees(t *testing.T) {
	files := corpus.DeviceTrees(t, "dtbs.txt")
	if testing.Short() {
		files = files[:min(len(files), 50)]
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tree, err := fdt.Parse(data)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
			continue
		}
		if twice, err := fdt.Parse(fdttest.Encode(again(tree.Root))); err != nil || !same(tree.Root, twice.Root) {
			t.Errorf("%s: written anew it differs: %v", filepath.Base(file), err)
		}
	}
}

func same(a, b *fdt.Node) bool {
	if a.Name != b.Name || len(a.Properties) != len(b.Properties) || len(a.Children) != len(b.Children) {
		return false
	}
	for i, p := range a.Properties {
		if q := b.Properties[i]; p.Name != q.Name || !bytes.Equal(p.Value, q.Value) {
			return false
		}
	}
	for i, c := range a.Children {
		if !same(c, b.Children[i]) {
			return false
		}
	}
	return true
}
