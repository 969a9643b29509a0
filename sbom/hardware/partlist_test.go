package hardware

import (
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/originbom/originbom/sbom"
)

var testSource = sbom.Source{Name: "parts.csv", Digest: "d1"}

func readParts(t *testing.T, text string) PartList {
	t.Helper()
	got, err := ReadPartList(testSource, []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	checkAccount(t, got)
	return got
}

// checkAccount is the invariant of every part list: rows read = parts + rows
// reported, each component with evidence, each candidate's ref in the list.
func checkAccount(tb testing.TB, l PartList) {
	tb.Helper()
	a := l.Account
	if a.Rows != a.Parts+len(a.Reported) {
		tb.Errorf("%d rows read, but %d parts + %d reported", a.Rows, a.Parts, len(a.Reported))
	}
	refs := map[string]bool{}
	for _, c := range l.Reading.Components {
		if len(c.Found) == 0 || c.Name == "" {
			tb.Errorf("component %q has no name or no evidence", c.Name)
		}
		if c.Ref != "" && refs[c.Ref] {
			tb.Errorf("two components have the ref %q", c.Ref)
		}
		refs[c.Ref] = true
	}
	for _, c := range l.Reading.Components {
		if c.CandidateFor != "" && !refs[c.CandidateFor] {
			tb.Errorf("%s is a candidate for %q, which is not in the list", c.Name, c.CandidateFor)
		}
	}
}

func notes(l PartList) string {
	var b strings.Builder
	for _, n := range l.Reading.Notes {
		b.WriteString(n.String() + "\n")
	}
	return b.String()
}

// summary is what a test wants to see of a component.
type summary struct {
	Name, Maker string
	Quantity    float64
	Designators string
	Origin      string // of the stage manufactured
	Price       string
	Candidate   bool
	For         bool // a candidate for another part
}

func summarise(l PartList) []summary {
	var out []summary
	for _, c := range l.Reading.Components {
		s := summary{Name: c.Name, Quantity: c.Quantity, Designators: strings.Join(c.Designators, " "), Candidate: c.Candidate, For: c.CandidateFor != ""}
		for _, v := range c.Fact(sbom.Manufacturer).Values {
			s.Maker += v.Is
		}
		for _, v := range c.Fact("manufactured").Values {
			s.Origin += fmt.Sprintf("%s %v-%v;", v.Is, v.Share.Min, v.Share.Max)
		}
		if c.Price != nil {
			s.Price = fmt.Sprintf("%v %s", c.Price.Each, c.Price.Currency)
		}
		out = append(out, s)
	}
	return out
}

func TestReadPartList(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		want       []summary
		note       string // that a note must hold
	}{
		{
			"title, total and repeated header are reported",
			"Board R1,,\nMPN,Manufacturer,Qty\nA100,Sorae,2\nMPN,Manufacturer,Qty\n,,\nTotal,,2\n",
			[]summary{{Name: "A100", Maker: "Sorae", Quantity: 2}},
			`row 1: stands above the header and is no part: "Board R1"`,
		},
		{"no maker column", "MPN,Qty\nA100,2\n", []summary{{Name: "A100", Quantity: 2}}, "no column names the manufacturer"},
		{"vendor beside manufacturer is the supplier", "MPN,Manufacturer,Vendor\nA100,Sorae,Shop\n", []summary{{Name: "A100", Maker: "Sorae"}}, ""},
		{"vendor alone is the maker", "VENDOR_PN,VENDOR\nA100,Sorae\n", []summary{{Name: "A100", Maker: "Sorae"}}, ""},
		{
			"the maker's number before a number of one's own",
			"Part Number,Mfr PN,Manufacturer\n10-200,A100,Sorae\n",
			[]summary{{Name: "A100", Maker: "Sorae"}},
			`column "Part Number" is not understood`,
		},
		{
			"row numbers are no description", "Item,MPN,Manufacturer\n1,A100,Sorae\n2,A200,Sorae\n",
			[]summary{{Name: "A100", Maker: "Sorae"}, {Name: "A200", Maker: "Sorae"}},
			"",
		},
		{
			"ranges of designators", "MPN,Manufacturer,RefDes,Qty\nA1,S,\"R1-R3, R07 – R09\",6\nA2,S,J1-2,1\nA3,S,J1-2,2\nA4,S,R9-R7,1\n",
			[]summary{
				{Name: "A1", Maker: "S", Quantity: 6, Designators: "R1 R2 R3 R07 R08 R09"},
				{Name: "A2", Maker: "S", Quantity: 1, Designators: "J1-2"},
				{Name: "A3", Maker: "S", Quantity: 2, Designators: "J1 J2"},
				{Name: "A4", Maker: "S", Quantity: 1, Designators: "R9-R7"},
			},
			`row 5: designators "R9-R7" are no range, kept as said`,
		},
		{"quantity differs", "MPN,Manufacturer,RefDes,Qty\nA1,S,\"U1,U2\",3\n", []summary{{Name: "A1", Maker: "S", Quantity: 3, Designators: "U1 U2"}}, "quantity 3 differs from the 2 designators"},
		{"quantity is no number", "MPN,Manufacturer,Qty\nA1,S,x2\n", []summary{{Name: "A1", Maker: "S"}}, `quantity "x2" is not a number, kept as unknown`},
		{
			"not populated", "MPN,Manufacturer,DNP\nA1,S,DNP\nA2,S,no\nA3,S,\nA4,S,maybe\n",
			[]summary{{Name: "A1", Maker: "S", Candidate: true}, {Name: "A2", Maker: "S"}, {Name: "A3", Maker: "S"}, {Name: "A4", Maker: "S"}},
			`"maybe" does not say whether the part is fitted`,
		},
		{
			"not populated by a word in the value, and nF is a capacitance", "RefDes,Value,MPN,Manufacturer\nC1,10k DNP,A1,S\nC2,10 NF,A2,S\n",
			[]summary{{Name: "A1", Maker: "S", Designators: "C1", Candidate: true}, {Name: "A2", Maker: "S", Designators: "C2"}},
			`taken as not fitted, since it says "10k DNP"`,
		},
		{
			"decimal comma", "MPN;Manufacturer;Price\nA1;S;1,25\nA2;S;1.234,50 €\nA3;S;1.234\n",
			[]summary{{Name: "A1", Maker: "S", Price: "1.25 "}, {Name: "A2", Maker: "S", Price: "1234.5 EUR"}, {Name: "A3", Maker: "S", Price: "1234 "}},
			"",
		},
		{"a comma that may be either", "MPN;Manufacturer;Price\nA1;S;1,234\n", []summary{{Name: "A1", Maker: "S"}}, `price "1,234" can be read in two ways or in none, kept as unknown`},
		{
			"currencies", "MPN,Manufacturer,Unit Price (KRW)\nA1,S,1500\nA2,S,$2.50\nA3,S,3 zł\n",
			[]summary{{Name: "A1", Maker: "S", Price: "1500 KRW"}, {Name: "A2", Maker: "S", Price: "2.5 USD"}, {Name: "A3", Maker: "S"}},
			`price "3 zł" is in a currency that is not known`,
		},
		{
			"shares", "MPN,Manufacturer,Made In\nA1,S,KR 60 / VN 40\nA2,S,\"60% KR, 40% VN\"\nA3,S,KR/VN\nA4,S,KR 70/VN 40\nA5,S,Korea 50 / VN 50\n",
			[]summary{
				{Name: "A1", Maker: "S", Origin: "KR 60-60;VN 40-40;"},
				{Name: "A2", Maker: "S", Origin: "KR 60-60;VN 40-40;"},
				{Name: "A3", Maker: "S", Origin: "KR 0-100;VN 0-100;"},
				{Name: "A4", Maker: "S"},
				{Name: "A5", Maker: "S"},
			},
			`"Korea" is ambiguous, kept as unknown, in "Korea 50 / VN 50": write KR or KP`,
		},
		{
			"alternates in columns", "MPN,Manufacturer,MPN 2,Manufacturer 2,Alternate MPN\nA1,S,B1,T,C1\nA2,S,,,\n",
			[]summary{{Name: "A1", Maker: "S"}, {Name: "B1", Maker: "T", Candidate: true, For: true}, {Name: "C1", Candidate: true, For: true}, {Name: "A2", Maker: "S"}},
			"",
		},
		{
			"two makers in one cell", "MPN,Manufacturer\nA1,S / T\n",
			[]summary{{Name: "unknown part"}, {Name: "A1", Maker: "S", Candidate: true, For: true}, {Name: "A1", Maker: "T", Candidate: true, For: true}},
			"not which of them is fitted",
		},
		{
			"two makers parted by a comma are not taken for one", "MPN,Manufacturer\nA1,\"Sorae, Hanbit\"\n",
			[]summary{{Name: "A1"}},
			`maker "Sorae, Hanbit" may name 2 firms (Sorae; Hanbit), kept as unknown: write "Sorae / Hanbit" if either may be fitted`,
		},
		{
			"a comma before a legal form", "MPN,Manufacturer\nA1,\"Hanbit Display Co., Ltd.\"\nA2,\"Volta, Inc.\"\nA3,\"Orient Co.,Ltd.\"\nA4,\"Taegu, S.A. de C.V.\"\n",
			[]summary{{Name: "A1", Maker: "Hanbit Display Co., Ltd."}, {Name: "A2", Maker: "Volta, Inc."}, {Name: "A3", Maker: "Orient Co.,Ltd."}, {Name: "A4", Maker: "Taegu, S.A. de C.V."}},
			"",
		},
		{
			"headers with blanks, full width and two languages", "序号,型 号,制 造 商/Manufacturer,ＱＴＹ,原 产 地\n1,A1,韩光,2,韩国\n",
			[]summary{{Name: "A1", Maker: "韩光", Quantity: 2}},
			"",
		},
		{
			"halves of a header that differ are not understood", "MPN,型号/Manufacturer,Qty\nA1,S,1\n",
			[]summary{{Name: "A1", Quantity: 1}},
			`column "型号/Manufacturer" is not understood`,
		},
		{"a word for any part is no category", "MPN,Manufacturer,部件类别,类别\nA1,S,,芯片\n", []summary{{Name: "A1", Maker: "S"}}, `category "芯片" can mean several kinds of part, kept as unknown`},
		{"a slash in a maker's name", "MPN,Manufacturer\nA1,DI/DT\n", []summary{{Name: "A1", Maker: "DI/DT"}}, ""},
		{"altium's numbered columns", "Designator,Manufacturer 1,Manufacturer Part Number 1\nU1,S,A1\n", []summary{{Name: "A1", Maker: "S", Designators: "U1"}}, ""},
		{"errors of a spreadsheet", "MPN,Manufacturer,Made In\nA1,#N/A,#REF!\n", []summary{{Name: "A1"}}, `column "Manufacturer" holds the error #N/A, kept as unknown`},
		{"numbers that were part numbers", "MPN,Manufacturer\n1.2E+09,S\n\"=\"\"3000\"\"\",S\n", []summary{{Name: "1.2E+09", Maker: "S"}, {Name: "3000", Maker: "S"}}, "looks like a number that the spreadsheet rewrote"},
		{"invisible characters", "MPN,Manufacturer\nA\u200b1,S\n", []summary{{Name: "A1", Maker: "S"}}, "invisible characters were taken out"},
		{"korean headers", "품명,부품번호,제조사,수량,제조국\n화면,A1,한빛,1,대한민국\n", []summary{{Name: "A1", Maker: "한빛", Quantity: 1, Origin: "KR 0-0;"}}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := readParts(t, tc.text)
			if d := cmp.Diff(tc.want, summarise(got), cmpopts.EquateEmpty()); d != "" {
				t.Errorf("parts differ (-want +got):\n%s", d)
			}
			if !strings.Contains(notes(got), tc.note) {
				t.Errorf("no note holds %q:\n%s", tc.note, notes(got))
			}
		})
	}
}

