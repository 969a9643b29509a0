package packs

import (
	"strings"
	"testing"
)

func TestTables(t *testing.T) {
	for _, id := range Names() {
		pack, err := Open(id)
		if err != nil {
			t.Fatal(err)
		}
		if pack.ID != id {
			t.Errorf("%s.yaml holds the pack %q", id, pack.ID)
		}
		if len(pack.Tests) < 10 {
			t.Errorf("%s has %d cases, want at least 10", id, len(pack.Tests))
		}
		for _, c := range pack.RunTests() {
			t.Run(id+"/"+c.Name, func(t *testing.T) {
				if len(c.Problems) > 0 {
					t.Errorf("line %d: %s", c.Line, strings.Join(c.Problems, "\n"))
				}
			})
		}
	}
}
