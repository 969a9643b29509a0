package sign_test

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/originbom/originbom/provenance/sign"
	"github.com/originbom/originbom/provenance/verify"
)

// bomText holds what re-serialising changes: white space, order, escapes,
// number spellings, a number that no float64 holds exactly.
const bomText = `{
  "specVersion": "1.6", "bomFormat": "CycloneDX", "version": 1.0,
  "name": "a <b> & \u00e9 é 디스플레이", "big": 12345678901234567890, "components": []
}
`

var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func pemOf(t testing.TB, kind string, der []byte, err error) []byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func pkcs8(t testing.TB, k any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(k)
	return pemOf(t, "PRIVATE KEY", der, err)
}

func ecKey(t testing.TB, c elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func rsaKey(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	t.Setenv("GODEBUG", "rsa1024min=0") // to make the weak key that must be refused
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func edKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, k, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func load(t testing.TB, pemData, password []byte) *sign.Key {
	t.Helper()
	k, err := sign.LoadKey("maker.key", pemData, password)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestBundleVerifies: each kind of key that can be loaded signs what verify
// accepts.
func TestBundleVerifies(t *testing.T) {
	private, public, err := sign.GenerateKeyPair([]byte("pw"))
	if err != nil {
		t.Fatal(err)
	}
	ec, rs := ecKey(t, elliptic.P256()), rsaKey(t, 2048)
	sec1, err := x509.MarshalECPrivateKey(ec)
	sec1PEM := pemOf(t, "EC PRIVATE KEY", sec1, err)
	for name, key := range map[string]*sign.Key{
		"generated":  load(t, private, []byte("pw")),
		"PKCS#8":     load(t, pkcs8(t, ec), nil),
		"SEC 1":      load(t, sec1PEM, nil),
		"PKCS#1":     load(t, pemOf(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rs), nil), nil),
		"P-384":      load(t, pkcs8(t, ecKey(t, elliptic.P384())), nil),
		"unneeded":   load(t, pkcs8(t, ec), []byte("pw")),
		"same as RS": load(t, pkcs8(t, rs), nil),
	} {
		t.Run(name, func(t *testing.T) {
			bundle, err := sign.Bundle(context.Background(), "out/phone.cdx.json", []byte(bomText), key)
			if err != nil {
				t.Fatal(err)
			}
			trust, err := verify.TrustKey("maker.pub", key.PublicPEM(), nil)
			if err != nil {
				t.Fatal(err)
			}
			seal, err := verify.BOM([]byte(bomText), bundle, trust, now)
			if err != nil {
				t.Fatal(err)
			}
			if seal.KeyID() != key.KeyID() {
				t.Errorf("key %s, want %s", seal.KeyID(), key.KeyID())
			}
			if bytes.ContainsAny(bundle, " \n\t") {
				t.Errorf("not compact: %s", bundle)
			}
		})
	}
	if got := load(t, private, []byte("pw")).PublicPEM(); !bytes.Equal(got, public) {
		t.Errorf("public key: got %s, want %s", got, public)
	}
}

func TestStatement(t *testing.T) {
	got, err := sign.Statement("/home/maker/out/phone.cdx.json", []byte(bomText))
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"phone.cdx.json","digest":{"sha256":"%x"}}],"predicateType":"https://cyclonedx.org/bom","predicate":`,
		sha256.Sum256([]byte(bomText))) +
		`{"specVersion":"1.6","bomFormat":"CycloneDX","version":1.0,"name":"a <b> & \u00e9 é 디스플레이","big":12345678901234567890,"components":[]}}`
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestDeterministic(t *testing.T) {
	key := load(t, pkcs8(t, rsaKey(t, 2048)), nil)
	var bundles [2][]byte
	for i := range bundles {
		b, err := sign.Bundle(context.Background(), "b.json", []byte(bomText), key)
		if err != nil {
			t.Fatal(err)
		}
		bundles[i] = b
	}
	if !bytes.Equal(bundles[0], bundles[1]) {
		t.Error("two bundles differ")
	}
}

func TestBundleRefuses(t *testing.T) {
	key := load(t, pkcs8(t, ecKey(t, elliptic.P256())), nil)
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, tt := range []struct {
		name, file, bom string
		ctx             context.Context
		key             *sign.Key
		want            string
	}{
		{"no key", "b.json", bomText, context.Background(), nil, "b.json: " + sign.ErrNoMethod.Error()},
		{"duplicate key", "b.json", "{\"a\":1,\n\"a\":2}", context.Background(), key, `b.json: not signed: line 2, column 1: key "a" occurs twice in one object: keep one of the two`},
		{"not JSON", "b.json", "<bom/>", context.Background(), key, `b.json: not signed: line 1, column 1: '<' stands where a value is expected`},
		{"list", "b.json", "[]", context.Background(), key, `b.json: not signed: a CycloneDX BOM in JSON is an object`},
		{"empty", "b.json", "", context.Background(), key, `b.json: not signed: line 1, column 1: the text ends where a value is expected: the file may be cut short`},
		{"no name", "", bomText, context.Background(), key, `"" is not a file's name`},
		{"bad name", "\xff.json", bomText, context.Background(), key, `the file's name "\xff.json" is not valid UTF-8: rename it`},
		{"cancelled", "b.json", bomText, cancelled, key, `b.json: signing: context canceled`},
		{"DSSE prefix", "b.json", "DSSEv1 28 application/vnd.in-toto+json 2 {}", context.Background(), key, `b.json: not signed: line 1, column 1: 'D' stands where a value is expected`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, err := sign.Bundle(tt.ctx, tt.file, []byte(tt.bom), tt.key)
			if b != nil || err == nil || err.Error() != tt.want {
				t.Errorf("got %s, %v\nwant %s", b, err, tt.want)
			}
		})
	}
	if _, err := sign.Bundle(context.Background(), "b", []byte("{}"), nil); !errors.Is(err, sign.ErrNoMethod) {
		t.Errorf("got %v, want ErrNoMethod", err)
	}
}

