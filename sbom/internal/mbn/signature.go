package mbn

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
)

// A State says what is known of a signature.
type State string

// The states. NotVerified says that the signature is none of the public schemes:
// the image was changed, or its chip uses another scheme.
const (
	Verified    State = "verified"
	NotVerified State = "not-verified"
	NotChecked  State = "not-checked" // its key is of a kind without a public scheme
)

// A Signature is one party's signature over the hashes, as the image carries it.
type Signature struct {
	State State
	Chain []Certificate // the signer's first
	// Linked reports that every certificate of the chain is signed by the next one
	// and the last by itself.
	Linked bool
	IDs    []ID // from the signer's certificate, or the metadata of version 6 and 7
}

// A Certificate is one of a chain.
type Certificate struct {
	SHA256  string // in hex, of its bytes
	Subject string // "" if it could not be parsed

	parsed *x509.Certificate // nil if it could not be parsed
}

// signature reads what one party signed, beside the other; nil if it did not.
func (h *hashTable) signature(by, other party) *Signature {
	if len(by.signature) == 0 && len(by.chain) == 0 {
		return nil
	}
	s := &Signature{Chain: certificates(by.chain)}
	if len(s.Chain) > 0 {
		s.Linked = linked(s.Chain)
		s.IDs = unitIDs(s.Chain[0].parsed)
	}
	s.State = s.verify(h.signedBeside(other), by.signature)
	s.IDs = append(s.IDs, h.metadataIDs(by.metadata)...)
	return s
}

// certificates cuts a chain of certificates in DER. What follows the last one is
// padding.
func certificates(b []byte) []Certificate {
	var out []Certificate
	for len(out) < maxCertificates {
		var raw asn1.RawValue
		rest, err := asn1.Unmarshal(b, &raw)
		if err != nil || raw.Class != asn1.ClassUniversal || raw.Tag != asn1.TagSequence || !raw.IsCompound {
			break
		}
		sum := sha256.Sum256(raw.FullBytes)
		c := Certificate{SHA256: hex.EncodeToString(sum[:])}
		if c.parsed, err = x509.ParseCertificate(raw.FullBytes); err == nil {
			c.Subject = c.parsed.Subject.String()
		}
		out = append(out, c)
		b = rest
	}
	return out
}

// linked reports whether each certificate is signed by the next and the last by
// itself. Times and extensions are not looked at: phones do not either.
func linked(chain []Certificate) bool {
	for i, c := range chain {
		by := chain[min(i+1, len(chain)-1)].parsed
		if c.parsed == nil || by == nil || by.CheckSignature(c.parsed.SignatureAlgorithm, c.parsed.RawTBSCertificate, c.parsed.Signature) != nil {
			return false
		}
	}
	return true
}

// unitIDs reads the organisational units of a signer, such as
// "01 0000000000000003 SW_ID". SOC_VERS has several numbers, zeros being none.
func unitIDs(c *x509.Certificate) []ID {
	if c == nil {
		return nil
	}
	var out []ID
	for _, unit := range c.Subject.OrganizationalUnit {
		f := strings.Fields(unit)
		if len(f) < 3 || len(f[0]) != 2 {
			continue
		}
		name, values := f[len(f)-1], f[1:len(f)-1]
		if name != "SOC_VERS" && len(values) > 1 {
			continue
		}
		for _, v := range values {
			if n, err := strconv.ParseUint(v, 16, 64); err == nil && (n != 0 || len(values) == 1) {
				out = append(out, ID{name, v})
			}
		}
	}
	return out
}

// verify checks a signature by the schemes that are public:
//   - RSA, padded by PSS, over the SHA-256 of what is signed; all versions
//   - RSA, padded by PKCS #1 without an algorithm's name, over that digest with
//     SW_ID and HW_ID of the signer mixed in ("Secure Boot and Image
//     Authentication", 1.0); versions 3 and 5
//   - ECDSA over the SHA-384, from version 6 on
//
// The version is not asked: a signature that one of them verifies was made by that
// key for these bytes. What follows the signature in its place is padding.
func (s *Signature) verify(signed, sig []byte) State {
	if len(s.Chain) == 0 || s.Chain[0].parsed == nil {
		return NotVerified
	}
	ok := false
	switch key := s.Chain[0].parsed.PublicKey.(type) {
	case *rsa.PublicKey:
		sig = sig[:min(len(sig), key.Size())]
		sum := sha256.Sum256(signed)
		ok = rsa.VerifyPSS(key, crypto.SHA256, sum[:], sig, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil ||
			s.verifyMixed(key, sum, sig)
	case *ecdsa.PublicKey:
		var der asn1.RawValue
		if _, err := asn1.Unmarshal(sig, &der); err == nil {
			sum := sha512.Sum384(signed)
			ok = ecdsa.VerifyASN1(key, sum[:], der.FullBytes)
		}
	default:
		return NotChecked
	}
	if ok {
		return Verified
	}
	return NotVerified
}

// verifyMixed checks a signature over a digest into which IDs are mixed.
func (s *Signature) verifyMixed(key *rsa.PublicKey, sum [32]byte, sig []byte) bool {
	software, ok1 := s.number("SW_ID")
	hardware, ok2 := s.number("HW_ID")
	if !ok1 || !ok2 {
		return false
	}
	sum = mixed(software^0x3636363636363636, sum)
	sum = mixed(hardware^0x5c5c5c5c5c5c5c5c, sum)
	return rsa.VerifyPKCS1v15(key, crypto.Hash(0), sum[:], sig) == nil
}

// mixed is the digest of a number and a digest.
func mixed(id uint64, sum [32]byte) [32]byte {
	return sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, id), sum[:]...))
}

// number gives an ID as a number.
func (s *Signature) number(name string) (uint64, bool) {
	for _, id := range s.IDs {
		if id.Name == name {
			v, err := strconv.ParseUint(id.Value, 16, 64)
			return v, err == nil
		}
	}
	return 0, false
}
