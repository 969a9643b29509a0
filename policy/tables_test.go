package policy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTables runs the tables that pin how rules are judged, apart from any law.
func TestTables(t *testing.T) {
	files, err := filepath.Glob("testdata/tables/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tables: %v", err)
	}
	for _, name := range files { // a case sees its own lists, so theirs are empty
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		p, err := ParsePack(filepath.Base(name), data, func(string) ([]byte, error) { return []byte("name\n"), nil })
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range p.RunTests() {
			t.Run(p.ID+"/"+c.Name, func(t *testing.T) {
				if len(c.Problems) > 0 {
					t.Errorf("line %d: %s", c.Line, strings.Join(c.Problems, "\n"))
				}
			})
		}
	}
}
