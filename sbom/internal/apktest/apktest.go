// Package apktest makes small APKs for tests: a binary manifest, files, and
// signatures of every scheme. Its keys are made anew and mean nothing. It is
// written from the same public documents as the readers; apksigner and aapt are
// the judges of both, see the tests of apksig and axml.
package apktest

import (
	"archive/zip"
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"math/big"
	"slices"
	"time"
)

// An App is an APK to be made.
type App struct {
	Package      string
	VersionCode  int
	VersionName  string
	Label        string
	MinSDK       int // 0 leaves it out
	TargetSDK    int
	Sandbox      int
	SharedUserID string
	Permissions  []string
	Files        map[string]string // stored, by name
}

// A Key is a signing key with its certificate.
type Key struct {
	Private *ecdsa.PrivateKey
	Cert    []byte
}

// NewKey makes a key whose certificate is for that common name.
func NewKey(name string) (Key, error) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Key{}, err
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name, Organization: []string{"Test key, trust nothing"}},
		NotBefore: time.Unix(1_700_000_000, 0), NotAfter: time.Unix(2_000_000_000, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &k.PublicKey, k)
	return Key{k, der}, err
}

// SHA256 is the digest of the certificate.
func (k Key) SHA256() [32]byte { return sha256.Sum256(k.Cert) }

// Unsigned makes the APK without signatures.
func (a App) Unsigned() []byte {
	return pack(a.files())
}

func (a App) files() map[string]string {
	files := map[string]string{"AndroidManifest.xml": string(a.Manifest())}
	for name, content := range a.Files {
		files[name] = content
	}
	return files
}

// pack makes a ZIP archive of stored files, sorted by name.
func pack(files map[string]string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	names := make([]string, 0, len(files))
	for n := range files {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		f, err := w.CreateHeader(&zip.FileHeader{Name: n, Method: zip.Store})
		if err != nil {
			panic(err) // a bytes.Buffer takes everything
		}
		f.Write([]byte(files[n]))
	}
	w.Close()
	return b.Bytes()
}

// An Entry is one entry of a signing block.
type Entry struct {
	ID    uint32
	Value []byte
}

// Attach puts a signing block into an archive. make gives the entries from the
// digest of the archive (chunked, SHA-256), which does not depend on the block.
func Attach(apk []byte, make func(digest []byte) []Entry) []byte {
	directory := int(binary.LittleEndian.Uint32(apk[len(apk)-6:]))
	end := len(apk) - 22
	digest := chunked(apk[:directory], apk[directory:end], apk[end:])
	var entries []byte
	for _, e := range make(digest) {
		entries = binary.LittleEndian.AppendUint64(entries, uint64(len(e.Value)+4))
		entries = binary.LittleEndian.AppendUint32(entries, e.ID)
		entries = append(entries, e.Value...)
	}
	size := binary.LittleEndian.AppendUint64(nil, uint64(len(entries)+24))
	block := slices.Concat(size, entries, size, []byte("APK Sig Block 42"))
	out := slices.Concat(apk[:directory], block, apk[directory:])
	binary.LittleEndian.PutUint32(out[len(out)-6:], uint32(directory+len(block)))
	return out
}

func chunked(parts ...[]byte) []byte {
	var sums []byte
	count := 0
	for _, p := range parts {
		for c := range slices.Chunk(p, 1<<20) {
			count++
			sum := sha256.Sum256(slices.Concat(binary.LittleEndian.AppendUint32([]byte{0xa5}, uint32(len(c))), c))
			sums = append(sums, sum[:]...)
		}
	}
	top := sha256.Sum256(slices.Concat(binary.LittleEndian.AppendUint32([]byte{0x5a}, uint32(count)), sums))
	return top[:]
}

// Numbers of the schemes' entries and of the signature algorithm used: ECDSA with
// SHA-256.
const (
	idV2, idV3, idV31 = 0x7109871a, 0xf05368c0, 0x1b93ad61
	algorithm         = 0x0201
)

// field gives the parts with the length of all of them before.
func field(parts ...[]byte) []byte {
	all := slices.Concat(parts...)
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(all))), all...)
}

func number(v int) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(v)) }

// V2 gives an entry of scheme v2, signed by all keys. strip names a scheme that
// it says was there too, 0 for none.
func V2(digest []byte, strip int, keys ...Key) Entry {
	var signers [][]byte
	for _, k := range keys {
		var attrs []byte
		if strip != 0 {
			attrs = field(number(0xbeeff00d), number(strip))
		}
		signed := slices.Concat(field(field(number(algorithm), field(digest))), field(field(k.Cert)), field(attrs))
		signers = append(signers, field(field(signed), field(field(number(algorithm), field(k.Sign(signed)))), field(k.Public())))
	}
	return Entry{idV2, field(signers...)}
}

// V3 gives an entry of scheme v3 by the last of the keys, the others before it in
// its lineage, for API levels from minSDK to maxSDK. from is the level from which
// a v3.1 entry counts, 0 for none.
func V3(digest []byte, minSDK, maxSDK, from int, lineage ...Key) Entry {
	k := lineage[len(lineage)-1]
	var attrs [][]byte
	if len(lineage) > 1 {
		attrs = append(attrs, field(number(0x3ba06f8c), Lineage(lineage...)))
	}
	if from != 0 {
		attrs = append(attrs, field(number(0x559f8b02), number(from)))
	}
	levels := append(number(minSDK), number(maxSDK)...)
	signed := slices.Concat(field(field(number(algorithm), field(digest))), field(field(k.Cert)), levels, field(attrs...))
	signer := slices.Concat(field(signed), levels, field(field(number(algorithm), field(k.Sign(signed)))), field(k.Public()))
	return Entry{idV3, field(field(signer))}
}

// V31 is V3 as an entry of scheme v3.1.
func V31(digest []byte, minSDK, maxSDK int, lineage ...Key) Entry {
	e := V3(digest, minSDK, maxSDK, 0, lineage...)
	e.ID = idV31
	return e
}

// Lineage gives a proof of rotation: every key signs the certificate of the next.
func Lineage(keys ...Key) []byte {
	out := number(1)
	for i, k := range keys {
		signed := append(field(k.Cert), number(algorithm)...)
		var sig []byte
		if i > 0 {
			sig = keys[i-1].Sign(signed)
		}
		out = append(out, field(field(signed), number(0), number(algorithm), field(sig))...)
	}
	return out
}

// Sign signs data by ECDSA with SHA-256.
func (k Key) Sign(data []byte) []byte {
	sum := sha256.Sum256(data)
	sig, err := k.Private.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		panic(err) // P-256 signs every digest
	}
	return sig
}

// Public is the public key in DER form.
func (k Key) Public() []byte {
	der, err := x509.MarshalPKIXPublicKey(&k.Private.PublicKey)
	if err != nil {
		panic(err) // a P-256 key has a form
	}
	return der
}

// Signed makes the APK with the schemes v2 and v3 by that key.
func (a App) Signed(k Key) []byte {
	return Attach(a.Unsigned(), func(digest []byte) []Entry {
		return []Entry{V2(digest, 3, k), V3(digest, 28, 1<<31-1, 0, k)}
	})
}
