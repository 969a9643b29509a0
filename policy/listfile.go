package policy

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

const (
	// maxListBytes bounds a list's file: the largest list that we know, with
	// 3,409 rows, has about 700 kB.
	maxListBytes = 16 << 20
	// maxListRows bounds the entries of a list, some ten times the largest.
	maxListRows = 50_000
)

// listColumns are the columns of a list's file. Only name is needed. Several
// aliases or categories are separated by |.
var listColumns = [...]string{"name", "aliases", "country", "lei", "listed", "effective", "delisted", "withdrawn", "covers", "category", "purpose"}

// readList fills a list from the CSV file that it names, and adds the file to
// the pack's digest h.
func (p *Pack) readList(name string, read func(string) ([]byte, error), h io.Writer) error {
	l := p.Lists[name]
	if l.File == "" {
		return nil
	}
	if len(l.Entries) > 0 {
		return errors.New("give either file or entries")
	}
	if read == nil {
		return errors.New("this pack cannot name files: write entries")
	}
	data, err := read(l.File)
	if err != nil {
		return err
	}
	if l.Entries, err = parseList(l.File, data); err != nil {
		return err
	}
	p.Lists[name] = l
	fmt.Fprintf(h, "\n%s\n", l.File)
	_, err = h.Write(data)
	return err
}

// parseList reads the entries of a list's file.
func parseList(file string, data []byte) ([]Entry, error) {
	if len(data) > maxListBytes {
		return nil, fmt.Errorf("%s: larger than %d MiB", file, maxListBytes>>20)
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	r.Comment = '#'
	head, err := r.Read()
	if err != nil || !slices.Contains(head, "name") {
		return nil, fmt.Errorf("%s: the first row must name the columns: %s; name is needed", file, strings.Join(listColumns[:], ", "))
	}
	for i, title := range head {
		if !slices.Contains(listColumns[:], title) || slices.Contains(head[:i], title) {
			return nil, fmt.Errorf("%s: column %q is unknown or stands twice: known are %s", file, title, strings.Join(listColumns[:], ", "))
		}
	}
	var out []Entry
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if len(out) == maxListRows {
			return nil, fmt.Errorf("%s: more than %d rows", file, maxListRows)
		}
		out = append(out, entryOf(head, row))
	}
}

func entryOf(head, row []string) Entry {
	cell := func(title string) string {
		if i := slices.Index(head, title); i >= 0 {
			return strings.TrimSpace(row[i])
		}
		return ""
	}
	several := func(title string) []string {
		var out []string
		for s := range strings.SplitSeq(cell(title), "|") {
			if s = strings.TrimSpace(s); s != "" {
				out = append(out, s)
			}
		}
		return out
	}
	return Entry{
		Name: cell("name"), Aliases: several("aliases"), Country: cell("country"), LEI: cell("lei"), Listed: cell("listed"),
		Effective: cell("effective"), Delisted: cell("delisted"), Withdrawn: cell("withdrawn"), Covers: cell("covers"), Category: several("category"), Purpose: cell("purpose"),
	}
}
