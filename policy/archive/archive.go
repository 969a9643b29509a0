// Package archive keeps everything that a verdict rests on in one file, so that
// it can be judged again years later, offline, to the same bytes.
//
// # The format
//
// An archive is a zip file: manifest.json, result.json (the verdict in JSON, as
// it was), and the files that were read: the BOM, its signatures, the trust
// file with its keys, the registry, the packs with their lists, the waivers.
// Entries are sorted by name, stored with one fixed time and deflated, so the
// same files give the same bytes. The manifest says which file plays which
// part, and gives the dates that the caller chose.
//
// An archive proves nothing by itself: whoever made it chose the trust in it.
// A reader who does not believe that choice judges the BOM in it under a trust
// of his own.
package archive

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/originbom/originbom/sbom/strictjson"
)

// Format is the first word of every manifest.
const Format = "originbom-evidence/1"

// Names of the two files that every archive holds.
const (
	ManifestName = "manifest.json"
	ResultName   = "result.json"
)

const (
	// MaxBytes bounds an archive, unpacked: the largest BOM, its signature with
	// the BOM in it once more, and lists.
	MaxBytes = 512 << 20
	// maxFiles bounds its files: a registry has eleven, a trust file some keys.
	maxFiles = 4096
)

// A Manifest says which file of an archive plays which part. Names are paths in
// the archive; "" is not used.
type Manifest struct {
	Format   string   `json:"format"`
	Tool     string   `json:"tool"`
	Name     string   `json:"name"` // the BOM's file name, as the verdict gives it
	BOM      string   `json:"bom"`
	Bundles  []string `json:"bundles,omitempty"`
	Trust    string   `json:"trust,omitempty"`
	TrustKey string   `json:"trustKey,omitempty"` // or one public key
	KeyName  string   `json:"keyName,omitempty"`  // as the verdict names it
	Registry string   `json:"registry"`           // folder with the program's registry
	Overlay  string   `json:"overlay,omitempty"`  // folder laid over it
	Packs    []string `json:"packs"`
	// Shelf is the folder with the packs that came with the program; a pack in it
	// is one of those. Pins are the digests by which packs were pinned, by path.
	Shelf       string            `json:"embedded,omitempty"`
	Pins        map[string]string `json:"pins,omitempty"`
	SignedPacks bool              `json:"signedPacks,omitempty"` // only signed packs were to count
	Claims      string            `json:"claims,omitempty"`      // folder with claim bundles that came beside the BOM
	Waivers     string            `json:"waivers,omitempty"`
	AsOf        string            `json:"asOf"`
	VerifyAt    string            `json:"verifyAt"`
	Chosen      bool              `json:"verifyAtChosen"` // the caller chose the time
	Award       string            `json:"award,omitempty"`
	Delivery    string            `json:"delivery,omitempty"`
}

// stamp is the time of every entry: zip cannot say none.
func stamp() time.Time { return time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC) }

// Write packs the files, by their paths in the archive, with the manifest.
func Write(w io.Writer, m Manifest, files map[string][]byte) error {
	m.Format = Format
	head, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	names := []string{ManifestName}
	for name := range files {
		if !fs.ValidPath(name) || name == ManifestName {
			return fmt.Errorf("%q cannot be the name of a file in an archive", name)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	z := zip.NewWriter(w)
	for _, name := range names {
		data := files[name]
		if name == ManifestName {
			data = append(head, '\n')
		}
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: stamp()})
		if err != nil {
			return err
		}
		if _, err := f.Write(data); err != nil {
			return err
		}
	}
	return z.Close()
}

// IsArchive reports whether data begins as a zip file does.
func IsArchive(data []byte) bool { return bytes.HasPrefix(data, []byte("PK\x03\x04")) }

// Read unpacks an archive. The files are those that Write was given; nothing
// is written to disk.
func Read(file string, data []byte) (Manifest, fs.FS, error) {
	m, fsys, err := read(data)
	if err != nil {
		return Manifest{}, nil, fmt.Errorf("%s: %w", file, err)
	}
	return m, fsys, nil
}

func read(data []byte) (m Manifest, fsys fs.FS, err error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return m, nil, fmt.Errorf("not an evidence archive: %w", err)
	}
	if len(z.File) > maxFiles {
		return m, nil, fmt.Errorf("holds more than %d files", maxFiles)
	}
	files := map[string][]byte{}
	left := int64(MaxBytes)
	for _, f := range z.File {
		if !fs.ValidPath(f.Name) || path.Clean(f.Name) != f.Name || strings.Contains(f.Name, `\`) || !f.Mode().IsRegular() {
			return m, nil, fmt.Errorf("entry %q is not a plain file", f.Name)
		}
		if _, twice := files[f.Name]; twice {
			return m, nil, fmt.Errorf("entry %q stands twice", f.Name)
		}
		r, err := f.Open()
		if err != nil {
			return m, nil, fmt.Errorf("entry %q: %w", f.Name, err)
		}
		b, err := io.ReadAll(io.LimitReader(r, left+1))
		if err = errors.Join(err, r.Close()); err != nil {
			return m, nil, fmt.Errorf("entry %q: %w", f.Name, err)
		}
		if left -= int64(len(b)); left < 0 {
			return m, nil, fmt.Errorf("unpacks to more than %d MiB", MaxBytes>>20)
		}
		files[f.Name] = b
	}
	head, ok := files[ManifestName]
	if !ok {
		return m, nil, fmt.Errorf("not an evidence archive: it has no %s", ManifestName)
	}
	if err := strictjson.Check(head, nil); err != nil {
		return m, nil, fmt.Errorf("%s: %w", ManifestName, err)
	}
	dec := json.NewDecoder(bytes.NewReader(head))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		return m, nil, fmt.Errorf("%s: %w", ManifestName, err)
	}
	if m.Format != Format {
		return m, nil, fmt.Errorf("%s: format %q is not %s", ManifestName, m.Format, Format)
	}
	for _, name := range slices.Concat([]string{m.BOM, m.Trust, m.TrustKey, m.Waivers, ResultName}, m.Bundles, m.Packs) {
		if _, ok := files[name]; name != "" && !ok {
			return m, nil, fmt.Errorf("%s names %q, which is not in the archive", ManifestName, name)
		}
	}
	if m.BOM == "" {
		return m, nil, fmt.Errorf("%s names no BOM", ManifestName)
	}
	return m, z, nil
}
