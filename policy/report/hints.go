package report

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/originbom/originbom/sbom"
)

// called finds the components that a word names: by ref, name or part number, and
// if none is, by category.
func called(d *sbom.Document, word string) ([]*sbom.Component, error) {
	var hits, alike []*sbom.Component
	cat, isCat := sbom.ParseCategory(strings.ToLower(word))
	d.Walk(func(c *sbom.Component, _ []string) {
		switch {
		case c.Ref == word || strings.EqualFold(c.Name, word) || strings.EqualFold(c.MPN, word):
			hits = append(hits, c)
		case isCat && c.Category == cat:
			alike = append(alike, c)
		}
	})
	if len(hits) > 0 {
		return hits, nil
	}
	if len(alike) > 0 {
		return alike, nil
	}
	if isCat {
		return nil, fmt.Errorf("no input of the document shows a %s: it is not known whether there is one", cat)
	}
	return nil, fmt.Errorf("the document has no part %q: give a name, part number, category or ref as originbom show lists them", word)
}

// Hints gives commands that tell more about a document, as they are typed. bom is
// its path; options are those flags that the reader has given, such as
// --trust FILE.
func Hints(d *sbom.Document, bom, options string) []string {
	bom = ShellWord(bom)
	var out []string
	part, missing := "", false
	d.Walk(func(c *sbom.Component, _ []string) {
		if c.Kind != sbom.Hardware || c.Candidate {
			return
		}
		if part == "" && !c.Unidentified {
			part = c.Ref
			if c.Category != "" {
				part = string(c.Category)
			}
		}
		missing = missing || len(c.Fact(sbom.Manufacturer).Values) == 0 || !madeSomewhere(c)
	})
	if part != "" {
		out = append(out, "originbom show "+bom+" "+ShellWord(part)+options+"   who says so, of one part")
	}
	if missing {
		out = append(out, "originbom claim questions "+bom+options+"   a request to each supplier about what is not known")
	}
	return append(out, "originbom check "+bom+" --policy handset-baseline"+options+"   a verdict; originbom policy list names the packs")
}

// ShellWord quotes a word for a shell where it must be.
func ShellWord(s string) string {
	plain := func(r rune) bool {
		return r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_./:@+,=", r))
	}
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
