package apksig

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
)

// Object identifiers of PKCS #7 (RFC 2315) and PKCS #9.
const (
	oidSignedData    = "1.2.840.113549.1.7.2"
	oidContentType   = "1.2.840.113549.1.9.3"
	oidMessageDigest = "1.2.840.113549.1.9.4"
)

// verifyPKCS7 verifies a detached PKCS #7 signature over data and gives the
// signer's certificate. Android from 7.0 on takes the first of several
// SignerInfos that verifies, older ones look at the first alone.
func verifyPKCS7(der, data []byte, minSDK int) (Certificate, error) {
	s, err := parseSignedData(der)
	if err != nil {
		return Certificate{}, fmt.Errorf("PKCS #7: %w", err)
	}
	infos := s.infos
	if minSDK < apiNougat {
		infos = infos[:1]
	}
	var first *Certificate
	for _, raw := range infos {
		info, err := parseSignerInfo(raw)
		if err != nil {
			return Certificate{}, fmt.Errorf("PKCS #7 signer: %w", err)
		}
		cert, err := s.verify(info, data, minSDK)
		if err != nil && !errors.Is(err, errSignature) {
			return Certificate{}, err
		}
		if err == nil && first == nil {
			first = &cert
		}
	}
	if first == nil {
		return Certificate{}, errSignature
	}
	return *first, nil
}

// A signedData is a PKCS #7 SignedData.
type signedData struct {
	contentType string
	certs       []Certificate
	infos       []element
}

func parseSignedData(der []byte) (*signedData, error) {
	info, err := sequenceOf(der, tagSequence, 2)
	if err != nil {
		return nil, err
	}
	if oid := oidString(info[0]); oid != oidSignedData || info[1].tag != tagContext0 {
		return nil, fmt.Errorf("no signed data, but %q", oid)
	}
	fields, err := sequenceOf(info[1].body, tagSequence, 3)
	if err != nil {
		return nil, err
	}
	l, s := list(fields), new(signedData)
	if _, err := l.take(tagInteger); err != nil {
		return nil, err
	}
	if _, err := l.take(tagSet); err != nil {
		return nil, err
	}
	content, err := l.take(tagSequence)
	if err != nil {
		return nil, err
	}
	if cs, err := content.sequence(tagSequence, 1); err == nil {
		s.contentType = oidString(cs[0])
	}
	if certs, ok := l.optional(tagContext0); ok {
		all, err := certs.children()
		if err != nil {
			return nil, err
		}
		for i, c := range all {
			cert, err := parseCertificate(c.full)
			if err != nil {
				return nil, fmt.Errorf("certificate %d: %w", i+1, err)
			}
			s.certs = append(s.certs, cert)
		}
	}
	l.optional(tagContext1) // revocation lists
	set, err := l.take(tagSet)
	if err != nil {
		return nil, err
	}
	if s.infos, err = set.children(); err == nil && len(s.infos) == 0 {
		err = errors.New("there are no signers")
	}
	return s, err
}

// A signerInfo is a PKCS #7 SignerInfo.
type signerInfo struct {
	issuer, serial    []byte
	digest, signature string   // algorithms
	attrs             *element // signed attributes, nil without
	value             []byte
}

func parseSignerInfo(e element) (signerInfo, error) {
	var s signerInfo
	fields, err := e.sequence(tagSequence, 5)
	if err != nil {
		return s, err
	}
	l := list(fields)
	if _, err := l.take(tagInteger); err != nil {
		return s, err
	}
	id, err := l.take(tagSequence) // Android knows no other way to name a signer
	if err != nil {
		return s, err
	}
	who, err := id.sequence(tagSequence, 2)
	if err != nil {
		return s, err
	}
	s.issuer, s.serial = who[0].full, who[1].body
	algorithm := func() (string, error) {
		a, err := l.take(tagSequence)
		if err != nil {
			return "", err
		}
		cs, err := a.sequence(tagSequence, 1)
		if err != nil {
			return "", err
		}
		return oidString(cs[0]), nil
	}
	if s.digest, err = algorithm(); err != nil {
		return s, err
	}
	if attrs, ok := l.optional(tagContext0); ok {
		s.attrs = &attrs
	}
	if s.signature, err = algorithm(); err != nil {
		return s, err
	}
	value, err := l.take(tagOctetString)
	s.value = value.body
	return s, err
}

// verify verifies one SignerInfo. errSignature means that Android goes on to the
// next, any other error that it gives up.
func (s *signedData) verify(info signerInfo, data []byte, minSDK int) (Certificate, error) {
	h, f, err := jarAlgorithm(info.digest, info.signature, minSDK)
	if err != nil {
		return Certificate{}, err
	}
	cert, err := s.certificate(info)
	if err != nil {
		return Certificate{}, err
	}
	if info.attrs != nil {
		if data, err = s.attributes(info, h, data, minSDK); err != nil {
			return Certificate{}, err
		}
	}
	return cert, verify(cert.key, f, false, h, data, info.value)
}

func (s *signedData) certificate(info signerInfo) (Certificate, error) {
	for _, c := range s.certs {
		if !bytes.Equal(c.serial, info.serial) || !sameName(c.issuer, info.issuer) {
			continue
		}
		switch {
		case c.criticalOID != "":
			return Certificate{}, fmt.Errorf("certificate %s has the critical extension %s, which Android does not know", c, c.criticalOID)
		case !c.signs:
			return Certificate{}, fmt.Errorf("certificate %s is not for signatures", c)
		}
		return c, nil
	}
	return Certificate{}, errors.New("the certificate of its signer is not in it")
}

