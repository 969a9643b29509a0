package sbom_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/sbomtest"
)

var (
	board = sbom.Source{Name: "board.dtb", Digest: strings.Repeat("a", 64)}
	parts = sbom.Source{Name: "parts!.csv", Digest: strings.Repeat("b", 64)}
)

func said(src sbom.Source, place string, m sbom.Method, says, by string) []sbom.Evidence {
	return []sbom.Evidence{{Source: src, Place: place, Method: m, Says: says, By: by}}
}

// draft holds one of everything that a document can say.
func draft() sbom.Document {
	display := sbom.Component{
		Kind: sbom.Hardware, Name: "HD6-FHD", MPN: "HD6-FHD", Version: "A0", Category: sbom.Display, Quantity: 1,
		Designators: []string{"J1", "J2"}, Compatible: []string{"hanbit,hd6", "generic,panel", "a,b"}, Price: &sbom.Price{Each: 31.5, Currency: "USD"},
		Supplier: "Pan-Asia Components",
		Found: slices.Concat(said(board, "/soc/dsi@0/panel@0", sbom.MethodDeviceTree, `compatible "hanbit,hd6"`, ""),
			said(parts, "row 2", sbom.MethodDocument, "HD6-FHD", "Example Mobile")),
		Facts: []sbom.Fact{
			{Name: sbom.Manufacturer, Values: []sbom.Value{{Is: "Hanbit Display Co., Ltd.", Evidence: said(parts, "row 2", sbom.MethodDocument, "Hanbit", "Example Mobile")}}},
			{Name: "manufactured", Values: []sbom.Value{
				{Is: "KR", Evidence: said(parts, "row 2", sbom.MethodDocument, "Korea, Republic of", "Example Mobile")},
				{Is: "CN", Evidence: said(parts, "row 3", sbom.MethodDocument, "China", "")},
			}},
			{Name: "assembled", Values: []sbom.Value{
				{Is: "VN", Share: sbom.Interval{Min: 60, Max: 60}, Basis: "count", PerformedBy: "Hanbit Vina", Evidence: said(parts, "row 4", sbom.MethodDocument, "VN 60", "")},
				{Is: "KR", Share: sbom.Interval{Min: 20, Max: 40}, Evidence: said(parts, "row 4", sbom.MethodDocument, "KR 20-40", "")},
			}},
			{Name: "customs", Unread: said(parts, "row 2", sbom.MethodDocument, "Korea", "")},
			{Name: "tested", Withheld: true},
		},
		Properties: []sbom.Property{{Name: "originbom:display:driver-ic", Value: "x,y<z>"}},
	}
	soc := sbom.Component{
		Kind: sbom.Hardware, Name: "CF8550", Category: sbom.SoC, Found: said(board, "/", sbom.MethodDeviceTree, `compatible "cf,cf8550"`, ""),
		Facts: []sbom.Fact{{Name: "wafer-fabricated", Values: []sbom.Value{{Is: "TW", Evidence: said(parts, "row 5", sbom.MethodDocument, "TW", "Example Mobile")}}}},
	}
	pcb := sbom.Component{Kind: sbom.Hardware, Name: "MB", Category: sbom.PCB, Components: []sbom.Component{soc}, Completeness: sbom.Completeness{Assembly: "incomplete"}}
	alternate := sbom.Component{Kind: sbom.Hardware, Name: "HD6-ALT", Category: sbom.Display, Candidate: true, CandidateFor: "hw:display:hd6-fhd"}
	camera := sbom.Component{Kind: sbom.Hardware, Name: "unknown camera", Category: sbom.Camera, Unidentified: true, Found: said(board, "/gpio", sbom.MethodDeviceTree, "CAM_RST", "")}
	lib := sbom.Component{
		Kind: sbom.Library, Name: "libx", Version: "1.2-3", PURL: "pkg:deb/example/libx@1.2-3", Licenses: []string{"Apache-2.0"},
		Authors: []sbom.Contact{{Name: "A", Email: "a@x.example"}}, Hashes: []sbom.Hash{{Algorithm: "SHA-256", Value: strings.Repeat("0", 64)}}, CPEs: []string{"cpe:2.3:a:x:libx:1.2:*:*:*:*:*:*:*"},
	}
	os := sbom.Component{Kind: sbom.OperatingSystem, Name: "Example OS", Version: "4", Licenses: []string{"GPL-2", "weird licence"}, Components: []sbom.Component{lib}}
	return sbom.Document{
		Device: sbom.Device{
			Model: "EM-15", Name: "Example Phone 15", Revision: "R12", Category: "handset", Compatible: []string{"example,em15", "cf,cf8550"},
			Identifiers: []sbom.Property{{Name: "fcc-id", Value: "2AXYZ-EM15"}, {Name: "tac", Value: "35000000"}},
			Facts:       []sbom.Fact{{Name: sbom.Manufacturer, Values: []sbom.Value{{Is: "Example Mobile", Evidence: said(parts, "", sbom.MethodDocument, "Example Mobile", "")}}}},
		},
		Components:    []sbom.Component{display, pcb, alternate, camera, os},
		Organisations: []sbom.Organisation{{ID: "hanbit", Name: "Hanbit Display Co., Ltd.", Registered: "KR", Headquarters: "KR", UltimateParent: "Hanbit Group", Source: "made up"}},
		Inputs:        []sbom.Input{{Name: "parts!.csv", Kind: "part-list", Digest: parts.Digest}, {Name: "board.dtb", Kind: "device-tree", Digest: board.Digest}},
		Notes:         []sbom.Note{{File: "parts.csv", Place: "row 2", Text: "country is ambiguous", Remedy: "write KR or KP"}},
		Claims:        []sbom.AttachedFile{{Name: "c.json", MediaType: "application/json", Data: []byte(`{"a":1}`)}},
		Authors:       []sbom.Contact{{Name: "BOM desk", Email: "bom@example.example"}},
		Time:          time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC),
		Tool:          "test",
	}
}

