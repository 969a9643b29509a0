package provenance

import (
	"slices"
	"strings"
	"unicode"

	"github.com/originbom/originbom/sbom"
)

// This file says when two parts of different inputs are one part.

// A subject is a part with what it is called.
type subject struct {
	*sbom.Component
	numbers []string
}

func subjects(cs []sbom.Component) []subject {
	out := make([]subject, len(cs))
	for i := range cs {
		out[i] = subject{&cs[i], numbers(&cs[i])}
	}
	return out
}

// A way is one reason to take two parts for one.
type way struct {
	words string
	same  func(a, b *subject) bool
	alone bool // only if each input has but one part that could be meant
}

// ways are tried in this order, the surest first.
var ways = []way{
	{words: "part number", same: samePart},
	{words: "part number, where this input says only that it may be fitted", same: sameMaybe},
	{words: "part number without its suffix", same: sameStem, alone: true},
	{words: "maker, category and almost the same part number", same: sameNearly, alone: true},
	{words: "category and maker", same: sameSingle, alone: true},
	{words: "node of the device tree", same: sameNode},
	{words: "category and position on the board", same: samePosition, alone: true},
}

// single are the categories of which a phone has one part, so that two inputs
// that each name one mean the same, unless they name different makers.
var single = []sbom.Category{sbom.SoC, sbom.Display, sbom.Touch, sbom.Battery, sbom.Modem, sbom.Fingerprint, sbom.NFC, sbom.GNSS, sbom.SecureElement}

// numbers are the part numbers by which a component is called.
func numbers(c *sbom.Component) []string {
	if c.Unidentified {
		return nil
	}
	var ns []string
	add := func(s string) {
		if n := sbom.NormalPartNumber(s); n != "" && !slices.Contains(ns, n) {
			ns = append(ns, n)
		}
	}
	add(c.Name)
	add(c.MPN)
	for _, name := range c.Compatible[:min(1, len(c.Compatible))] {
		if _, model, ok := strings.Cut(name, ","); ok {
			add(model)
		}
	}
	return ns
}

func shareNumber(a, b *subject, least int) bool {
	return slices.ContainsFunc(a.numbers, func(n string) bool { return len(n) >= least && slices.Contains(b.numbers, n) })
}

// samePart wants the same part number. A short one may be a word, such as LCD,
// and then the categories must agree too.
func samePart(a, b *subject) bool {
	if a.Candidate != b.Candidate || a.Candidate && notPopulated(a.Component) != notPopulated(b.Component) {
		return false
	}
	return compatibleCategory(a, b) && shareNumber(a, b, 1) || shareNumber(a, b, minStem)
}

// sameMaybe takes a part of which one input says that it may be fitted (a
// device tree's disabled node) for the one that another says is.
func sameMaybe(a, b *subject) bool {
	if a.Candidate == b.Candidate {
		return false
	}
	maybe := a
	if b.Candidate {
		maybe = b
	}
	return maybe.CandidateFor == "" && !notPopulated(maybe.Component) && maybe.Quantity == 0 && compatibleCategory(a, b) && shareNumber(a, b, minStem)
}

func notPopulated(c *sbom.Component) bool {
	return slices.Contains(c.Properties, sbom.Property{Name: "originbom:populate", Value: "false"})
}

func compatibleCategory(a, b *subject) bool {
	return a.Category == b.Category || a.Category == "" || b.Category == "" || a.Category == sbom.Other || b.Category == sbom.Other
}

const (
	// minStem is the shortest part number that may be the beginning of another:
	// shorter ones are words, such as LCD.
	minStem = 5
	// minSuffix is the shortest order code: one letter more is another chip as
	// often as another package (PM8350, PM8350C).
	minSuffix = 2
)

// sameStem takes BQ25895 and BQ25895RTWR, an order code of it, for one part. A
// digit after a digit is another model: BQ2589, BQ25895.
func sameStem(a, b *subject) bool {
	return a.Candidate == b.Candidate && a.Category == b.Category && !disagree(a, b) && shareStem(a, b)
}

