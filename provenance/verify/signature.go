package verify

import (
	"bytes"
	"fmt"
	"time"

	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	sigverify "github.com/sigstore/sigstore-go/pkg/verify"
)

// maxSkew is how far a trusted timestamp may lie after the time of
// verification: clocks differ by minutes, not by hours.
const maxSkew = 5 * time.Minute

// A proof is what a verified signature shows.
type proof struct {
	signer   *signer
	keyID    string   // sha256 of the SubjectPublicKeyInfo, hex
	identity Identity // zero for a key
	at       time.Time
	clock    string // whose clock says at
	logged   bool   // in a log that the trusted root names
}

// A question is what prove is asked.
type question struct {
	what   string // what was signed, in the plural
	roles  []Role // whose signatures count, the preferred role first
	digest []byte // the sha256 that the statement must be about; nil if the caller judges that
	now    time.Time
}

// prove finds out whether somebody whom trust gives one of the roles signed
// the bundle. The error is a *weakness if the bundle is whole and its signer is
// not to be believed, and a *RefusedError if it is not whole.
func (t *Trust) prove(b *envelope, q question) (*proof, error) {
	var e bundle.Bundle
	if err := e.UnmarshalJSON(b.raw); err != nil {
		return nil, refuse("", "the bundle is malformed: %v", err)
	}
	if !bytes.Equal(e.GetDsseEnvelope().GetPayload(), b.payload) {
		return nil, refuse("", "two readers of the bundle see different payloads")
	}
	ways := t.ways(b, q.roles)
	if len(ways) == 0 {
		return nil, t.unknownSigner(b, &e, q.what)
	}
	var first error
	for _, w := range ways {
		p, err := w.verify(b, &e, q)
		if err == nil {
			return p, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

// unknownSigner tells a certificate's good signature from a bad one. A key's
// cannot be checked, because the bundle does not hold the key.
func (t *Trust) unknownSigner(b *envelope, e *bundle.Bundle, what string) error {
	if t == nil {
		return &weakness{
			code: UnknownSigner, unchecked: true, reason: "nobody was chosen to trust, so the signature was not checked",
			remedy: "give a trust file",
		}
	}
	if b.leaf == nil {
		return &weakness{
			code: UnknownSigner, unchecked: true,
			reason: fmt.Sprintf("signed with a key that %s does not let sign %s (the bundle's hint is %.60q)", t.file, what, b.hint),
			remedy: "check that you trust the right key; only its owner can tell you that it is theirs",
		}
	}
	if !signedByLeaf(e) {
		return refuse("get the bundle again from whoever signed it", "the signature does not verify with the certificate in the bundle")
	}
	return &weakness{
		code:   UnknownSigner,
		reason: fmt.Sprintf("signed by %s, whom %s does not let sign %s", b.identity, t.file, what),
		remedy: "check the exact subject and issuer that you trust; only their owner can tell you that they are theirs",
	}
}

func signedByLeaf(e *bundle.Bundle) bool {
	sig, err := e.SignatureContent()
	if err != nil {
		return false
	}
	by, err := e.VerificationContent()
	if err != nil {
		return false
	}
	return sigverify.VerifySignature(sig, by, &root.BaseTrustedMaterial{}) == nil
}

// verify has sigstore-go verify everything in the bundle by this way.
func (w way) verify(b *envelope, e *bundle.Bundle, q question) (*proof, error) {
	if err := w.extras(b); err != nil {
		return nil, err
	}
	v, err := sigverify.NewVerifier(w.material, w.options(b)...)
	if err != nil {
		return nil, err
	}
	res, err := v.Verify(e, sigverify.NewPolicy(artifact(q.digest), w.policy()...))
	if err != nil {
		return nil, w.whyNot(b, e, q.digest, err)
	}
	p := &proof{signer: w.signer, identity: w.identity, logged: b.logs > 0}
	if w.key != nil {
		p.keyID = w.key.id
	} else if p.keyID, err = spkiID(b.leaf.PublicKey); err != nil {
		return nil, err
	}
	for _, ts := range res.VerifiedTimestamps {
		if p.at.IsZero() || ts.Timestamp.Before(p.at) {
			p.at, p.clock = ts.Timestamp.UTC(), ts.URI
		}
	}
	if err := w.judge(p, q.now); err != nil {
		return nil, err
	}
	return p, nil
}

func artifact(digest []byte) sigverify.ArtifactPolicyOption {
	if digest == nil {
		return sigverify.WithoutArtifactUnsafe() // the caller judges the subjects
	}
	return sigverify.WithArtifactDigest("sha256", digest)
}

// policy wants the key, or the exact identity. A corporate certificate has no
// issuer that the library could compare; its subject was compared when the way
// was found.
func (w way) policy() []sigverify.PolicyOption {
	if w.key != nil {
		return []sigverify.PolicyOption{sigverify.WithKey()}
	}
	if w.byCA {
		return []sigverify.PolicyOption{sigverify.WithoutIdentitiesUnsafe()}
	}
	id, err := sigverify.NewShortCertificateIdentity(w.identity.Issuer, "", w.identity.Subject, "")
	if err != nil { // both are set
		id = sigverify.CertificateIdentity{} // matches nobody
	}
	return []sigverify.PolicyOption{sigverify.WithCertificateIdentity(id)}
}

// options want every timestamp and every log entry of the bundle to be good.
func (w way) options(b *envelope) []sigverify.VerifierOption {
	opts := []sigverify.VerifierOption{sigverify.WithoutStatementPredicate()}
	if b.logs > 0 {
		opts = append(opts, sigverify.WithTransparencyLog(b.logs))
	}
	switch {
	case b.timestamps > 0:
		opts = append(opts, sigverify.WithSignedTimestamps(b.timestamps))
	case b.logTimes(): // Rekor v1 signs the time of entry
		opts = append(opts, sigverify.WithIntegratedTimestamps(b.logs))
	default: // extras saw to it that this is a key
		opts = append(opts, sigverify.WithNoObserverTimestamps())
	}
	if w.key == nil && len(w.material.CTLogs()) > 0 {
		opts = append(opts, sigverify.WithSignedCertificateTimestamps(1))
	}
	return opts
}

// extras refuses timestamps and log entries that nothing here can check, and
// wants those that are required.
func (w way) extras(b *envelope) error {
	const roots = "give the trusted root that names it: --trusted-root FILE, or roots: in the trust file"
	switch {
	case b.timestamps > 0 && len(w.material.TimestampingAuthorities()) == 0:
		return refuse(roots, "the bundle carries a timestamp, and no authority is trusted to check it against")
	case b.logs > 0 && len(w.material.RekorLogs()) == 0:
		return refuse(roots, "the bundle carries a log entry, and no log is trusted to check it against")
	case b.timestamps == 0 && !b.logTimes() && w.key == nil:
		return &weakness{
			code: NoTimestamp, reason: "the bundle carries a certificate and no trusted timestamp, so nothing proves that it was valid when it signed",
			remedy: "sign again with a timestamp authority",
		}
	case b.timestamps == 0 && !b.logTimes() && w.signer.require.timestamp:
		return &weakness{
			code: NoTimestamp, reason: fmt.Sprintf("a timestamp is required of %q and the bundle carries none", w.signer.name),
			remedy: "sign again with a timestamp authority",
		}
	case b.logs == 0 && w.signer.require.log:
		return &weakness{
			code: NoLog, reason: fmt.Sprintf("a log entry is required of %q and the bundle carries none", w.signer.name),
			remedy: "sign again with a transparency log",
		}
	}
	return nil
}

// judge looks at the time of signing.
func (w way) judge(p *proof, now time.Time) error {
	const second = "2006-01-02 15:04:05 MST"
	if p.at.After(now.Add(maxSkew)) {
		return &weakness{code: NotYetValid, reason: fmt.Sprintf("the trusted timestamp %s lies after the time of verification, %s",
			p.at.Format(second), now.UTC().Format(second))}
	}
	if max := w.signer.require.maxAge; max > 0 && !p.at.IsZero() && now.Sub(p.at) > max {
		return &weakness{code: TooOld, reason: fmt.Sprintf("signed at %s, which is longer ago than the %s that %q is given",
			p.at.Format(second), days(max), w.signer.name), remedy: "have it signed again"}
	}
	if w.key != nil {
		return w.key.validAt(p.at, now)
	}
	return nil
}

func days(d time.Duration) string { return fmt.Sprintf("%d days", int(d.Hours()/24)) }
