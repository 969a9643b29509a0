package diff

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/originbom/originbom/sbom"
)

func evidence(m sbom.Method) []sbom.Evidence {
	return []sbom.Evidence{{Source: sbom.Source{Name: "in", Digest: "in"}, Place: "row 2", Method: m, Says: "x"}}
}

func part(category sbom.Category, name, maker, made string, edit ...func(*sbom.Component)) sbom.Component {
	c := sbom.Component{Kind: sbom.Hardware, Category: category, Name: name, MPN: name, Found: evidence(sbom.MethodDocument)}
	for fact, is := range map[string]string{sbom.Manufacturer: maker, "manufactured": made} {
		if is != "" {
			c.Facts = append(c.Facts, sbom.Fact{Name: fact, Values: []sbom.Value{{Is: is, Evidence: evidence(sbom.MethodDocument)}}})
		}
	}
	for _, e := range edit {
		e(&c)
	}
	return c
}

func document(tb testing.TB, cs ...sbom.Component) *sbom.Document {
	tb.Helper()
	d, err := sbom.Build(sbom.Document{Device: sbom.Device{Model: "EM-15"}, Components: cs, Time: time.Unix(1, 0)})
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// lines is a diff in short.
func lines(d *Diff) []string {
	var out []string
	for _, p := range d.Removed {
		out = append(out, "- "+p.heading())
	}
	for _, p := range d.Added {
		out = append(out, "+ "+p.heading())
	}
	for _, c := range d.Changed {
		for _, ch := range c.Changes {
			out = append(out, fmt.Sprintf("~ %s: %s: %s -> %s", c.Part.heading(), ch.What, ch.Old, ch.New))
		}
	}
	return out
}

func TestCompare(t *testing.T) {
	at := func(d ...string) func(*sbom.Component) { return func(c *sbom.Component) { c.Designators = d } }
	camera := func(d string) sbom.Component { return part(sbom.Camera, "SO-50", "Sorae", "JP", at(d)) }
	library := func(version string) sbom.Component {
		return sbom.Component{Kind: sbom.Library, Name: "libx", Version: version, PURL: "pkg:deb/debian/libx@" + version}
	}
	for _, tc := range []struct {
		name     string
		old, new []sbom.Component
		want     []string
	}{
		{"the same in another order", []sbom.Component{camera("J1"), camera("J2"), library("1")}, []sbom.Component{library("1"), camera("J2"), camera("J1")}, nil},
		{
			"variants that differ in one part",
			[]sbom.Component{camera("J1"), part(sbom.Display, "HD6", "Hanbit", "KR")},
			[]sbom.Component{camera("J1"), part(sbom.Display, "VX6", "Volta", "VN")},
			[]string{"~ display VX6: name: HD6 -> VX6", "~ display VX6: part number: HD6 -> VX6", "~ display VX6: maker: Hanbit -> Volta", "~ display VX6: origin manufactured: KR -> VN"},
		},
		{
			"one of two cameras at its position",
			[]sbom.Component{camera("J1"), part(sbom.Camera, "SO-12", "Sorae", "JP", at("J2"))},
			[]sbom.Component{camera("J1"), part(sbom.Camera, "SO-13", "Sorae", "JP", at("J2"))},
			[]string{"~ camera SO-13: name: SO-12 -> SO-13", "~ camera SO-13: part number: SO-12 -> SO-13"},
		},
		{"one of two is gone", []sbom.Component{camera("J1"), camera("J2")}, []sbom.Component{camera("J2")}, []string{"- camera SO-50"}},
		{
			"maker of one part number",
			[]sbom.Component{part(sbom.Charger, "TG1", "Taegu", "")},
			[]sbom.Component{part(sbom.Charger, "TG1", "Tegu", "")},
			[]string{"~ charger TG1: maker: Taegu -> Tegu"},
		},
		{
			"stages do not mix",
			[]sbom.Component{part(sbom.Charger, "TG1", "T", "KR")},
			[]sbom.Component{part(sbom.Charger, "TG1", "T", "", func(c *sbom.Component) {
				c.Facts = append(c.Facts, sbom.Fact{Name: "assembled", Values: []sbom.Value{{Is: "KR", Evidence: evidence(sbom.MethodDocument)}}})
			})},
			[]string{"~ charger TG1: origin manufactured: KR -> ", "~ charger TG1: origin assembled:  -> KR"},
		},
		{
			"shares",
			[]sbom.Component{part(sbom.Battery, "B", "V", "VN")},
			[]sbom.Component{part(sbom.Battery, "B", "V", "", func(c *sbom.Component) {
				c.Facts = append(c.Facts, sbom.Fact{Name: "manufactured", Values: []sbom.Value{
					{Is: "KR", Share: sbom.Interval{Min: 60, Max: 60}, Evidence: evidence(sbom.MethodDocument)}, {Is: "VN", Share: sbom.Interval{Min: 40, Max: 40}, Evidence: evidence(sbom.MethodDocument)},
				}})
			})},
			[]string{"~ battery B: origin manufactured: VN -> KR 60 %, VN 40 %"},
		},
		{
			"evidence",
			[]sbom.Component{part(sbom.NFC, "N", "V", "")},
			[]sbom.Component{part(sbom.NFC, "N", "V", "", func(c *sbom.Component) { c.Facts[0].Values[0].Evidence = evidence(sbom.MethodLive) })},
			[]string{"~ nfc N: evidence of maker: declared -> observed"},
		},
		{
			"quantity and revision",
			[]sbom.Component{part(sbom.NFC, "N", "", "", func(c *sbom.Component) { c.Quantity = 1; c.Version = "A" })},
			[]sbom.Component{part(sbom.NFC, "N", "", "", func(c *sbom.Component) { c.Quantity = 2; c.Version = "B" })},
			[]string{"~ nfc N B: version: A -> B", "~ nfc N B: quantity: 1 -> 2"},
		},
		{"software", []sbom.Component{library("1")}, []sbom.Component{library("2")}, []string{"~ library libx 2: version: 1 -> 2"}},
		{"no longer fitted", []sbom.Component{camera("J1")}, []sbom.Component{part(sbom.Camera, "SO-50", "Sorae", "JP", at("J1"), func(c *sbom.Component) { c.Candidate = true })}, []string{"- camera SO-50", "+ camera SO-50"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := Compare(document(t, tc.old...), document(t, tc.new...))
			if d := cmp.Diff(tc.want, lines(got)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if got.Equal() != (tc.want == nil) {
				t.Errorf("equal: %t", got.Equal())
			}
		})
	}
}

// drawn draws a document of parts that are often alike.
func drawn(tb testing.TB, t *rapid.T, label string) *sbom.Document {
	var cs []sbom.Component
	for range rapid.IntRange(0, 8).Draw(t, label) {
		cs = append(cs, part(
			rapid.SampledFrom([]sbom.Category{sbom.Camera, sbom.Display, ""}).Draw(t, "category"), rapid.SampledFrom([]string{"A1", "A2", "B"}).Draw(t, "name"),
			rapid.SampledFrom([]string{"", "S", "T"}).Draw(t, "maker"), rapid.SampledFrom([]string{"", "KR", "VN"}).Draw(t, "made"),
			func(c *sbom.Component) { c.Candidate = rapid.Bool().Draw(t, "candidate") },
		))
	}
	return document(tb, cs...)
}

// A document does not differ from itself; each component is counted once; and
// a diff read backwards has added and removed exchanged.
func TestProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a, b := drawn(t, rt, "a"), drawn(t, rt, "b")
		if self := Compare(a, a); !self.Equal() || self.Same != len(a.Components) {
			rt.Fatalf("differs from itself: %v", lines(self))
		}
		d, back := Compare(a, b), Compare(b, a)
		if n := len(d.Removed) + len(d.Changed) + d.Same; n != len(a.Components) {
			rt.Fatalf("%d of %d old components", n, len(a.Components))
		}
		if n := len(d.Added) + len(d.Changed) + d.Same; n != len(b.Components) {
			rt.Fatalf("%d of %d new components", n, len(b.Components))
		}
		if len(d.Added) != len(back.Removed) || len(d.Removed) != len(back.Added) || d.Same != back.Same {
			rt.Fatalf("backwards: %v\n%v", lines(d), lines(back))
		}
	})
}

