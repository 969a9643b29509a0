package registry

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits on a user's files. The embedded files are a tenth of each.
const (
	maxFile  = 16 << 20 // bytes of one file: a registry of some 100,000 organisations
	maxRows  = 200_000
	maxField = 8 << 10 // bytes: sources and notes are a few hundred
)

// A row is one record of a file. Getters collect the first problem in err.
type row struct {
	file    string
	line    int
	columns map[string]int // by name; shared by all rows of a file
	values  []string
	err     error
}

// A sheet says which columns a file may have.
type sheet struct {
	name     string
	required []string // columns that must be there and filled
	optional []string // columns that may be missing or blank
}

// read reads one file of a registry. A file that is not there has no rows.
func (s sheet) read(fsys fs.FS) (rows []*row, data []byte, err error) {
	f, err := fsys.Open(s.name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	data, err = io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", s.name, err)
	}
	if len(data) > maxFile {
		return nil, nil, fmt.Errorf("%s: has more than %d bytes; split it into several registries", s.name, maxFile)
	}
	rows, err = s.parse(data)
	return rows, data, err
}

// parse reads the rows of a file.
func (s sheet) parse(data []byte) ([]*row, error) {
	if !utf8.Valid(data) {
		return nil, fmt.Errorf("%s: is not UTF-8; save it as UTF-8", s.name)
	}
	cr := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	head, err := cr.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: line 1: the header cannot be read: %w", s.name, err)
	}
	head = slices.Clone(head)
	if err := s.checkHead(head); err != nil {
		return nil, err
	}
	columns := make(map[string]int, len(head))
	for i, h := range head {
		columns[h] = i
	}
	var rows []*row
	for {
		rec, err := cr.Read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		if len(rows) == maxRows {
			return nil, fmt.Errorf("%s: has more than %d rows; split it into several registries", s.name, maxRows)
		}
		line, _ := cr.FieldPos(0)
		r := &row{file: s.name, line: line, columns: columns, values: rec}
		for i, h := range head {
			if len(rec[i]) > maxField {
				return nil, r.errorf(h, "has more than %d bytes", maxField)
			}
			if strings.ContainsFunc(rec[i], unicode.IsControl) {
				return nil, r.errorf(h, "holds a control character or a line break; remove it")
			}
			rec[i] = strings.TrimSpace(rec[i])
		}
		for _, h := range s.required {
			if r.get(h) == "" {
				return nil, r.errorf(h, "is blank; fill it in")
			}
		}
		rows = append(rows, r)
	}
}

func (s sheet) checkHead(head []string) error {
	for i, h := range head {
		if !slices.Contains(s.required, h) && !slices.Contains(s.optional, h) {
			return fmt.Errorf("%s: line 1: column %q is not known; the columns are %s", s.name, h, strings.Join(slices.Concat(s.required, s.optional), ", "))
		}
		if slices.Contains(head[:i], h) {
			return fmt.Errorf("%s: line 1: column %q stands there twice", s.name, h)
		}
	}
	for _, h := range s.required {
		if !slices.Contains(head, h) {
			return fmt.Errorf("%s: line 1: column %q is missing", s.name, h)
		}
	}
	return nil
}

func (r *row) errorf(column, format string, args ...any) error {
	return fmt.Errorf("%s: line %d: %s %s", r.file, r.line, column, fmt.Sprintf(format, args...))
}

func (r *row) fail(column, format string, args ...any) {
	if r.err == nil {
		r.err = r.errorf(column, format, args...)
	}
}

// get gives a value, "" if the file lacks the column.
func (r *row) get(column string) string {
	if i, ok := r.columns[column]; ok {
		return r.values[i]
	}
	return ""
}

// list reads values with | between them.
func (r *row) list(column, sep string) []string {
	var ss []string
	for s := range strings.SplitSeq(r.get(column), sep) {
		if s = strings.TrimSpace(s); s != "" {
			ss = append(ss, s)
		}
	}
	return ss
}

// oneOf reads a value of a closed list; blank is "".
func (r *row) oneOf(column string, values ...string) string {
	v := r.get(column)
	if v != "" && !slices.Contains(values, v) {
		r.fail(column, "is %q; write one of %s", v, strings.Join(values, ", "))
	}
	return v
}

func (r *row) yes(column string) bool { return r.oneOf(column, "yes", "no") == "yes" }

// reviewed reads the column confidence.
func (r *row) reviewed(column string) bool {
	return r.oneOf(column, "read", "read-partial", "read-inferred", "general-knowledge") == "read"
}

func (r *row) date(column string) Date {
	d := Date(r.get(column))
	if d == "" {
		return ""
	}
	if _, _, err := d.span(); err != nil {
		r.fail(column, "is %q; write a year, a month such as 2016-07, or a day such as 2016-07-01", d)
	}
	return d
}

func (r *row) fromTo() (from, to Date) {
	from, to = r.date("from"), r.date("to")
	if f, _, err := from.span(); err == nil {
		if _, t, err := to.span(); err == nil && t.Before(f) {
			r.fail("to", "is %q, before from %q", to, from)
		}
	}
	return from, to
}
