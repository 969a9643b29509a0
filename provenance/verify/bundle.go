package verify

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
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
	signAgain      = "sign the BOM again with originbom sign, or with cosign attest-blob --new-bundle-format --tlog-upload=false"
)

// An envelope is what a key-signed bundle holds.
type envelope struct {
	hint    string
	payload []byte
}

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
	// Keyless bundles have one of these.
	pCertificate = "/verificationMaterial/certificate"
	pChain       = "/verificationMaterial/x509CertificateChain"
)

// parseEnvelope reads a bundle and refuses everything but the one form.
func parseEnvelope(data []byte) (*envelope, error) {
	f, err := bundleFields(data)
	if err != nil {
		return nil, err
	}
	for _, check := range []func(fields) error{
		fields.form, fields.content, fields.material, fields.signature,
	} {
		if err := check(f); err != nil {
			return nil, err
		}
	}
	if got, err := f.text(pPayloadType); err != nil || got != inTotoType {
		return nil, refuse(signAgain, "the payload type is %s, not %q", f.shown(pPayloadType), inTotoType)
	}
	e := &envelope{}
	if e.hint, err = f.text(pHint); err != nil {
		return nil, err
	}
	if e.payload, err = f.base64(pPayload); err != nil {
		return nil, err
	}
	return e, nil
}

// fields holds raw values by pointer.
type fields map[string][]byte

func bundleFields(data []byte) (fields, error) {
	f := fields{}
	lim := &strictjson.Limits{MaxBytes: MaxBundleSize, MaxDepth: maxBundleDepth}
	err := strictjson.Walk(data, lim, func(m *strictjson.Member) error {
		// What lies deeper (log entries) is refused by its parent. Bounding the
		// map also keeps a hostile bundle from costing more than its size.
		if m.Depth <= 4 && len(f) < 256 {
			f[m.Pointer()] = m.Value
		}
		return nil
	})
	if err != nil {
		return nil, refuse("", "the bundle: %v", err)
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

// content wants a DSSE envelope, and nothing that is not known.
func (f fields) content() error {
	if f["/messageSignature"] != nil {
		return refuse(signAgain, "the bundle signs bare bytes (a message signature), where an attestation is expected")
	}
	known := map[string]bool{
		pMediaType: true, pMaterial: true, pPublicKey: true, pHint: true, pEnvelope: true, pPayload: true,
		pPayloadType: true, pSignatures: true, pSig: true, pKeyID: true, pTimestamps: true, pRFC3161: true, pLog: true,
	}
	for _, p := range []string{pCertificate, pChain} {
		if _, ok := f[p]; ok {
			return fmt.Errorf("the bundle is keyless, it carries a certificate: verifying keyless signatures is %w: ask for a bundle signed with a key", ErrNotBuilt)
		}
	}
	if err := f.untrustedExtras(); err != nil {
		return err
	}
	var unknown []string
	for p := range f {
		if !known[p] {
			unknown = append(unknown, p)
		}
	}
	if len(unknown) > 0 {
		return refuse(signAgain, "the bundle has a member that an attestation signed with a key does not have: %.100q", slices.Min(unknown))
	}
	return nil
}

// untrustedExtras refuses timestamps and log entries, see the package comment.
// Empty lists of them are nothing.
func (f fields) untrustedExtras() error {
	const remedy = "sign without a timestamp server and without a log (cosign: --tlog-upload=false)"
	if v, ok := f[pTimestamps]; ok {
		list, listed := f[pRFC3161]
		if listed && compact(list) != "[]" || !listed && compact(v) != "{}" {
			return refuse(remedy, "the bundle carries a timestamp, and this version trusts no authority to check it against")
		}
	}
	if v, ok := f[pLog]; ok && compact(v) != "[]" {
		return refuse(remedy, "the bundle carries a log entry, and this version trusts no log to check it against")
	}
	return nil
}

// material wants a public key's hint and nothing else.
func (f fields) material() error {
	if hint, err := f.text(pHint); err != nil || hint == "" {
		return refuse(signAgain, "the bundle does not say which key signed it: it has no hint")
	}
	return nil
}

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
	if id, ok := f[pKeyID]; ok && string(id) != `""` && !bytes.Equal(id, f[pHint]) {
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
