package sbom_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/sbom"
)

// Many parts of one name get refs of their own, in time that grows with their
// number.
func TestManyOfOneName(t *testing.T) {
	const n = 20_000
	d := sbom.Document{Device: sbom.Device{Model: "X"}, Components: make([]sbom.Component, n)}
	for i := range d.Components {
		d.Components[i] = sbom.Component{Kind: sbom.Hardware, Name: "R", Category: sbom.Other}
	}
	start := time.Now()
	doc, err := sbom.Build(d)
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
	refs := map[string]bool{}
	for _, c := range doc.Components {
		refs[c.Ref] = true
	}
	if len(refs) != n || !refs["hw:other:r"] || !refs["hw:other:r#2"] || !refs["hw:other:r#20000"] {
		t.Errorf("%d different refs, want %d", len(refs), n)
	}
}

func TestBuildRefusesOneRefTwice(t *testing.T) {
	d := sbom.Document{Components: []sbom.Component{{Ref: "a", Name: "1"}, {Ref: "a", Name: "2"}}}
	if _, err := sbom.Build(d); err == nil || err.Error() != `two components have the ref "a": 1 and 2` {
		t.Errorf("got %v", err)
	}
}

// A driver depends on the part that a device tree calls by a name it binds to.
func TestDriverDependsOnItsPart(t *testing.T) {
	doc, err := sbom.Build(sbom.Document{Components: []sbom.Component{
		{Kind: sbom.Hardware, Name: "HD6", Category: sbom.Display, Compatible: []string{"hanbit,hd6", "x,y"}},
		{Kind: sbom.OperatingSystem, Name: "linux", Components: []sbom.Component{
			{Kind: sbom.Driver, Name: "panel", Properties: []sbom.Property{{Name: "originbom:module:compatible", Value: "hanbit,hd6"}}},
		}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	system := doc.Components[1]
	if got := system.Components[0].DependsOn; len(got) != 1 || got[0] != "hw:display:hd6" {
		t.Errorf("the driver depends on %v", got)
	}
	if got := system.DependsOn; len(got) != 1 || got[0] != "device-driver:panel" {
		t.Errorf("the system depends on %v", got)
	}
}

// Firmware depends on the part whose device tree names its file: by its folder
// where the tree has one, else by its name.
func TestFirmwareDependsOnItsPart(t *testing.T) {
	names := func(files ...string) (out []sbom.Property) {
		for _, f := range files {
			out = append(out, sbom.Property{Name: sbom.TreeFirmware, Value: f})
		}
		return out
	}
	file := func(place string) sbom.Component {
		return sbom.Component{Kind: sbom.Firmware, Name: place, Found: []sbom.Evidence{{Place: place}}}
	}
	doc, err := sbom.Build(sbom.Document{Components: []sbom.Component{
		{Kind: sbom.Hardware, Name: "SDM000", Category: sbom.SoC, Properties: names("qcom/em15/a630_zap.mbn", "venus")},
		{Kind: sbom.Hardware, Name: "FT1", Category: sbom.Touch, Candidate: true, Properties: names("qcom/em15/a630_zap.mbn")},
		file("lib/firmware/qcom/em15/a630_zap.mbn"), file("lib/firmware/qcom/other/a630_zap.mbn"), file("super.img!vendor!firmware/venus.mdt"), file("boot"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, c := range doc.Components {
		if c.Kind == sbom.Firmware {
			got[c.Name] = len(c.DependsOn)
		}
	}
	want := map[string]int{"lib/firmware/qcom/em15/a630_zap.mbn": 1, "lib/firmware/qcom/other/a630_zap.mbn": 0, "super.img!vendor!firmware/venus.mdt": 1, "boot": 0}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
