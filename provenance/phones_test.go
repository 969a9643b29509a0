package provenance_test

import (
	"strings"
	"testing"
	"time"

	"github.com/originbom/originbom/provenance"
	"github.com/originbom/originbom/provenance/registry"
	"github.com/originbom/originbom/sbom"
)

// Two inputs of two boards are joined, and a note says so.
func TestTwoPhonesAreNoted(t *testing.T) {
	reg, err := registry.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	of := func(name, board string) sbom.Reading {
		return sbom.Reading{Input: sbom.Input{Name: name, Kind: "device-tree", Digest: name}, Device: sbom.Device{Compatible: []string{board}}}
	}
	doc := provenance.Resolve([]sbom.Reading{of("a.dtb", "example,a"), of("b.dtb", "example,b"), of("c.dtb", "example,a")}, reg, time.Unix(0, 0))
	if len(doc.Notes) != 1 || !strings.Contains(doc.Notes[0].String(), "b.dtb: describes the board example,b, and another input example,a") {
		t.Errorf("notes: %v", doc.Notes)
	}
}
