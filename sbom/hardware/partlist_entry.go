package hardware

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/table"
)

// An entry is what one row, or one item of a board file, says of one position
// or of several positions with the same part.
type entry struct {
	at    string // the row or item, for people
	cells map[column]cell
	// options are the parts that may stand there, where there are several;
	// chosen is the index of the one that the list says is fitted, -1 if it
	// does not say.
	options []option
	chosen  int
	dated   bool // the spreadsheet holds the part number as a date
	// unreadMaker is what was said of the maker where that may be several firms.
	unreadMaker cell

	category sbom.Category
}

// A cell is one value with its place, such as row 3, column "Made in".
type cell struct{ text, place string }

// An option is one part that may stand in a position.
type option struct{ mpn, maker cell }

func (e *entry) text(c column) string { return e.cells[c].text }

func (e *entry) set(c column, text, place string) {
	if text = strings.TrimSpace(text); text != "" && e.cells[c].text == "" {
		e.cells[c] = cell{text, place}
	}
}

// namesPart reports whether the entry says which part it is about.
func (e *entry) namesPart() bool {
	return len(e.options) > 0 || slices.ContainsFunc(
		[]column{colMPN, colManufacturer, colDesignators, colDescription, colInternal, colSupplierPart},
		func(c column) bool { return e.text(c) != "" })
}

// entryOf takes a row apart by the header.
func (p *partList) entryOf(head header, row table.Row) *entry {
	e := &entry{at: row.Place(), cells: map[column]cell{}, chosen: -1}
	place := func(i int) string { return fmt.Sprintf("%s, column %q", row.Place(), head.title(i)) }
	value := func(i int) string {
		if i < 0 || i >= len(row.Cells) {
			return ""
		}
		return row.Cells[i]
	}
	for c, at := range head.columns {
		if c == colIgnored || c == colAlternates {
			continue
		}
		var said []string
		for _, i := range at {
			v := value(i)
			if spreadsheetError.MatchString(v) {
				p.unread(e, fmt.Sprintf("column %q holds the error %s, kept as unknown", head.title(i), v), "correct the formula")
				continue
			}
			if c != colMPN && c != colManufacturer { // their line breaks separate alternates
				v = strings.Join(strings.Fields(v), " ")
			}
			if v != "" && v != "~" && !slices.Contains(said, v) { // KiCad writes ~ for nothing
				said = append(said, v)
			}
		}
		e.set(c, strings.Join(said, ", "), place(at[0]))
	}
	for _, i := range head.columns[colMPN] {
		e.dated = e.dated || slices.Contains(row.Dates, i)
	}
	p.alternates(e, head, place, value)
	return e
}

var spreadsheetError = regexp.MustCompile(`^#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!)$`)

// alternates finds the parts that may stand in the place of the row's: further
// columns of makers and part numbers, a column of alternates, or several of
// them in one cell.
func (p *partList) alternates(e *entry, head header, place func(int) string, value func(int) string) {
	main := option{e.cells[colMPN], e.cells[colManufacturer]}
	main.mpn.text = partNumber(main.mpn.text)
	main.maker.text = partNumber(main.maker.text)
	var more []option
	for _, number := range sortedKeys(head.options) {
		at := head.options[number]
		o := option{}
		if v := partNumber(value(at[optionMPN])); v != "" {
			o.mpn = cell{v, place(at[optionMPN])}
		}
		if v := partNumber(value(at[optionMaker])); v != "" {
			o.maker = cell{v, place(at[optionMaker])}
		}
		if o != (option{}) {
			more = append(more, o)
		}
	}
	for _, i := range head.columns[colAlternates] {
		for _, v := range splitAlternates(value(i)) {
			if v = partNumber(v); v != "" {
				more = append(more, option{mpn: cell{v, place(i)}})
			}
		}
	}
	main.maker = p.oneMaker(e, main.maker)
	several := splitOption(main)
	e.cells[colMPN], e.cells[colManufacturer] = main.mpn, main.maker
	switch {
	case len(several) > 1:
		e.options = append(several, more...)
		p.note(e, fmt.Sprintf("names %d parts for one position (%s) and not which of them is fitted: kept as candidates", len(several), strings.Join(several.names(), ", ")),
			"give each its own columns, such as MPN 2 and Manufacturer 2; the first is then the one fitted")
	case len(more) > 0:
		e.options, e.chosen = append([]option{main}, more...), 0
	}
}

// oneMaker gives the cell of a maker, or a blank one that keeps what was said
// where commas part names in it: whether either may be fitted, or it is one
// firm's name, nobody told.
func (p *partList) oneMaker(e *entry, maker cell) cell {
	names := splitNames(maker.text)
	if len(names) < 2 {
		return maker
	}
	p.unread(e, fmt.Sprintf("maker %q may name %d firms (%s), kept as unknown", maker.text, len(names), strings.Join(names, "; ")),
		fmt.Sprintf("write %q if either may be fitted, or the name of the one that made the part", strings.Join(names, " / ")))
	e.unreadMaker = maker
	return cell{place: maker.place}
}

