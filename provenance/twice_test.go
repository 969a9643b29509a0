package provenance

import (
	"strings"
	"testing"

	"github.com/originbom/originbom/sbom"
)

// Two inputs that name different makers for the one display: a note that names
// both with their files, or one part in conflict where both give its position.
func TestNamedTwice(t *testing.T) {
	at := func(d string) func(*sbom.Component) {
		return func(c *sbom.Component) { c.Designators = []string{d} }
	}
	for _, tc := range []struct {
		name   string
		a, b   []sbom.Component
		parts  int
		note   string // "" for none
		makers int    // of the first part
	}{
		{
			"different makers",
			[]sbom.Component{part("a.csv", "row 2", "HD6-AMS667", of(sbom.Display, "Hanbit"))},
			[]sbom.Component{part("b.csv", "row 9", "LX-55", of(sbom.Display, "Longgang"))},
			2,
			"b.csv: row 9: several inputs each name a display, and all of them stand in the BOM: HD6-AMS667 by Hanbit (a.csv), LX-55 by Longgang (b.csv): if it is one part", 1,
		},
		{
			"different makers in one position",
			[]sbom.Component{part("a.csv", "row 2", "HD6-AMS667", all(of(sbom.Display, "Hanbit"), at("J4001")))},
			[]sbom.Component{part("b.csv", "row 9", "LX-55", all(of(sbom.Display, "Longgang"), at("J4001")))},
			1, "", 2,
		},
		{
			"two displays of one input",
			[]sbom.Component{part("a.csv", "row 2", "HD6-AMS667", of(sbom.Display, "Hanbit")), part("a.csv", "row 3", "HD2-OUT", of(sbom.Display, "Hanbit"))},
			nil, 2, "", 1,
		},
		{
			"cameras are several",
			[]sbom.Component{part("a.csv", "row 2", "SO12", of(sbom.Camera, "Sorae"))},
			[]sbom.Component{part("b.csv", "row 9", "LC12", of(sbom.Camera, "Longgang"))},
			2, "", 1,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := resolve(t, reading("a.csv", "part-list", tc.a...), reading("b.csv", "part-list", tc.b...))
			if len(d.Components) != tc.parts || len(d.Components[0].Fact(sbom.Manufacturer).Values) != tc.makers {
				t.Errorf("%d parts, the first %+v", len(d.Components), d.Components[0])
			}
			note := ""
			for _, n := range d.Notes {
				if strings.Contains(n.Text, "several inputs") {
					note += n.String()
				}
			}
			if !strings.HasPrefix(note, tc.note) || tc.note == "" && note != "" {
				t.Errorf("note %q, want %q", note, tc.note)
			}
		})
	}
}
