package software

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/originbom/originbom/sbom"
)

// seal hashes the files that the evidence of the components cites, gives the
// digest of the folder and writes it into all evidence. From then on places are
// text for people, no longer paths.
func (r *root) seal(ctx context.Context, components []sbom.Component) (string, error) {
	cited := map[string]bool{}
	each(components, func(c *sbom.Component) {
		for _, e := range c.Found {
			cited[e.Place] = true
		}
	})
	lines := make([]string, 0, len(cited))
	for _, p := range sortedKeys(cited) {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		lines = append(lines, r.digestLine(p))
	}
	digest := digestOf(lines)
	each(components, func(c *sbom.Component) { attribute(c, sbom.Source{Name: r.name, Digest: digest}) })
	return digest, nil
}

// attribute says of all evidence which input it is from, and makes text of what
// files told.
func attribute(c *sbom.Component, from sbom.Source) {
	c.Name, c.Version, c.Description = printed(c.Name), printed(c.Version), printed(c.Description)
	for i := range c.Found {
		e := &c.Found[i]
		e.Source = from
		e.Place, e.Says = printed(e.Place), printed(e.Says)
	}
}

// printed is s with a mark in place of what is not text: names of files are
// bytes, and what files say must not steer a terminal.
func printed(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// digestLine is the line of the file at p in the digest of the folder.
func (r *root) digestLine(p string) string {
	sum, err := r.sum(p)
	if err != nil {
		return strconv.Quote(p) + " unreadable -\n"
	}
	return strconv.Quote(p) + " file " + sum + "\n"
}

func digestOf(lines []string) string {
	slices.Sort(lines)
	h := sha256.New()
	for _, l := range lines {
		io.WriteString(h, l)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// sum is the sha256 in hex of the file at the real path p.
func (r *root) sum(p string) (string, error) {
	if s, ok := r.sums[p]; ok {
		return s, nil
	}
	c, err := r.open(p)
	if err != nil {
		return "", err
	}
	defer c.Close()
	return r.hash(p, c)
}

// hash reads the open file at p whole.
func (r *root) hash(p string, c io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, c); err != nil {
		r.cannotRead(p, err)
		return "", fmt.Errorf("%s: %s: %w", r.name, p, plainError(err))
	}
	s := hex.EncodeToString(h.Sum(nil))
	r.sums[p] = s
	return s, nil
}

// fileHash is the hash of a component that is the file at p.
func fileHash(sum string) []sbom.Hash { return []sbom.Hash{{Algorithm: "SHA-256", Value: sum}} }

// each calls f for every component of the tree.
func each(cs []sbom.Component, f func(*sbom.Component)) {
	for i := range cs {
		f(&cs[i])
		each(cs[i].Components, f)
	}
}

// sortComponents sorts the tree: by kind, name, version, purl, then place.
func sortComponents(cs []sbom.Component) {
	for i := range cs {
		sortComponents(cs[i].Components)
	}
	slices.SortStableFunc(cs, func(a, b sbom.Component) int {
		return cmp.Or(
			strings.Compare(string(a.Kind), string(b.Kind)),
			strings.Compare(a.Name, b.Name),
			strings.Compare(a.Version, b.Version),
			strings.Compare(a.PURL, b.PURL),
			strings.Compare(firstPlace(a), firstPlace(b)),
		)
	})
}

func firstPlace(c sbom.Component) string {
	if len(c.Found) == 0 {
		return ""
	}
	return c.Found[0].Place
}
