// Package lp reads the metadata of Android's logical partitions: which parts of
// the super partition are system, vendor, product and so on.
//
// The layout (AOSP system/core, liblp/include/liblp/metadata_format.h, version
// 10) is 4096 reserved bytes, the geometry twice, then the metadata of each slot
// and all of them again as backup. Metadata is a header, tables of partitions,
// extents, groups and block devices, each with a SHA-256. A copy whose digest is
// wrong is passed over; [Open] fails if no copy of slot 0 is whole.
package lp

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/originbom/originbom/sbom/internal/extent"
)

// Offsets in the image, in bytes.
const (
	reserved     = 4096 // so that nobody takes the image for a disk
	geometrySize = 4096
	metadataAt   = reserved + 2*geometrySize

	// MagicAt is where Magic stands.
	MagicAt = reserved
	// Magic starts the geometry.
	Magic = "gDla"
)

// Limits. liblp itself allows tables of metadata_max_size bytes; real ones have
// a few kilobytes.
const (
	maxMetadata = 1 << 20
	maxSlots    = 16
	sector      = 512
)

// A Partition is one logical partition.
type Partition struct {
	Name  string // as the metadata has it, with the slot's suffix
	Group string
	Data  *extent.Reader
}

// A Super is the content of a super image.
type Super struct {
	Partitions []Partition // in the order of the metadata
	// Damaged counts the copies of the metadata whose digest is wrong.
	Damaged int
}

// Open reads the metadata of slot 0 in an image of size bytes.
func Open(r io.ReaderAt, size int64) (*Super, error) {
	g, damaged, err := readGeometry(r)
	if err != nil {
		return nil, err
	}
	var first error
	for copyOf := range int64(2) { // primary, backup
		at := metadataAt + copyOf*int64(g.slots)*int64(g.max)
		m, err := readMetadata(r, at, g.max)
		if err == nil {
			ps, err := m.partitions(r, size)
			if err != nil {
				return nil, err
			}
			return &Super{Partitions: ps, Damaged: damaged}, nil
		}
		damaged++
		if first == nil {
			first = fmt.Errorf("metadata at offset %d: %w", at, err)
		}
	}
	return nil, first
}

type geometry struct{ max, slots uint32 }

func readGeometry(r io.ReaderAt) (g geometry, damaged int, err error) {
	for copyOf := range int64(2) {
		b := make([]byte, 52)
		at := reserved + copyOf*geometrySize
		if err = extent.ReadFull(r, b, at); err == nil {
			if g, err = parseGeometry(b); err == nil {
				return g, damaged, nil
			}
		}
		damaged++
		err = fmt.Errorf("geometry at offset %d: %w", at, err)
	}
	return g, damaged, err
}

func parseGeometry(b []byte) (geometry, error) {
	le := binary.LittleEndian
	if string(b[:4]) != Magic || le.Uint32(b[4:]) != 52 {
		return geometry{}, errors.New("not a super image")
	}
	sum := [32]byte(b[8:])
	clear(b[8:40])
	g := geometry{le.Uint32(b[40:]), le.Uint32(b[44:])}
	switch {
	case sha256.Sum256(b) != sum:
		return geometry{}, errors.New("the digest is wrong")
	case g.max == 0 || g.max > maxMetadata || g.max%sector != 0:
		return geometry{}, fmt.Errorf("metadata of %d bytes", g.max)
	case g.slots == 0 || g.slots > maxSlots:
		return geometry{}, fmt.Errorf("%d slots", g.slots)
	}
	return g, nil
}

// metadata holds the tables, checked against their digests.
type metadata struct{ parts, extents, groups, devices table }

// A table has entries of one size, at least as long as version 10.0 wants.
type table struct {
	data        []byte
	count, size int
}

func (t table) at(i int) []byte { return t.data[i*t.size : (i+1)*t.size] }

func readMetadata(r io.ReaderAt, at int64, most uint32) (*metadata, error) {
	le := binary.LittleEndian
	h := make([]byte, 256)
	if err := extent.ReadFull(r, h, at); err != nil {
		return nil, err
	}
	size, tables := le.Uint32(h[8:]), le.Uint32(h[44:])
	switch {
	case string(h[:4]) != "0PLA":
		return nil, errors.New("no metadata")
	case le.Uint16(h[4:]) != 10:
		return nil, fmt.Errorf("version %d.%d is not known", le.Uint16(h[4:]), le.Uint16(h[6:]))
	case size != 128 && size != 256:
		return nil, fmt.Errorf("a header of %d bytes", size)
	case tables > most-size:
		return nil, fmt.Errorf("tables of %d bytes are larger than the metadata's place", tables)
	}
	h = h[:size]
	sum := [32]byte(h[12:])
	clear(h[12:44])
	if sha256.Sum256(h) != sum {
		return nil, errors.New("the header's digest is wrong")
	}
	body := make([]byte, tables)
	if err := extent.ReadFull(r, body, at+int64(size)); err != nil {
		return nil, err
	}
	if sha256.Sum256(body) != [32]byte(h[48:]) {
		return nil, errors.New("the tables' digest is wrong")
	}
	m := new(metadata)
	for i, t := range []struct {
		to    *table
		least uint32
	}{{&m.parts, 52}, {&m.extents, 24}, {&m.groups, 48}, {&m.devices, 64}} {
		d := h[80+12*i:]
		off, count, each := le.Uint32(d), le.Uint32(d[4:]), le.Uint32(d[8:])
		if each < t.least || off > tables || uint64(count)*uint64(each) > uint64(tables-off) {
			return nil, fmt.Errorf("table %d lies outside of the tables", i)
		}
		*t.to = table{body[off:], int(count), int(each)}
	}
	return m, nil
}

