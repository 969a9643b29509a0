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
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/firmware"
	"github.com/originbom/originbom/sbom/hardware"
	"github.com/originbom/originbom/sbom/internal/ipc2581"
	"github.com/originbom/originbom/sbom/internal/kicad"
	"github.com/originbom/originbom/sbom/internal/spreadsheet"
	"github.com/originbom/originbom/sbom/internal/table"
)

// MaxBytes bounds an input file that is read whole. Firmware images, which are
// larger, are for [Image].
const MaxBytes = 128 << 20

// Options tell what an input itself cannot.
type Options struct {
	Columns map[string]string // see hardware.PartListOptions
	By      string            // the party that wrote a document
	// Overlays are laid over a device tree; they may be nothing else's.
	Overlays []hardware.TreeFile
	// ELFHardening is that of software.Options.
	ELFHardening bool
}

// A Result is what an input told.
type Result struct {
	Reading sbom.Reading
	Account *hardware.Account   // how a part list was understood; nil for other inputs
	Claims  []sbom.AttachedFile // signed claim bundles, not verified here
	Inputs  []sbom.Input        // other files that were read for it: overlays
	More    []sbom.Reading      // of files in it that are inputs of their own: the device tree of a root folder
}

// ErrNotBuilt marks inputs of a kind that this version knows and cannot read.
var ErrNotBuilt = errors.New("reading it is not built yet")

// accepted is what Read understands, for messages.
const accepted = "a flattened device tree, a live dump, a part list (CSV, XLSX, IPC-2581, KiCad XML, TCG, lshw), a CycloneDX JSON document, a claim bundle, an APK or APEX, a firmware image, or a root folder"

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
	if len(opts.Columns) > 0 && !slices.Contains(inColumns, kind) {
		return Result{}, fmt.Errorf("%s: columns are given, but it is %s and no part list", name, kind)
	}
	var res Result
	var err error
	switch kind {
	case DeviceTree:
		res.Reading, err = hardware.ReadDeviceTrees(name, data, &hardware.TreeOptions{Overlays: opts.Overlays})
		res.Inputs = overlayInputs(opts.Overlays)
	case LiveDump:
		res.Reading, err = hardware.ReadLiveDump(name, data)
	case PartList, Workbook, IPC2581, KiCadNetlist:
		res, err = partList(hardware.ReadPartList(src, data, &hardware.PartListOptions{Columns: opts.Columns, By: opts.By}))
	case ComponentList:
		res, err = partList(hardware.ReadComponentList(src, data, opts.By))
	case Lshw:
		res, err = partList(hardware.ReadLshw(src, data))
	case CycloneDX:
		res.Reading, res.Claims, err = sbom.ReadBOM(name, data)
	case ClaimBundle:
		res = claimBundle(src, data)
	case Nothing:
		err = fmt.Errorf("%s: the file is empty", name)
	case Unknown:
		err = fmt.Errorf("%s: it is not known what this file is: give %s", name, accepted)
	default:
		if remedy := remedies[kind]; remedy != "" {
			return Result{}, fmt.Errorf("%s: this is %s: %s", name, kind, remedy)
		}
		err = fmt.Errorf("%s: this is %s: %w: give %s", name, kind, ErrNotBuilt, accepted)
	}
	if err != nil {
		return Result{}, err
	}
	return res, nil
}

// remedies say what to do with files that suppliers send for part lists and that
// cannot be read as one.
var remedies = map[Kind]string{
	OldExcel:  "open it in the spreadsheet program and save it as .xlsx without a password, or as CSV",
	OpenSheet: "open it and save it as .xlsx or as CSV",
	PDF:       "a table in it has no cells that evidence could name: ask for the spreadsheet that it was made from, as .xlsx or CSV",
	Picture:   "ask for the spreadsheet that it shows, as .xlsx or CSV",
	WebPage:   "open it in the spreadsheet program and save it as .xlsx or as CSV (programs write such files with the ending .xls)",
}

// inColumns are the kinds whose columns can be given a meaning.
var inColumns = []Kind{PartList, Workbook, IPC2581, KiCadNetlist}

func partList(l hardware.PartList, err error) (Result, error) {
	return Result{Reading: l.Reading, Account: &l.Account}, err
}

// claimBundle keeps a bundle as it is. Nothing it says is used before package
// claim has verified it.
func claimBundle(src sbom.Source, data []byte) Result {
	return Result{
		Reading: sbom.Reading{
			Input: sbom.Input{Name: src.Name, Kind: string(ClaimBundle), Digest: src.Digest},
		},
		Claims: []sbom.AttachedFile{{Name: src.Name, MediaType: "application/vnd.dev.sigstore.bundle.v0.3+json", Data: data}},
	}
}

