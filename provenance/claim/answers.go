package claim

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/originbom/originbom/sbom/country"
)

// maxRows bounds an answered spreadsheet: a phone has some hundred parts.
const maxRows = 20000

// ReadAnswers reads the spreadsheet that Request.CSV wrote, saved as CSV by
// whatever program, with commas, semicolons or tabs: one claim for each claim
// number and part, in the order of the rows. Rows without a country that are not
// withheld are no answer. notes tell of those, and of countries that were read
// with a doubt. Every problem of the file is reported, with its line and column.
func ReadAnswers(file string, data []byte) (claims []*Claim, notes []string, err error) {
	rows, err := answerRows(file, data)
	if err != nil {
		return nil, nil, err
	}
	a := answersOf(rows)
	var errs []error
	for _, p := range a.bad {
		errs = append(errs, fmt.Errorf("%s: %s: %s", file, p.place, p.text))
	}
	if len(errs) > 0 {
		return nil, nil, errors.Join(errs...)
	}
	for _, c := range a.claims {
		if err := c.Check(); err != nil {
			errs = append(errs, fmt.Errorf("%s: claim %s: %w", file, c.ID, oneLine(err)))
		}
		claims = append(claims, c.Claim)
	}
	if len(errs) > 0 {
		return nil, nil, errors.Join(errs...)
	}
	if len(a.claims) == 0 {
		return nil, nil, notAnswered(file)
	}
	for _, p := range a.notes {
		notes = append(notes, fmt.Sprintf("%s: %s: %s", file, p.place, p.text))
	}
	return claims, notes, nil
}

func notAnswered(file string) error {
	return fmt.Errorf("%s: no row is answered: fill in the column %q", file, colCountry)
}

// An answerRow is a row by the names of its columns.
type answerRow struct {
	line  int
	cells map[string]string
}

