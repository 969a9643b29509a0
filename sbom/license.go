package sbom

import "github.com/github/go-spdx/v2/spdxexp"

// isSPDX reports whether s is a valid SPDX licence expression.
func isSPDX(s string) bool {
	ok, _ := spdxexp.ValidateLicenses([]string{s})
	return ok
}