// Folder reads the software of a root folder, or a folder of firmware. opts
// and watch may be nil.
func Folder(ctx context.Context, name string, root fs.FS, opts *Options, watch firmware.Watch) (Result, error) {
	if hardware.IsDeviceTreeFolder(root) {
		return deviceTreeFolder(name, root)
	}
	if firmware.IsFolder(root) {
		return firmwareFolder(ctx, name, root, opts, watch)
	}
	r, err := opts.catalog()(ctx, root, name)
	if err != nil {
		return Result{}, fmt.Errorf("%s: %w", name, err)
	}
	if len(r.Properties) > 0 {
		r.Notes = append(r.Notes, sbom.Note{File: name, Text: "what was found of its files as a whole is left out: no os-release says which system they are", Remedy: "give the folder that holds the phone's etc and usr"})
	}
	res := Result{Reading: r}
	if err := res.readBootTree(name, root); err != nil {
		return Result{}, err
	}
	if tellsNothing(res.Reading) && len(res.More) == 0 {
		return Result{}, emptyFolder(name, root)
	}
	return res, nil
}

// A Kind says what a file is, in words.
type Kind string

// The kinds. Those after Unknown are known and not read.
const (
	DeviceTree    Kind = "a flattened device tree"
	LiveDump      Kind = "a dump of a running phone"
	PartList      Kind = "a part list"
	Workbook      Kind = "an Excel workbook"
	IPC2581       Kind = "an IPC-2581 file"
	KiCadNetlist  Kind = "a KiCad netlist"
	ComponentList Kind = "a TCG component list"
	Lshw          Kind = "a list made by lshw"
	CycloneDX     Kind = "a CycloneDX document"
	ClaimBundle   Kind = "a claim bundle"
	Nothing       Kind = "nothing"
	Unknown       Kind = "unknown"

	ZIP         Kind = "a ZIP archive (an APK or an OTA package)"
	SPDX        Kind = "an SPDX document"
	OldExcel    Kind = "an Excel workbook of the old format (.xls), or one with a password"
	OpenSheet   Kind = "an OpenDocument file"
	PDF         Kind = "a PDF"
	Picture     Kind = "a picture"
	WebPage     Kind = "a web page"
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
	{"PK\x03\x04", ZIP},
	{"%PDF-", PDF},
	{"\x89PNG", Picture},
	{"\xff\xd8\xff", Picture},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OldExcel},
	{"ANDROID!", BootImage},
	{"VNDRBOOT", BootImage},
	{"\x3a\xff\x26\xed", Sparse},
	{"CrAU", Payload},
	{"AVB0", VBMeta},
	{"version https://git-lfs", GitLFS},
	{"\x7fELF", ELF},
	{"\x1f\x8b", Compressed},
	{"\x28\xb5\x2f\xfd", Compressed},
	{"\xfd7zXZ", Compressed},
	{"<?xml", XMLDocument},
	{"SPDXVersion:", SPDX},
}

// Detect says what a file is by its content.
func Detect(data []byte) Kind {
	if len(bytes.TrimSpace(data)) == 0 {
		return Nothing
	}
	if hardware.IsDeviceTree(data) {
		return DeviceTree
	}
	if hardware.IsLiveDump(data) {
		return LiveDump
	}
	switch {
	case spreadsheet.IsWorkbook(data):
		return Workbook
	case ipc2581.IsFile(data):
		return IPC2581
	case kicad.IsNetlist(data):
		return KiCadNetlist
	}
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) && bytes.Contains(data[:min(len(data), 128)], []byte("application/vnd.oasis.opendocument")) {
		return OpenSheet
	}
	if isWebPage(data) {
		return WebPage
	}
	for _, m := range magics {
		if bytes.HasPrefix(data, []byte(m.magic)) {
			return m.kind
		}
	}
	if trimmed := bytes.TrimLeft(data, "\xef\xbb\xbf \t\r\n"); len(trimmed) > 0 && trimmed[0] == '{' {
		return detectJSON(trimmed)
	} else if isLshwList(trimmed) {
		return Lshw
	}
	if table.IsText(data) {
		return PartList
	}
	return Unknown
}

// isWebPage reports whether data begins as HTML does.
func isWebPage(data []byte) bool {
	head := bytes.ToLower(bytes.TrimLeft(data[:min(len(data), 512)], "\xef\xbb\xbf \t\r\n"))
	for _, tag := range []string{"<html", "<!doctype html", "<table", "<head", "<meta"} {
		if bytes.HasPrefix(head, []byte(tag)) {
			return true
		}
	}
	return false
}

// detectJSON looks at the top-level members alone. A document that does not
// parse is taken for what its beginning says, so that the parser can say what
// is wrong with it.
func detectJSON(data []byte) Kind {
	var top struct {
		BOMFormat   string `json:"bomFormat"`
		MediaType   string `json:"mediaType"`
		SPDXVersion string `json:"spdxVersion"`

		Components json.RawMessage // in capitals in a TCG component list

		ID    string `json:"id"`
		Class string `json:"class"`
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
	case top.Components != nil && bytes.Contains(data, []byte(`"COMPONENTCLASS"`)):
		return ComponentList
	case top.Class == "system" && top.ID != "":
		return Lshw
	}
	return Unknown
}

// isLshwList reports whether JSON is a list of machines, as newer versions of
// lshw write it.
func isLshwList(data []byte) bool {
	if len(data) == 0 || data[0] != '[' {
		return false
	}
	var list []struct {
		ID    string `json:"id"`
		Class string `json:"class"`
	}
	return json.Unmarshal(data, &list) == nil && len(list) > 0 && list[0].ID != "" && list[0].Class != ""
}