func TestLoadKeyRefuses(t *testing.T) {
	private, public, err := sign.GenerateKeyPair([]byte("pw"))
	if err != nil {
		t.Fatal(err)
	}
	plain := pkcs8(t, ecKey(t, elliptic.P256()))
	x25519, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string) []byte { return pemOf(t, kind, []byte("xxxx"), nil) }
	old := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-128-CBC,00"}, Bytes: []byte("x")})
	damaged := bytes.Replace(private, private[100:104], []byte("AAAA"), 1)
	for _, tt := range []struct {
		name     string
		pem      []byte
		password string
		want     string
	}{
		{"empty", nil, "", "k: is not a PEM file with a private key: make one with keygen"},
		{"text", []byte("key"), "", "k: is not a PEM file with a private key"},
		{"wrong password", private, "no", "k: wrong password, or the file is damaged: check ORIGINBOM_PASSWORD"},
		{"no password", private, "", "k: is encrypted and no password is given: set ORIGINBOM_PASSWORD"},
		{"damaged", damaged, "pw", "k: wrong password, or the file is damaged"},
		{"garbage", block("ENCRYPTED SIGSTORE PRIVATE KEY"), "pw", "k: wrong password, or the file is damaged"},
		{"public key", public, "", "k: is a public key: signing needs the private key"},
		{"certificate", block("CERTIFICATE"), "", "k: is a certificate: signing needs the private key"},
		{"two keys", append(bytes.Clone(plain), plain...), "", "k: something follows the first key: keep one key in a file"},
		{"trailing text", append(bytes.Clone(plain), "x"...), "", "k: something follows the first key"},
		{"parameters first", append(block("EC PARAMETERS"), plain...), "", "k: the curve's parameters stand before the key"},
		{"openssl encrypted", block("ENCRYPTED PRIVATE KEY"), "pw", "k: keys that openssl encrypted are not supported: import it"},
		{"old encrypted", old, "pw", "k: keys in the old encrypted PEM format are not supported"},
		{"another block", block("OPENSSH PRIVATE KEY"), "", `k: holds "OPENSSH PRIVATE KEY", not a private key`},
		{"malformed PKCS#8", block("PRIVATE KEY"), "", "k: the private key is malformed"},
		{"malformed SEC 1", block("EC PRIVATE KEY"), "", "k: the ec private key is malformed"},
		{"cut short", plain[:60], "", "k: the PEM block is malformed"},
		{"X25519", pkcs8(t, x25519), "", "k: keys of type *ecdh.PrivateKey cannot sign"},
		{"weak RSA", pkcs8(t, rsaKey(t, 1024)), "", "k: RSA keys of 1024 bits are not supported"},
		{"Ed25519", pkcs8(t, edKey(t)), "", "k: Ed25519 is not supported, because verifiers disagree on its variant"},
		{"P-521", pkcs8(t, ecKey(t, elliptic.P521())), "", "k: curve P-521 is not supported"},
		{"too large", make([]byte, sign.MaxKeySize+1), "", "k: 65537 bytes are too many for a key file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k, err := sign.LoadKey("k", tt.pem, []byte(tt.password))
			if k != nil || err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %v, %v\nwant %s", k, err, tt.want)
			}
		})
	}
	for _, ref := range []string{"awskms:///alias/x", "https://keys.example/k", "pkcs11:token=x", "k8s://ns/key"} {
		k, err := sign.ServiceKey(context.Background(), ref, nil)
		if k != nil || err == nil || !sign.InService(ref) || sign.KeyServices == "" && !strings.Contains(err.Error(), "this build has no keys in services and hardware") {
			t.Errorf("%s: got %v", ref, err)
		}
	}
}

