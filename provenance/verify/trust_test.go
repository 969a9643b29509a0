package verify_test

import (
	"crypto/elliptic"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/originbom/originbom/provenance/verify"
)

const trustYAML = `# whom we believe
boms:
  - name: Example Mobile
    keys: [{file: keys/maker.pub, valid-from: 2026-01-01, valid-until: 2027-12-31}]
  - name: Example Cloud
    identities: [{issuer: https://id.cloud.example, subject: bom@cloud.example}]
    roots: trusted_root.json
suppliers:
  - name: Hanbit Display
    keys:
      - {file: keys/hanbit.pub, valid-from: 2026-01-01}
      - {file: keys/hanbit-2024.pub, valid-until: 2026-01-31, compromised-since: 2025-11-20}
    scope: {manufacturers: [Hanbit Display], parts: ["HD6*"], stages: [designed, manufactured]}
    require: {timestamp: false, log: false, max-age: 400d}
  - name: Corporate
    ca: keys/industry-ca.pem
assessors:
  - {name: Example Test House, keys: [{file: keys/testhouse.pub}]}
`

func TestParseTrust(t *testing.T) {
	maker, house := p256(t), p256(t)
	files := map[string]*signer{"keys/maker.pub": maker, "keys/testhouse.pub": house, "keys/hanbit.pub": p256(t), "keys/hanbit-2024.pub": p256(t)}
	trust, err := verify.ParseTrust("trust.yaml", []byte(trustYAML), reader(t, files))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		key      *signer
		name     string
		assessor bool
	}{{maker, "Example Mobile", false}, {house, "Example Test House", true}} {
		seal, err := verify.BOM([]byte(smallBOM), []byte(tt.key.bundle(t, statement(smallBOM))), trust, now)
		if err != nil {
			t.Fatal(err)
		}
		if seal.Signer() != tt.name || seal.Assessor() != tt.assessor {
			t.Errorf("got %q, assessor %t", seal.Signer(), seal.Assessor())
		}
	}
	// The digest stands for the file and for the keys.
	again, _ := verify.ParseTrust("elsewhere.yaml", []byte(trustYAML), reader(t, files))
	edited, _ := verify.ParseTrust("trust.yaml", []byte(trustYAML+"\n"), reader(t, files))
	files["keys/maker.pub"] = p256(t)
	rekeyed, _ := verify.ParseTrust("trust.yaml", []byte(trustYAML), reader(t, files))
	if again.Digest() != trust.Digest() || edited.Digest() == trust.Digest() || rekeyed.Digest() == trust.Digest() {
		t.Error("the digest does not identify file and keys")
	}
}

