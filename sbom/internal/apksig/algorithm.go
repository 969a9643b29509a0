package apksig

import (
	"crypto"
	"crypto/dsa" //lint:ignore SA1019 Android verifies DSA signatures, so their verdict must be told
	"crypto/ecdsa"
	_ "crypto/md5" // for JAR signatures, which Android still verifies
	"crypto/rsa"
	_ "crypto/sha1" // for JAR signatures
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
)

// maxKeyBits bounds keys: the time of a verification grows with their cube.
// 16384 is the longest that Android's own test suite uses.
const maxKeyBits = 16384

// A family is a kind of key.
type family string

const (
	familyRSA   family = "RSA"
	familyDSA   family = "DSA"
	familyECDSA family = "ECDSA"
)

// An algorithm of schemes v2 and v3 (source.android.com, "APK Signature Scheme
// v2", signature algorithm IDs).
type algorithm struct {
	family  family
	pss     bool
	hash    crypto.Hash
	content content
	minSDK  int
}

// content is how the file is digested.
type content int

// The digests, the weakest first, as Android ranks them.
const (
	chunked256 content = iota
	verity256
	chunked512
)

var algorithms = map[uint32]algorithm{
	0x0101: {familyRSA, true, crypto.SHA256, chunked256, apiNougat},
	0x0102: {familyRSA, true, crypto.SHA512, chunked512, apiNougat},
	0x0103: {familyRSA, false, crypto.SHA256, chunked256, apiNougat},
	0x0104: {familyRSA, false, crypto.SHA512, chunked512, apiNougat},
	0x0201: {familyECDSA, false, crypto.SHA256, chunked256, apiNougat},
	0x0202: {familyECDSA, false, crypto.SHA512, chunked512, apiNougat},
	0x0301: {familyDSA, false, crypto.SHA256, chunked256, apiNougat},
	0x0421: {familyRSA, false, crypto.SHA256, verity256, apiPie},
	0x0423: {familyECDSA, false, crypto.SHA256, verity256, apiPie},
	0x0425: {familyDSA, false, crypto.SHA256, verity256, apiPie},
}

var errSignature = errors.New("the signature does not match")

// verify checks a signature over data by the public key in DER form. It gives
// errSignature if everything is in order but the signature.
func verify(key []byte, f family, pss bool, h crypto.Hash, data, signature []byte) error {
	pub, err := x509.ParsePKIXPublicKey(key)
	if err != nil {
		return fmt.Errorf("public key: %w", err)
	}
	w := h.New()
	w.Write(data)
	sum := w.Sum(nil)
	switch k := pub.(type) {
	case *rsa.PublicKey:
		if f == familyRSA {
			return verifyRSA(k, pss, h, sum, signature)
		}
	case *ecdsa.PublicKey:
		if f == familyECDSA {
			if !ecdsa.VerifyASN1(k, sum, signature) {
				return errSignature
			}
			return nil
		}
	case *dsa.PublicKey:
		if f == familyDSA {
			return verifyDSA(k, sum, signature)
		}
	}
	return fmt.Errorf("the key is no %s key", f)
}

func verifyRSA(k *rsa.PublicKey, pss bool, h crypto.Hash, sum, signature []byte) error {
	if n := k.N.BitLen(); n > maxKeyBits {
		return fmt.Errorf("an RSA key of %d bits, the limit is %d", n, maxKeyBits)
	}
	var err error
	if pss {
		err = rsa.VerifyPSS(k, h, sum, signature, &rsa.PSSOptions{SaltLength: h.Size(), Hash: h})
	} else {
		err = rsa.VerifyPKCS1v15(k, h, sum, signature)
	}
	if errors.Is(err, rsa.ErrVerification) {
		return errSignature
	}
	return err
}

// verifyDSA checks a signature of FIPS 186-4: the digest counts as far as the
// key's subgroup is long.
func verifyDSA(k *dsa.PublicKey, sum, signature []byte) error {
	if p, q := k.P.BitLen(), k.Q.BitLen(); p > maxKeyBits || q > 512 || k.Y.Cmp(k.P) >= 0 || k.G.Cmp(k.P) >= 0 {
		return fmt.Errorf("a DSA key of %d and %d bits that is too long or malformed", p, q)
	}
	var sig struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(signature, &sig); err != nil || len(rest) > 0 {
		return errors.New("a malformed DSA signature")
	}
	if n := (k.Q.BitLen() + 7) / 8; len(sum) > n {
		sum = sum[:n]
	}
	if !dsa.Verify(k, sum, sig.R, sig.S) {
		return errSignature
	}
	return nil
}
