package table

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// known stands for the headers of part lists.
func known(cell string) bool {
	return cell == "부품번호" || cell == "メーカー" || cell == "制造商"
}

func encode(t *testing.T, e encoding.Encoding, s string) []byte {
	t.Helper()
	b, err := e.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// An encoding is found by its mark, by a header, or by the characters; each
// finds the same text again.
func TestEncodings(t *testing.T) {
	utf16 := func(order unicode.Endianness, bom unicode.BOMPolicy) encoding.Encoding {
		return unicode.UTF16(order, bom)
	}
	kr := "부품번호,제조사\nHD6,한빛디스플레이\n"
	krLong := "번호,회사\nHD6,한빛디스플레이 주식회사 경기도 파주시 공장\n"
	jp := "品番,メーカー\nNA250,空電子\n"
	jpLong := "ばんごう,かいしゃ\nNA250,そらでんし かぶしきがいしゃ\n"
	cn := "料号,制造商\nCF8550,长风硅业\n"
	cnLong := "编号,公司\nCF8550,长风硅业有限公司深圳市宝安区制造中心\n"
	for _, tc := range []struct {
		name string
		enc  encoding.Encoding
		text string
		want string
	}{
		{"utf-8", encoding.Nop, kr, "UTF-8"},
		{"utf-8 with mark", encoding.Nop, "\ufeff" + kr, "UTF-8"},
		{"utf-16 little with mark", utf16(unicode.LittleEndian, unicode.UseBOM), kr, utf16LE},
		{"utf-16 big with mark", utf16(unicode.BigEndian, unicode.UseBOM), kr, utf16BE},
		{"utf-16 without mark", utf16(unicode.LittleEndian, unicode.IgnoreBOM), "MPN,Manufacturer\nA,B\n", utf16LE},
		{"korean by header", korean.EUCKR, kr, eucKR},
		{"korean by syllables", korean.EUCKR, krLong, eucKR},
		{"japanese by header", japanese.ShiftJIS, jp, shiftJIS},
		{"japanese by kana", japanese.ShiftJIS, jpLong, shiftJIS},
		{"chinese by header", simplifiedchinese.GB18030, cn, gb18030},
		{"chinese by characters", simplifiedchinese.GB18030, cnLong, gb18030},
		{"western", charmap.Windows1252, "MPN,Value\nC1,10\u00b5F\n", windows1252},
	} {
		t.Run(tc.name, func(t *testing.T) {
			data := encode(t, tc.enc, tc.text)
			got, err := ReadText("parts.csv", data, known)
			if err != nil {
				t.Fatal(err)
			}
			want, err := ReadText("parts.csv", []byte(tc.text), known)
			if err != nil {
				t.Fatal(err)
			}
			if got.Encoding != tc.want {
				t.Errorf("encoding %s, want %s (%s)", got.Encoding, tc.want, got.Why)
			}
			if d := cmp.Diff(want.Rows, got.Rows); d != "" {
				t.Errorf("rows differ (-want +got):\n%s", d)
			}
		})
	}
}

// What can be read in two ways is not read.
func TestUndecidable(t *testing.T) {
	for name, data := range map[string][]byte{
		"few korean syllables": encode(t, korean.EUCKR, "a,b\n한빛,전자\n"),
		"broken utf-8":         []byte("\xef\xbb\xbfMPN\n\xff\xfe\xfd\n"),
		"broken utf-16":        []byte("\xff\xfeM\x00P\x00N"),
		"random":               []byte("MPN,\x81\xff\xfe\x80\x80\n"),
	} {
		if got, err := ReadText("parts.csv", data, known); err == nil {
			t.Errorf("%s: read as %s", name, got.Encoding)
		} else if !strings.Contains(err.Error(), "parts.csv: ") || !strings.Contains(err.Error(), "UTF-8") {
			t.Errorf("%s: the error does not name file and remedy: %v", name, err)
		}
	}
}

func TestReadText(t *testing.T) {
	rows := func(rs ...[]string) [][]string { return rs }
	for _, tc := range []struct {
		name, text string
		sep        rune
		want       [][]string
	}{
		{"comma", "MPN,Qty\nA,1\n", ',', rows([]string{"MPN", "Qty"}, []string{"A", "1"})},
		{"semicolon", "MPN;Price\nA;1,25\n", ';', rows([]string{"MPN", "Price"}, []string{"A", "1,25"})},
		{"tab", "MPN\tQty\nA\t1\n", '\t', rows([]string{"MPN", "Qty"}, []string{"A", "1"})},
		{"bar", "MPN|Qty\nA|1\n", '|', rows([]string{"MPN", "Qty"}, []string{"A", "1"})},
		{"separator line", "sep=;\nMPN;Qty\nA;1\n", ';', rows([]string{"MPN", "Qty"}, []string{"A", "1"})},
		{"bare quotes", "MPN,Description\nA,6.67\" panel\n", ',', rows([]string{"MPN", "Description"}, []string{"A", "6.67\" panel"})},
		{"white space and line ends", "MPN , Qty\r\n A,\t1\r\n", ',', rows([]string{"MPN", "Qty"}, []string{"A", "1"})},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := ReadText("parts.csv", []byte(tc.text), nil)
			if err != nil {
				t.Fatal(err)
			}
			var cells [][]string
			for _, r := range got.Rows {
				cells = append(cells, r.Cells)
			}
			if d := cmp.Diff(tc.want, cells); d != "" {
				t.Errorf("rows differ (-want +got):\n%s", d)
			}
			if got.Separator != tc.sep {
				t.Errorf("separator %q, want %q", got.Separator, tc.sep)
			}
		})
	}
}

