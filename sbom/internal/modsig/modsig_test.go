package modsig_test

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/originbom/originbom/sbom/sbomtest/corpus"

	"github.com/originbom/originbom/sbom/internal/modsig"
	"github.com/originbom/originbom/sbom/internal/modsig/modsigtest"
)

var module = []byte("\x7fELF an example module")

func read(data []byte) (*modsig.Signature, error) {
	return modsig.Read(bytes.NewReader(data), int64(len(data)))
}

func verify(s *modsig.Signature, c *x509.Certificate, data []byte) error {
	sum := sha256.Sum256(data[:s.Size])
	return s.Verify(c, sum[:])
}

func TestVerify(t *testing.T) {
	signer, other := modsigtest.New(t, "TEST module key", 7), modsigtest.New(t, "TEST module key", 7)
	edited := func(data []byte) []byte {
		out := bytes.Clone(data)
		out[1] ^= 1
		return out
	}
	for name, tt := range map[string]struct {
		data []byte
		by   *x509.Certificate
		want error
	}{
		"good":                    {signer.Sign(t, module, modsigtest.Options{}), signer.Certificate, nil},
		"by the id of a key":      {signer.Sign(t, module, modsigtest.Options{ByKeyID: true}), signer.Certificate, nil},
		"a byte changed":          {edited(signer.Sign(t, module, modsigtest.Options{})), signer.Certificate, modsig.ErrMismatch},
		"another key, same names": {signer.Sign(t, module, modsigtest.Options{}), other.Certificate, modsig.ErrMismatch},
		// RSASSA-PSS: kernels do not check it, and that it is not PKCS#1 is no sign of tampering.
		"an algorithm that is not known": {signer.Sign(t, module, modsigtest.Options{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}}), signer.Certificate, modsig.ErrNotCheckable},
		"ECDSA with SHA3-256":            {signer.Sign(t, module, modsigtest.Options{Algorithm: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 10}}), signer.Certificate, nil},
		// Linux, crypto/asymmetric_keys/public_key.c: the key must be one of the algorithm.
		"RSA by a key of ECDSA": {signer.Sign(t, module, modsigtest.Options{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}}), signer.Certificate, modsig.ErrMismatch},
		// Linux, pkcs7_verify.c: a module's signature has no attributes.
		"attributes": {signer.Sign(t, module, modsigtest.Options{Attributes: true}), signer.Certificate, modsig.ErrNotCheckable},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := read(tt.data)
			if err != nil {
				t.Fatal(err)
			}
			if s.Size != int64(len(module)) || s.Hash != crypto.SHA256 || !s.By(tt.by) {
				t.Errorf("got %d bytes by %s, hash %v, by the certificate %t", s.Size, s.Issuer, s.Hash, s.By(tt.by))
			}
			if got := verify(s, tt.by, tt.data); !errors.Is(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	s, err := read(signer.Sign(t, module, modsigtest.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	if s.Issuer != "CN=TEST module key" || s.Serial.Int64() != 7 || s.By(modsigtest.New(t, "TEST module key", 8).Certificate) {
		t.Errorf("got issuer %q, serial %v", s.Issuer, s.Serial)
	}
}

func TestReadRefuses(t *testing.T) {
	good := modsigtest.New(t, "TEST", 1).Sign(t, module, modsigtest.Options{})
	set := func(fromEnd int, b byte) []byte {
		out := bytes.Clone(good)
		out[len(out)-len(modsig.Magic)-fromEnd] = b
		return out
	}
	for name, tt := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":             {nil, "no signature"},
		"a plain module":      {bytes.Repeat(module, 9), "no signature"},
		"the magic alone":     {[]byte(modsig.Magic), "no signature"},
		"old kind":            {set(10, 1), "kind 1"},
		"not zero":            {set(6, 1), "must be zero"},
		"longer than a limit": {set(4, 0xff), "more than"},
		"longer than file":    {set(2, 0x7f), "more than"},
		"empty":               {modsigtest.Append(module, nil), "PKCS#7"},
		"no PKCS#7":           {modsigtest.Append(module, []byte("hello")), "PKCS#7"},
		"two signers":         {modsigtest.New(t, "TEST", 1).Sign(t, module, modsigtest.Options{Signers: 2}), "2 signers"},
		// Linux, certs/system_keyring.c: "PKCS#7 signature with non-detached data".
		"content": {modsigtest.New(t, "TEST", 1).Sign(t, module, modsigtest.Options{Content: true}), "holds what it signs"},
		"bytes behind": {func() []byte {
			s, _ := read(good)
			der := good[s.Size : len(good)-len(modsig.Magic)-12]
			return modsigtest.Append(module, append(bytes.Clone(der), 0))
		}(), "bytes follow"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := read(tt.data)
			if err == nil || !strings.Contains(err.Error(), tt.want) || s != nil {
				t.Errorf("got %v, %v, want %q", s, err, tt.want)
			}
		})
	}
}

