package hardware

import (
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/sbomtest/corpus"
)

// leastRecall is how much of what a person finds in a phone's tree the reader
// has to find too.
const leastRecall = 0.97

// A truth is one part that a person found in a tree's source, or knows to be
// there by what the source says. testdata/ground-truth/README.md has the terms.
type truth struct {
	tree, node string
	category   sbom.Category
	model      string // "" if the tree does not tell
	prefix     string // "" if the tree does not tell
}

// TestGroundTruth holds the reader against what people read in the sources of
// phones' trees: thirty that the rules were then worked on, and ten that they were
// not.
func TestGroundTruth(t *testing.T) {
	trees := realTrees(t)
	for _, name := range []string{"thirty.csv", "ten.csv"} {
		t.Run(name, func(t *testing.T) {
			all := readTruth(t, name)
			var found int
			var wrong []string
			for _, tree := range slices.Sorted(maps.Keys(all)) {
				n, bad := compareTruth(readRealTree(t, trees, tree), all[tree])
				found += n
				for _, s := range bad {
					wrong = append(wrong, tree+": "+s)
				}
			}
			total := 0
			for _, rows := range all {
				total += len(rows)
			}
			recall := float64(found) / float64(total)
			t.Logf("%d trees, %d parts: recall %.3f, %d complaints", len(all), total, recall, len(wrong))
			for _, s := range wrong {
				t.Log(s)
			}
			if recall < leastRecall {
				t.Errorf("recall %.3f is below %.2f", recall, leastRecall)
			}
			for _, kind := range []string{"false part", "wrong maker", "wrong category", "wrong model"} {
				if n := countWith(wrong, kind); n > 0 {
					t.Errorf("%d times: %s", n, kind)
				}
			}
		})
	}
}

// compareTruth gives how many of the parts were found by their nodes, and what
// differs. A part that nothing names, as a camera by its supply's name, may be
// shown by another node than the person's.
func compareTruth(r sbom.Reading, rows []truth) (found int, wrong []string) {
	left := slices.DeleteFunc(slices.Clone(r.Components), func(c sbom.Component) bool { return c.Candidate })
	take := func(fits func(c sbom.Component) bool) (sbom.Component, bool) {
		i := slices.IndexFunc(left, fits)
		if i < 0 {
			return sbom.Component{}, false
		}
		c := left[i]
		left = slices.Delete(left, i, i+1)
		return c, true
	}
	var missing []truth
	for _, want := range rows {
		c, ok := take(func(c sbom.Component) bool {
			return (want.node == "/") == (c.Category == sbom.SoC) && slices.ContainsFunc(c.Found, func(e sbom.Evidence) bool { return e.Place == want.node })
		})
		if !ok {
			missing = append(missing, want)
			continue
		}
		found++
		wrong = append(wrong, differences(want, c)...)
	}
	for _, want := range missing {
		if _, ok := take(func(c sbom.Component) bool {
			return want.model == "" && c.Unidentified && c.Category == want.category && len(c.Compatible) == 0
		}); ok {
			found++
			continue
		}
		wrong = append(wrong, fmt.Sprintf("not found: %s %s %s", want.node, want.category, want.model))
	}
	for _, c := range left {
		wrong = append(wrong, "false part: "+partLine(c))
	}
	return found, wrong
}

func differences(want truth, c sbom.Component) (wrong []string) {
	model := ""
	if !c.Unidentified {
		model = c.Name
	}
	fold := func(s string) string { return strings.ReplaceAll(sbom.NormalPartNumber(s), ".", "") }
	for _, d := range []struct{ what, want, got string }{
		{"category", string(want.category), string(c.Category)},
		{"model", fold(want.model), fold(model)},
		{"maker", want.prefix, c.VendorPrefix},
	} {
		if d.want != d.got {
			wrong = append(wrong, fmt.Sprintf("wrong %s: %s: got %q, want %q", d.what, want.node, d.got, d.want))
		}
	}
	return wrong
}

func readTruth(t *testing.T, name string) map[string][]truth {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "ground-truth", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]truth{}
	for i, rec := range records[1:] {
		row := truth{rec[0], rec[1], sbom.Category(rec[2]), rec[3], rec[4]}
		if _, ok := sbom.ParseCategory(rec[2]); !ok {
			t.Fatalf("%s: line %d: no category %q", name, i+2, rec[2])
		}
		all[row.tree] = append(all[row.tree], row)
	}
	return all
}

func countWith(list []string, word string) int {
	n := 0
	for _, s := range list {
		if strings.Contains(s, word) {
			n++
		}
	}
	return n
}

// realTrees gives the paths of the trees in the folder that
// ORIGINBOM_DEVICE_TREES names, kernels' own ones, by base name.
func realTrees(t *testing.T) map[string]string { return realFiles(t, "dtbs.txt") }

func realFiles(t *testing.T, listed string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, file := range corpus.DeviceTrees(t, listed) {
		files[filepath.Base(file)] = file
	}
	return files
}

func readRealTree(t *testing.T, trees map[string]string, name string) sbom.Reading {
	t.Helper()
	data, err := os.ReadFile(trees[name])
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	r, err := ReadDeviceTree(name, data)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
