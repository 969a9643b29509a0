package erofs

import (
	"errors"
	"fmt"
	"io"
	"sort"

	"github.com/originbom/originbom/sbom/internal/extent"
)

const (
	// maxExtent is the largest extent in bytes when expanded, what Linux calls
	// Z_EROFS_PCLUSTER_MAX_DSIZE.
	maxExtent = 12 << 20
	// maxCompressed is the largest extent in bytes as it is stored,
	// Z_EROFS_PCLUSTER_MAX_SIZE.
	maxCompressed = 1 << 20
	// maxClusters bounds the clusters of a file: 4 GiB in clusters of 4 KiB. All of
	// a file's extents are in memory while it is open, 56 bytes each.
	maxClusters = 1 << 20
)

// A piece is an extent of a compressed file.
type piece struct {
	start, length int64 // in the file
	at, stored    int64 // in the image; stored is 0 for a fragment
	algorithm     int
	fragment      int64 // offset in the packed file, of a fragment
}

// Algorithms, as Linux numbers them, and two for data that is not compressed.
const (
	algorithmLZ4        = 0
	algorithmLZMA       = 1
	algorithmDeflate    = 2
	algorithmZstd       = 3
	algorithmShifted    = 16
	algorithmInterlaced = 17
	algorithmFragment   = 18
)

// compressed gives the reader of a compressed file.
func (im *Image) compressed(n inode) (io.ReaderAt, error) {
	if n.size == 0 {
		return extent.New(nil)
	}
	h, err := im.mapHeader(n)
	if err != nil {
		return nil, err
	}
	pieces := []piece{{length: n.size, algorithm: algorithmFragment, fragment: h.fragment}}
	if !h.allPacked {
		if pieces, err = im.pieces(n, h); err != nil {
			return nil, err
		}
	}
	whole, last := n.size, pieces[len(pieces)-1]
	if last.algorithm != algorithmFragment {
		return im.expanded(whole, pieces), nil
	}
	whole -= last.length
	packed, err := im.packedFile(n, last)
	if err != nil {
		return nil, err
	}
	return extent.New([]extent.Run{
		{Length: whole, Source: im.expanded(whole, pieces)},
		{Length: last.length, Source: packed, Offset: last.fragment},
	})
}

// expanded gives the first size bytes of a file, whose extents are the pieces.
func (im *Image) expanded(size int64, pieces []piece) io.ReaderAt {
	find := func(at int64) (int, int64) {
		i := sort.Search(len(pieces), func(i int) bool { return pieces[i].start > at }) - 1
		return i, pieces[i].start
	}
	return extent.NewPieces(size, find, func(i int) ([]byte, error) {
		stored := make([]byte, pieces[i].stored)
		if err := extent.ReadFull(im.r, stored, pieces[i].at); err != nil {
			return nil, err
		}
		return im.expand(stored, pieces[i])
	})
}

// packedFile opens the file that holds all fragments. It has none itself.
func (im *Image) packedFile(n inode, p piece) (io.ReaderAt, error) {
	if im.packed == 0 || n.id == im.packed {
		return nil, errors.New("a fragment in an image without a file of fragments")
	}
	packed, err := im.inode(im.packed)
	if err != nil {
		return nil, err
	}
	if p.fragment < 0 || p.fragment > packed.size || p.length > packed.size-p.fragment {
		return nil, errors.New("a fragment lies outside of the file of fragments")
	}
	return im.content(packed)
}

// pieces reads all indexes of a file into its list of extents.
func (im *Image) pieces(n inode, h mapHeader) ([]piece, error) {
	x, err := im.indexes(n, h)
	if err != nil {
		return nil, err
	}
	var out []piece
	var heads []cluster
	counts := make(map[int]uint32) // compressed blocks by piece, where told
	afterHead := false
	for lcn := range x.count {
		c, err := x.cluster(lcn)
		if err != nil {
			return nil, err
		}
		if c.kind == clusterNonHead {
			if len(out) == 0 {
				return nil, errors.New("the first cluster has no beginning")
			}
			if afterHead && c.count > 0 {
				counts[len(out)-1] = c.count
			}
			afterHead = false
			continue
		}
		start := lcn<<h.bits + c.offset
		if start == n.size && lcn == x.count-1 && len(out) > 0 {
			break // it only marks the end of the last extent
		}
		if c.offset >= 1<<h.bits || start >= n.size || len(out) == 0 && start != 0 || len(out) > 0 && start <= out[len(out)-1].start {
			return nil, fmt.Errorf("cluster %d begins at %d", lcn, start)
		}
		out, heads, afterHead = append(out, piece{start: start}), append(heads, c), true
	}
	for i := range out {
		end := n.size
		if i+1 < len(out) {
			end = out[i+1].start
		}
		out[i].length = end - out[i].start
		im.place(&out[i], heads[i], h, counts[i])
	}
	im.tail(&out[len(out)-1], heads[len(out)-1], n, h, x)
	return out, im.checkPieces(out)
}

// place says where an extent is stored and how.
func (im *Image) place(p *piece, c cluster, h mapHeader, blocks uint32) {
	big := h.advise&adviseBig2 != 0
	switch c.kind {
	case clusterPlain:
		p.algorithm = algorithmShifted
		if h.advise&adviseInterlaced != 0 {
			p.algorithm = algorithmInterlaced
		}
	case clusterHead1:
		p.algorithm, big = int(h.algorithms[0]), h.advise&adviseBig1 != 0
	default:
		p.algorithm = int(h.algorithms[1])
	}
	p.at, p.stored = int64(c.block)<<im.blockBits, 1<<h.bits
	if h.advise&(adviseBig1|adviseBig2) != 0 {
		p.stored = 1 << im.blockBits
	}
	if big && blocks > 0 {
		p.stored = int64(blocks) << im.blockBits
	}
}

// tail corrects the last extent of a file whose tail is inline or a fragment.
func (im *Image) tail(p *piece, c cluster, n inode, h mapHeader, x *indexReader) {
	switch {
	case h.advise&adviseInline != 0:
		p.at, p.stored = x.end((n.size-1)>>h.bits), h.inline
	case h.advise&adviseFragment != 0:
		p.algorithm, p.at, p.stored, p.fragment = algorithmFragment, 0, 0, h.fragment
		if n.layout == layoutFull {
			p.fragment |= int64(c.block) << 32
		}
	}
}

func (im *Image) checkPieces(ps []piece) error {
	for _, p := range ps {
		switch {
		case p.algorithm == algorithmFragment:
		case p.length > maxExtent:
			return fmt.Errorf("the extent at %d expands to more than %d MiB", p.start, maxExtent>>20)
		case p.stored > maxCompressed || p.at > im.size || p.stored > im.size-p.at:
			return fmt.Errorf("the extent at %d is stored outside of the image", p.start)
		}
	}
	return nil
}
