// Package fat reads the FAT file systems of phones' modem and boot partitions:
// FAT12, FAT16 and FAT32, with long names.
//
// The format is that of Microsoft, "FAT: General Overview of On-Disk Format", 1.03:
// a boot sector, one or two tables that chain clusters, the root directory of FAT12
// and FAT16, then the clusters, numbered from 2. Which of the three it is, the
// number of clusters tells. The first table counts. Deleted files, volume labels
// and times are not read.
package fat

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode/utf16"

	"github.com/originbom/originbom/sbom/internal/extent"
	"github.com/originbom/originbom/sbom/internal/imagefs"
)

// Where an image is known by: the name of the format, which all writers leave
// though none need to.
const (
	MagicAt   = 54
	Magic     = "FAT1" // FAT12 and FAT16
	Magic32At = 82
	Magic32   = "FAT32"
)

const (
	sectorSize = 512
	entrySize  = 32
	// maxTable bounds the first table in bytes, which is held in memory: 16 million
	// clusters of FAT32, 512 GiB in clusters of 32 KiB.
	maxTable = 64 << 20
	// maxDir bounds a directory in bytes: 65536 entries, as the specification does.
	maxDir = 65536 * entrySize
)

// Image is a FAT file system. It implements [imagefs.Tree]. The number of a file is
// where its entry lies in the image; that of a directory its first cluster with
// dirBit, so that one that lies in two places is known.
type Image struct {
	r        io.ReaderAt
	table    []byte
	bits     int   // of a table's entry: 12, 16 or 32
	root     int64 // where the root directory of FAT12 and FAT16 is
	rootSize int64
	first    uint32 // cluster of FAT32's
	data     int64  // where cluster 2 is
	cluster  int64  // bytes of one
	clusters uint32 // numbers from 2 to clusters+1
}

var _ imagefs.Tree = (*Image)(nil)

const dirBit = 1 << 62

// Open reads the boot sector and the first table of an image of size bytes.
func Open(r io.ReaderAt, size int64) (*Image, error) {
	b := make([]byte, sectorSize)
	if err := extent.ReadFull(r, b, 0); err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	sector, perCluster := int64(le.Uint16(b[11:])), int64(b[13])
	reserved, tables, rootEntries := int64(le.Uint16(b[14:])), int64(b[16]), int64(le.Uint16(b[17:]))
	total, tableSectors := int64(le.Uint16(b[19:])), int64(le.Uint16(b[22:]))
	if total == 0 {
		total = int64(le.Uint32(b[32:]))
	}
	if tableSectors == 0 {
		tableSectors = int64(le.Uint32(b[36:]))
	}
	if b[510] != 0x55 || b[511] != 0xaa || sector < sectorSize || sector > 4096 || sector&(sector-1) != 0 ||
		perCluster == 0 || perCluster&(perCluster-1) != 0 || reserved == 0 || tables == 0 || tables > 4 {
		return nil, errors.New("the boot sector is damaged")
	}
	im := &Image{r: r, cluster: sector * perCluster, rootSize: rootEntries * entrySize}
	im.root = (reserved + tables*tableSectors) * sector
	im.data = im.root + (im.rootSize+sector-1)/sector*sector
	if total*sector > size || im.data > total*sector || tableSectors*sector > maxTable {
		return nil, fmt.Errorf("the file system of %d bytes does not fit its %d bytes, or its table is larger than %d MiB", total*sector, size, maxTable>>20)
	}
	im.clusters = uint32((total*sector - im.data) / im.cluster)
	switch {
	case im.clusters < 4085:
		im.bits = 12
	case im.clusters < 65525:
		im.bits = 16
	default:
		im.bits, im.first = 32, le.Uint32(b[44:])
	}
	if rootEntries == 0 && im.bits != 32 { // small, and written as FAT32 all the same
		im.bits, im.first = 32, le.Uint32(b[44:])
	}
	if int64(im.clusters+2)*int64(im.bits)/8 > tableSectors*sector {
		return nil, errors.New("the table is smaller than the clusters need")
	}
	im.table = make([]byte, tableSectors*sector)
	return im, extent.ReadFull(r, im.table, reserved*sector)
}

// next gives the cluster behind one; 0 at the end of a chain.
func (im *Image) next(c uint32) (uint32, error) {
	le := binary.LittleEndian
	var n, end uint32
	switch im.bits {
	case 12:
		n, end = uint32(le.Uint16(im.table[c+c/2:])), 0xff8
		if c&1 == 1 {
			n >>= 4
		}
		n &= 0xfff
	case 16:
		n, end = uint32(le.Uint16(im.table[2*c:])), 0xfff8
	default:
		n, end = le.Uint32(im.table[4*c:])&0x0fffffff, 0x0ffffff8
	}
	if n >= end {
		return 0, nil
	}
	return n, im.valid(n)
}

func (im *Image) valid(c uint32) error {
	if c < 2 || c-2 >= im.clusters {
		return fmt.Errorf("a chain leads to cluster %d, which is none", c)
	}
	return nil
}

// chain gives the content that begins at a cluster as one reader: want bytes, or
// if want is negative all, up to limit.
func (im *Image) chain(c uint32, want, limit int64) (*extent.Reader, error) {
	if want == 0 {
		return extent.New(nil)
	}
	if err := im.valid(c); err != nil {
		return nil, err
	}
	var runs []extent.Run
	length := int64(0)
	for n := uint32(0); c != 0 && (want < 0 || length < want); n++ {
		if n >= im.clusters || length > limit {
			return nil, fmt.Errorf("a chain of clusters is endless, or longer than %d bytes", limit)
		}
		at, size := im.data+int64(c-2)*im.cluster, im.cluster
		if want >= 0 {
			size = min(size, want-length)
		}
		if k := len(runs) - 1; k >= 0 && runs[k].Offset+runs[k].Length == at {
			runs[k].Length += size
		} else {
			runs = append(runs, extent.Run{Length: size, Source: im.r, Offset: at})
		}
		length += size
		var err error
		if c, err = im.next(c); err != nil {
			return nil, err
		}
	}
	if length < want {
		return nil, fmt.Errorf("a chain of clusters ends after %d of %d bytes", length, want)
	}
	return extent.New(runs)
}

