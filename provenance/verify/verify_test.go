package verify_test

import (
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/originbom/originbom/provenance/verify"
)

func TestAccepted(t *testing.T) {
	k := p256(t)
	for name, bundle := range map[string]string{
		"ours":             k.bundle(t, statement(smallBOM)),
		"indented":         indent(t, k.bundle(t, statement(smallBOM))),
		"empty keyid":      sub(t, k.bundle(t, statement(smallBOM)), `{"sig":`, `{"keyid":"","sig":`),
		"empty extras":     sub(t, k.bundle(t, statement(smallBOM)), `{"publicKey":`, `{"tlogEntries":[],"timestampVerificationData":{"rfc3161Timestamps": [ ]},"publicKey":`),
		"newline at end":   k.bundle(t, statement(smallBOM)+"\n") + "\n",
		"predicate anew":   k.bundle(t, sub(t, statement(smallBOM), smallBOM, `{"version" : 1.0e0, "bomFormat":"Cyclone\u0044X"}`)),
		"no subject name":  k.bundle(t, sub(t, statement(smallBOM), `"name":"bom.json",`, ``)),
		"another name":     k.bundle(t, sub(t, statement(smallBOM), `bom.json`, `renamed.json`)),
		"statement spaced": k.bundle(t, indent(t, statement(smallBOM))),
	} {
		t.Run(name, func(t *testing.T) {
			seal, err := verify.BOM([]byte(smallBOM), []byte(bundle), trustKey(t, k), now)
			if err != nil {
				t.Fatal(err)
			}
			want := []string{
				"bytes   sha256:" + digest(smallBOM),
				"signer  maker.pub (trusted to sign BOMs)",
				"key     sha256:" + k.id,
				"time    not proved: the bundle carries no trusted timestamp",
				"trust   maker.pub (sha256:" + trustKey(t, k).Digest() + ")",
			}
			if d := cmp.Diff(want, seal.Describe()); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
			if !seal.Signed() || seal.Assessor() || !seal.Time().IsZero() || seal.BundleDigest() != digest(bundle) {
				t.Errorf("seal %+v", seal)
			}
		})
	}
}

func TestKeyTypes(t *testing.T) {
	for name, k := range map[string]*signer{
		"ECDSA P-256": p256(t), "ECDSA P-384": ec(t, elliptic.P384()), "RSA 2048": rsaKey(t, 2048),
	} {
		seal, err := verify.BOM([]byte(smallBOM), []byte(k.bundle(t, statement(smallBOM))), trustKey(t, k), now)
		if err != nil || seal.KeyID() != k.id {
			t.Errorf("%s: %v, %v", name, seal, err)
		}
	}
}

// TestExtraSubjects: other tools' bundles may name more, if the BOM lists it.
func TestExtraSubjects(t *testing.T) {
	k := p256(t)
	inHashes, inInputs, nowhere := digest("in hashes"), digest("in inputs"), digest("nowhere")
	bom := fmt.Sprintf(`{"bomFormat":"CycloneDX","metadata":{"properties":[{"name":"originbom:input","value":"boot.img image sha256:%s"},{"name":"other","value":"%s"}]},"components":[{"name":"boot.img","hashes":[{"alg":"SHA-256","content":"%s"}]}]}`, inInputs, nowhere, inHashes)
	for _, tt := range []struct{ digest, want string }{
		{inHashes, ""},
		{inInputs, ""},
		{nowhere, `the statement is also about "boot.img", whose sha256 stands neither among the BOM's inputs nor its hashes`},
		{digest(bom), `the statement is also about "bom.json", whose sha256 stands neither among the BOM's inputs nor its hashes`},
	} {
		stmt := sub(t, statement(bom), `"subject":[`, fmt.Sprintf(`"subject":[{"name":"boot.img","digest":{"sha256":"%s"}},`, tt.digest))
		_, err := verify.BOM([]byte(bom), []byte(k.bundle(t, stmt)), trustKey(t, k), now)
		if got := reason(err); got != tt.want {
			t.Errorf("got %q (%v), want %q", got, err, tt.want)
		}
	}
}

