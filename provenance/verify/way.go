package verify

import (
	"crypto/x509"
	"errors"
	"time"

	"github.com/sigstore/sigstore-go/pkg/fulcio/certificate"
	"github.com/sigstore/sigstore-go/pkg/root"
)

// A way is one key or identity of a signer by which a bundle may be verified.
type way struct {
	signer   *signer
	key      *key // nil for a certificate
	identity Identity
	material root.TrustedMaterial
	byCA     bool // the certificate is a corporate one
}

// ways finds the keys and identities of trust that a bundle names. Nothing of
// what the bundle says is believed yet.
func (t *Trust) ways(b *envelope, roles []Role) []way {
	var exact, open []way
	if t == nil {
		return nil
	}
	for _, role := range roles {
		for _, s := range t.signers {
			if s.role != role {
				continue
			}
			if b.leaf == nil {
				exact = append(exact, s.keyWays(b.hint)...)
				continue
			}
			e, o := s.certificateWays(b.identity)
			exact, open = append(exact, e...), append(open, o...)
		}
	}
	return append(exact, open...)
}

func (s *signer) keyWays(hint string) []way {
	for _, k := range s.keys {
		if k.hint == hint {
			keys := map[string]*root.ExpiringKey{k.hint: root.NewExpiringKey(k.verifier, time.Time{}, time.Time{})} // validAt looks at the dates
			return []way{{signer: s, key: k, material: material{TrustedMaterial: s.observers(), keys: root.NewTrustedPublicKeyMaterialFromMapping(keys)}}}
		}
	}
	return nil
}

// certificateWays gives the ways by an exact identity, and the way of whoever
// trusts all certificates of an authority.
func (s *signer) certificateWays(id Identity) (exact, open []way) {
	for _, want := range s.identities {
		if !want.matches(id) {
			continue
		}
		w := way{signer: s, identity: id, material: s.observers(), byCA: want.byCA()}
		if w.byCA {
			w.material = material{TrustedMaterial: s.observers(), ca: s.ca}
		}
		exact = append(exact, w)
	}
	if s.ca != nil && len(s.identities) == 0 {
		open = append(open, way{signer: s, identity: id, byCA: true, material: material{TrustedMaterial: s.observers(), ca: s.ca}})
	}
	return exact, open
}

// observers is the trusted root of the signer, or one that trusts nobody.
func (s *signer) observers() root.TrustedMaterial {
	if s.roots == nil {
		return &root.BaseTrustedMaterial{}
	}
	return s.roots
}

// material is a trusted root with other keys, or other authorities, than its
// own.
type material struct {
	root.TrustedMaterial
	keys *root.TrustedPublicKeyMaterial
	ca   []root.CertificateAuthority
}

func (m material) PublicKeyVerifier(hint string) (root.TimeConstrainedVerifier, error) {
	if m.keys == nil {
		return nil, errors.New("no key is trusted")
	}
	return m.keys.PublicKeyVerifier(hint)
}

func (m material) FulcioCertificateAuthorities() []root.CertificateAuthority { return m.ca }

// CTLogs is empty: corporate authorities do not log what they issue.
func (m material) CTLogs() map[string]*root.TransparencyLog { return nil }

// identityOf reads whom a certificate names. Several names in one certificate
// would let a reader see another than the library does.
func identityOf(leaf *x509.Certificate) (Identity, error) {
	if n := len(leaf.URIs) + len(leaf.EmailAddresses) + len(leaf.DNSNames) + len(leaf.IPAddresses); n > 1 {
		return Identity{}, refuse(signAgain, "the certificate in the bundle names %d subjects, not one", n)
	}
	s, err := certificate.SummarizeCertificate(leaf)
	if err != nil {
		return Identity{}, refuse(signAgain, "the certificate in the bundle names no e-mail address or URI as its subject")
	}
	return Identity{Issuer: s.Issuer, Subject: s.SubjectAlternativeName}, nil
}
