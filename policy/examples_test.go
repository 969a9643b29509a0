package policy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/originbom/originbom/sbom/sbomtest/corpus"
)

// TestExamples loads the settled examples of the pack format, whose folder
// ORIGINBOM_EXAMPLES names, and runs their tables. They are not part of the
// repository.
func TestExamples(t *testing.T) {
	dir := corpus.Borrow(t, "ORIGINBOM_EXAMPLES", "the folder with policy.yaml and policy-more.yaml")
	for _, name := range []string{"policy.yaml", "policy-more.yaml"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		// The examples name a list's file that does not lie beside them.
		p, err := ParsePack(name, data, func(string) ([]byte, error) { return []byte("name\n"), nil })
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range p.RunTests() {
			t.Run(name+"/"+c.Name, func(t *testing.T) {
				if len(c.Problems) > 0 {
					t.Errorf("line %d: %s", c.Line, strings.Join(c.Problems, "\n"))
				}
			})
		}
		t.Logf("%s: %d cases ran", name, len(p.Tests))
	}
}