func answerRows(file string, data []byte) ([]answerRow, error) {
	if len(data) > maxStatement*16 {
		return nil, fmt.Errorf("%s: larger than %d MiB", file, maxStatement*16>>20)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		return nil, fmt.Errorf("%s: is not UTF-8 text: save it as \"CSV UTF-8\"", file)
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord, r.LazyQuotes = -1, false
	first, _, _ := strings.Cut(string(data), "\n")
	for _, comma := range []rune{';', '\t'} {
		if strings.Count(first, string(comma)) > strings.Count(first, ",") {
			r.Comma = comma
		}
	}
	header, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: has no header: %w", file, err)
	}
	at, err := answerHeader(file, header)
	if err != nil {
		return nil, err
	}
	var out []answerRow
	for {
		rec, err := r.Read()
		if rec == nil {
			if len(out) == 0 {
				return nil, fmt.Errorf("%s: has no rows under its header", file)
			}
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if len(out) == maxRows {
			return nil, fmt.Errorf("%s: has more than %d rows", file, maxRows)
		}
		line, _ := r.FieldPos(0)
		row := answerRow{line, map[string]string{}}
		for name, i := range at {
			if i < len(rec) {
				row.cells[name] = plain(strings.TrimSpace(rec[i]))
			}
		}
		out = append(out, row)
	}
}

// answerHeader finds the columns by name. Others may stand between them.
func answerHeader(file string, header []string) (map[string]int, error) {
	at := map[string]int{}
	for i, cell := range header {
		for _, name := range columns {
			if strings.EqualFold(strings.TrimSpace(cell), name) {
				if _, ok := at[name]; ok {
					return nil, fmt.Errorf("%s: the column %q stands there twice: keep one", file, name)
				}
				at[name] = i
			}
		}
	}
	for _, name := range []string{colNumber, colMaker, colPart, colStage, colCountry, colFrom} {
		if _, ok := at[name]; !ok {
			return nil, fmt.Errorf("%s: has no column %q: give the spreadsheet that claim questions wrote, with its header as it was", file, name)
		}
	}
	return at, nil
}

// answers are the rows of a spreadsheet as claims, in the order of the rows.
type answers struct {
	claims []*answer
	byKey  map[string]*answer
	notes  []remark // rows without an answer, and values that were read with a doubt
	bad    []remark // values that could not be read; their rows are in no claim
}

// An answer is a claim of a spreadsheet.
type answer struct {
	*Claim
	lines []int  // of each stage
	use   string // where the part is used, as the question said
}

// A remark is about a place of a spreadsheet.
type remark struct{ place, text string }

func answersOf(rows []answerRow) answers {
	a := answers{byKey: map[string]*answer{}}
	for _, row := range rows {
		a.row(row)
	}
	return a
}

func (r answerRow) place() string { return fmt.Sprintf("line %d", r.line) }

func (a *answers) unread(row answerRow, column, format string, args ...any) {
	a.bad = append(a.bad, remark{fmt.Sprintf("%s: column %q", row.place(), column), fmt.Sprintf(format, args...)})
}

func (a *answers) row(row answerRow) {
	s := Stage{Stage: row.cells[colStage], Site: row.cells[colSite], PerformedBy: row.cells[colBy]}
	said := row.cells[colCountry]
	switch hold := strings.ToLower(row.cells[colHold]); hold {
	case "yes", "y", "true", "x":
		s.Withheld = true
	case "", "no", "n", "false":
	default:
		a.unread(row, colHold, "%.40q is neither yes nor blank", hold)
	}
	if said == "" && !s.Withheld {
		a.notes = append(a.notes, remark{row.place(), fmt.Sprintf("%s of %s is not answered", s.Stage, cmp.Or(row.cells[colPart], "a part without a number"))})
		return
	}
	if said != "" {
		c, err := country.Parse(said)
		if err != nil {
			a.unread(row, colCountry, "%v", err)
			return
		}
		s.Country = c.Code
		if c.Note != "" {
			a.notes = append(a.notes, remark{row.place(), c.Note})
		}
	}
	if share := strings.TrimSpace(strings.TrimSuffix(row.cells[colShare], "%")); share != "" {
		n, err := strconv.ParseFloat(strings.Replace(share, ",", ".", 1), 64)
		if err != nil {
			a.unread(row, colShare, "%.40q is no percentage", share)
			return
		}
		s.Share = &Share{n, n}
	}
	for _, col := range []string{colFrom, colUntil} {
		date, err := answerDate(row.cells[col])
		if err != nil {
			a.unread(row, col, "%v", err)
			return
		}
		row.cells[col] = date
	}
	c := a.claim(row)
	c.Stages = append(c.Stages, s)
	c.lines = append(c.lines, row.line)
}

// answerDate reads a date as spreadsheet programs write it back, and refuses one
// that could be two.
func answerDate(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	found := map[string]bool{}
	iso := ""
	for _, layout := range []string{time.DateOnly, "2006/1/2", "2006.1.2", "2006. 1. 2", "2.1.2006", "1/2/2006", "2/1/2006", "1-2-06", "2-1-06"} {
		if t, err := time.Parse(layout, strings.TrimSuffix(s, ".")); err == nil {
			iso = t.Format(time.DateOnly)
			found[iso] = true
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("%.40q is no date: write 2026-11-22", s)
	case 1:
		return iso, nil
	}
	return "", fmt.Errorf("%q can be two dates: write 2026-11-22", s)
}

// claim finds the claim that a row belongs to.
func (a *answers) claim(row answerRow) *answer {
	get := func(name string) string { return row.cells[name] }
	part := Part{Manufacturer: get(colMaker), PartNumber: get(colPart), Revision: get(colRev), Lot: get(colLot)}
	key := strings.Join([]string{get(colNumber), part.String(), get(colFrom), get(colUntil)}, "\x00")
	if c := a.byKey[key]; c != nil {
		return c
	}
	name := get(colCompany)
	if name == "" {
		name = part.Manufacturer
	}
	c := &answer{
		Claim: &Claim{ID: get(colNumber), Claimant: Party{Name: name}, Part: part, ValidFrom: get(colFrom), ValidUntil: get(colUntil)},
		use:   get(colUse),
	}
	a.byKey[key] = c
	a.claims = append(a.claims, c)
	return c
}
