// Package firmwaretest writes small images in Android's containers, for tests:
// sparse and super images, boot images, tables of device trees, vbmeta and its
// footers, full update payloads. It is written from the public documents of the
// formats, apart from the readers. Keys that it makes are test keys.
package firmwaretest

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/binary"
	"math/big"
)

var le, be = binary.LittleEndian, binary.BigEndian

func pad(b []byte, n int) []byte { return append(b, make([]byte, (n-len(b)%n)%n)...) }

func field(s string, n int) []byte { return append([]byte(s), make([]byte, n-len(s))...) }

// Sparse writes an image as a sparse one with blocks of 4096 bytes: zeros become
// holes, blocks of one word fill chunks.
func Sparse(image []byte) []byte {
	image = pad(bytes.Clone(image), 4096)
	var body []byte
	chunks := 0
	for i := 0; i < len(image); i += 4096 {
		b := image[i : i+4096]
		kind, data := uint16(0xcac1), b
		if bytes.Equal(b, bytes.Repeat(b[:4], 1024)) {
			kind, data = 0xcac2, b[:4]
			if bytes.Equal(data, make([]byte, 4)) {
				kind, data = 0xcac3, nil
			}
		}
		body = le.AppendUint16(body, kind)
		body = le.AppendUint16(body, 0)
		body = le.AppendUint32(body, 1)
		body = le.AppendUint32(body, uint32(12+len(data)))
		body = append(body, data...)
		chunks++
	}
	h := le.AppendUint32(nil, 0xed26ff3a)
	for _, v := range []uint16{1, 0, 28, 12} {
		h = le.AppendUint16(h, v)
	}
	for _, v := range []uint32{4096, uint32(len(image) / 4096), uint32(chunks), 0} {
		h = le.AppendUint32(h, v)
	}
	return append(h, body...)
}

// A File is a named image.
type File struct {
	Name string
	Data []byte
}

// Super writes a super image with metadata of version 10.0 in one slot.
func Super(parts ...File) []byte {
	const start = 1 << 20
	var ps, es, data []byte
	for i, p := range parts {
		image := pad(bytes.Clone(p.Data), 4096)
		ps = append(ps, field(p.Name, 36)...)
		for _, v := range []uint32{1, uint32(i), 1, 0} {
			ps = le.AppendUint32(ps, v)
		}
		es = le.AppendUint64(es, uint64(len(image)/512))
		es = le.AppendUint32(es, 0)
		es = le.AppendUint64(es, uint64((start+len(data))/512))
		es = le.AppendUint32(es, 0)
		data = append(data, image...)
	}
	group := append(field("default", 36), make([]byte, 12)...)
	device := le.AppendUint64(nil, start/512)
	device = append(device, make([]byte, 56)...)
	tables := append(append(append(bytes.Clone(ps), es...), group...), device...)
	h := le.AppendUint32(nil, 0x414c5030)
	h = le.AppendUint16(h, 10)
	h = le.AppendUint16(h, 0)
	h = le.AppendUint32(h, 128)
	h = append(h, make([]byte, 32)...)
	h = le.AppendUint32(h, uint32(len(tables)))
	sum := sha256.Sum256(tables)
	h = append(h, sum[:]...)
	off := uint32(0)
	for _, t := range []struct{ n, size int }{{len(parts), 52}, {len(parts), 24}, {1, 48}, {1, 64}} {
		h = le.AppendUint32(h, off)
		h = le.AppendUint32(h, uint32(t.n))
		h = le.AppendUint32(h, uint32(t.size))
		off += uint32(t.n * t.size)
	}
	sum = sha256.Sum256(h)
	copy(h[12:], sum[:])
	g := le.AppendUint32(nil, 0x616c4467)
	g = le.AppendUint32(g, 52)
	g = append(g, make([]byte, 32)...)
	for _, v := range []uint32{65536, 1, 4096} {
		g = le.AppendUint32(g, v)
	}
	sum = sha256.Sum256(g)
	copy(g[8:], sum[:])
	out := make([]byte, start)
	copy(out[4096:], g)
	copy(out[8192:], g)
	copy(out[12288:], append(h, tables...))
	copy(out[12288+65536:], append(h, tables...))
	return append(out, data...)
}

