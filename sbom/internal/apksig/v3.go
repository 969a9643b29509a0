package apksig

import (
	"errors"
	"fmt"
	"slices"
)

// Attributes of scheme v3.
const (
	attrRotation       = 0x3ba06f8c // the lineage
	attrRotationMinSDK = 0x559f8b02 // the version from which v3.1 counts
	attrDevRelease     = 0xc2a6b3ba // the signer is for a version in development
)

// A v3Signer is a signer and the range of versions that it is for.
type v3Signer struct {
	cert     Certificate
	lineage  []Certificate
	min, max int
	dev      bool
}

// verifyV3 verifies scheme v3 or v3.1 (source.android.com, "APK Signature Scheme
// v3" and "v3.1"). rotation is the version from which a v3.1 block counts, 0
// without one.
func (v *verification) verifyV3(scheme Scheme, rotation int) (signers, error) {
	data, ok := v.block.entries[blockIDs[scheme]]
	if !ok {
		return signers{}, errAbsent
	}
	var all []v3Signer
	err := v.eachSigner(data, func(_ int, c *cursor) error {
		s, err := v.v3Signer(c, scheme, rotation)
		all = append(all, s)
		return err
	})
	if err != nil {
		return signers{}, err
	}
	slices.SortStableFunc(all, func(a, b v3Signer) int { return a.max - b.max })
	first, last := max(v.p.MinSDK, apiPie), newest
	if scheme == V31 {
		first = newest // v3 is for the versions before
	} else if rotation > 0 {
		last = rotation - 1
	}
	if err := cover(all, first, last); err != nil {
		return signers{}, err
	}
	out := signers{minSDK: newest}
	for _, s := range all {
		out.certs = append(out.certs, s.cert)
		out.minSDK = min(out.minSDK, s.min)
		if out.lineage, err = extend(out.lineage, s.lineage); err != nil {
			return signers{}, err
		}
	}
	return out, nil
}

// cover checks that the signers' ranges follow each other without gaps and
// cover the versions from first to last.
func cover(all []v3Signer, first, last int) error {
	for i, s := range all[1:] {
		before := all[i].max
		if s.min != before+1 && (s.min != before || !s.dev) {
			return errors.New("its signers are for ranges of Android versions that overlap or leave gaps")
		}
	}
	if from, to := all[0].min, all[len(all)-1].max; from > first || to < last {
		return fmt.Errorf("its signers cover API levels %d to %d, which is not all that are needed", from, to)
	}
	return nil
}

// extend takes the longer of two lineages, of which one must begin with the
// other.
func extend(a, b []Certificate) ([]Certificate, error) {
	if b == nil {
		return a, nil
	}
	if len(b) < len(a) {
		return nil, errors.New("a signer for newer versions has a shorter lineage")
	}
	for i := range a {
		if !a[i].same(b[i]) {
			return nil, errors.New("its signers have lineages that do not agree")
		}
	}
	return b, nil
}

// v3Signer reads and verifies one signer.
func (v *verification) v3Signer(c *cursor, scheme Scheme, rotation int) (v3Signer, error) {
	signed := c.field()
	low, high := c.u32(), c.u32()
	s := &signerBlock{signed: signed, signatures: c.field(), key: c.field()}
	if c.err != nil {
		return v3Signer{}, c.err
	}
	if low > newest || high > newest || low > high {
		return v3Signer{}, fmt.Errorf("it is for API levels %d to %d, which is no range", low, high)
	}
	out := v3Signer{min: int(low), max: int(high)}
	if err := s.verify(out.min); err != nil {
		return out, err
	}
	in := &cursor{data: signed}
	digests, certs := in.field(), in.field()
	signedLow, signedHigh, attrs := in.u32(), in.u32(), in.field()
	if in.err != nil {
		return out, in.err
	}
	if signedLow != low || signedHigh != high {
		return out, errors.New("what it signed is for other API levels than it says")
	}
	var err error
	if out.cert, err = s.check(digests, certs); err != nil {
		return out, err
	}
	if err := out.attributes(attrs, scheme, rotation); err != nil {
		return out, err
	}
	return out, v.intact(s)
}

// attributes reads the additional attributes.
func (s *v3Signer) attributes(attrs []byte, scheme Scheme, rotation int) error {
	return each(attrs, func(_ int, c *cursor) error {
		switch c.u32() {
		case attrRotation:
			var err error
			if s.lineage, err = parseLineage(c.rest()); err != nil {
				return err
			}
			if last := len(s.lineage) - 1; last < 0 || !s.lineage[last].same(s.cert) {
				return errors.New("its lineage does not end with its certificate")
			}
		case attrRotationMinSDK:
			from := int(c.u32())
			switch {
			case scheme != V3:
			case rotation == 0:
				return fmt.Errorf("it says that a v3.1 signature counts from API level %d on, and that is not there: stripped", from)
			case rotation != from:
				return fmt.Errorf("it says that v3.1 counts from API level %d on, which is from %d", from, rotation)
			}
		case attrDevRelease:
			s.dev = true
		}
		return nil
	})
}

// maxLineage bounds the certificates of a lineage, each of which costs a
// verification. A key rarely changes once.
const maxLineage = 256

// parseLineage reads and verifies a proof of rotation: certificates of which each
// is signed by the one before (APK Signature Scheme v3, "Proof-of-rotation").
func parseLineage(data []byte) ([]Certificate, error) {
	c := &cursor{data: data}
	if version := c.u32(); version != 1 {
		return nil, fmt.Errorf("a lineage of version %d, only 1 is known", version)
	}
	var out []Certificate
	var nextID uint32 // algorithm by which the next is signed
	err := each(c.rest(), func(i int, c *cursor) error {
		signed := c.field()
		_, id := c.u32(), c.u32() // flags: what the past certificate may still do
		signature := c.field()
		in := &cursor{data: signed}
		raw, byID := in.field(), in.u32()
		switch {
		case c.err != nil || in.err != nil:
			return errField
		case i >= maxLineage:
			return fmt.Errorf("more than %d certificates", maxLineage)
		}
		cert, err := parseCertificate(raw)
		if err != nil {
			return err
		}
		if i > 0 {
			a, known := algorithms[nextID]
			if !known || byID != nextID {
				return errors.New("it is signed by an unknown or another algorithm than it says")
			}
			if err := verify(out[i-1].key, a.family, a.pss, a.hash, signed, signature); err != nil {
				return err
			}
		}
		if slices.ContainsFunc(out, cert.same) {
			return errors.New("it is there twice")
		}
		out, nextID = append(out, cert), id
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("lineage: certificate %d: %w", len(out)+1, err)
	}
	return out, nil
}
