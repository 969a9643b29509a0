package policy

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Whatever the true weights and fractions are, the true share lies between the
// extremes; and the extremes are reached.
func TestExtremes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "n")
		ps := make([]portion, n)
		num, den := 0.0, 0.0
		for i := range ps {
			w := rapid.Float64Range(0, 100).Draw(t, "w")
			more := rapid.Float64Range(0, 100).Draw(t, "more")
			f := rapid.Float64Range(0, 1).Draw(t, "f")
			to := rapid.Float64Range(f, 1).Draw(t, "to")
			ps[i] = portion{weight: [2]float64{w, w + more}, in: [2]float64{f, to}}
			tw := rapid.Float64Range(w, w+more).Draw(t, "true w")
			num += tw * rapid.Float64Range(f, to).Draw(t, "true f")
			den += tw
		}
		lo, hi := extremes(ps)
		if den > 0 && (100*num/den < lo-1e-6 || 100*num/den > hi+1e-6) {
			t.Fatalf("share %g is not within %g to %g", 100*num/den, lo, hi)
		}
		if bl, bh := brute(ps); math.Abs(bl-lo) > 1e-6 || math.Abs(bh-hi) > 1e-6 {
			t.Fatalf("got %g to %g, want %g to %g", lo, hi, bl, bh)
		}
	})
}

// brute tries every choice of ends.
func brute(ps []portion) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for mask := range 1 << len(ps) {
		a, b, den := 0.0, 0.0, 0.0
		for i, p := range ps {
			w := p.weight[mask>>i&1]
			a, b, den = a+w*p.in[0], b+w*p.in[1], den+w
		}
		if den > 0 {
			lo, hi = min(lo, 100*a/den), max(hi, 100*b/den)
		}
	}
	if math.IsInf(lo, 1) {
		return 0, 100
	}
	return lo, hi
}

// A part of unknown price may outweigh everything, or nothing.
func TestUnknownWeight(t *testing.T) {
	for name, c := range map[string]struct {
		ps     []portion
		lo, hi float64
	}{
		"of unknown origin": {[]portion{{weight: [2]float64{90, 90}, in: [2]float64{1, 1}}, {weight: [2]float64{0, math.Inf(1)}, in: [2]float64{0, 1}}}, 0, 100},
		"of the set":        {[]portion{{weight: [2]float64{90, 90}, in: [2]float64{0, 0}}, {weight: [2]float64{0, math.Inf(1)}, in: [2]float64{1, 1}}}, 0, 100},
		"all of the set":    {[]portion{{weight: [2]float64{90, 90}, in: [2]float64{1, 1}}, {weight: [2]float64{0, math.Inf(1)}, in: [2]float64{1, 1}}}, 100, 100},
		"nothing priced":    {[]portion{{weight: [2]float64{0, math.Inf(1)}, in: [2]float64{0, 0}}}, 0, 0},
	} {
		if lo, hi := extremes(c.ps); lo != c.lo || hi != c.hi {
			t.Errorf("%s: got %g to %g, want %g to %g", name, lo, hi, c.lo, c.hi)
		}
	}
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"linux-*", "Linux-6.1", true}, {"linux", "linux-6.1", false}, {"*", "", true}, {"?", "", false}, {"a*b*c", "aXbYbc", true}, {"a*b", "abc", false}, {"*中*", "x中y", true},
	} {
		if got := glob(c.pattern, c.name); got != c.want {
			t.Errorf("glob(%q, %q) = %t", c.pattern, c.name, got)
		}
	}
}
