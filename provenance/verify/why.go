package verify

import (
	"crypto/x509"
	"fmt"
	"time"

	"github.com/sigstore/sigstore-go/pkg/bundle"
	sigverify "github.com/sigstore/sigstore-go/pkg/verify"
)

const askAgain = "get the bundle again from whoever signed it"

// whyNot explains a refusal of the library, by asking once more for each part.
func (w way) whyNot(b *envelope, e *bundle.Bundle, digest []byte, cause error) error {
	sig, err := e.SignatureContent()
	if err != nil {
		return refuse("", "the bundle is malformed: %v", err)
	}
	by, err := e.VerificationContent()
	if err != nil {
		return refuse("", "the bundle is malformed: %v", err)
	}
	if sigverify.VerifySignature(sig, by, w.material) != nil {
		what := "key"
		if w.key == nil {
			what = "certificate"
		}
		return refuse(askAgain, "the signature does not verify with the %s of %q", what, w.signer.name)
	}
	at, err := w.times(b, e)
	if err != nil {
		return err
	}
	if w.key == nil {
		if err := w.whyNotCertified(b.leaf, at); err != nil {
			return err
		}
	}
	if f, err := statementFields(b.payload); err == nil {
		if err := f.version(); err != nil {
			return err
		}
	}
	if digest != nil {
		return refuse("get the BOM and its bundle again from whoever signed it",
			"the BOM is not what %q signed: it was changed since, or the bundle belongs to something else", w.signer.name)
	}
	return refuse(askAgain, "the signature is not accepted: %v", cause)
}

// times gives the trusted times of signing, and refuses if any does not belong
// to this signature.
func (w way) times(b *envelope, e *bundle.Bundle) (at []time.Time, err error) {
	if b.timestamps > 0 {
		ts, err := sigverify.VerifySignedTimestampWithThreshold(e, w.material, b.timestamps)
		if err != nil {
			return nil, refuse(askAgain, "a timestamp in the bundle is not one of a trusted authority over this signature")
		}
		for _, t := range ts {
			at = append(at, t.Time)
		}
	}
	if b.logs == 0 {
		return at, nil
	}
	ts, err := sigverify.VerifyTlogEntry(e, w.material, b.logs, true)
	if err != nil {
		return nil, refuse(askAgain, "a log entry in the bundle is not one of a trusted log over this signature")
	}
	if b.timestamps == 0 {
		for _, t := range ts {
			at = append(at, t.Time)
		}
	}
	return at, nil
}

// whyNotCertified tells whether the certificate is the reason.
func (w way) whyNotCertified(leaf *x509.Certificate, at []time.Time) error {
	remedy := "get the bundle signed anew, or trust the authority that issued the certificate"
	var chains [][]*x509.Certificate
	for _, t := range at {
		c, err := sigverify.VerifyLeafCertificate(t, leaf, w.material)
		if err != nil {
			return &weakness{
				code: UntrustedCertificate, remedy: remedy,
				reason: fmt.Sprintf("the certificate of %s was not issued by an authority that is trusted for %q, or was not valid when it signed", w.identity, w.signer.name),
			}
		}
		chains = c
	}
	if len(w.material.CTLogs()) > 0 && sigverify.VerifySignedCertificateTimestamp(chains, 1, w.material) != nil {
		return &weakness{
			code: UntrustedCertificate, remedy: remedy,
			reason: fmt.Sprintf("the certificate of %s is not proved to be in a certificate log, and the trusted root names one", w.identity),
		}
	}
	return nil
}
