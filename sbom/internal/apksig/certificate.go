package apksig

import (
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// parseCertificate reads what Android's verifier needs of an X.509 certificate.
// crypto/x509 refuses what Android takes (negative serial numbers, names that are
// no text, versions that do not fit), so it is read here.
func parseCertificate(raw []byte) (Certificate, error) {
	cert, err := readCertificate(raw)
	if err != nil {
		return Certificate{}, fmt.Errorf("malformed certificate: %w", err)
	}
	return cert, nil
}

func readCertificate(raw []byte) (Certificate, error) {
	outer, rest, err := readElement(raw)
	if err != nil {
		return Certificate{}, err
	}
	if len(rest) > 0 {
		return Certificate{}, errors.New("bytes follow it")
	}
	parts, err := outer.sequence(tagSequence, 3)
	if err != nil {
		return Certificate{}, err
	}
	fields, err := parts[0].sequence(tagSequence, 6)
	if err != nil {
		return Certificate{}, err
	}
	l := list(fields)
	l.optional(tagContext0) // version
	var got [6]element      // serial, algorithm, issuer, validity, subject, key
	for i := range got {
		tag := byte(tagSequence)
		if i == 0 {
			tag = tagInteger
		}
		if got[i], err = l.take(tag); err != nil {
			return Certificate{}, err
		}
	}
	sum := sha256.Sum256(raw)
	c := Certificate{
		SHA256: hex.EncodeToString(sum[:]), Subject: subject(got[4].full),
		raw: raw, serial: got[0].body, issuer: got[2].full, name: got[4].full, key: got[5].full, signs: true,
	}
	for len(l) > 0 {
		if e, ok := l.optional(tagContext3); ok {
			return c, c.extensions(e.body)
		}
		l = l[1:]
	}
	return c, nil
}

// Extensions that Android's certificate class knows, so that they may be critical
// (RFC 5280, 4.2.1), and the use of the key.
const keyUsage = "2.5.29.15"

func knownExtension(oid string) bool {
	return slices.Contains([]string{
		"2.5.29.9", "2.5.29.14", keyUsage, "2.5.29.16", "2.5.29.17", "2.5.29.18", "2.5.29.19", "2.5.29.20", "2.5.29.30",
		"2.5.29.31", "2.5.29.32", "2.5.29.33", "2.5.29.35", "2.5.29.36", "2.5.29.37", "2.5.29.46", "2.5.29.54",
	}, oid)
}

func (c *Certificate) extensions(b []byte) error {
	all, err := sequenceOf(b, tagSequence, 0)
	if err != nil {
		return fmt.Errorf("extensions: %w", err)
	}
	for _, e := range all {
		fs, err := e.sequence(tagSequence, 2)
		if err != nil {
			return fmt.Errorf("extension: %w", err)
		}
		oid := oidString(fs[0])
		critical := len(fs) > 2 && len(fs[1].body) == 1 && fs[1].body[0] != 0
		value := fs[len(fs)-1]
		if critical && !knownExtension(oid) {
			c.criticalOID = oid
		}
		if oid == keyUsage {
			bits, _, err := readElement(value.body)
			if err != nil || bits.tag != tagBitString || len(bits.body) < 1 {
				return errors.New("extension keyUsage: malformed")
			}
			c.signs = len(bits.body) > 1 && bits.body[1]&0xc0 != 0 // digitalSignature, nonRepudiation
		}
	}
	return nil
}

// oidString gives an object identifier in dots, "" if it is none.
func oidString(e element) string {
	var oid asn1.ObjectIdentifier
	if e.tag != tagOID {
		return ""
	}
	if rest, err := asn1.Unmarshal(e.full, &oid); err != nil || len(rest) > 0 {
		return ""
	}
	return oid.String()
}

// subject writes a distinguished name as Java's X500Name does, which apksigner
// prints: the last part first, joined by comma and space.
func subject(der []byte) string {
	sets, err := sequenceOf(der, tagSequence, 0)
	if err != nil {
		return ""
	}
	var parts []string
	for _, set := range slices.Backward(sets) {
		attrs, err := set.sequence(tagSet, 1)
		if err != nil {
			return ""
		}
		var one []string
		for _, a := range attrs {
			pair, err := a.sequence(tagSequence, 2)
			if err != nil {
				return ""
			}
			one = append(one, attributeName(oidString(pair[0]))+"="+quoted(attributeText(pair[1])))
		}
		parts = append(parts, strings.Join(one, " + "))
	}
	return strings.Join(parts, ", ")
}

func attributeName(oid string) string {
	names := map[string]string{
		"2.5.4.3": "CN", "2.5.4.4": "SURNAME", "2.5.4.5": "SERIALNUMBER", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST",
		"2.5.4.9": "STREET", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "T", "2.5.4.42": "GIVENNAME",
		"1.2.840.113549.1.9.1": "EMAILADDRESS", "0.9.2342.19200300.100.1.1": "UID", "0.9.2342.19200300.100.1.25": "DC",
	}
	if n, ok := names[oid]; ok {
		return n
	}
	return "OID." + oid
}

// attributeText decodes the string types that names use.
func attributeText(e element) string {
	var s string
	if rest, err := asn1.Unmarshal(e.full, &s); err == nil && len(rest) == 0 {
		return s
	}
	return strings.ToValidUTF8(string(e.body), "\uFFFD") // T61String, taken as UTF-8 by Android too
}

func quoted(s string) string {
	if strings.ContainsAny(s, ",+=\n<>#;\\\"") || strings.TrimSpace(s) != s || strings.Contains(s, "  ") {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
	}
	return s
}

// sameName compares distinguished names as X500Principal does, which ignores
// case and the kind of string.
func sameName(a, b []byte) bool {
	if string(a) == string(b) {
		return true
	}
	fold := func(der []byte) (string, bool) {
		var n pkix.RDNSequence
		rest, err := asn1.Unmarshal(der, &n)
		return strings.ToLower(strings.Join(strings.Fields(n.String()), " ")), err == nil && len(rest) == 0
	}
	x, ok := fold(a)
	y, also := fold(b)
	return ok && also && x == y
}
