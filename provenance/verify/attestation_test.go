package verify_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/originbom/originbom/provenance/verify"
)

const (
	claimType = "https://claims.example/origin/v1"
	claimYAML = `roots: trusted_root.json
boms: [{name: Maker, keys: [{file: both}]}]
assessors: [{name: House, keys: [{file: house}]}]
suppliers:
  - name: Hanbit
    keys: [{file: hanbit}, {file: old, revoked-at: 2026-01-01}, {file: both}]
    scope: {manufacturers: [Hanbit Display], parts: ["HD6*"], stages: [designed], predicate-types: [https://claims.example/origin/v1]}
    require: {max-age: 400d}
  - name: Cloud
    identities: [{issuer: https://id.cloud.example, subject: bom@cloud.example}]
    scope: {manufacturers: [Cloud], stages: [built]}
`
)

func claim(typ string) string {
	return fmt.Sprintf(`{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"part","digest":{"sha256":"%s"}}],"predicateType":"%s","predicate":{"country":"KR","n":12345678901234567890}}`, digest("part"), typ)
}

func claimTrust(t *testing.T) (*verify.Trust, map[string]*signer) {
	files := map[string]*signer{"hanbit": p256(t), "old": p256(t), "both": p256(t), "house": p256(t)}
	return trustOf(t, claimYAML, files), files
}

func TestStatement(t *testing.T) {
	trust, keys := claimTrust(t)
	bundle := keys["hanbit"].bundle(t, claim(claimType))
	a, err := verify.Statement([]byte(bundle), []string{"https://x.example", claimType}, trust, now)
	if err != nil {
		t.Fatal(err)
	}
	if string(a.Payload()) != claim(claimType) {
		t.Error("the payload is not what was signed")
	}
	want := verify.Scope{Manufacturers: []string{"Hanbit Display"}, Parts: []string{"HD6*"}, Stages: []string{"designed"}, PredicateTypes: []string{claimType}}
	if d := cmp.Diff(want, a.Scope()); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]verify.Subject{{Name: "part", Digest: map[string]string{"sha256": digest("part")}}}, a.Subjects()); d != "" {
		t.Error(d)
	}
	if !a.Verified() || a.Signer() != "Hanbit" || a.Role() != verify.RoleSupplier || a.PredicateType() != claimType ||
		a.KeyID() != keys["hanbit"].id || !a.Time().IsZero() || a.MaxAge() != 400*24*time.Hour || a.BundleDigest() != digest(bundle) {
		t.Errorf("got %+v", a.Describe())
	}
	// A key in two roles speaks as a supplier, a BOM's signer as itself.
	for key, role := range map[string]verify.Role{"both": verify.RoleSupplier, "house": verify.RoleAssessor} {
		a, err := verify.Statement([]byte(keys[key].bundle(t, claim(claimType))), nil, trust, now)
		if err != nil || a.Role() != role {
			t.Errorf("%s: role %q, %v", key, a.Role(), err)
		}
	}
	keyless := sigstore(t).keyless(t, claim(claimType), parts{subject, issuer, true, "v2"})
	a, err = verify.Statement([]byte(keyless), nil, trust, time.Now())
	if err != nil || a.Signer() != "Cloud" || a.Time().IsZero() || a.Identity().Subject != subject || !a.Logged() || a.Clock() == "" {
		t.Errorf("%v, %v", a.Describe(), err)
	}
	var zero verify.Attestation
	if zero.Verified() || zero.Signer() != "" || zero.Role() != "" || zero.Payload() != nil || len(zero.Subjects()) != 0 || zero.Scope().Part("x") != true || zero.Scope().Stage("designed") {
		t.Error("the zero Attestation says something")
	}
}