// Rows are numbered as a spreadsheet numbers them, also after a cell with line
// breaks and a separator line.
func TestRowNumbers(t *testing.T) {
	got, err := ReadText("parts.csv", []byte("sep=,\nMPN,Note\nA,\"x\ny\nz\"\nB,c\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	var numbers []int
	for _, r := range got.Rows {
		numbers = append(numbers, r.Number)
	}
	if d := cmp.Diff([]int{2, 3, 4}, numbers); d != "" {
		t.Error(d)
	}
}

func TestLimits(t *testing.T) {
	for name, tc := range map[string]struct{ data, want string }{
		"rows":    {strings.Repeat("a,b\n", MaxRows+1), "more than 200000 rows"},
		"columns": {strings.Repeat("a,", MaxColumns+1), "more than 512 columns"},
		"cell":    {"a," + strings.Repeat("x", MaxCell+1), "a cell holds more than"},
		"quotes":  {"a,\"b\nc,d\n", "parts.csv: line "},
	} {
		if _, err := ReadText("parts.csv", []byte(tc.data), nil); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

// Characters that cannot be seen are taken out and reported.
func TestClean(t *testing.T) {
	for _, tc := range []struct {
		in, want  string
		invisible bool
	}{
		{" TG2589\u200b ", "TG2589", true},
		{"TG\u202e2589", "TG2589", true},
		{"\x1b[31mTG", "[31mTG", true},
		{"TG\u00a02589", "TG 2589", false},
		{"a\r\nb", "a\nb", false},
		{"한빛", "한빛", false},
	} {
		got, invisible := Clean(tc.in)
		if got != tc.want || invisible != tc.invisible {
			t.Errorf("Clean(%q) = %q, %t; want %q, %t", tc.in, got, invisible, tc.want, tc.invisible)
		}
	}
}

// Whatever the bytes: rows are in order, cells are clean, and an error comes
// without rows.
func FuzzReadText(f *testing.F) {
	f.Add([]byte("MPN,Qty\nA,1\n"))
	f.Add([]byte("sep=;\nMPN;Qty\n\"a\nb\";1\n"))
	f.Add([]byte("\xff\xfeM\x00,\x00"))
	f.Add([]byte("\xba\xce\xc7\xb0\xb9\xf8\xc8\xa3,b\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := ReadText("f", data, known)
		if err != nil {
			if got.Rows != nil {
				t.Error("rows with an error")
			}
			return
		}
		last := 0
		for _, r := range got.Rows {
			if r.Number <= last {
				t.Fatalf("row %d follows row %d", r.Number, last)
			}
			last = r.Number
			for _, c := range r.Cells {
				if clean, invisible := Clean(c); clean != c || invisible {
					t.Fatalf("cell %q is not clean", c)
				}
			}
		}
		again, err := ReadText("f", bytes.Clone(data), known)
		if err != nil || !cmp.Equal(got, again) {
			t.Fatal("another reading of the same bytes")
		}
	})
}

func BenchmarkReadText(b *testing.B) {
	var text strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&text, "U%d,MPN%d,Maker,1,0.25\n", i, i)
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if _, err := ReadText("b", []byte(text.String()), nil); err != nil {
			b.Fatal(err)
		}
	}
}
