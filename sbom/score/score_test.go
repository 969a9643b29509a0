package score

import (
	"strings"
	"testing"
)

const sample = `{"bomFormat":"CycloneDX","specVersion":"1.6","serialNumber":"urn:uuid:1","version":1,
 "metadata":{"timestamp":"2026-01-01T00:00:00Z","authors":[{"email":"a@b.example"}],"lifecycles":[{"phase":"build"}],
  "tools":{"components":[{"type":"application","name":"t","version":"1"}]},"component":{"bom-ref":"d","type":"device","name":"EM-15"}},
 "components":[
  {"bom-ref":"lib","type":"library","name":"libx","version":"1","purl":"pkg:deb/x/libx@1","manufacturer":{"name":"unknown"},"licenses":[{"license":{"id":"MIT"}}],"hashes":[{"alg":"SHA-256","content":"aa"}]},
  {"bom-ref":"cam","type":"device","name":"unknown camera","properties":[{"name":"originbom:identified","value":"false"},{"name":"originbom:category","value":"camera"}]}],
 "dependencies":[{"ref":"d","dependsOn":["lib","cam"]},{"ref":"lib"},{"ref":"cam"}]}`

func count(t *testing.T, standard, element string, f Facts) Count {
	t.Helper()
	s, ok := Find(standard)
	if !ok {
		t.Fatalf("no standard %q", standard)
	}
	card, err := s.Score([]byte(sample), f)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range card.Counts {
		if c.Element == element {
			return c
		}
	}
	t.Fatalf("%s has no element %q", standard, element)
	return Count{}
}

func TestCounts(t *testing.T) {
	for _, c := range []struct {
		standard, element                  string
		facts                              Facts
		present, declared, absent, without int
	}{
		{"cisa-2026", "Component Producer", Facts{}, 0, 2, 0, 0},
		{"cisa-2026", "Component Hash Value", Facts{}, 1, 0, 0, 1},
		{"cisa-2026", "Component License", Facts{}, 1, 0, 0, 1},
		{"cisa-2026", "SBOM Author Signature", Facts{}, 0, 0, 0, 1},
		{"cisa-2026", "SBOM Author Signature", Facts{SignatureJudged: true}, 0, 0, 1, 0},
		{"cisa-2026", "SBOM Author Signature", Facts{SignatureJudged: true, Signed: true}, 1, 0, 0, 0},
		{"ntia", "Component Name", Facts{}, 1, 1, 0, 0},
		{"bsi-tr-03183-2", "Filename", Facts{}, 0, 0, 1, 0},
		{"eu-cra", "Top-level dependencies", Facts{}, 1, 0, 0, 0},
		{"eu-cra", "End of the support period", Facts{}, 0, 0, 1, 0},
		{"cert-in-hbom", "Serial Number", Facts{}, 0, 0, 0, 1},
		{"cisa-hbom", "COMP_TYPE", Facts{}, 2, 0, 0, 0},
	} {
		got := count(t, c.standard, c.element, c.facts)
		if got.Present != c.present || got.Declared != c.declared || got.Absent != c.absent || got.NA != c.without {
			t.Errorf("%s %s: got %+v", c.standard, c.element, got)
		}
	}
}

func TestRefused(t *testing.T) {
	s, _ := Find("ntia")
	for _, bad := range []string{"", "[]", `{"bomFormat":"SPDX"}`, `{"bomFormat":"CycloneDX","components":{}}`, `{"bomFormat":"CycloneDX","bomFormat":"CycloneDX"}`} {
		if _, err := s.Score([]byte(bad), Facts{}); err == nil {
			t.Errorf("%q was scored", bad)
		}
	}
}

// Every element of a scored document is counted for each thing it is asked of,
// and the score is a percentage.
func FuzzScore(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte(strings.Replace(sample, `"type":"library"`, `"type":"device"`, 1)))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, s := range Standards() {
			card, err := s.Score(data, Facts{})
			if err != nil {
				return
			}
			if p := card.Percent(); !(p >= 0 && p <= 100) {
				t.Fatalf("%s: %g %%", s.Name, p)
			}
			if len(card.Counts) != len(s.elements) {
				t.Fatalf("%s: %d of %d elements", s.Name, len(card.Counts), len(s.elements))
			}
		}
	})
}
