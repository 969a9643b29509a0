package verify

import "time"

// A Seal says who signed which bytes. Only [BOM] makes one; the zero Seal means
// unsigned. Two Seals of the same signature compare equal by their methods.
type Seal struct{ s *seal }

type seal struct {
	signer, keyID           string
	assessor                bool
	bomDigest, bundleDigest string
	trust, trustDigest      string
}

func (s Seal) get() seal {
	if s.s == nil {
		return seal{}
	}
	return *s.s
}

// Signed reports whether a trusted signature was verified.
func (s Seal) Signed() bool { return s.s != nil }

// Signer is the signer's name in the trust file, "" if unsigned.
func (s Seal) Signer() string { return s.get().signer }

// Assessor reports whether the trust file lists the signer under assessors: its
// own grading counts as written.
func (s Seal) Assessor() bool { return s.get().assessor }

// KeyID is the sha256, in hex, of the signing key's SubjectPublicKeyInfo.
func (s Seal) KeyID() string { return s.get().keyID }

// BOMDigest is the sha256, in hex, of the signed bytes.
func (s Seal) BOMDigest() string { return s.get().bomDigest }

// BundleDigest is the sha256, in hex, of the bundle. Whoever holds a bundle can
// write the same signature in other bytes (more white space), so it identifies
// the file and not the signature.
func (s Seal) BundleDigest() string { return s.get().bundleDigest }

// Time is when the signature was made, on a trusted clock. It is zero: this
// version trusts no timestamps.
func (s Seal) Time() time.Time { return time.Time{} }

// Describe says in plain words which bytes were signed by whom, on whose clock
// and under which trust. Each line is one fact.
func (s Seal) Describe() []string {
	if s.s == nil {
		return []string{"unsigned: no signature was verified"}
	}
	role := "trusted to sign BOMs"
	if s.s.assessor {
		role = "trusted as an assessor"
	}
	return []string{
		"bytes   sha256:" + s.s.bomDigest,
		"signer  " + s.s.signer + " (" + role + ")",
		"key     sha256:" + s.s.keyID,
		"time    not proved: the bundle carries no trusted timestamp",
		"trust   " + s.s.trust + " (sha256:" + s.s.trustDigest + ")",
	}
}
