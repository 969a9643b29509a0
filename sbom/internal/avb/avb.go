// Package avb reads Android Verified Boot 2.0: who signed the partitions of a
// phone and what is in them, as the boot loader sees it.
//
// A vbmeta image (AOSP external/avb, libavb/avb_vbmeta_image.h) is a header of
// 256 bytes, an authentication block (digest and signature) and an auxiliary
// block (descriptors and the public key), all big-endian. A descriptor tells the
// digest of a partition's image, the root of the hash tree over it, or the key
// that signs a partition's own vbmeta (a chain). A partition's own vbmeta is
// found by the footer in the last 64 bytes of the partition.
//
// [Parse] reads and verifies: the signature must be one of the key that the image
// carries. Whose key that is, the phone's boot loader knows, and this package
// does not: compare [VBMeta.KeySHA1] with what is known. Whether a phone's boot
// loader is unlocked is not visible in an image.
package avb

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	_ "crypto/sha256" // for crypto.Hash
	_ "crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/originbom/originbom/sbom/internal/extent"
)

// Magics and sizes.
const (
	Magic       = "AVB0"
	MagicFooter = "AVBf"
	// FooterSize is how many bytes before the end of a partition the footer starts.
	FooterSize = 64
	headerSize = 256
	// maxSize bounds a vbmeta structure in bytes, as libavb does
	// (VBMETA_MAX_SIZE).
	maxSize = 64 << 10
	// maxDescriptors bounds them: each takes 16 bytes at least.
	maxDescriptors = maxSize / 16
)

// Flags of a vbmeta image.
const (
	FlagHashtreeDisabled     = 1
	FlagVerificationDisabled = 2
)

// Seal says how a vbmeta image is signed.
type Seal string

// The seals.
const (
	Signed   Seal = "signed"   // by the key that it carries, and the signature verifies
	Unsigned Seal = "unsigned" // algorithm NONE
	Invalid  Seal = "invalid"  // there is a digest or signature and it does not verify
)

// A VBMeta is one parsed vbmeta structure.
type VBMeta struct {
	Seal          Seal
	Why           string // of an invalid seal
	Algorithm     string // such as SHA256_RSA4096, NONE
	PublicKey     []byte // in AVB's form; nil if unsigned
	RollbackIndex uint64
	RollbackSlot  uint32 // rollback index location
	Flags         uint32
	Release       string // of the tool that made it
	Size          int64  // in bytes, of the whole structure

	Partitions   []Partition // hash and hashtree descriptors
	Chains       []Chain
	Properties   [][2]string
	CommandLines []string
}

// KeySHA1 is the digest by which tools name the key; "" if there is none.
func (v *VBMeta) KeySHA1() string { return KeySHA1(v.PublicKey) }

// KeySHA1 is the SHA-1 in hex of a public key in AVB's form, as avbtool shows
// it; "" for no key.
func KeySHA1(key []byte) string {
	if len(key) == 0 {
		return ""
	}
	sum := sha1.Sum(key)
	return hex.EncodeToString(sum[:])
}

// A Partition is what a descriptor says of a partition's content.
type Partition struct {
	Name      string // "" where the footer of an image describes the image itself, as in an APEX
	Tree      bool   // the digest is the root of a hash tree
	Hash      string // algorithm
	Size      int64  // bytes of the partition that are described
	Salt      []byte
	Digest    []byte
	BlockSize int64 // of the data blocks of a tree
	HashBlock int64 // of the hash blocks of a tree
}

// A Chain says which key signs a partition's own vbmeta.
type Chain struct {
	Partition    string
	PublicKey    []byte
	RollbackSlot uint32
}

type algorithm struct {
	name string
	hash crypto.Hash
	bits int
}

// algorithms are by their number in the header.
var algorithms = []algorithm{
	{"NONE", 0, 0},
	{"SHA256_RSA2048", crypto.SHA256, 2048},
	{"SHA256_RSA4096", crypto.SHA256, 4096},
	{"SHA256_RSA8192", crypto.SHA256, 8192},
	{"SHA512_RSA2048", crypto.SHA512, 2048},
	{"SHA512_RSA4096", crypto.SHA512, 4096},
	{"SHA512_RSA8192", crypto.SHA512, 8192},
}

// Locate finds the vbmeta structure of a partition: at its start, or where the
// footer at its end says. The result is not ok if there is neither. original is
// the size of what is in the partition beside AVB's own data.
func Locate(r io.ReaderAt, size int64) (at, length, original int64, ok bool, err error) {
	var magic [4]byte
	if size >= headerSize && extent.ReadFull(r, magic[:], 0) == nil && string(magic[:]) == Magic {
		return 0, min(size, maxSize), size, true, nil
	}
	f := make([]byte, FooterSize)
	if size < FooterSize || extent.ReadFull(r, f, size-FooterSize) != nil || string(f[:4]) != MagicFooter {
		return 0, 0, size, false, nil
	}
	be := binary.BigEndian
	original, at, length = int64(be.Uint64(f[12:])), int64(be.Uint64(f[20:])), int64(be.Uint64(f[28:]))
	if be.Uint32(f[4:]) != 1 || original < 0 || original > size || at < 0 || length < headerSize || length > maxSize || at > size || length > size-at {
		return 0, 0, size, true, errors.New("the AVB footer points outside of the partition")
	}
	return at, length, original, true, nil
}