// attributes checks the signed attributes, which hold the digest of data, and
// gives what is signed instead of it.
func (s *signedData) attributes(info signerInfo, h crypto.Hash, data []byte, minSDK int) ([]byte, error) {
	if minSDK < apiKitKat {
		return nil, fmt.Errorf("signed attributes, which Android of API level %d does not verify", minSDK)
	}
	attrs, err := info.attrs.children()
	if err != nil {
		return nil, err
	}
	values := map[string]element{}
	for _, a := range attrs {
		pair, err := a.sequence(tagSequence, 2)
		if err != nil {
			return nil, fmt.Errorf("signed attribute: %w", err)
		}
		oid := oidString(pair[0])
		if _, twice := values[oid]; twice {
			return nil, fmt.Errorf("the signed attribute %s is there twice", oid)
		}
		vs, err := pair[1].sequence(tagSet, 0)
		if err != nil {
			return nil, fmt.Errorf("signed attribute %s: %w", oid, err)
		}
		if wanted := oid == oidContentType || oid == oidMessageDigest; wanted && len(vs) > 1 {
			return nil, fmt.Errorf("the signed attribute %s has %d values", oid, len(vs))
		}
		if len(vs) > 0 {
			values[oid] = vs[0]
		}
	}
	kind, ok := values[oidContentType]
	if !ok {
		return nil, errors.New("the signed attributes have no content type")
	}
	if oidString(kind) != s.contentType {
		return nil, errSignature
	}
	want, ok := values[oidMessageDigest]
	if !ok || want.tag != tagOctetString {
		return nil, errors.New("the signed attributes have no digest")
	}
	if d := (jarDigest{hash: h, want: want.body}); !d.matches(data) {
		return nil, errSignature
	}
	// As they stand, with the tag of a set: Android does not sort them.
	return append([]byte{tagSet}, info.attrs.full[1:]...), nil
}

// jarHash gives the hash of a digest algorithm and of the signature algorithms
// named after it.
var jarHashes = map[string]crypto.Hash{
	"1.2.840.113549.2.5": crypto.MD5, "1.3.14.3.2.26": crypto.SHA1, "2.16.840.1.101.3.4.2.4": crypto.SHA224,
	"2.16.840.1.101.3.4.2.1": crypto.SHA256, "2.16.840.1.101.3.4.2.2": crypto.SHA384, "2.16.840.1.101.3.4.2.3": crypto.SHA512,
}

// A jarSignature is a signature algorithm: its hash is 0 where the digest
// algorithm says it.
type jarSignature struct {
	family family
	hash   crypto.Hash
}

var jarSignatures = map[string]jarSignature{
	"1.2.840.113549.1.1.1": {familyRSA, 0}, "1.2.840.113549.1.1.4": {familyRSA, crypto.MD5}, "1.2.840.113549.1.1.5": {familyRSA, crypto.SHA1},
	"1.2.840.113549.1.1.14": {familyRSA, crypto.SHA224}, "1.2.840.113549.1.1.11": {familyRSA, crypto.SHA256},
	"1.2.840.113549.1.1.12": {familyRSA, crypto.SHA384}, "1.2.840.113549.1.1.13": {familyRSA, crypto.SHA512},
	"1.2.840.10040.4.1": {familyDSA, 0}, "1.2.840.10040.4.3": {familyDSA, crypto.SHA1},
	"2.16.840.1.101.3.4.3.1": {familyDSA, crypto.SHA224}, "2.16.840.1.101.3.4.3.2": {familyDSA, crypto.SHA256},
	"1.2.840.10045.2.1": {familyECDSA, 0}, "1.2.840.10045.4.1": {familyECDSA, crypto.SHA1}, "1.2.840.10045.4.3.1": {familyECDSA, crypto.SHA224},
	"1.2.840.10045.4.3.2": {familyECDSA, crypto.SHA256}, "1.2.840.10045.4.3.3": {familyECDSA, crypto.SHA384},
	"1.2.840.10045.4.3.4": {familyECDSA, crypto.SHA512},
}

// jarSince is the API level from which on Android knows a digest with a
// signature algorithm that leaves the hash open (first) or names the same one
// (second) and goes on knowing it (AOSP, tools/apksig, V1SchemeVerifier,
// SUPPORTED_SIG_ALG_OIDS). Pairs of different hashes are known to no version
// after API level 23.
var jarSince = map[family]map[crypto.Hash][2]int{
	familyRSA: {
		crypto.MD5: {1, 21}, crypto.SHA1: {1, 1}, crypto.SHA224: {21, 21}, crypto.SHA256: {18, 18}, crypto.SHA384: {18, 21}, crypto.SHA512: {18, 21},
	},
	familyDSA: {crypto.SHA1: {1, 9}, crypto.SHA224: {22, 21}, crypto.SHA256: {22, 21}},
	familyECDSA: {
		crypto.SHA1: {18, 18}, crypto.SHA224: {21, 21}, crypto.SHA256: {18, 21}, crypto.SHA384: {18, 21}, crypto.SHA512: {18, 21},
	},
}

func jarAlgorithm(digest, signature string, minSDK int) (crypto.Hash, family, error) {
	h, known := jarHashes[digest]
	s, also := jarSignatures[signature]
	since, ok := jarSince[s.family][h]
	if !known || !also || !ok || s.hash != 0 && s.hash != h {
		return 0, "", fmt.Errorf("digest %s with signature %s, which Android does not know", digest, signature)
	}
	from := since[0]
	if s.hash != 0 {
		from = since[1]
	}
	if from > max(minSDK, 1) {
		return 0, "", fmt.Errorf("digest %s with signature %s, which Android knows from API level %d on, not yet in %d", digest, signature, from, minSDK)
	}
	return h, s.family, nil
}
