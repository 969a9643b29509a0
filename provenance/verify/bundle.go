package verify

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom/strictjson"
)

const (
	mediaTypeV03 = "application/vnd.dev.sigstore.bundle.v0.3+json"
	inTotoType   = "application/vnd.in-toto+json"
	// maxBundleDepth is one more than the accepted form needs, so that other
	// forms are named and not just called deep.
	maxBundleDepth = 32
	// maxMembers bounds the members that are looked at: sigstore-go takes 32
	// timestamps and 32 log entries, of which each has ten.
	maxMembers = 1024
	signAgain  = "sign the BOM again with originbom sign, or with cosign attest-blob --new-bundle-format --tlog-upload=false"
)

// An envelope is what a bundle holds. Nothing of it is verified.
type envelope struct {
	raw      []byte // the bundle
	payload  []byte
	hint     string            // of the key, "" if there is a certificate
	leaf     *x509.Certificate // nil if there is a key
	identity Identity          // whom the certificate names

	timestamps, logs, logged int // timestamps, log entries, and those entries whose time the log signed
}

// logTimes reports whether the log signed the time of every entry, as Rekor v1
// does.
func (b *envelope) logTimes() bool { return b.logs > 0 && b.logs == b.logged }

// The pointers of the members that bundles have.
const (
	pMediaType   = "/mediaType"
	pMaterial    = "/verificationMaterial"
	pPublicKey   = "/verificationMaterial/publicKey"
	pHint        = "/verificationMaterial/publicKey/hint"
	pEnvelope    = "/dsseEnvelope"
	pPayload     = "/dsseEnvelope/payload"
	pPayloadType = "/dsseEnvelope/payloadType"
	pSignatures  = "/dsseEnvelope/signatures"
	pSig         = "/dsseEnvelope/signatures/0/sig"
	// Some writers put an empty one.
	pKeyID      = "/dsseEnvelope/signatures/0/keyid"
	pTimestamps = "/verificationMaterial/timestampVerificationData"
	pRFC3161    = "/verificationMaterial/timestampVerificationData/rfc3161Timestamps"
	pLog        = "/verificationMaterial/tlogEntries"
	// A bundle has a certificate instead of a public key if it is keyless, or if
	// an authority certified the key.
	pCertificate = "/verificationMaterial/certificate"
	pRawBytes    = "/verificationMaterial/certificate/rawBytes"
	pChain       = "/verificationMaterial/x509CertificateChain"
)

// parseEnvelope reads a bundle and refuses everything but the one form.
func parseEnvelope(data []byte) (*envelope, error) {
	f, err := bundleFields(data)
	if err != nil {
		return nil, err
	}
	for _, check := range []func(fields) error{
		fields.form, fields.content, fields.members, fields.signature,
	} {
		if err := check(f); err != nil {
			return nil, err
		}
	}
	if got, err := f.text(pPayloadType); err != nil || got != inTotoType {
		return nil, refuse(signAgain, "the payload type is %s, not %q", f.shown(pPayloadType), inTotoType)
	}
	b := &envelope{raw: data}
	if b.payload, err = f.base64(pPayload); err != nil {
		return nil, err
	}
	if err := f.signedBy(b); err != nil {
		return nil, err
	}
	if err := f.observers(b); err != nil {
		return nil, err
	}
	return b, nil
}

// fields holds raw values by pointer.
type fields map[string][]byte

func bundleFields(data []byte) (fields, error) {
	f := fields{}
	lim := &strictjson.Limits{MaxBytes: MaxBundleSize, MaxDepth: maxBundleDepth}
	err := strictjson.Walk(data, lim, func(m *strictjson.Member) error {
		// What lies deeper are the parts of log entries. Bounding the map also
		// keeps a hostile bundle from costing more than its size.
		if m.Depth <= 5 && len(f) <= maxMembers {
			f[m.Pointer()] = m.Value
		}
		if m.Depth > 3 && holdsBase64(m.Key) {
			return canonicalInLog(m.Key, m.Value)
		}
		return nil
	})
	if _, ok := err.(*strictjson.Error); ok {
		return nil, refuse("", "the bundle: %v", err)
	} else if err != nil {
		return nil, err
	}
	if len(f) > maxMembers {
		return nil, refuse(signAgain, "the bundle has more than %d members", maxMembers)
	}
	if !bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{")) {
		return nil, refuse(signAgain, "the bundle is not a JSON object")
	}
	return f, nil
}

