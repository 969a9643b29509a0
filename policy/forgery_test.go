package policy

import (
	"testing"

	"github.com/originbom/originbom/sbom"
)

// What a document leaves open about a country does not hide what a signed claim
// tells about it: the shares of one code narrow each other.
func TestOpenShareHidesNothing(t *testing.T) {
	values := []sbom.Value{
		{Is: "KR", Share: sbom.Interval{Min: 0, Max: 100}},
		{Is: "KR"},
	}
	got := finest(values)
	if len(got) != 1 || !got[0].Share.Whole() {
		t.Errorf("got %v, want KR as the whole", got)
	}
	part := finest([]sbom.Value{{Is: "KR", Share: sbom.Interval{Min: 20, Max: 60}}, {Is: "KR", Share: sbom.Interval{Min: 40, Max: 90}}})
	if len(part) != 1 || part[0].Share != (sbom.Interval{Min: 40, Max: 60}) {
		t.Errorf("got %v, want KR 40-60", part)
	}
}