// Labels stay as said, and only web addresses are kept as data sheets.
func TestLabels(t *testing.T) {
	l := readParts(t, "MPN,Manufacturer,HS Code,ECCN,Datasheet,Internal PN\nA1,S,8542.31,EAR99,https://maker.example/a1.pdf,10-1\nA2,S,,,javascript:alert(1),\n")
	want := []sbom.Property{
		{Name: "originbom:classification:HS", Value: "8542.31"},
		{Name: "originbom:classification:ECCN", Value: "EAR99"},
		{Name: "originbom:identifier:internal", Value: "10-1"},
		{Name: "originbom:datasheet", Value: "https://maker.example/a1.pdf"},
	}
	if d := cmp.Diff(want, l.Reading.Components[0].Properties); d != "" {
		t.Error(d)
	}
	if ps := l.Reading.Components[1].Properties; len(ps) != 0 {
		t.Errorf("kept %v", ps)
	}
	if !strings.Contains(notes(l), `data sheet "javascript:alert(1)" is no http or https link`) {
		t.Error(notes(l))
	}
}

// A column's meaning can be given; what cannot be is refused.
func TestColumns(t *testing.T) {
	text := "Bestellcode;Firma;Herkunft\nA1;S;KR\n"
	l, err := ReadPartList(testSource, []byte(text), &PartListOptions{Columns: map[string]string{"mpn": "Bestellcode", "manufacturer": "Firma", "origin.assembled": "Herkunft"}})
	if err != nil {
		t.Fatal(err)
	}
	c := l.Reading.Components[0]
	if c.MPN != "A1" || c.Fact("assembled").Values[0].Is != "KR" {
		t.Errorf("got %+v", c)
	}
	if _, err := ReadPartList(testSource, []byte(text), nil); !errors.Is(err, ErrNoHeader) {
		t.Errorf("without columns: %v", err)
	}
	for _, columns := range []map[string]string{{"nonsense": "Firma", "mpn": "Bestellcode", "manufacturer": "Firma"}, {"mpn": "Bestellcode", "manufacturer": "Fabrik", "supplier": "Firma"}} {
		if _, err := ReadPartList(testSource, []byte(text), &PartListOptions{Columns: columns}); err == nil || !strings.HasPrefix(err.Error(), "parts.csv: columns: ") {
			t.Errorf("%v: %v", columns, err)
		}
	}
}

