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
// # What is accepted
//
// The accepted form is narrow. Every byte of the bundle is either covered by
// the signature or has one permitted spelling: exactly these members, exactly
// one signature, canonical base64, the hint of the very key that verified, no
// certificate, timestamp or log entry. Bundle, statement and BOM are JSON with
// one meaning only (package strictjson). So a bundle with a flipped bit is
// refused, or has the same members and gives the same Seal (a tab in its white
// space becomes a carriage return).
//
// A timestamp or log entry beside a key's signature is refused, and not
// ignored: this version trusts no timestamp authority or log, so it could not
// tell one that belongs to this signature from one that was moved here.
//
// # What it does not do
//
// Keyless signatures, trusted time and supplier claims are not built; see
// [ErrNotBuilt] and [Trust.Notes]. Without trusted time the validity of a key
// is judged at the moment of verification. The package opens no file, uses no
// network and does not know what a BOM says. A signature tells who vouches for
// the bytes, never that what they say is true.
//
// All functions may be called concurrently.
package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/originbom/originbom/sbom/strictjson"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	sigverify "github.com/sigstore/sigstore-go/pkg/verify"
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
// It returns a [*RefusedError] if it read the bundle and does not accept it,
// an error that is [ErrNoTrust] if trust is nil or names nobody who may sign
// BOMs, and an error that is [ErrNotBuilt] if the bundle is keyless. With every
// error comes the zero Seal.
//
// The caller must go on with the same bytes bom, and not read the file again.
func BOM(bom, bundle []byte, trust *Trust, now time.Time) (Seal, error) {
	if err := trust.usable(); err != nil {
		return Seal{}, err
	}
	if now.IsZero() {
		return Seal{}, errors.New("verify: no time given")
	}
	if err := checkSizes(bom, bundle); err != nil {
		return Seal{}, err
	}
	bomDigest, bundleDigest := hexDigest(bom), hexDigest(bundle)

	env, err := parseEnvelope(bundle)
	if err != nil {
		return Seal{}, err
	}
	key, err := trust.signer(env.hint)
	if err != nil {
		return Seal{}, err
	}
	payload, err := verifySignature(bundle, env, key, bomDigest)
	if err != nil {
		return Seal{}, err
	}
	if err := key.validAt(now); err != nil {
		return Seal{}, err
	}
	if err := checkStatement(payload, bom, bomDigest); err != nil {
		return Seal{}, err
	}
	return Seal{&seal{
		signer: key.signer, assessor: key.assessor, keyID: key.id,
		bomDigest: bomDigest, bundleDigest: bundleDigest,
		trust: trust.file, trustDigest: trust.digest,
	}}, nil
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

// verifySignature has sigstore-go verify the envelope with this one key, and
// returns the payload that the signature covers.
func verifySignature(raw []byte, env *envelope, key *key, bomDigest string) ([]byte, error) {
	var b bundle.Bundle
	if err := b.UnmarshalJSON(raw); err != nil {
		return nil, refuse("", "the bundle is malformed: %v", err)
	}
	material := root.NewTrustedPublicKeyMaterialFromMapping(map[string]*root.ExpiringKey{
		key.hint: root.NewExpiringKey(key.verifier, time.Time{}, time.Time{}), // validAt looks at the dates
	})
	v, err := sigverify.NewVerifier(material, sigverify.WithNoObserverTimestamps(), sigverify.WithoutStatementPredicate())
	if err != nil {
		return nil, err
	}
	// The library compares the BOM's digest too. checkStatement does so again,
	// with stricter rules.
	digest, err := hex.DecodeString(bomDigest)
	if err != nil {
		return nil, err
	}
	if _, err := v.Verify(&b, sigverify.NewPolicy(sigverify.WithArtifactDigest("sha256", digest), sigverify.WithKey())); err != nil {
		return nil, whyNot(&b, material, key)
	}
	payload := b.GetDsseEnvelope().GetPayload()
	if string(payload) != string(env.payload) {
		return nil, refuse("", "two readers of the bundle see different payloads")
	}
	return payload, nil
}

// whyNot tells a good signature over something else from a bad signature. Both
// are refused.
func whyNot(b *bundle.Bundle, material root.TrustedMaterial, key *key) error {
	sig, err := b.SignatureContent()
	if err != nil {
		return refuse("", "the bundle is malformed: %v", err)
	}
	by, err := b.VerificationContent()
	if err != nil {
		return refuse("", "the bundle is malformed: %v", err)
	}
	if sigverify.VerifySignature(sig, by, material) != nil {
		return refuse("get the bundle again from whoever signed the BOM", "the signature does not verify with the key of %q", key.signer)
	}
	return refuse("get the BOM and its bundle again from whoever signed it",
		"the BOM is not what %q signed: it was changed since, or the bundle belongs to something else", key.signer)
}

func hexDigest(b []byte) string {
	d := sha256.Sum256(b)
	return hex.EncodeToString(d[:])
}
