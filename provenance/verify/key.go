package verify

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sigstore/sigstore/pkg/signature"
)

// MaxKeySize is the largest key file in bytes. A PEM file of an RSA key of 4096
// bits has 800.
const MaxKeySize = 64 << 10

// A key is a public key that a reader trusts, and for what.
type key struct {
	id       string // sha256 of the SubjectPublicKeyInfo, hex
	hint     string // the same in base64, as bundles give it
	verifier signature.Verifier

	file   string // its file, or "" if it was given by itself
	signer string // its owner's name
	line   int    // in the trust file, 0 if there is none

	// The zero time is no bound. A key is valid at from and no longer valid at
	// until.
	from, until, revoked, compromised time.Time
}

// parseKey reads one public key from a PEM file. The error does not name the
// file.
func parseKey(data []byte) (*key, error) {
	if len(data) > MaxKeySize {
		return nil, fmt.Errorf("%d bytes are too many for a key file (limit %d)", len(data), MaxKeySize)
	}
	if !bytes.HasPrefix(bytes.TrimSpace(data), []byte("-----BEGIN ")) {
		return nil, errors.New("is not a PEM file with one public key: write one with cosign generate-key-pair or openssl pkey -pubout")
	}
	block, rest := pem.Decode(data)
	if block == nil {
		return nil, errors.New("the PEM block is malformed")
	}
	switch {
	case strings.HasSuffix(block.Type, "PRIVATE KEY"):
		return nil, errors.New("is a private key: give the public key that belongs to it, and keep this file secret")
	case block.Type == "CERTIFICATE":
		return nil, errors.New("is a certificate: take the key out of it with openssl x509 -pubkey -noout")
	case block.Type == "RSA PUBLIC KEY":
		return nil, errors.New("is a PKCS#1 key: convert it with openssl rsa -RSAPublicKey_in -pubout")
	case block.Type != "PUBLIC KEY":
		return nil, fmt.Errorf("holds %.50q, not a PUBLIC KEY", block.Type)
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return nil, errors.New("something follows the first key: keep one key in a file, and list further files")
	}
	pub, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("is not a public key: %w", err)
	}
	return newKey(pub)
}

func newKey(pub crypto.PublicKey) (*key, error) {
	if err := checkStrength(pub); err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, fmt.Errorf("is not a public key: %w", err)
	}
	v, err := signature.LoadDefaultVerifier(pub)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(der)
	return &key{id: hex.EncodeToString(sum[:]), hint: base64.StdEncoding.EncodeToString(sum[:]), verifier: v}, nil
}

// checkStrength accepts the keys for which Sigstore has one settled algorithm.
// Ed25519 is none: cosign (v2.6.5 and v3.1.3) signs attestations with the
// pre-hashed variant, Ed25519ph, and verifies the pure one, so that it refuses
// its own. Whichever of the two were accepted here, one direction would fail.
func checkStrength(pub crypto.PublicKey) error {
	const remedy = "use ECDSA P-256 (or P-384, or RSA with 2048, 3072 or 4096 bits)"
	switch k := pub.(type) {
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() || k.Curve == elliptic.P384() {
			return nil
		}
		return fmt.Errorf("curve %s is not supported: %s", k.Params().Name, remedy)
	case *rsa.PublicKey:
		switch bits := k.N.BitLen(); {
		case bits < 2048:
			return fmt.Errorf("an RSA key of %d bits is too weak: %s", bits, remedy)
		case bits != 2048 && bits != 3072 && bits != 4096:
			return fmt.Errorf("RSA keys of %d bits are not supported: %s", bits, remedy)
		}
		return nil
	case ed25519.PublicKey:
		return fmt.Errorf("Ed25519 is not supported, because signers disagree on its variant (cosign signs Ed25519ph and verifies pure Ed25519): %s", remedy)
	}
	return fmt.Errorf("keys of type %T are not supported: %s", pub, remedy)
}

// spkiID is the sha256, in hex, of a key's SubjectPublicKeyInfo.
func spkiID(pub crypto.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return "", err
	}
	return hexDigest(der), nil
}

// validAt judges the key's dates at the trusted time of signing. If at is zero
// there is none: then they are judged at the time of verification, and a key
// that was compromised once cannot be used at all.
func (k *key) validAt(at, now time.Time) error {
	const second = "2006-01-02 15:04:05 MST"
	proved, when := !at.IsZero(), at
	if !proved {
		when = now
	}
	it := "it is " + when.UTC().Format(second)
	if proved {
		it = "it signed at " + when.UTC().Format(second)
	}
	weak := func(code Weakness, remedy, format string, args ...any) error {
		return &weakness{code: code, reason: fmt.Sprintf(format, args...), remedy: remedy}
	}
	const another = "have it signed with another key"
	switch {
	case !k.compromised.IsZero() && !proved:
		return weak(Compromised, another, "the key of %q is compromised since %s, and nothing proves that this signature is older", k.signer, k.compromised.Format(second))
	case !k.compromised.IsZero() && !at.Before(k.compromised):
		return weak(Compromised, another, "the key of %q is compromised since %s, and %s", k.signer, k.compromised.Format(second), it)
	case !k.revoked.IsZero() && !when.Before(k.revoked):
		return weak(Revoked, another, "the key of %q was revoked at %s", k.signer, k.revoked.Format(second))
	case !k.from.IsZero() && when.Before(k.from):
		return weak(NotYetValid, "", "the key of %q is valid from %s, and %s", k.signer, k.from.Format(second), it)
	case !k.until.IsZero() && !when.Before(k.until):
		return weak(Expired, "have it signed with a current key", "the key of %q was valid until %s, and %s", k.signer, k.until.Format(second), it)
	}
	return nil
}
