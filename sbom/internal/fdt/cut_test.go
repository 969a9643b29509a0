package fdt_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/originbom/originbom/sbom/internal/fdt"
	"github.com/originbom/originbom/sbom/internal/fdt/fdttest"
)

// table makes Android's table of the trees.
func table(trees ...[]byte) []byte {
	var head, body []byte
	word := func(b []byte, vs ...int) []byte {
		for _, v := range vs {
			b = binary.BigEndian.AppendUint32(b, uint32(v))
		}
		return b
	}
	start := 32 + 32*len(trees)
	for i, tree := range trees {
		head = word(head, len(tree), start+len(body), i, 0, 0, 0, 0, 0)
		body = append(body, tree...)
	}
	return slices.Concat(word(nil, 0xd7b7ab1e, start+len(body), 32, 32, len(trees), 32, 4096, 0), head, body)
}

func TestCut(t *testing.T) {
	one, two := fdttest.Example(t), fdttest.Compile(t, `/ { model = "two"; };`)
	magic := []byte{0xd0, 0x0d, 0xfe, 0xed}
	tests := []struct {
		name string
		data []byte
		want []int // offsets
	}{
		{"one", one, []int{0}},
		{"two", append(bytes.Clone(one), two...), []int{0, len(one)}},
		{"padded", slices.Concat(one, make([]byte, 4096), two, make([]byte, 7)), []int{0, len(one) + 4096}},
		{"behind a kernel", slices.Concat([]byte("\x1f\x8bkernel"), magic, []byte("code"), one), []int{16}},
		{"a table", table(one, two), []int{96, 96 + len(one)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			list, err := fdt.Cut(tt.data)
			if err != nil {
				t.Fatal(err)
			}
			var got []int
			for _, s := range list {
				got = append(got, s.Offset)
				if _, err := fdt.Parse(s.Data); err != nil {
					t.Errorf("offset %d: %v", s.Offset, err)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("offsets (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCutRefuses(t *testing.T) {
	one := fdttest.Example(t)
	set := func(at int, v uint32) []byte {
		b := table(one)
		binary.BigEndian.PutUint32(b[at:], v)
		return b
	}
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, "no device tree"},
		{"text", []byte("part,quantity\n"), "no device tree"},
		{"truncated", one[:len(one)-1], "offset 0: the device tree's header"},
		{"table: only the magic", table(one)[:4], "ends within its header"},
		{"table: truncated", table(one)[:64], "offset 4: the table"},
		{"table: small entries", set(12, 16), "offset 12"},
		{"table: no entries", set(16, 0), "offset 16"},
		{"table: many entries", set(16, 1<<31), "offset 16"},
		{"table: entries behind the end", set(20, 1<<30), "offset 20"},
		{"table: a tree behind the end", set(36, 1<<31), "offset 32: entry 0"},
		{"table: an entry without a tree", set(64, 0), "no device tree, or a compressed one"},
	} {
		if list, err := fdt.Cut(tt.data); err == nil || list != nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, %v, want an error with %q", tt.name, list, err, tt.want)
		}
	}
	many := bytes.Repeat(fdttest.Compile(t, `/ { };`), 513)
	if _, err := fdt.Cut(many); err == nil || !strings.Contains(err.Error(), "more than 512") {
		t.Errorf("many: %v", err)
	}
}

// FuzzCut asserts that sections lie within the image, in order, apart from each
// other, and are as long as their headers say.
func FuzzCut(f *testing.F) {
	one := fdttest.Example(f)
	f.Add(append(bytes.Clone(one), one...))
	f.Add(table(one, one))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := fdt.Cut(data)
		if (err == nil) != (len(list) > 0) {
			t.Fatalf("%d sections, %v", len(list), err)
		}
		for i, s := range list {
			if n, ok := fdt.TotalSize(s.Data); !ok || n != len(s.Data) || !bytes.Equal(data[s.Offset:s.Offset+n], s.Data) {
				t.Fatalf("section %d", i)
			}
			if i > 0 && !fdt.IsTable(data) && s.Offset < list[i-1].Offset+len(list[i-1].Data) {
				t.Fatalf("section %d overlaps the one before", i)
			}
		}
	})
}

func TestReadFolder(t *testing.T) {
	want, err := fdt.Parse(fdttest.Example(t))
	if err != nil {
		t.Fatal(err)
	}
	got, err := fdt.ReadFolder(fdttest.Folder(want))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(flat(want), flat(got)); diff != "" {
		t.Errorf("tree (-blob +folder):\n%s", diff)
	}
	if n := got.Phandle(7); n == nil || n.Path() != "/soc/i2c@40" {
		t.Errorf("Phandle(7) = %v", n)
	}
	want.Sort()
	got.Sort()
	order := func(t *fdt.Tree) (list []string) {
		t.Walk(func(n *fdt.Node) bool { list = append(list, n.Path()); return true })
		return list
	}
	if diff := cmp.Diff(order(want), order(got)); diff != "" {
		t.Errorf("order (-blob +folder):\n%s", diff)
	}
	for name, bad := range map[string]fstest.MapFS{
		"more than 8388608 bytes": {"big": {Data: make([]byte, fdt.MaxSize+1)}},
		"is not a path":           {"a b": {}},
		"deeper than 48":          {strings.Repeat("n/", 60) + "p": {}},
		`"phandle" has 1 bytes`:   {"phandle": {Data: []byte{1}}},
	} {
		if tree, err := fdt.ReadFolder(bad); err == nil || tree != nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, %v, want an error with %q", tree, err, name)
		}
	}
}

func TestSort(t *testing.T) {
	tree := parse(t, `/ { b; a; x@100 { }; x@20 { }; y@20,1 { }; y@20,0 { }; soc { }; battery { }; };`)
	tree.Sort()
	var got []string
	for _, p := range tree.Root.Properties {
		got = append(got, p.Name)
	}
	for _, c := range tree.Root.Children {
		got = append(got, c.Name)
	}
	if diff := cmp.Diff([]string{"a", "b", "battery", "soc", "x@20", "y@20,0", "y@20,1", "x@100"}, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}
