package modsig

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
)

// A digestInfo is what is signed (RFC 8017, appendix A.2.4).
type digestInfo struct {
	Algorithm pkix.AlgorithmIdentifier
	Digest    []byte
}

// maxExponent is the largest that crypto/rsa and kernels' keys have; 65537 is
// usual.
const maxExponent = 1<<31 - 1

// verifyRSA checks a signature RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2.2): what
// the public key makes of it must equal, byte for byte, the one encoding that the
// digest has. A phone has thousands of modules, and with the 4096 bits that
// kernels sign with crypto/rsa takes three to four times as long: it hides how
// long its numbers are and keeps nothing of a public key from one call to the
// next. Here nothing is secret.
func verifyRSA(key *rsa.PublicKey, hash crypto.Hash, digest, signature []byte) bool {
	if key.E < 3 || key.E > maxExponent || key.E&1 == 0 || key.N.Sign() <= 0 || key.N.Bit(0) == 0 {
		return false // no RSA key: with an exponent of 1 everybody signs
	}
	want, ok := encode(key.Size(), hash, digest)
	s := new(big.Int).SetBytes(signature)
	if !ok || len(signature) != key.Size() || s.Cmp(key.N) >= 0 {
		return false
	}
	got := s.Exp(s, big.NewInt(int64(key.E)), key.N).FillBytes(make([]byte, key.Size()))
	return bytes.Equal(got, want)
}

// encode is EMSA-PKCS1-v1_5 (RFC 8017, section 9.2) in size bytes.
func encode(size int, hash crypto.Hash, digest []byte) ([]byte, bool) {
	for _, h := range hashes {
		if h.hash != hash {
			continue
		}
		info, err := asn1.Marshal(digestInfo{pkix.AlgorithmIdentifier{Algorithm: h.oid, Parameters: asn1.NullRawValue}, digest})
		const least = 8 // bytes of padding
		pad := size - len(info) - 3
		if err != nil || pad < least {
			return nil, false
		}
		return bytes.Join([][]byte{{0, 1}, bytes.Repeat([]byte{0xff}, pad), {0}, info}, nil), true
	}
	return nil, false
}
