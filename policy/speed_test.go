package policy

import (
	"fmt"
	"testing"
	"time"

	"github.com/originbom/originbom/provenance/registry"
	"github.com/originbom/originbom/sbom"
)

// Kinds of rules, by what they cost.
var (
	byCountry = "deny: {stage: [customs, manufactured], countries: {in: [CN, KP]}}"
	byList    = "deny: {on-list: l, roles: {manufacturer: required}, cascade: {owner-share: 50}}"
	byParty   = "deny: {party-countries: {of: manufacturer, facts: [headquarters, ultimate-parent]}, in: [CN, KP]}"
	byCEL     = `deny: {custom: {cel: '"CN" in facts.manufactured && part.category == "sensor"'}}`
)

// speedPack makes a pack of rules of the given kinds, in turn.
func speedPack(tb testing.TB, rules int, kinds ...string) *Pack {
	tb.Helper()
	text := "id: x\nlists:\n  l: {complete: true, entries: [{name: Maker 7}, {name: Other One}]}\nrules:\n"
	for i := range rules {
		text += fmt.Sprintf("  - {id: R%d, on-unknown: unknown, on-weak: warn, on-conflict: unknown, %s}\n", i, kinds[i%len(kinds)])
	}
	p, err := ParsePack("x.yaml", []byte(text), nil)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// speed makes a document of the given size, with makers that the registry knows
// and others.
func speed(tb testing.TB, components int) ([]byte, *registry.Registry) {
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
	reg, err := registry.Embedded()
	if err != nil {
		tb.Fatal(err)
	}
	return data, reg
}

func BenchmarkEvaluate(b *testing.B) {
	for _, size := range [][2]int{{5000, 20}, {10000, 50}} {
		data, reg := speed(b, size[0])
		p := speedPack(b, size[1], byCountry, byList)
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

// What each kind of rule costs on 5,000 components x 20 rules, and what a waiver
// for every fifth component of every rule adds.
func BenchmarkKinds(b *testing.B) {
	data, reg := speed(b, 5000)
	dec, err := sbom.Decode("x", data)
	if err != nil {
		b.Fatal(err)
	}
	waivers := new(Waivers)
	for i := range 20 {
		for c := 0; c < 5000; c += 5 {
			waivers.Waivers = append(waivers.Waivers, Waiver{ID: "W", Rule: fmt.Sprintf("R%d", i), Component: WaivedComponent{Ref: fmt.Sprintf("c%d", c)}, Approver: "A", Expires: "2030-01-01"})
		}
	}
	for _, k := range []struct {
		name    string
		rule    string
		waivers *Waivers
	}{
		{"country", byCountry, nil},
		{"list", byList, nil},
		{"party", byParty, nil},
		{"cel", byCEL, nil},
		{"country, 20,000 waivers", byCountry, waivers},
	} {
		p := speedPack(b, 20, k.rule)
		b.Run(k.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				in := Input{Document: dec.Document, Lines: dec.Lines, Registry: reg, Packs: []*Pack{p}, Waivers: k.waivers, AsOf: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)}
				if _, err := Evaluate(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
