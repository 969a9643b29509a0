package sign

import (
	"testing"

	"github.com/originbom/originbom/provenance/verify"
)

// TestLimits: what is signed can be verified.
func TestLimits(t *testing.T) {
	if maxBOMSize != verify.MaxBOMSize {
		t.Errorf("signs up to %d bytes, verifies up to %d", maxBOMSize, verify.MaxBOMSize)
	}
}
