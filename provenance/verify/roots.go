package verify

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/originbom/originbom/sbom/strictjson"
	"github.com/sigstore/sigstore-go/pkg/root"
)

// MaxRootSize is the largest trusted_root.json, or file of certificates, in
// bytes. The one of the public Sigstore has 7 kB.
const MaxRootSize = 1 << 20

// parseRoots reads a trusted_root.json. The error does not name the file.
func parseRoots(data []byte) (*root.TrustedRoot, error) {
	const remedy = "get the file from whoever runs the signing service"
	if len(data) == 0 {
		return nil, errors.New("is empty: " + remedy)
	}
	if err := strictjson.Check(data, &strictjson.Limits{MaxBytes: MaxRootSize, MaxDepth: maxBundleDepth}); err != nil {
		return nil, fmt.Errorf("is not a trusted_root.json: %w", err)
	}
	r, err := root.NewTrustedRootFromJSON(data)
	if err != nil {
		return nil, fmt.Errorf("is not a trusted_root.json: %w: %s", err, remedy)
	}
	return r, nil
}

// parseAuthorities reads the certificates of corporate authorities (PEM): roots
// are those that signed themselves, the others stand between.
func parseAuthorities(data []byte) ([]root.CertificateAuthority, error) {
	if len(data) > MaxRootSize {
		return nil, fmt.Errorf("%d bytes are too many for a file of certificates (limit %d)", len(data), MaxRootSize)
	}
	var roots, between []*x509.Certificate
	for rest := bytes.TrimSpace(data); len(rest) > 0; rest = bytes.TrimSpace(rest) {
		if !bytes.HasPrefix(rest, []byte("-----BEGIN CERTIFICATE-----")) {
			return nil, errors.New("holds something that is not a PEM certificate")
		}
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil, errors.New("holds a malformed PEM block")
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("holds a malformed certificate: %w", err)
		}
		switch {
		case !c.IsCA || !c.BasicConstraintsValid:
			return nil, fmt.Errorf("the certificate of %q is not that of an authority: give the root that issued it", c.Subject)
		case c.CheckSignatureFrom(c) == nil:
			roots = append(roots, c)
		default:
			between = append(between, c)
		}
	}
	if len(roots) == 0 {
		return nil, errors.New("holds no root certificate (one that signed itself)")
	}
	var out []root.CertificateAuthority
	for _, r := range roots {
		out = append(out, &root.FulcioCertificateAuthority{Root: r, Intermediates: between})
	}
	return out, nil
}
