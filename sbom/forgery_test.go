package sbom_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/sbom"
)

// Shares beyond 0 to 100, or of nothing, and codes that are no country are kept
// as words that could not be read: they never become values that add up.
func TestImpossibleSharesAreNoValues(t *testing.T) {
	for _, dist := range []string{
		`[{"code":"KR","min":-1,"max":100},{"code":"JP","percentage":101}]`, `[{"code":"KR","percentage":0}]`,
		`[{"code":"KR","min":60,"max":40}]`, `[{"code":"Korea","percentage":50}]`, `[{"percentage":50}]`,
	} {
		dec, err := sbom.Decode("x", []byte(`{"bomFormat":"CycloneDX","specVersion":"1.7","components":[{"type":"device","bom-ref":"a","name":"X","properties":[
		 {"name":"originbom:origin:manufactured:distribution","value":"`+strings.ReplaceAll(dist, `"`, `\"`)+`"}]}]}`))
		if err != nil {
			t.Fatal(err)
		}
		f := dec.Document.Components[0].Fact("manufactured")
		if len(f.Values) != 0 || len(f.Unread) == 0 {
			t.Errorf("%s was read as %v", dist, f.Values)
		}
	}
}

// A type does not take a part out of the rules on hardware.
func TestTypeDoesNotHideAPart(t *testing.T) {
	dec, err := sbom.Decode("x", []byte(`{"bomFormat":"CycloneDX","specVersion":"1.7","components":[{"type":"library","bom-ref":"a","name":"X",
	 "properties":[{"name":"originbom:category","value":"soc"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := dec.Document.Components[0].Kind; got != sbom.Hardware {
		t.Errorf("a SoC of type library is %s", got)
	}
}

// A word for "nobody knows" is no maker.
func TestPlaceholderIsNoMaker(t *testing.T) {
	for _, name := range []string{"Unknown", "UNKNOWN ", "N/A", "tbd", "\u200b", " ", "-"} {
		dec, err := sbom.Decode("x", []byte(`{"bomFormat":"CycloneDX","specVersion":"1.7","components":[{"type":"device","bom-ref":"a","name":"X","manufacturer":{"name":"`+name+`"}}]}`))
		if err != nil {
			t.Fatal(err)
		}
		if vs := dec.Document.Components[0].Fact(sbom.Manufacturer).Values; len(vs) != 0 {
			t.Errorf("%q was read as the maker %v", name, vs)
		}
	}
}

const head = `{"bomFormat":"CycloneDX","specVersion":"1.7","metadata":{"component":{"type":"device","bom-ref":"phone","name":"EM-15"}},`

// Of two words about the completeness of a list the worse counts, in whatever
// order they stand.
func TestCompositionsWorstWins(t *testing.T) {
	part := `"components":[{"type":"device","bom-ref":"a","name":"X"}],"compositions":[`
	for name, c := range map[string]struct{ compositions, device, part string }{
		"complete last":       {`{"aggregate":"incomplete","assemblies":["phone","a"]},{"aggregate":"complete","assemblies":["phone","a"]}`, "incomplete", "incomplete"},
		"complete first":      {`{"aggregate":"complete","assemblies":["phone"]},{"aggregate":"incomplete_first_party_only","assemblies":["phone"]}`, "incomplete_first_party_only", ""},
		"unknown beats whole": {`{"aggregate":"unknown","assemblies":["a"]},{"aggregate":"complete","assemblies":["a"]}`, "", "unknown"},
		"of the document":     {`{"aggregate":"incomplete"},{"aggregate":"complete","assemblies":["phone"]}`, "incomplete", ""},
		"alone":               {`{"aggregate":"complete","assemblies":["phone","a"]}`, "complete", "complete"},
	} {
		dec, err := sbom.Decode("x", []byte(head+part+c.compositions+`]}`))
		if err != nil {
			t.Fatal(err)
		}
		d := dec.Document
		if d.Device.Assembly != c.device || d.Components[0].Assembly != c.part {
			t.Errorf("%s: got %q and %q, want %q and %q", name, d.Device.Assembly, d.Components[0].Assembly, c.device, c.part)
		}
	}
}

// What can be read in two ways is refused.
func TestTwoMeanings(t *testing.T) {
	for name, c := range map[string]struct{ components, want string }{
		"escaped bom-ref": {`{"type":"device","bom-ref":"a","name":"X"},{"type":"device","bom-ref":"\u0061","name":"Y"}`, `the bom-ref "a" stands already`},
		"two categories": {
			`{"type":"device","bom-ref":"a","name":"X","properties":[{"name":"originbom:category","value":"soc"},{"name":"originbom:category","value":"led"}]}`,
			`"X" ("a"): the property originbom:category stands twice, as "soc" and as "led"`,
		},
		"two part numbers": {`{"type":"device","name":"X","properties":[{"name":"originbom:identifier:mpn","value":"A1"},{"name":"originbom:identifier:mpn","value":"A2"}]}`, "stands twice"},
		"two origins":      {`{"type":"device","name":"X","properties":[{"name":"originbom:origin:manufactured","value":"CN"},{"name":"originbom:origin:manufactured","value":"KR"}]}`, "stands twice"},
		"candidate and not": {
			`{"type":"device","name":"X","components":[{"type":"device","name":"Y","properties":[{"name":"originbom:candidate","value":"false"},{"name":"originbom:candidate","value":"true"}]}]}`,
			"stands twice",
		},
	} {
		_, err := sbom.Decode("x.json", []byte(head+`"components":[`+c.components+`]}`))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	if _, err := sbom.Decode("x.json", []byte(head+`"components":[{"type":"device","name":"X","properties":[{"name":"other:tag","value":"a"},{"name":"other:tag","value":"b"},{"name":"originbom:category","value":"soc"},{"name":"originbom:category","value":"soc"}]}]}`)); err != nil {
		t.Errorf("others' properties, and one said twice: %v", err)
	}
}

// Components that have no bom-ref are told apart, by refs that nobody can take
// from them; so are those that stand within the device.
func TestComponentsWithoutRef(t *testing.T) {
	dec, err := sbom.Decode("x", []byte(`{"bomFormat":"CycloneDX","specVersion":"1.7",
	 "metadata":{"component":{"type":"device","name":"EM-15","components":[{"type":"device","name":"A"}]}},
	 "components":[{"type":"device","name":"B","components":[{"type":"device","name":"C"}]},{"type":"device","name":"D","bom-ref":"#/components/0"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{dec.Document.Device.Ref: "EM-15"}
	dec.Document.Walk(func(c *sbom.Component, _ []string) { got[c.Ref] = c.Name })
	want := map[string]string{
		"#/metadata/component": "EM-15", "#/metadata/component/components/0": "A", "#/components/0'": "B",
		"#/components/0/components/0": "C", "#/components/0": "D",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// Numbers that are none, or that compare with nothing, are not told.
func TestImpossibleNumbersAreNotTold(t *testing.T) {
	for _, n := range []string{"NaN", "Inf", "1e309", "-1", "x2", ""} {
		dec, err := sbom.Decode("x", []byte(head+`"components":[{"type":"device","name":"X","properties":[{"name":"cdx:device:quantity","value":"`+n+`"},{"name":"originbom:price","value":"`+n+` USD"}]}]}`))
		if err != nil {
			t.Fatal(err)
		}
		if c := dec.Document.Components[0]; c.Quantity != 0 || c.Price != nil {
			t.Errorf("%q was read as %g pieces at %v", n, c.Quantity, c.Price)
		}
	}
}