// EditSuper flips bits of the byte at in the first metadata of a super image that
// Super made, and puts its digests right.
func EditSuper(super []byte, at int, bits byte) {
	m := super[12288:]
	m[at] ^= bits
	size, tables := int(le.Uint32(m[8:])), int(le.Uint32(m[44:]))
	if size != 128 || tables > 4096 {
		return
	}
	sum := sha256.Sum256(m[size : size+tables])
	copy(m[48:], sum[:])
	clear(m[12:44])
	sum = sha256.Sum256(m[:size])
	copy(m[12:], sum[:])
}

// Boot writes a boot image of header version 2 with pages of 2048 bytes.
func Boot(kernel, ramdisk, dtb []byte, commandLine string) []byte {
	h := append([]byte("ANDROID!"), make([]byte, 2040)...)
	le.PutUint32(h[8:], uint32(len(kernel)))
	le.PutUint32(h[16:], uint32(len(ramdisk)))
	le.PutUint32(h[36:], 2048)
	le.PutUint32(h[40:], 2)
	le.PutUint32(h[44:], 13<<25|23<<4|6)
	copy(h[64:576], commandLine)
	le.PutUint32(h[1644:], 1660)
	le.PutUint32(h[1648:], uint32(len(dtb)))
	for _, b := range [][]byte{kernel, ramdisk, dtb} {
		h = append(h, pad(bytes.Clone(b), 2048)...)
	}
	return h
}

// Table writes a table of device trees (dtbo).
func Table(trees ...[]byte) []byte {
	at := 32 + 32*len(trees)
	var entries, data []byte
	for i, t := range trees {
		for _, v := range []uint32{uint32(len(t)), uint32(at + len(data)), uint32(i), 0, 0, 0, 0, 0} {
			entries = be.AppendUint32(entries, v)
		}
		data = append(data, pad(bytes.Clone(t), 4)...)
	}
	var h []byte
	for _, v := range []uint32{0xd7b7ab1e, uint32(at + len(data)), 32, 32, uint32(len(trees)), 32, 2048, 0} {
		h = be.AppendUint32(h, v)
	}
	return append(append(h, entries...), data...)
}

// CPIO writes a newc archive of regular files.
func CPIO(files ...File) []byte {
	var b []byte
	for _, f := range append(files, File{Name: "TRAILER!!!"}) {
		h := []byte("070701")
		for i := range 13 {
			v := map[int]int{1: 0o100644, 6: len(f.Data), 11: len(f.Name) + 1}[i]
			h = append(h, []byte("00000000")[:8-len(hex(v))]...)
			h = append(h, hex(v)...)
		}
		b = append(b, pad(append(h, f.Name+"\x00"...), 4)...)
		b = append(b, pad(bytes.Clone(f.Data), 4)...)
	}
	return b
}

func hex(v int) string { return big.NewInt(int64(v)).Text(16) }

// Key makes a test key of 2048 bits.
func Key() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // the system has no randomness
	}
	return k
}

// PublicKey is a key in AVB's form.
func PublicKey(k *rsa.PrivateKey) []byte {
	b := be.AppendUint32(nil, 2048)
	b = be.AppendUint32(b, 0)
	b = append(b, k.N.FillBytes(make([]byte, 256))...)
	return append(b, make([]byte, 256)...)
}

func descriptor(tag uint64, body []byte) []byte {
	body = pad(body, 8)
	return append(be.AppendUint64(be.AppendUint64(nil, tag), uint64(len(body))), body...)
}

var salt = []byte("a salt of a test, 32 bytes long.")

// HashDescriptor describes a partition by its digest.
func HashDescriptor(name string, image []byte) []byte {
	b := be.AppendUint64(nil, uint64(len(image)))
	b = append(b, field("sha256", 32)...)
	for _, v := range []int{len(name), len(salt), 32, 0} {
		b = be.AppendUint32(b, uint32(v))
	}
	b = append(b, make([]byte, 60)...)
	sum := sha256.Sum256(append(bytes.Clone(salt), image...))
	return descriptor(2, append(append(append(b, name...), salt...), sum[:]...))
}

