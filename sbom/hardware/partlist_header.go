package hardware

import (
	"cmp"
	_ "embed"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/table"
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
	colDatasheet    column = "datasheet"
	colInternal     column = "internal"      // the part's number with whoever wrote the list
	colSupplierPart column = "supplier-part" // its number with the seller
	colAlternates   column = "alternates"    // part numbers that may stand in its place
	colIgnored      column = "ignored"       // row numbers, sums: understood, and no property of a part
	originPrefix           = "origin."
)

var plainColumns = []column{
	colMPN, colManufacturer, colDescription, colCategory, colDesignators, colQuantity, colSupplier, colRevision,
	colNotFitted, colFitted, colPrice, colCurrency, colHS, colECCN, colLot, colNode, colPackage, colDatasheet,
	colInternal, colSupplierPart, colAlternates, colIgnored,
}

func (c column) valid() bool {
	stage, isOrigin := strings.CutPrefix(string(c), originPrefix)
	return slices.Contains(plainColumns, c) || isOrigin && sbom.IsStage(stage)
}

// many reports whether several columns may mean this.
func (c column) many() bool { return c == colDescription || c == colIgnored || c == colAlternates }

// The headers that part lists use: meaning, header. Of several columns with one
// meaning, the one whose header stands first here has it. A header may have a
// second meaning for lists in which the first is taken (Vendor beside
// Manufacturer is the supplier).
//
//go:embed data/headers.csv
var headerData string

// A meaning of a header; a lower rank is more telling.
type meaning struct {
	column column
	rank   int
}

// headers maps normalised header text to its meanings.
var headers = sync.OnceValue(func() map[string][]meaning {
	m := map[string][]meaning{}
	records, err := csv.NewReader(strings.NewReader(headerData)).ReadAll()
	if err != nil {
		return m // a test reads the same data and fails
	}
	for i, r := range records[1:] {
		key := normaliseHeader(r[1])
		m[key] = append(m[key], meaning{column(r[0]), i})
	}
	return m
})

func knownHeader(cell string) bool { return headers()[normaliseHeader(cell)] != nil }

// normaliseHeader folds case, width and punctuation: "Mfr. P/N" and "mfr p n"
// are one header, and so are "부품 번호" and "부품번호".
func normaliseHeader(s string) string {
	s = strings.ToLower(norm.NFKC.String(s))
	words := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t\r\n._-/\\()[]{}:#*\"'、。・,;|", r) })
	return squeezeEast(strings.Join(words, " "))
}

// A header says which column holds what.
type header struct {
	index    int // among the rows read
	row      table.Row
	columns  map[column][]int
	currency string           // that the header of the price names, such as "Unit Price (USD)"
	options  map[string][]int // columns of further makers and part numbers, by their number
	means    []string         // of each column, "" if it is not understood
}

func (h header) has(c column) bool { return len(h.columns[c]) > 0 }

// score says how much of a part list the header names.
func (h header) score() int {
	n := len(h.options)
	for c := range h.columns {
		if c != colIgnored {
			n++
		}
	}
	return n
}

// named reports whether the header says which column names the part.
func (h header) named() bool {
	return slices.ContainsFunc([]column{colMPN, colManufacturer, colDescription, colDesignators, colInternal}, h.has)
}

// title is a column's header; columns without one go by their letter.
func (h header) title(i int) string {
	if i < len(h.row.Cells) && h.row.Cells[i] != "" {
		return strings.Join(strings.Fields(h.row.Cells[i]), " ")
	}
	return columnLetter(i)
}

// titles lists the header's cells.
func (h header) titles() string {
	var out []string
	for _, c := range h.row.Cells {
		if c != "" {
			out = append(out, strconv.Quote(strings.Join(strings.Fields(c), " ")))
		}
	}
	return strings.Join(out, ", ")
}

func columnLetter(i int) string {
	s := ""
	for i++; i > 0; i = (i - 1) / 26 {
		s = string(rune('A'+(i-1)%26)) + s
	}
	return s
}

func (h header) repeats(row table.Row) bool { return slices.Equal(h.row.Cells, row.Cells) }

