// Package verify tells whether a BOM is signed by somebody the reader trusts.
//
// # The words
//
// A BOM file is signed by a bundle that lies beside it: a Sigstore bundle of
// version 0.3 holding a DSSE envelope. The envelope's payload is an in-toto
// Statement of version 1. Its subject is the sha256 of the BOM's exact bytes,
// its predicate type is https://cyclonedx.org/bom and its predicate is the BOM
// once more. [Trust] is the reader's own choice of who may sign: nothing that
// arrives with a BOM adds to it. A [Seal] is the outcome: who signed which
// bytes. Only [BOM] makes one that is not the zero Seal, and the zero Seal
// means unsigned.
//
//	trust, err := verify.ParseTrust("trust.yaml", data, readKey)
//	seal, err := verify.BOM(bom, bundle, trust, time.Now())
//
// A statement about something else, such as a supplier's claim about a part, is
// verified by [Statement], which gives an [Attestation], or a [WeakError] if the
// statement is whole and its signer is not one whose word counts.
//
// # Who may sign
//
// Roles stand in a trust file. Whoever is under boms may sign BOMs; assessors may
// too, and what they say counts as they say it; suppliers make statements within
// their scope; packs and verdicts name who may sign rule packs and verdicts, and
// nothing else ([StatementBy]). A signer has public keys, or identities (an
// exact issuer and subject, proved by a short-lived certificate under a trusted
// root: keyless), or a corporate authority whose certificates count.
//
// # Time
//
// A trusted timestamp (RFC 3161, or the signed time of a Rekor v1 log) says when
// a signature existed, on the clock of an authority that the reader's trusted
// root names. With it a key's dates are judged at that time, so that what was
// signed before a key was revoked or compromised stays good. Without it they are
// judged at the moment of verification, and a compromised key is of no use. A
// certificate always needs one. The earliest timestamp counts; the time of a log
// counts only in a bundle without timestamps.
//
// # What is accepted
//
// The accepted form is narrow. Every byte of the bundle is either covered by a
// signature or has one permitted spelling: exactly these members, exactly one
// signature, canonical base64, the hint of the very key that verified. Bundle,
// statement and BOM are JSON with one meaning only (package strictjson). So a
// bundle with a flipped bit is refused, or has the same meaning and gives the
// same Seal (a tab in its white space becomes a carriage return; a bit of a
// timestamp's wrapping that nothing reads). The body of an entry of a Rekor v2
// log is such a part: what must stand in the log is made anew from signature,
// payload and certificate, so that the body proves nothing and can forge nothing.
//
// Every timestamp and log entry in a bundle must be one of a trusted authority
// over this very signature. One that cannot be checked, because the reader
// trusts no such authority, is refused and not ignored.
//
// # What it does not do
//
// It does not look at certificate revocation lists, and keeps no state: that a
// claim was superseded is for the caller to see. The package opens no file, uses
// no network and does not know what a BOM says. A signature tells who vouches
// for the bytes, never that what they say is true.
//
// All functions may be called concurrently.
package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/originbom/originbom/sbom/strictjson"
)

const (
	// MaxBOMSize is the largest BOM in bytes that is verified: the largest real
	// one that we know, of a phone with all its software files, has about 60 MB.
	MaxBOMSize = 96 << 20
	// MaxBundleSize is the largest bundle in bytes: a BOM of the largest size
	// in base64, and the statement around it.
	MaxBundleSize = MaxBOMSize/3*4 + 1<<20
	// maxDepth bounds nesting. It is the same for the BOM and, two levels
	// deeper, for the statement that holds it.
	maxDepth = strictjson.DefaultMaxDepth
)

// BOM verifies that bundle signs exactly the bytes bom and that trust lets its
// signer sign BOMs at the time now. It hashes the BOM before it parses
// anything.
//
// It returns a [*RefusedError] if it read the bundle and does not accept it, and
// an error that is [ErrNoTrust] if trust is nil or names nobody who may sign
// BOMs. With every error comes the zero Seal.
//
// The caller must go on with the same bytes bom, and not read the file again.
func BOM(bom, bundle []byte, trust *Trust, now time.Time) (Seal, error) {
	return verifyBOM(bom, bundle, "", trust, now)
}

// BOMOf is [BOM] for a BOM that was found beside an artifact in a registry.
// artifact is the sha256, in lower-case hex, by which the reader named it: the
// signed statement must be about it too, so that nobody can put the good BOM of
// one firmware beside another.
func BOMOf(artifact string, bom, bundle []byte, trust *Trust, now time.Time) (Seal, error) {
	if err := checkDigests(0, map[string]string{"sha256": artifact}); err != nil {
		return Seal{}, fmt.Errorf("verify: %q is not the sha256 of an artifact", artifact)
	}
	return verifyBOM(bom, bundle, artifact, trust, now)
}

func verifyBOM(bom, bundle []byte, artifact string, trust *Trust, now time.Time) (Seal, error) {
	if err := trust.usable(); err != nil {
		return Seal{}, err
	}
	if now.IsZero() {
		return Seal{}, errors.New("verify: no time given")
	}
	if err := checkSizes(bom, bundle); err != nil {
		return Seal{}, err
	}
	digest := sha256.Sum256(bom)
	env, err := parseEnvelope(bundle)
	if err != nil {
		return Seal{}, err
	}
	p, err := trust.prove(env, question{what: "BOMs", roles: []Role{RoleAssessor, RoleBOM}, digest: digest[:], now: now})
	if err != nil {
		return Seal{}, refusal(err)
	}
	if max := p.signer.require.maxAge; max > 0 && p.at.IsZero() {
		return Seal{}, refuse("sign again with a timestamp authority", "of %q only BOMs of the last %s are accepted, and the bundle carries no trusted timestamp", p.signer.name, days(max))
	}
	bomDigest := hex.EncodeToString(digest[:])
	if err := checkStatement(env.payload, bom, bomDigest, artifact); err != nil {
		return Seal{}, err
	}
	return Seal{&seal{proof: *p, bomDigest: bomDigest, bundleDigest: hexDigest(bundle), artifact: artifact, trust: trust.file, trustDigest: trust.digest}}, nil
}

func checkSizes(bom, bundle []byte) error {
	if len(bom) > MaxBOMSize {
		return refuse("", "the BOM has %d bytes, more than the limit of %d", len(bom), MaxBOMSize)
	}
	if len(bundle) > MaxBundleSize {
		return refuse("", "the bundle has %d bytes, more than the limit of %d", len(bundle), MaxBundleSize)
	}
	return nil
}

func hexDigest(b []byte) string {
	d := sha256.Sum256(b)
	return hex.EncodeToString(d[:])
}
