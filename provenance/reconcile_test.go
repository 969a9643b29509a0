package provenance

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/originbom/originbom/provenance/registry"
	"github.com/originbom/originbom/sbom"
)

var day = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

// part makes a part of an input.
func part(in, place, name string, edit func(*sbom.Component)) sbom.Component {
	c := sbom.Component{
		Kind: sbom.Hardware, Name: name, MPN: name,
		Found: []sbom.Evidence{{Source: sbom.Source{Name: in, Digest: in}, Place: place, Method: sbom.MethodDocument, Says: name}},
	}
	if edit != nil {
		edit(&c)
	}
	return c
}

func of(category sbom.Category, maker string) func(*sbom.Component) {
	return func(c *sbom.Component) {
		c.Category = category
		if maker != "" {
			c.Facts = []sbom.Fact{{Name: sbom.Manufacturer, Values: []sbom.Value{{Is: maker, Evidence: c.Found}}}}
		}
	}
}

func all(edits ...func(*sbom.Component)) func(*sbom.Component) {
	return func(c *sbom.Component) {
		for _, e := range edits {
			e(c)
		}
	}
}

func reading(in, kind string, cs ...sbom.Component) sbom.Reading {
	return sbom.Reading{Input: sbom.Input{Name: in, Kind: kind, Digest: in}, Components: cs}
}

func resolve(tb testing.TB, rs ...sbom.Reading) *sbom.Document {
	tb.Helper()
	reg, err := registry.New(nil, nil)
	if err != nil {
		tb.Fatal(err)
	}
	draft := Resolve(rs, reg, day)
	draft.Device.Model, draft.Time = "EM-15", day
	doc, err := sbom.Build(draft)
	if err != nil {
		tb.Fatal(err)
	}
	return doc
}

