package claim_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/originbom/originbom/provenance/claim"
	"github.com/originbom/originbom/sbom"
)

// asked is a phone with a display of unknown origin, a part of no name, and one
// whose number is a formula.
func asked(t *testing.T) *sbom.Document {
	t.Helper()
	maker := func(name string) []sbom.Fact {
		return []sbom.Fact{{Name: sbom.Manufacturer, Values: []sbom.Value{value(name, sbom.MethodDocument)}}}
	}
	d, err := sbom.Build(sbom.Document{
		Device: sbom.Device{Model: "EM-15", Facts: maker("Example Mobile")},
		Components: []sbom.Component{
			{Kind: sbom.Hardware, Category: sbom.Display, Name: "HD6-AMS667", Designators: []string{"J3001"}, Facts: maker("Hanbit Display Co., Ltd.")},
			{Kind: sbom.Hardware, Category: sbom.SoC, Name: "=1+1|cmd", Facts: maker("Hanbit Display Co., Ltd.")},
			{Kind: sbom.Hardware, Category: sbom.NFC, Name: "unknown nfc", Unidentified: true},
			{Kind: sbom.Hardware, Category: sbom.Sensor, Name: "NA250", Candidate: true},
		},
		Authors: []sbom.Contact{{Name: "Example Mobile", Email: "bom@mobile.example"}}, Time: day,
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestQuestions(t *testing.T) {
	d := asked(t)
	rs := claim.Questions(d, claim.Unknowns(d, sbom.Trust{}, sbom.Declared), sbom.Trust{})
	if len(rs) != 2 || rs[0].To != "Example Mobile" || rs[1].To != "Hanbit Display Co., Ltd." || len(rs[1].Questions) != 2 {
		t.Fatalf("got %+v", rs)
	}
	if q := rs[0].Questions[0]; !q.Identify || q.Category != sbom.NFC {
		t.Errorf("got %+v", q)
	}
	letter := string(rs[1].Markdown("answers.csv"))
	for _, want := range []string{"To: **Hanbit Display Co., Ltd.**", "HD6-AMS667 (display)", "J3001", "**manufactured**: where the part itself was made", "**wafer-fabricated**", "answers.csv", claim.PredicateType} {
		if !strings.Contains(letter, want) {
			t.Errorf("the letter lacks %q:\n%s", want, letter)
		}
	}
	data, err := rs[1].CSV()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(data), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatalf("%v, %v", rows, err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if strings.HasPrefix(cell, "=") {
				t.Errorf("a spreadsheet runs the cell %q", cell)
			}
		}
	}
}

// The spreadsheet comes back answered, in another program's form, and makes
// claims about the same parts.
func TestReadAnswers(t *testing.T) {
	d := asked(t)
	rs := claim.Questions(d, claim.Unknowns(d, sbom.Trust{}, sbom.Declared), sbom.Trust{})
	data, err := rs[1].CSV()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(data), "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := func(name string) int {
		for i, c := range rows[0] {
			if c == name {
				return i
			}
		}
		t.Fatalf("no column %s", name)
		return 0
	}
	country, from := column("Country"), column("Valid from")
	write := func(semicolons bool, answers ...string) []byte {
		var b strings.Builder
		w := csv.NewWriter(&b)
		if semicolons {
			w.Comma = ';'
		}
		for i, row := range rows {
			row := append([]string{}, row...)
			if i > 0 {
				row[country] = answers[i-1]
				row[from] = "22.11.2026"
			}
			if err := w.Write(row); err != nil {
				t.Fatal(err)
			}
		}
		w.Flush()
		return []byte(b.String())
	}
	cs, notes, err := claim.ReadAnswers("a.csv", write(true, "TW", "", "대한민국"))
	if err != nil {
		t.Fatal(err)
	}
	if len(cs) != 2 || cs[0].Part.PartNumber != "=1+1|cmd" || cs[1].Part.PartNumber != "HD6-AMS667" || cs[1].Stages[0].Country != "KR" || cs[1].ValidFrom != "2026-11-22" {
		t.Errorf("got %+v %+v", cs[0], cs[1])
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "line 3: packaged of =1+1|cmd is not answered") {
		t.Errorf("notes %q", notes)
	}
	_, _, err = claim.ReadAnswers("a.csv", write(false, "Korea", "Atlantis", ""))
	if err == nil || !strings.Contains(err.Error(), `a.csv: line 2: column "Country"`) || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("got %v", err)
	}
	for _, c := range []struct{ data, want string }{
		{"", "no header"},
		{"a,b\n1,2\n", `has no column "Claim number"`},
		{"\xff\xfe", "UTF-8"},
		{string(write(false, "", "", "")), "no row is answered"},
	} {
		if _, _, err := claim.ReadAnswers("a.csv", []byte(c.data)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

func FuzzReadAnswers(f *testing.F) {
	f.Add([]byte("Claim number,Manufacturer (legal name),Part number,Stage,Country,Valid from\n1,Hanbit,HD6,manufactured,KR,2026-01-01\n"))
	f.Add([]byte("Claim number;Manufacturer (legal name);Part number;Stage;Country;Valid from\n1;Hanbit;'=HD6;manufactured;Korea;1/2/2026\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		cs, _, err := claim.ReadAnswers("a.csv", data)
		if err != nil && cs != nil {
			t.Error("claims came with an error")
		}
		for _, c := range cs { // what was read can be signed
			if _, err := c.Statement(); err != nil {
				t.Error(err)
			}
		}
		// Unsigned it gives no part more than it has answers, and each with evidence.
		a, err := claim.ReadUnsigned(sbom.Source{Name: "a.csv"}, data)
		if err != nil {
			return
		}
		for _, c := range a.Reading(nil).Components {
			if c.MPN == "" || len(c.Found) != 1 || len(c.Facts) != 1 {
				t.Errorf("%+v", c)
			}
		}
	})
}

// A template that is filled in can be signed as it is.
func TestTemplate(t *testing.T) {
	d := asked(t)
	for i := range d.Components {
		if d.Components[i].Category == sbom.Display {
			c := claim.Template(d, &d.Components[i], []string{"manufactured", "designed"})
			yaml := strings.Replace(string(c.YAML("x.claim.yaml")), `country: ""`, `country: "KR"`, 1)
			got, blank, err := claim.ReadFile("x.claim.yaml", []byte(yaml))
			if err != nil || got.Part.PartNumber != "HD6-AMS667" || len(got.Stages) != 1 || len(blank) != 1 {
				t.Errorf("%+v, %v, %v\n%s", got, blank, err, yaml)
			}
			data, err := c.JSON()
			if err != nil {
				t.Fatal(err)
			}
			json := strings.Replace(string(data), `"country": ""`, `"country": "KR"`, 1)
			if got, _, err := claim.ReadFile("x.json", []byte(json)); err != nil || got.Stages[0].Country != "KR" {
				t.Errorf("%+v, %v\n%s", got, err, json)
			}
		}
	}
}
