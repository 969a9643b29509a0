package verify_test

import (
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/originbom/originbom/provenance/verify"
)

const cloudYAML = `boms:
  - name: Example Cloud
    identities: [{issuer: https://id.cloud.example, subject: bom@cloud.example}]
    roots: trusted_root.json
`

func TestKeylessAccepted(t *testing.T) {
	vs := sigstore(t)
	for _, tt := range []struct {
		name, yaml string
		parts      parts
		clock      string
		logged     bool
	}{
		{"timestamp", cloudYAML, parts{subject, issuer, true, ""}, "https://virtual.tsa.sigstore.dev", false},
		{"timestamp and log", cloudYAML, parts{subject, issuer, true, "v2"}, "https://virtual.tsa.sigstore.dev", true},
		{"log required", cloudYAML + "    require: {timestamp: true, log: true, max-age: 1d}\n", parts{subject, issuer, true, "v2"}, "https://virtual.tsa.sigstore.dev", true},
		{"the log's own time", cloudYAML, parts{subject, issuer, false, "v1"}, "https://rekor.localhost", true},
		{"default root", strings.Replace(cloudYAML, "    roots", "roots", 1), parts{subject, issuer, true, ""}, "https://virtual.tsa.sigstore.dev", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			b := vs.keyless(t, statement(smallBOM), tt.parts)
			trust := trustOf(t, tt.yaml, nil)
			seal, err := verify.BOM([]byte(smallBOM), []byte(b), trust, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if at := seal.Time(); at.Before(start.Add(-2*time.Second)) || at.After(start.Add(2*time.Minute)) {
				t.Errorf("signed at %s, it was %s", at, start)
			}
			want := []string{
				"bytes   sha256:" + digest(smallBOM),
				"signer  Example Cloud (trusted to sign BOMs)",
				"by      bom@cloud.example (proved by https://id.cloud.example)",
				"time    " + seal.Time().Format(time.RFC3339) + ", on the clock of " + tt.clock,
			}
			if tt.logged {
				want = append(want, "log     the signature stands in a transparency log that the trusted root names")
			}
			want = append(want, "trust   trust.yaml (sha256:"+trust.Digest()+")")
			if d := cmp.Diff(want, seal.Describe()); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
			if seal.Logged() != tt.logged || seal.Clock() != tt.clock || seal.Identity() != (verify.Identity{Issuer: issuer, Subject: subject}) || len(seal.KeyID()) != 64 {
				t.Errorf("seal %+v", seal)
			}
		})
	}
}