// maxHeaderDepth is how far down a header is looked for: title blocks above it
// are a few rows.
const maxHeaderDepth = 30

// findHeader chooses the row that names most columns, the first best one. A
// header names at least two, one of them a part number, a maker, a description
// or designators.
func findHeader(rows []table.Row, override map[string]string) (header, bool) {
	var best header
	most := 1
	for i, row := range rows[:min(len(rows), maxHeaderDepth)] {
		if row.Blank() {
			continue
		}
		h := readHeader(row, override)
		if n := h.score(); h.named() && n > most {
			best, most = h, n
			best.index = i
		}
	}
	if most > 1 {
		best.numbered(rows[best.index+1:])
	}
	return best, most > 1
}

// columnsLine is a line of a handset file that gives the columns of a part list
// their meaning, to be pasted.
func columnsLine(file, columns string) string {
	return fmt.Sprintf("inputs: [{path: %q, columns: {%s}}]", file, columns)
}

// checkColumns refuses an override that the header does not fulfil.
func checkColumns(file string, h header, override map[string]string) error {
	for _, field := range slices.Sorted(maps.Keys(override)) {
		if !column(field).valid() {
			return fmt.Errorf("%s: columns: %q is no field of a part list: choose one of %s, or origin.<stage>", file, field, joinColumns())
		}
		if !h.has(column(field)) {
			return fmt.Errorf("%s: columns: no column is headed %q: the header (%s) has %s", file, override[field], h.row.Place(), h.titles())
		}
	}
	return nil
}

func joinColumns() string {
	var names []string
	for _, c := range plainColumns {
		names = append(names, string(c))
	}
	return strings.Join(names, ", ")
}

// readHeader gives every column of the row its meaning: first what the
// override says, then by rank.
func readHeader(row table.Row, override map[string]string) header {
	h := header{row: row, columns: map[column][]int{}, options: map[string][]int{}, means: make([]string, len(row.Cells))}
	said := map[string]column{}
	for field, title := range override {
		said[normaliseHeader(title)] = column(field)
	}
	type claim struct {
		meaning
		at       int
		option   string
		currency string
	}
	var claims []claim
	for i, title := range row.Cells {
		key := normaliseHeader(title)
		if key == "" {
			continue
		}
		if c, ok := said[key]; ok {
			claims = append(claims, claim{meaning: meaning{c, -1}, at: i})
			continue
		}
		ms, option, currency := understand(key)
		for _, m := range ms {
			claims = append(claims, claim{m, i, option, currency})
		}
	}
	slices.SortStableFunc(claims, func(a, b claim) int { return cmp.Compare(a.rank, b.rank) })
	for _, c := range claims {
		switch {
		case h.means[c.at] != "":
		case c.option != "" && (c.column == colMPN || c.column == colManufacturer):
			h.setOption(c.option, c.column, c.at)
		case c.option != "" && c.column != colIgnored:
			// A further supplier or price is no property of the part itself.
		case !h.has(c.column) || c.column.many():
			h.columns[c.column] = append(h.columns[c.column], c.at)
			h.means[c.at] = string(c.column)
			h.currency = cmp.Or(h.currency, c.currency)
		}
	}
	slices.Sort(h.columns[colDescription])
	return h
}

// Positions in header.options.
const (
	optionMPN = iota
	optionMaker
)

func (h *header) setOption(number string, c column, at int) {
	o := h.options[number]
	if o == nil {
		o = []int{-1, -1}
		h.options[number] = o
	}
	slot := optionMPN
	if c == colManufacturer {
		slot = optionMaker
	}
	if o[slot] < 0 {
		o[slot] = at
		h.means[at] = "alternate " + string(c)
	}
}

// understand gives the meanings of a header. option tells further makers and
// part numbers apart ("MPN 2", "Alternate Manufacturer"); currency is the one
// that the header of a price names.
func understand(key string) (ms []meaning, option, currency string) {
	if ms := headers()[key]; ms != nil {
		return ms, "", ""
	}
	if c, ok := originHeader(key); ok {
		return []meaning{{c, 0}}, "", ""
	}
	if base, code, ok := currencyHeader(key); ok {
		for _, m := range headers()[base] {
			if m.column == colPrice {
				return []meaning{m}, "", code
			}
		}
	}
	if ms := twoLanguages(key); ms != nil {
		return ms, "", ""
	}
	base, option := optionHeader(key)
	return headers()[base], option, ""
}