// TestWeak: a whole statement whose signer does not count is shown, and not
// believed.
func TestWeak(t *testing.T) {
	trust, keys := claimTrust(t)
	vs, good := sigstore(t), claim(claimType)
	for _, tt := range []struct {
		name, bundle string
		trust        *verify.Trust
		want         verify.Weakness
		unchecked    bool
	}{
		{"unknown key", p256(t).bundle(t, good), trust, verify.UnknownSigner, true},
		{"nobody trusted", keys["hanbit"].bundle(t, good), nil, verify.UnknownSigner, true},
		{"unknown identity", vs.keyless(t, good, parts{"x@cloud.example", issuer, true, ""}), trust, verify.UnknownSigner, false},
		{"revoked", keys["old"].bundle(t, good), trust, verify.Revoked, false},
		{"no timestamp", vs.keyless(t, good, parts{subject, issuer, false, ""}), trust, verify.NoTimestamp, false},
		{"other kind of statement", keys["hanbit"].bundle(t, claim("https://claims.example/other")), trust, verify.PredicateNotInScope, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, err := verify.Statement([]byte(tt.bundle), nil, tt.trust, time.Now())
			var w *verify.WeakError
			if !errors.As(err, &w) || a.Verified() {
				t.Fatalf("got %v, want a WeakError", err)
			}
			if w.Weakness != tt.want || w.Unchecked != tt.unchecked || w.Reason == "" || len(w.Subjects) != 1 || !strings.Contains(string(w.Untrusted()), `"country":"KR"`) {
				t.Errorf("got %+v", w)
			}
			if errors.Is(err, verify.ErrNoTrust) != (tt.trust == nil) {
				t.Errorf("ErrNoTrust: %v", err)
			}
		})
	}
}

// TestStatementRefused: what is not whole gives nothing at all.
func TestStatementRefused(t *testing.T) {
	trust, keys := claimTrust(t)
	k, vs, good := keys["hanbit"], sigstore(t), claim(claimType)
	unknown := vs.keyless(t, good, parts{"x@cloud.example", issuer, true, ""})
	for _, tt := range []struct{ name, bundle, want string }{
		{"payload changed", sub(t, k.bundle(t, good), b64(good), b64(strings.Replace(good, "KR", "XX", 1))), "does not verify with the key"},
		{"payload of an unknown signer changed", sub(t, unknown, b64(good), b64(strings.Replace(good, "KR", "XX", 1))), "does not verify with the certificate in the bundle"},
		{"another kind", k.bundle(t, claim("https://slsa.dev/provenance/v1")), "predicateType is"},
		{"no subject", k.bundle(t, sub(t, good, `[{"name":"part","digest":{"sha256":"`+digest("part")+`"}}]`, `[]`)), "no subject"},
		{"predicate null", k.bundle(t, sub(t, good, `{"country":"KR","n":12345678901234567890}`, `null`)), "predicate is not an object"},
		{"duplicate key", k.bundle(t, sub(t, good, `"country":"KR"`, `"country":"KR","country":"XX"`)), "occurs twice"},
		{"version 0.1", k.bundle(t, sub(t, good, "Statement/v1", "Statement/v0.1")), "in-toto version 0.1, which cosign attest-blob --predicate writes"},
	} {
		a, err := verify.Statement([]byte(tt.bundle), []string{claimType}, trust, now)
		if got := reason(err); !strings.Contains(got, tt.want) || a.Verified() {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		}
	}
	// A claim is no BOM's signature, and no supplier signs a BOM.
	_, err := verify.BOM([]byte(smallBOM), []byte(k.bundle(t, statement(smallBOM))), trust, now)
	if got := reason(err); !strings.Contains(got, "does not let sign BOMs") {
		t.Errorf("got %v", err)
	}
}

func TestScope(t *testing.T) {
	for _, tt := range []struct {
		pattern, part string
		want          bool
	}{
		{"HD6*", "HD6-AMS667", true},
		{"HD6*", "hd6-ams667", false},
		{"HD6*", "XHD6", false},
		{"HD6*", "HD6", true},
		{"H?6", "HD6", true},
		{"H?6", "H6", false},
		{"*", "", true},
		{"*667", "HD6/AMS667", true},
		{"*a*b*c", "xxaxxbxxc", true},
		{"*a*b*c", "xxaxxbxx", false},
		{"[H]", "H", false},
		{"디스*", "디스플레이", true},
		{"?", "디", true},
	} {
		if got := (verify.Scope{Parts: []string{tt.pattern}}).Part(tt.part); got != tt.want {
			t.Errorf("%q, %q: got %t", tt.pattern, tt.part, got)
		}
	}
}
