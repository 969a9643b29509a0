package sbom

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// Identity is "sha256:" and the digest of the part identity: its maker, part
// number and revision as RFC 8785 JSON. Another revision of a part is another
// identity; its place in the document does not matter. Where several makers
// are told, the identity has none.
func (c *Component) Identity() string {
	maker := ""
	if vs := c.Fact(Manufacturer).Values; len(vs) == 1 {
		maker = vs[0].Is
	}
	number := c.MPN
	if number == "" {
		number = c.Name
	}
	// Keys in canonical order, no escapes beyond JSON's own.
	b, err := json.Marshal(struct {
		Manufacturer string `json:"manufacturer"`
		PartNumber   string `json:"partNumber"`
		Revision     string `json:"revision"`
	}{maker, NormalPartNumber(number), c.Version})
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// NormalPartNumber folds what people write differently about one part number:
// case, spaces, dashes, underscores and slashes.
func NormalPartNumber(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t-_/", r) {
			return -1
		}
		return r
	}, strings.ToUpper(s))
}