func encode(t *testing.T, d sbom.Document, spec string) []byte {
	t.Helper()
	doc, err := sbom.Build(d)
	if err != nil {
		t.Fatal(err)
	}
	data, err := sbom.Encode(doc, spec)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestEncodeIsValid(t *testing.T) {
	for _, spec := range []string{sbom.Spec17, sbom.Spec16} {
		sbomtest.Validate(t, spec, encode(t, draft(), spec))
	}
	empty := sbom.Document{Device: sbom.Device{Model: "X"}, Time: time.Unix(0, 0)}
	sbomtest.Validate(t, sbom.Spec17, encode(t, empty, sbom.Spec17))
}

func TestEncodeDecodeIsLossless(t *testing.T) {
	for _, spec := range []string{sbom.Spec17, sbom.Spec16} {
		first := encode(t, draft(), spec)
		dec, err := sbom.Decode("a.cdx.json", first)
		if err != nil {
			t.Fatal(err)
		}
		if len(dec.Notes) > 0 {
			t.Errorf("%s: lost: %v", spec, dec.Notes)
		}
		second := encode(t, *dec.Document, spec)
		if diff := cmp.Diff(string(first), string(second)); diff != "" {
			t.Errorf("%s: decoding and encoding changed the document:\n%s", spec, diff)
		}
	}
}

// A claim that a text was not read keeps its meaning when its evidence is not in
// the document: it is then its author's word.
func TestUnreadWithoutEvidence(t *testing.T) {
	whole := encode(t, draft(), sbom.Spec17)
	at := bytes.Index(whole, []byte(`"originbom:origin:customs:unread"`))
	cut := slices.Clone(whole)
	copy(cut[at+bytes.Index(whole[at:], []byte("evidence:")):], "evidence:dangling")
	dec, err := sbom.Decode("a.cdx.json", cut)
	if err != nil {
		t.Fatal(err)
	}
	first := encode(t, *dec.Document, sbom.Spec17)
	if dec, err = sbom.Decode("a.cdx.json", first); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(first), string(encode(t, *dec.Document, sbom.Spec17))); diff != "" {
		t.Errorf("not stable:\n%s", diff)
	}
}

