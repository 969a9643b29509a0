package modsig

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"math/big"
	"testing"
)

// Whatever crypto/rsa signs verifies, and what it refuses is refused: signatures
// with another encoding of the digest above all.
func TestVerifyRSAAsCryptoRSA(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	// raw is the signature of any encoded message at all.
	raw := func(em []byte) []byte {
		m := new(big.Int).SetBytes(em)
		return m.Exp(m, key.D, key.N).FillBytes(make([]byte, key.Size()))
	}
	for _, h := range hashes {
		d := h.hash.New()
		d.Write([]byte("module"))
		digest := d.Sum(nil)
		good, err := rsa.SignPKCS1v15(nil, key, h.hash, digest)
		if err != nil {
			t.Fatal(err)
		}
		em, ok := encode(key.Size(), h.hash, digest)
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
			"nothing":                    nil, "zero": make([]byte, key.Size()), "one byte less": good[1:],
			"as large as the key": key.N.Bytes(), "the key more": new(big.Int).Add(new(big.Int).SetBytes(good), key.N).Bytes(),
		} {
			got := verifyRSA(&key.PublicKey, h.hash, digest, sig)
			if want := rsa.VerifyPKCS1v15(&key.PublicKey, h.hash, digest, sig) == nil; got != want {
				t.Errorf("%v, %s: got %t, crypto/rsa says %t", h.hash, name, got, want)
			}
			if got != (name == "good" || name == "its own encoding") {
				t.Errorf("%v, %s: got %t", h.hash, name, got)
			}
		}
	}
	if _, ok := encode(64, crypto.SHA512, make([]byte, 64)); ok {
		t.Error("a key too small for the digest")
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
