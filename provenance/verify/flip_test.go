package verify_test

import (
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/originbom/originbom/provenance/verify"
)

// TestEveryBitAndTruncation: every truncation and every flipped bit of bundle
// and BOM is refused or gives the Seal of the unchanged files. In the compact
// form that we write, none is accepted at all.
func TestEveryBitAndTruncation(t *testing.T) {
	k := p256(t)
	trust := trustKey(t, k)
	compact := k.bundle(t, statement(smallBOM))
	tabs := indent(t, compact) // holds tabs, one bit away from carriage returns
	for _, tt := range []struct {
		name, bom, bundle string
		flipBOM           bool
		mostAccepted      int
	}{
		{"compact bundle", smallBOM, compact, false, 0},
		{"indented bundle", smallBOM, tabs, false, strings.Count(tabs, "\t")},
		{"BOM", smallBOM, compact, true, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want, err := verify.BOM([]byte(tt.bom), []byte(tt.bundle), trust, now)
			if err != nil {
				t.Fatal(err)
			}
			original := tt.bundle
			if tt.flipBOM {
				original = tt.bom
			}
			var accepted atomic.Int64
			check := func(changed []byte, what string, at int) {
				bom, bundle := []byte(tt.bom), changed
				if tt.flipBOM {
					bom, bundle = changed, []byte(tt.bundle)
				}
				got, err := verify.BOM(bom, bundle, trust, now)
				if err != nil {
					if got != (verify.Seal{}) {
						t.Errorf("%s %d: an error came with a Seal", what, at)
					}
					return
				}
				accepted.Add(1)
				if !same(got, want) {
					t.Errorf("%s %d: accepted with another Seal", what, at)
				}
			}
			step := 1
			if testing.Short() {
				step = 7
			}
			parallel(len(original), step, func(i int) { check([]byte(original[:i]), "cut at", i) })
			parallel(8*len(original), step, func(i int) {
				b := []byte(original)
				b[i/8] ^= 1 << (i % 8)
				check(b, "bit", i)
			})
			if n := int(accepted.Load()); n > tt.mostAccepted {
				t.Errorf("%d changes accepted, want at most %d", n, tt.mostAccepted)
			}
		})
	}
}

// same compares everything that a Seal says of a signature. The bundle's digest
// is of the file, and differs.
func same(a, b verify.Seal) bool {
	return a.Signed() == b.Signed() && a.Signer() == b.Signer() && a.Assessor() == b.Assessor() &&
		a.KeyID() == b.KeyID() && a.BOMDigest() == b.BOMDigest() && a.Time().Equal(b.Time()) &&
		strings.Join(a.Describe(), "\n") == strings.Join(b.Describe(), "\n")
}

func parallel(n, step int, f func(int)) {
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			for i := w * step; i < n; i += workers * step {
				f(i)
			}
		})
	}
	wg.Wait()
}

// FuzzBOM: whatever the bundle, a Seal comes out only if it carries the one
// signature that the key ever made, over the one BOM, and an error comes with
// the zero Seal.
func FuzzBOM(f *testing.F) {
	k := p256(f)
	trust := trustKey(f, k)
	good := k.bundle(f, statement(smallBOM))
	f.Add([]byte(good), []byte(smallBOM))
	f.Add([]byte(strings.Replace(good, `"sig"`, `"keyid":"","sig"`, 1)), []byte(smallBOM))
	f.Add([]byte(`{"mediaType":"`+bundleV03+`","verificationMaterial":{"certificate":{}}}`), []byte(`{}`))
	f.Fuzz(func(t *testing.T, bundle, bom []byte) {
		seal, err := verify.BOM(bom, bundle, trust, now)
		if err != nil {
			if seal != (verify.Seal{}) {
				t.Error("an error came with a Seal")
			}
			return
		}
		if string(bom) != smallBOM || seal.BOMDigest() != digest(smallBOM) || seal.KeyID() != k.id {
			t.Errorf("accepted: %s", bundle)
		}
	})
}