// Root is the number of the root directory.
func (im *Image) Root() uint64 { return dirBit | uint64(im.first) }

// Stat describes a file or directory.
func (im *Image) Stat(id uint64) (imagefs.Node, error) {
	if id&dirBit != 0 {
		return imagefs.Node{Mode: fs.ModeDir | 0o755}, nil
	}
	e, err := im.entry(id)
	return imagefs.Node{Mode: 0o644, Size: int64(binary.LittleEndian.Uint32(e[28:]))}, err
}

func (im *Image) entry(id uint64) ([]byte, error) {
	e := make([]byte, entrySize)
	return e, extent.ReadFull(im.r, e, int64(id))
}

func firstCluster(e []byte) uint32 {
	le := binary.LittleEndian
	return uint32(le.Uint16(e[20:]))<<16 | uint32(le.Uint16(e[26:]))
}

// Open gives the content of a file.
func (im *Image) Open(id uint64) (io.ReaderAt, error) {
	e, err := im.entry(id)
	if err != nil {
		return nil, err
	}
	size := int64(binary.LittleEndian.Uint32(e[28:]))
	return im.chain(im.clusterOf(e), size, size)
}

func (im *Image) clusterOf(e []byte) uint32 {
	if im.bits != 32 {
		return uint32(binary.LittleEndian.Uint16(e[26:]))
	}
	return firstCluster(e)
}

// Attributes of an entry.
const (
	attrLabel = 0x08
	attrDir   = 0x10
	attrLong  = 0x0f
)

// ReadDir lists a directory.
func (im *Image) ReadDir(id uint64) ([]imagefs.Entry, error) {
	c := uint32(id &^ dirBit)
	var r *extent.Reader
	var err error
	if c == 0 && im.bits != 32 {
		r, err = extent.New([]extent.Run{{Length: im.rootSize, Source: im.r, Offset: im.root}})
	} else {
		r, err = im.chain(c, -1, maxDir)
	}
	if err != nil {
		return nil, err
	}
	b := make([]byte, r.Size())
	if err := extent.ReadFull(r, b, 0); err != nil {
		return nil, err
	}
	var out []imagefs.Entry
	places, each := im.places(c, r.Size()), max(1, int(im.cluster))
	if c == 0 && im.bits != 32 {
		each = len(b) + 1
	}
	var long longName
	for at := 0; at+entrySize <= len(b) && b[at] != 0; at += entrySize {
		e := b[at : at+entrySize]
		switch attr := e[11]; {
		case e[0] == 0xe5:
			long = longName{}
			continue
		case attr&0x3f == attrLong:
			long.add(e)
			continue
		case attr&attrLabel != 0 || bytes.HasPrefix(e, []byte(".          ")) || bytes.HasPrefix(e, []byte("..         ")):
			long = longName{}
			continue
		}
		entry := imagefs.Entry{Name: long.of(e), ID: uint64(places[at/each]) + uint64(at%each)}
		if e[11]&attrDir != 0 {
			entry.ID = dirBit | uint64(im.clusterOf(e))
			if im.clusterOf(e) == 0 {
				return nil, fmt.Errorf("the directory %q has no cluster", entry.Name)
			}
		}
		long = longName{}
		out = append(out, entry)
	}
	return out, nil
}

// places gives where in the image the clusters of a directory are, in its order.
func (im *Image) places(c uint32, size int64) []int64 {
	if c == 0 && im.bits != 32 {
		return []int64{im.root}
	}
	var out []int64
	for ; c != 0 && int64(len(out))*im.cluster < size; c, _ = im.next(c) { // chain went there without an error
		out = append(out, im.data+int64(c-2)*im.cluster)
	}
	return out
}

// A longName gathers the entries that come before a file's own, last piece first.
type longName struct {
	units []uint16
	sum   byte
}

func (l *longName) add(e []byte) {
	if e[0]&0x40 != 0 || e[13] != l.sum {
		*l = longName{sum: e[13]}
	}
	var piece []uint16
	for _, span := range [][2]int{{1, 11}, {14, 26}, {28, 32}} {
		for i := span[0]; i < span[1]; i += 2 {
			piece = append(piece, binary.LittleEndian.Uint16(e[i:]))
		}
	}
	if len(l.units) < 20*13 { // the longest name has 255 units
		l.units = append(piece, l.units...)
	}
}

// of gives the name of an entry: the long one if its checksum is that of the short.
func (l *longName) of(e []byte) string {
	var sum byte
	for _, c := range e[:11] {
		sum = sum>>1 | sum<<7
		sum += c
	}
	if len(l.units) > 0 && sum == l.sum {
		units := l.units
		for i, u := range units {
			if u == 0 {
				units = units[:i]
				break
			}
		}
		return string(utf16.Decode(units))
	}
	name, ext := short(e[:8], e[12]&0x08 != 0), short(e[8:11], e[12]&0x10 != 0)
	if e[0] == 0x05 {
		name = "\xe5" + name[1:]
	}
	if ext == "" {
		return name
	}
	return name + "." + ext
}

// short is one half of a short name. Windows marks halves that were written in
// small letters.
func short(b []byte, lower bool) string {
	s := strings.TrimRight(string(b), " ")
	if lower {
		s = strings.ToLower(s)
	}
	return s
}
