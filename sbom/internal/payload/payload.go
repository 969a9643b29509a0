// Package payload reads payload.bin of Android's A/B updates: the partitions
// that a full update writes.
//
// The format is that of AOSP system/update_engine (update_metadata.proto): the
// magic CrAU, version 2, sizes, a protocol buffers manifest, its signature, then
// the data of the operations. A full update holds every block of every
// partition; its operations replace blocks, from data that is raw or compressed
// by bzip2 or xz, or write zeros. An update that needs the old system on the
// phone, a delta, is refused: it does not say what is on the phone afterwards.
//
// Operations are expanded when their blocks are read, their SHA-256 compared
// first. The payload's signatures are not verified here.
package payload

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/originbom/originbom/sbom/internal/extent"
)

// Magic starts a payload.
const Magic = "CrAU"

// Limits.
const (
	// maxManifest bounds the manifest in bytes. That of a full update of 4 GiB has
	// below 1 MiB.
	maxManifest = 64 << 20
	// maxPartitions bounds the partitions. Phones have below 100.
	maxPartitions = 512
	// maxOperations bounds the operations of all partitions.
	maxOperations = 1 << 20
	// maxExtents bounds the runs of blocks that all operations write. Those of a
	// full update write one each.
	maxExtents = 1 << 21
	// maxOperation bounds what one operation writes, in bytes, which is held in
	// memory. Full updates are cut in 2 MiB; zeros are not held.
	maxOperation = 16 << 20
	headerSize   = 24
)

// Types of operation that a full update may hold.
const (
	opReplace   = 0
	opReplaceBZ = 1
	opZero      = 6
	opDiscard   = 7
	opReplaceXZ = 8
)

// ErrDelta is returned for an update that does not hold all of the partitions.
var ErrDelta = errors.New("this is an incremental update (a delta), which holds differences to another version and no whole partitions: give the full update")

// A Partition is one partition that the update writes.
type Partition struct {
	Name   string
	Size   int64
	SHA256 []byte // as the manifest says it; nil if it does not
	Data   io.ReaderAt
}

// Open reads the manifest of a payload of size bytes.
func Open(r io.ReaderAt, size int64) ([]Partition, error) {
	h := make([]byte, headerSize)
	if err := extent.ReadFull(r, h, 0); err != nil || string(h[:4]) != Magic {
		return nil, errors.New("not an update payload")
	}
	be := binary.BigEndian
	version, length, signature := be.Uint64(h[4:]), be.Uint64(h[12:]), int64(be.Uint32(h[20:]))
	switch {
	case version != 2:
		return nil, fmt.Errorf("version %d of the payload format is not known", version)
	case length > maxManifest || int64(length)+signature > size-headerSize:
		return nil, fmt.Errorf("a manifest of %d bytes is larger than %d MiB, or than the file", length, maxManifest>>20)
	}
	b := make([]byte, length)
	if err := extent.ReadFull(r, b, headerSize); err != nil {
		return nil, err
	}
	m := manifest{block: 4096, data: io.NewSectionReader(r, headerSize+int64(length)+signature, size-headerSize-int64(length)-signature)}
	if err := m.parse(b); err != nil {
		return nil, err
	}
	return m.partitions()
}

type manifest struct {
	block int64
	delta bool
	data  *io.SectionReader
	parts []partition
	ops   int // of all partitions
	dsts  int // runs of blocks that they write
}

type partition struct {
	name string
	size int64
	sum  []byte
	old  bool // it is made from the partition on the phone
	ops  []operation
}

type operation struct {
	kind        uint64
	off, length int64
	sum         []byte
	dst         []blocks
}

type blocks struct{ start, count int64 }

// parse reads a DeltaArchiveManifest.
func (m *manifest) parse(b []byte) error {
	return fields(b, func(number, v uint64, data []byte) error {
		switch number {
		case 3:
			if v < 512 || v > 1<<20 || v&(v-1) != 0 {
				return fmt.Errorf("blocks of %d bytes", v)
			}
			m.block = int64(v)
		case 12:
			m.delta = v != 0
		case 13:
			if len(m.parts) == maxPartitions {
				return fmt.Errorf("more than %d partitions", maxPartitions)
			}
			p, err := m.partition(data)
			if err != nil {
				return err
			}
			m.parts = append(m.parts, p)
		}
		return nil
	})
}

