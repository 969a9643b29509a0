package sign

import (
	"bytes"
	"context"
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

	"github.com/sigstore/cosign/v2/pkg/cosign"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	"github.com/sigstore/sigstore/pkg/signature"
	sigoptions "github.com/sigstore/sigstore/pkg/signature/options"
)

// MaxKeySize is the largest key file in bytes. An encrypted RSA key of 4096
// bits has 4600.
const MaxKeySize = 64 << 10

// A Key signs. It may be used concurrently.
type Key struct {
	file    string
	signer  signature.SignerVerifier
	pub     crypto.PublicKey
	spki    []byte
	details signature.AlgorithmDetails
}

// GenerateKeyPair makes an ECDSA P-256 key, as cosign generate-key-pair does:
// the private key in PEM, encrypted with password (scrypt and NaCl secretbox),
// and the public key in PEM. An empty password is allowed; whoever has the file
// then has the key.
func GenerateKeyPair(password []byte) (private, public []byte, err error) {
	k, err := cosign.GenerateKeyPair(func(bool) ([]byte, error) { return password, nil })
	if err != nil {
		return nil, nil, fmt.Errorf("generating a key pair: %w", err)
	}
	return k.PrivateBytes, k.PublicBytes, nil
}

// LoadKey reads a private key in PEM: one of cosign's, which password
// decrypts, or a plain one in PKCS#8, SEC 1 or PKCS#1. file names the key in
// messages. Supported are ECDSA P-256, RSA with 2048, 3072 or 4096 bits, and
// ECDSA P-384, of which cosign v2 verifies signatures only if told the
// algorithm. Ed25519 is not: cosign signs with one variant of it and verifies
// another.
func LoadKey(file string, pemData, password []byte) (*Key, error) {
	block, err := oneBlock(pemData)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	signer, err := loadSigner(block, pemData, password)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	k, err := newKey(file, signer)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return k, nil
}

func oneBlock(data []byte) (*pem.Block, error) {
	if len(data) > MaxKeySize {
		return nil, fmt.Errorf("%d bytes are too many for a key file (limit %d)", len(data), MaxKeySize)
	}
	if !bytes.HasPrefix(bytes.TrimSpace(data), []byte("-----BEGIN ")) {
		return nil, errors.New("is not a PEM file with a private key: make one with keygen or cosign generate-key-pair")
	}
	block, rest := pem.Decode(data)
	switch {
	case block == nil:
		return nil, errors.New("the PEM block is malformed")
	case block.Type == "EC PARAMETERS":
		return nil, errors.New("the curve's parameters stand before the key: write the file again with openssl ec -no_public or openssl pkey")
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, errors.New("something follows the first key: keep one key in a file")
	}
	return block, nil
}

func loadSigner(block *pem.Block, data, password []byte) (signature.SignerVerifier, error) {
	switch block.Type {
	case cosign.SigstorePrivateKeyPemType, cosign.CosignPrivateKeyPemType:
		// An empty list of options, so that cosign changes no algorithm.
		s, err := cosign.LoadPrivateKey(data, password, &[]signature.LoadOption{})
		if err != nil {
			return nil, encryptedKeyError(err, password)
		}
		return s, nil
	case "PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE":
		return nil, fmt.Errorf("is a %s: signing needs the private key", strings.ToLower(block.Type))
	case "ENCRYPTED PRIVATE KEY":
		return nil, errors.New("keys that openssl encrypted are not supported: import it with cosign import-key-pair")
	}
	if block.Headers["Proc-Type"] != "" {
		return nil, errors.New("keys in the old encrypted PEM format are not supported: import it with cosign import-key-pair")
	}
	priv, err := plainKey(block)
	if err != nil {
		return nil, err
	}
	if err := checkStrength(priv.Public()); err != nil {
		return nil, err
	}
	return signature.LoadDefaultSignerVerifier(priv)
}

