package provenance

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom"
)

// namedTwice notes where two inputs each name a part of a category of which a
// phone has one, and nothing says that the two are one: either there are two,
// or the inputs contradict each other. Which, only a person can tell.
func namedTwice(cs []sbom.Component) []sbom.Note {
	var notes []sbom.Note
	for _, category := range single {
		var fitted []*sbom.Component
		for i := range cs {
			if c := &cs[i]; c.Kind == sbom.Hardware && c.Category == category && !c.Unidentified && !c.Candidate && len(c.Found) > 0 {
				fitted = append(fitted, c)
			}
		}
		if n, ok := twice(category, fitted); ok {
			notes = append(notes, n)
		}
	}
	return notes
}

// twice compares the parts of one category. Parts that one input lists side by
// side are several by its word.
func twice(category sbom.Category, fitted []*sbom.Component) (sbom.Note, bool) {
	if !slices.ContainsFunc(fitted, func(c *sbom.Component) bool { return !sameSource(fitted[0], c) }) {
		return sbom.Note{}, false
	}
	var said []string
	for _, c := range fitted {
		said = append(said, fmt.Sprintf("%s by %s (%s)", c.Name, maker(c), c.Found[0].Source.Name))
	}
	last := fitted[len(fitted)-1].Found[0]
	return sbom.Note{
		File: last.Source.Name, Place: last.Place,
		Text:   fmt.Sprintf("several inputs each name a %s, and all of them stand in the BOM: %s", category, few(said)),
		Remedy: "if it is one part, give it the same part number or position in both; if the phone has several, nothing is to be done",
	}, true
}

// maker names who made a part, in words.
func maker(c *sbom.Component) string {
	var names []string
	for _, v := range c.Fact(sbom.Manufacturer).Values {
		if !slices.Contains(names, v.Is) {
			names = append(names, v.Is)
		}
	}
	return cmp.Or(strings.Join(names, " or "), "an unknown maker")
}