func reason(err error) string {
	var r *verify.RefusedError
	if errors.As(err, &r) {
		return r.Reason
	}
	if err != nil {
		return "not a RefusedError: " + err.Error()
	}
	return ""
}

func indent(t *testing.T, s string) string {
	t.Helper()
	var v json.RawMessage = []byte(s)
	b, err := json.MarshalIndent(v, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestRefused: one mutation a case. want is what the reason must say.
func TestRefused(t *testing.T) {
	k, foreign := p256(t), p256(t)
	stmt := statement(smallBOM)
	good := k.bundle(t, stmt)
	field := func(old, repl string) string { return sub(t, good, old, repl) }
	signed := func(old, repl string) string { return k.bundle(t, sub(t, stmt, old, repl)) }
	sig := func() string {
		var b struct {
			DSSEEnvelope struct{ Signatures []struct{ Sig string } }
		}
		if err := json.Unmarshal([]byte(good), &b); err != nil {
			t.Fatal(err)
		}
		return b.DSSEEnvelope.Signatures[0].Sig
	}()
	bomDigest := digest(smallBOM)
	loose := base64Loose(t, b64(stmt+" ")) // a payload whose base64 is padded
	padded := k.bundle(t, stmt+" ")

	for _, tt := range []struct{ name, bundle, want string }{
		// The bundle.
		{"empty file", ``, `the text ends where a value is expected`},
		{"not JSON", `hello`, `stands where a value is expected`},
		{"list", `[]`, `not a JSON object`},
		{"empty object", `{}`, `it has no mediaType`},
		{"media type v0.1", field(bundleV03, "application/vnd.dev.sigstore.bundle+json;version=0.1"), `media type is "application/vnd.dev.sigstore.bundle+json;version=0.1", not`},
		{"media type v0.2", field(bundleV03, "application/vnd.dev.sigstore.bundle+json;version=0.2"), `media type is`},
		{"media type v0.3, other spelling", field(bundleV03, "application/vnd.dev.sigstore.bundle+json;version=0.3"), `media type is`},
		{"media type v0.3.1", field(bundleV03, "application/vnd.dev.sigstore.bundle.v0.3.1+json"), `media type is`},
		{"media type v0.9", field(bundleV03, "application/vnd.dev.sigstore.bundle.v0.9+json"), `media type is`},
		{"media type a number", field(`"`+bundleV03+`"`, `3`), `not a string`},
		{"old cosign bundle", `{"base64Signature":"AAAA","cert":"","rekorBundle":{}}`, `old cosign bundle`},
		{"bare envelope", `{"payload":"e30=","payloadType":"x","signatures":[]}`, `bare DSSE envelope`},
		{"unknown member", field(`{"mediaType"`, `{"x":1,"mediaType"`), `a member that an attestation does not have: "/x"`},
		{"unknown inner member", field(`{"sig"`, `{"x":1,"sig"`), `does not have: "/dsseEnvelope/signatures/0/x"`},
		{"snake case member", field(`"dsseEnvelope"`, `"dsse_envelope"`), `does not have`},
		{"duplicate key", field(`"dsseEnvelope":`, `"dsseEnvelope":{},"dsseEnvelope":`), `key "dsseEnvelope" occurs twice`},
		{"case-variant key", field(`"dsseEnvelope":`, `"DsseEnvelope":{},"dsseEnvelope":`), `differ only in case`},
		{"other case", field(`"dsseEnvelope":`, `"DsseEnvelope":`), `does not have`},
		{"trailing data", good + `{}`, `data follows the document`},
		{"message signature", fmt.Sprintf(`{"mediaType":%q,"verificationMaterial":{"publicKey":{"hint":%q}},"messageSignature":{"messageDigest":{"algorithm":"SHA2_256","digest":"AAAA"},"signature":%q}}`, bundleV03, k.hint, b64(string(k.sign(t, []byte(smallBOM))))), `a message signature`},
		{"message signature beside the envelope", field(`"dsseEnvelope":`, `"messageSignature":{},"dsseEnvelope":`), `a message signature`},
		{"deeply nested", field(`{"publicKey":`, `{"x":`+strings.Repeat("[", 40)+strings.Repeat("]", 40)+`,"publicKey":`), `nested deeper than`},
		{"too large", good + strings.Repeat(" ", verify.MaxBundleSize), `more than the limit`},

		// Its verification material.
		{"no hint", field(`{"hint":"`+k.hint+`"}`, `{}`), `it has no hint`},
		{"empty hint", field(k.hint, ``), `it has no hint`},
		{"hint of nobody", field(k.hint, `maker.pub`), `does not let sign BOMs`},
		{"hint without padding", field(k.hint, strings.TrimRight(k.hint, "=")), `does not let sign BOMs`},
		{"untrusted key", foreign.bundle(t, stmt), `does not let sign BOMs`},
		{"untrusted key, forged hint", sub(t, foreign.bundle(t, stmt), foreign.hint, k.hint), `does not verify with the key`},
		{"timestamp", field(`{"publicKey":`, `{"timestampVerificationData":{"rfc3161Timestamps":[{"signedTimestamp":"AAAA"}]},"publicKey":`), `carries a timestamp`},
		{"timestamp of another kind", field(`{"publicKey":`, `{"timestampVerificationData":{"x":1},"publicKey":`), `does not have: "/verificationMaterial/timestampVerificationData/x"`},
		{"log entry", field(`{"publicKey":`, `{"tlogEntries":[{"logIndex":"1"}],"publicKey":`), `malformed`},

		// Its envelope.
		{"no signatures", field(`[{"sig":"`+sig+`"}]`, `[]`), `0 signatures, not exactly one`},
		{"signatures missing", field(`,"signatures":[{"sig":"`+sig+`"}]`, ``), `0 signatures, not exactly one`},
		{"signature empty", field(sig, ``), `the signature is empty`},
		{"signature missing", field(`"sig":"`+sig+`"`, ``), `has no /dsseEnvelope/signatures/0/sig`},
		{"second signature bad", field(`{"sig":"`+sig+`"}`, `{"sig":"`+sig+`"},{"sig":"AAAA"}`), `does not have: "/dsseEnvelope/signatures/1/sig"`},
		{"second signature good", field(`{"sig":"`+sig+`"}`, `{"sig":"`+sig+`"},{"sig":"`+sig+`"}`), `does not have`},
		{"second signature empty", field(`{"sig":"`+sig+`"}`, `{"sig":"`+sig+`"},{}`), `2 signatures, not exactly one`},
		{"keyid of another key", field(`{"sig":`, `{"keyid":"`+foreign.hint+`","sig":`), `keyid is not the hint`},
		{"payload type swapped", field(inToto, `application/json`), `the payload type is "application/json"`},
		{"payload type signed otherwise", k.bundleOf(t, stmt, "text/plain"), `the payload type is "text/plain"`},
		{"signed as other type, shown as in-toto", sub(t, k.bundleOf(t, stmt, "text/plain"), `"text/plain"`, `"`+inToto+`"`), `does not verify with the key`},
		{"payload changed", field(b64(stmt), b64(strings.Replace(stmt, `"version":1`, `"version":2`, 1))), `does not verify with the key`},
		{"payload re-serialised", field(b64(stmt), b64(indent(t, stmt))), `does not verify with the key`},
		{"payload missing", field(`"payload":"`+b64(stmt)+`",`, ``), `has no /dsseEnvelope/payload`},
		{"payload null", field(`"`+b64(stmt)+`"`, `null`), `is not a string`},
		{"payload in URL base64", field(b64(stmt), base64.URLEncoding.EncodeToString([]byte(stmt))+"-_"), `not canonical base64`},
		{"payload with line break", field(b64(stmt), b64(stmt)[:8]+`\n`+b64(stmt)[8:]), `not canonical base64`},
		{"payload with loose tail bits", sub(t, padded, b64(stmt+" "), loose), `not canonical base64`},
		{"signature with space", field(sig, sig+" "), `not canonical base64`},
		{"signature of the bare payload", envelope(k.hint, stmt, inToto, k.sign(t, []byte(stmt))), `does not verify with the key`},

		// The statement.
		{"wrong _type", signed("https://in-toto.io/Statement/v1", "https://maker.example/Statement"), `_type is "https://maker.example/Statement"`},
		{"_type v0.1", signed("https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"), `the statement is of in-toto version 0.1, which cosign attest-blob --predicate writes`},
		{"no _type", signed(`"_type":"https://in-toto.io/Statement/v1",`, ``), `_type is missing`},
		{"wrong predicateType", signed("https://cyclonedx.org/bom", "https://slsa.dev/provenance/v1"), `predicateType is "https://slsa.dev/provenance/v1"`},
		{"predicateType with version", signed("https://cyclonedx.org/bom", "https://cyclonedx.org/bom/v1.6"), `predicateType is`},
		{"no predicateType", signed(`"predicateType":"https://cyclonedx.org/bom",`, ``), `predicateType is missing`},
		{"predicate null", signed(`"predicate":`+smallBOM, `"predicate":null`), `predicate is not a BOM`},
		{"predicate missing", signed(`,"predicate":`+smallBOM, ``), `predicate is not a BOM`},
		{"predicate empty", signed(`"predicate":`+smallBOM, `"predicate":{}`), `another BOM than this one`},
		{"predicate of another BOM", signed(`"version":1}`, `"version":2}`), `another BOM than this one`},
		{"predicate with more", signed(`"version":1}`, `"version":1,"x":null}`), `another BOM than this one`},
		{"predicate with duplicate key", signed(`"version":1}`, `"version":2,"version":1}`), `key "version" occurs twice`},
		{"predicate with case-variant key", signed(`"version":1}`, `"Version":2,"version":1}`), `differ only in case`},
		{"duplicate subject", signed(`"subject":`, `"subject":[],"subject":`), `key "subject" occurs twice`},
		{"case variant of subject", signed(`"subject":`, `"Subject":`), `a member that no check reads: "Subject"`},
		{"unknown member of the statement", signed(`{"_type"`, `{"x":1,"_type"`), `a member that no check reads: "x"`},
		{"statement with trailing data", k.bundle(t, stmt+`{}`), `is not what "maker.pub" signed`},
		{"subject empty", signed(`[{"name":"bom.json","digest":{"sha256":"`+bomDigest+`"}}]`, `[]`), `is not what "maker.pub" signed`},
		{"subject null", signed(`[{"name":"bom.json","digest":{"sha256":"`+bomDigest+`"}}]`, `null`), `is not what "maker.pub" signed`},
		{"subject of another BOM", signed(bomDigest, digest("other")), `is not what "maker.pub" signed`},
		{"digest in upper case", signed(bomDigest, strings.ToUpper(bomDigest)), `is not 64 lower-case hex digits`},
		{"only sha1", signed(`"sha256":"`+bomDigest+`"`, `"sha1":"`+bomDigest[:40]+`"`), `is not what "maker.pub" signed`},
		{"sha1 beside sha256", signed(`"sha256":`, `"sha1":"00","sha256":`), `a digest of kind "sha1"`},
		{"sha512 beside sha256", signed(`"sha256":`, `"sha512":"`+bomDigest+bomDigest+`","sha256":`), `digests besides sha256`},
		{"second subject unknown", signed(`"subject":[`, `"subject":[{"name":"evil","digest":{"sha256":"`+digest("evil")+`"}},`), `also about "evil"`},
		{"second subject without digest", signed(`"subject":[`, `"subject":[{"name":"evil"},`), `subject 0 has no digest`},
		{"subject with annotations", signed(`{"name":`, `{"annotations":{},"name":`), `a member that no check reads: "annotations"`},
		{"too many subjects", signed(`"subject":[`, `"subject":[`+strings.Repeat(`{"digest":{"sha256":"`+bomDigest+`"}},`, 1024)), ``},
	} {
		t.Run(tt.name, func(t *testing.T) {
			seal, err := verify.BOM([]byte(smallBOM), []byte(tt.bundle), trustKey(t, k), now)
			if got := reason(err); got == "" || !strings.Contains(got, tt.want) {
				t.Errorf("got  %v\nwant a RefusedError with %s", err, tt.want)
			}
			if seal != (verify.Seal{}) {
				t.Error("an error came with a Seal")
			}
		})
	}
}

// base64Loose sets a bit of the last character that decoders ignore.
func base64Loose(t *testing.T, s string) string {
	t.Helper()
	i := strings.IndexByte(s, '=')
	if i < 0 {
		t.Fatalf("%s has no padding", s)
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	last := strings.IndexByte(alphabet, s[i-1])
	return s[:i-1] + string(alphabet[last|1]) + s[i:]
}

// TestRefusedBOM: the signature is good, the BOM itself is not JSON with one
// meaning.
func TestRefusedBOM(t *testing.T) {
	k := p256(t)
	for _, tt := range []struct{ name, bom, want string }{
		{"duplicate key", `{"country":"KR","country":"XX"}`, `key "country" occurs twice`},
		{"case-variant key", `{"country":"KR","Country":"XX"}`, `differ only in case`},
		{"lone surrogate", `{"name":"\ud800"}`, `half of a surrogate pair`},
		{"too deep", `{"a":` + strings.Repeat("[", 256) + strings.Repeat("]", 256) + `}`, `nested deeper than`},
		{"number out of range", `{"a":1e999}`, `out of the range`},
		{"list", `[]`, `predicate is not a BOM`},
	} {
		_, err := verify.BOM([]byte(tt.bom), []byte(k.bundle(t, statement(tt.bom))), trustKey(t, k), now)
		if got := reason(err); !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		}
	}
	// The predicate is clean, the BOM's bytes are not.
	dirty := `{"bomFormat":"CycloneDX","version":2,"version":1}`
	stmt := sub(t, statement(smallBOM), digest(smallBOM), digest(dirty))
	_, err := verify.BOM([]byte(dirty), []byte(k.bundle(t, stmt)), trustKey(t, k), now)
	if got := reason(err); !strings.Contains(got, `the BOM: line 1, column 38: key "version" occurs twice`) {
		t.Errorf("got %v", err)
	}
}

func TestSwappedBundles(t *testing.T) {
	k, other := p256(t), strings.Replace(smallBOM, "1", "2", 1)
	_, err := verify.BOM([]byte(other), []byte(k.bundle(t, statement(smallBOM))), trustKey(t, k), now)
	want := `the BOM is not what "maker.pub" signed: it was changed since, or the bundle belongs to something else`
	if got := reason(err); got != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestAlgorithmConfusion: a bundle whose hint names a key of another kind.
func TestAlgorithmConfusion(t *testing.T) {
	keys := []*signer{p256(t), ec(t, elliptic.P384()), rsaKey(t, 2048)}
	for i, signs := range keys {
		for j, named := range keys {
			if i == j {
				continue
			}
			b := sub(t, signs.bundle(t, statement(smallBOM)), signs.hint, named.hint)
			if _, err := verify.BOM([]byte(smallBOM), []byte(b), trustKey(t, named), now); reason(err) == "" {
				t.Errorf("key %d signed, key %d accepted: %v", i, j, err)
			}
		}
	}
}

func TestNothingGiven(t *testing.T) {
	k := p256(t)
	b := []byte(k.bundle(t, statement(smallBOM)))
	if _, err := verify.BOM([]byte(smallBOM), b, nil, now); !errors.Is(err, verify.ErrNoTrust) {
		t.Errorf("nil trust: got %v, want ErrNoTrust", err)
	}
	if _, err := verify.BOM([]byte(smallBOM), b, &verify.Trust{}, now); !errors.Is(err, verify.ErrNoTrust) {
		t.Errorf("zero trust: got %v, want ErrNoTrust", err)
	}
	if _, err := verify.BOM([]byte(smallBOM), b, trustKey(t, k), time.Time{}); err == nil {
		t.Error("the zero time was taken")
	}
	var zero verify.Seal
	if zero.Signed() || zero.Signer() != "" || zero.Assessor() || zero.KeyID() != "" || zero.BOMDigest() != "" {
		t.Error("the zero Seal is not unsigned")
	}
	if d := cmp.Diff([]string{"unsigned: no signature was verified"}, zero.Describe()); d != "" {
		t.Error(d)
	}
}
