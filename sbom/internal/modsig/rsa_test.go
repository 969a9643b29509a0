package modsig

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"math/big"
	"testing"
)

// Whatever crypto/rsa signs verifies, and what it refuses is refused: signatures
// with another encoding of the digest above all.
func TestVerifyRSAAsCryptoRSA(t *testing.T) {
	for _, bits := range []int{1024, 1031, 2048} { // 1031: the first byte of a signature is not full
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range hashes {
			asCryptoRSA(t, key, h.hash)
		}
	}
	if _, ok := encode(64, crypto.SHA512, make([]byte, 64)); ok {
		t.Error("a key too small for the digest")
	}
}

func asCryptoRSA(t *testing.T, key *rsa.PrivateKey, hash crypto.Hash) {
	t.Helper()
	// raw is the signature of any encoded message at all.
	raw := func(em []byte) []byte {
		m := new(big.Int).SetBytes(em)
		return m.Exp(m, key.D, key.N).FillBytes(make([]byte, key.Size()))
	}
	digest := bytes.Repeat([]byte{7}, hash.Size())
	good, err := rsa.SignPKCS1v15(nil, key, hash, digest)
	if err != nil {
		t.Fatal(err)
	}
	em, ok := encode(key.Size(), hash, digest)
	if !ok {
		t.Fatal("no encoding")
	}
	edit := func(at int, b byte) []byte {
		out := bytes.Clone(em)
		out[at] ^= b
		return raw(out)
	}
	short := append(append([]byte{0, 1}, bytes.Repeat([]byte{0xff}, 8)...), em[len(em)-len(digest)-20:]...)
	for name, sig := range map[string][]byte{
		"good": good, "its own encoding": raw(em), "block type 2": edit(1, 3), "padding with a zero": edit(20, 0xff),
		"another digest": edit(len(em)-1, 1), "another algorithm": edit(len(em)-len(digest)-5, 1),
		"less padding, bytes behind": raw(append(short, make([]byte, key.Size()-len(short))...)),
		"nothing":                    nil, "zero": make([]byte, key.Size()), "one byte less": good[1:], "a zero before": append([]byte{0}, good...),
		"as large as the key": key.N.Bytes(), "the key more": new(big.Int).Add(new(big.Int).SetBytes(good), key.N).Bytes(),
		"the other root": new(big.Int).Sub(key.N, new(big.Int).SetBytes(good)).FillBytes(make([]byte, key.Size())),
	} {
		got := verifyRSA(&key.PublicKey, hash, digest, sig)
		if want := rsa.VerifyPKCS1v15(&key.PublicKey, hash, digest, sig) == nil; got != want {
			t.Errorf("%d bits, %v, %s: got %t, crypto/rsa says %t", key.N.BitLen(), hash, name, got, want)
		}
		if got != (name == "good" || name == "its own encoding") {
			t.Errorf("%d bits, %v, %s: got %t", key.N.BitLen(), hash, name, got)
		}
	}
}

// A signature that begins with a zero counts with it, and not without it (RFC
// 8017, section 8.2.2, step 1).
func TestVerifyRSALeadingZero(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	digest := make([]byte, 32)
	for i := range 1 << 13 { // one in 256 does
		binary.BigEndian.PutUint32(digest, uint32(i))
		sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest)
		if err != nil {
			t.Fatal(err)
		}
		if sig[0] != 0 {
			continue
		}
		if !verifyRSA(&key.PublicKey, crypto.SHA256, digest, sig) || verifyRSA(&key.PublicKey, crypto.SHA256, digest, sig[1:]) {
			t.Error("the zero does not count")
		}
		return
	}
	t.Fatal("no signature begins with a zero")
}

// Keys that are none: with them a signature could be made by anybody.
func TestVerifyRSARefusesKeys(t *testing.T) {
	digest := make([]byte, 32)
	em, _ := encode(256, crypto.SHA256, digest)
	large := new(big.Int).Lsh(big.NewInt(1), 2048)
	odd := new(big.Int).Sub(large, big.NewInt(1))
	for name, key := range map[string]*rsa.PublicKey{
		"exponent 1": {N: odd, E: 1}, "exponent 0": {N: odd, E: 0}, "exponent -1": {N: odd, E: -1}, "even exponent": {N: odd, E: 2},
		"exponent 1 more than any": {N: odd, E: maxExponent + 2}, "even modulus": {N: new(big.Int).Sub(odd, big.NewInt(1)), E: 3},
		"modulus 0": {N: big.NewInt(0), E: 3}, "modulus -1": {N: new(big.Int).Neg(odd), E: 3},
	} {
		if verifyRSA(key, crypto.SHA256, digest, em) {
			t.Errorf("%s: verifies", name)
		}
	}
	for _, bits := range []uint{512, 1023, maxKeyBits + 1} {
		n := new(big.Int).Lsh(big.NewInt(1), bits)
		c := &x509.Certificate{PublicKey: &rsa.PublicKey{N: n.Sub(n, big.NewInt(1)), E: 3}}
		s := &Signature{Hash: crypto.SHA256, scheme: rsaPKCS1, value: make([]byte, (bits+7)/8)}
		if err := s.Verify(c, digest); !errors.Is(err, ErrNotCheckable) {
			t.Errorf("%d bits: got %v", bits, err)
		}
	}
}

func BenchmarkVerifyRSA(b *testing.B) {
	key, err := rsa.GenerateKey(rand.Reader, 4096)
	if err != nil {
		b.Fatal(err)
	}
	digest := make([]byte, 32)
	sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if !verifyRSA(&key.PublicKey, crypto.SHA256, digest, sig) {
			b.Fatal("refused")
		}
	}
}
