package avb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/originbom/originbom/sbom/internal/extent"
)

// Tags of descriptors.
const (
	tagProperty    = 0
	tagHashtree    = 1
	tagHash        = 2
	tagCommandLine = 3
	tagChain       = 4
)

var errDescriptor = errors.New("a descriptor is longer than its place")

func (v *VBMeta) readDescriptors(b []byte) error {
	be := binary.BigEndian
	for i := 0; len(b) > 0; i++ {
		if i == maxDescriptors || len(b) < 16 {
			return errDescriptor
		}
		tag, n := be.Uint64(b), be.Uint64(b[8:])
		if n%8 != 0 || n > uint64(len(b)-16) {
			return errDescriptor
		}
		d := b[16 : 16+n]
		b = b[16+n:]
		var err error
		switch tag {
		case tagProperty:
			err = v.property(d)
		case tagHashtree:
			err = v.hashtree(d)
		case tagHash:
			err = v.hash(d)
		case tagCommandLine:
			err = v.commandLine(d)
		case tagChain:
			err = v.chain(d)
		default:
			err = fmt.Errorf("unknown tag %d", tag)
		}
		if err != nil {
			return fmt.Errorf("descriptor %d: %w", i, err)
		}
	}
	return nil
}

// A cutter takes what follows the fixed part of a descriptor, piece by piece.
type cutter struct {
	b  []byte
	ok bool
}

func (c *cutter) take(n uint32) []byte {
	if !c.ok || uint64(n) > uint64(len(c.b)) {
		c.ok = false
		return nil
	}
	out := c.b[:n]
	c.b = c.b[n:]
	return bytes.Clone(out)
}

// name takes a partition's name.
func (c *cutter) name(n uint32) string {
	s := string(c.take(n))
	if s == "" || len(s) > 64 || strings.ContainsAny(s, "/\\\x00") {
		c.ok = false
	}
	return s
}

func (v *VBMeta) property(d []byte) error {
	if len(d) < 16 {
		return errDescriptor
	}
	k, n := binary.BigEndian.Uint64(d), binary.BigEndian.Uint64(d[8:])
	rest := uint64(len(d) - 16)
	if k > rest || n > rest || k+n+2 > rest {
		return errDescriptor
	}
	key, value := d[16:16+k], d[17+k:17+k+n]
	v.Properties = append(v.Properties, [2]string{string(key), string(value)})
	return nil
}

func (v *VBMeta) commandLine(d []byte) error {
	if len(d) < 8 {
		return errDescriptor
	}
	c := cutter{d[8:], true}
	s := c.take(binary.BigEndian.Uint32(d[4:]))
	if !c.ok {
		return errDescriptor
	}
	v.CommandLines = append(v.CommandLines, string(s))
	return nil
}

// hash reads a descriptor of 116 bytes, name, salt and digest.
func (v *VBMeta) hash(d []byte) error {
	if len(d) < 116 {
		return errDescriptor
	}
	be := binary.BigEndian
	p := Partition{Size: int64(be.Uint64(d)), Hash: text(d[8:40])}
	return v.describe(p, d[116:], be.Uint32(d[40:]), be.Uint32(d[44:]), be.Uint32(d[48:]))
}

// hashtree reads a descriptor of 164 bytes, name, salt and root digest.
func (v *VBMeta) hashtree(d []byte) error {
	if len(d) < 164 {
		return errDescriptor
	}
	be := binary.BigEndian
	if version := be.Uint32(d); version != 1 {
		return fmt.Errorf("version %d of dm-verity is not known", version)
	}
	p := Partition{
		Tree: true, Size: int64(be.Uint64(d[4:])), Hash: text(d[56:88]),
		BlockSize: int64(be.Uint32(d[28:])), HashBlock: int64(be.Uint32(d[32:])),
	}
	return v.describe(p, d[164:], be.Uint32(d[88:]), be.Uint32(d[92:]), be.Uint32(d[96:]))
}

func (v *VBMeta) describe(p Partition, rest []byte, name, salt, digest uint32) error {
	c := cutter{rest, true}
	if name > 0 {
		p.Name = c.name(name)
	}
	p.Salt, p.Digest = c.take(salt), c.take(digest)
	if !c.ok || p.Size < 0 || p.Size > extent.MaxSize {
		return errDescriptor
	}
	v.Partitions = append(v.Partitions, p)
	return nil
}

// chain reads a descriptor of 76 bytes, name and public key.
func (v *VBMeta) chain(d []byte) error {
	if len(d) < 76 {
		return errDescriptor
	}
	be := binary.BigEndian
	c := cutter{d[76:], true}
	ch := Chain{RollbackSlot: be.Uint32(d), Partition: c.name(be.Uint32(d[4:])), PublicKey: c.take(be.Uint32(d[8:]))}
	if !c.ok {
		return errDescriptor
	}
	v.Chains = append(v.Chains, ch)
	return nil
}