// encryptedKeyError hides the library's words: whatever fails after the file's
// form was read is a wrong password, or a file that somebody changed.
func encryptedKeyError(err error, password []byte) error {
	if !strings.HasPrefix(err.Error(), "decrypt: ") {
		return errors.New("the decrypted file is not a private key that is supported")
	}
	if len(password) == 0 {
		return errors.New("is encrypted and no password is given: set ORIGINBOM_PASSWORD or COSIGN_PASSWORD")
	}
	return errors.New("wrong password, or the file is damaged: check ORIGINBOM_PASSWORD and COSIGN_PASSWORD")
}

func plainKey(block *pem.Block) (crypto.Signer, error) {
	var key any
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	default:
		return nil, fmt.Errorf("holds %.50q, not a private key", block.Type)
	}
	if err != nil { // its text could quote the key
		return nil, fmt.Errorf("the %s is malformed", strings.ToLower(block.Type))
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("keys of type %T cannot sign: make a new one with keygen", key)
	}
	return signer, nil
}

// checkStrength accepts what package verify accepts.
func checkStrength(pub crypto.PublicKey) error {
	const remedy = "make a new one with keygen"
	switch k := pub.(type) {
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() && k.Curve != elliptic.P384() {
			return fmt.Errorf("curve %s is not supported: %s", k.Params().Name, remedy)
		}
	case *rsa.PublicKey:
		if bits := k.N.BitLen(); bits != 2048 && bits != 3072 && bits != 4096 {
			return fmt.Errorf("RSA keys of %d bits are not supported (2048, 3072 and 4096 are): %s", bits, remedy)
		}
	case ed25519.PublicKey:
		return fmt.Errorf("Ed25519 is not supported, because verifiers disagree on its variant: %s", remedy)
	default:
		return fmt.Errorf("keys of type %T are not supported: %s", pub, remedy)
	}
	return nil
}

func newKey(file string, signer signature.SignerVerifier) (*Key, error) {
	pub, err := signer.PublicKey()
	if err != nil {
		return nil, err
	}
	if err := checkStrength(pub); err != nil {
		return nil, err
	}
	details, err := signature.GetDefaultAlgorithmDetails(pub)
	if err != nil {
		return nil, fmt.Errorf("this kind of key is not supported: %w", err)
	}
	spki, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, err
	}
	return &Key{file: file, signer: signer, pub: pub, spki: spki, details: details}, nil
}

// PublicPEM gives the public key, for those who verify.
func (k *Key) PublicPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: k.spki})
}

// KeyID is the sha256, in hex, of the key's SubjectPublicKeyInfo.
func (k *Key) KeyID() string {
	sum := sha256.Sum256(k.spki)
	return hex.EncodeToString(sum[:])
}

// keypair lets sigstore-go sign with a Key.
type keypair struct{ k *Key }

func (p keypair) GetHashAlgorithm() protocommon.HashAlgorithm { return p.k.details.GetProtoHashType() }

func (p keypair) GetSigningAlgorithm() protocommon.PublicKeyDetails {
	return p.k.details.GetSignatureAlgorithm()
}

// GetHint is cosign's hint: the key's id in base64.
func (p keypair) GetHint() []byte {
	sum := sha256.Sum256(p.k.spki)
	return []byte(base64.StdEncoding.EncodeToString(sum[:]))
}

func (p keypair) GetKeyAlgorithm() string {
	if _, ok := p.k.pub.(*rsa.PublicKey); ok {
		return "RSA"
	}
	return "ECDSA"
}

func (p keypair) GetPublicKey() crypto.PublicKey { return p.k.pub }

func (p keypair) GetPublicKeyPem() (string, error) { return string(p.k.PublicPEM()), nil }

// SignData gives signature and digest. DSSE bundles do not carry the digest.
func (p keypair) SignData(ctx context.Context, data []byte) (sig, digest []byte, err error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	sig, err = p.k.signer.SignMessage(bytes.NewReader(data), sigoptions.WithContext(ctx))
	return sig, nil, err
}
