package sbom_test

import (
	"strings"
	"testing"

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
