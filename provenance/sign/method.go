package sign

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"
	sigsign "github.com/sigstore/sigstore-go/pkg/sign"
	"github.com/sigstore/sigstore/pkg/signature"
)

// A Method is how to sign. Exactly one of Key and Token is given.
type Method struct {
	// Key signs. Certificate, in PEM, names its owner by a certificate of an
	// authority: the bundle then carries the certificate and not the key's hint.
	// A verifier wants a timestamp with it.
	Key         *Key
	Certificate []byte

	// Token is an OpenID Connect identity token: an authority among Services
	// certifies that whoever holds it signed with a key that is thrown away
	// after use. It is a secret until it expires.
	Token string

	// Services are asked over the network; nil asks nobody.
	Services *Services
}

// ErrNoMethod is what an error is, if it was not said how to sign.
var ErrNoMethod = errors.New("it was not said how to sign: by a key, or by an identity token with a signing config")

// By says in words by what the Method signs.
func (m Method) By() string {
	if m.Key != nil {
		return "with key sha256:" + m.Key.KeyID()
	}
	return "with the identity of the token"
}

// prepare makes what sigstore-go wants.
func (m Method) prepare(ctx context.Context) (sigsign.Keypair, sigsign.BundleOptions, error) {
	opts := sigsign.BundleOptions{Context: ctx}
	m.Services.add(&opts)
	switch {
	case m.Key == nil && m.Token == "", m.Key != nil && m.Token != "":
		return nil, opts, ErrNoMethod
	case m.Token != "":
		return m.keyless(opts)
	}
	if m.Certificate != nil {
		der, err := m.certificate()
		if err != nil {
			return nil, opts, err
		}
		opts.CertificateProvider = certified(der)
		opts.TrustedRoot = nil // it does not name corporate authorities
	} else if opts.TrustedRoot != nil {
		opts.TrustedRoot = withKey{opts.TrustedRoot, m.Key}
	}
	return keypair{m.Key}, opts, nil
}

func (m Method) keyless(opts sigsign.BundleOptions) (sigsign.Keypair, sigsign.BundleOptions, error) {
	switch s := m.Services; {
	case s == nil || s.certificates == "":
		return nil, opts, errors.New("signing without a key needs a signing config that names a certificate authority")
	case len(s.timestamps) == 0:
		return nil, opts, errors.New("the signing config names no timestamp authority, and a certificate that lasts minutes is worthless without a timestamp")
	case s.root == nil:
		return nil, opts, errors.New("signing without a key needs the trusted root, to check what the services gave")
	}
	opts.CertificateProvider = sigsign.NewFulcio(&sigsign.FulcioOptions{BaseURL: m.Services.certificates, Timeout: patience})
	opts.CertificateProviderOptions = &sigsign.CertificateProviderOptions{IDToken: m.Token}
	kp, err := sigsign.NewEphemeralKeypair(nil)
	return kp, opts, err
}

// failed says which part of the work failed. Services' answers are shown, and
// the token never is.
func (m Method) failed(err error) error {
	text := err.Error()
	if m.Token != "" {
		text = strings.ReplaceAll(text, m.Token, "(token)")
	}
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("signing: %w", err)
	}
	if m.Services == nil {
		return fmt.Errorf("signing: %s", clip(text))
	}
	return fmt.Errorf("signing with services: %s: nothing was written", clip(text))
}

// clip shortens what a service answered.
func clip(s string) string {
	const most = 600
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "..."
	}
	return s
}

// certificate parses the certificate of Key.
func (m Method) certificate() ([]byte, error) {
	block, rest := pem.Decode(m.Certificate)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("the certificate is not a PEM file that begins with a CERTIFICATE")
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return nil, errors.New("something follows the certificate: give the signer's alone; verifiers have the others in their trust")
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("the certificate is malformed: %w", err)
	}
	if spki, err := x509.MarshalPKIXPublicKey(c.PublicKey); err != nil || !bytes.Equal(spki, m.Key.spki) {
		return nil, fmt.Errorf("the certificate is of another key than %s", m.Key.file)
	}
	return block.Bytes, nil
}

// certified hands out a certificate that exists already.
type certified []byte

func (c certified) GetCertificate(context.Context, sigsign.Keypair, *sigsign.CertificateProviderOptions) ([]byte, error) {
	return c, nil
}

// withKey lets sigstore-go check what a key just signed.
type withKey struct {
	root.TrustedMaterial
	k *Key
}

func (w withKey) PublicKeyVerifier(string) (root.TimeConstrainedVerifier, error) {
	v, err := signature.LoadDefaultVerifier(w.k.pub)
	if err != nil {
		return nil, err
	}
	return root.NewExpiringKey(v, time.Time{}, time.Time{}), nil
}
