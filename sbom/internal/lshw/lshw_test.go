package lshw

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const example = `{"id":"pc","class":"system","product":"To Be Filled By O.E.M.","serial":"SECRET","children":[{"id":"cpu","class":"processor","vendor":"Changfeng","product":"CF8550","configuration":{"driver":"cpu","cores":8}}]}`

func TestParse(t *testing.T) {
	want := []Node{{Path: "pc", Class: "system"}, {Path: "pc/cpu", Class: "processor", Vendor: "Changfeng", Product: "CF8550", Driver: "cpu", Depth: 1}}
	for _, text := range []string{example, " [" + example + "]\n"} {
		got, serials, err := Parse([]byte(text))
		if err != nil || serials != 1 {
			t.Fatal(serials, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
}

// Whatever the tree: a node's depth is that of its path, and an error comes
// alone.
func FuzzParse(f *testing.F) {
	f.Add([]byte(example))
	f.Add([]byte("[" + example + "]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, _, err := Parse(data)
		if err != nil {
			if got != nil {
				t.Fatal("nodes with an error")
			}
			return
		}
		for i, n := range got {
			if n.Depth > maxDepth || i == 0 && n.Depth != 0 || strings.Contains(n.Product, "\x00") && len(n.Product) > maxText {
				t.Fatalf("%+v", n)
			}
		}
	})
}
