package provenance_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/originbom/originbom/provenance"
	"github.com/originbom/originbom/sbom"
)

var reader = sbom.Trust{AsWritten: true}

func share(is string, lo, hi float64) sbom.Value {
	v := sbom.Value{Is: is, Basis: "count", Evidence: []sbom.Evidence{{Method: sbom.MethodDocument}}}
	if lo != 100 {
		v.Share = sbom.Interval{Min: lo, Max: hi}
	}
	return v
}

func made(quantity float64, vs ...sbom.Value) sbom.Component {
	c := sbom.Component{Kind: sbom.Hardware, Name: "part", Quantity: quantity}
	if vs != nil {
		c.Facts = []sbom.Fact{{Name: "manufactured", Values: vs}}
	}
	return c
}

func derive(t *testing.T, basis string, parts ...sbom.Component) provenance.Distribution {
	t.Helper()
	d, err := provenance.Derive(parts, "manufactured", basis, reader, sbom.Ungraded)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// The example of the CycloneDX guide: 8 placements, 6 MY, 1 US, 1 CN.
func TestDeriveGuide(t *testing.T) {
	parts := []sbom.Component{made(6, share("MY", 100, 100)), made(1, share("US", 100, 100)), made(1, share("CN", 100, 100))}
	d := derive(t, "count", parts...)
	want := map[string]sbom.Interval{"MY": {Min: 75, Max: 75}, "US": {Min: 12.5, Max: 12.5}, "CN": {Min: 12.5, Max: 12.5}}
	if diff := cmp.Diff(want, d.Shares); diff != "" || d.Unknown != 0 || d.Pieces != 8 {
		t.Errorf("%s%+v", diff, d)
	}
	if why := d.Unreproduced([]sbom.Value{share("MY", 75, 75), share("US", 12.5, 12.5), share("CN", 12.5, 12.5)}); why != nil {
		t.Errorf("the right declaration is flagged: %q", why)
	}
	for name, c := range map[string]struct {
		declared []sbom.Value
		want     string
	}{
		"moved shares": {[]sbom.Value{share("MY", 60, 60), share("US", 27.5, 27.5), share("CN", 12.5, 12.5)}, "MY is declared as 60 % and its parts give 75 %"},
		"a left out":   {[]sbom.Value{share("MY", 75, 75), share("US", 25, 25)}, "CN is not declared and its parts give 12.5 %"},
		"made up":      {[]sbom.Value{share("MY", 75, 75), share("US", 12.5, 12.5), share("KR", 12.5, 12.5)}, "KR is declared as 12.5 % and its parts give 0 %"},
		"range beside": {[]sbom.Value{share("MY", 20, 30), share("US", 12.5, 12.5), share("CN", 12.5, 12.5)}, "MY is declared as 20-30 %"},
	} {
		if why := strings.Join(d.Unreproduced(c.declared), "; "); !strings.Contains(why, c.want) {
			t.Errorf("%s: got %q, want %q", name, why, c.want)
		}
	}
	// A country for the whole is the assembly's own stage, and no distribution.
	if why := d.Unreproduced([]sbom.Value{share("VN", 100, 100)}); why != nil {
		t.Errorf("got %q", why)
	}
}

func TestDerive(t *testing.T) {
	priced := func(c sbom.Component, each float64) sbom.Component {
		c.Price = &sbom.Price{Each: each, Currency: "USD"}
		return c
	}
	candidate := made(5, share("CN", 100, 100))
	candidate.Candidate = true
	for name, c := range map[string]struct {
		basis   string
		parts   []sbom.Component
		want    map[string]sbom.Interval
		unknown float64
	}{
		"a tenth unknown": {"count", []sbom.Component{made(9, share("KR", 100, 100)), made(1)}, map[string]sbom.Interval{"KR": {Min: 90, Max: 100}}, 10},
		"a share unknown": {"count", []sbom.Component{made(1, share("KR", 60, 60), share("VN", 30, 30))}, map[string]sbom.Interval{"KR": {Min: 60, Max: 70}, "VN": {Min: 30, Max: 40}}, 10},
		"a range":         {"count", []sbom.Component{made(1, share("KR", 20, 30)), made(1, share("VN", 100, 100))}, map[string]sbom.Interval{"KR": {Min: 10, Max: 15}, "VN": {Min: 50, Max: 90}}, 40},
		"by value": {
			"value",
			[]sbom.Component{priced(made(2, share("KR", 100, 100)), 30), priced(made(1, share("CN", 100, 100)), 40)},
			map[string]sbom.Interval{"KR": {Min: 60, Max: 60}, "CN": {Min: 40, Max: 40}},
			0,
		},
		"candidates do not count":  {"count", []sbom.Component{made(1, share("KR", 100, 100)), candidate}, map[string]sbom.Interval{"KR": {Min: 100, Max: 100}}, 0},
		"a conflict is unknown":    {"count", []sbom.Component{made(1, share("KR", 100, 100), share("CN", 100, 100))}, map[string]sbom.Interval{}, 100},
		"said twice":               {"count", []sbom.Component{made(1, share("KR", 100, 100), share("KR", 100, 100))}, map[string]sbom.Interval{"KR": {Min: 100, Max: 100}}, 0},
		"a province":               {"count", []sbom.Component{made(1, share("CN", 100, 100), share("CN-XJ", 100, 100))}, map[string]sbom.Interval{"CN-XJ": {Min: 100, Max: 100}}, 0},
		"no quantity is one piece": {"count", []sbom.Component{made(0, share("KR", 100, 100)), made(3)}, map[string]sbom.Interval{"KR": {Min: 25, Max: 100}}, 75},
	} {
		d := derive(t, c.basis, c.parts...)
		if diff := cmp.Diff(c.want, d.Shares, cmpopts.EquateApprox(0, 1e-9)); diff != "" || d.Unknown < c.unknown-1e-9 || d.Unknown > c.unknown+1e-9 {
			t.Errorf("%s: unknown %g, %s", name, d.Unknown, diff)
		}
	}
	if _, err := provenance.Derive([]sbom.Component{made(1)}, "manufactured", "value", reader, 0); err == nil || !strings.Contains(err.Error(), "no price") {
		t.Errorf("got %v", err)
	}
}

// Whatever the parts, smallest shares and the unknown make up the whole.
func TestDeriveAddsUp(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var parts []sbom.Component
		for range rapid.IntRange(1, 6).Draw(r, "parts") {
			var vs []sbom.Value
			left := 100
			for _, code := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"KR", "CN", "VN", "US"}), 0, 3, rapid.ID[string]).Draw(r, "codes") {
				n := rapid.IntRange(0, left).Draw(r, "share")
				left -= n
				if n > 0 {
					vs = append(vs, share(code, float64(n), float64(n)))
				}
			}
			parts = append(parts, made(float64(rapid.IntRange(1, 9).Draw(r, "quantity")), vs...))
		}
		d, err := provenance.Derive(parts, "manufactured", "count", reader, 0)
		if err != nil {
			r.Fatal(err)
		}
		sum := d.Unknown
		for code, s := range d.Shares {
			sum += s.Min
			if s.Min > s.Max || s.Max > 100.0001 {
				r.Errorf("%s: %+v", code, s)
			}
		}
		if sum < 99.9999 || sum > 100.0001 {
			r.Errorf("the shares add up to %g", sum)
		}
	})
}

func TestDiscrepancies(t *testing.T) {
	board := sbom.Component{
		Ref: "board", Kind: sbom.Hardware, Name: "mainboard",
		Facts:      []sbom.Fact{{Name: "manufactured", Values: []sbom.Value{share("MY", 50, 50), share("US", 50, 50)}}},
		Components: []sbom.Component{made(6, share("MY", 100, 100)), made(1, share("US", 100, 100)), made(1, share("CN", 100, 100))},
	}
	d := &sbom.Document{Components: []sbom.Component{board}}
	got := provenance.Discrepancies(d, reader)
	if len(got) != 1 || got[0].Ref != "board" || got[0].Stage != "manufactured" || len(got[0].Why) != 3 {
		t.Errorf("got %+v", got)
	}
}
