package erofs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"github.com/originbom/originbom/sbom/internal/extent"
)

// Types of a logical cluster (Linux, z_erofs_lcluster_type).
const (
	clusterPlain   = 0 // an extent that is not compressed begins here
	clusterHead1   = 1 // an extent of the first algorithm begins here
	clusterNonHead = 2
	clusterHead2   = 3
)

// Bits of h_advise in the map header.
const (
	adviseCompact2B  = 0x01
	adviseBig1       = 0x02
	adviseBig2       = 0x04
	adviseInline     = 0x08
	adviseInterlaced = 0x10
	adviseFragment   = 0x20
)

// countFlag marks a distance that is the number of compressed blocks instead.
const countFlag = 0x800

// A cluster is one logical cluster's index, decoded.
type cluster struct {
	kind   int
	offset int64  // in the cluster at which the extent begins, of a head
	block  uint32 // of the compressed data, of a head
	count  uint32 // of compressed blocks, of the first cluster behind a head; 0 if not told
}

// mapHeader is the header before a file's indexes.
type mapHeader struct {
	advise     uint16
	algorithms [2]byte
	bits       uint  // of a logical cluster's size
	inline     int64 // size of the inline tail
	fragment   int64 // offset of the tail in the packed file
	allPacked  bool  // the whole file is in the packed file
}

func (im *Image) mapHeader(n inode) (mapHeader, error) {
	b := make([]byte, 8)
	if err := extent.ReadFull(im.r, b, align8(n.end)); err != nil {
		return mapHeader{}, err
	}
	le := binary.LittleEndian
	if b[7]&0x80 != 0 {
		return mapHeader{allPacked: true, fragment: int64(le.Uint64(b) &^ (1 << 63))}, nil
	}
	h := mapHeader{
		advise: le.Uint16(b[4:]), algorithms: [2]byte{b[6] & 15, b[6] >> 4},
		bits: im.blockBits + uint(b[7]&15), inline: int64(le.Uint16(b[2:])), fragment: int64(le.Uint32(b)),
	}
	if h.advise&^0x3f != 0 || b[7]&0x70 != 0 {
		return mapHeader{}, fmt.Errorf("unknown compression hints %#x", h.advise)
	}
	if h.bits > 20 {
		return mapHeader{}, fmt.Errorf("logical clusters of 2^%d bytes", h.bits)
	}
	return h, nil
}

func align8(n int64) int64 { return (n + 7) &^ 7 }

// An indexReader decodes the indexes of one file.
type indexReader struct {
	h       mapHeader
	full    bool
	table   []byte // all indexes
	tableAt int64  // where they stand in the image
	initial int64  // compact: 4-byte entries before the first 2-byte one
	twos    int64  // compact: 2-byte entries
	count   int64  // clusters
}

func (im *Image) indexes(n inode, h mapHeader) (*indexReader, error) {
	x := &indexReader{h: h, full: n.layout == layoutFull, tableAt: align8(n.end) + 8}
	x.count = (n.size + 1<<h.bits - 1) >> h.bits
	if x.count > maxClusters {
		return nil, fmt.Errorf("%d clusters are more than %d", x.count, maxClusters)
	}
	size := int64(0)
	if x.full {
		x.tableAt += 8 // reserved, for images of old kernels
		size = x.count * 8
	} else {
		if h.bits > 14 {
			return nil, fmt.Errorf("compact indexes for clusters of 2^%d bytes", h.bits)
		}
		x.initial = min((32-x.tableAt%32)/4&7, x.count)
		if h.advise&adviseCompact2B != 0 && x.initial < x.count {
			if h.bits > 12 {
				return nil, fmt.Errorf("2-byte indexes for clusters of 2^%d bytes", h.bits)
			}
			x.twos = (x.count - x.initial) &^ 15
		}
		size = x.initial*4 + x.twos*2 + (x.count-x.initial-x.twos)*4
		size = (size+7)&^7 + 4 // the last pack may be half empty
	}
	if x.tableAt > im.size || x.count > (im.size-x.tableAt)*8 {
		return nil, errors.New("the indexes lie outside of the image")
	}
	size = min(size, im.size-x.tableAt)
	x.table = make([]byte, size)
	return x, extent.ReadFull(im.r, x.table, x.tableAt)
}

