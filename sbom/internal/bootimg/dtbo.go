package bootimg

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/originbom/originbom/sbom/internal/extent"
)

const (
	// maxTrees bounds the entries of a dtbo image. Real ones have below 100.
	maxTrees = 1 << 12
	// maxTree bounds one tree in bytes, expanded; that of package fdt.
	maxTree = 8 << 20
	// maxTreesTotal bounds the bytes of all trees, compressed or expanded, which
	// ever is more: entries may name the same ones.
	maxTreesTotal = 128 << 20
)

// A Tree is one entry of a dtbo image.
type Tree struct {
	ID, Revision uint32
	Data         []byte
}

// OpenTable reads a dtbo image (dt_table versions 0 and 1) of size bytes.
func OpenTable(r io.ReaderAt, size int64) ([]Tree, error) {
	h := make([]byte, 32)
	if err := extent.ReadFull(r, h, 0); err != nil || string(h[:4]) != MagicTable {
		return nil, errors.New("not a dtbo image")
	}
	be := binary.BigEndian
	total, each, count, at, version := int64(be.Uint32(h[4:])), int64(be.Uint32(h[12:])), int64(be.Uint32(h[16:])), int64(be.Uint32(h[20:])), be.Uint32(h[28:])
	switch {
	case version > 1:
		return nil, fmt.Errorf("version %d of the dtbo table is not known", version)
	case total > size || each < 32 || each > 4096 || count > maxTrees || at > total || count*each > total-at:
		return nil, errors.New("the dtbo table reaches behind the end of the image")
	}
	var out []Tree
	sum := int64(0)
	for i := range count {
		e := make([]byte, 32)
		if err := extent.ReadFull(r, e, at+i*each); err != nil {
			return nil, err
		}
		n, off := int64(be.Uint32(e)), int64(be.Uint32(e[4:]))
		if off > total || n > total-off || n > maxTree {
			return nil, fmt.Errorf("dtbo entry %d: it reaches behind the end of the image, or has more than %d MiB", i, maxTree>>20)
		}
		data := make([]byte, n)
		if err := extent.ReadFull(r, data, off); err != nil {
			return nil, fmt.Errorf("dtbo entry %d: %w", i, err)
		}
		if version == 1 {
			var err error
			if data, err = expandTree(data, be.Uint32(e[16:])&0xf); err != nil {
				return nil, fmt.Errorf("dtbo entry %d: %w", i, err)
			}
		}
		if sum += max(n, int64(len(data))); sum > maxTreesTotal {
			return nil, fmt.Errorf("the trees have more than %d MiB", maxTreesTotal>>20)
		}
		out = append(out, Tree{be.Uint32(e[8:]), be.Uint32(e[12:]), data})
	}
	return out, nil
}

func expandTree(data []byte, how uint32) ([]byte, error) {
	var z io.Reader
	var err error
	switch how {
	case 0:
		return data, nil
	case 1:
		z, err = zlib.NewReader(bytes.NewReader(data))
	case 2:
		z, err = gzip.NewReader(bytes.NewReader(data))
	default:
		return nil, fmt.Errorf("compression %d is not known", how)
	}
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(z, maxTree+1))
	if err == nil && len(out) > maxTree {
		err = fmt.Errorf("a tree of more than %d MiB", maxTree>>20)
	}
	return out, err
}