// legalForm matches what follows a comma inside one firm's name: a legal form
// and perhaps more, such as "Ltd. (Shenzhen)", or nothing but short forms.
var legalForm = regexp.MustCompile(`(?i)^(co|ltd|limited|inc|incorporated|corp|corporation|company|llc|plc|gmbh)\b|^(株式会社|有限公司|주식회사)` +
	`|^((llp|lp|ag|kg|se|sa|sas|srl|spa|bv|nv|ab|as|asa|oy|oyj|aps|kk|pte|pty|pvt|private|jsc|sro|kft|zrt|sdn|bhd|tbk|ltda|ltd|de|cv)\b ?)+$`)

// splitNames parts a cell at its commas. A legal form, such as Ltd., belongs to
// the name before it.
func splitNames(s string) []string {
	var out []string
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ',' || r == '，' || r == '﹐' }) {
		part = strings.Join(strings.Fields(part), " ")
		switch {
		case part == "":
		case len(out) > 0 && legalForm.MatchString(strings.ReplaceAll(part, ".", "")):
			out[len(out)-1] += ", " + part
		default:
			out = append(out, part)
		}
	}
	return out
}

type optionList []option

func (os optionList) names() []string {
	var out []string
	for _, o := range os {
		out = append(out, strings.TrimSpace(o.maker.text+" "+o.mpn.text))
	}
	return out
}

// alternateMark separates alternates in one cell. A slash or bar counts only
// with spaces around it: makers and part numbers have slashes of their own.
var alternateMark = regexp.MustCompile(`\s+(?:/|\||or|OR|또는)\s+|\s*[;\n、；]\s*`)

func splitAlternates(s string) []string {
	var out []string
	for _, v := range alternateMark.Split(s, -1) {
		if v = strings.Join(strings.Fields(v), " "); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// splitOption takes a cell with several makers or part numbers apart. Two
// numbers and two makers go together in their order; one of either goes with
// all of the other. Other counts cannot be told apart and stay as said.
func splitOption(o option) optionList {
	mpns, makers := splitAlternates(o.mpn.text), splitAlternates(o.maker.text)
	n := max(len(mpns), len(makers))
	if n < 2 || len(mpns) > 1 && len(makers) > 1 && len(mpns) != len(makers) {
		return optionList{o}
	}
	out := make(optionList, n)
	for i := range out {
		out[i] = o
		if len(mpns) > 0 {
			out[i].mpn.text = partNumber(mpns[min(i, len(mpns)-1)])
		}
		if len(makers) > 0 {
			out[i].maker.text = partNumber(makers[min(i, len(makers)-1)])
		}
	}
	return out
}

// add makes components of the entry: the part, and its alternates as
// candidates.
func (p *partList) add(e *entry) {
	p.account.Parts++
	e.category = p.category(e)
	fitted := option{e.cells[colMPN], e.cells[colManufacturer]}
	if len(e.options) > 0 {
		fitted = option{}
		if e.chosen >= 0 {
			fitted = e.options[e.chosen]
		}
	}
	c := p.component(e, fitted)
	p.counts(e, &c)
	p.money(e, &c)
	p.labels(e, &c)
	p.origins(e, &c)
	if e.unreadMaker.text != "" {
		c.Facts = append(c.Facts, sbom.Fact{Name: sbom.Manufacturer, Unread: []sbom.Evidence{p.evidence(e.unreadMaker)}})
	}
	if len(e.options) > 0 {
		// The alternates point at this part until the document names it.
		c.Ref = sbom.DraftRef(p.src, e.at)
		if said := e.cells[colManufacturer]; e.chosen < 0 && said.text != "" {
			c.Facts = append(c.Facts, sbom.Fact{Name: sbom.Manufacturer, Unread: []sbom.Evidence{p.evidence(said)}})
		}
	}
	p.reading.Components = append(p.reading.Components, c)
	for i, o := range e.options {
		if i == e.chosen || o == fitted {
			continue
		}
		a := p.component(e, o)
		a.Candidate, a.CandidateFor = true, c.Ref
		a.Designators = slices.Clone(c.Designators)
		of := cmp.Or(c.MPN, strings.Join(c.Designators, ","), e.at)
		a.Properties = append(a.Properties, sbom.Property{Name: "originbom:alternate-for", Value: of})
		p.reading.Components = append(p.reading.Components, a)
		p.account.Options++
	}
}

// component is the part without its counts: what names it and who made it.
func (p *partList) component(e *entry, o option) sbom.Component {
	mpn := partNumber(o.mpn.text)
	c := sbom.Component{
		Kind: sbom.Hardware, Name: mpn, MPN: mpn, Description: e.text(colDescription), Version: e.text(colRevision),
		Supplier: e.text(colSupplier), Category: e.category,
	}
	if mpn == "" {
		c.Unidentified = true
		c.Name = "unknown " + cmp.Or(string(c.Category), "part")
	}
	says := cmp.Or(mpn, e.text(colMPN), c.Description, e.text(colInternal), e.text(colDesignators))
	c.Found = []sbom.Evidence{{Source: p.src, Place: e.at, Method: sbom.MethodDocument, Says: says, By: p.by}}
	if said := partNumber(o.maker.text); said != "" {
		c.Facts = append(c.Facts, sbom.Fact{Name: sbom.Manufacturer, Values: []sbom.Value{{Is: said, Evidence: []sbom.Evidence{p.evidence(o.maker)}}}})
	}
	return c
}

func (p *partList) evidence(c cell) sbom.Evidence {
	return sbom.Evidence{Source: p.src, Place: c.place, Method: sbom.MethodDocument, Says: c.text, By: p.by}
}
