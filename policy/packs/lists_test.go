package packs

import (
	"strings"
	"testing"
	"time"

	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/provenance/registry"
	"github.com/originbom/originbom/sbom"
)

// A maker that stands on none of the lists that are an extract, or that cover
// firms they do not name, is not cleared by them; one that stands there is found
// by its own name.
func TestPartialLists(t *testing.T) {
	day := time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC) // while the lists are fresh
	reg, err := registry.New([]registry.Organisation{{ID: "nordlys", LegalName: "Nordlys Sensors AS", Headquarters: "NO", Source: "test", Reviewed: true}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		pack, rule, maker string
		want              policy.Verdict
		why               string
	}{
		{"us-bis-entity-list", "BIS-ENTITY-LIST", "Nordlys Sensors AS", policy.Undecided, "not declared complete"},
		{"us-uflpa", "UFLPA-ENTITY", "Nordlys Sensors AS", policy.Undecided, "not declared complete"},
		{"us-uflpa", "UFLPA-ENTITY", "Hoshine Silicon Industry (Shanshan) Co., Ltd", policy.Fail, "Hoshine"},
	} {
		pack, err := Open(c.pack)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := sbom.Build(sbom.Document{Device: sbom.Device{Model: "T-1"}, Time: day, Components: []sbom.Component{{
			Kind: sbom.Hardware, Name: "X1", Category: sbom.Display, Facts: []sbom.Fact{{Name: sbom.Manufacturer, Values: []sbom.Value{{
				Is: c.maker, Evidence: []sbom.Evidence{{Method: sbom.MethodDocument, Says: c.maker}},
			}}}},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		res, err := policy.Evaluate(policy.Input{Document: doc, Registry: reg, Packs: []*policy.Pack{pack}, AsOf: day, Trust: sbom.Trust{AsWritten: true}})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, f := range res.Findings {
			if f.Rule == c.rule && f.Component.Name == "X1" {
				found = true
				if f.Verdict != c.want || !strings.Contains(f.Why, c.why) {
					t.Errorf("%s of %s: %s, %s; want %s, %q", c.rule, c.maker, f.Verdict, f.Why, c.want, c.why)
				}
			}
		}
		if !found {
			t.Errorf("%s did not judge the part", c.rule)
		}
	}
}
