package firmwaretest

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
)

// number and text write fields of a protocol buffers message.
func number(field int, v uint64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(nil, uint64(field)<<3), v)
}

func text(field int, b []byte) []byte {
	out := binary.AppendUvarint(nil, uint64(field)<<3|2)
	return append(binary.AppendUvarint(out, uint64(len(b))), b...)
}

// Payload writes a full update, uncompressed, without signatures. minor is the
// manifest's minor version: 0 is a full update.
func Payload(minor uint64, parts ...File) []byte {
	const block = 4096
	var manifest, data []byte
	for _, p := range parts {
		image := pad(bytes.Clone(p.Data), block)
		sum := sha256.Sum256(image)
		var ops []byte
		for at := 0; at < len(image); at += 2 * block {
			b := image[at:min(len(image), at+2*block)]
			ext := text(6, append(number(1, uint64(at/block)), number(2, uint64(len(b)/block))...))
			if bytes.Equal(b, make([]byte, len(b))) {
				ops = append(ops, text(8, append(number(1, 6), ext...))...)
				continue
			}
			s := sha256.Sum256(b)
			op := append(number(1, 0), number(2, uint64(len(data)))...)
			op = append(append(op, number(3, uint64(len(b)))...), ext...)
			ops = append(ops, text(8, append(op, text(8, s[:])...))...)
			data = append(data, b...)
		}
		info := append(number(1, uint64(len(image))), text(2, sum[:])...)
		manifest = append(manifest, text(13, append(append(text(1, []byte(p.Name)), text(7, info)...), ops...))...)
	}
	manifest = append(append(number(3, block), number(12, minor)...), manifest...)
	h := append([]byte("CrAU"), make([]byte, 20)...)
	be.PutUint64(h[4:], 2)
	be.PutUint64(h[12:], uint64(len(manifest)))
	return append(append(h, manifest...), data...)
}
