package strictyaml

import (
	"fmt"
	"strings"
	"testing"
)

type inner struct {
	Name string `yaml:"name"`
	Line int    `yaml:"-"`
}

type outer struct {
	ID    string            `yaml:"id"`
	Items []inner           `yaml:"items"`
	By    map[string]string `yaml:"by"`
	Count int               `yaml:"count"`
	Any   any               `yaml:"any"`
}

// keys gives n entries of a mapping.
func keys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d: v, ", i)
	}
	return b.String()
}

func TestDecode(t *testing.T) {
	var got outer
	if err := Decode("f.yaml", []byte("id: a\nitems:\n  - name: x\n  - name: y\n"), &got); err != nil {
		t.Fatal(err)
	}
	if got.Items[1].Line != 4 {
		t.Errorf("line of the second item is %d, want 4", got.Items[1].Line)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"unknown key":    {"id: a\nnmae: b\n", `f.yaml: line 2: unknown key "nmae": known here are any, by, count, id, items`},
		"nested":         {"items:\n  - nam: x\n", `f.yaml: line 2: unknown key "nam": known here are name`},
		"duplicate key":  {"id: a\nid: b\n", `already defined`},
		"two documents":  {"id: a\n---\nid: b\n", "more than one document"},
		"empty":          {"", "f.yaml: the file is empty"},
		"wrong type":     {"count: many\n", "f.yaml: line 1: cannot unmarshal"},
		"alias":          {"id: &x a\nby: {k: *x}\n", "aliases (*x) are not used here"},
		"any alias":      {"any: [&x [a], *x]\n", "line 1: aliases (*x)"},
		"nested deep":    {"any: " + strings.Repeat("[", 70) + strings.Repeat("]", 70), "nested deeper than 64"},
		"many keys":      {"by: {" + keys(5000) + "}", "more than 4096 keys"},
		"many values":    {"any: [" + strings.Repeat("a,", 1<<19) + "]", "more than 524288 keys and values"},
		"large":          {strings.Repeat(" ", MaxBytes+1), "larger than 4 MiB"},
		"not yaml":       {"id: [a\n", "f.yaml: "},
		"several errors": {"a: 1\nb: 2\n", "line 2"},
	} {
		t.Run(name, func(t *testing.T) {
			err := Decode("f.yaml", []byte(c.in), new(outer))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