// TestKeylessRefused: one mutation a case.
func TestKeylessRefused(t *testing.T) {
	vs := sigstore(t)
	foreign, err := newSigstore()
	if err != nil {
		t.Fatal(err)
	}
	stmt := statement(smallBOM)
	ours := parts{subject, issuer, true, "v2"}
	good, other := vs.keyless(t, stmt, ours), vs.keyless(t, stmt, ours)
	const stamps, log = "verificationMaterial.timestampVerificationData", "verificationMaterial.tlogEntries"
	swap := func(path string) string { return sub(t, good, member(t, good, path), member(t, other, path)) }
	by := func(p parts) string { return vs.keyless(t, stmt, p) }
	cert := `"certificate":` + member(t, good, "verificationMaterial.certificate")
	k := p256(t)
	for _, tt := range []struct{ name, bundle, want string }{
		{"no timestamp", by(parts{subject, issuer, false, ""}), `a certificate and no trusted timestamp`},
		{"a log of version 2 is no clock", by(parts{subject, issuer, false, "v2"}), `a certificate and no trusted timestamp`},
		{"timestamp of another bundle", swap(stamps), `a timestamp in the bundle is not one of a trusted authority over this signature`},
		{"log entry of another bundle", swap(log), `a log entry in the bundle is not one of a trusted log over this signature`},
		{"certificate of another bundle", swap("verificationMaterial.certificate"), `does not verify with the certificate of "Example Cloud"`},
		{"signature of another bundle", swap("dsseEnvelope.signatures"), `does not verify with the certificate of "Example Cloud"`},
		{"timestamp twice", sub(t, good, `"rfc3161Timestamps":[`, `"rfc3161Timestamps":[`+strings.Trim(member(t, good, stamps+".rfc3161Timestamps"), "[]")+`,`), `a timestamp in the bundle is not`},
		{"log entry twice", sub(t, good, `"tlogEntries":[`, `"tlogEntries":[`+strings.Trim(member(t, good, log), "[]")+`,`), `a log entry in the bundle is not`},
		{"foreign authority, same identity", foreign.keyless(t, stmt, parts{subject, issuer, true, ""}), `a timestamp in the bundle is not`},
		{"foreign certificate authority, trusted clock", vs.stamp(t, foreign.keyless(t, stmt, parts{subject, issuer, false, ""})), `was not issued by an authority that is trusted for "Example Cloud"`},
		{"timestamp of a foreign authority", foreign.stamp(t, by(parts{subject, issuer, false, ""})), `a timestamp in the bundle is not`},
		{"log entry of a foreign log", sub(t, good, member(t, good, log), member(t, foreign.keyless(t, stmt, ours), log)), `a log entry in the bundle is not`},
		{"wrong issuer", by(parts{subject, "https://id.cloud.example/", true, ""}), `signed by bom@cloud.example (proved by https://id.cloud.example/), whom trust.yaml does not let sign BOMs`},
		{"wrong subject", by(parts{"evil@cloud.example", issuer, true, ""}), `whom trust.yaml does not let sign BOMs`},
		{"subject with more behind", by(parts{subject + ".evil.example", issuer, true, ""}), `whom trust.yaml does not let sign BOMs`},
		{"subject in other case", by(parts{"BOM@cloud.example", issuer, true, ""}), `whom trust.yaml does not let sign BOMs`},
		{"a key instead", k.bundle(t, stmt), `signed with a key that trust.yaml does not let sign BOMs`},
		{"a key as well", sub(t, good, cert, cert+`,"publicKey":{"hint":"`+k.hint+`"}`), `both a key's hint and a certificate`},
		{"a chain", sub(t, good, cert, `"x509CertificateChain":{"certificates":[`+member(t, good, "verificationMaterial.certificate")+`]}`), `carries a chain of certificates`},
		{"certificate malformed", sub(t, good, member(t, good, "verificationMaterial.certificate.rawBytes"), `"AAAA"`), `the certificate in the bundle is malformed`},
		{"certificate empty", sub(t, good, cert, `"certificate":{}`), `has no /verificationMaterial/certificate/rawBytes`},
		{"keyid beside a certificate", sub(t, good, `{"sig":`, `{"keyid":"x","sig":`), `keyid is not the hint`},
		{"loose base64 in the timestamp", loosen(t, good, stamps+".rfc3161Timestamps"), `not canonical base64`},
		{"unknown member of a timestamp", sub(t, good, `{"signedTimestamp":`, `{"x":1,"signedTimestamp":`), `does not have: "/verificationMaterial/timestampVerificationData/rfc3161Timestamps/0/x"`},
		{"unknown member of a log entry", sub(t, good, `"tlogEntries":[{`, `"tlogEntries":[{"x":1,`), `malformed`},
		{"space in a log entry's base64", sub(t, good, `"canonicalizedBody":"`, `"canonicalizedBody":" `), `not canonical base64`},
		{"33 timestamps", sub(t, good, `"rfc3161Timestamps":[`, `"rfc3161Timestamps":[`+strings.Repeat(`{"signedTimestamp":"AAAA"},`, 32)), `more than the limit of 32`},
		{"33 log entries", sub(t, good, `"tlogEntries":[`, `"tlogEntries":[`+strings.Repeat(`{},`, 32)), `more than the limit of 32`},
		{"1025 members", sub(t, good, `"tlogEntries":[{`, `"tlogEntries":[{`+many(1025)), `more than 1024 members`},
		{"another BOM", vs.keyless(t, statement(`{"version":2}`), ours), `the BOM is not what "Example Cloud" signed`},
		{"wrong predicateType", vs.keyless(t, sub(t, stmt, "https://cyclonedx.org/bom", "https://slsa.dev/provenance/v1"), ours), `predicateType is`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			refused(t, tt.bundle, trustOf(t, cloudYAML, nil), time.Now(), tt.want)
		})
	}
	t.Run("log required", func(t *testing.T) {
		refused(t, by(parts{subject, issuer, true, ""}), trustOf(t, cloudYAML+"    require: {log: true}\n", nil), time.Now(), `a log entry is required of "Example Cloud" and the bundle carries none`)
	})
	t.Run("certificate log required", func(t *testing.T) {
		r, err := vs.rootWith(vs.CTLogs())
		if err != nil {
			t.Fatal(err)
		}
		trust, err := verify.TrustIdentity(issuer, subject, false, r)
		if err != nil {
			t.Fatal(err)
		}
		refused(t, good, trust, time.Now(), `is not proved to be in a certificate log, and the trusted root names one`)
	})
	t.Run("too old", func(t *testing.T) {
		refused(t, good, trustOf(t, cloudYAML+"    require: {max-age: 2d}\n", nil), time.Now().Add(49*time.Hour), `which is longer ago than the 2 days that "Example Cloud" is given`)
	})
	t.Run("verified before it was signed", func(t *testing.T) {
		refused(t, good, trustOf(t, cloudYAML, nil), time.Now().Add(-time.Hour), `lies after the time of verification`)
	})
}