func TestOrderDoesNotMatter(t *testing.T) {
	d := draft()
	want := encode(t, d, sbom.Spec17)
	slices.Reverse(d.Components)
	slices.Reverse(d.Inputs)
	slices.Reverse(d.Components[len(d.Components)-1].Facts)
	if got := encode(t, d, sbom.Spec17); !bytes.Equal(got, want) {
		t.Errorf("another order gives other bytes:\n%s", cmp.Diff(string(want), string(got)))
	}
}

func TestConflictIsNeverResolved(t *testing.T) {
	data := string(encode(t, draft(), sbom.Spec17))
	for _, want := range []string{`"originbom:origin:manufactured:state"`, "conflict in originbom:origin:manufactured: CN (", `"counterEvidence"`} {
		if !strings.Contains(data, want) {
			t.Errorf("the document does not hold %s", want)
		}
	}
	if strings.Contains(data, `"name": "originbom:origin:manufactured",`) {
		t.Error("a country stands where two inputs contradict each other")
	}
}

// A property edited by hand stands beside what the claims say; a grade edited
// by hand is not read at all.
func TestHandEdits(t *testing.T) {
	data := string(encode(t, draft(), sbom.Spec17))
	edited := strings.Replace(data, `"name": "originbom:origin:wafer-fabricated",
              "value": "TW"`, `"name": "originbom:origin:wafer-fabricated",
              "value": "US"`, 1)
	edited = strings.Replace(edited, `"name": "originbom:origin:wafer-fabricated:grade",
              "value": "declared"`, `"name": "originbom:origin:wafer-fabricated:grade",
              "value": "signed"`, 1)
	if edited == data {
		t.Fatal("the edit did not apply")
	}
	dec, err := sbom.Decode("a.cdx.json", []byte(edited))
	if err != nil {
		t.Fatal(err)
	}
	var f sbom.Fact
	dec.Document.Walk(func(c *sbom.Component, _ []string) {
		if c.Name == "CF8550" {
			f = c.Fact("wafer-fabricated")
		}
	})
	if got := f.State(sbom.Trust{}, sbom.Ungraded); got != sbom.StateConflict {
		t.Errorf("state is %s, want conflict between the edited property and the claim", got)
	}
	if got := f.Grade(sbom.Trust{}); got != sbom.Declared {
		t.Errorf("grade is %s, want declared", got)
	}
}

func TestDecodeLines(t *testing.T) {
	data := encode(t, draft(), sbom.Spec17)
	dec, err := sbom.Decode("a.cdx.json", data)
	if err != nil {
		t.Fatal(err)
	}
	line := dec.Lines["hw:soc:cf8550"]
	rows := strings.Split(string(data), "\n")
	if line < 2 || !strings.HasSuffix(strings.TrimSpace(rows[line-1]), "{") || !strings.Contains(rows[line], "bom-ref") && !strings.Contains(rows[line+1], "bom-ref") {
		t.Errorf("the SoC is said to begin at line %d: %q", line, rows[max(0, line-1)])
	}
}

