// Package modsig reads the signature that the kernel's build appends to a
// module, and checks it with a certificate.
//
// # The format
//
// From the end of the file (Linux, include/linux/module_signature.h):
//
//	module | signature | 12 bytes | "~Module signature appended~\n"
//
// The 12 bytes are one each of algorithm, hash, kind, length of the signer's
// name, length of its key's id, three zeros, and the signature's length as 32
// bits, the most significant first. Kind 2 is the only one that kernels since 4.4
// take: a PKCS#7 SignedData in DER without content (RFC 5652), all other bytes
// zero. It tells the certificate of its signer by issuer and serial number, or by
// the id of its key, and never holds it.
//
// # What is not said
//
// Whether a kernel would load the module: which certificates it trusts beside
// those built into it, such as a machine owner's, is not in its image.
package modsig

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	_ "crypto/sha1" // signatures by old kernels
	_ "crypto/sha256"
	_ "crypto/sha3" // CONFIG_MODULE_SIG_SHA3_*
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
)

// Magic ends a signed module.
const Magic = "~Module signature appended~\n"

const (
	// infoSize is that of struct module_signature.
	infoSize = 12
	// kindPKCS7 is PKEY_ID_PKCS7.
	kindPKCS7 = 2
	// maxSignature bounds a signature in bytes. One with RSA of 4096 bits has 700,
	// one with ML-DSA-87 near 5000.
	maxSignature = 64 << 10
	// maxKeyBits bounds an RSA key, as crypto/tls does: larger ones cost time.
	maxKeyBits = 8192
	// minKeyBits is the least that crypto/rsa takes. Whoever has a shorter key's
	// certificate can find its private key, so its signatures prove nothing.
	minKeyBits = 1024
)

// ErrUnsigned is returned for a module without an appended signature.
var ErrUnsigned = errors.New("no signature is appended")

// ErrNotCheckable is returned for a signature by an algorithm, or with
// attributes, that is not known here, or by a key so short that anybody could
// have made it: it may be good or not.
var ErrNotCheckable = errors.New("the signature is of a kind that cannot be checked")

// ErrMismatch is returned for a signature that is not that of these bytes by that
// key.
var ErrMismatch = errors.New("the signature does not match the module's bytes")

// A Signature is what is appended to a module.
type Signature struct {
	Size   int64       // of the module before it, in bytes
	Issuer string      // of the signer's certificate (RFC 2253); "" if told by KeyID
	Serial *big.Int    // of the signer's certificate; nil if told by KeyID
	KeyID  []byte      // of the signer's key; nil if told by Issuer and Serial
	Hash   crypto.Hash // 0 if not known here

	rawIssuer  []byte
	scheme     scheme
	attributes bool // what is signed is a list of attributes, not the module
	value      []byte
}

// Read reads the signature at the end of a module of size bytes. It returns
// ErrUnsigned if there is none; any other error is of one that is damaged.
func Read(r io.ReaderAt, size int64) (*Signature, error) {
	const tail = infoSize + int64(len(Magic))
	if size < tail {
		return nil, ErrUnsigned
	}
	b := make([]byte, tail)
	if n, err := r.ReadAt(b, size-tail); n < len(b) {
		return nil, fmt.Errorf("the end of the module: %w", err)
	}
	if string(b[infoSize:]) != Magic {
		return nil, ErrUnsigned
	}
	n := int64(binary.BigEndian.Uint32(b[8:]))
	switch {
	case b[2] != kindPKCS7:
		return nil, fmt.Errorf("module signature: kind %d is none that kernels since 4.4 take", b[2])
	case !bytes.Equal(b[:8], []byte{0, 0, kindPKCS7, 0, 0, 0, 0, 0}):
		return nil, errors.New("module signature: bytes that must be zero are not")
	case n > maxSignature || n > size-tail:
		return nil, fmt.Errorf("module signature: %d bytes are more than the module or the limit of %d has", n, maxSignature)
	}
	der := make([]byte, n)
	if k, err := r.ReadAt(der, size-tail-n); k < len(der) {
		return nil, fmt.Errorf("module signature: %w", err)
	}
	s, err := parse(der)
	if err != nil {
		return nil, fmt.Errorf("module signature: %w", err)
	}
	s.Size = size - tail - n
	return s, nil
}

// By reports whether the certificate is the one that the signature names.
func (s *Signature) By(c *x509.Certificate) bool {
	if s.KeyID != nil {
		return bytes.Equal(s.KeyID, c.SubjectKeyId)
	}
	return bytes.Equal(s.rawIssuer, c.RawIssuer) && s.Serial.Cmp(c.SerialNumber) == 0
}

// Verify checks the signature with the key of a certificate over the digest, by
// s.Hash, of the module's first s.Size bytes. Dates of the certificate do not
// count, nor do they for kernels.
func (s *Signature) Verify(c *x509.Certificate, digest []byte) error {
	if s.attributes || s.Hash == 0 || s.scheme == otherScheme || len(digest) != s.Hash.Size() {
		return ErrNotCheckable
	}
	good := false
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits < minKeyBits || bits > maxKeyBits {
			return ErrNotCheckable
		}
		good = s.scheme == rsaPKCS1 && verifyRSA(key, s.Hash, digest, s.value)
	case *ecdsa.PublicKey:
		good = s.scheme == ecdsaX962 && ecdsa.VerifyASN1(key, digest, s.value)
	default:
		return ErrNotCheckable
	}
	if !good {
		return ErrMismatch
	}
	return nil
}