// twoLanguages understands a header that says one thing twice, such as
// "制造商/Manufacturer": each half by itself is a header, and of one meaning.
// Halves that differ, or of which one is not known, are not understood.
func twoLanguages(key string) []meaning {
	east, west := splitEast(key)
	if east == "" || west == "" {
		return nil
	}
	for _, e := range headers()[east] {
		for _, w := range headers()[west] {
			if e.column == w.column {
				return []meaning{e}
			}
		}
	}
	return nil
}

var alternateWords = []string{"alternate", "alternative", "alt", "second source", "2nd source", "substitute", "대체", "代替", "替代"}

// optionHeader splits "mpn 2", "mpn2" and "alternate mpn" into the header and
// what tells the alternate from others. "Manufacturer 1" is the first choice.
func optionHeader(key string) (base, option string) {
	for _, w := range alternateWords {
		if rest, ok := strings.CutPrefix(key, w); ok {
			base, option = strings.TrimSpace(rest), "alternate"
			break
		}
		if rest, ok := strings.CutSuffix(key, w); ok {
			base, option = strings.TrimSpace(rest), "alternate"
			break
		}
	}
	if option == "" {
		base = key
	}
	trimmed := strings.TrimRight(base, "0123456789")
	digits := base[len(trimmed):]
	if digits == "" && option != "" { // "alternate 2 mpn"
		if n, rest, ok := strings.Cut(base, " "); ok {
			if _, err := strconv.Atoi(n); err == nil {
				return rest, option + " " + n
			}
		}
	}
	base = strings.TrimSpace(trimmed)
	switch n, _ := strconv.Atoi(digits); {
	case len(digits) > 2:
		return "", ""
	case option != "" && digits != "":
		return base, option + " " + digits
	case option == "" && n >= 2:
		return base, digits
	}
	return base, option
}

// currencyHeader splits "unit price usd".
func currencyHeader(key string) (base, code string, ok bool) {
	i := strings.LastIndexByte(key, ' ')
	if i < 0 {
		return "", "", false
	}
	code, ok = currencyNamed(key[i+1:])
	return strings.TrimSuffix(key[:i], " in"), code, ok
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
		{"final", "final-assembled"},
		{"wafer", "wafer-fabricated"},
		{"fab", "wafer-fabricated"},
		{"foundry", "wafer-fabricated"},
		{"diffusion", "wafer-fabricated"},
		{"assembly", "assembled"},
		{"assembled", "assembled"},
		{"assy", "assembled"},
		{"packaging", "packaged"},
		{"packaged", "packaged"},
		{"test", "tested"},
		{"tested", "tested"},
		{"design", "designed"},
		{"designed", "designed"},
		{"manufacture", "manufactured"},
		{"manufacturing", "manufactured"},
		{"manufactured", "manufactured"},
		{"mfg", "manufactured"},
		{"production", "manufactured"},
		{"shipping", "shipped-from"},
		{"shipped", "shipped-from"},
		{"customs", "customs"},
	} {
		if slices.Contains(words, w.word) {
			return column(originPrefix + w.stage), true
		}
	}
	return "", false
}

// numbered takes columns that only count the rows ("Item" above 1, 2, 3) out of
// the description.
func (h *header) numbered(rows []table.Row) {
	h.columns[colDescription] = slices.DeleteFunc(h.columns[colDescription], func(at int) bool {
		before, seen := -1, false
		for _, r := range rows {
			if at >= len(r.Cells) || r.Cells[at] == "" {
				continue
			}
			n, err := strconv.Atoi(r.Cells[at])
			if err != nil || n <= before {
				return false
			}
			before, seen = n, true
		}
		if seen {
			h.columns[colIgnored] = append(h.columns[colIgnored], at)
			h.means[at] = string(colIgnored)
		}
		return seen
	})
	if len(h.columns[colDescription]) == 0 {
		delete(h.columns, colDescription)
	}
}
