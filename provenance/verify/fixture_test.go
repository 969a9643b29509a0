package verify_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/originbom/originbom/provenance/verify"
)

// The tests sign by hand, with the standard library alone: what is verified is
// the format, and not another function of ours.

const (
	smallBOM  = `{"bomFormat":"CycloneDX","version":1}`
	bundleV03 = "application/vnd.dev.sigstore.bundle.v0.3+json"
	inToto    = "application/vnd.in-toto+json"
)

var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

type signer struct {
	priv crypto.Signer
	pem  []byte
	hint string
	id   string
}

func newSigner(t testing.TB, priv crypto.Signer) *signer {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(priv.Public())
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	return &signer{
		priv: priv, pem: pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}),
		hint: base64.StdEncoding.EncodeToString(sum[:]), id: hex.EncodeToString(sum[:]),
	}
}

func p256(t testing.TB) *signer { t.Helper(); return ec(t, elliptic.P256()) }

func ec(t testing.TB, c elliptic.Curve) *signer {
	t.Helper()
	k, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return newSigner(t, k)
}

func rsaKey(t testing.TB, bits int) *signer {
	t.Helper()
	t.Setenv("GODEBUG", "rsa1024min=0") // to make the weak key that must be refused
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return newSigner(t, k)
}

func ed(t testing.TB) *signer {
	t.Helper()
	_, k, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return newSigner(t, k)
}

// pae is DSSE's pre-authentication encoding.
func pae(payloadType string, payload []byte) []byte {
	return fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(payloadType), payloadType, len(payload), payload)
}

func (s *signer) sign(t testing.TB, msg []byte) []byte {
	t.Helper()
	digest, hash := msg, crypto.Hash(0)
	switch k := s.priv.Public().(type) {
	case *ecdsa.PublicKey:
		d := sha256.Sum256(msg)
		digest, hash = d[:], crypto.SHA256
		if k.Curve == elliptic.P384() {
			d := sha512.Sum384(msg)
			digest, hash = d[:], crypto.SHA384
		}
	case *rsa.PublicKey:
		d := sha256.Sum256(msg)
		digest, hash = d[:], crypto.SHA256
	}
	sig, err := s.priv.Sign(rand.Reader, digest, hash)
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

// statement gives the statement that belongs to a BOM.
func statement(bom string) string {
	return fmt.Sprintf(`{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"bom.json","digest":{"sha256":"%s"}}],"predicateType":"https://cyclonedx.org/bom","predicate":%s}`, digest(bom), bom)
}

func digest(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }

// bundle signs a statement.
func (s *signer) bundle(t testing.TB, stmt string) string {
	t.Helper()
	return s.bundleOf(t, stmt, inToto)
}

func (s *signer) bundleOf(t testing.TB, stmt, payloadType string) string {
	t.Helper()
	return envelope(s.hint, stmt, payloadType, s.sign(t, pae(payloadType, []byte(stmt))))
}

func envelope(hint, stmt, payloadType string, sig []byte) string {
	return fmt.Sprintf(`{"mediaType":%q,"verificationMaterial":{"publicKey":{"hint":%q}},"dsseEnvelope":{"payload":%q,"payloadType":%q,"signatures":[{"sig":%q}]}}`,
		bundleV03, hint, b64(stmt), payloadType, b64(string(sig)))
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// sub replaces the one occurrence of old.
func sub(t testing.TB, s, old, repl string) string {
	t.Helper()
	if strings.Count(s, old) != 1 {
		t.Fatalf("%q occurs %d times in %s", old, strings.Count(s, old), s)
	}
	return strings.Replace(s, old, repl, 1)
}

func trustKey(t testing.TB, s *signer) *verify.Trust {
	t.Helper()
	trust, err := verify.TrustKey("maker.pub", s.pem, nil)
	if err != nil {
		t.Fatal(err)
	}
	return trust
}

// reader reads key files from a map, and the trusted root and authority of this
// test program.
func reader(t testing.TB, files map[string]*signer) func(string) ([]byte, error) {
	t.Helper()
	return func(name string) ([]byte, error) {
		switch path.Base(name) {
		case "trusted_root.json":
			return sigstore(t).root, nil
		case "industry-ca.pem":
			return industry(t).pem, nil
		}
		if s, ok := files[name]; ok {
			return s.pem, nil
		}
		return nil, fmt.Errorf("no such file")
	}
}
