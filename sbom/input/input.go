// Package input finds out what a file or folder is, by its content, and has it
// read: device trees and part lists by sbom/hardware, root folders by
// sbom/software, CycloneDX documents by sbom.
package input

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/hardware"
	"github.com/originbom/originbom/sbom/software"
)

// MaxBytes bounds an input file that is read whole. Images, which are larger,
// are not read yet.
const MaxBytes = 128 << 20

// Options tell what an input itself cannot.
type Options struct {
	Columns map[string]string // see hardware.PartListOptions
	By      string            // the party that wrote a document
}

// A Result is what an input told.
type Result struct {
	Reading sbom.Reading
	Claims  []sbom.AttachedFile // signed claim bundles, not verified here
}

// ErrNotBuilt marks inputs of a kind that this version knows and cannot read.
var ErrNotBuilt = errors.New("reading it is not built yet")

// accepted is what Read understands, for messages.
const accepted = "a flattened device tree, a part list (CSV), a CycloneDX JSON document, a claim bundle, or a root folder"

// File reads a file. name is what evidence calls it. opts may be nil.
func File(name string, data []byte, opts *Options) (Result, error) {
	if opts == nil {
		opts = new(Options)
	}
	if len(data) > MaxBytes {
		return Result{}, fmt.Errorf("%s: larger than %d MiB", name, MaxBytes>>20)
	}
	sum := sha256.Sum256(data)
	src := sbom.Source{Name: name, Digest: hex.EncodeToString(sum[:])}
	kind := Detect(data)
	if len(opts.Columns) > 0 && kind != PartList {
		return Result{}, fmt.Errorf("%s: columns are given, but it is %s and no part list", name, kind)
	}
	var res Result
	var err error
	switch kind {
	case DeviceTree:
		res.Reading, err = hardware.ReadDeviceTree(name, data)
	case PartList:
		res.Reading, err = hardware.ReadPartList(src, data, &hardware.PartListOptions{Columns: opts.Columns, By: opts.By})
	case CycloneDX:
		res.Reading, res.Claims, err = sbom.ReadBOM(name, data)
	case ClaimBundle:
		res = claimBundle(src, data)
	case Nothing:
		err = fmt.Errorf("%s: the file is empty", name)
	case Unknown:
		err = fmt.Errorf("%s: it is not known what this file is: give %s", name, accepted)
	default:
		err = fmt.Errorf("%s: this is %s: %w: give %s", name, kind, ErrNotBuilt, accepted)
	}
	if err != nil {
		return Result{}, err
	}
	return res, nil
}

// claimBundle keeps a bundle as it is. Nothing it says is used before it can be
// verified.
func claimBundle(src sbom.Source, data []byte) Result {
	return Result{
		Reading: sbom.Reading{
			Input: sbom.Input{Name: src.Name, Kind: string(ClaimBundle), Digest: src.Digest},
			Notes: []sbom.Note{{File: src.Name, Text: "the claim is attached as it is; what it says is not used, since verifying claims is not built yet"}},
		},
		Claims: []sbom.AttachedFile{{Name: src.Name, MediaType: "application/vnd.dev.sigstore.bundle.v0.3+json", Data: data}},
	}
}

// Folder reads the software of a root folder.
func Folder(ctx context.Context, name string, root fs.FS) (Result, error) {
	r, err := software.Catalog(ctx, root, name)
	if err != nil {
		return Result{}, fmt.Errorf("%s: %w", name, err)
	}
	return Result{Reading: r}, nil
}

// A Kind says what a file is, in words.
type Kind string

// The kinds. Those after Unknown are known and not read.
const (
	DeviceTree  Kind = "a flattened device tree"
	PartList    Kind = "a part list"
	CycloneDX   Kind = "a CycloneDX document"
	ClaimBundle Kind = "a claim bundle"
	Nothing     Kind = "nothing"
	Unknown     Kind = "unknown"

	ZIP         Kind = "a ZIP archive (a spreadsheet, an APK or an OTA package)"
	SPDX        Kind = "an SPDX document"
	OldExcel    Kind = "an old Excel workbook"
	BootImage   Kind = "an Android boot image"
	Sparse      Kind = "an Android sparse image"
	Payload     Kind = "an OTA payload"
	VBMeta      Kind = "an AVB vbmeta image"
	XMLDocument Kind = "an XML document"
	GitLFS      Kind = "a Git LFS pointer in place of the file: fetch the file with git lfs pull"
	ELF         Kind = "an ELF file"
	Compressed  Kind = "a compressed file: unpack it first"
)

var magics = []struct {
	magic string
	kind  Kind
}{
	{"PK\x03\x04", ZIP}, {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OldExcel}, {"ANDROID!", BootImage}, {"VNDRBOOT", BootImage},
	{"\x3a\xff\x26\xed", Sparse}, {"CrAU", Payload}, {"AVB0", VBMeta}, {"version https://git-lfs", GitLFS}, {"\x7fELF", ELF},
	{"\x1f\x8b", Compressed}, {"\x28\xb5\x2f\xfd", Compressed}, {"\xfd7zXZ", Compressed}, {"<?xml", XMLDocument}, {"SPDXVersion:", SPDX},
}

// Detect says what a file is by its content.
func Detect(data []byte) Kind {
	if len(bytes.TrimSpace(data)) == 0 {
		return Nothing
	}
	if hardware.IsDeviceTree(data) {
		return DeviceTree
	}
	for _, m := range magics {
		if bytes.HasPrefix(data, []byte(m.magic)) {
			return m.kind
		}
	}
	if trimmed := bytes.TrimLeft(data, "\xef\xbb\xbf \t\r\n"); len(trimmed) > 0 && trimmed[0] == '{' {
		return detectJSON(trimmed)
	}
	if isText(data) {
		return PartList
	}
	return Unknown
}

// detectJSON looks at the top-level members alone. A document that does not
// parse is taken for what its beginning says, so that the parser can say what
// is wrong with it.
func detectJSON(data []byte) Kind {
	var top struct {
		BOMFormat   string `json:"bomFormat"`
		MediaType   string `json:"mediaType"`
		SPDXVersion string `json:"spdxVersion"`
	}
	if err := json.Unmarshal(data, &top); err != nil && bytes.Contains(data[:min(len(data), 4096)], []byte("bomFormat")) {
		return CycloneDX
	}
	switch {
	case top.BOMFormat != "":
		return CycloneDX
	case top.SPDXVersion != "":
		return SPDX
	case strings.HasPrefix(top.MediaType, "application/vnd.dev.sigstore.bundle"):
		return ClaimBundle
	}
	return Unknown
}

// isText reports whether the beginning holds no control characters but white
// space, as text in any encoding but UTF-16 does.
func isText(data []byte) bool {
	for _, b := range data[:min(len(data), 4096)] {
		if b < 0x20 && b != '\n' && b != '\r' && b != '\t' || b == 0x7f {
			return false
		}
	}
	return true
}
