package verify

import "time"

// A Seal says who signed which bytes. Only [BOM] makes one; the zero Seal means
// unsigned. Two Seals of the same signature compare equal by their methods.
type Seal struct{ s *seal }

type seal struct {
	proof
	bomDigest, bundleDigest string
	artifact                string // beside which it was found, "" if it was a file
	trust, trustDigest      string
}

// Signed reports whether a trusted signature was verified.
func (s Seal) Signed() bool { return s.s != nil }

// Signer is the signer's name in the trust file, "" if unsigned.
func (s Seal) Signer() string {
	if s.s == nil {
		return ""
	}
	return s.s.signer.name
}

// Assessor reports whether the trust file lists the signer under assessors: its
// own grading counts as written.
func (s Seal) Assessor() bool { return s.s != nil && s.s.signer.role == RoleAssessor }

// KeyID is the sha256, in hex, of the signing key's SubjectPublicKeyInfo. The
// key of a keyless signature was used once.
func (s Seal) KeyID() string {
	if s.s == nil {
		return ""
	}
	return s.s.keyID
}

// Identity is whom the signing certificate names, zero if a key signed.
func (s Seal) Identity() Identity {
	if s.s == nil {
		return Identity{}
	}
	return s.s.identity
}

// BOMDigest is the sha256, in hex, of the signed bytes.
func (s Seal) BOMDigest() string {
	if s.s == nil {
		return ""
	}
	return s.s.bomDigest
}

// BundleDigest is the sha256, in hex, of the bundle. Whoever holds a bundle can
// write the same signature in other bytes (more white space), so it identifies
// the file and not the signature.
func (s Seal) BundleDigest() string {
	if s.s == nil {
		return ""
	}
	return s.s.bundleDigest
}

// Artifact is the sha256, in hex, of the artifact in a registry that the BOM is
// signed to be about, "" if it was not asked for.
func (s Seal) Artifact() string {
	if s.s == nil {
		return ""
	}
	return s.s.artifact
}

// Time is when the signature existed, on a trusted clock, in UTC. It is zero if
// the bundle carries no trusted timestamp.
func (s Seal) Time() time.Time {
	if s.s == nil {
		return time.Time{}
	}
	return s.s.at
}

// Clock names the authority that says Time, as the trusted root does; "" if
// there is none.
func (s Seal) Clock() string {
	if s.s == nil {
		return ""
	}
	return s.s.clock
}

// Logged reports whether a trusted transparency log holds the signature.
func (s Seal) Logged() bool { return s.s != nil && s.s.logged }

// Describe says in plain words which bytes were signed by whom, on whose clock
// and under which trust. Each line is one fact.
func (s Seal) Describe() []string {
	if s.s == nil {
		return []string{"unsigned: no signature was verified"}
	}
	lines := []string{"bytes   sha256:" + s.s.bomDigest}
	if s.s.artifact != "" {
		lines = append(lines, "about   the artifact sha256:"+s.s.artifact)
	}
	lines = append(lines, s.s.describe()...)
	return append(lines, "trust   "+s.s.trust+" (sha256:"+s.s.trustDigest+")")
}

// describe says who signed, when and on whose clock.
func (p *proof) describe() []string {
	role := map[Role]string{RoleBOM: "trusted to sign BOMs", RoleAssessor: "trusted as an assessor", RoleSupplier: "trusted as a supplier", RolePack: "trusted to sign packs", RoleVerdict: "trusted to sign verdicts"}[p.signer.role]
	lines := []string{"signer  " + p.signer.name + " (" + role + ")"}
	if p.identity == (Identity{}) {
		lines = append(lines, "key     sha256:"+p.keyID)
	} else {
		lines = append(lines, "by      "+p.identity.String())
	}
	if p.at.IsZero() {
		lines = append(lines, "time    not proved: the bundle carries no trusted timestamp")
	} else {
		lines = append(lines, "time    "+p.at.Format(time.RFC3339)+", on the clock of "+p.clock)
	}
	if p.logged {
		lines = append(lines, "log     the signature stands in a transparency log that the trusted root names")
	}
	return lines
}
