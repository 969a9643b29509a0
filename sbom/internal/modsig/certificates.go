package modsig

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"io"
)

const (
	// maxCertificate bounds a certificate in bytes. One with an RSA key of 4096
	// bits has 1.4 KiB.
	maxCertificate = 8 << 10
	// maxCertificates bounds those of one kernel, which has a handful, or some ten
	// with those of a distribution.
	maxCertificates = 1024
)

// version3 is how the body of a certificate begins: version 3 under tag 0, and
// the tag of the serial number (RFC 5280, section 4.1).
var version3 = []byte{0xa0, 3, 2, 1, 2, 2}

// Certificates finds the X.509 certificates that lie in the bytes of an unpacked
// kernel, wherever: the lists of trusted keys, which its build joins, have no name
// in an image without symbols. Each is given once. So one that lies there for
// another purpose is found too: that it is there says that whoever built the
// kernel put it in, no more.
func Certificates(r io.Reader) ([]*x509.Certificate, error) {
	const chunk = 256 << 10
	buf := make([]byte, 0, chunk+maxCertificate)
	var out []*x509.Certificate
	for {
		n, err := io.ReadFull(r, buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		end := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !end {
			return nil, err
		}
		out = add(out, buf)
		if len(out) > maxCertificates {
			return nil, errors.New("more certificates than any kernel has")
		}
		if end {
			return out, nil
		}
		// One that begins in the last bytes is looked at with what follows.
		buf = buf[:copy(buf, buf[len(buf)-maxCertificate:])]
	}
}

// add adds the certificates in b that out does not have.
func add(out []*x509.Certificate, b []byte) []*x509.Certificate {
	for from := 0; len(out) <= maxCertificates; {
		i := bytes.Index(b[from:], version3)
		if i < 0 {
			break
		}
		at := from + i
		from = at + len(version3)
		c := before(b, at)
		if c == nil {
			continue
		}
		known := false
		for _, o := range out {
			known = known || o.Equal(c)
		}
		if !known {
			out = append(out, c)
		}
	}
	return out
}

// before gives the certificate whose body begins with the version at b[at:], nil
// if there is none. The headers of the two sequences around it have 3 or 4 bytes
// each, by their length.
func before(b []byte, at int) *x509.Certificate {
	for back := 6; back <= 8; back++ {
		if at < back || b[at-back] != 0x30 {
			continue
		}
		var v asn1.RawValue
		if _, err := asn1.Unmarshal(b[at-back:], &v); err != nil || len(v.FullBytes) > maxCertificate {
			continue
		}
		if c, err := x509.ParseCertificate(bytes.Clone(v.FullBytes)); err == nil {
			return c
		}
	}
	return nil
}
