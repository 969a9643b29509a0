package verify_test

import (
	"errors"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/originbom/originbom/provenance/verify"
)

// TestEveryBitAndTruncation: every truncation and every flipped bit of bundle
// and BOM is refused or gives the Seal of the unchanged files. In the compact
// form that we write, none is accepted at all.
func TestEveryBitAndTruncation(t *testing.T) {
	// Little is alive and much is thrown away: a collection every few megabytes
	// took a quarter of the time.
	defer debug.SetGCPercent(debug.SetGCPercent(1000))
	k, vs := p256(t), sigstore(t)
	key := trustKey(t, k)
	compact := k.bundle(t, statement(smallBOM))
	tabs := indent(t, compact) // holds tabs, one bit away from carriage returns
	cloud := trustOf(t, cloudYAML, nil)
	stampedKey, err := verify.TrustKey("maker.pub", k.pem, vs.root)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, bom, bundle string
		trust             *verify.Trust
		at                time.Time
		flipBOM           bool
		mostAccepted      int // of what no signature covers and nothing reads
		step              int // under -short
	}{
		{"compact bundle", smallBOM, compact, key, now, false, 0, 7},
		{"indented bundle", smallBOM, tabs, key, now, false, strings.Count(tabs, "\t"), 7},
		{"BOM", smallBOM, compact, key, now, true, 0, 7},
		{"key with timestamp", smallBOM, vs.stamp(t, compact), stampedKey, time.Now(), false, 400, 61},
		{"keyless", smallBOM, vs.keyless(t, statement(smallBOM), parts{subject, issuer, true, "v2"}), cloud, time.Now(), false, 4000, 151}, // sigstore-go rebuilds the body of a log entry and does not read it
		{"keyless, the log's own time", smallBOM, vs.keyless(t, statement(smallBOM), parts{subject, issuer, false, "v1"}), cloud, time.Now(), false, 400, 151},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want, err := verify.BOM([]byte(tt.bom), []byte(tt.bundle), tt.trust, tt.at)
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
				got, err := verify.BOM(bom, bundle, tt.trust, tt.at)
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
				step = tt.step
			}
			parallel(len(original), step, func(i int) { check([]byte(original[:i]), "cut at", i) })
			parallel(8*len(original), step, func(i int) {
				b := []byte(original)
				b[i/8] ^= 1 << (i % 8)
				check(b, "bit", i)
			})
			n := int(accepted.Load())
			if n > tt.mostAccepted {
				t.Errorf("%d changes accepted, want at most %d", n, tt.mostAccepted)
			}
			t.Logf("%d bytes: %d changes accepted with the identical Seal", len(original), n)
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

// FuzzStatement: an Attestation comes out only of a statement that one of the
// two signers signed, byte for byte; a WeakError carries the untrusted payload.
func FuzzStatement(f *testing.F) {
	k, vs := p256(f), sigstore(f)
	trust := trustOf(f, cloudYAML+"suppliers: [{name: S, keys: [{file: k}]}]\n", map[string]*signer{"k": k})
	stmt := claim(claimType)
	keyless := vs.keyless(f, stmt, parts{subject, issuer, true, "v2"})
	f.Add([]byte(k.bundle(f, stmt)))
	f.Add([]byte(keyless))
	f.Add([]byte(vs.keyless(f, stmt, parts{"x@y.example", issuer, false, "v1"})))
	f.Fuzz(func(t *testing.T, bundle []byte) {
		a, err := verify.Statement(bundle, nil, trust, time.Now())
		var weak *verify.WeakError
		switch {
		case err == nil:
			if string(a.Payload()) != stmt || a.Signer() != "S" && a.Signer() != "Example Cloud" {
				t.Errorf("accepted: %s", bundle)
			}
		case a.Verified():
			t.Error("an error came with an Attestation")
		case errors.As(err, &weak):
			if len(weak.Untrusted()) == 0 || len(weak.Subjects) == 0 {
				t.Errorf("a weakness without statement: %v", err)
			}
		}
	})
}
