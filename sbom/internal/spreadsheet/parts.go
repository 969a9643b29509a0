package spreadsheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/originbom/originbom/sbom/internal/table"
	"github.com/originbom/originbom/sbom/internal/xmlbound"
)

const (
	workbookPart = "xl/workbook.xml"
	sheetFolder  = "xl/worksheets/"
)

// tags bound the XML of a part. Office programs nest below 30.
var tags = xmlbound.Limits{Tag: 1 << 20, Depth: 256}

// parts are the files of the archive.
type parts struct {
	file  string
	files map[string]*zip.File
}

// openParts opens the archive and holds its sizes against the limits. The
// sizes are those that the archive states; its reader refuses content that is
// longer.
func openParts(file string, data []byte) (parts, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return parts{}, fmt.Errorf("%s: the workbook cannot be opened: %w", file, err)
	}
	if len(z.File) > maxParts {
		return parts{}, fmt.Errorf("%s: the workbook has more than %d parts: save the part list as CSV", file, maxParts)
	}
	p := parts{file: file, files: map[string]*zip.File{}}
	total := uint64(0)
	for _, f := range z.File {
		if f.UncompressedSize64 > maxUnpacked || total+f.UncompressedSize64 > maxUnpacked {
			return parts{}, fmt.Errorf("%s: the workbook unpacks to more than %d MiB: save the part list as CSV", file, maxUnpacked>>20)
		}
		total += f.UncompressedSize64
		if p.files[f.Name] != nil {
			return parts{}, fmt.Errorf("%s: the workbook holds %q twice: save it again", file, f.Name)
		}
		p.files[f.Name] = f
	}
	if err := p.count(); err != nil {
		return parts{}, err
	}
	return p, nil
}

// count holds the elements of all parts but the sheets, whose rows and cells have
// limits of their own, against maxElements: excelize makes structures of them.
func (p parts) count() error {
	elements := 0
	buf := make([]byte, 64<<10)
	for name, f := range p.files {
		if strings.HasPrefix(name, sheetFolder) {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return fmt.Errorf("%s: %s: %w", p.file, name, err)
		}
		in := io.Reader(r)
		if ext := path.Ext(name); ext == ".xml" || ext == ".rels" {
			in = xmlbound.New(r, tags)
		}
		for err == nil && elements <= maxElements {
			var n int
			n, err = in.Read(buf)
			elements += bytes.Count(buf[:n], []byte("<"))
		}
		r.Close()
		if err != nil && err != io.EOF {
			return fmt.Errorf("%s: %s: the workbook is broken: %w: save it again, or as CSV", p.file, name, err)
		}
	}
	if elements > maxElements {
		return fmt.Errorf("%s: the workbook has more than %d texts or styles: save the part list as CSV", p.file, maxElements/4)
	}
	return nil
}

// tokens calls f for every XML start element of a part.
func (p parts) tokens(name string, f func(xml.StartElement) error) error {
	z := p.files[name]
	if z == nil {
		return fmt.Errorf("%s: the workbook has no part %q: save it again, or as CSV", p.file, name)
	}
	r, err := z.Open()
	if err != nil {
		return fmt.Errorf("%s: %s: %w", p.file, name, err)
	}
	defer r.Close()
	d := xml.NewDecoder(xmlbound.New(r, tags))
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %s: the workbook is broken: %w: save it again, or as CSV", p.file, name, err)
		}
		if e, ok := tok.(xml.StartElement); ok {
			if err := f(e); err != nil {
				return err
			}
		}
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// A sheetPart is a sheet and the part that holds it.
type sheetPart struct {
	name, part string
	hidden     bool
}

// sheets lists the sheets of cells; a sheet of another kind (a chart) has
// none.
func (p parts) sheets() ([]sheetPart, error) {
	target := map[string]string{}
	err := p.tokens("xl/_rels/workbook.xml.rels", func(e xml.StartElement) error {
		if e.Name.Local == "Relationship" && strings.HasSuffix(attr(e, "Type"), "/worksheet") {
			t := attr(e, "Target")
			if !path.IsAbs(t) {
				t = path.Join("xl", t)
			}
			target[attr(e, "Id")] = strings.TrimPrefix(t, "/")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []sheetPart
	taken := map[string]bool{}
	err = p.tokens(workbookPart, func(e xml.StartElement) error {
		if e.Name.Local != "sheet" {
			return nil
		}
		var id string
		for _, a := range e.Attr {
			if a.Name.Local == "id" && a.Name.Space != "" {
				id = a.Value
			}
		}
		if part, ok := target[id]; ok {
			if taken[part] {
				return fmt.Errorf("%s: sheet %q has the cells of another sheet: save the workbook again", p.file, attr(e, "name"))
			}
			taken[part] = true
			state := attr(e, "state")
			out = append(out, sheetPart{attr(e, "name"), part, state != "" && state != "visible"})
		}
		if len(out) > maxSheets {
			return fmt.Errorf("%s: more than %d sheets: save the part list as CSV", p.file, maxSheets)
		}
		return nil
	})
	if err == nil && len(out) == 0 {
		err = fmt.Errorf("%s: the workbook has no sheet", p.file)
	}
	return out, err
}

// A shape is what is known of a sheet before its cells are read.
type shape struct {
	rows   int // with a cell in them
	last   int // number of the last row
	merged []cellRange
}

// A cellRange holds numbers of rows, from 1, and of columns, from 0.
type cellRange struct{ top, left, bottom int }

// inspect reads the sheet's XML to its end and holds it against the limits.
func (p parts) inspect(s sheetPart) (shape, error) {
	var sh shape
	row := 0
	err := p.tokens(s.part, func(e xml.StartElement) error {
		switch e.Name.Local {
		case "row":
			next := row + 1
			if r := attr(e, "r"); r != "" {
				n, err := strconv.Atoi(r)
				if err != nil || n < next {
					return fmt.Errorf("row %q follows row %d", r, row)
				}
				next = n
			}
			row = next
		case "c":
			if sh.last != row {
				sh.rows, sh.last = sh.rows+1, row
			}
			if ref := attr(e, "r"); ref != "" {
				col, n, err := excelize.CellNameToCoordinates(ref)
				if err != nil || n != row {
					return fmt.Errorf("cell %q stands in row %d", ref, row)
				}
				if col > table.MaxColumns {
					return fmt.Errorf("cell %s: more than %d columns", ref, table.MaxColumns)
				}
			}
		case "mergeCell":
			if len(sh.merged) >= maxMerged {
				return fmt.Errorf("more than %d merged ranges", maxMerged)
			}
			if r, ok := parseRange(attr(e, "ref")); ok {
				sh.merged = append(sh.merged, r)
			}
		}
		if sh.rows > table.MaxRows {
			return fmt.Errorf("more than %d rows: split the part list", table.MaxRows)
		}
		return nil
	})
	if err != nil && !strings.HasPrefix(err.Error(), p.file+": ") {
		err = fmt.Errorf("%s: sheet %q: %w", p.file, s.name, err)
	}
	return sh, err
}

func parseRange(ref string) (cellRange, bool) {
	from, to, ok := strings.Cut(ref, ":")
	if !ok {
		return cellRange{}, false
	}
	left, top, err := excelize.CellNameToCoordinates(from)
	_, bottom, err2 := excelize.CellNameToCoordinates(to)
	if err != nil || err2 != nil || left > table.MaxColumns || bottom < top {
		return cellRange{}, false
	}
	return cellRange{top, left - 1, bottom}, true
}
