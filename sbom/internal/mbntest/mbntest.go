// Package mbntest writes signed images of Qualcomm's form, for tests. It is written
// from the public documents that package mbn names, apart from that reader. Its keys
// are test keys.
package mbntest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"fmt"
	"hash"
	"math/big"
	"slices"
	"time"
)

var le = binary.LittleEndian

// keyBits is small, so that tests are quick.
const keyBits = 1024

// An Image is what is to be written.
type Image struct {
	Version  int // 3, 5, 6 or 7
	Wide     bool
	Segments [][]byte
	Key      *Key // of the maker; nil leaves signature and chain out
	Qualcomm *Key // not of version 3; nil leaves its signature and chain out
}

// A Scheme is how a key signs.
type Scheme int

// The schemes.
const (
	Mixed Scheme = iota // RSA, PKCS #1, IDs mixed into the digest
	PSS
	ECDSA // P-384
)

// sigSize is what an image sets aside for a signature of a scheme, in bytes.
var sigSize = map[Scheme]int{Mixed: keyBits / 8, PSS: keyBits / 8, ECDSA: 104}

// A Key signs images: a leaf under a root.
type Key struct {
	key        crypto.Signer
	scheme     Scheme
	Leaf, Root []byte // certificates in DER
	software   uint64
	hardware   uint64
}

func (s Scheme) generate() (crypto.Signer, error) {
	if s == ECDSA {
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	}
	return rsa.GenerateKey(rand.Reader, keyBits)
}

// NewKey makes a test key whose certificate binds to a sort of image and a chip.
func NewKey(scheme Scheme, software, hardware uint64) (*Key, error) {
	root, err := scheme.generate()
	if err != nil {
		return nil, err
	}
	leaf, err := scheme.generate()
	if err != nil {
		return nil, err
	}
	k := &Key{key: leaf, scheme: scheme, software: software, hardware: hardware}
	top := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Example root, a test key, trust nothing"},
		NotBefore: time.Unix(1700000000, 0), NotAfter: time.Unix(2000000000, 0), IsCA: true, BasicConstraintsValid: true,
	}
	if k.Root, err = x509.CreateCertificate(rand.Reader, top, top, root.Public(), root); err != nil {
		return nil, err
	}
	signer := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: top.NotBefore, NotAfter: top.NotAfter,
		Subject: pkix.Name{CommonName: "Example signer, a test key, trust nothing"},
	}
	for _, unit := range []string{fmt.Sprintf("01 %016X SW_ID", software), fmt.Sprintf("02 %016X HW_ID", hardware), "04 0042 OEM_ID", "06 0007 MODEL_ID", "11 6001 0000 6004 SOC_VERS"} {
		signer.Subject.ExtraNames = append(signer.Subject.ExtraNames, pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{2, 5, 4, 11}, Value: unit})
	}
	k.Leaf, err = x509.CreateCertificate(rand.Reader, signer, top, leaf.Public(), root)
	return k, err
}

// sign signs data, filled up to what is set aside.
func (k *Key) sign(data []byte) []byte {
	var sig []byte
	var err error
	sum := sha256.Sum256(data)
	switch k.scheme {
	case Mixed:
		sum = sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, k.software^0x3636363636363636), sum[:]...))
		sum = sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, k.hardware^0x5c5c5c5c5c5c5c5c), sum[:]...))
		sig, err = k.key.Sign(rand.Reader, sum[:], crypto.Hash(0))
	case PSS:
		sig, err = k.key.Sign(rand.Reader, sum[:], &rsa.PSSOptions{SaltLength: 32, Hash: crypto.SHA256})
	case ECDSA:
		long := sha512.Sum384(data)
		sig, err = k.key.Sign(rand.Reader, long[:], crypto.SHA384)
	}
	if err != nil {
		panic(err) // the key is of our own making
	}
	return append(sig, make([]byte, sigSize[k.scheme]-len(sig))...)
}

// parts are what a signer adds, of the size that they will have.
func (k *Key) parts() (sig, chain []byte) {
	if k == nil {
		return nil, nil
	}
	return make([]byte, sigSize[k.scheme]), append(append(bytes.Clone(k.Leaf), k.Root...), 0xff, 0xff, 0xff)
}

func (im Image) hash() hash.Hash {
	if im.Version >= 6 {
		return sha512.New384()
	}
	return sha256.New()
}

// Split writes the image as name.mdt and the files name.b00, name.b01 ...
func (im Image) Split() (mdt []byte, files [][]byte) {
	whole, parts := im.write(true)
	return whole, parts
}

// Bytes writes the image in one piece.
func (im Image) Bytes() []byte {
	whole, _ := im.write(false)
	return whole
}

func (im Image) write(split bool) ([]byte, [][]byte) {
	n := len(im.Segments) + 2
	ehdr, phdr := 52, 32
	if im.Wide {
		ehdr, phdr = 64, 56
	}
	head := ehdr + n*phdr
	size := im.hash().Size()
	// The hash segment has the same size whatever its hashes are.
	table := im.hashSegment(make([]byte, n*size))
	parts := append([][]byte{make([]byte, head), table}, im.Segments...)
	h := im.elfHeader(head, n, parts)
	parts[0] = h
	var hashes []byte
	for i, p := range parts {
		sum := make([]byte, size)
		if i != 1 && len(p) > 0 {
			d := im.hash()
			d.Write(p)
			sum = d.Sum(nil)
		}
		hashes = append(hashes, sum...)
	}
	parts[1] = im.hashSegment(hashes)
	if split {
		return append(bytes.Clone(h), parts[1]...), parts
	}
	out := bytes.Clone(h)
	for _, p := range parts[1:] {
		out = append(pad(out), p...)
	}
	return out, parts
}

