package apksig

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// attrStripping of scheme v2 says which newer scheme was there too.
const attrStripping = 0xbeeff00d

// verifyV2 verifies scheme v2 (source.android.com, "APK Signature Scheme v2").
func (v *verification) verifyV2() (signers, error) {
	data, ok := v.block.entries[idV2]
	if !ok {
		return signers{}, errAbsent
	}
	minSDK := max(v.p.MinSDK, apiNougat)
	var out signers
	err := v.eachSigner(data, func(i int, c *cursor) error {
		signed := c.field()
		s := &signerBlock{signed: signed, signatures: c.field(), key: c.field()}
		if c.err != nil {
			return c.err
		}
		if err := s.verify(minSDK); err != nil {
			return err
		}
		in := &cursor{data: signed}
		digests, certs, attrs := in.field(), in.field(), in.field()
		if in.err != nil {
			return in.err
		}
		cert, err := s.check(digests, certs)
		if err != nil {
			return err
		}
		if err := v.stripped(attrs); err != nil {
			return err
		}
		out.certs = append(out.certs, cert)
		return v.intact(s)
	})
	if err != nil {
		return signers{}, err
	}
	return out, nil
}

// eachSigner calls f for every signer in the entry of a signing block.
func (v *verification) eachSigner(data []byte, f func(int, *cursor) error) error {
	c := &cursor{data: data}
	list := c.field()
	if c.err != nil {
		return fmt.Errorf("the list of signers is malformed: %w", c.err)
	}
	count := 0
	err := each(list, func(i int, c *cursor) error {
		if count++; count > maxSigners {
			return fmt.Errorf("more than %d signers", maxSigners)
		}
		if err := f(i, c); err != nil {
			return fmt.Errorf("signer %d: %w", i+1, err)
		}
		return nil
	})
	if err == nil && count == 0 {
		err = errors.New("there are no signers")
	}
	return err
}

// stripped refuses a v2 signature that says that a scheme stood beside it which
// is not there.
func (v *verification) stripped(attrs []byte) error {
	return each(attrs, func(_ int, c *cursor) error {
		if c.u32() != attrStripping {
			return nil
		}
		if n := c.u32(); n == 3 && !slices.Contains(v.found, V3) {
			return errors.New("it says that the APK was signed with scheme v3 too, and that signature is not there: stripped")
		}
		return nil
	})
}

// A signerBlock is one signer of scheme v2 or v3.
type signerBlock struct {
	signed     []byte // what is signed: digests, certificates, attributes
	signatures []byte
	key        []byte

	ids      []uint32         // algorithms of the signatures, in order
	content  map[content]bool // digests that a verified signature vouches for
	promised [][]byte         // digests, in the order of ids
}

// verify checks the signatures that Android versions from minSDK on look at: the
// strongest of those that each version knows.
func (s *signerBlock) verify(minSDK int) error {
	found := map[uint32][]byte{}
	err := each(s.signatures, func(_ int, c *cursor) error {
		id := c.u32()
		sig := c.field()
		s.ids = append(s.ids, id)
		if _, twice := found[id]; !twice {
			found[id] = sig
		}
		return nil
	})
	switch {
	case err != nil:
		return fmt.Errorf("signatures: %w", err)
	case len(s.ids) == 0:
		return errors.New("there are no signatures")
	}
	best := map[int]uint32{} // by the version that brought the algorithm
	for _, id := range s.ids {
		a, known := algorithms[id]
		if !known {
			continue
		}
		if have, ok := best[a.minSDK]; !ok || a.content > algorithms[have].content {
			best[a.minSDK] = id
		}
	}
	oldest := newest
	for sdk := range best {
		oldest = min(oldest, sdk)
	}
	if oldest > minSDK {
		return fmt.Errorf("none of its signatures is of an algorithm that Android of API level %d knows", minSDK)
	}
	s.content = map[content]bool{}
	for _, id := range best {
		a := algorithms[id]
		if err := verify(s.key, a.family, a.pss, a.hash, s.signed, found[id]); err != nil {
			return fmt.Errorf("signature of algorithm %#04x: %w", id, err)
		}
		s.content[a.content] = true
	}
	return nil
}

// check reads what was signed: the certificate must hold the key that signed, and
// the digests must be of the same algorithms as the signatures.
func (s *signerBlock) check(digests, certs []byte) (Certificate, error) {
	var chain []Certificate
	c := &cursor{data: certs}
	for c.more() {
		raw := c.field()
		if c.err != nil {
			return Certificate{}, fmt.Errorf("certificates: %w", c.err)
		}
		cert, err := parseCertificate(raw)
		if err != nil {
			return Certificate{}, fmt.Errorf("certificate %d: %w", len(chain)+1, err)
		}
		chain = append(chain, cert)
	}
	switch {
	case len(chain) == 0:
		return Certificate{}, errors.New("there are no certificates")
	case !bytes.Equal(chain[0].key, s.key):
		return Certificate{}, errors.New("the certificate holds another key than the one that signed")
	}
	var ids []uint32
	err := each(digests, func(_ int, c *cursor) error {
		ids = append(ids, c.u32())
		s.promised = append(s.promised, c.field())
		return nil
	})
	switch {
	case err != nil:
		return Certificate{}, fmt.Errorf("digests: %w", err)
	case !slices.Equal(ids, s.ids):
		return Certificate{}, errors.New("its digests are of other algorithms than its signatures")
	}
	return chain[0], nil
}

// intact compares the digests that the signer vouches for with the file.
func (v *verification) intact(s *signerBlock) error {
	if v.contents == nil {
		v.contents = &contents{z: v.z, block: v.block}
	}
	for i, want := range s.promised {
		a, known := algorithms[s.ids[i]]
		if !known || !s.content[a.content] {
			continue
		}
		got, err := v.contents.digest(a.content)
		if err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			return errors.New("the file was changed after it was signed: its digest differs")
		}
	}
	return nil
}