func shareStem(a, b *subject) bool {
	for _, n := range a.numbers {
		for _, m := range b.numbers {
			if stemOf(n, m) || stemOf(m, n) {
				return true
			}
		}
	}
	return false
}

func stemOf(stem, whole string) bool {
	suffix, ok := strings.CutPrefix(whole, stem)
	return ok && len(stem) >= minStem && len(suffix) >= minSuffix && !(digit(stem[len(stem)-1]) && digit(suffix[0]))
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

// sameNearly takes two parts of one maker and category for one where their
// numbers differ in one character, or, of power chips, in their digits alone:
// device trees name a part by the driver of its sibling (pm8350c for PM7350C).
// The numbers stay as a conflict.
func sameNearly(a, b *subject) bool {
	if a.Candidate || b.Candidate || a.Category != b.Category || a.Category == "" || !agree(a, b) {
		return false
	}
	for _, n := range a.numbers {
		for _, m := range b.numbers {
			if near(n, m) || a.Category == sbom.PMIC && shape(n) == shape(m) && strings.ContainsAny(n, "0123456789") {
				return true
			}
		}
	}
	return false
}

// near reports whether two part numbers differ in one character.
func near(n, m string) bool {
	if len(n) < len(m) {
		n, m = m, n
	}
	if len(m) <= minStem || len(n)-len(m) > 1 || n == m {
		return false
	}
	i := 0
	for i < len(m) && n[i] == m[i] {
		i++
	}
	if len(n) == len(m) {
		return n[i+1:] == m[i+1:]
	}
	return n[i+1:] == m[i:]
}

// shape is a part number with all digits alike.
func shape(n string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return '0'
		}
		return r
	}, n)
}

// sameSingle takes two parts of a category of which a phone has one for the
// same, where their makers agree or one of the two is not known.
func sameSingle(a, b *subject) bool {
	return !a.Candidate && !b.Candidate && a.Category == b.Category && slices.Contains(single, a.Category) && !disagree(a, b)
}

// samePosition takes two parts of such a category for one where both inputs put
// them in one position, whatever makers and numbers they give: these stay as a
// conflict.
func samePosition(a, b *subject) bool {
	return !a.Candidate && !b.Candidate && a.Category == b.Category && slices.Contains(single, a.Category) && overlap(a.Component, b.Component) > 0
}

// agree reports whether both parts have makers, and a common one.
func agree(a, b *subject) bool {
	return len(a.Fact(sbom.Manufacturer).Values) > 0 && len(b.Fact(sbom.Manufacturer).Values) > 0 && !disagree(a, b)
}

// disagree reports whether both parts have makers, and no common one.
func disagree(a, b *subject) bool {
	av, bv := a.Fact(sbom.Manufacturer).Values, b.Fact(sbom.Manufacturer).Values
	if len(av) == 0 || len(bv) == 0 {
		return false
	}
	return !slices.ContainsFunc(av, func(v sbom.Value) bool {
		return slices.ContainsFunc(bv, func(w sbom.Value) bool { return v.Is == w.Is })
	})
}

// sameNode takes two parts without a name for one if both are the same node of a
// device tree, which lies in two inputs, such as a file of its own and a boot
// image.
func sameNode(a, b *subject) bool {
	x, y := treeNode(a.Component), treeNode(b.Component)
	return a.Unidentified && b.Unidentified && a.Candidate == b.Candidate && a.Category == b.Category && a.Name == b.Name &&
		x.path != "" && x == y
}

// A node is where in a device tree a part is, and what stands there.
type node struct{ path, says string }

func treeNode(c *sbom.Component) node {
	if len(c.Found) == 0 || c.Found[0].Method != sbom.MethodDeviceTree {
		return node{}
	}
	e := c.Found[0]
	path := e.Place[strings.LastIndexByte(e.Place, '!')+1:]
	if !strings.HasPrefix(path, "/") {
		return node{}
	}
	return node{path, e.Says}
}
