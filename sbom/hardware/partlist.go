package hardware

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/originbom/originbom/sbom"
)

// Limits on part lists. The largest real ones seen have some 2,000 rows.
const (
	maxPartListBytes = 64 << 20
	maxRows          = 200_000 // more components than any policy run is meant for
	maxColumns       = 512
	maxCell          = 32_767 // what a spreadsheet cell can hold
	maxHeaderDepth   = 30     // title blocks above a header are a few rows
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

// ReadPartList reads a part list in CSV, separated by comma, semicolon, tab or
// bar. The header is the row that names most columns of a part list; every row
// below it that says anything is a part, a part that is not populated, or is
// reported in a note. A cell that cannot be understood is kept as said and
// reported. src names the file in evidence; opts may be nil.
func ReadPartList(src sbom.Source, data []byte, opts *PartListOptions) (sbom.Reading, error) {
	if opts == nil {
		opts = new(PartListOptions)
	}
	rows, err := parseCSV(src.Name, data)
	if err != nil {
		return sbom.Reading{}, err
	}
	head, err := findHeader(src.Name, rows, opts.Columns)
	if err != nil {
		return sbom.Reading{}, err
	}
	p := &partList{src: src, by: opts.By, head: head}
	p.reading.Input = sbom.Input{Name: src.Name, Kind: "part-list", Digest: src.Digest}
	for _, row := range rows[head.index+1:] {
		p.row(row)
	}
	p.headerNotes()
	return p.reading, nil
}

// A tableRow is one row with its number as a spreadsheet counts it, from 1.
type tableRow struct {
	number int
	cells  []string
}

func parseCSV(file string, data []byte) ([]tableRow, error) {
	if len(data) > maxPartListBytes {
		return nil, fmt.Errorf("%s: larger than %d MiB: split the part list", file, maxPartListBytes>>20)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		return nil, fmt.Errorf("%s: not UTF-8 text: save it as CSV UTF-8", file)
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma = separator(data)
	r.FieldsPerRecord = -1
	r.TrimLeadingSpace = r.Comma != '\t'
	var rows []tableRow
	folded := 0 // line breaks inside quoted cells so far
	for {
		record, err := r.Read()
		if err == io.EOF {
			return rows, nil
		}
		var pe *csv.ParseError
		if errors.As(err, &pe) {
			return nil, fmt.Errorf("%s: line %d: %w: open it in a spreadsheet and save it again as CSV", file, pe.Line, pe.Err)
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		line, _ := r.FieldPos(0)
		row := tableRow{number: line - folded}
		for _, cell := range record {
			folded += strings.Count(cell, "\n")
			row.cells = append(row.cells, strings.TrimSpace(cell))
		}
		if err := checkRow(file, row, len(rows)); err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
}

func checkRow(file string, row tableRow, before int) error {
	switch {
	case before >= maxRows:
		return fmt.Errorf("%s: more than %d rows: split the part list", file, maxRows)
	case len(row.cells) > maxColumns:
		return fmt.Errorf("%s: row %d: more than %d columns", file, row.number, maxColumns)
	case slices.ContainsFunc(row.cells, func(c string) bool { return len(c) > maxCell }):
		return fmt.Errorf("%s: row %d: a cell holds more than %d bytes", file, row.number, maxCell)
	}
	return nil
}

// separator is the character that splits the first lines most evenly.
func separator(data []byte) rune {
	sample := data[:min(len(data), 64<<10)]
	best, most := ',', 0
	for _, sep := range []rune{',', ';', '\t', '|'} {
		r := csv.NewReader(bytes.NewReader(sample))
		r.Comma, r.FieldsPerRecord, r.LazyQuotes = sep, -1, true
		counts := map[int]int{}
		for range maxHeaderDepth {
			record, err := r.Read()
			if err != nil {
				break
			}
			counts[len(record)]++
		}
		for fields, n := range counts {
			if fields > 1 && fields*n > most {
				best, most = sep, fields*n
			}
		}
	}
	return best
}

// A partList is being read.
type partList struct {
	src     sbom.Source
	by      string
	head    header
	reading sbom.Reading
}

func (p *partList) note(row int, text, remedy string) {
	p.reading.Notes = append(p.reading.Notes, sbom.Note{File: p.src.Name, Place: fmt.Sprintf("row %d", row), Text: text, Remedy: remedy})
}

// unread notes a value that could not be read.
func (p *partList) unread(row int, text, remedy string) {
	p.note(row, text, remedy)
	p.reading.Notes[len(p.reading.Notes)-1].Value = true
}

// headerNotes say what the sheet as a whole does not tell.
func (p *partList) headerNotes() {
	if !p.head.has(colManufacturer) {
		p.note(p.head.number, "no column names the manufacturer, so every maker is unknown", `add a column "Manufacturer"`)
	}
	for _, title := range p.head.unused {
		p.note(p.head.number, fmt.Sprintf("column %q is not understood and was not read", title), "name it in columns: if it matters")
	}
}

// row reads one row below the header.
func (p *partList) row(row tableRow) {
	cell := func(col column) string { return p.head.cell(row, col) }
	if !slices.ContainsFunc(row.cells, func(c string) bool { return c != "" }) {
		return
	}
	if p.head.repeats(row) {
		p.note(row.number, "repeats the header and is no part", "")
		return
	}
	mpn, desc := partNumber(cell(colMPN)), cell(colDescription)
	if mpn == "" && cell(colManufacturer) == "" && cell(colDesignators) == "" && (desc == "" || isTotal(row)) {
		p.note(row.number, fmt.Sprintf("names no part and was left out: %q", firstCell(row)), "")
		return
	}
	c := sbom.Component{
		Kind: sbom.Hardware, Name: mpn, MPN: mpn, Description: desc, Version: cell(colRevision), Supplier: cell(colSupplier),
		Category: p.category(row),
	}
	if mpn == "" {
		c.Unidentified = true
		c.Name = "unknown " + cmp.Or(string(c.Category), "part")
	}
	says := cmp.Or(mpn, desc, cell(colDesignators))
	c.Found = []sbom.Evidence{{Source: p.src, Place: fmt.Sprintf("row %d", row.number), Method: sbom.MethodDocument, Says: says, By: p.by}}
	p.counts(row, &c)
	p.money(row, &c)
	p.labels(row, &c)
	p.maker(row, &c)
	p.origins(row, &c)
	p.reading.Components = append(p.reading.Components, c)
}

func isTotal(row tableRow) bool {
	return slices.ContainsFunc(row.cells, func(c string) bool {
		c = normaliseHeader(c)
		return c == "total" || strings.HasPrefix(c, "total ") || strings.HasSuffix(c, " total") || c == "합계" || c == "合计"
	})
}

func firstCell(row tableRow) string {
	for _, c := range row.cells {
		if c != "" {
			return c
		}
	}
	return ""
}
