package provenance

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom"
)

// This file compares what is declared of an assembly's origin with what its
// parts give, as the CycloneDX guide to hardware BOMs describes: eight placements
// of which six are from MY, one from US and one from CN are 75, 12.5 and 12.5
// percent by count.

// Bases of a derived distribution.
const (
	ByCount = "count" // each piece counts alike
	ByValue = "value" // each piece counts by its price, in one currency
)

// A Distribution is how much of an assembly is from where, by its parts.
type Distribution struct {
	Stage, Basis string
	// Shares are in percent by ISO code. They are intervals where parts are
	// unknown or split: the unknown could be from anywhere.
	Shares map[string]sbom.Interval
	// Unknown is how much of the assembly has no known origin, in percent.
	Unknown float64
	// Pieces is how many pieces were counted, or their value.
	Pieces float64
}

// Derive computes where the fitted physical parts among parts are from at one
// stage. A part counts as often as its quantity says, once if it says nothing;
// what is inside a part counts with the part, and not again. Values below the
// grade least, and facts in conflict, count as unknown. Candidates do not count.
// It returns an error if the basis is value and a part has no price, or prices
// are in several currencies.
func Derive(parts []sbom.Component, stage, basis string, t sbom.Trust, least sbom.Grade) (Distribution, error) {
	d := Distribution{Stage: stage, Basis: basis, Shares: map[string]sbom.Interval{}}
	var told []portion
	currency := ""
	for i := range parts {
		c := &parts[i]
		if c.Kind != sbom.Hardware || c.Candidate {
			continue
		}
		p := portion{weight: count(c)}
		if basis == ByValue {
			if c.Price == nil {
				return Distribution{}, fmt.Errorf("%s has no price, so shares by value cannot be told", c.Name)
			}
			if currency != "" && currency != c.Price.Currency {
				return Distribution{}, fmt.Errorf("prices are in %s and %s, so shares by value cannot be told", currency, c.Price.Currency)
			}
			currency = c.Price.Currency
			p.weight *= c.Price.Each
		}
		p.read(c.Fact(stage), t, least)
		d.Pieces += p.weight
		told = append(told, p)
	}
	d.add(told)
	return d, nil
}

// add sums up the portions, in percent of all pieces.
func (d *Distribution) add(told []portion) {
	if d.Pieces == 0 {
		return
	}
	for _, p := range told {
		d.Unknown += p.weight * p.rest / d.Pieces
		for code := range p.shares {
			d.Shares[code] = sbom.Interval{}
		}
	}
	for code := range d.Shares {
		var sum sbom.Interval
		for _, p := range told {
			s := p.of(code)
			sum.Min += p.weight * s.Min / d.Pieces
			sum.Max += p.weight * s.Max / d.Pieces
		}
		sum.Max = math.Min(100, sum.Max)
		d.Shares[code] = sum
	}
}

// count is how many pieces a part is.
func count(c *sbom.Component) float64 {
	switch {
	case c.Quantity > 0:
		return c.Quantity
	case len(c.Designators) > 0:
		return float64(len(c.Designators))
	}
	return 1
}

// A portion is what is told of one part.
type portion struct {
	weight float64
	shares map[string]sbom.Interval // in percent of the part
	rest   float64                  // percent of it that may be from anywhere
}

func (p *portion) read(f sbom.Fact, t sbom.Trust, least sbom.Grade) {
	p.shares, p.rest = map[string]sbom.Interval{}, 100
	if f.State(t, least) != sbom.StateKnown {
		return
	}
	for _, v := range f.Carried(t, least) {
		share := v.Share
		if share.Whole() {
			share = sbom.Interval{Min: 100, Max: 100}
		}
		if have, ok := p.shares[v.Is]; ok { // two parties say the same: what both allow
			share = sbom.Interval{Min: math.Max(have.Min, share.Min), Max: math.Min(have.Max, share.Max)}
		}
		p.shares[v.Is] = share
	}
	for _, code := range coarse(p.shares) {
		delete(p.shares, code)
	}
	for _, share := range p.shares {
		p.rest -= share.Min
	}
	p.rest = math.Max(0, p.rest)
}

