package spreadsheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/originbom/originbom/sbom/internal/table"
)

// workbook makes a file by excelize.
func workbook(tb testing.TB, edit func(f *excelize.File)) []byte {
	tb.Helper()
	f := excelize.NewFile()
	defer f.Close()
	edit(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func cells(rows []table.Row) map[int][]string {
	out := map[int][]string{}
	for _, r := range rows {
		out[r.Number] = r.Cells
	}
	return out
}

// Numbers keep the digits of the file, zeros that a format adds stay, and a
// date is marked.
func TestValues(t *testing.T) {
	data := workbook(t, func(f *excelize.File) {
		format := func(number string) int {
			id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &number})
			must(t, err)
			return id
		}
		for cell, v := range map[string]any{
			"A1": "MPN", "A2": 3000, "A3": 1234567890123, "A4": 42, "A5": time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), "A6": true, "A7": 1.25, "A8": "  0402 ",
			"B2": 0.5,
		} {
			must(t, f.SetCellValue("Sheet1", cell, v))
		}
		must(t, f.SetCellStyle("Sheet1", "A4", "A4", format("00000")))
		must(t, f.SetCellStyle("Sheet1", "A5", "A5", format("d-mmm")))
		must(t, f.SetCellStyle("Sheet1", "A7", "A7", format(`"$"0.00`)))
		must(t, f.SetCellStyle("Sheet1", "B2", "B2", format("0%")))
	})
	sheets, err := Read("parts.xlsx", data)
	if err != nil {
		t.Fatal(err)
	}
	want := map[int][]string{1: {"MPN"}, 2: {"3000", "50%"}, 3: {"1234567890123"}, 4: {"00042"}, 5: {"2-Jan"}, 6: {"TRUE"}, 7: {"1.25"}, 8: {"0402"}}
	if d := cmp.Diff(want, cells(sheets[0].Rows)); d != "" {
		t.Errorf("cells differ (-want +got):\n%s", d)
	}
	for _, r := range sheets[0].Rows {
		if got := len(r.Dates) > 0; got != (r.Number == 5) {
			t.Errorf("row %d is marked as a date: %t", r.Number, got)
		}
	}
}

// A merged range stands for its value in every row; hidden rows and sheets are
// told.
func TestMergedAndHidden(t *testing.T) {
	data := workbook(t, func(f *excelize.File) {
		for cell, v := range map[string]string{"A1": "Maker", "B1": "MPN", "A2": "Sorae", "B2": "A", "B3": "B", "B5": "C"} {
			must(t, f.SetCellValue("Sheet1", cell, v))
		}
		must(t, f.MergeCell("Sheet1", "A2", "A3"))
		must(t, f.SetRowVisible("Sheet1", 5, false))
		_, err := f.NewSheet("old")
		must(t, err)
		must(t, f.SetSheetVisible("old", false))
	})
	sheets, err := Read("parts.xlsx", data)
	if err != nil {
		t.Fatal(err)
	}
	want := map[int][]string{1: {"Maker", "MPN"}, 2: {"Sorae", "A"}, 3: {"Sorae", "B"}, 5: {"", "C"}}
	if d := cmp.Diff(want, cells(sheets[0].Rows)); d != "" {
		t.Errorf("cells differ (-want +got):\n%s", d)
	}
	if last := sheets[0].Rows[3]; !last.Hidden {
		t.Error("row 5 is not told to be hidden")
	}
	if len(sheets) != 2 || sheets[0].Hidden || !sheets[1].Hidden {
		t.Errorf("hidden sheets are not told: %d sheets", len(sheets))
	}
}

// repack writes the archive with parts changed by edit.
func repack(tb testing.TB, data []byte, edit func(name string, content []byte) []byte) []byte {
	tb.Helper()
	in, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	must(tb, err)
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	for _, f := range in.File {
		r, err := f.Open()
		must(tb, err)
		content, err := io.ReadAll(r)
		must(tb, err)
		w, err := out.Create(f.Name)
		must(tb, err)
		_, err = w.Write(edit(f.Name, content))
		must(tb, err)
	}
	must(tb, out.Close())
	return b.Bytes()
}

