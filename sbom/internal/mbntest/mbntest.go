// Package mbntest writes signed images of Qualcomm's form, for tests. It is written
// from the public documents that package mbn names, apart from that reader. Its keys
// are test keys.
package mbntest

import (
	"bytes"
	"crypto"
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
}

// A Key signs images: a leaf under a root.
type Key struct {
	key        *rsa.PrivateKey
	Leaf, Root []byte // certificates in DER
	software   uint64
	hardware   uint64
}

// NewKey makes a test key whose certificate binds to a sort of image and a chip.
func NewKey(software, hardware uint64) (*Key, error) {
	root, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, err
	}
	leaf, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, err
	}
	k := &Key{key: leaf, software: software, hardware: hardware}
	top := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Example root, a test key, trust nothing"},
		NotBefore: time.Unix(1700000000, 0), NotAfter: time.Unix(2000000000, 0), IsCA: true, BasicConstraintsValid: true,
	}
	if k.Root, err = x509.CreateCertificate(rand.Reader, top, top, &root.PublicKey, root); err != nil {
		return nil, err
	}
	signer := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: top.NotBefore, NotAfter: top.NotAfter,
		Subject: pkix.Name{CommonName: "Example signer, a test key, trust nothing"},
	}
	for _, unit := range []string{fmt.Sprintf("01 %016X SW_ID", software), fmt.Sprintf("02 %016X HW_ID", hardware), "04 0042 OEM_ID", "06 0007 MODEL_ID"} {
		signer.Subject.ExtraNames = append(signer.Subject.ExtraNames, pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{2, 5, 4, 11}, Value: unit})
	}
	k.Leaf, err = x509.CreateCertificate(rand.Reader, signer, top, &leaf.PublicKey, root)
	return k, err
}

// sign signs by the scheme of versions 3 and 5.
func (k *Key) sign(data []byte) []byte {
	sum := sha256.Sum256(data)
	sum = sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, k.software^0x3636363636363636), sum[:]...))
	sum = sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, k.hardware^0x5c5c5c5c5c5c5c5c), sum[:]...))
	sig, err := rsa.SignPKCS1v15(nil, k.key, crypto.Hash(0), sum[:])
	if err != nil {
		panic(err) // the key is of our own making
	}
	return sig
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

// hashSegment writes header, metadata, hashes, signature and chain.
func (im Image) hashSegment(hashes []byte) []byte {
	var sig, chain []byte
	if im.Key != nil {
		sig = make([]byte, keyBits/8)
		chain = append(append(bytes.Clone(im.Key.Leaf), im.Key.Root...), 0xff, 0xff, 0xff)
	}
	common, metadata := im.metadata()
	var words []uint32
	total := len(common) + len(metadata) + len(hashes) + len(sig) + len(chain)
	switch im.Version {
	case 7:
		words = []uint32{0, 7, uint32(len(common)), 0, uint32(len(metadata)), uint32(len(hashes)), 0, 0, uint32(len(sig)), uint32(len(chain))}
	case 3:
		words = []uint32{3, 3, 0, 0x86401028, uint32(total), uint32(len(hashes)), 0x86402000, uint32(len(sig)), 0x86403000, uint32(len(chain))}
	default:
		words = []uint32{0, uint32(im.Version), 0, 0, uint32(total), uint32(len(hashes)), ^uint32(0), uint32(len(sig)), ^uint32(0), uint32(len(chain))}
	}
	if im.Version == 6 {
		words = append(words, 0, uint32(len(metadata)))
	}
	var b []byte
	for _, w := range words {
		b = le.AppendUint32(b, w)
	}
	b = append(append(append(b, common...), metadata...), hashes...)
	if im.Key != nil && im.Version < 6 {
		sig = im.Key.sign(b)
	}
	return append(append(b, sig...), chain...)
}

// metadata writes that of version 6 and 7, for software 9, chip 0x0014A0E1, maker
// 0x42, model 7, rollback 3.
func (im Image) metadata() (common, maker []byte) {
	switch im.Version {
	case 6:
		maker = make([]byte, 120)
		for at, v := range map[int]uint32{8: 9, 12: 0x0014a0e1, 16: 0x42, 20: 7, 116: 3} {
			le.PutUint32(maker[at:], v)
		}
	case 7:
		common, maker = make([]byte, 24), make([]byte, 224)
		le.PutUint32(common[8:], 9)
		le.PutUint32(common[16:], 3)
		for at, v := range map[int]uint32{8: 3, 68: 0x0014a0e1, 136: 0x42, 140: 7} {
			le.PutUint32(maker[at:], v)
		}
	}
	return common, maker
}