// Which parts of a part list and a device tree are one part. Each component is
// shown as name, number of pieces of evidence, and what is in conflict.
func TestMatching(t *testing.T) {
	quantity := func(n float64) func(*sbom.Component) { return func(c *sbom.Component) { c.Quantity = n } }
	candidate := func(c *sbom.Component) { c.Candidate = true }
	unpopulated := func(c *sbom.Component) {
		c.Candidate = true
		c.Properties = []sbom.Property{{Name: "originbom:populate", Value: "false"}}
	}
	unknown := func(c *sbom.Component) { c.Name, c.MPN, c.Unidentified = "unknown "+string(c.Category), "", true }
	for _, tc := range []struct {
		name       string
		list, tree []sbom.Component
		want       []string
		how        string // that the evidence or a note must hold
	}{
		{
			"one part number",
			[]sbom.Component{part("l", "row 2", "TG-2589", of(sbom.Charger, "T"))},
			[]sbom.Component{part("t", "/i2c/a", "tg2589", of(sbom.Charger, ""))},
			[]string{"TG-2589 2"},
			"taken for TG-2589 by part number",
		},
		{
			"two positions stay two",
			[]sbom.Component{part("l", "row 2", "A100", of(sbom.Sensor, "")), part("l", "row 3", "A100", of(sbom.Sensor, ""))},
			[]sbom.Component{part("t", "/a", "A100", of(sbom.Sensor, ""))},
			[]string{"A100 1", "A100 2"},
			"",
		},
		{
			"a row of two pieces is two nodes",
			[]sbom.Component{part("l", "row 2", "A100", all(of(sbom.Sensor, ""), quantity(2)))},
			[]sbom.Component{part("t", "/a", "A100", of(sbom.Sensor, "")), part("t", "/b", "A100", of(sbom.Sensor, "")), part("t", "/c", "A100", of(sbom.Sensor, ""))},
			[]string{"A100 1", "A100 3"},
			"",
		},
		{
			"an order code",
			[]sbom.Component{part("l", "row 2", "BQ25895RTWR", of(sbom.Charger, "T"))},
			[]sbom.Component{part("t", "/a", "BQ25895", of(sbom.Charger, "T"))},
			[]string{"BQ25895RTWR 2"},
			"by part number without its suffix",
		},
		{
			"a longer number is another model",
			[]sbom.Component{part("l", "row 2", "BQ258950", of(sbom.Charger, ""))},
			[]sbom.Component{part("t", "/a", "BQ25895", of(sbom.Charger, ""))},
			[]string{"BQ25895 1", "BQ258950 1"},
			"",
		},
		{
			"a driver's name for its sibling stays as a conflict",
			[]sbom.Component{part("l", "row 2", "PM7350C", of(sbom.PMIC, "Q")), part("l", "row 3", "PMK7325", of(sbom.PMIC, "Q"))},
			[]sbom.Component{part("t", "/a", "PM8350C", of(sbom.PMIC, "Q")), part("t", "/b", "PMK8350", of(sbom.PMIC, "Q"))},
			[]string{"PM7350C 2 part-number PM7350C|PM8350C", "PMK7325 2 part-number PMK7325|PMK8350"},
			"by maker, category and almost the same part number",
		},
		{
			"two such siblings cannot be told apart",
			[]sbom.Component{part("l", "row 2", "PM7350C", of(sbom.PMIC, "Q"))},
			[]sbom.Component{part("t", "/a", "PM8350C", of(sbom.PMIC, "Q")), part("t", "/b", "PM8450C", of(sbom.PMIC, "Q"))},
			[]string{"PM7350C 1", "PM8350C 1", "PM8450C 1"},
			"",
		},
		{
			"another maker's number is no sibling",
			[]sbom.Component{part("l", "row 2", "PM7350C", of(sbom.PMIC, "Q"))},
			[]sbom.Component{part("t", "/a", "PM8350C", of(sbom.PMIC, "R"))},
			[]string{"PM7350C 1", "PM8350C 1"},
			"",
		},
		{
			"makers in conflict",
			[]sbom.Component{part("l", "row 2", "LM3580", of(sbom.LED, "S"))},
			[]sbom.Component{part("t", "/a", "LM3580", of(sbom.LED, "T"))},
			[]string{"LM3580 2 manufacturer S|T"},
			"",
		},
		{
			"categories differ",
			[]sbom.Component{part("l", "row 2", "TFA9895", of(sbom.Other, ""))},
			[]sbom.Component{part("t", "/a", "TFA9895", of(sbom.Audio, ""))},
			[]string{"TFA9895 2"},
			"",
		},
		{
			"the one display",
			[]sbom.Component{part("l", "row 2", "HD6", of(sbom.Display, "H"))},
			[]sbom.Component{part("t", "/a", "x", all(of(sbom.Display, ""), unknown))},
			[]string{"HD6 2"},
			"by category and maker",
		},
		{
			"one of several cameras",
			[]sbom.Component{part("l", "row 2", "C50", of(sbom.Camera, "S")), part("l", "row 3", "C12", of(sbom.Camera, "S"))},
			[]sbom.Component{part("t", "/gpio", "x", all(of(sbom.Camera, ""), unknown))},
			[]string{"C12 1", "C50 1"},
			"which is one of C50, C12 by another input",
		},
		{
			"a disabled node of a fitted part",
			[]sbom.Component{part("l", "row 2", "A1000", of(sbom.Sensor, ""))},
			[]sbom.Component{part("t", "/a", "A1000", all(of(sbom.Sensor, ""), candidate))},
			[]string{"A1000 2"},
			"says only that it may be fitted",
		},
		{
			"not populated contradicts a node",
			[]sbom.Component{part("l", "row 2", "A1000", all(of(sbom.Sensor, ""), unpopulated))},
			[]sbom.Component{part("t", "/a", "A1000", of(sbom.Sensor, ""))},
			[]string{"A1000 1", "A1000 1"},
			"",
		},
		{
			"other quantities",
			[]sbom.Component{part("l", "row 2", "A1000", quantity(2))},
			[]sbom.Component{part("t", "/a", "A1000", quantity(3))},
			[]string{"A1000 2"},
			"the quantity of A1000 is 3 here and 2 in another input",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			doc := resolve(t, reading("t", "device-tree", tc.tree...), reading("l", "part-list", tc.list...))
			var got []string
			how := ""
			for _, c := range doc.Components {
				s := fmt.Sprintf("%s %d", c.Name, len(c.Found))
				for _, f := range c.Facts {
					if sbom.Conflict(f.Name, f.Values) {
						var is []string
						for _, v := range f.Values {
							is = append(is, v.Is)
						}
						s += " " + f.Name + " " + strings.Join(is, "|")
					}
				}
				got = append(got, s)
				for _, e := range c.Found {
					how += e.Note + "\n"
				}
			}
			for _, n := range doc.Notes {
				how += n.String() + "\n"
			}
			slices.Sort(got)
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if !strings.Contains(how, tc.how) {
				t.Errorf("evidence and notes do not hold %q:\n%s", tc.how, how)
			}
		})
	}
}