func pad(b []byte) []byte { return append(b, make([]byte, (4096-len(b)%4096)%4096)...) }

func (im Image) elfHeader(head, n int, parts [][]byte) []byte {
	h := make([]byte, head)
	copy(h, "\x7fELF\x01\x01\x01")
	le.PutUint16(h[16:], 2)
	if im.Wide {
		h[4] = 2
		le.PutUint64(h[32:], 64)
		le.PutUint16(h[54:], 56)
		le.PutUint16(h[56:], uint16(n))
	} else {
		le.PutUint32(h[28:], 52)
		le.PutUint16(h[42:], 32)
		le.PutUint16(h[44:], uint16(n))
	}
	at := 0
	for i, p := range parts {
		flags, kind := uint32(7), uint32(1)
		switch i {
		case 0:
			flags, kind = 7<<24, 0
		case 1:
			flags, kind = 0x02200000, 0
		}
		if im.Wide {
			b := h[64+56*i:]
			le.PutUint32(b, kind)
			le.PutUint32(b[4:], flags)
			le.PutUint64(b[8:], uint64(at))
			le.PutUint64(b[32:], uint64(len(p)))
		} else {
			b := h[52+32*i:]
			le.PutUint32(b, kind)
			le.PutUint32(b[4:], uint32(at))
			le.PutUint32(b[16:], uint32(len(p)))
			le.PutUint32(b[24:], flags)
		}
		at = (at + len(p) + 4095) / 4096 * 4096
	}
	return h
}

// hashSegment writes header, metadata, hashes, signatures and chains.
func (im Image) hashSegment(hashes []byte) []byte {
	sig, chain := im.Key.parts()
	qsig, qchain := im.Qualcomm.parts()
	common, metadata := im.metadata()
	qmetadata := make([]byte, 0)
	if im.Qualcomm != nil {
		qmetadata = bytes.Clone(metadata)
	}
	// segment writes it with the sizes and metadata of one of the parties left out.
	segment := func(q, m bool) []byte {
		size := func(b []byte, there bool) uint32 {
			if !there {
				return 0
			}
			return uint32(len(b))
		}
		total := uint32(len(common) + len(qmetadata) + len(metadata) + len(hashes) + len(qsig) + len(qchain) + len(sig) + len(chain))
		qs, qc, ms, mc := size(qsig, q), size(qchain, q), size(sig, m), size(chain, m)
		h := uint32(len(hashes))
		var words []uint32
		switch im.Version {
		case 7:
			words = []uint32{0, 7, uint32(len(common)), uint32(len(qmetadata)), uint32(len(metadata)), h, qs, qc, ms, mc}
		case 3:
			words = []uint32{3, 3, 0, 0x86401028, total, h, 0x86402000, ms, 0x86403000, mc}
		case 5:
			words = []uint32{0, 5, qs, qc, total, h, ^uint32(0), ms, ^uint32(0), mc}
		case 6:
			words = []uint32{0, 6, qs, qc, total, h, ^uint32(0), ms, ^uint32(0), mc, uint32(len(qmetadata)), uint32(len(metadata))}
		}
		var b []byte
		for _, w := range words {
			b = le.AppendUint32(b, w)
		}
		b = append(b, common...)
		b = append(b, masked(qmetadata, q)...)
		b = append(b, masked(metadata, m)...)
		return append(b, hashes...)
	}
	if im.Key != nil {
		sig = im.Key.sign(segment(false, true))
	}
	if im.Qualcomm != nil {
		qsig = im.Qualcomm.sign(segment(true, false))
	}
	return slices.Concat(segment(true, true), qsig, qchain, sig, chain)
}

func masked(b []byte, there bool) []byte {
	if !there {
		return make([]byte, len(b))
	}
	return b
}

// metadata writes that of version 6 and 7, for software 9, chip 0x0014A0E1 (not
// bound in version 7) or its versions 6001 and 6004, maker 0x42, model 7, rollback 3.
func (im Image) metadata() (common, maker []byte) {
	words := map[int]uint32{}
	switch im.Version {
	case 6: // flags: versions of the chip, the chip; maker and model are bound
		maker = make([]byte, 120)
		words = map[int]uint32{0: 1, 8: 9, 12: 0x0014a0e1, 16: 0x42, 20: 7, 28: 1<<1 | 1<<10, 32: 0x6001, 40: 0x6004, 116: 3}
	case 7: // flags: all not bound but versions of the chip, maker and model
		common, maker = make([]byte, 24), make([]byte, 224)
		le.PutUint32(common[8:], 9)
		le.PutUint32(common[16:], 3)
		words = map[int]uint32{8: 3, 16: 0x6001, 24: 0x6004, 68: 0x0014a0e1, 136: 0x42, 140: 7, 220: 0x155a56}
	}
	for at, v := range words {
		le.PutUint32(maker[at:], v)
	}
	return common, maker
}