// position gives the offset in the table of a compact cluster's entry, and how
// many bytes such an entry has.
func (x *indexReader) position(lcn int64) (pos, width int64) {
	if lcn < x.initial {
		return lcn * 4, 4
	}
	pos, lcn = x.initial*4, lcn-x.initial
	if lcn < x.twos {
		return pos + lcn*2, 2
	}
	return pos + x.twos*2 + (lcn-x.twos)*4, 4
}

// end gives the byte of the image behind the index of a cluster: an inline tail
// stands there.
func (x *indexReader) end(lcn int64) int64 {
	if x.full {
		return x.tableAt + (lcn+1)*8
	}
	pos, width := x.position(lcn)
	pack := packSize(width)
	return (x.tableAt+pos)/pack*pack + pack
}

// packSize is the size of a pack of entries: 2 of 4 bytes, 16 of 2 bytes.
func packSize(width int64) int64 {
	if width == 2 {
		return 32
	}
	return 8
}

func (x *indexReader) cluster(lcn int64) (cluster, error) {
	if x.full {
		return x.fullCluster(lcn)
	}
	pos, width := x.position(lcn)
	size := packSize(width)
	start := (x.tableAt+pos)/size*size - x.tableAt
	if start < 0 || start+size > int64(len(x.table)) {
		return cluster{}, fmt.Errorf("the index of cluster %d lies outside", lcn)
	}
	p := pack{data: x.table[start : start+size], lobits: max(x.h.bits, 12), width: int(width)}
	return p.cluster(int((pos-start)/width), x.h.advise&(adviseBig1|adviseBig2) != 0)
}

func (x *indexReader) fullCluster(lcn int64) (cluster, error) {
	if (lcn+1)*8 > int64(len(x.table)) {
		return cluster{}, fmt.Errorf("the index of cluster %d lies outside", lcn)
	}
	le := binary.LittleEndian
	b := x.table[lcn*8:]
	c := cluster{kind: int(le.Uint16(b) & 3), offset: int64(le.Uint16(b[2:])), block: le.Uint32(b[4:])}
	if c.kind == clusterNonHead {
		if d := le.Uint16(b[4:]); d&countFlag != 0 {
			c.count = uint32(d &^ countFlag)
		}
	}
	return c, nil
}

// A pack is a group of compact indexes that share a block address, which stands
// in its last 4 bytes (Linux, z_erofs_load_compact_lcluster).
type pack struct {
	data   []byte
	lobits uint
	width  int // bytes of an entry
}

// entry gives the low bits and the type of the i-th entry.
func (p pack) entry(i int) (lo uint32, kind int) {
	count := len(p.data) / p.width
	each := (len(p.data) - 4) * 8 / count
	bit := each * i
	var w [8]byte
	copy(w[:], p.data[bit/8:])
	v := binary.LittleEndian.Uint32(w[:]) >> (bit & 7)
	return v & (1<<p.lobits - 1), int(v >> p.lobits & 3)
}

func (p pack) cluster(i int, big bool) (cluster, error) {
	lo, kind := p.entry(i)
	if kind == clusterNonHead {
		c := cluster{kind: kind}
		if lo&countFlag != 0 && big {
			c.count = lo &^ countFlag
		}
		return c, nil
	}
	before, err := p.blocksBefore(i, big)
	if err != nil {
		return cluster{}, err
	}
	base := binary.LittleEndian.Uint32(p.data[len(p.data)-4:])
	block, carry := bits.Add32(base, before, 0)
	if carry != 0 && base != ^uint32(0) { // ^0 is the base of packs that begin at block 0
		return cluster{}, errors.New("a block number is too large")
	}
	return cluster{kind: kind, offset: int64(lo), block: block}, nil
}

// blocksBefore counts the compressed blocks of the pack up to the i-th entry.
func (p pack) blocksBefore(i int, big bool) (uint32, error) {
	n := uint32(0)
	if !big {
		n = 1
	}
	for i > 0 {
		i--
		lo, kind := p.entry(i)
		switch {
		case kind != clusterNonHead:
			n++
		case !big:
			if i -= int(lo); i >= 0 {
				n++
			}
		case lo&countFlag != 0:
			i--
			n += lo &^ countFlag
		case lo <= 1:
			return 0, errors.New("a distance that is not possible")
		default:
			i -= int(lo) - 2
		}
	}
	return n, nil
}
