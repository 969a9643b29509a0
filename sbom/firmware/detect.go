package firmware

import (
	"io"
	"strings"

	"github.com/originbom/originbom/sbom/internal/avb"
	"github.com/originbom/originbom/sbom/internal/bootimg"
	"github.com/originbom/originbom/sbom/internal/cpio"
	"github.com/originbom/originbom/sbom/internal/erofs"
	"github.com/originbom/originbom/sbom/internal/ext4"
	"github.com/originbom/originbom/sbom/internal/f2fs"
	"github.com/originbom/originbom/sbom/internal/fat"
	"github.com/originbom/originbom/sbom/internal/lp"
	"github.com/originbom/originbom/sbom/internal/mbn"
	"github.com/originbom/originbom/sbom/internal/payload"
	"github.com/originbom/originbom/sbom/internal/sparse"
	"github.com/originbom/originbom/sbom/internal/squashfs"
)

// A Kind says what an image or partition is, in words.
type Kind string

// The kinds. Opaque is a partition whose content is of no kind known here.
const (
	ZIP        Kind = "ZIP archive"
	Folder     Kind = "folder"
	Payload    Kind = "update payload"
	Sparse     Kind = "sparse image"
	Super      Kind = "super image"
	BootImage  Kind = "boot image"
	VendorBoot Kind = "vendor boot image"
	TreeTable  Kind = "device tree table"
	Tree       Kind = "device tree"
	VBMeta     Kind = "vbmeta image"
	EROFS      Kind = "EROFS file system"
	Ext4       Kind = "ext4 file system"
	F2FS       Kind = "F2FS file system"
	SquashFS   Kind = "SquashFS file system"
	FAT        Kind = "FAT file system"
	CPIO       Kind = "cpio archive"
	Signed     Kind = "Qualcomm signed image"
	Opaque     Kind = "opaque image"
)

// magics are where each kind is known by, in the order in which they are tried:
// a super image may hold anything in its first 4096 bytes.
var magics = []struct {
	at    int
	magic string
	kind  Kind
}{
	{0, "PK\x03\x04", ZIP},
	{0, sparse.Magic, Sparse},
	{0, payload.Magic, Payload},
	{0, bootimg.Magic, BootImage},
	{0, bootimg.MagicVendor, VendorBoot},
	{0, bootimg.MagicTable, TreeTable},
	{0, avb.Magic, VBMeta},
	{0, squashfs.Magic, SquashFS},
	{0, cpio.Magic, CPIO},
	{0, "\xd0\x0d\xfe\xed", Tree},
	{lp.MagicAt, lp.Magic, Super},
	{erofs.MagicAt, erofs.Magic, EROFS},
	{f2fs.MagicAt, f2fs.Magic, F2FS},
	{ext4.MagicAt, ext4.Magic, Ext4},
	{fat.MagicAt, fat.Magic, FAT},
	{fat.Magic32At, fat.Magic32, FAT},
}

// HeadSize is how many bytes of a file Detect looks at.
const HeadSize = lp.MagicAt + 4

// Detect says what an image is by its first bytes; Opaque if they tell nothing.
func Detect(r io.ReaderAt, size int64) Kind {
	b := make([]byte, max(0, min(size, HeadSize)))
	n, _ := r.ReadAt(b, 0)
	head := string(b[:n])
	for _, m := range magics {
		if len(head) > m.at && strings.HasPrefix(head[m.at:], m.magic) {
			return m.kind
		}
	}
	if mbn.Is(r, size) {
		return Signed
	}
	return Opaque
}

// Is reports whether a file should be opened as firmware: by its first bytes, or
// by the footer that verified boot leaves. Device trees and tables of them are
// inputs of their own. Of a ZIP archive only [Open] can tell.
func Is(r io.ReaderAt, size int64) bool {
	switch Detect(r, size) {
	case Tree, TreeTable:
		return false
	case Opaque:
		_, _, _, ok, _ := avb.Locate(r, size)
		return ok
	}
	return true
}
