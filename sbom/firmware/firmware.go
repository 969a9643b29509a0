// Package firmware opens what a phone's firmware is shipped in: partition
// images, sparse or not, super images, update payloads, boot images, the ZIP
// archives around them, and folders of any of these.
//
// # The words
//
// An [Image] is what was given. It holds [Partition]s. A partition has bytes, and
// where they are a file system or a boot image it has a file system too
// ([Partition.FS]), an [fs.FS] in which links never leave the partition.
//
//	im, err := firmware.Open("ota.zip", r, size)
//	defer im.Close()
//	reading, err := firmware.Read(ctx, im, digest, software.Catalog)
//
// [Open] reads headers alone. Bytes are expanded when they are read, piece by
// piece, so that memory does not grow with the image. The one exception: an image
// that is compressed inside a ZIP archive goes to a temporary file first, since
// its parts are read in no order.
//
// # The shape of a reading
//
//	firmware           the archive or super image; absent if it is one partition
//	└── firmware       a partition: SHA-256, size, what verified boot says of it
//	    └── ...        what the catalog found in it: applications, kernels
//
// and beside it the parts that device trees in the image describe. Evidence
// places are written "partition!path".
//
// # Limits
//
// Every format has limits of its own, see the packages in sbom/internal. Of the
// firmware of other processors, Qualcomm's signed images are read. Whether
// a phone's boot loader is unlocked is not visible in its firmware. Incremental
// updates are refused, and so are the block images of updates before Android 7.
package firmware

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/avb"
	"github.com/originbom/originbom/sbom/internal/mbn"
)

// ErrNotFirmware is returned for data that no firmware image starts.
var ErrNotFirmware = errors.New("not a firmware image")

// Limits.
const (
	// maxDepth bounds containers in containers. The deepest known are a ZIP in a
	// ZIP with a sparse super image: 4.
	maxDepth = 6
	// maxPartitions bounds the partitions of one image. Phones have below 100.
	maxPartitions = 1024
)

// An Image is an opened firmware image. Close it once its partitions are not
// needed any more.
type Image struct {
	Name       string       // of the file or folder, for messages and evidence
	Kind       Kind         // of the outermost container
	Partitions []*Partition // sorted by name
	Notes      []sbom.Note
	Watch      Watch // of Read; nil if nobody wants to know

	closers []io.Closer
}

// A Partition is one partition of a phone.
type Partition struct {
	Name  string // such as system; with a slot's suffix only where both slots hold one
	Place string // where in the image it is, such as payload.bin!system; "" if it is the image
	Kind  Kind
	Size  int64 // in bytes, expanded; 0 in a folder
	Data  io.ReaderAt
	FS    fs.FS // nil if nothing in it can be listed
	Boot  *Boot // nil if it is no boot image
	Trees []DeviceTree

	treeArgs string      // the kernel's command line beside a chosen tree
	vbmeta   *avb.VBMeta // nil if it has none
	signed   *mbn.Image  // nil if it is no signed image
	says     string      // what the header says, for evidence
	stated   []byte      // SHA-256 that the payload's manifest states, nil if none
}

// A Boot is what the header of a boot image says.
type Boot struct {
	Version     int // of the header
	CommandLine string
	OSVersion   string // such as 13.0.0, "" if not told
	PatchLevel  string // such as 2023-06, "" if not told
}

// A DeviceTree is a flattened device tree that lies in a partition.
type DeviceTree struct {
	Place string // in the partition, such as dtb/0
	Data  []byte
}

// Open finds out what the size bytes of r are and opens the partitions in them.
// It returns ErrNotFirmware if they are no firmware image. Errors name the place.
func Open(name string, r io.ReaderAt, size int64) (*Image, error) {
	o := &opener{im: &Image{Name: name}}
	o.im.Kind = Detect(r, size)
	return o.end(o.open(item{name: partitionName(name), r: r, size: size}))
}

// end gives the image that was opened, or closes it where err tells or nothing was found.
func (o *opener) end(err error) (*Image, error) {
	if err == nil && len(o.im.Partitions) == 0 {
		err = ErrNotFirmware
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", o.im.Name, err), o.im.Close())
	}
	o.im.finish()
	return o.im, nil
}

// Close releases temporary files.
func (im *Image) Close() error {
	var errs []error
	for _, c := range im.closers {
		errs = append(errs, c.Close())
	}
	im.closers = nil
	return errors.Join(errs...)
}

// Partition gives the partition of that name, or nil.
func (im *Image) Partition(name string) *Partition {
	for _, p := range im.Partitions {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// finish names and sorts the partitions: a slot's suffix goes where the other
// slot has nothing.
func (im *Image) finish() {
	taken := map[string]int{}
	for _, p := range im.Partitions {
		taken[withoutSlot(p.Name)]++
	}
	for _, p := range im.Partitions {
		if base := withoutSlot(p.Name); taken[base] == 1 {
			p.Name = base
		}
	}
	slices.SortStableFunc(im.Partitions, func(a, b *Partition) int { return strings.Compare(a.Name, b.Name) })
}

func withoutSlot(name string) string {
	return strings.TrimSuffix(strings.TrimSuffix(name, "_a"), "_b")
}

// knownPartitions are names by which files of partitions are called, with more
// words behind them.
var knownPartitions = []string{
	"boot", "dtb", "dtbo", "init_boot", "modem", "odm", "odm_dlkm", "product", "recovery", "super", "system",
	"system_dlkm", "system_ext", "system_other", "userdata", "vbmeta", "vbmeta_system", "vbmeta_vendor", "vendor",
	"vendor_boot", "vendor_dlkm", "vendor_kernel_boot",
}

// partitionName guesses from a file's name which partition it is: vbmeta of
// vbmeta.img, system of system.erofs.img.
func partitionName(file string) string {
	base := path.Base(file)
	stem := strings.TrimSuffix(base, path.Ext(base))
	best := ""
	for _, p := range knownPartitions {
		if rest, ok := strings.CutPrefix(withoutSlot(stem), p); ok && len(p) > len(best) && (rest == "" || rest[0] == '.' || rest[0] == '-') {
			best = p
		}
	}
	if best != "" {
		return best
	}
	if stem == "" {
		return base
	}
	return stem
}

// note adds a note about a place in the image.
func (im *Image) note(place, text, remedy string) {
	im.Notes = append(im.Notes, sbom.Note{File: im.Name, Place: place, Text: text, Remedy: remedy})
}

// join writes a place in a place.
func join(outer, inner string) string {
	if outer == "" || inner == "" {
		return outer + inner
	}
	return outer + "!" + inner
}
