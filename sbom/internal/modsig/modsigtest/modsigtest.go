// Package modsigtest signs modules as the kernel's build does, for tests.
package modsigtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"math/big"
	"testing"
	"time"

	"github.com/originbom/originbom/sbom/internal/modsig"
)

// A Signer is a test key with its certificate.
type Signer struct {
	Certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// New makes a signer. Its name says that it is a test's.
func New(t testing.TB, name string, serial int64) *Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC),
		SubjectKeyId: []byte(name),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &Signer{c, key}
}

// Options are the ways in which a signature may differ. The zero value is what
// the kernel's build makes.
type Options struct {
	ByKeyID    bool
	Attributes bool                  // as if attributes were signed
	Signers    int                   // 1 if 0
	Content    bool                  // as if it held what it signs
	Algorithm  asn1.ObjectIdentifier // as if the value were by this one; nil for the true one
}

// Sign appends a signature, SHA-256, to a module.
func (s *Signer) Sign(t testing.TB, module []byte, o Options) []byte {
	t.Helper()
	sum := sha256.Sum256(module)
	value, err := s.key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return Append(module, s.signedData(t, module, value, o))
}

// Append appends what a signature ends in, and whatever is to be the signature.
func Append(module, der []byte) []byte {
	out := append(append([]byte{}, module...), der...)
	out = append(out, 0, 0, 2, 0, 0, 0, 0, 0)
	out = binary.BigEndian.AppendUint32(out, uint32(len(der)))
	return append(out, modsig.Magic...)
}

type (
	algorithm struct{ OID asn1.ObjectIdentifier }
	content   struct {
		Type    asn1.ObjectIdentifier
		Content []byte `asn1:"optional,explicit,tag:0"`
	}
	issuer struct {
		Name   asn1.RawValue
		Serial *big.Int
	}
	info struct {
		Version   int
		Signer    asn1.RawValue
		Digest    algorithm
		Signed    asn1.RawValue `asn1:"optional"`
		Algorithm algorithm
		Signature []byte
	}
	data struct {
		Version int
		Digests []algorithm `asn1:"set"`
		Content content
		Signers []info `asn1:"set"`
	}
	outer struct {
		Type    asn1.ObjectIdentifier
		Content data `asn1:"explicit,tag:0"`
	}
)

func (s *Signer) signedData(t testing.TB, module, value []byte, o Options) []byte {
	t.Helper()
	sha256 := algorithm{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}}
	who, err := asn1.Marshal(issuer{asn1.RawValue{FullBytes: s.Certificate.RawIssuer}, s.Certificate.SerialNumber})
	if err != nil {
		t.Fatal(err)
	}
	i := info{Version: 1, Signer: asn1.RawValue{FullBytes: who}, Digest: sha256, Algorithm: algorithm{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}}, Signature: value}
	if o.ByKeyID {
		i.Version, i.Signer = 3, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, Bytes: s.Certificate.SubjectKeyId}
	}
	if o.Attributes {
		i.Signed = asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: []byte{0x30, 0}}
	}
	if o.Algorithm != nil {
		i.Algorithm.OID = o.Algorithm
	}
	d := data{Version: 1, Digests: []algorithm{sha256}, Content: content{Type: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}}}
	if o.Content {
		d.Content.Content = module
	}
	for range max(o.Signers, 1) {
		d.Signers = append(d.Signers, i)
	}
	der, err := asn1.Marshal(outer{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}, d})
	if err != nil {
		t.Fatal(err)
	}
	return der
}
