package input

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"
)

// What cannot be read as a part list is named, with what to do about it.
func TestRemedies(t *testing.T) {
	for _, tc := range []struct{ name, data, want string }{
		{"old.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 rest", "save it as .xlsx without a password, or as CSV"},
		{"a.ods", "PK\x03\x04\x14\x00\x00\x08\x00\x00\x00\x00\x00\x00mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "save it as .xlsx or as CSV"},
		{"a.pdf", "%PDF-1.4\n", "ask for the spreadsheet"},
		{"a.jpg", "\xff\xd8\xff\xe0", "ask for the spreadsheet"},
		{"a.xls", "\n<HTML><table>", "save it as .xlsx or as CSV"},
		{"a.spdx", "SPDXVersion: SPDX-2.3\n", "reading it is not built yet"},
	} {
		if _, err := File(tc.name, []byte(tc.data), nil); err == nil || !strings.HasPrefix(err.Error(), tc.name+": this is ") || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %s", tc.name, err, tc.want)
		}
	}
}

// A folder in which nothing is found is an error that names the inputs in it;
// that Folder gives it is shown by the program's scripts.
func TestEmptyFolder(t *testing.T) {
	for _, tc := range []struct {
		files []string
		want  string
	}{
		{nil, ""},
		{[]string{"main.go", "b/parts.csv", ".git/x.csv", "a/x.cdx.json"}, "such as a/x.cdx.json, b/parts.csv"},
		{[]string{"1.csv", "2.csv", "3.csv", "4.csv", "5.csv", "6.csv"}, "such as 1.csv, 2.csv, 3.csv, 4.csv, 5.csv ..."},
	} {
		root := fstest.MapFS{}
		for _, f := range tc.files {
			data := "MPN,Manufacturer\nA1,Sorae\n"
			if strings.HasSuffix(f, ".json") {
				data = `{"bomFormat": "CycloneDX"}`
			}
			root[f] = &fstest.MapFile{Data: []byte(data)}
		}
		err := emptyFolder("src", root)
		if err == nil || !strings.HasPrefix(err.Error(), "src: nothing was found in this folder") {
			t.Fatalf("%v: got %v", tc.files, err)
		}
		if _, hint, _ := strings.Cut(err.Error(), "\nhint: "); !strings.HasSuffix(hint, tc.want) || tc.want == "" && hint != "" {
			t.Errorf("%v: hint %q, want %q", tc.files, hint, tc.want)
		}
	}
}

// workbook makes a small workbook of one sheet.
func workbook(t *testing.T, rows ...[]string) []byte {
	t.Helper()
	var sheet strings.Builder
	sheet.WriteString(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
	for i, row := range rows {
		sheet.WriteString(`<row r="` + string(rune('1'+i)) + `">`)
		for j, cell := range row {
			sheet.WriteString(`<c r="` + string(rune('A'+j)) + string(rune('1'+i)) + `" t="inlineStr"><is><t>` + cell + `</t></is></c>`)
		}
		sheet.WriteString(`</row>`)
	}
	sheet.WriteString(`</sheetData></worksheet>`)
	const rels = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	const office = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range []struct{ name, text string }{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`},
		{"_rels/.rels", rels + `<Relationship Id="rId1" Type="` + office + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="` + office + `"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", rels + `<Relationship Id="rId1" Type="` + office + `/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`},
		{"xl/worksheets/sheet1.xml", sheet.String()},
	} {
		part, err := w.Create(f.name)
		if err == nil {
			_, err = part.Write([]byte(f.text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Whatever a table was saved as, its CSV has the same cells in the same lines.
func TestCSV(t *testing.T) {
	const want = "Part number,Country\n\nA1,\"KR, VN\"\n"
	for name, data := range map[string][]byte{
		"commas":     []byte("Part number,Country\n\nA1,\"KR, VN\"\n"),
		"semicolons": []byte("\xef\xbb\xbfPart number;Country\r\n\r\nA1;KR, VN\r\n"),
		"utf-16":     append([]byte{0xff, 0xfe}, wide("Part number\tCountry\n\nA1\tKR, VN\n")...),
		"workbook":   workbook(t, []string{"Part number", "Country"}, nil, []string{"A1", "KR, VN"}),
	} {
		got, err := CSV(name, data)
		if err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
	for data, want := range map[string]string{"": "the file is empty", "%PDF-1.4": "a PDF, not a table: save it as CSV"} {
		if _, err := CSV("x", []byte(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v", data, err)
		}
	}
}

// FuzzCSV: what is given is CSV in UTF-8 that gives itself again.
func FuzzCSV(f *testing.F) {
	f.Add([]byte("Part number,Country\n\nA1,\"KR, VN\"\n"))
	f.Add([]byte("a;b\n\"x\"\"y\";'z\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		out, err := CSV("x", data)
		if err != nil {
			if out != nil {
				t.Error("text came with an error")
			}
			return
		}
		if _, err := csv.NewReader(bytes.NewReader(out)).Read(); err != nil && err != io.EOF && !errors.Is(err, csv.ErrFieldCount) {
			t.Errorf("%q is no CSV: %v", out, err)
		}
		if !utf8.Valid(out) {
			t.Errorf("%q is not UTF-8", out)
		}
	})
}

func wide(s string) []byte {
	var out []byte
	for _, r := range s {
		out = append(out, byte(r), 0)
	}
	return out
}
