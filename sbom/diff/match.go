package diff

import (
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom"
)

// A pair is one component of both documents.
type pair struct {
	old, new *item
	by       string
}

// A way gives the key by which components are matched; "" matches nothing.
type way struct {
	by  string
	key func(*item) string
	// alone wants the key to be that of one component on each side.
	alone bool
}

var ways = []way{
	{by: "identity and position", key: func(it *item) string { return identity(it) + "\x00" + position(it.c) }},
	{by: "identity", key: identity},
	{by: "name", key: name},
	{by: "name, whatever contains it", key: nameAnywhere},
	{by: "position on the board", key: func(it *item) string {
		if it.c.Kind != sbom.Hardware || len(it.c.Designators) == 0 {
			return ""
		}
		return position(it.c) + "\x00" + string(it.c.Category) + fitted(it.c)
	}},
	{by: "the only one of its category that is left", alone: true, key: func(it *item) string {
		if it.c.Kind != sbom.Hardware || it.c.Category == "" || it.c.Category == sbom.Other {
			return ""
		}
		return string(it.c.Category) + fitted(it.c)
	}},
}

// match pairs components, the surest ways first, and marks them as taken.
// Components with one key are paired in the order of their documents, which is
// sorted.
func match(was, is []*item) []pair {
	var out []pair
	for _, w := range ways {
		left := map[string][]*item{}
		for _, it := range is {
			if !it.taken {
				if k := w.key(it); k != "" {
					left[k] = append(left[k], it)
				}
			}
		}
		counts := map[string]int{}
		if w.alone {
			for _, it := range was {
				if !it.taken {
					counts[w.key(it)]++
				}
			}
		}
		for _, it := range was {
			k := w.key(it)
			if it.taken || k == "" || len(left[k]) == 0 || w.alone && (counts[k] != 1 || len(left[k]) != 1) {
				continue
			}
			other := left[k][0]
			left[k] = left[k][1:]
			it.taken, other.taken = true, true
			out = append(out, pair{it, other, w.by})
		}
	}
	return out
}

// identity is the part's own, with what contains it and whether it is fitted.
func identity(it *item) string {
	if it.c.Kind == sbom.Hardware && it.c.Unidentified {
		return name(it) + "\x00" + it.c.Fact(sbom.Manufacturer).Name + factWords(it.c.Fact(sbom.Manufacturer))
	}
	return string(it.c.Kind) + it.under + "\x00" + it.c.PURL + "\x00" + it.c.Identity() + fitted(it.c)
}

// name is what the component is called, without its version.
func name(it *item) string { return it.under + "\x00" + nameAnywhere(it) }

func nameAnywhere(it *item) string {
	c := it.c
	key := string(c.Kind) + "\x00" + string(c.Category) + "\x00"
	switch {
	case c.PURL != "":
		return key + purlName(c.PURL)
	case c.MPN != "":
		return key + sbom.NormalPartNumber(c.MPN) + fitted(c)
	}
	return key + sbom.NormalPartNumber(c.Name) + fitted(c)
}

// purlName is a package URL without version, qualifiers and subpath.
func purlName(purl string) string {
	purl, _, _ = strings.Cut(purl, "#")
	purl, _, _ = strings.Cut(purl, "?")
	if i := strings.LastIndexByte(purl, '@'); i > strings.LastIndexByte(purl, '/') {
		purl = purl[:i]
	}
	return purl
}

func position(c *sbom.Component) string {
	return strings.Join(slices.Sorted(slices.Values(c.Designators)), ",")
}

func fitted(c *sbom.Component) string {
	if c.Candidate {
		return "\x00candidate"
	}
	return "\x00fitted"
}
