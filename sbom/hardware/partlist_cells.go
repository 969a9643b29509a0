package hardware

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/country"
)

// This file reads the cells of a row. A cell that cannot be understood stays
// as said, unknown, and is reported.

var (
	formulaText = regexp.MustCompile(`^="(.*)"$`)           // ="3000": a spreadsheet's way to keep text
	exponent    = regexp.MustCompile(`^[0-9.]+E\+?[0-9]+$`) // 1.2E+09: a part number that a spreadsheet took for a number
)

func partNumber(cell string) string {
	if m := formulaText.FindStringSubmatch(cell); m != nil {
		return m[1]
	}
	switch strings.ToLower(cell) {
	case "n/a", "na", "-", "--", "none", "tbd", "unknown", "?":
		return ""
	}
	return cell
}

// category reads the category column, or the words of the description that
// name exactly one category.
func (p *partList) category(row tableRow) sbom.Category {
	said := p.head.cell(row, colCategory)
	if cat, ok := categoryNamed(said); ok {
		return cat
	}
	if said != "" {
		p.unread(row.number, fmt.Sprintf("category %q is not one of ours, kept as unknown", said), "write one of: "+joinCategories())
		return ""
	}
	return categoryInWords(p.head.cell(row, colDescription))
}

func joinCategories() string {
	var names []string
	for _, c := range sbom.Categories {
		names = append(names, string(c))
	}
	return strings.Join(names, ", ")
}

// counts reads quantity, designators and population.
func (p *partList) counts(row tableRow, c *sbom.Component) {
	if said := p.head.cell(row, colQuantity); said != "" {
		q, err := strconv.ParseFloat(strings.ReplaceAll(said, " ", ""), 64)
		if err != nil || q < 0 || q > 1e9 {
			p.unread(row.number, fmt.Sprintf("quantity %q is not a number, kept as unknown", said), "write a number, such as 2")
		} else {
			c.Quantity = q
		}
	}
	c.Designators = p.designators(row)
	if n := len(c.Designators); n > 0 && c.Quantity > 0 && c.Quantity != float64(n) {
		p.note(row.number, fmt.Sprintf("quantity %v differs from the %d designators", c.Quantity, n), "correct one of them")
	}
	if notPopulated(p.head.cell(row, colNotFitted), p.head.cell(row, colFitted)) {
		c.Candidate = true
		c.Properties = append(c.Properties, sbom.Property{Name: "originbom:populate", Value: "false"})
	}
	if exponent.MatchString(c.MPN) {
		p.note(row.number, fmt.Sprintf("part number %q looks like a number that the spreadsheet rewrote", c.MPN), "format the column as text and enter it again")
	}
}

// maxDesignators bounds what one range may expand to; boards have some
// thousands of positions.
const maxDesignators = 10_000

var designatorRange = regexp.MustCompile(`^([A-Za-z]+)([0-9]+)\s*-\s*([A-Za-z]*)([0-9]+)$`)

// designators splits "C1, C2" and expands "R1-R5".
func (p *partList) designators(row tableRow) []string {
	var out []string
	fields := strings.FieldsFunc(p.head.cell(row, colDesignators), func(r rune) bool { return strings.ContainsRune(",; \t\n", r) })
	for _, f := range fields {
		m := designatorRange.FindStringSubmatch(f)
		if m == nil || m[3] != "" && m[3] != m[1] {
			out = append(out, f)
			continue
		}
		from, _ := strconv.Atoi(m[2])
		to, _ := strconv.Atoi(m[4])
		if to < from || to-from+len(out) > maxDesignators {
			p.unread(row.number, fmt.Sprintf("designators %q are no range, kept as said", f), "write R1-R5")
			out = append(out, f)
			continue
		}
		for i := from; i <= to; i++ {
			out = append(out, m[1]+strconv.Itoa(i))
		}
	}
	return out
}