// A conflict of part numbers stands in the document and comes back from it.
func TestPartNumberConflictIsWritten(t *testing.T) {
	doc := resolve(t, reading("l", "part-list", part("l", "row 2", "PM7350C", of(sbom.PMIC, "Q"))), reading("t", "device-tree", part("t", "/a", "PM8350C", of(sbom.PMIC, "Q"))))
	data, err := sbom.Encode(doc, sbom.Spec17)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`conflict in originbom:identifier:mpn: PM7350C (l: row 2`, `"originbom:identifier:mpn:state"`, `"counterEvidence"`} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("the document does not hold %s", want)
		}
	}
	dec, err := sbom.Decode("b", data)
	if err != nil {
		t.Fatal(err)
	}
	c := dec.Document.Components[0]
	if f := c.Fact(sbom.PartNumber); c.MPN != "PM7350C" || !sbom.Conflict(f.Name, f.Values) {
		t.Errorf("came back as %q, %+v", c.MPN, f)
	}
	again, err := sbom.Encode(dec.Document, sbom.Spec17)
	if err != nil || !bytes.Contains(again, []byte(`"originbom:identifier:mpn:state"`)) {
		t.Errorf("a second encoding loses the conflict: %v", err)
	}
}

// Candidates follow the part that they may stand in for, also when it was
// joined with a part of another list.
func TestCandidatesFollow(t *testing.T) {
	list := func(in string) sbom.Reading {
		ref := sbom.DraftRef(sbom.Source{Name: in, Digest: in}, "row 2")
		return reading(in, "part-list",
			part(in, "row 2", "A1000", func(c *sbom.Component) { c.Ref = ref }),
			part(in, "row 2", "B1000-"+in, func(c *sbom.Component) { c.Candidate, c.CandidateFor = true, ref }))
	}
	for _, rs := range [][]sbom.Reading{{list("l"), list("m")}, {list("l"), list("l")}} {
		doc := resolve(t, rs...)
		main := ""
		for _, c := range doc.Components {
			if !c.Candidate {
				main = c.Ref
			}
		}
		for _, c := range doc.Components {
			if c.Candidate && (c.CandidateFor != main || main == "") {
				t.Errorf("%s is for %q, want %q", c.Name, c.CandidateFor, main)
			}
		}
	}
}