func refused(t *testing.T, bundle string, trust *verify.Trust, at time.Time, want string) {
	t.Helper()
	seal, err := verify.BOM([]byte(smallBOM), []byte(bundle), trust, at)
	if got := reason(err); got == "" || !strings.Contains(got, want) {
		t.Errorf("got  %v\nwant a RefusedError with %s", err, want)
	}
	if seal != (verify.Seal{}) {
		t.Error("an error came with a Seal")
	}
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"x%d":1,`, i)
	}
	return b.String()
}

// loosen sets a bit of the last base64 character that decoders ignore, or adds
// a byte first so that there is one.
func loosen(t *testing.T, bundle, path string) string {
	t.Helper()
	list := member(t, bundle, path)
	_, rest, _ := strings.Cut(list, `":"`)
	value, _, _ := strings.Cut(rest, `"`)
	raw, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		t.Fatal(err)
	}
	for len(raw)%3 == 0 {
		raw = append(raw, 0)
	}
	return sub(t, bundle, value, base64Loose(t, base64.StdEncoding.EncodeToString(raw)))
}

// TestIdentityPattern: an expression is anchored, and may not match anybody.
func TestIdentityPattern(t *testing.T) {
	vs := sigstore(t)
	good := vs.keyless(t, statement(smallBOM), parts{subject, issuer, true, ""})
	for _, tt := range []struct{ expr, want string }{
		{`[a-z]+@cloud\.example`, ""},
		{`bom@cloud.example|x`, ""},
		{`@cloud\.example`, "whom identity"},
		{`bom`, "whom identity"},
		{`x|bom`, "whom identity"},
	} {
		trust, err := verify.TrustIdentity(issuer, tt.expr, true, vs.root)
		if err != nil {
			t.Fatal(err)
		}
		_, err = verify.BOM([]byte(smallBOM), []byte(good), trust, time.Now())
		if got := reason(err); (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %v, want %q", tt.expr, err, tt.want)
		}
	}
	for _, expr := range []string{`.*`, `.+`, `.*@.*`, `^.*$`, `\S+@\S+`, `https://.*`, `.?`, ``, `[`, `(?s).*`, strings.Repeat("x", 1001)} {
		if trust, err := verify.TrustIdentity(issuer, expr, true, vs.root); err == nil || trust != nil {
			t.Errorf("%q was taken", expr)
		}
	}
	for _, tt := range []struct{ issuer, subject string }{{"", subject}, {issuer, ""}} {
		if _, err := verify.TrustIdentity(tt.issuer, tt.subject, false, vs.root); err == nil {
			t.Errorf("%+v was taken", tt)
		}
	}
	for _, r := range []string{"", "{}", "[]", `{"mediaType":"x"}`, `{"mediaType":"a","MediaType":"b"}`} {
		if _, err := verify.TrustIdentity(issuer, subject, false, []byte(r)); err == nil {
			t.Errorf("the trusted root %q was taken", r)
		}
	}
}