// TestKeyDates: without trusted time, the time of verification decides.
func TestKeyDates(t *testing.T) {
	k := p256(t)
	bundle := []byte(k.bundle(t, statement(smallBOM)))
	at := func(s string) time.Time {
		x, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for _, tt := range []struct{ dates, now, want string }{
		{"valid-from: 2026-01-01, valid-until: 2027-12-31", "2026-01-01T00:00:00Z", ""},
		{"valid-from: 2026-01-01, valid-until: 2027-12-31", "2027-12-31T23:59:59Z", ""},
		{"valid-from: 2026-01-01", "2025-12-31T23:59:59Z", `the key of "M" is valid from 2026-01-01 00:00:00 UTC, and it is 2025-12-31 23:59:59 UTC`},
		{"valid-until: 2027-12-31", "2028-01-01T00:00:00Z", `the key of "M" was valid until 2028-01-01 00:00:00 UTC, and it is 2028-01-01 00:00:00 UTC`},
		{"valid-until: 2027-12-31T12:00:00+01:00", "2027-12-31T11:00:00Z", `the key of "M" was valid until 2027-12-31 11:00:00 UTC, and it is 2027-12-31 11:00:00 UTC`},
		{"revoked-at: 2026-05-01", "2026-04-30T23:59:59Z", ""},
		{"revoked-at: 2026-05-01", "2026-05-01T00:00:00Z", `the key of "M" was revoked at 2026-05-01 00:00:00 UTC`},
		{"compromised-since: 2026-05-01", "2026-01-01T00:00:00Z", `the key of "M" is compromised since 2026-05-01 00:00:00 UTC, and nothing proves that this signature is older`},
	} {
		trust, err := verify.ParseTrust("t", []byte("boms: [{name: M, keys: [{file: k, "+tt.dates+"}]}]"), reader(t, map[string]*signer{"k": k}))
		if err != nil {
			t.Fatal(err)
		}
		_, err = verify.BOM([]byte(smallBOM), bundle, trust, at(tt.now))
		if got := reason(err); got != tt.want {
			t.Errorf("%s at %s: got %q, want %q", tt.dates, tt.now, got, tt.want)
		}
	}
}

// TestSupplierCannotSignBOM: a supplier's key is trusted for claims only.
func TestSupplierCannotSignBOM(t *testing.T) {
	maker, supplier := p256(t), p256(t)
	trust, err := verify.ParseTrust("t", []byte("boms: [{name: M, keys: [{file: m}]}]\nsuppliers: [{name: S, keys: [{file: s}]}]"),
		reader(t, map[string]*signer{"m": maker, "s": supplier}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = verify.BOM([]byte(smallBOM), []byte(supplier.bundle(t, statement(smallBOM))), trust, now)
	if !strings.Contains(reason(err), "does not let sign BOMs") {
		t.Errorf("got %v", err)
	}
	only, err := verify.ParseTrust("t", []byte("suppliers: [{name: S, keys: [{file: s}]}]"), reader(t, map[string]*signer{"s": supplier}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = verify.BOM([]byte(smallBOM), []byte(supplier.bundle(t, statement(smallBOM))), only, now)
	if !errors.Is(err, verify.ErrNoTrust) {
		t.Errorf("got %v, want ErrNoTrust", err)
	}
}

func TestParseTrustRefuses(t *testing.T) {
	files := map[string]*signer{"k": p256(t), "j": p256(t)}
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "", "t.yaml: the file is empty: " + verify.ErrNoTrust.Error()},
		{"comment only", "# nothing\n", "t.yaml: the file is empty: " + verify.ErrNoTrust.Error()},
		{"null", "---\nnull\n", "t.yaml: the file names nobody: " + verify.ErrNoTrust.Error()},
		{"empty lists", "boms: []\nassessors:\n", "t.yaml: the file names nobody: " + verify.ErrNoTrust.Error()},
		{"not YAML", "boms: [", "t.yaml: not YAML: line 1: did not find expected node content"},
		{"list", "- x", "t.yaml: line 1: the file must be a mapping with the keys boms, suppliers, assessors, packs, verdicts, roots"},
		{"unknown role", "\nbom: []", "t.yaml: line 2: unknown key \"bom\" in the file: known are boms, suppliers, assessors, packs, verdicts, roots"},
		{"unknown key", "boms:\n- name: M\n  key: k", "t.yaml: line 3: unknown key \"key\" in an entry of boms: known are name, keys, identities, roots, ca, require\nt.yaml: line 2: \"M\" has nothing to verify its signatures with: add keys: [{file: ...}], identities: or ca:"},
		{"unknown key's key", "boms: [{name: M, keys: [{file: k, valid_from: 2026-01-01}]}]", "t.yaml: line 1: unknown key \"valid_from\" in a key: known are file, valid-from, valid-until, revoked-at, compromised-since"},
		{"duplicate key", "boms: [{name: M, keys: [{file: k, file: k}]}]", "t.yaml: line 1: key \"file\" occurs twice in a key: keep one"},
		{"shorthand", "boms: [k]", "t.yaml: line 1: an entry of boms must be a mapping with the keys name, keys, identities, roots, ca, require"},
		{"keys shorthand", "boms: [{name: M, keys: [k]}]", "t.yaml: line 1: a key must be a mapping with the keys file, valid-from, valid-until, revoked-at, compromised-since"},
		{"keys not a list", "boms: [{name: M, keys: {file: k}}]", "t.yaml: line 1: keys must be a list"},
		{"no name", "boms: [{keys: [{file: k}]}]", "t.yaml: line 1: an entry of boms has no name: add name:, the name that reports will give the signer"},
		{"forged line in name", "boms: [{name: \"a\\nsigner: b\", keys: [{file: k}]}]", "t.yaml: line 1: control characters are not allowed in \"a\\nsigner: b\"\nt.yaml: line 1: an entry of boms has no name: add name:, the name that reports will give the signer"},
		{"name twice", "boms: [{name: M, keys: [{file: k}]}, {name: M, keys: [{file: j}]}]", "t.yaml: line 1: \"M\" stands in boms twice: put all its keys into one entry"},
		{"key twice", "boms: [{name: M, keys: [{file: k}]}]\nassessors:\n- name: N\n  keys: [{file: k}]", "t.yaml: line 4: the key in \"k\" was named on line 1 already: it has one owner (an assessor may sign BOMs too)"},
		{"no file", "boms: [{name: M, keys: [{}]}]", "t.yaml: line 1: a key has no file: write {file: keys/name.pub}"},
		{"missing file", "boms: [{name: M, keys: [{file: x}]}]", "t.yaml: line 1: key \"x\": no such file"},
		{"address", "boms: [{name: M, keys: [{file: \"https://keys.example/k\"}]}]", "t.yaml: line 1: \"https://keys.example/k\" is not a file: give the path of one that lies here"},
		{"date", "boms: [{name: M, keys: [{file: k, valid-from: 1.2.2026}]}]", "t.yaml: line 1: \"1.2.2026\" is not a date: write 2026-01-31 or 2026-01-31T12:00:00Z"},
		{"dates reversed", "boms: [{name: M, keys: [{file: k, valid-from: 2026-02-02, valid-until: 2026-02-01}]}]", "t.yaml: line 1: valid-until lies before valid-from"},
		{"the zero date", "boms: [{name: M, keys: [{file: k, revoked-at: 0001-01-01}]}]", "t.yaml: line 1: \"0001-01-01\" lies before 1970, before there were such keys: write 2026-01-31"},
		{"the zero time", "boms: [{name: M, keys: [{file: k, compromised-since: \"0001-01-01T00:00:00Z\"}]}]", "t.yaml: line 1: \"0001-01-01T00:00:00Z\" lies before 1970, before there were such keys: write 2026-01-31"},
		{"supplier's date", "suppliers: [{name: S, keys: [{file: k, compromised-since: soon}]}]", "t.yaml: line 1: \"soon\" is not a date: write 2026-01-31 or 2026-01-31T12:00:00Z"},
		{"supplier's scope", "suppliers: [{name: S, keys: [{file: k}], scope: {part: [x]}}]", "t.yaml: line 1: unknown key \"part\" in scope: known are manufacturers, parts, stages, predicate-types"},
		{"identity without issuer", "boms: [{name: M, roots: trusted_root.json, identities: [{subject: s}]}]", "t.yaml: line 1: an identity needs both issuer: and subject:, each exact"},
		{"identity pattern", "boms: [{name: M, roots: trusted_root.json, identities: [{issuer: i, subject-regexp: .*}]}]", "t.yaml: line 1: unknown key \"subject-regexp\" in an identity: known are issuer, subject\nt.yaml: line 1: an identity needs both issuer: and subject:, each exact"},
		{"identity without roots", "boms: [{name: M, identities: [{issuer: i, subject: s}]}]", "t.yaml: line 1: no trusted root certifies this identity: add roots: FILE\nt.yaml: line 1: \"M\" has identities and no trusted root that certifies them: add roots: FILE"},
		{"identity with wildcard", "boms: [{name: M, roots: trusted_root.json, identities: [{issuer: i, subject: \"*@m.example\"}]}]", "t.yaml: line 1: an identity is exact, and \"*@m.example\" looks like a pattern: list each identity"},
		{"identity twice", "roots: trusted_root.json\nboms:\n- {name: M, identities: [{issuer: i, subject: s}]}\n- {name: N, identities: [{issuer: i, subject: s}]}", "t.yaml: line 4: the identity was named on line 3 already: it has one owner (an assessor may sign BOMs too)"},
		{"roots not there", "boms: [{name: M, roots: r, identities: [{issuer: i, subject: s}]}]", "t.yaml: line 1: roots \"r\": no such file"},
		{"roots not one", "boms: [{name: M, roots: k, identities: [{issuer: i, subject: s}]}]", "t.yaml: line 1: roots \"k\": is not a trusted_root.json: line 1, column 2: '-' stands where a digit is expected"},
		{"default roots not there", "boms: [{keys: [{file: k}]}]\nroots: r", "t.yaml: line 1: an entry of boms has no name: add name:, the name that reports will give the signer\nt.yaml: line 1: roots \"r\": no such file"},
		{"nobody under a ca", "boms: [{name: M, ca: k, identities: []}]", "t.yaml: line 1: ca \"k\": holds something that is not a PEM certificate\n" +
			"t.yaml: line 1: identities is empty, which would let everybody sign whom k certified: list some, or leave it out if you mean that"},
		{"nobody certified by the ca", "roots: trusted_root.json\nboms:\n- name: M\n  ca: industry-ca.pem\n  identities: [{issuer: https://id.example, subject: a@m.example}]", `t.yaml: line 4: each identity of "M" has an issuer, so none is certified by ca: leave out the issuer where it is, or ca:`},
		{"ca a key", "boms: [{name: M, ca: k}]", "t.yaml: line 1: ca \"k\": holds something that is not a PEM certificate"},
		{"timestamp required, no roots", "boms: [{name: M, keys: [{file: k}], require: {timestamp: true, log: true}}]", "t.yaml: line 1: a timestamp is required of \"M\" and no authority is trusted to make one: add roots: FILE"},
		{"log required, no roots", "boms: [{name: M, keys: [{file: k}], require: {log: true}}]", "t.yaml: line 1: a log entry is required of \"M\" and no log is trusted: add roots: FILE"},
		{"required maybe", "boms: [{name: M, keys: [{file: k}], require: {timestamp: yes}}]", "t.yaml: line 1: \"yes\" is neither true nor false"},
		{"age in months", "boms: [{name: M, keys: [{file: k}], require: {max-age: 12m}}]", "t.yaml: line 1: \"12m\" is no age: write a number of days, such as 400d"},
		{"no age", "boms: [{name: M, keys: [{file: k}], require: {max-age: 0d}}]", "t.yaml: line 1: \"0d\" is no age: write a number of days, such as 400d"},
		{"scope of a BOM's signer", "boms: [{name: M, keys: [{file: k}], scope: {}}]", "t.yaml: line 1: unknown key \"scope\" in an entry of boms: known are name, keys, identities, roots, ca, require"},
		{"empty parts", "suppliers: [{name: S, keys: [{file: k}], scope: {parts: []}}]", "t.yaml: line 1: parts is empty, which would mean all: leave it out, or list some"},
		{"alias", "boms: &a [{name: M, keys: [{file: k}]}]\nassessors: *a", "t.yaml: line 2: assessors refers to another place: write it out"},
		{"two documents", "boms: [{name: M, keys: [{file: k}]}]\n---\nboms: []", "t.yaml: something follows the first document: keep one in a file"},
		{"too large", "#" + strings.Repeat("x", verify.MaxTrustSize), "t.yaml: 1048577 bytes are too many for a trust file (limit 1048576)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			trust, err := verify.ParseTrust("t.yaml", []byte(tt.in), reader(t, files))
			if err == nil || trust != nil {
				t.Fatalf("got %v, %v", trust, err)
			}
			if d := cmp.Diff(tt.want, err.Error()); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
			if want := strings.Contains(tt.want, verify.ErrNoTrust.Error()); errors.Is(err, verify.ErrNoTrust) != want {
				t.Errorf("ErrNoTrust: want %t", want)
			}
		})
	}
}

func TestTrustKeyRefuses(t *testing.T) {
	k := string(p256(t).pem)
	for _, tt := range []struct{ name, pem, want string }{
		{"empty", "", "k.pub: is not a PEM file with one public key"},
		{"text", "hello", "k.pub: is not a PEM file with one public key"},
		{"text before", "hello\n" + k, "k.pub: is not a PEM file with one public key"},
		{"two keys", k + string(p256(t).pem), "k.pub: something follows the first key"},
		{"trailing text", k + "x", "k.pub: something follows the first key"},
		{"cut short", k[:80], "k.pub: the PEM block is malformed"},
		{"private key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "k.pub: is a private key: give the public key"},
		{"cosign private key", "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n", "k.pub: is a private key: give the public key"},
		{"certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "k.pub: is a certificate: take the key out of it"},
		{"PKCS#1", "-----BEGIN RSA PUBLIC KEY-----\nAAAA\n-----END RSA PUBLIC KEY-----\n", "k.pub: is a PKCS#1 key: convert it"},
		{"garbage", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "k.pub: is not a public key"},
		{"weak RSA", string(rsaKey(t, 1024).pem), "k.pub: an RSA key of 1024 bits is too weak: use ECDSA P-256"},
		{"odd RSA", string(rsaKey(t, 2560).pem), "k.pub: RSA keys of 2560 bits are not supported: use ECDSA P-256"},
		{"Ed25519", string(ed(t).pem), "k.pub: Ed25519 is not supported, because signers disagree on its variant (cosign signs Ed25519ph and verifies pure Ed25519): use ECDSA P-256"},
		{"P-521", string(ec(t, elliptic.P521()).pem), "k.pub: curve P-521 is not supported: use ECDSA P-256"},
		{"too large", k + strings.Repeat("\n", verify.MaxKeySize), "k.pub: 65714 bytes are too many for a key file (limit 65536)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			trust, err := verify.TrustKey("k.pub", []byte(tt.pem), nil)
			if trust != nil || err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %v, %v; want %s", trust, err, tt.want)
			}
		})
	}
}

// FuzzParseTrust: a trust file that is accepted names a signer, and reading it
// again gives the same trust.
func FuzzParseTrust(f *testing.F) {
	f.Add([]byte(trustYAML))
	f.Add([]byte("boms: [{name: M, keys: [{file: k, valid-until: 2026-01-01T00:00:00Z}]}]"))
	f.Add([]byte("boms: &a []\nassessors: *a"))
	k := p256(f)
	read := func(string) ([]byte, error) { return k.pem, nil }
	f.Fuzz(func(t *testing.T, data []byte) {
		trust, err := verify.ParseTrust("t", data, read)
		if err != nil {
			if trust != nil {
				t.Error("an error came with a trust")
			}
			return
		}
		_, err = verify.BOM([]byte(smallBOM), nil, trust, now)
		if reason(err) == "" && !errors.Is(err, verify.ErrNoTrust) {
			t.Errorf("got %v", err)
		}
		again, err := verify.ParseTrust("t", data, read)
		if err != nil || again.Digest() != trust.Digest() {
			t.Errorf("read again: %v, %v", again, err)
		}
	})
}

// TestImports: the verifier stays apart from signer, catalogue and documents.
func TestImports(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Skipf("NOT CHECKED: go list: %v", err)
	}
	for p := range strings.FieldsSeq(string(out)) {
		own, isOwn := strings.CutPrefix(p, "github.com/originbom/originbom/")
		switch {
		case isOwn && own != "provenance/verify" && own != "sbom/strictjson":
			t.Errorf("imports %s", p)
		case strings.HasPrefix(p, "github.com/sigstore/cosign"), strings.HasPrefix(p, "github.com/anchore/"),
			strings.HasPrefix(p, "github.com/CycloneDX/"), p == "github.com/sigstore/sigstore-go/pkg/sign":
			t.Errorf("imports %s", p)
		}
	}
}

// TestDocumentedTrust: the trust file in the page for regulators parses, and
// lint has nothing to say about it.
func TestDocumentedTrust(t *testing.T) {
	page, err := os.ReadFile("../../docs/verifying-offline.md")
	if err != nil {
		t.Fatal(err)
	}
	var yaml strings.Builder
	_, rest, _ := strings.Cut(string(page), "    # trust.yaml\n")
	for line := range strings.Lines(rest) {
		if !strings.HasPrefix(line, "    ") {
			break
		}
		yaml.WriteString(line[4:])
	}
	files := map[string]*signer{"keys/maker.pub": p256(t), "keys/hanbit.pub": p256(t), "keys/hanbit-2024.pub": p256(t)}
	trust := trustOf(t, yaml.String(), files)
	if got := trust.Lint(time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)); len(got) != 0 || len(trust.Signers()) != 4 {
		t.Errorf("%d signers, lint says %v", len(trust.Signers()), got)
	}
}
