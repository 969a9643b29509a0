package sbom_test

import (
	"testing"
	"time"

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
