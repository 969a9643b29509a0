package hardware

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/ipc2581"
	"github.com/originbom/originbom/sbom/internal/kicad"
	"github.com/originbom/originbom/sbom/internal/spreadsheet"
	"github.com/originbom/originbom/sbom/internal/table"
)

// PartListOptions tell what the file itself cannot.
type PartListOptions struct {
	// Columns overrides what a header means: field (such as mpn or
	// origin.assembled) to header text.
	Columns map[string]string
	// By is the party that wrote the list, "" if not known.
	By string
}

// ErrNoHeader is returned where no row of the file names columns that a part
// list has.
var ErrNoHeader = errors.New("no header row found")

// A PartList is a part list that was read, and how it was understood.
type PartList struct {
	Reading sbom.Reading
	Account Account
}

// An Account says how a part list was understood. Every row that says anything
// is a part or is reported: Rows = Parts + len(Reported).
type Account struct {
	Name   string
	Format string // such as "text, UTF-8, separated by commas"
	Header string // where the header stands, "" where the format needs none
	// Columns are all columns, in their order.
	Columns  []ColumnAccount
	Rows     int         // rows or items that say anything, without the header
	Parts    int         // of them, those that became a part
	Options  int         // alternates that they name
	Reported []sbom.Note // the others, one note each
}

// A ColumnAccount says what a column was taken to mean.
type ColumnAccount struct {
	Title   string
	Meaning string // a field of a part list; "" if it was not understood
	Filled  int    // rows that have a value there
	Example string // the first one
}

// ReadPartList reads a part list: text or a workbook in columns, an IPC-2581
// file with a Bom, or a KiCad netlist in XML. What it is, is seen from its
// content.
//
// In a table the header is the row that names most columns of a part list;
// every row that says anything is a part, or is reported in a note. A cell that
// cannot be understood is kept as said and reported. Alternates of a position
// are candidates; where the list does not say which of several is fitted, the
// position itself is a part that is not identified. Numbers of a single unit
// (serial, MAC) are left out.
//
// src names the file in evidence; opts may be nil.
func ReadPartList(src sbom.Source, data []byte, opts *PartListOptions) (PartList, error) {
	if opts == nil {
		opts = new(PartListOptions)
	}
	p := &partList{src: src, by: opts.By}
	p.account.Name = src.Name
	p.reading.Input = sbom.Input{Name: src.Name, Kind: "part-list", Digest: src.Digest}
	var err error
	switch {
	case spreadsheet.IsWorkbook(data):
		err = p.workbook(data, opts.Columns)
	case ipc2581.IsFile(data):
		err = p.ipc2581(data, opts.Columns)
	case kicad.IsNetlist(data):
		err = p.netlist(data, opts.Columns)
	case bytes.HasPrefix(data, []byte("(export")):
		err = fmt.Errorf("%s: a KiCad netlist in its own format is not read: export it as XML, or the part list as CSV", src.Name)
	default:
		err = p.text(data, opts.Columns)
	}
	if err != nil {
		return PartList{}, err
	}
	return PartList{p.reading, p.account}, nil
}

// A partList is being read.
type partList struct {
	src     sbom.Source
	by      string
	decimal map[column]rune // the decimal mark of a column of numbers, 0 if not known
	price   string          // currency that the header names
	reading sbom.Reading
	account Account
}

func (p *partList) text(data []byte, columns map[string]string) error {
	t, err := table.ReadText(p.src.Name, data, knownHeader)
	if err != nil {
		return err
	}
	names := map[rune]string{',': "commas", ';': "semicolons", '\t': "tabs", '|': "bars"}
	p.account.Format = fmt.Sprintf("text, %s, separated by %s", strings.TrimSpace(t.Encoding+" "+t.Why), names[t.Separator])
	if t.Encoding != "UTF-8" {
		p.noteAt("", fmt.Sprintf("read as %s, %s", t.Encoding, t.Why), "")
	}
	if t.Bare {
		p.noteAt("", "quotation marks stand inside cells that are not quoted, and were read as they stand", "")
	}
	head, ok := findHeader(t.Rows, columns)
	if !ok {
		return p.noHeader()
	}
	return p.table(head, t.Rows, columns)
}

func (p *partList) noHeader() error {
	return fmt.Errorf("%s: %w: a part list names its columns, such as MPN, Manufacturer, Quantity; if it does in other words, say which is which in a handset file: %s",
		p.src.Name, ErrNoHeader, columnsLine(p.src.Name, `mpn: "HEADER", manufacturer: "HEADER"`))
}

// workbook reads the sheet whose header names most; a hidden sheet only where
// no other one has a header. Other sheets are reported.
func (p *partList) workbook(data []byte, columns map[string]string) error {
	sheets, err := spreadsheet.Read(p.src.Name, data)
	if err != nil {
		return err
	}
	best, heads := -1, make([]header, len(sheets))
	value := func(i int) int {
		n := heads[i].score()
		if n > 0 && !sheets[i].Hidden {
			n += 1000 // columns are far fewer
		}
		return n
	}
	for i, s := range sheets {
		heads[i], _ = findHeader(s.Rows, columns)
		if value(i) > 0 && (best < 0 || value(i) > value(best)) {
			best = i
		}
	}
	for i, s := range sheets {
		p.otherSheet(s, heads[i], i == best)
	}
	if best < 0 {
		return p.noHeader()
	}
	p.account.Format = fmt.Sprintf("XLSX workbook, sheet %q", sheets[best].Name)
	return p.table(heads[best], sheets[best].Rows, columns)
}

