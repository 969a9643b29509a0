package hardware

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/fdt"
)

// identity is what a part's compatibles say of its name and maker.
type identity struct {
	name     string // "" if they name no part
	prefix   string // vendor prefix of the maker, "" if they name none
	driverIC string // of a display
	note     string // how it was understood, "" if as it stands
}

// category tells what a chip does: by its compatibles, then by the node's
// generic name, then by the bus it is on.
func (t *treeRules) category(c chip) sbom.Category {
	if c.bus == "dsi" || c.bus == "aux-bus" {
		if row, ok := t.findAny("bridge", c.compatible); ok {
			return sbom.Category(row.is)
		}
		return sbom.Display
	}
	if row, ok := t.find("free", c.compatible[0]); ok {
		return sbom.Category(row.is)
	}
	node, named := t.find("node", c.node.BaseName())
	if named && node.is == string(sbom.Display) {
		return sbom.Display // on SPI or at the root
	}
	for _, s := range c.compatible {
		if row, ok := t.find("protocol", s); ok && row.is != "" {
			return sbom.Category(row.is)
		}
		if row, ok := t.find("bridge", s); ok {
			return sbom.Category(row.is)
		}
		if row, ok := t.find("part", s); ok {
			return sbom.Category(row.is)
		}
		if row, ok := t.suffix(s); ok && row.is != "" {
			return sbom.Category(row.is)
		}
	}
	if named {
		return sbom.Category(node.is)
	}
	if row, ok := t.find("on-bus", c.bus); ok {
		return sbom.Category(row.is)
	}
	return sbom.Other
}

// identify reads a part's name and its maker's prefix from its compatibles. The
// first names the part; the rest are drivers that also fit, and say nothing of
// it.
func (t *treeRules) identify(compatible []string, cat sbom.Category) identity {
	first := compatible[0]
	if row, ok := t.find("name", first); ok {
		return identity{name: row.is, prefix: row.prefix, note: fmt.Sprintf("%s is %s", first, row.is)}
	}
	if row, ok := t.find("protocol", first); ok {
		return identity{prefix: row.prefix, note: "the compatible names a protocol or a driver, not a part"}
	}
	vendor, model, ok := strings.Cut(first, ",")
	if !ok {
		if vendor, model = "", first; numericID.MatchString(first) {
			model = ""
		}
	}
	id := identity{prefix: vendor}
	_, isBrand := t.scoped("brand", vendor, cat)
	switch maker, found := t.scoped("maker", first, cat); {
	case found:
		id.prefix = maker.prefix
		id.note = fmt.Sprintf("the maker goes by the prefix %q: %s", maker.prefix, maker.source)
	case t.has("licensor", vendor):
		id.prefix, id.note = "", fmt.Sprintf("%q licenses designs and makes no parts", vendor)
	case isBrand:
		id.prefix, id.note = "", fmt.Sprintf("%q sells devices and does not make this part", vendor)
	}
	if numericID.MatchString(first) {
		id.note = joinNotes(fmt.Sprintf("the number %s is not in the list of known ones", first), id.note)
		return id
	}
	if cat == sbom.Display {
		return t.panel(id, compatible, isBrand)
	}
	if isBrand {
		return id
	}
	name := strings.ToUpper(t.strip(model))
	if !strings.ContainsAny(name, "0123456789") {
		id.note = joinNotes(id.note, fmt.Sprintf("%q has no number: it names a driver or a product line", first))
		return id
	}
	id.name = name
	return id
}

// scoped finds a row that holds for parts of the category.
func (t *treeRules) scoped(kind, s string, cat sbom.Category) (treeRule, bool) {
	for _, row := range t.rows[kind] {
		if row.match(s) >= 0 && (row.is == "*" || row.is == string(cat)) {
			return row, true
		}
	}
	return treeRule{}, false
}

// strip takes from a model the words that say what a node does.
func (t *treeRules) strip(model string) string {
	for _, row := range t.rows["lead"] {
		for _, lead := range row.patterns {
			model = strings.TrimPrefix(model, lead)
		}
	}
	for {
		short := model
		for _, row := range t.rows["suffix"] {
			for _, s := range row.patterns {
				short = strings.TrimSuffix(short, s)
			}
		}
		if short == model || short == "" {
			return model
		}
		model = short
	}
}

// suffix gives the row of the function that a compatible ends in.
func (t *treeRules) suffix(s string) (treeRule, bool) {
	for _, row := range t.rows["suffix"] {
		for _, suffix := range row.patterns {
			if strings.HasSuffix(s, suffix) {
				return row, true
			}
		}
	}
	return treeRule{}, false
}

// numericID matches compatibles that bus identifiers are made of.
var numericID = regexp.MustCompile(`^(usb[0-9a-f]{1,4},[0-9a-f]{1,4}|pci[0-9a-f]{1,4},[0-9a-f]{1,4}|slim[0-9a-f]{1,4},[0-9a-f]{1,4}|sdw[0-9a-f]{11})$`)

// modelWord matches a node name that carries a model number.
var modelWord = regexp.MustCompile(`^[a-z]{1,4}[0-9]{3,}[a-z0-9]*`)

// contradiction gives the model number in the node's name if it is another than
// the compatible's, or "".
func contradiction(n *fdt.Node, compatible string) string {
	word := modelWord.FindString(n.BaseName())
	_, model, _ := strings.Cut(compatible, ",")
	if word == "" || strings.Contains(model, word) || strings.HasPrefix(word, model) || numericID.MatchString(compatible) {
		return ""
	}
	return word
}