// of is how much of the part may be from a country: what is told, and the rest,
// which may be from there too unless a range says where it ends.
func (p *portion) of(code string) sbom.Interval {
	s := p.shares[code]
	if s.Min < s.Max {
		return sbom.Interval{Min: s.Min, Max: math.Min(s.Max, s.Min+p.rest)}
	}
	return sbom.Interval{Min: s.Min, Max: s.Min + p.rest}
}

// coarse are the countries of which a subdivision is told too: the finer code
// stands for both.
func coarse(shares map[string]sbom.Interval) []string {
	var out []string
	for code := range shares {
		for other := range shares {
			if strings.HasPrefix(other, code+"-") && shares[other] == shares[code] && !slices.Contains(out, code) {
				out = append(out, code)
			}
		}
	}
	return out
}

// tolerance is how far a declared share may lie from the derived one, in percent
// points: people round.
const tolerance = 0.5

// Unreproduced says why a declared distribution cannot come from the parts, in
// words; nil if it can. Only values that are shares of the whole with a basis are
// compared, or any shares if no basis is given: a country for the whole is where
// the assembly's own stage took place, and says nothing of its parts.
func (d Distribution) Unreproduced(declared []sbom.Value) []string {
	var out []string
	sums := map[string]sbom.Interval{}
	for _, v := range declared {
		if v.Share.Whole() || v.Basis != "" && v.Basis != d.Basis {
			continue
		}
		s := sums[v.Is]
		sums[v.Is] = sbom.Interval{Min: s.Min + v.Share.Min, Max: s.Max + v.Share.Max}
	}
	if len(sums) == 0 || d.Pieces == 0 {
		return nil
	}
	for code, said := range sums {
		got, ok := d.Shares[code]
		if !ok {
			got = sbom.Interval{Max: d.Unknown}
		}
		if said.Min > got.Max+tolerance || said.Max < got.Min-tolerance {
			out = append(out, fmt.Sprintf("%s is declared as %s and its parts give %s", code, interval(said), interval(got)))
		}
	}
	for code, got := range d.Shares {
		if _, ok := sums[code]; !ok && got.Min > tolerance {
			out = append(out, fmt.Sprintf("%s is not declared and its parts give %s", code, interval(got)))
		}
	}
	slices.Sort(out)
	return out
}

func interval(i sbom.Interval) string {
	if i.Max-i.Min < 1e-9 {
		return fmt.Sprintf("%.4g %%", i.Min)
	}
	return fmt.Sprintf("%.4g-%.4g %%", i.Min, i.Max)
}

// A Discrepancy is a declared distribution that the parts cannot reproduce.
type Discrepancy struct {
	Ref, Name string // of the assembly
	Stage     string
	Why       []string
}

// Discrepancies compares every declared distribution in d, of the device and of
// its assemblies, with what their own parts give at the same stage. Stages never
// borrow from each other.
func Discrepancies(d *sbom.Document, t sbom.Trust) []Discrepancy {
	var out []Discrepancy
	check := func(ref, name string, fs []sbom.Fact, parts []sbom.Component) {
		for _, f := range fs {
			if !sbom.IsStage(f.Name) || len(parts) == 0 {
				continue
			}
			for _, basis := range []string{ByCount, ByValue} {
				dist, err := Derive(parts, f.Name, basis, t, sbom.Ungraded)
				if err != nil {
					continue
				}
				if why := dist.Unreproduced(withBasis(f.Values, basis)); why != nil {
					out = append(out, Discrepancy{ref, name, f.Name, why})
				}
			}
		}
	}
	check(d.Device.Ref, d.Device.Model, d.Device.Facts, d.Components)
	d.Walk(func(c *sbom.Component, _ []string) { check(c.Ref, c.Name, c.Facts, c.Components) })
	return out
}

// withBasis are the values of a basis; those of none count as being by count.
func withBasis(vs []sbom.Value, basis string) []sbom.Value {
	var out []sbom.Value
	for _, v := range vs {
		if v.Basis == basis || v.Basis == "" && basis == ByCount {
			out = append(out, v)
		}
	}
	return out
}