// Each hostile workbook is refused quickly, by an error that names the file.
func TestRefuses(t *testing.T) {
	good := workbook(t, func(f *excelize.File) { must(t, f.SetCellValue("Sheet1", "A1", "MPN")) })
	sheet := func(data string) []byte {
		return repack(t, good, func(name string, content []byte) []byte {
			if name != "xl/worksheets/sheet1.xml" {
				return content
			}
			return []byte(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` + data)
		})
	}
	part := func(name, content string) []byte {
		return repack(t, good, func(have string, was []byte) []byte {
			if have != name {
				return was
			}
			return []byte(content)
		})
	}
	end := `</sheetData></worksheet>`
	row := func(n int) string { return fmt.Sprintf(`<row r="%d"><c r="A%d"><v>1</v></c></row>`, n, n) }
	var many strings.Builder
	for n := range table.MaxRows + 1 {
		many.WriteString(`<row><c><v>`)
		many.WriteByte(byte('0' + n%10))
		many.WriteString(`</v></c></row>`)
	}
	for _, tc := range []struct {
		name string
		data []byte
		want string
	}{
		{"a row too many", sheet(many.String() + end), "more than 200000 rows"},
		{"far column", sheet(`<row r="1"><c r="XFD1"><v>1</v></c></row>` + end), "more than 512 columns"},
		{"rows out of order", sheet(row(5) + row(2) + end), "follows row 5"},
		{"cell in another row", sheet(`<row r="1"><c r="A7"><v>1</v></c></row>` + end), "stands in row 1"},
		{"cut off", sheet(row(1)), "broken"},
		{"entities", sheet(`<!DOCTYPE x [<!ENTITY a "aaaa">]>` + `<row r="1"><c r="A1" t="str"><v>&a;</v></c></row>` + end), "broken"},
		{"bomb", sheet(strings.Repeat(" ", maxUnpacked+1) + end), "unpacks to more than"},
		{"a million texts", part("xl/sharedStrings.xml", "<sst>"+strings.Repeat("<si/>", maxElements)+"</sst>"), "texts or styles"},
		{"a million styles", part("xl/styles.xml", "<styleSheet><cellXfs>"+strings.Repeat("<xf/>", maxElements)+"</cellXfs></styleSheet>"), "texts or styles"},
		{"one part as many sheets", part(workbookPart, `<workbook xmlns:r="r"><sheets>`+strings.Repeat(`<sheet name="A" r:id="rId1"/>`, 2)+"</sheets></workbook>"), "has the cells of another sheet"},
		{"a million attributes", sheet(`<row r="1"><c r="A1" ` + strings.Repeat(`a="" `, 1<<20) + "/></row>" + end), "more than 1048576 bytes"},
		{"nested without end", sheet(strings.Repeat("<a>", 1000) + end), "nested deeper than 256"},
		{"no sheet", repack(t, good, func(name string, content []byte) []byte {
			if name == workbookPart {
				return []byte(`<workbook/>`)
			}
			return content
		}), "no sheet"},
		{"no archive", []byte("PK\x03\x04 and nothing more"), "cannot be opened"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			start := time.Now()
			_, err := Read("parts.xlsx", tc.data)
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), "parts.xlsx: ") {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			if d := time.Since(start); d > 5*time.Second {
				t.Errorf("took %v", d)
			}
		})
	}
}

func TestIsWorkbook(t *testing.T) {
	good := workbook(t, func(*excelize.File) {})
	var other bytes.Buffer
	z := zip.NewWriter(&other)
	_, err := z.Create("AndroidManifest.xml")
	must(t, err)
	must(t, z.Close())
	for name, tc := range map[string]struct {
		data []byte
		want bool
	}{"workbook": {good, true}, "other archive": {other.Bytes(), false}, "text": {[]byte("MPN,Qty"), false}, "cut off": {good[:len(good)/2], false}} {
		if got := IsWorkbook(tc.data); got != tc.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// Whatever the sheet's XML: rows come in order and within the limits, or there
// is an error and no sheet.
func FuzzRead(f *testing.F) {
	good := workbook(f, func(x *excelize.File) { must(f, x.SetCellValue("Sheet1", "A1", "MPN")) })
	f.Add(`<row r="1"><c r="A1" t="inlineStr"><is><t>MPN</t></is></c></row><row r="3"><c r="C3"><v>1</v></c></row></sheetData><mergeCells><mergeCell ref="A1:A3"/></mergeCells></worksheet>`)
	f.Add(`<row><c><v>1</v></c><c s="9"><v>44000</v></c></row></sheetData></worksheet>`)
	f.Add(`<row r="2"><c r="A2" t="s"><v>99</v></c></row>`)
	f.Fuzz(func(t *testing.T, body string) {
		data := repack(t, good, func(name string, content []byte) []byte {
			if name == "xl/worksheets/sheet1.xml" {
				return []byte(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` + body)
			}
			return content
		})
		sheets, err := Read("f", data)
		if err != nil && sheets != nil {
			t.Fatal("sheets with an error")
		}
		for _, s := range sheets {
			last := 0
			for i, r := range s.Rows {
				if r.Number <= last {
					t.Fatalf("row %d follows row %d", r.Number, last)
				}
				last = r.Number
				if err := table.Check("f", r, i); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
