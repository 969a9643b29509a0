package hardware

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom"
)

// This file reads the cells of an entry. A cell that cannot be understood stays
// as said, unknown, and is reported.

var (
	formulaText = regexp.MustCompile(`^="(.*)"$`)                       // ="3000": a spreadsheet's way to keep text
	exponent    = regexp.MustCompile(`^[0-9]+([.,][0-9]+)?E\+?[0-9]+$`) // 1.2E+09: a part number that a spreadsheet took for a number
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func partNumber(cell string) string {
	if m := formulaText.FindStringSubmatch(cell); m != nil {
		return m[1]
	}
	if low := strings.ToLower(cell); sbom.NotTold(cell) || low == "generic" || low == "any" {
		return ""
	}
	return cell
}

// category reads the category column, or the words of the description that
// name exactly one category.
func (p *partList) category(e *entry) sbom.Category {
	said := e.text(colCategory)
	cat, ok, ambiguous := categoryNamed(said)
	switch {
	case ok:
		return cat
	case ambiguous:
		p.unread(e, fmt.Sprintf("category %q can mean several kinds of part, kept as unknown", said), "write one of: "+joinCategories())
		return ""
	case said != "":
		p.unread(e, fmt.Sprintf("category %q is not one of ours, kept as unknown", said), "write one of: "+joinCategories())
		return ""
	}
	return categoryInWords(e.text(colDescription))
}

func joinCategories() string {
	var names []string
	for _, c := range sbom.Categories {
		names = append(names, string(c))
	}
	return strings.Join(names, ", ")
}

// counts reads quantity, designators and population.
func (p *partList) counts(e *entry, c *sbom.Component) {
	c.Quantity = p.quantity(e)
	c.Designators = p.designators(e, c.Quantity)
	if n := len(c.Designators); n > 0 && c.Quantity > 0 && c.Quantity != float64(n) {
		p.note(e, fmt.Sprintf("quantity %v differs from the %d designators", c.Quantity, n), "correct one of them")
	}
	if p.notPopulated(e) {
		c.Candidate = true
		c.Properties = append(c.Properties, sbom.Property{Name: "originbom:populate", Value: "false"})
	}
	switch {
	case e.dated:
		p.unread(e, fmt.Sprintf("the spreadsheet holds the part number as a date, shown as %q", c.MPN), "format the column as text and enter it again")
	case exponent.MatchString(c.MPN):
		p.note(e, fmt.Sprintf("part number %q looks like a number that the spreadsheet rewrote", c.MPN), "format the column as text and enter it again")
	}
}

// labels reads the columns that go into the document as they stand.
func (p *partList) labels(e *entry, c *sbom.Component) {
	for _, l := range []struct {
		col  column
		name string
	}{
		{colHS, "originbom:classification:HS"},
		{colECCN, "originbom:classification:ECCN"},
		{colNode, "originbom:technology-node"},
		{colLot, "cdx:device:lotNumber"},
		{colPackage, "cdx:device:deviceType"},
		{colInternal, "originbom:identifier:internal"},
		{colSupplierPart, "originbom:identifier:supplier-part"},
	} {
		if v := e.text(l.col); v != "" {
			c.Properties = append(c.Properties, sbom.Property{Name: l.name, Value: v})
		}
	}
	if said := e.text(colDatasheet); said != "" && partNumber(said) != "" {
		if webLink(said) {
			c.Properties = append(c.Properties, sbom.Property{Name: "originbom:datasheet", Value: said})
		} else {
			p.note(e, fmt.Sprintf("data sheet %q is no http or https link and was left out", said), "")
		}
	}
}

// webLink reports whether s is an address that may become a link.
func webLink(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil
}

// Spellings of whether a part is fitted, in lower case. A cell of its own column
// may also repeat the word of the header.
var (
	yesWords       = []string{"1", "x", "y", "yes", "true", "o", "●", "✓", "✔", "v", "예", "是", "はい"}
	noWords        = []string{"0", "n", "no", "false", "아니오", "否", "いいえ"}
	notFittedWords = []string{
		"dnp", "dnf", "dni", "dnl", "dns", "nf", "ni", "np", "nc", "nopop", "no pop", "no-pop", "pnp", "not fitted", "not populated", "not placed",
		"not mounted", "not installed", "do not populate", "do not fit", "do not place", "do not install", "unpopulated", "unfitted", "empty",
		"미실장", "未実装", "不贴", "未贴",
	}
	fittedWords = []string{"fitted", "populated", "populate", "mounted", "placed", "installed", "fit", "pop", "실장", "実装", "贴装"}
	// Words that say it in a description or a value, in capitals only: "nf" there
	// is a capacitance.
	notFittedMark = regexp.MustCompile(`(^|[\s(/,_\[-])(DNP|DNF|DNI|DO NOT (POPULATE|FIT|PLACE|INSTALL)|NOT (FITTED|POPULATED)|NO[- ]?POP)($|[\s)/,_\]-])`)
)

// notPopulated reads the many ways of saying that a part is left off.
func (p *partList) notPopulated(e *entry) bool {
	n, f := strings.ToLower(e.text(colNotFitted)), strings.ToLower(e.text(colFitted))
	switch {
	case slices.Contains(yesWords, n) || slices.Contains(notFittedWords, n):
		return true
	case slices.Contains(noWords, f) || slices.Contains(notFittedWords, f):
		return true
	case n != "" && !slices.Contains(noWords, n) && !slices.Contains(fittedWords, n):
		p.unread(e, fmt.Sprintf("%q does not say whether the part is fitted, taken as fitted", e.text(colNotFitted)), "write DNP, or leave the cell empty")
	case f != "" && !slices.Contains(yesWords, f) && !slices.Contains(fittedWords, f):
		p.unread(e, fmt.Sprintf("%q does not say whether the part is fitted, taken as fitted", e.text(colFitted)), "write yes or no")
	case n == "" && f == "" && (notFittedMark.MatchString(e.text(colDescription)) || notFittedMark.MatchString(e.text(colMPN))):
		p.note(e, fmt.Sprintf("taken as not fitted, since it says %q", firstOf(e, colDescription, colMPN)), "")
		return true
	}
	return false
}

func firstOf(e *entry, cols ...column) string {
	for _, c := range cols {
		if notFittedMark.MatchString(e.text(c)) {
			return e.text(c)
		}
	}
	return ""
}