// An allotment is what is left for partitions: an extent belongs to one of them.
type allotment struct {
	used    *intervals
	extents int64 // of the table
	space   int64 // in bytes: zeros take none in the image
}

func (m *metadata) partitions(r io.ReaderAt, size int64) ([]Partition, error) {
	left := &allotment{newIntervals(m.extents.count), int64(m.extents.count), extent.MaxSize}
	seen := map[string]bool{}
	var out []Partition
	for i := range m.parts.count {
		b := m.parts.at(i)
		p := Partition{Name: text(b[:36])}
		if !plainName(p.Name) || seen[p.Name] {
			return nil, fmt.Errorf("partition %d: the name %q is not possible or is there twice", i, p.Name)
		}
		seen[p.Name] = true
		group := int(binary.LittleEndian.Uint32(b[48:]))
		if group >= m.groups.count {
			return nil, fmt.Errorf("partition %s: its group is not in the table", p.Name)
		}
		p.Group = text(m.groups.at(group)[:36])
		var err error
		if p.Data, err = m.content(b, r, size, left); err != nil {
			return nil, fmt.Errorf("partition %s: %w", p.Name, err)
		}
		out = append(out, p)
	}
	return out, nil
}

// content gives what the extents of a partition's entry hold.
func (m *metadata) content(entry []byte, r io.ReaderAt, size int64, left *allotment) (*extent.Reader, error) {
	first, count := int64(binary.LittleEndian.Uint32(entry[40:])), int64(binary.LittleEndian.Uint32(entry[44:]))
	if first+count > int64(m.extents.count) {
		return nil, errors.New("its extents are not in the table")
	}
	if left.extents -= count; left.extents < 0 {
		return nil, errors.New("it has extents of another partition")
	}
	var runs []extent.Run
	for e := range count {
		run, err := readExtent(m.extents.at(int(first+e)), size)
		if err == nil && run.Offset >= 0 {
			run.Source = r
			err = left.used.add(run.Offset, run.Length)
		}
		if err != nil {
			return nil, fmt.Errorf("extent %d: %w", e, err)
		}
		run.Offset = max(run.Offset, 0)
		runs = append(runs, run)
	}
	data, err := extent.New(runs)
	if err != nil {
		return nil, err
	}
	if left.space -= data.Size(); left.space < 0 {
		return nil, fmt.Errorf("the partitions have more than %d GiB", int64(extent.MaxSize)>>30)
	}
	return data, nil
}

// readExtent gives a run without source; its offset is -1 if it is zeros.
func readExtent(b []byte, size int64) (extent.Run, error) {
	le := binary.LittleEndian
	sectors, kind, data, source := le.Uint64(b), le.Uint32(b[8:]), le.Uint64(b[12:]), le.Uint32(b[20:])
	if sectors == 0 || sectors > extent.MaxSize/sector {
		return extent.Run{}, fmt.Errorf("a length of %d sectors", sectors)
	}
	length := int64(sectors) * sector
	switch {
	case kind == 1:
		return extent.Run{Length: length, Offset: -1}, nil
	case kind != 0:
		return extent.Run{}, fmt.Errorf("unknown type %d", kind)
	case source != 0:
		return extent.Run{}, errors.New("it lies on another block device: give an image with one super partition")
	case data > uint64(size/sector) || length > size-int64(data)*sector:
		return extent.Run{}, fmt.Errorf("sectors %d to %d lie outside of the image", data, data+sectors)
	}
	return extent.Run{Length: length, Offset: int64(data) * sector}, nil
}

func text(b []byte) string {
	b, _, _ = bytes.Cut(b, []byte{0})
	return string(b)
}

// plainName reports whether a name is what liblp allows: letters, digits, "_"
// and "-", so that it can be part of a path.
func plainName(s string) bool {
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '_' && c != '-' {
			return false
		}
	}
	return s != ""
}