func TestDecodeRefuses(t *testing.T) {
	good := string(encode(t, draft(), sbom.Spec17))
	for name, c := range map[string]struct{ in, want string }{
		"duplicate key":    {strings.Replace(good, `"bomFormat": "CycloneDX",`, `"bomFormat": "CycloneDX", "bomFormat": "CycloneDX",`, 1), "line 3"},
		"case variant key": {strings.Replace(good, `"bomFormat": "CycloneDX",`, `"bomFormat": "CycloneDX", "BomFormat": "x",`, 1), "line 3"},
		"one ref twice":    {strings.Replace(good, `"bom-ref": "hw:soc:cf8550"`, `"bom-ref": "hw:display:hd6-fhd"`, 1), "stands already at line"},
		"not a BOM":        {`{"a": 1}`, "not a CycloneDX JSON document"},
		"not JSON":         {`<bom/>`, "line 1"},
		"truncated":        {good[:len(good)/2], "line "},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sbom.Decode("x.json", []byte(c.in))
			if err == nil || !strings.HasPrefix(err.Error(), "x.json: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// Somebody's BOM as an input is that somebody's word.
func TestReadBOMIsHearsay(t *testing.T) {
	r, claims, err := sbom.ReadBOM("theirs.json", encode(t, draft(), sbom.Spec17))
	if err != nil {
		t.Fatal(err)
	}
	if len(claims) != 1 {
		t.Errorf("%d claim bundles kept, want 1", len(claims))
	}
	for _, c := range r.Components {
		for _, e := range c.Found {
			if e.Method != sbom.MethodDocument || e.By != "BOM desk" {
				t.Errorf("%s was found by %s of %q, want the document's word", c.Name, e.Method, e.By)
			}
		}
	}
}

func TestForeignBOM(t *testing.T) {
	data := `{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,
	 "metadata":{"authors":[{"name":"Kim"}],"component":{"type":"device","name":"P1"}},
	 "services":[{"name":"s"}],
	 "components":[{"type":"device","bom-ref":"a","name":"X1","manufacturer":{"name":"Acme","address":{"country":"KR"}},
	   "properties":[{"name":"originbom:origin:manufactured","value":"Korea"},{"name":"originbom:origin:packaged","value":"MY"},
	   {"name":"originbom:origin:packaged:grade","value":"signed"},
	   {"name":"originbom:origin:tested:distribution","value":"[{\"code\":\"MY\",\"percentage\":75},{\"code\":\"US\",\"percentage\":25}]"}],
	   "pedigree":{"notes":"n"}}]}`
	dec, err := sbom.Decode("f.json", []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	c := dec.Document.Components[0]
	if f := c.Fact("manufactured"); len(f.Values) != 0 || len(f.Unread) != 1 {
		t.Errorf("Korea was read as %v", f.Values)
	}
	if f := c.Fact("packaged"); f.Grade(sbom.Trust{AsWritten: true}) != sbom.Declared {
		t.Error("the stated value is not declared")
	}
	if f := c.Fact("tested"); len(f.Values) != 2 || f.State(sbom.Trust{}, 0) != sbom.StateKnown {
		t.Errorf("the distribution was read as %v", f.Values)
	}
	for _, stage := range sbom.Stages {
		for _, v := range c.Fact(stage).Values {
			if v.Is == "KR" {
				t.Errorf("the maker's address became the country of %s", stage)
			}
		}
	}
	var lost []string
	for _, n := range dec.Notes {
		lost = append(lost, n.Text)
	}
	if got := strings.Join(lost, "; "); got != "component pedigree (1) is not kept; services (1) is not kept" {
		t.Errorf("lost: %s", got)
	}
}

func FuzzDecode(f *testing.F) {
	doc, err := sbom.Build(draft())
	if err != nil {
		f.Fatal(err)
	}
	data, err := sbom.Encode(doc, sbom.Spec17)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"bomFormat":"CycloneDX","specVersion":"1.7","components":[{"type":"device","name":"a"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		dec, err := sbom.Decode("f", data)
		if err != nil {
			return
		}
		// What decodes builds and encodes, and then is stable.
		doc, err := sbom.Build(*dec.Document)
		if err != nil {
			return
		}
		first, err := sbom.Encode(doc, sbom.Spec17)
		if err != nil {
			t.Fatal(err)
		}
		again, err := sbom.Decode("f", first)
		if err != nil {
			t.Fatalf("our own encoding is refused: %v", err)
		}
		doc2, err := sbom.Build(*again.Document)
		if err != nil {
			t.Fatal(err)
		}
		second, err := sbom.Encode(doc2, sbom.Spec17)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, second) {
			t.Errorf("not stable:\n%s", cmp.Diff(string(first), string(second)))
		}
	})
}

func TestMain(m *testing.M) { os.Exit(m.Run()) }
