// Package table reads tables that are text: rows of cells, separated by comma,
// semicolon, tab or bar, in the encodings that spreadsheets save.
//
// What a table means is not its concern: it finds the encoding and the
// separator, says how, and gives every row with the number that a spreadsheet
// shows beside it. An encoding that cannot be told is an error that names the
// choices, never a guess.
package table

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
)

// Limits on tables. The largest real part lists seen have some 2,000 rows.
const (
	// MaxBytes bounds a file before it is decoded.
	MaxBytes = 64 << 20
	// MaxRows is more parts than any device has positions for.
	MaxRows = 200_000
	// MaxColumns is several times the widest real list, which has 35.
	MaxColumns = 512
	// MaxCell is what a spreadsheet's cell can hold, in bytes.
	MaxCell = 32_767
)

// A Sheet is one table of a file.
type Sheet struct {
	Name   string // "" where the file has but one
	Hidden bool   // a spreadsheet does not show it
	Rows   []Row
}

// A Row is one row. Cells have no white space around them, and no control or
// invisible characters in them but line breaks.
type Row struct {
	Number    int    // as a spreadsheet counts, from 1
	At        string // where the row stands, if not "row <Number>"
	Cells     []string
	Hidden    bool  // a spreadsheet does not show it
	Dates     []int // columns in which the spreadsheet holds a date
	Invisible bool  // invisible characters were taken out of a cell
}

// Place names the row for people.
func (r Row) Place() string {
	if r.At != "" {
		return r.At
	}
	return fmt.Sprintf("row %d", r.Number)
}

// Blank reports whether the row says nothing.
func (r Row) Blank() bool {
	return !slices.ContainsFunc(r.Cells, func(c string) bool { return c != "" })
}

// A Text is a table that was read from text.
type Text struct {
	Rows      []Row
	Encoding  string // such as UTF-8, Shift-JIS
	Why       string // how the encoding was found
	Separator rune
	// Bare is set where quotation marks stand inside unquoted cells, as in
	// 6.67" panel, and were taken as they are.
	Bare bool
}

// ReadText reads a table. known reports whether a cell is one that the caller
// would understand as a header; it helps to tell encodings apart and may be
// nil. file is for messages.
func ReadText(file string, data []byte, known func(cell string) bool) (Text, error) {
	if len(data) > MaxBytes {
		return Text{}, fmt.Errorf("%s: larger than %d MiB: split the part list", file, MaxBytes>>20)
	}
	data, enc, err := decode(file, data, known)
	if err != nil {
		return Text{}, err
	}
	t := Text{Encoding: enc.name, Why: enc.why}
	first := 1
	if rest, sep, ok := separatorLine(data); ok {
		data, t.Separator, first = rest, sep, 2
	} else {
		t.Separator = separator(data)
	}
	rows, err := parse(file, data, t.Separator, first, false)
	if errors.Is(err, csv.ErrBareQuote) || errors.Is(err, csv.ErrQuote) {
		// Only where no cell then swallows a line is this reading certain.
		if lazy, lazyErr := parse(file, data, t.Separator, first, true); lazyErr == nil && !spansLines(lazy) {
			rows, err, t.Bare = lazy, nil, true
		}
	}
	if err != nil {
		return Text{}, err
	}
	t.Rows = rows
	return t, nil
}

func spansLines(rows []Row) bool {
	return slices.ContainsFunc(rows, func(r Row) bool {
		return slices.ContainsFunc(r.Cells, func(c string) bool { return strings.Contains(c, "\n") })
	})
}

// separatorLine reads the line "sep=;" with which spreadsheets begin some
// files.
func separatorLine(data []byte) (rest []byte, sep rune, ok bool) {
	line, rest, _ := bytes.Cut(data, []byte("\n"))
	line = bytes.TrimRight(line, "\r")
	if len(line) == 5 && bytes.HasPrefix(line, []byte("sep=")) && slices.Contains(separators, rune(line[4])) {
		return rest, rune(line[4]), true
	}
	return nil, 0, false
}

var separators = []rune{',', ';', '\t', '|'}

// separator is the character that splits the first lines most evenly.
func separator(data []byte) rune {
	const sampleLines = 30
	sample := data[:min(len(data), 64<<10)]
	best, most := ',', 0
	for _, sep := range separators {
		r := csv.NewReader(bytes.NewReader(sample))
		r.Comma, r.FieldsPerRecord, r.LazyQuotes = sep, -1, true
		counts := map[int]int{}
		for range sampleLines {
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

func parse(file string, data []byte, sep rune, first int, lazy bool) ([]Row, error) {
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = sep, -1, lazy
	r.TrimLeadingSpace = sep != '\t'
	r.ReuseRecord = true
	var rows []Row
	folded := 0 // line breaks inside quoted cells so far
	for {
		record, err := r.Read()
		if err == io.EOF {
			return rows, nil
		}
		var pe *csv.ParseError
		if errors.As(err, &pe) {
			return nil, fmt.Errorf("%s: line %d: %w: open it in a spreadsheet and save it again as CSV", file, pe.Line+first-1, pe.Err)
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		line, _ := r.FieldPos(0)
		row := Row{Number: line - folded + first - 1, Cells: make([]string, 0, len(record))}
		for _, cell := range record {
			folded += strings.Count(cell, "\n")
			clean, invisible := Clean(cell)
			row.Invisible = row.Invisible || invisible
			row.Cells = append(row.Cells, clean)
		}
		if err := Check(file, row, len(rows)); err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
}

// Check holds a row against the limits; before is the number of rows that came
// before it.
func Check(file string, row Row, before int) error {
	switch {
	case before >= MaxRows:
		return fmt.Errorf("%s: more than %d rows: split the part list", file, MaxRows)
	case len(row.Cells) > MaxColumns:
		return fmt.Errorf("%s: %s: more than %d columns", file, row.Place(), MaxColumns)
	case slices.ContainsFunc(row.Cells, func(c string) bool { return len(c) > MaxCell }):
		return fmt.Errorf("%s: %s: a cell holds more than %d bytes", file, row.Place(), MaxCell)
	}
	return nil
}

// Clean trims a cell, makes every space a plain one, and takes out control and
// invisible characters, with which one part number can be made to look like
// another; invisible tells whether there were any.
func Clean(cell string) (clean string, invisible bool) {
	if plain(cell) {
		return strings.TrimSpace(cell), false
	}
	cell = strings.ReplaceAll(cell, "\r\n", "\n")
	clean = strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\r', r == 0x2028, r == 0x2029:
			return '\n'
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cf, r), unicode.IsControl(r):
			invisible = true
			return -1
		}
		return r
	}, cell)
	return strings.TrimSpace(clean), invisible
}

func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}
