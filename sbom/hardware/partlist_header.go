package hardware

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"

	"github.com/originbom/originbom/sbom"
)

// A column is what a column of a part list means: one of the constants below,
// or "origin." with a stage.
type column string

const (
	colMPN          column = "mpn"
	colManufacturer column = "manufacturer"
	colDescription  column = "description"
	colCategory     column = "category"
	colDesignators  column = "designators"
	colQuantity     column = "quantity"
	colSupplier     column = "supplier"
	colRevision     column = "revision"
	colNotFitted    column = "not-fitted" // true where the part is not populated
	colFitted       column = "fitted"     // true where it is
	colPrice        column = "price"
	colCurrency     column = "currency"
	colHS           column = "hs"
	colECCN         column = "eccn"
	colLot          column = "lot"
	colNode         column = "technology-node"
	colPackage      column = "package"
	originPrefix           = "origin."
)

var plainColumns = []column{
	colMPN, colManufacturer, colDescription, colCategory, colDesignators, colQuantity, colSupplier, colRevision,
	colNotFitted, colFitted, colPrice, colCurrency, colHS, colECCN, colLot, colNode, colPackage,
}

func (c column) valid() bool {
	stage, isOrigin := strings.CutPrefix(string(c), originPrefix)
	return slices.Contains(plainColumns, c) || isOrigin && sbom.IsStage(stage)
}

// The headers that part lists use, as seen on published ones: meaning, header.
//
//go:embed data/headers.csv
var headerData string

// headers maps normalised header text to its meaning.
var headers = sync.OnceValue(func() map[string]column {
	m := map[string]column{}
	records, err := csv.NewReader(strings.NewReader(headerData)).ReadAll()
	if err != nil {
		return m // a test reads the same data and fails
	}
	for _, r := range records[1:] {
		m[normaliseHeader(r[1])] = column(r[0])
	}
	return m
})

// normaliseHeader folds case, width and punctuation: "Mfr. P/N" and "mfr p n"
// are one header.
func normaliseHeader(s string) string {
	s = strings.ToLower(norm.NFKC.String(s))
	words := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t\r\n._-/\\()[]{}:#*\"'", r) })
	return strings.Join(words, " ")
}

// A header says which column holds what.
type header struct {
	index   int // among the rows read
	number  int // as the spreadsheet counts
	titles  []string
	columns map[column]int // the first column with that meaning
	unused  []string
}

func (h header) has(c column) bool { _, ok := h.columns[c]; return ok }

func (h header) cell(row tableRow, c column) string {
	i, ok := h.columns[c]
	if !ok || i >= len(row.cells) {
		return ""
	}
	return row.cells[i]
}

// place names a cell in evidence.
func (h header) place(row tableRow, c column) string {
	return fmt.Sprintf("row %d, column %q", row.number, h.titles[h.columns[c]])
}

func (h header) repeats(row tableRow) bool { return slices.Equal(h.titles, row.cells) }

// origins are the stage columns in the order of stages.
func (h header) origins() []column {
	var out []column
	for _, stage := range sbom.Stages {
		if c := column(originPrefix + stage); h.has(c) {
			out = append(out, c)
		}
	}
	return out
}

// findHeader scores the first rows by how many of their cells name a column of
// a part list, and takes the first best one. A header names at least two, one
// of them a part number, a maker, a description or designators.
func findHeader(file string, rows []tableRow, override map[string]string) (header, error) {
	var best header
	most := 1
	for i, row := range rows[:min(len(rows), maxHeaderDepth)] {
		h := readHeader(row, override)
		named := h.has(colMPN) || h.has(colManufacturer) || h.has(colDescription) || h.has(colDesignators)
		if named && len(h.columns) > most {
			best, most = h, len(h.columns)
			best.index = i
		}
	}
	if most == 1 {
		return header{}, fmt.Errorf("%s: %w: a part list names its columns, such as MPN, Manufacturer, Quantity", file, ErrNoHeader)
	}
	for _, field := range slices.Sorted(maps.Keys(override)) {
		if !column(field).valid() {
			return header{}, fmt.Errorf("%s: columns: %q is no field of a part list: choose one of %s, or origin.<stage>", file, field, joinColumns())
		}
		if !best.has(column(field)) {
			return header{}, fmt.Errorf("%s: columns: no column is headed %q", file, override[field])
		}
	}
	return best, nil
}

func joinColumns() string {
	var names []string
	for _, c := range plainColumns {
		names = append(names, string(c))
	}
	return strings.Join(names, ", ")
}

func readHeader(row tableRow, override map[string]string) header {
	h := header{number: row.number, titles: row.cells, columns: map[column]int{}}
	meaning := map[string]column{}
	for field, title := range override {
		meaning[normaliseHeader(title)] = column(field)
	}
	for i, title := range row.cells {
		key := normaliseHeader(title)
		if key == "" {
			continue
		}
		col, ok := meaning[key]
		if !ok {
			col, ok = headers()[key]
		}
		if !ok {
			col, ok = originHeader(key)
		}
		if _, taken := h.columns[col]; !ok || taken {
			h.unused = append(h.unused, title)
			continue
		}
		h.columns[col] = i
	}
	return h
}

// originHeader understands headers that name a country and a stage, such as
// "Assembly country" or "Wafer fab COO": the stage in the header wins over
// what "country of origin" means alone.
func originHeader(key string) (column, bool) {
	words := strings.Fields(key)
	asks := slices.ContainsFunc(words, func(w string) bool { return w == "country" || w == "coo" || w == "origin" })
	if !asks {
		return "", false
	}
	for _, w := range []struct{ word, stage string }{
		{"final", "final-assembled"}, {"wafer", "wafer-fabricated"}, {"fab", "wafer-fabricated"}, {"foundry", "wafer-fabricated"},
		{"assembly", "assembled"}, {"assembled", "assembled"}, {"assy", "assembled"}, {"packaging", "packaged"}, {"packaged", "packaged"},
		{"test", "tested"}, {"tested", "tested"}, {"design", "designed"}, {"designed", "designed"},
		{"manufacture", "manufactured"}, {"manufacturing", "manufactured"}, {"manufactured", "manufactured"},
		{"mfg", "manufactured"}, {"production", "manufactured"}, {"shipping", "shipped-from"}, {"shipped", "shipped-from"},
		{"customs", "customs"},
	} {
		if slices.Contains(words, w.word) {
			return column(originPrefix + w.stage), true
		}
	}
	return "", false
}
