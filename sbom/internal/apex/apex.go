// Package apex reads the containers of Android's system modules.
//
// An APEX is a ZIP archive, signed as an APK is, that holds a file system image:
//
//	AndroidManifest.xml   package and SDK levels, as in an APK
//	apex_manifest.pb      name and version (system/apex/proto/apex_manifest.proto)
//	apex_payload.img      the image, sealed by Android Verified Boot at its end
//	apex_pubkey           the key that seals it
//
// A compressed APEX, as it lies in a system image, holds an APEX again:
// original_apex, and in its manifest the digest of the payload in it.
//
// This package reads the manifest; the archive, its signature and the seal of the
// payload are read by apkzip, apksig and avb.
package apex

import (
	"errors"
	"fmt"
)

// Names of the entries.
const (
	ManifestName = "apex_manifest.pb"
	PayloadName  = "apex_payload.img"
	KeyName      = "apex_pubkey"
	OriginalName = "original_apex"
)

// MaxManifest bounds apex_manifest.pb. It holds names of libraries; those of
// Android are below 10 KiB.
const MaxManifest = 1 << 20

// A Manifest is what apex_manifest.pb says.
type Manifest struct {
	Name        string
	Version     int64
	VersionName string // "" if not told
	// OriginalDigest is the root digest of the payload in a compressed APEX, in
	// hex; "" in any other.
	OriginalDigest string
}

// Numbers of the fields.
const (
	fieldName           = 1
	fieldVersion        = 2
	fieldVersionName    = 5
	fieldCompressed     = 13
	fieldOriginalDigest = 1 // in fieldCompressed
)

// ParseManifest reads an apex_manifest.pb. Fields that it does not know are
// passed over, as protocol buffers want it.
func ParseManifest(data []byte) (Manifest, error) {
	if len(data) > MaxManifest {
		return Manifest{}, fmt.Errorf("%s: larger than %d bytes", ManifestName, MaxManifest)
	}
	var m Manifest
	err := fields(data, func(f field) error {
		switch {
		case f.number == fieldName && f.bytes != nil:
			m.Name = string(f.bytes)
		case f.number == fieldVersion && f.bytes == nil:
			m.Version = int64(f.varint)
		case f.number == fieldVersionName && f.bytes != nil:
			m.VersionName = string(f.bytes)
		case f.number == fieldCompressed && f.bytes != nil:
			return fields(f.bytes, func(in field) error {
				if in.number == fieldOriginalDigest && in.bytes != nil {
					m.OriginalDigest = string(in.bytes)
				}
				return nil
			})
		}
		return nil
	})
	if err != nil {
		return Manifest{}, fmt.Errorf("%s: %w", ManifestName, err)
	}
	if m.Name == "" {
		return Manifest{}, fmt.Errorf("%s: it names no module", ManifestName)
	}
	return m, nil
}

// A field of a message: a number (varint) or bytes.
type field struct {
	number uint64
	varint uint64
	bytes  []byte // nil in a number
}

var errCut = errors.New("a field is cut off")

// fields calls f for every field of the message (protobuf.dev, "Encoding").
func fields(b []byte, f func(field) error) error {
	for len(b) > 0 {
		key, rest, ok := varint(b)
		if !ok || key>>3 == 0 {
			return errCut
		}
		one := field{number: key >> 3}
		b = rest
		switch key & 7 {
		case 0:
			if one.varint, b, ok = varint(b); !ok {
				return errCut
			}
		case 1, 5: // 64 and 32 bits, of which the manifest has none
			n := 8
			if key&7 == 5 {
				n = 4
			}
			if len(b) < n {
				return errCut
			}
			b = b[n:]
			continue
		case 2:
			n, rest, ok := varint(b)
			if !ok || n > uint64(len(rest)) {
				return errCut
			}
			one.bytes, b = rest[:n:n], rest[n:]
		default:
			return fmt.Errorf("a field of the unknown type %d", key&7)
		}
		if err := f(one); err != nil {
			return err
		}
	}
	return nil
}

// varint reads a number of seven bits a byte, the lowest first.
func varint(b []byte) (v uint64, rest []byte, ok bool) {
	for i := 0; i < len(b) && i < 10; i++ {
		v |= uint64(b[i]&0x7f) << (7 * i)
		if b[i] < 0x80 {
			return v, b[i+1:], true
		}
	}
	return 0, nil, false
}
