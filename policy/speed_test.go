package policy

import (
	"fmt"
	"testing"
	"time"

	"github.com/originbom/originbom/provenance/registry"
	"github.com/originbom/originbom/sbom"
)

// speed makes a document and a pack of the given sizes; half of the rules are
// about countries, half about lists.
func speed(tb testing.TB, components, rules int) ([]byte, *Pack, *registry.Registry) {
	tb.Helper()
	var cs []sbom.Component
	for i := range components {
		maker, country := fmt.Sprintf("Maker %d Co., Ltd.", i%200), []string{"KR", "CN", "US", "JP"}[i%4]
		fact := func(name, is string) sbom.Fact {
			return sbom.Fact{Name: name, Values: []sbom.Value{{Is: is, Evidence: []sbom.Evidence{{Method: sbom.MethodDocument, Source: sbom.Source{Name: "parts.csv"}, Place: fmt.Sprintf("row %d", i), Says: is}}}}}
		}
		cs = append(cs, sbom.Component{
			Ref: fmt.Sprintf("c%d", i), Kind: sbom.Hardware, Name: fmt.Sprintf("P%d", i), Category: sbom.Sensor, Quantity: 1,
			Facts: []sbom.Fact{fact(sbom.Manufacturer, maker), fact("manufactured", country)},
		})
	}
	doc, err := sbom.Build(sbom.Document{Device: sbom.Device{Model: "X", Completeness: sbom.Completeness{Assembly: "complete"}}, Components: cs})
	if err != nil {
		tb.Fatal(err)
	}
	data, err := sbom.Encode(doc, sbom.Spec17)
	if err != nil {
		tb.Fatal(err)
	}
	text := "id: x\nrules:\n"
	for i := range rules {
		text += fmt.Sprintf("  - {id: R%d, on-unknown: unknown, on-weak: warn, on-conflict: unknown, ", i)
		if i%2 == 0 {
			text += "deny: {stage: [customs, manufactured], countries: {in: [CN, KP]}}}\n"
		} else {
			text += "deny: {on-list: l, roles: {manufacturer: required}, cascade: {owner-share: 50}}}\n"
		}
	}
	text += "lists:\n  l: {complete: true, entries: [{name: Maker 7}, {name: Other One}]}\n"
	p, err := ParsePack("x.yaml", []byte(text), nil)
	if err != nil {
		tb.Fatal(err)
	}
	reg, err := registry.Embedded()
	if err != nil {
		tb.Fatal(err)
	}
	return data, p, reg
}

func BenchmarkEvaluate(b *testing.B) {
	for _, size := range [][2]int{{5000, 20}, {10000, 50}} {
		data, p, reg := speed(b, size[0], size[1])
		b.Run(fmt.Sprintf("decode %d", size[0]), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := sbom.Decode("x", data); err != nil {
					b.Fatal(err)
				}
			}
		})
		dec, err := sbom.Decode("x", data)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("judge %d x %d", size[0], size[1]), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				in := Input{Document: dec.Document, Lines: dec.Lines, Registry: reg, Packs: []*Pack{p}, AsOf: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)}
				if _, err := Evaluate(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