// TestKeyTimes: a trusted timestamp decides at which time a key is judged.
func TestKeyTimes(t *testing.T) {
	vs, k := sigstore(t), p256(t)
	plain := k.bundle(t, statement(smallBOM))
	stamped := vs.stamp(t, plain)
	day := func(days int) string { return time.Now().AddDate(0, 0, days).Format(time.RFC3339) }
	for _, tt := range []struct{ name, dates, bundle, want string }{
		{"valid", "", stamped, ""},
		{"ended since", "valid-until: " + day(1), stamped, ""},
		{"ended before", "valid-until: " + day(-1), stamped, `was valid until`},
		{"not begun", "valid-from: " + day(1), stamped, `is valid from`},
		{"revoked since", "revoked-at: " + day(1), stamped, ""},
		{"revoked before", "revoked-at: " + day(-1), stamped, `was revoked at`},
		{"compromised since", "compromised-since: " + day(1), stamped, ""},
		{"compromised before", "compromised-since: " + day(-1), stamped, `is compromised since`},
		{"ended, no timestamp", "valid-until: " + day(1), plain, `was valid until`},
		{"revoked, no timestamp", "revoked-at: " + day(1), plain, `was revoked at`},
		{"compromised, no timestamp", "compromised-since: " + day(1), plain, `nothing proves that this signature is older`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			trust := trustOf(t, "roots: trusted_root.json\nboms: [{name: M, keys: [{file: k, "+tt.dates+"}]}]", map[string]*signer{"k": k})
			// Verified in two days, when all these dates are past.
			seal, err := verify.BOM([]byte(smallBOM), []byte(tt.bundle), trust, time.Now().AddDate(0, 0, 2))
			if got := reason(err); (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if err == nil && (seal.Time().IsZero() || seal.Clock() == "") {
				t.Error("no time")
			}
		})
	}
	trust := trustOf(t, "roots: trusted_root.json\nboms: [{name: M, keys: [{file: k}], require: {timestamp: true}}]", map[string]*signer{"k": k})
	refused(t, plain, trust, time.Now(), `a timestamp is required of "M"`)
	aged := trustOf(t, "boms: [{name: M, keys: [{file: k}], require: {max-age: 9d}}]", map[string]*signer{"k": k})
	refused(t, plain, aged, time.Now(), `only BOMs of the last 9 days are accepted, and the bundle carries no trusted timestamp`)
	refused(t, stamped, trustKey(t, k), time.Now(), `no authority is trusted to check it against`)
	logged := sub(t, plain, `"verificationMaterial":{`, `"verificationMaterial":{"tlogEntries":`+
		member(t, vs.keyless(t, statement(smallBOM), parts{subject, issuer, false, "v2"}), "verificationMaterial.tlogEntries")+`,`)
	refused(t, logged, trustKey(t, k), time.Now(), `carries a log entry, and no log is trusted to check it against`)
	withRoot, err := verify.TrustKey("k.pub", k.pem, vs.root)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verify.BOM([]byte(smallBOM), []byte(stamped), withRoot, time.Now()); err != nil {
		t.Error(err)
	}
	refused(t, logged, withRoot, time.Now(), `a log entry in the bundle is not one of a trusted log over this signature`)
}

const industryYAML = `roots: trusted_root.json
boms:
  - name: Nordlys
    ca: industry-ca.pem
    identities: [{subject: origin@nordlys.example}]
`

// TestCorporate: certificates of an authority that the trust file names.
func TestCorporate(t *testing.T) {
	vs, a, k := sigstore(t), industry(t), p256(t)
	stmt := statement(smallBOM)
	strange, err := newAuthority()
	if err != nil {
		t.Fatal(err)
	}
	open := strings.Replace(industryYAML, "    identities: [{subject: origin@nordlys.example}]\n", "", 1)
	signed := func(from *authority, change func(*x509.Certificate)) string {
		return vs.stamp(t, k.certified(t, from.certify(t, k, change), stmt))
	}
	for _, tt := range []struct{ name, yaml, bundle, want string }{
		{"exact", industryYAML, signed(a, nil), ""},
		{"anybody certified", open, signed(a, nil), ""},
		{"exact, by another name", industryYAML, signed(a, func(c *x509.Certificate) { c.EmailAddresses = []string{"x@nordlys.example"} }), `whom trust.yaml does not let sign BOMs`},
		{"foreign authority", industryYAML, signed(strange, nil), `was not issued by an authority that is trusted for "Nordlys"`},
		{"two names", industryYAML, signed(a, func(c *x509.Certificate) { c.URIs = []*url.URL{mustURL(t, "https://evil.example/x")} }), `names 2 subjects`},
		{"no name", industryYAML, signed(a, func(c *x509.Certificate) { c.EmailAddresses = nil }), `names no e-mail address or URI`},
		{"for web servers", industryYAML, signed(a, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }), `was not issued by an authority that is trusted`},
		{"ended", industryYAML, signed(a, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }), `was not valid when it signed`},
		{"no timestamp", industryYAML, k.certified(t, a.certify(t, k, nil), stmt), `a certificate and no trusted timestamp`},
		{"another's certificate", industryYAML, vs.stamp(t, k.certified(t, a.certify(t, p256(t), nil), stmt)), `does not verify with the certificate`},
		{"keyless by the same name", industryYAML, vs.keyless(t, stmt, parts{"origin@nordlys.example", issuer, true, ""}), `was not issued by an authority that is trusted`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := verify.BOM([]byte(smallBOM), []byte(tt.bundle), trustOf(t, tt.yaml, nil), time.Now())
			if got := reason(err); (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	weak := ec(t, elliptic.P521())
	b := vs.stamp(t, k.certified(t, a.certify(t, weak, nil), stmt))
	refused(t, b, trustOf(t, industryYAML, nil), time.Now(), `the certificate's key: curve P-521 is not supported`)
}
