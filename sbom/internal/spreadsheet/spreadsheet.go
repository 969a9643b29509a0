// Package spreadsheet reads the sheets of an XLSX workbook as tables of text.
// It is the only importer of excelize.
//
// A number is given with the digits that the file holds, not in the shortened
// form that a screen shows (part number 1234567890123, not 1.23457E+12), unless
// its format adds leading zeros. A cell that the file holds as a date is given
// as shown, and marked: part numbers such as 1-2-3 are often turned into dates.
// The value of a merged range stands in each of its rows. Formulas are not
// computed: their last result is what the file holds.
//
// excelize ends a sheet early, without an error, where its XML is broken; and
// it makes room for every column up to the last. So each sheet is first held
// against limits, and checked to be well-formed, in parts.go.
package spreadsheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/originbom/originbom/sbom/internal/table"
)

// Limits on a workbook. A file of 0.7 MB that nobody had bounded held 13
// seconds of work.
const (
	maxUnpacked = 48 << 20 // the widest table that package table takes, in XML
	maxParts    = 2000     // files in the archive; a workbook of 100 sheets has some 300
	maxSheets   = 256
	// maxElements bounds the tags outside of sheets: texts, of four tags each, and
	// styles. A list of 2,000 rows and 35 columns has below 300,000. A file of 70 KiB
	// whose nine million styles nobody had bounded took 3.6 GiB of memory.
	maxElements = 1 << 20
	maxMerged   = 50_000 // merged ranges in a sheet
	// maxFilled bounds the cells that merged ranges stand for: four columns of
	// the longest table.
	maxFilled = 4 * table.MaxRows
)

// IsWorkbook reports whether data is a ZIP archive with a workbook in it.
func IsWorkbook(data []byte) bool {
	if !bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		return false
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return false
	}
	for _, f := range z.File[:min(len(z.File), maxParts)] {
		if f.Name == workbookPart {
			return true
		}
	}
	return false
}

// Read gives all sheets of the workbook in their order. file is for messages.
func Read(file string, data []byte) ([]table.Sheet, error) {
	parts, err := openParts(file, data)
	if err != nil {
		return nil, err
	}
	names, err := parts.sheets()
	if err != nil {
		return nil, err
	}
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked})
	switch {
	case errors.Is(err, excelize.ErrWorkbookFileFormat), errors.Is(err, excelize.ErrWorkbookPassword):
		return nil, fmt.Errorf("%s: the workbook is encrypted: save it without a password", file)
	case err != nil:
		return nil, fmt.Errorf("%s: the workbook cannot be read: %w: save it again, or as CSV", file, err)
	}
	defer f.Close()
	var out []table.Sheet
	for _, s := range names {
		shape, err := parts.inspect(s)
		if err != nil {
			return nil, err
		}
		sheet := table.Sheet{Name: s.name, Hidden: s.hidden}
		if shape.rows > 0 {
			if sheet.Rows, err = readRows(f, file, s.name, shape); err != nil {
				return nil, err
			}
		}
		out = append(out, sheet)
	}
	return out, nil
}

// readRows reads the sheet twice at once: as the file holds it and as a screen
// shows it.
func readRows(f *excelize.File, file, name string, sh shape) ([]table.Row, error) {
	held, err := f.Rows(name)
	if err != nil {
		return nil, fmt.Errorf("%s: sheet %q: %w", file, name, err)
	}
	defer held.Close()
	shown, err := f.Rows(name)
	if err != nil {
		return nil, fmt.Errorf("%s: sheet %q: %w", file, name, err)
	}
	defer shown.Close()
	var out []table.Row
	for number := 1; held.Next() && shown.Next(); number++ {
		if number > sh.last {
			break
		}
		raw, err := held.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return nil, fmt.Errorf("%s: sheet %q: row %d: %w", file, name, number, err)
		}
		hidden := held.GetRowOpts().Hidden
		text, err := shown.Columns(excelize.Options{RawCellValue: false})
		if err != nil {
			return nil, fmt.Errorf("%s: sheet %q: row %d: %w", file, name, number, err)
		}
		row := readRow(number, raw, text)
		row.Hidden = hidden
		if row.Cells == nil {
			continue
		}
		if err := table.Check(file, row, len(out)); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return fill(out, sh.merged), errors.Join(held.Error(), shown.Error())
}

func readRow(number int, raw, text []string) table.Row {
	row := table.Row{Number: number}
	for i, r := range raw {
		t := r
		if i < len(text) {
			t = text[i]
		}
		value, date := choose(r, t)
		clean, invisible := table.Clean(value)
		row.Invisible = row.Invisible || invisible
		if date {
			row.Dates = append(row.Dates, i)
		}
		row.Cells = append(row.Cells, clean)
	}
	return row
}

var (
	number       = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?(E[-+]?[0-9]+)?$`)
	leadingZeros = regexp.MustCompile(`^0[0-9]+$`)
	dateLike     = regexp.MustCompile(`(?i)^([0-9]{1,4}|[a-z]{3,9})[-/.: ]`)
	amount       = regexp.MustCompile(`^[^0-9A-Za-z]{0,3}[-(]?[0-9.,'  ]+(E[-+]?[0-9]+)?\)?[ %]{0,2}[^0-9A-Za-z]{0,3}$`)
)

// choose takes what the file holds, unless a screen shows something that the
// number alone does not say.
func choose(raw, text string) (value string, date bool) {
	switch {
	case raw == text || !number.MatchString(raw):
		return text, false
	case leadingZeros.MatchString(text):
		return text, false
	case strings.HasSuffix(strings.TrimSpace(text), "%"):
		return text, false
	case amount.MatchString(text):
		return raw, false
	case text == "TRUE" || text == "FALSE":
		return text, false
	}
	return text, dateLike.MatchString(text)
}

// fill writes the value of each merged range into all of its rows, in the
// range's first column. Ranges beyond maxFilled, which only overlap can make,
// are left alone.
func fill(rows []table.Row, merged []cellRange) []table.Row {
	at := map[int]int{}
	for i, r := range rows {
		at[r.Number] = i
	}
	filled := 0
	for _, m := range merged {
		top, ok := at[m.top]
		if !ok || m.left >= len(rows[top].Cells) || rows[top].Cells[m.left] == "" {
			continue
		}
		for i := top + 1; i < len(rows) && rows[i].Number <= m.bottom && filled < maxFilled; i++ {
			filled++
			for len(rows[i].Cells) <= m.left {
				rows[i].Cells = append(rows[i].Cells, "")
			}
			if rows[i].Cells[m.left] == "" {
				rows[i].Cells[m.left] = rows[top].Cells[m.left]
			}
		}
	}
	return rows
}