// notPopulated reads the many ways of saying that a part is left off.
func notPopulated(notFitted, fitted string) bool {
	n, f := strings.ToLower(notFitted), strings.ToLower(fitted)
	yes := []string{"1", "x", "y", "yes", "true", "dnp", "dnf", "nf", "dni", "no pop", "pnp"}
	no := []string{"0", "n", "no", "false", "dnp", "dnf", "nf", "dni"}
	return slices.Contains(yes, n) || f != "" && slices.Contains(no, f)
}

// money reads the price of one piece.
func (p *partList) money(row tableRow, c *sbom.Component) {
	said := p.head.cell(row, colPrice)
	if said == "" {
		return
	}
	currency := strings.ToUpper(p.head.cell(row, colCurrency))
	number := said
	for symbol, code := range map[string]string{"$": "USD", "€": "EUR", "£": "GBP", "₩": "KRW", "¥": ""} {
		if strings.HasPrefix(number, symbol) || strings.HasSuffix(number, symbol) {
			number = strings.Trim(number, symbol+" ")
			if currency == "" {
				currency = code
			}
		}
	}
	each, err := strconv.ParseFloat(number, 64)
	if err != nil || each < 0 || each > 1e9 {
		p.unread(row.number, fmt.Sprintf("price %q is not a number, kept as unknown", said), "write 1.25 and the currency in its own column")
		return
	}
	c.Price = &sbom.Price{Each: each, Currency: currency}
}

// labels reads the columns that go into the document as they stand.
func (p *partList) labels(row tableRow, c *sbom.Component) {
	for _, l := range []struct {
		col  column
		name string
	}{
		{colHS, "originbom:classification:HS"}, {colECCN, "originbom:classification:ECCN"},
		{colNode, "originbom:technology-node"}, {colLot, "cdx:device:lotNumber"}, {colPackage, "cdx:device:deviceType"},
	} {
		if v := p.head.cell(row, l.col); v != "" {
			c.Properties = append(c.Properties, sbom.Property{Name: l.name, Value: v})
		}
	}
}

// maker reads the manufacturer as said; provenance looks it up.
func (p *partList) maker(row tableRow, c *sbom.Component) {
	said := partNumber(p.head.cell(row, colManufacturer))
	if said == "" {
		return
	}
	c.Facts = append(c.Facts, sbom.Fact{Name: sbom.Manufacturer, Values: []sbom.Value{{Is: said, Evidence: []sbom.Evidence{p.evidence(row, colManufacturer)}}}})
}

func (p *partList) evidence(row tableRow, col column) sbom.Evidence {
	return sbom.Evidence{Source: p.src, Place: p.head.place(row, col), Method: sbom.MethodDocument, Says: p.head.cell(row, col), By: p.by}
}

// origins reads the country of each stage that has a column.
func (p *partList) origins(row tableRow, c *sbom.Component) {
	for _, col := range p.head.origins() {
		said := p.head.cell(row, col)
		if said == "" {
			continue
		}
		stage := strings.TrimPrefix(string(col), originPrefix)
		ev := p.evidence(row, col)
		if strings.EqualFold(said, "withheld") || strings.EqualFold(said, "confidential") {
			c.Facts = append(c.Facts, sbom.Fact{Name: stage, Withheld: true})
			continue
		}
		got, err := country.Parse(said)
		if err != nil {
			c.Facts = append(c.Facts, sbom.Fact{Name: stage, Unread: []sbom.Evidence{ev}})
			text, remedy := countryTrouble(said, err)
			p.unread(row.number, text, remedy)
			continue
		}
		if got.Note != "" {
			ev.Note = got.Note
			p.note(row.number, got.Note, "")
		}
		c.Facts = append(c.Facts, sbom.Fact{Name: stage, Values: []sbom.Value{{Is: got.Code, Evidence: []sbom.Evidence{ev}}}})
	}
}

// countryTrouble words what is wrong with a country and what to write.
func countryTrouble(said string, err error) (text, remedy string) {
	var ambiguous *country.AmbiguousError
	if errors.As(err, &ambiguous) {
		return fmt.Sprintf("country %q is ambiguous, kept as unknown", said), "write " + strings.Join(ambiguous.Choices, " or ")
	}
	return fmt.Sprintf("country %q is not known, kept as unknown", said), "write its ISO 3166-1 code, such as KR"
}