func TestCertificates(t *testing.T) {
	a, b := modsigtest.New(t, "TEST a", 1).Certificate, modsigtest.New(t, "TEST b", 2).Certificate
	pad := func(n int) []byte { return bytes.Repeat([]byte("0\x82"), n/2) }
	for name, at := range map[string]int{"beginning": 0, "middle": 1000, "across pieces": 256<<10 + 8<<10 - 100} {
		t.Run(name, func(t *testing.T) {
			data := append(pad(at), a.Raw...)
			data = append(append(append(data, b.Raw...), pad(300<<10)...), a.Raw...)
			got, err := modsig.Certificates(bytes.NewReader(data))
			if err != nil || len(got) != 2 || !got[0].Equal(a) || !got[1].Equal(b) {
				t.Errorf("got %d, %v", len(got), err)
			}
		})
	}
}

// What openssl signs as the kernel's scripts/sign-file does, by RSA, is read and
// verified; and openssl says the same of it.
func TestOpenSSL(t *testing.T) {
	openssl := corpus.Tool(t, "openssl")
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	run := func(args ...string) {
		t.Helper()
		if out, err := exec.Command(openssl, args...).CombinedOutput(); err != nil {
			t.Fatalf("openssl %s: %v\n%s", args[0], err, out)
		}
	}
	if err := os.WriteFile(at("m.ko"), module, 0o600); err != nil {
		t.Fatal(err)
	}
	run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", at("key"), "-out", at("cert"), "-subj", "/O=Example/CN=TEST openssl", "-days", "2")
	run("cms", "-sign", "-binary", "-noattr", "-nocerts", "-nosmimecap", "-md", "sha512", "-in", at("m.ko"), "-signer", at("cert"), "-inkey", at("key"), "-outform", "DER", "-out", at("sig"))
	run("cms", "-verify", "-binary", "-inform", "DER", "-in", at("sig"), "-content", at("m.ko"), "-certfile", at("cert"), "-noverify", "-out", at("out"))
	der, err := os.ReadFile(at("sig"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(at("cert"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	s, err := read(modsigtest.Append(module, der))
	if err != nil {
		t.Fatal(err)
	}
	h := crypto.SHA512.New()
	h.Write(module)
	if err := s.Verify(c, h.Sum(nil)); err != nil || !s.By(c) || s.Hash != crypto.SHA512 || s.Issuer != "CN=TEST openssl,O=Example" {
		t.Errorf("got %v, by %t, %v, %s", err, s.By(c), s.Hash, s.Issuer)
	}
}

// A signature that is read ends where the module begins, and names a signer.
func FuzzRead(f *testing.F) {
	f.Add(modsigtest.New(f, "TEST", 1).Sign(f, module, modsigtest.Options{}))
	f.Add(modsigtest.New(f, "TEST", 1).Sign(f, module, modsigtest.Options{ByKeyID: true}))
	f.Add([]byte(modsig.Magic))
	c := modsigtest.New(f, "TEST", 1).Certificate
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := read(data)
		if err != nil {
			if s != nil {
				t.Fatal("a signature with an error")
			}
			return
		}
		if s.Size < 0 || s.Size >= int64(len(data)) || (s.KeyID == nil) == (s.Serial == nil) {
			t.Fatalf("got %+v", s)
		}
		if verify(s, c, data) == nil {
			t.Fatal("a signature by nobody verifies")
		}
	})
}

// Every certificate that is found lies in the data.
func FuzzCertificates(f *testing.F) {
	f.Add(modsigtest.New(f, "TEST", 1).Certificate.Raw)
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := modsig.Certificates(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range got {
			if !bytes.Contains(data, c.Raw) {
				t.Fatal("a certificate that is not there")
			}
		}
	})
}
