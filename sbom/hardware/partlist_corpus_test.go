package hardware

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/sbomtest/corpus"
)

// TestRealPartLists reads published part lists from the folder that
// ORIGINBOM_PARTLISTS names. What each holds was counted without this program:
// populated lines with a spreadsheet and grep.
func TestRealPartLists(t *testing.T) {
	dir := corpus.Borrow(t, "ORIGINBOM_PARTLISTS", "a folder of published part lists")
	for _, tc := range []struct {
		file        string
		rows, parts int
		named       int    // fitted parts with a part number
		makerless   bool   // the list has no maker at all, and says so
		pieces      int    // designators of all parts, 0 if not counted
		holds       string // a part number that must be there
	}{
		{"mnt-assembly-components.csv", 1, 1, 0, false, 1, "MREFPMOB20R01"},
		{"mnt-reform2-batterypack.csv", 4, 4, 2, false, 14, "504050-0591"},
		{"mnt-reform2-motherboard.csv", 143, 143, 126, false, 512, "3000"},
		{"mnt-reform2-motherboard-r3-bom.xlsx", 116, 115, 114, false, 455, "3000"},
		{"ipc2581-testcase1-revc-bom.xml", 173, 173, 147, false, 1657, "QD48S018033NS00"},
		{"ipc2581-testcase10-revc-bom.xml", 7, 7, 0, true, 56, ""},
		{"tcg-paccor-localhost-componentlist.json", 33, 32, 0, false, 0, "M471A1K43DB1-CWE"},
	} {
		t.Run(tc.file, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(dir, tc.file))
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256(data)
			src := sbom.Source{Name: tc.file, Digest: hex.EncodeToString(sum[:])}
			var l PartList
			if strings.HasSuffix(tc.file, ".json") {
				l, err = ReadComponentList(src, data, "")
			} else {
				l, err = ReadPartList(src, data, nil)
			}
			if err != nil {
				t.Fatal(err)
			}
			checkAccount(t, l)
			if l.Account.Rows != tc.rows || l.Account.Parts != tc.parts {
				t.Errorf("%d rows and %d parts, want %d and %d", l.Account.Rows, l.Account.Parts, tc.rows, tc.parts)
			}
			named, pieces, makers := 0, 0, 0
			for _, c := range l.Reading.Components {
				if c.MPN != "" && !c.Candidate {
					named++
				}
				if c.CandidateFor == "" {
					pieces += len(c.Designators)
				}
				makers += len(c.Fact(sbom.Manufacturer).Values)
				for _, stage := range sbom.Stages {
					if len(c.Fact(stage).Values) > 0 {
						t.Errorf("%s: has the stage %s, and the list has no country", c.Name, stage)
					}
				}
			}
			if tc.named > 0 && named != tc.named {
				t.Errorf("%d named parts, want %d", named, tc.named)
			}
			if tc.pieces > 0 && pieces != tc.pieces {
				t.Errorf("%d positions, want %d", pieces, tc.pieces)
			}
			said := strings.Contains(notes(l), "every maker is unknown")
			if (makers == 0) != tc.makerless || said != tc.makerless {
				t.Errorf("%d makers, told that there are none: %t", makers, said)
			}
			if tc.holds != "" && !slices.ContainsFunc(l.Reading.Components, func(c sbom.Component) bool { return c.MPN == tc.holds }) {
				t.Errorf("%s is missing", tc.holds)
			}
		})
	}
}