// Read finds, parses and verifies the vbmeta structure of a partition. It is nil
// without an error if the partition has none.
func Read(r io.ReaderAt, size int64) (*VBMeta, error) {
	at, length, _, ok, err := Locate(r, size)
	if err != nil || !ok {
		return nil, err
	}
	b := make([]byte, length)
	if err := extent.ReadFull(r, b, at); err != nil {
		return nil, err
	}
	return Parse(b)
}

// Parse reads and verifies a vbmeta structure at the start of b. A structure
// whose signature is wrong is no error: its seal says it.
func Parse(b []byte) (*VBMeta, error) {
	if len(b) < headerSize || string(b[:4]) != Magic {
		return nil, errors.New("not a vbmeta image")
	}
	be := binary.BigEndian
	if major := be.Uint32(b[4:]); major != 1 {
		return nil, fmt.Errorf("version %d of vbmeta is not known", major)
	}
	auth, aux := be.Uint64(b[12:]), be.Uint64(b[20:])
	if auth%64 != 0 || aux%64 != 0 || auth > maxSize || aux > maxSize || headerSize+auth+aux > uint64(len(b)) {
		return nil, errors.New("the vbmeta image reaches behind its end")
	}
	number := be.Uint32(b[28:])
	if number >= uint32(len(algorithms)) {
		return nil, fmt.Errorf("AVB algorithm %d is not known", number)
	}
	alg := algorithms[number]
	v := &VBMeta{
		Algorithm: alg.name, RollbackIndex: be.Uint64(b[112:]), Flags: be.Uint32(b[120:]), RollbackSlot: be.Uint32(b[124:]),
		Release: text(b[128:176]), Size: int64(headerSize + auth + aux),
	}
	sealed := block{b[headerSize : headerSize+auth]}
	meta := block{b[headerSize+auth : headerSize+auth+aux]}
	descriptors, ok := meta.at(be.Uint64(b[96:]), be.Uint64(b[104:]))
	key, ok2 := meta.at(be.Uint64(b[64:]), be.Uint64(b[72:]))
	digest, ok3 := sealed.at(be.Uint64(b[32:]), be.Uint64(b[40:]))
	signature, ok4 := sealed.at(be.Uint64(b[48:]), be.Uint64(b[56:]))
	if !ok || !ok2 || !ok3 || !ok4 {
		return nil, errors.New("a part of the vbmeta image lies outside of its block")
	}
	v.seal(alg, key, digest, signature, b[:headerSize], meta.b)
	if err := v.readDescriptors(descriptors); err != nil {
		return nil, err
	}
	return v, nil
}

type block struct{ b []byte }

func (k block) at(off, n uint64) ([]byte, bool) {
	size := uint64(len(k.b))
	if off > size || n > size-off {
		return nil, false
	}
	return k.b[off : off+n], true
}

// seal verifies the digest and the signature over header and auxiliary block.
func (v *VBMeta) seal(alg algorithm, key, digest, signature, header, aux []byte) {
	if alg.bits == 0 {
		v.Seal = Unsigned
		return
	}
	v.PublicKey = bytes.Clone(key)
	h := alg.hash.New()
	h.Write(header)
	h.Write(aux)
	sum := h.Sum(nil)
	v.Seal = Invalid
	pub, err := parseKey(key, alg.bits)
	switch {
	case err != nil:
		v.Why = err.Error()
	case !bytes.Equal(sum, digest):
		v.Why = "its content was changed: the digest is another"
	case rsa.VerifyPKCS1v15(pub, alg.hash, sum, signature) != nil:
		v.Why = "the signature is not one of the key that it carries"
	default:
		v.Seal = Signed
	}
}

// parseKey reads a key in AVB's form: its length in bits, a number for
// Montgomery's reduction, the modulus, another such number. The exponent is 65537.
func parseKey(b []byte, bits int) (*rsa.PublicKey, error) {
	if len(b) != 8+bits/4 || binary.BigEndian.Uint32(b) != uint32(bits) {
		return nil, errors.New("the public key does not fit the algorithm")
	}
	n := new(big.Int).SetBytes(b[8 : 8+bits/8])
	if n.BitLen() != bits {
		return nil, errors.New("the public key is shorter than it says")
	}
	return &rsa.PublicKey{N: n, E: 65537}, nil
}

func text(b []byte) string {
	b, _, _ = bytes.Cut(b, []byte{0})
	return string(bytes.ToValidUTF8(b, nil))
}
