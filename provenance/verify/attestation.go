package verify

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"
)

// An Attestation is a statement that somebody whom the reader trusts signed.
// Only [Statement] makes one that is not zero. Its methods give copies.
type Attestation struct{ a *attestation }

type attestation struct {
	proof
	payload       []byte
	predicateType string
	subjects      []Subject
	bundleDigest  string
}

// Statement verifies that bundle is an in-toto Statement v1 with one of these
// predicate types (all, if the list is empty) that somebody whom trust names
// signed, at the time now. A key or identity that stands in several roles counts
// as a supplier's first, then as an assessor's, then as that of a signer of
// BOMs.
//
// It does not judge what the statement says: whether its subject is the thing
// in hand, and whether the signer's [Scope] covers it, is for the caller. A
// bundle may be used for a BOM only by way of [BOM].
//
// It returns a [*RefusedError] if the bundle is not whole (tampered with, or of
// another form), and a [*WeakError] if it is whole and its signer is unknown, or
// not believed for that time. Nil trust names nobody: the WeakError then is
// [ErrNoTrust] too. With every error comes the zero Attestation.
func Statement(bundle []byte, predicateTypes []string, trust *Trust, now time.Time) (Attestation, error) {
	return StatementBy([]Role{RoleSupplier, RoleAssessor, RoleBOM}, bundle, predicateTypes, trust, now)
}

// StatementBy is [Statement] where only signers in one of the roles count, the
// preferred role first.
func StatementBy(roles []Role, bundle []byte, predicateTypes []string, trust *Trust, now time.Time) (Attestation, error) {
	if now.IsZero() {
		return Attestation{}, errors.New("verify: no time given")
	}
	if err := checkSizes(nil, bundle); err != nil {
		return Attestation{}, err
	}
	env, err := parseEnvelope(bundle)
	if err != nil {
		return Attestation{}, err
	}
	a, err := parseAttestation(env, bundle, predicateTypes)
	if err != nil {
		return Attestation{}, err
	}
	what := "statements"
	if len(roles) == 1 {
		what = string(roles[0])
	}
	p, err := trust.prove(env, question{what: what, roles: roles, now: now})
	if err == nil {
		err = p.signer.scope.predicate(a.predicateType, p.signer.name)
	}
	var w *weakness
	if errors.As(err, &w) {
		return Attestation{}, &WeakError{
			Weakness: w.code, Reason: w.reason, Remedy: w.remedy, Unchecked: w.unchecked,
			Subjects: a.subjects, PredicateType: a.predicateType, BundleDigest: a.bundleDigest,
			payload: a.payload, noTrust: trust == nil,
		}
	} else if err != nil {
		return Attestation{}, err
	}
	a.proof = *p
	return Attestation{a}, nil
}

// parseAttestation reads the statement, which nothing vouches for yet.
func parseAttestation(env *envelope, bundle []byte, predicateTypes []string) (*attestation, error) {
	f, err := statementFields(env.payload)
	if err != nil {
		return nil, err
	}
	if err := f.version(); err != nil {
		return nil, err
	}
	a := &attestation{payload: env.payload, bundleDigest: hexDigest(bundle)}
	if json.Unmarshal(f["predicateType"], &a.predicateType) != nil || a.predicateType == "" {
		return nil, refuse(signOurWay, "the statement's predicateType is %.100s", shownRaw(f["predicateType"]))
	}
	if len(predicateTypes) > 0 && !slices.Contains(predicateTypes, a.predicateType) {
		return nil, refuse("", "the statement's predicateType is %.100q, not %q", a.predicateType, predicateTypes)
	}
	if !bytes.HasPrefix(f["predicate"], []byte("{")) {
		return nil, refuse(signOurWay, "the statement's predicate is not an object")
	}
	a.subjects, err = parseSubjects(f["subject"])
	return a, err
}

// Verified reports whether this is not the zero Attestation.
func (a Attestation) Verified() bool { return a.a != nil }

func (a Attestation) get() attestation {
	if a.a == nil {
		return attestation{proof: proof{signer: &signer{}}}
	}
	return *a.a
}

// Payload gives the exact bytes of the statement that was signed. They are JSON
// with one meaning.
func (a Attestation) Payload() []byte { return bytes.Clone(a.get().payload) }

// PredicateType is the statement's.
func (a Attestation) PredicateType() string { return a.get().predicateType }

// Subjects are what the statement is about, at least one, each with at least one
// digest.
func (a Attestation) Subjects() []Subject {
	out := slices.Clone(a.get().subjects)
	for i := range out {
		out[i].Digest = maps.Clone(out[i].Digest)
	}
	return out
}

// Signer is the signer's name in the trust file.
func (a Attestation) Signer() string { return a.get().signer.name }

// Role is that of the signer, "" for the zero Attestation.
func (a Attestation) Role() Role { return a.get().signer.role }

// Scope is what the signer may speak about. Only suppliers have one.
func (a Attestation) Scope() Scope { return a.get().signer.scope.clone() }

// Time is when the signature existed, on a trusted clock, in UTC; zero if
// nothing proves it.
func (a Attestation) Time() time.Time { return a.get().at }

// Clock names the authority that says Time.
func (a Attestation) Clock() string { return a.get().clock }

// MaxAge is how old a statement of this signer may be, 0 if there is no bound.
// If Time is not zero it was judged. Otherwise only the statement itself can say
// how old it is, and the caller judges.
func (a Attestation) MaxAge() time.Duration { return a.get().signer.require.maxAge }

// KeyID is the sha256, in hex, of the signing key's SubjectPublicKeyInfo.
func (a Attestation) KeyID() string { return a.get().keyID }

// Identity is whom the signing certificate names, zero if a key signed.
func (a Attestation) Identity() Identity { return a.get().identity }

// Logged reports whether a trusted transparency log holds the signature.
func (a Attestation) Logged() bool { return a.get().logged }

// BundleDigest is the sha256, in hex, of the bundle.
func (a Attestation) BundleDigest() string { return a.get().bundleDigest }

// Describe says in plain words who signed, when and on whose clock.
func (a Attestation) Describe() []string {
	if a.a == nil {
		return []string{"unsigned: no signature was verified"}
	}
	return a.a.describe()
}