// inputs draws readings with few part numbers, categories and makers, so that
// all ways of matching meet.
func inputs(t *rapid.T) []sbom.Reading {
	kinds := []string{"part-list", "part-list", "cyclonedx", "device-tree"}
	n := rapid.IntRange(1, 4).Draw(t, "inputs")
	var out []sbom.Reading
	for i := range n {
		in := fmt.Sprintf("in%d", i)
		var cs []sbom.Component
		for row := range rapid.IntRange(0, 6).Draw(t, "rows") {
			name := rapid.SampledFrom([]string{"PM7350C", "PM8350C", "BQ25895", "BQ25895RTWR", "A1", "HD6-AMS"}).Draw(t, "name")
			cs = append(cs, part(in, fmt.Sprintf("row %d", row+2), name, all(
				of(rapid.SampledFrom([]sbom.Category{sbom.PMIC, sbom.Display, sbom.Camera, ""}).Draw(t, "category"), rapid.SampledFrom([]string{"", "Q", "R"}).Draw(t, "maker")),
				func(c *sbom.Component) {
					c.Quantity = float64(rapid.IntRange(0, 3).Draw(t, "quantity"))
					c.Candidate = rapid.IntRange(0, 5).Draw(t, "candidate") == 0
					if rapid.IntRange(0, 5).Draw(t, "unidentified") == 0 {
						c.Name, c.MPN, c.Unidentified = "unknown part", "", true
					}
				})))
		}
		out = append(out, reading(in, kinds[i], cs...))
	}
	return out
}

// The order of the inputs does not matter: the documents are the same bytes.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rs := inputs(rt)
		encode := func(rs []sbom.Reading) []byte {
			data, err := sbom.Encode(resolve(t, rs...), sbom.Spec17)
			if err != nil {
				rt.Fatal(err)
			}
			return data
		}
		want := encode(rs)
		if got := encode(rapid.Permutation(rs).Draw(rt, "order")); !bytes.Equal(want, got) {
			rt.Fatalf("another document:\n%s", cmp.Diff(string(want), string(got)))
		}
	})
}

// No evidence is lost, no part is made up, and no part gets fewer pieces than
// an input has rows of it: positions never fall together.
func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rs := inputs(rt)
		doc := resolve(t, rs...)
		kept, said := map[string]int{}, 0
		have := map[string]int{} // pieces by exact number, of fitted parts
		for _, c := range doc.Components {
			for _, e := range c.Found {
				kept[e.Source.Name+e.Place]++
			}
			if !c.Candidate {
				for _, n := range numbers(&c) {
					have[n] += pieces(&c)
				}
				for _, v := range c.Fact(sbom.PartNumber).Values {
					if n := sbom.NormalPartNumber(v.Is); !slices.Contains(numbers(&c), n) {
						have[n] += pieces(&c)
					}
				}
			}
		}
		noted := ""
		for _, n := range doc.Notes {
			noted += n.File + n.Place + "\n"
		}
		for _, r := range rs {
			need := map[string]int{}
			for _, c := range r.Components {
				said++
				at := c.Found[0].Source.Name + c.Found[0].Place
				if kept[at] == 0 && !strings.Contains(noted, at) {
					rt.Fatalf("the evidence of %s is lost", at)
				}
				if kept[at] > 1 {
					rt.Fatalf("%s stands in %d parts", at, kept[at])
				}
				if !c.Candidate && !c.Unidentified {
					need[sbom.NormalPartNumber(c.Name)]++
				}
			}
			for n, least := range need {
				total := have[n]
				for m, k := range have { // under its order code
					if m != n && (stemOf(n, m) || stemOf(m, n)) {
						total += k
					}
				}
				if total < least {
					rt.Fatalf("%s has %d rows of %s, the document %d pieces", r.Input.Name, least, n, total)
				}
			}
		}
		if len(doc.Components) > said {
			rt.Fatalf("%d components of %d", len(doc.Components), said)
		}
	})
}

// Two long lists of one board: the cost must stay near that of their length.
func BenchmarkReconcile(b *testing.B) {
	list := func(in string) (cs []sbom.Component) {
		for i := range 2000 {
			cs = append(cs, part(in, fmt.Sprintf("row %d", i), fmt.Sprintf("A%05d", i*7), of(sbom.Other, "S")))
		}
		return cs
	}
	sets := [][]sbom.Component{list("l"), list("m")}
	for b.Loop() {
		if r := reconcile(sets); len(r.components) != 2000 {
			b.Fatal(len(r.components))
		}
	}
}
