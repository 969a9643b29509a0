package mbn

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// A State says what is known of a signature.
type State string

// The states. NotVerified says that the signature is not the one that the public
// scheme wants: the image was changed, or its chip uses another scheme.
const (
	Verified    State = "verified"
	NotVerified State = "not-verified"
	NotChecked  State = "not-checked" // its scheme is not public
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

// signature reads what one party signed; nil if it did not.
func (h *hashTable) signature(sig, chain, metadata []byte) *Signature {
	if len(sig) == 0 && len(chain) == 0 {
		return nil
	}
	s := &Signature{State: NotChecked, Chain: certificates(chain)}
	if len(s.Chain) > 0 {
		s.Linked = linked(s.Chain)
		s.IDs = unitIDs(s.Chain[0].parsed)
	}
	if h.version >= 6 {
		s.IDs = append(s.IDs, h.metadataIDs(metadata)...)
	} else {
		s.State = h.verify(sig, s)
	}
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
// "01 0000000000000003 SW_ID".
func unitIDs(c *x509.Certificate) []ID {
	if c == nil {
		return nil
	}
	var out []ID
	for _, unit := range c.Subject.OrganizationalUnit {
		f := strings.Fields(unit)
		if len(f) == 3 && len(f[0]) == 2 && isHex(f[1]) {
			out = append(out, ID{f[2], f[1]})
		}
	}
	return out
}

func isHex(s string) bool {
	_, err := strconv.ParseUint(s, 16, 64)
	return err == nil
}

// Sizes of the metadata whose layout is known, in bytes: one each of versions 6
// and 7 (coreboot, mbn_tools.py).
const (
	metadata6 = 120
	metadata7 = 224
)

// metadataIDs reads what the metadata binds the image to.
func (h *hashTable) metadataIDs(b []byte) []ID {
	word := func(b []byte, at int) string { return fmt.Sprintf("%08X", binary.LittleEndian.Uint32(b[at:])) }
	switch {
	case h.version == 6 && len(b) == metadata6:
		return []ID{{"SW_ID", word(b, 8)}, {"HW_ID", word(b, 12)}, {"OEM_ID", word(b, 16)}, {"MODEL_ID", word(b, 20)}, {"ROLLBACK", word(b, 116)}}
	case h.version == 7 && len(b) == metadata7 && len(h.common) >= 12:
		return []ID{{"SW_ID", word(h.common, 8)}, {"HW_ID", word(b, 68)}, {"OEM_ID", word(b, 136)}, {"MODEL_ID", word(b, 140)}, {"ROLLBACK", word(b, 8)}}
	}
	return nil
}

// verify checks the signature of versions 3 and 5 ("Secure Boot and Image
// Authentication", 1.0): RSA over a digest into which the signer's SW_ID and HW_ID
// are mixed, padded by PKCS #1 without an algorithm's name, or by PSS.
func (h *hashTable) verify(sig []byte, s *Signature) State {
	if len(s.Chain) == 0 || s.Chain[0].parsed == nil {
		return NotVerified
	}
	key, ok := s.Chain[0].parsed.PublicKey.(*rsa.PublicKey)
	if !ok {
		return NotChecked
	}
	software, ok1 := s.number("SW_ID")
	hardware, ok2 := s.number("HW_ID")
	if !ok1 || !ok2 {
		return NotVerified
	}
	sum := sha256.Sum256(h.signed)
	sum = mixed(software^0x3636363636363636, sum)
	sum = mixed(hardware^0x5c5c5c5c5c5c5c5c, sum)
	if rsa.VerifyPKCS1v15(key, crypto.Hash(0), sum[:], sig) == nil || rsa.VerifyPSS(key, crypto.SHA256, sum[:], sig, nil) == nil {
		return Verified
	}
	return NotVerified
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