// partition reads a PartitionUpdate.
func (m *manifest) partition(b []byte) (partition, error) {
	var p partition
	err := fields(b, func(number, _ uint64, data []byte) error {
		switch number {
		case 1:
			p.name = string(data)
		case 6:
			p.old = true
		case 7: // PartitionInfo
			return fields(data, func(number, v uint64, data []byte) error {
				switch {
				case number == 1 && v > extent.MaxSize:
					return fmt.Errorf("a partition of %d bytes", v)
				case number == 1:
					p.size = int64(v)
				case number == 2:
					p.sum = data
				}
				return nil
			})
		case 8:
			if m.ops++; m.ops > maxOperations {
				return fmt.Errorf("more than %d operations", maxOperations)
			}
			op, err := m.operation(data)
			if err != nil {
				return err
			}
			p.ops = append(p.ops, op)
		}
		return nil
	})
	return p, err
}

// operation reads an InstallOperation.
func (m *manifest) operation(b []byte) (operation, error) {
	var op operation
	err := fields(b, func(number, v uint64, data []byte) error {
		switch number {
		case 1:
			op.kind = v
		case 2, 3:
			if v > extent.MaxSize {
				return errProto
			}
			if number == 2 {
				op.off = int64(v)
			} else {
				op.length = int64(v)
			}
		case 6: // Extent
			var e blocks
			if err := fields(data, func(number, v uint64, _ []byte) error {
				if v > extent.MaxSize/512 {
					return errProto
				}
				switch number {
				case 1:
					e.start = int64(v)
				case 2:
					e.count = int64(v)
				}
				return nil
			}); err != nil {
				return err
			}
			if m.dsts++; m.dsts > maxExtents {
				return fmt.Errorf("the operations write more than %d runs of blocks", maxExtents)
			}
			op.dst = append(op.dst, e)
		case 8:
			op.sum = data
		}
		return nil
	})
	return op, err
}

// partitions turns the manifest into readers.
func (m *manifest) partitions() ([]Partition, error) {
	seen := map[string]bool{}
	left := int64(extent.MaxSize)
	var out []Partition
	for _, p := range m.parts {
		if p.name == "" || len(p.name) > 64 || seen[p.name] || bytes.ContainsAny([]byte(p.name), "/\x00\\") {
			return nil, fmt.Errorf("a partition's name %.64q is not possible or is there twice", p.name)
		}
		seen[p.name] = true
		r, err := m.reader(p)
		if err != nil {
			return nil, fmt.Errorf("partition %s: %w", p.name, err)
		}
		if left -= max(p.size, r.Size()); left < 0 {
			return nil, fmt.Errorf("the partitions have more than %d GiB", int64(extent.MaxSize)>>30)
		}
		out = append(out, Partition{p.name, p.size, p.sum, r})
	}
	if m.delta || len(out) == 0 {
		return nil, ErrDelta
	}
	return out, nil
}

// reader gives the blocks of a partition in order.
func (m *manifest) reader(p partition) (*extent.Reader, error) {
	type placed struct {
		blocks
		run extent.Run
	}
	var all []placed
	cache := new(cache)
	for i := range p.ops {
		op := &p.ops[i]
		src, err := m.source(op, cache)
		if err != nil {
			return nil, fmt.Errorf("operation %d: %w", i, err)
		}
		at := int64(0)
		for _, e := range op.dst {
			n := e.count * m.block
			all = append(all, placed{e, extent.Run{Length: n, Source: src, Offset: at}})
			at += n
		}
	}
	slices.SortStableFunc(all, func(a, b placed) int { return cmp.Compare(a.start, b.start) })
	var runs []extent.Run
	end := int64(0)
	for _, e := range all {
		from := e.start * m.block
		if from < end {
			return nil, errors.New("two operations write the same block")
		}
		if from > end {
			if p.old {
				return nil, ErrDelta
			}
			runs = append(runs, extent.Run{Length: from - end})
		}
		runs = append(runs, e.run)
		end = from + e.run.Length
	}
	if end < p.size {
		runs = append(runs, extent.Run{Length: p.size - end})
	}
	return extent.New(runs)
}

// source gives what an operation writes; nil is zeros.
func (m *manifest) source(op *operation, c *cache) (io.ReaderAt, error) {
	size := int64(0)
	for _, e := range op.dst {
		if size += e.count * m.block; size > extent.MaxSize {
			return nil, errProto
		}
	}
	switch op.kind {
	case opZero, opDiscard:
		return nil, nil
	case opReplace, opReplaceBZ, opReplaceXZ:
	default:
		return nil, ErrDelta
	}
	switch {
	case op.off > m.data.Size() || op.length > m.data.Size()-op.off:
		return nil, errors.New("its data lies outside of the file: the payload is cut")
	case size > maxOperation || op.length > maxOperation:
		return nil, fmt.Errorf("it writes more than %d MiB", maxOperation>>20)
	case len(op.sum) != 32:
		return nil, errors.New("it has no SHA-256")
	}
	return &written{op: op, size: size, data: m.data, cache: c}, nil
}