func (p *partList) otherSheet(s table.Sheet, h header, chosen bool) {
	place, hidden := fmt.Sprintf("sheet %q", s.Name), ""
	if s.Hidden {
		hidden = "is hidden and "
	}
	switch n := countRows(s.Rows); {
	case chosen && s.Hidden:
		p.noteAt(place, "is hidden, and is read since no other sheet has a header", "ask its author whether it is meant to be read")
	case chosen || n == 0 && !s.Hidden:
	case h.score() > 0:
		p.noteAt(place, fmt.Sprintf("%sis a part list too, of %d rows, and was not read", hidden, n-1), "save it as a file of its own and give that as well")
	default:
		p.noteAt(place, fmt.Sprintf("%shas no header of a part list and was not read: %d rows", hidden, n), "")
	}
}

func countRows(rows []table.Row) int {
	n := 0
	for _, r := range rows {
		if !r.Blank() {
			n++
		}
	}
	return n
}

// table reads all rows of the sheet that head was found in.
func (p *partList) table(head header, rows []table.Row, columns map[string]string) error {
	if err := checkColumns(p.src.Name, head, columns); err != nil {
		return err
	}
	p.account.Header = head.row.Place()
	p.price = head.currency
	p.decimal = decimalMarks(head, rows[head.index+1:])
	p.accountColumns(head, rows[head.index+1:])
	for i, row := range rows {
		switch {
		case i == head.index || row.Blank():
		case i < head.index:
			p.account.Rows++
			p.report(row.Place(), fmt.Sprintf("stands above the header and is no part: %q", firstCell(row)))
		default:
			p.row(head, row)
		}
	}
	p.headerNotes(head, rows)
	return nil
}

func (p *partList) accountColumns(head header, rows []table.Row) {
	width := len(head.row.Cells)
	for _, r := range rows {
		width = max(width, len(r.Cells))
	}
	for i := range width {
		c := ColumnAccount{Title: head.title(i)}
		if i < len(head.means) {
			c.Meaning = head.means[i]
		}
		for _, r := range rows {
			if i < len(r.Cells) && r.Cells[i] != "" {
				c.Filled++
				c.Example = cmp.Or(c.Example, r.Cells[i])
			}
		}
		p.account.Columns = append(p.account.Columns, c)
	}
}

// headerNotes say what the sheet as a whole does not tell.
func (p *partList) headerNotes(head header, rows []table.Row) {
	place := head.row.Place()
	if !head.has(colManufacturer) {
		p.noteAt(place, "no column names the manufacturer, so every maker is unknown", `add a column "Manufacturer"`)
	}
	for _, c := range p.account.Columns {
		if c.Meaning == "" && c.Filled > 0 {
			p.noteAt(place, fmt.Sprintf("column %q is not understood and was not read", c.Title), "if it matters, write in the handset file "+columnsLine(p.src.Name, fmt.Sprintf("FIELD: %q", c.Title))+" (FIELD as in docs/part-lists.md)")
		}
	}
	hidden := 0
	for _, r := range rows {
		if r.Hidden && !r.Blank() {
			hidden++
		}
	}
	if hidden > 0 {
		p.noteAt("", fmt.Sprintf("%d rows are hidden in the spreadsheet; they were read like the others", hidden), "")
	}
}

// row reads one row below the header.
func (p *partList) row(head header, row table.Row) {
	p.account.Rows++
	if head.repeats(row) {
		p.report(row.Place(), "repeats the header and is no part")
		return
	}
	e := p.entryOf(head, row)
	if !e.namesPart() || e.isTotal(row) {
		p.report(row.Place(), fmt.Sprintf("names no part and was left out: %q", firstCell(row)))
		return
	}
	if row.Invisible {
		p.note(e, "invisible characters were taken out of a cell", "compare the part number with the maker's own")
	}
	p.add(e)
}

func firstCell(row table.Row) string {
	for _, c := range row.Cells {
		if c != "" {
			return strings.Join(strings.Fields(c), " ")
		}
	}
	return ""
}

// noteAt writes a note about a place.
func (p *partList) noteAt(place, text, remedy string) {
	p.reading.Notes = append(p.reading.Notes, sbom.Note{File: p.src.Name, Place: place, Text: text, Remedy: remedy})
}

// report writes the note about a row that is no part.
func (p *partList) report(place, text string) {
	p.noteAt(place, text, "")
	p.account.Reported = append(p.account.Reported, p.reading.Notes[len(p.reading.Notes)-1])
}

func (p *partList) note(e *entry, text, remedy string) { p.noteAt(e.at, text, remedy) }

// unread notes a value that could not be read.
func (p *partList) unread(e *entry, text, remedy string) {
	p.note(e, text, remedy)
	p.reading.Notes[len(p.reading.Notes)-1].Value = true
}

// isTotal reports whether the row sums up others: it has a word for that, and
// no maker or part number beside it.
func (e *entry) isTotal(row table.Row) bool {
	mpn := e.text(colMPN)
	if e.text(colManufacturer) != "" || mpn != "" && !totalWord(mpn) {
		return false
	}
	return slices.ContainsFunc(row.Cells, func(c string) bool {
		return totalWord(c) || strings.HasPrefix(normaliseHeader(c), "total ") && e.text(colDesignators) == ""
	})
}

func totalWord(s string) bool {
	return slices.Contains([]string{"total", "totals", "sum", "grand total", "subtotal", "합계", "총계", "소계", "合计", "总计", "合計"}, normaliseHeader(s))
}