// TreeDescriptor describes a partition by the root of its hash tree over blocks
// of 4096 bytes, computed level by level.
func TreeDescriptor(name string, image []byte) []byte {
	level := pad(bytes.Clone(image), 4096)
	for len(level) > 4096 {
		var up []byte
		for i := 0; i < len(level); i += 4096 {
			sum := sha256.Sum256(append(bytes.Clone(salt), level[i:i+4096]...))
			up = append(up, sum[:]...)
		}
		level = pad(up, 4096)
	}
	root := sha256.Sum256(append(bytes.Clone(salt), level...))
	b := be.AppendUint32(nil, 1)
	for _, v := range []uint64{uint64(len(image)), uint64(len(image)), 0} {
		b = be.AppendUint64(b, v)
	}
	for _, v := range []uint32{4096, 4096, 0} {
		b = be.AppendUint32(b, v)
	}
	b = append(b, make([]byte, 16)...)
	b = append(b, field("sha256", 32)...)
	for _, v := range []int{len(name), len(salt), 32, 0} {
		b = be.AppendUint32(b, uint32(v))
	}
	b = append(b, make([]byte, 60)...)
	return descriptor(1, append(append(append(b, name...), salt...), root[:]...))
}

// ChainDescriptor names the key that signs a partition.
func ChainDescriptor(name string, k *rsa.PrivateKey) []byte {
	pub := PublicKey(k)
	b := be.AppendUint32(nil, 1)
	b = be.AppendUint32(b, uint32(len(name)))
	b = be.AppendUint32(b, uint32(len(pub)))
	b = append(b, make([]byte, 64)...)
	return descriptor(4, append(append(b, name...), pub...))
}

// VBMeta writes a vbmeta image, signed unless k is nil.
func VBMeta(k *rsa.PrivateKey, rollback uint64, flags uint32, descriptors ...[]byte) []byte {
	ds := bytes.Join(descriptors, nil)
	h := append([]byte("AVB0"), make([]byte, 252)...)
	var pub []byte
	if k != nil {
		pub = PublicKey(k)
		be.PutUint64(h[12:], 320)
		be.PutUint32(h[28:], 1)
		for i, v := range []uint64{0, 32, 32, 256} {
			be.PutUint64(h[32+8*i:], v)
		}
	}
	aux := pad(append(bytes.Clone(ds), pub...), 64)
	be.PutUint32(h[4:], 1)
	be.PutUint64(h[20:], uint64(len(aux)))
	be.PutUint64(h[64:], uint64(len(ds)))
	be.PutUint64(h[72:], uint64(len(pub)))
	be.PutUint64(h[104:], uint64(len(ds)))
	be.PutUint64(h[112:], rollback)
	be.PutUint32(h[120:], flags)
	copy(h[128:], "firmwaretest")
	if k == nil {
		return append(h, aux...)
	}
	sum := sha256.Sum256(append(bytes.Clone(h), aux...))
	sig, err := rsa.SignPKCS1v15(nil, k, crypto.SHA256, sum[:])
	if err != nil {
		panic(err) // the key is of our own making
	}
	return append(append(h, pad(append(sum[:], sig...), 64)...), aux...)
}

// Footer puts a vbmeta with a footer behind an image, in a partition of size
// bytes.
func Footer(image, vbmeta []byte, size int) []byte {
	out := append(bytes.Clone(image), vbmeta...)
	out = append(out, make([]byte, size-64-len(out))...)
	f := append([]byte("AVBf"), make([]byte, 60)...)
	be.PutUint32(f[4:], 1)
	be.PutUint64(f[12:], uint64(len(image)))
	be.PutUint64(f[20:], uint64(len(image)))
	be.PutUint64(f[28:], uint64(len(vbmeta)))
	return append(out, f...)
}