// The table of headers: every line names a field, none twice, and each header
// leads to that field when it stands alone.
func TestHeaderData(t *testing.T) {
	records, err := csv.NewReader(strings.NewReader(headerData)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i, r := range records[1:] {
		key := r[0] + "\x00" + normaliseHeader(r[1])
		if !column(r[0]).valid() || normaliseHeader(r[1]) == "" || seen[key] {
			t.Errorf("line %d: %v: no field, no header, or here twice", i+2, r)
		}
		seen[key] = true
		if !slices.ContainsFunc(headers()[normaliseHeader(r[1])], func(m meaning) bool { return m.column == column(r[0]) }) {
			t.Errorf("line %d: %v is not found", i+2, r)
		}
	}
}

// The table of category words: every line has a category, and each word means
// it in a category column.
func TestCategoryWords(t *testing.T) {
	records, err := csv.NewReader(strings.NewReader(categoryWordData)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range records[1:] {
		for _, w := range strings.Split(r[1], "|") {
			got, ok, ambiguous := categoryNamed(w)
			if r[0] == string(ambiguousWord) && (ok || !ambiguous) || r[0] != string(ambiguousWord) && string(got) != r[0] {
				t.Errorf("%q means %q (%t, %t), want %q", w, got, ok, ambiguous, r[0])
			}
			if foldWord(w) == "" || r[0] != string(ambiguousWord) && seen[foldWord(w)] {
				t.Errorf("%q stands there twice", w)
			}
			seen[foldWord(w)] = true
		}
	}
	for desc, want := range map[string]sbom.Category{
		"touch controller IC": sbom.Touch, "LED driver": sbom.LED, "camera connector": "", "8 GB LPDDR5": sbom.Memory, "spectrum": "",
		"后置摄像头模组": sbom.Camera, "电池连接器": sbom.Other, "电池盖": sbom.Mechanical, "主 板": sbom.PCB, "芯片": "", "天线弹片": "",
		"카메라 모듈": sbom.Camera, "배터리 커넥터": sbom.Other, "후면카메라 모듈": sbom.Camera, "진동모터": sbom.Haptics, "ＬＣＤ": sbom.Display,
		"指紋認証センサー": sbom.Fingerprint, "バッテリーケーブル": "", "スピーカー": sbom.Audio, "马达驱动": "", "显示屏 Display": sbom.Display,
	} {
		if got := categoryInWords(desc); got != want {
			t.Errorf("%q is %q, want %q", desc, got, want)
		}
	}
}

// Whatever a table holds: rows read = parts + rows reported, and the same bytes
// give the same list.
func FuzzReadPartList(f *testing.F) {
	f.Add([]byte("MPN,Manufacturer,RefDes,Qty,Made In,Price\nA1,S / T,R1-R9,9,KR 60/VN 40,\"1,25\"\nTotal,,,,,\n"))
	f.Add([]byte("title\nMPN;MPN 2;DNP;Alternates\nA;B;x;C;D\n"))
	f.Add([]byte(ipcExample))
	f.Add([]byte(kicadExample))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := ReadPartList(testSource, data, nil)
		if err != nil {
			if d := cmp.Diff(PartList{}, got); d != "" {
				t.Errorf("an error with a list: %s", d)
			}
			if !strings.HasPrefix(err.Error(), "parts.csv: ") {
				t.Errorf("the error does not name the file: %v", err)
			}
			return
		}
		checkAccount(t, got)
		again, err := ReadPartList(testSource, data, nil)
		if err != nil || !cmp.Equal(got, again) {
			t.Error("another list from the same bytes")
		}
	})
}

func BenchmarkReadPartList(b *testing.B) {
	var text strings.Builder
	text.WriteString("MPN,Manufacturer,RefDes,Qty,Made In,Price,Description\n")
	for i := range 2000 {
		fmt.Fprintf(&text, "MPN%d,Sorae,U%d,1,JP,1.25,Camera module\n", i, i)
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if _, err := ReadPartList(testSource, []byte(text.String()), nil); err != nil {
			b.Fatal(err)
		}
	}
}