// form looks at what kind of thing this is.
func (f fields) form() error {
	switch mt, err := f.text(pMediaType); {
	case f["/base64Signature"] != nil || f["/SignedEntryTimestamp"] != nil || f["/rekorBundle"] != nil:
		return refuse(signAgain, "this is an old cosign bundle, not a Sigstore bundle of version 0.3")
	case f["/payload"] != nil && f["/payloadType"] != nil:
		return refuse(signAgain, "this is a bare DSSE envelope, not a Sigstore bundle of version 0.3")
	case f[pMediaType] == nil:
		return refuse(signAgain, "this is not a Sigstore bundle: it has no mediaType")
	case err != nil:
		return err
	case mt != mediaTypeV03:
		return refuse(signAgain, "the bundle's media type is %s, not %q", f.shown(pMediaType), mediaTypeV03)
	}
	return nil
}

// content wants a DSSE envelope.
func (f fields) content() error {
	if f["/messageSignature"] != nil {
		return refuse(signAgain, "the bundle signs bare bytes (a message signature), where an attestation is expected")
	}
	if f[pChain] != nil {
		return refuse(signAgain, "the bundle carries a chain of certificates: version 0.3 has the signer's alone")
	}
	return nil
}

// members wants nothing that is not known. The parts of log entries are left to
// the library, which refuses what it does not know.
func (f fields) members() error {
	var unknown []string
	for p := range f {
		switch p {
		case pMediaType, pMaterial, pPublicKey, pHint, pCertificate, pRawBytes, pEnvelope, pPayload, pPayloadType,
			pSignatures, pSig, pKeyID, pTimestamps, pRFC3161, pLog:
			continue
		}
		if !strings.HasPrefix(p, pLog+"/") && !timestampMember.MatchString(p) {
			unknown = append(unknown, p)
		}
	}
	if len(unknown) > 0 {
		return refuse(signAgain, "the bundle has a member that an attestation does not have: %.100q", slices.Min(unknown))
	}
	return nil
}

// timestampMember is the pointer of one timestamp.
var timestampMember = regexp.MustCompile(`^` + pRFC3161 + `/(0|[1-9][0-9]*)/signedTimestamp$`)

// signature wants exactly one.
func (f fields) signature() error {
	var list []json.RawMessage
	if err := json.Unmarshal(f.orNull(pSignatures), &list); err != nil || len(list) != 1 {
		return refuse(signAgain, "the bundle has %d signatures, not exactly one", len(list))
	}
	sig, err := f.base64(pSig)
	if err != nil {
		return err
	}
	if len(sig) == 0 {
		return refuse(signAgain, "the signature is empty")
	}
	if id, ok := f[pKeyID]; ok && string(id) != `""` && (f[pHint] == nil || !bytes.Equal(id, f[pHint])) {
		return refuse(signAgain, "the signature's keyid is not the hint of the key")
	}
	return nil
}

func (f fields) orNull(p string) []byte {
	if v, ok := f[p]; ok {
		return v
	}
	return []byte("null")
}

// text gives a string member.
func (f fields) text(p string) (string, error) {
	v, ok := f[p]
	if !ok {
		return "", refuse(signAgain, "the bundle has no %s", p)
	}
	var s *string
	if err := json.Unmarshal(v, &s); err != nil || s == nil {
		return "", refuse(signAgain, "%s of the bundle is not a string", p)
	}
	return *s, nil
}

// shown renders a member for a message, in quotes and not at length.
func (f fields) shown(p string) string {
	if s, err := f.text(p); err == nil {
		return fmt.Sprintf("%.100q", s)
	}
	return "missing or not a string"
}

// base64 gives a member's bytes and refuses every spelling but the canonical
// one (RFC 4648, sections 3.3 and 3.5).
func (f fields) base64(p string) ([]byte, error) {
	s, err := f.text(p)
	if err != nil {
		return nil, err
	}
	b, err := decodeBase64(s)
	if err != nil {
		return nil, refuse(signAgain, "%s of the bundle is not canonical base64: %v", p, err)
	}
	return b, nil
}

func decodeBase64(s string) ([]byte, error) {
	if strings.ContainsAny(s, "\r\n") { // the decoder would skip them
		return nil, errors.New("it holds line breaks")
	}
	return base64.StdEncoding.Strict().DecodeString(s)
}

// compact gives a value without white space.
func compact(v []byte) string {
	var b bytes.Buffer
	if json.Compact(&b, v) != nil {
		return string(v)
	}
	return b.String()
}
