package audit_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/firmware/audit"
)

func partition(name, sum string, in ...sbom.Component) sbom.Component {
	return sbom.Component{
		Kind: sbom.Firmware, Name: name, Components: in, Hashes: []sbom.Hash{{Algorithm: "SHA-256", Value: sum}},
		Properties: []sbom.Property{{Name: "originbom:android:partition", Value: name}},
	}
}

func app(name, version string) sbom.Component {
	return sbom.Component{Kind: sbom.Application, Name: name, Version: version}
}

// TestCompare compares a BOM of an archive with images of other shapes.
func TestCompare(t *testing.T) {
	bom := &sbom.Document{Components: []sbom.Component{
		{Kind: sbom.Firmware, Name: "ota.zip", Components: []sbom.Component{
			partition("system", "aa", app("a", "1"), app("b", "1")), partition("vendor", "bb"),
		}},
		{Kind: sbom.Hardware, Name: "PM1"},
	}}
	tests := []struct {
		name    string
		image   []sbom.Component
		want    string
		verdict audit.State
	}{
		{"the same in a super image", []sbom.Component{
			{Kind: sbom.Firmware, Name: "super.img", Components: []sbom.Component{partition("system", "aa", app("a", "1"), app("b", "1")), partition("vendor", "bb")}},
			{Kind: sbom.Hardware, Name: "PM1"},
		}, "5 agree, 0 differ, 0 only in the BOM, 0 only in the image, 0 not compared", audit.Agrees},
		{
			"one partition",
			[]sbom.Component{partition("vendor", "bb")},
			"1 agrees, 0 differ, 0 only in the BOM, 0 only in the image, 4 not compared", audit.NotCompared,
		},
		{
			"another system",
			[]sbom.Component{partition("system", "ac", app("a", "2"), app("c", "1"))},
			"0 agree, 2 differ, 1 only in the BOM, 1 only in the image, 2 not compared", audit.Differs,
		},
		{"nothing", nil, "0 agree, 0 differ, 0 only in the BOM, 0 only in the image, 5 not compared", audit.NotCompared},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := audit.Compare(bom, tt.image)
			var b strings.Builder
			if err := audit.Text(&b, r); err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSpace(b.String()), "\n")
			if diff := cmp.Diff(tt.want, lines[len(lines)-1]); diff != "" {
				t.Errorf("(-want +got)\n%s\n%s", diff, b.String())
			}
			if got := r.Verdict(); got != tt.verdict {
				t.Errorf("verdict %s, want %s", got, tt.verdict)
			}
		})
	}
}

// A BOM of several inputs lists the kernel below its system, and names a part that
// the image's device tree only shows: neither is in the image alone.
func TestOtherInputs(t *testing.T) {
	kernel := sbom.Component{Kind: sbom.OperatingSystem, Name: "linux kernel", Version: "6.12.0"}
	bom := &sbom.Document{Components: []sbom.Component{
		{Kind: sbom.OperatingSystem, Name: "Example OS", Components: []sbom.Component{kernel}},
		{Kind: sbom.Hardware, Category: "battery", Name: "VC-4500L"},
	}}
	shown := []sbom.Component{kernel, {Kind: sbom.Hardware, Category: "battery", Name: "unknown battery", Unidentified: true}}
	if r := audit.Compare(bom, shown); r.Count(audit.Extra) != 0 || r.Count(audit.Agrees) != 1 {
		t.Errorf("%+v", r.Items)
	}
	shown[0].Version = "6.13.0"
	if r := audit.Compare(bom, shown); r.Verdict() != audit.Differs {
		t.Errorf("another kernel: %+v", r.Items)
	}
}
