// Package mozilla holds the digests of the root certificates in Mozilla's
// programme, from which Android and Linux distributions take theirs.
package mozilla

import (
	_ "embed"
	"strings"
)

//go:embed roots.txt
var roots string

// Editions are those that the list is made of, for people.
const Editions = "2023-03 to 2026-10"

// Roots gives the SHA-256 digests, in lower-case hex, of the certificates.
func Roots() map[string]bool {
	out := map[string]bool{}
	for line := range strings.Lines(roots) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out[line] = true
		}
	}
	return out
}
