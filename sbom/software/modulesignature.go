package software

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/modsig"
)

// A signature is what is appended to a module, before it is known which
// certificates the module's kernel has.
type signature struct {
	sig    *modsig.Signature // nil if there is none that could be read
	err    error             // why there is none
	digest []byte            // of the signed bytes, by the signature's hash; nil if that is not known here
}

func readSignature(r io.ReaderAt, size int64) signature {
	sig, err := modsig.Read(r, size)
	return signature{sig: sig, err: err}
}

// hashFile reads a module once: for the sha256 in hex of all of it, and for the
// digest that was signed.
func (s *signature) hashFile(r io.ReaderAt, size int64) (string, error) {
	whole := sha256.New()
	at := int64(0)
	if s.sig != nil {
		at = s.sig.Size
		signed := io.Writer(whole)
		other := s.sig.Hash != crypto.SHA256 && s.sig.Hash.Available()
		h := whole
		if other {
			h = s.sig.Hash.New()
			signed = io.MultiWriter(whole, h)
		}
		if _, err := io.Copy(signed, io.NewSectionReader(r, 0, at)); err != nil {
			return "", err
		}
		if s.sig.Hash.Available() {
			s.digest = h.Sum(nil)
		}
	}
	if _, err := io.Copy(whole, io.NewSectionReader(r, at, size-at)); err != nil {
		return "", err
	}
	return hex.EncodeToString(whole.Sum(nil)), nil
}

// state judges the signature by the certificates of the module's kernel.
func (s *signature) state(known []*x509.Certificate) string {
	switch {
	case errors.Is(s.err, modsig.ErrUnsigned):
		return SignatureUnsigned
	case s.err != nil:
		return SignatureInvalid
	case len(known) == 0:
		return SignatureNotChecked
	}
	state := SignatureForeign
	for _, c := range known {
		if !s.sig.By(c) {
			continue
		}
		switch err := s.sig.Verify(c, s.digest); {
		case err == nil:
			return SignatureVerified
		case errors.Is(err, modsig.ErrNotCheckable):
			state = SignatureNotChecked
		case state == SignatureForeign:
			state = SignatureInvalid
		}
	}
	return state
}

// properties say of a module whose signature it bears.
func (s *signature) properties(state string) []sbom.Property {
	out := []sbom.Property{{Name: PropertySignature, Value: state}}
	add := func(name, value string) {
		if value != "" {
			out = append(out, sbom.Property{Name: name, Value: clip(printed(value), maxSays)})
		}
	}
	if s.sig == nil {
		return out
	}
	if s.sig.Hash != 0 {
		add(PropertySignatureHash, s.sig.Hash.String())
	}
	add(PropertySignerIssuer, s.sig.Issuer)
	if s.sig.Serial != nil {
		add(PropertySignerSerial, s.sig.Serial.Text(16))
	}
	add(PropertySignerKeyID, hex.EncodeToString(s.sig.KeyID))
	return out
}
