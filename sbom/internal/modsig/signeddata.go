package modsig

import (
	"bytes"
	"crypto"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
)

var (
	oidSignedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidRSA        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1} // rsaEncryption: PKCS#1 v1.5 by the digest named apart
	oidECDSA      = asn1.ObjectIdentifier{1, 2, 840, 10045, 4}        // the arc of ecdsa-with-SHA-1 and the others
	oidECDSASHA3  = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3}
)

// hashes are the digests that kernels build with (Linux, crypto/asymmetric_keys/pkcs7_parser.c).
var hashes = []struct {
	oid  asn1.ObjectIdentifier
	hash crypto.Hash
}{
	{asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}, crypto.SHA1},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}, crypto.SHA256},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}, crypto.SHA384},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}, crypto.SHA512},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 4}, crypto.SHA224},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 8}, crypto.SHA3_256},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 9}, crypto.SHA3_384},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 10}, crypto.SHA3_512},
}

// A contentInfo is RFC 5652, section 3.
type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"explicit,tag:0"`
}

// A signedData is RFC 5652, section 5.1.
type signedData struct {
	Version      int
	Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
	Content      encapsulated
	Certificates asn1.RawValue `asn1:"optional,tag:0"`
	Revocations  asn1.RawValue `asn1:"optional,tag:1"`
	Signers      []signerInfo  `asn1:"set"`
}

// An encapsulated is RFC 5652, section 5.2. What a module's signature is over
// lies before it, so there is no content.
type encapsulated struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"optional,explicit,tag:0"`
}

// A signerInfo is RFC 5652, section 5.3. The signer is an IssuerAndSerialNumber
// or the id of a key under tag 0.
type signerInfo struct {
	Version    int
	Signer     asn1.RawValue
	Digest     pkix.AlgorithmIdentifier
	Signed     asn1.RawValue `asn1:"optional,tag:0"`
	Algorithm  pkix.AlgorithmIdentifier
	Signature  []byte
	Unverified asn1.RawValue `asn1:"optional,tag:1"`
}

type issuerAndSerial struct {
	Issuer asn1.RawValue
	Serial *big.Int
}

// parse reads a SignedData with one signer. A kernel wants every signer to be
// trusted; its build makes one.
func parse(der []byte) (*Signature, error) {
	var outer contentInfo
	if err := whole(der, &outer); err != nil {
		return nil, fmt.Errorf("PKCS#7: %w", err)
	}
	if !outer.Type.Equal(oidSignedData) {
		return nil, fmt.Errorf("PKCS#7: content of type %v, not signed data", outer.Type)
	}
	var data signedData
	if err := whole(outer.Content.Bytes, &data); err != nil {
		return nil, fmt.Errorf("PKCS#7 signed data: %w", err)
	}
	if len(data.Signers) != 1 {
		return nil, fmt.Errorf("PKCS#7 signed data: %d signers where the kernel's build makes one", len(data.Signers))
	}
	if len(data.Content.Content.FullBytes) > 0 {
		return nil, errors.New("PKCS#7 signed data: it holds what it signs, and a module's is of the bytes before it")
	}
	info := data.Signers[0]
	s := &Signature{
		Hash: hashOf(info.Digest.Algorithm), scheme: schemeOf(info.Algorithm.Algorithm),
		attributes: len(info.Signed.FullBytes) > 0, value: info.Signature,
	}
	if err := s.readSigner(info.Signer); err != nil {
		return nil, err
	}
	return s, nil
}

// readSigner reads which certificate is the signer's.
func (s *Signature) readSigner(v asn1.RawValue) error {
	if v.Class == asn1.ClassContextSpecific && v.Tag == 0 && !v.IsCompound && len(v.Bytes) > 0 {
		s.KeyID = bytes.Clone(v.Bytes)
		return nil
	}
	var is issuerAndSerial
	if err := whole(v.FullBytes, &is); err != nil {
		return fmt.Errorf("signer: %w", err)
	}
	var name pkix.RDNSequence
	if err := whole(is.Issuer.FullBytes, &name); err != nil {
		return fmt.Errorf("issuer of the signer's certificate: %w", err)
	}
	s.Issuer, s.Serial, s.rawIssuer = name.String(), is.Serial, bytes.Clone(is.Issuer.FullBytes)
	return nil
}

// whole decodes DER that nothing may follow.
func whole(der []byte, into any) error {
	rest, err := asn1.Unmarshal(der, into)
	if err == nil && len(rest) > 0 {
		err = errors.New("bytes follow its end")
	}
	return err
}

func hashOf(oid asn1.ObjectIdentifier) crypto.Hash {
	for _, h := range hashes {
		if h.oid.Equal(oid) {
			return h.hash
		}
	}
	return 0
}

// A scheme is how a key signs.
type scheme int

const (
	otherScheme scheme = iota
	rsaPKCS1
	ecdsaX962
)

// schemeOf reads a signature algorithm as kernels do, which take the digest from
// elsewhere (Linux, crypto/asymmetric_keys/pkcs7_parser.c, pkcs7_sig_note_pkey_algo).
func schemeOf(oid asn1.ObjectIdentifier) scheme {
	last := len(oid) - 1
	switch {
	case oid.Equal(oidRSA):
		return rsaPKCS1
	case len(oid) > len(oidECDSA) && oid[:len(oidECDSA)].Equal(oidECDSA),
		len(oid) == len(oidECDSASHA3)+1 && oid[:last].Equal(oidECDSASHA3) && oid[last] >= 9 && oid[last] <= 12:
		return ecdsaX962
	}
	return otherScheme
}
