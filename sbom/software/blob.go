package software

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/blob"
	"github.com/originbom/originbom/sbom/internal/mbn"
)

// blobNames are how signed images of other processors are called. Of a split
// image, name.mdt counts, and its segments name.b00 ... belong to it.
var blobNames = []string{".mbn", ".mdt", ".elf", ".melf"}

// blobs finds the signed firmware of other processors. A file of such a name that
// is none is passed over: .elf are also programs.
func (r *root) blobs(ctx context.Context) ([]sbom.Component, error) {
	var out []sbom.Component
	for _, e := range r.names {
		if e.real != "" || !isBlobName(e.path) || r.pointer(e.path) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c, err := r.blob(e)
		switch {
		case errors.Is(err, mbn.ErrNotMBN):
			continue
		case err != nil:
			r.note(e.path, "the signed image is not understood: "+plainError(err).Error(), "")
			continue
		}
		out = append(out, c)
	}
	return out, nil
}

func isBlobName(p string) bool {
	for _, ext := range blobNames {
		if strings.EqualFold(path.Ext(p), ext) {
			return true
		}
	}
	return false
}

func (r *root) blob(e entry) (sbom.Component, error) {
	f, err := r.openFile(e.path)
	if err != nil {
		r.cannotRead(e.path, err)
		return sbom.Component{}, mbn.ErrNotMBN // counted among the unreadable
	}
	defer f.Close()
	var open []io.Closer
	defer func() {
		for _, c := range open {
			c.Close()
		}
	}()
	var beside mbn.SegmentFile
	if stem, ok := cutSuffixFold(e.path, ".mdt"); ok {
		beside = func(n int) (io.ReaderAt, int64, bool) {
			s, ok := r.segment(stem, n)
			if !ok {
				return nil, 0, false
			}
			c, err := r.open(s.path)
			if err != nil {
				return nil, 0, false
			}
			open = append(open, c)
			return c, s.size, true
		}
	}
	im, err := mbn.Open(f, e.size, beside)
	if err != nil {
		return sbom.Component{}, err
	}
	c := blob.Component(e.path, im)
	if sum, err := r.sum(e.path); err == nil {
		c.Hashes = fileHash(sum)
	}
	return c, nil
}

// segment finds a file of a split image: name.b02, or NAME.B02 on a modem's FAT.
func (r *root) segment(stem string, n int) (entry, bool) {
	for _, form := range []string{"%s.b%02d", "%s.B%02d"} {
		if s, ok := r.regular(fmt.Sprintf(form, stem, n)); ok && !r.pointer(s.path) {
			return s, true
		}
	}
	return entry{}, false
}

func cutSuffixFold(s, suffix string) (string, bool) {
	if len(s) < len(suffix) || !strings.EqualFold(s[len(s)-len(suffix):], suffix) {
		return "", false
	}
	return s[:len(s)-len(suffix)], true
}