// Names come from strangers: none of them leaves its line, its cell, or becomes
// markup or a terminal's command.
func TestWritersAreSafe(t *testing.T) {
	evil := "A1\n+ display\x1b[2J | <img src=x> [x](javascript:1) \u202e`"
	d := Compare(document(t, part(sbom.Display, "B", "S", "KR")), document(t, part(sbom.Display, evil, "S", "KR"), part(sbom.Camera, evil, evil, "")))
	for name, write := range map[string]func(*bytes.Buffer) error{
		"text":     func(b *bytes.Buffer) error { return Text(b, d) },
		"markdown": func(b *bytes.Buffer) error { return Markdown(b, d) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"\x1b", "\u202e", "\n+ display\ufffd"} {
			if strings.Contains(b.String(), bad) {
				t.Errorf("%s holds %q:\n%s", name, bad, b.String())
			}
		}
		if name == "markdown" {
			for _, bad := range []string{"<img", "](javascript", " | <"} {
				if strings.Contains(b.String(), bad) {
					t.Errorf("markdown holds %q", bad)
				}
			}
		}
	}
	var b bytes.Buffer
	if err := JSON(&b, d); err != nil {
		t.Fatal(err)
	}
	var back Diff
	if err := json.Unmarshal(b.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if df := cmp.Diff(*d, back); df != "" {
		t.Errorf("JSON does not come back:\n%s", df)
	}
}