// FuzzLoadKey: a key that loads signs for the public key that it names.
func FuzzLoadKey(f *testing.F) {
	f.Add(pkcs8(f, ecKey(f, elliptic.P256())))
	f.Add(pkcs8(f, edKey(f)))
	f.Add([]byte("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.Contains(data, []byte("ENCRYPTED")) {
			return // scrypt takes too long here
		}
		k, err := sign.LoadKey("k", data, nil)
		if err != nil {
			if k != nil {
				t.Error("an error came with a key")
			}
			return
		}
		b, err := sign.Bundle(context.Background(), "b", []byte(`{}`), k)
		if err != nil {
			t.Fatal(err)
		}
		trust, err := verify.TrustKey("k", k.PublicPEM(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := verify.BOM([]byte(`{}`), b, trust, now); err != nil {
			t.Error(err)
		}
	})
}

// FuzzStatement: a BOM that is signed stands in the statement with its digest,
// unchanged in meaning.
func FuzzStatement(f *testing.F) {
	f.Add("b.json", []byte(bomText))
	f.Add(`a"b\c`, []byte(`{"a":[1e3,"\ud83d\ude00"]}`))
	f.Fuzz(func(t *testing.T, name string, bom []byte) {
		st, err := sign.Statement(name, bom)
		if err != nil {
			return
		}
		var got struct {
			Subject []struct {
				Name   string
				Digest map[string]string
			}
			Predicate any
		}
		if err := json.Unmarshal(st, &got); err != nil {
			t.Fatalf("%s: %v", st, err)
		}
		var want any
		if err := json.Unmarshal(bom, &want); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got.Predicate); d != "" {
			t.Error(d)
		}
		if len(got.Subject) != 1 || got.Subject[0].Digest["sha256"] != fmt.Sprintf("%x", sha256.Sum256(bom)) {
			t.Errorf("subject %v", got.Subject)
		}
	})
}

// TestImports: no Kubernetes (klog, a logger that Sigstore's log client uses,
// aside), no key services, none of cosign's commands.
func TestImports(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Skipf("NOT CHECKED: go list: %v", err)
	}
	for p := range strings.FieldsSeq(string(out)) {
		switch {
		case strings.HasPrefix(p, "k8s.io/") && !strings.HasPrefix(p, "k8s.io/klog/v2"),
			strings.HasPrefix(p, "github.com/sigstore/cosign/v2/cmd/"),
			strings.HasPrefix(p, "github.com/sigstore/cosign/v2/pkg/signature"),
			strings.HasPrefix(p, "github.com/anchore/"), strings.HasPrefix(p, "github.com/CycloneDX/"):
			t.Errorf("imports %s", p)
		}
	}
}
