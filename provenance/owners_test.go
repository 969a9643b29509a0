package provenance_test

import (
	"strings"
	"testing"
	"time"

	"github.com/originbom/originbom/provenance"
	"github.com/originbom/originbom/provenance/registry"
	"github.com/originbom/originbom/sbom"
)

// The same document, asked on two days: Honor left Huawei on 2020-11-17, and the
// TFA98xx amplifiers left NXP for Goodix on 2020-02-03.
func TestOwnersAtADay(t *testing.T) {
	reg, err := registry.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	named := func(maker string) []sbom.Fact {
		ev := []sbom.Evidence{{Source: sbom.Source{Name: "parts.csv", Digest: "00"}, Method: sbom.MethodDocument, Says: maker}}
		return []sbom.Fact{{Name: sbom.Manufacturer, Values: []sbom.Value{{Is: maker, Evidence: ev}}}}
	}
	r := sbom.Reading{
		Input:      sbom.Input{Name: "parts.csv", Digest: "00"},
		Device:     sbom.Device{Model: "X", Facts: named("Honor Device Co., Ltd.")},
		Components: []sbom.Component{{Kind: sbom.Hardware, Category: sbom.Audio, Name: "TFA9895", Facts: named("NXP")}},
	}
	note := func(at string) string {
		day, err := time.Parse(time.DateOnly, at)
		if err != nil {
			t.Fatal(err)
		}
		d := provenance.Resolve([]sbom.Reading{r}, reg, day)
		v := d.Components[0].Fact(sbom.Manufacturer).Values
		if len(v) != 1 || !strings.HasPrefix(v[0].Is, "NXP") {
			t.Errorf("%s: the maker is %+v, and not what the list says", at, v)
		}
		return v[0].Evidence[0].Note
	}
	if n := note("2018-06-01"); strings.Contains(n, "Goodix") {
		t.Errorf("in 2018 the line is said to be %q", n)
	}
	if n := note("2026-11-22"); !strings.Contains(n, "Goodix") {
		t.Errorf("today the line is said to be %q", n)
	}
	today := provenance.Resolve([]sbom.Reading{r}, reg, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
	parent := func(d *sbom.Document) string {
		for _, o := range d.Organisations {
			if strings.HasPrefix(o.Name, "Honor Device") {
				return o.UltimateParent
			}
		}
		return "not named"
	}
	then := provenance.OwnersAt(&today, reg, time.Date(2020, 6, 1, 0, 0, 0, 0, time.UTC))
	if p := parent(then); !strings.Contains(p, "Huawei") {
		t.Errorf("in June 2020 Honor's parent is %q", p)
	}
	if p := parent(&today); strings.Contains(p, "Huawei") {
		t.Errorf("today Honor's parent is %q", p)
	}
}

// A maker with its headquarters in KR and plants elsewhere gives no stage of
// origin: not KR, and not the plant's country.
func TestSeatAndPlantsAreNoOrigin(t *testing.T) {
	reg, err := registry.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, o := range reg.Organisations() {
		if o.Headquarters != "KR" || len(reg.Plants(o.ID)) == 0 {
			continue
		}
		tried++
		ev := []sbom.Evidence{{Source: sbom.Source{Name: "parts.csv", Digest: "00"}, Method: sbom.MethodDocument, Says: o.LegalName}}
		d := provenance.Resolve([]sbom.Reading{{Input: sbom.Input{Name: "parts.csv", Digest: "00"}, Components: []sbom.Component{{
			Kind: sbom.Hardware, Category: sbom.Display, Name: "X1000",
			Facts: []sbom.Fact{{Name: sbom.Manufacturer, Values: []sbom.Value{{Is: o.LegalName, Evidence: ev}}}},
		}}}}, reg, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
		for _, stage := range sbom.Stages {
			if f := d.Components[0].Fact(stage); len(f.Values) > 0 {
				t.Errorf("%s: %s is %+v", o.LegalName, stage, f.Values)
			}
		}
	}
	if tried == 0 {
		t.Error("the registry has no maker to try")
	}
}

// The makers of the phones and parts in the corpus's device trees are in the
// registry, by the vendor prefixes that the trees use.
func TestCorpusMakersKnown(t *testing.T) {
	reg, err := registry.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for prefix := range strings.FieldsSeq(`sony samsung xiaomi anbernic qcom wingtech oneplus motorola lg powkiddy pine64 microsoft
		purism longcheer huawei fairphone gameforce fxtec shift asus alcatel microchip`) {
		if _, ok := reg.Prefix(prefix); !ok {
			t.Errorf("the registry does not know the prefix %s", prefix)
		}
	}
}
