package firmware

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
)

// Limits of archives.
const (
	// maxZipEntries bounds the entries of an archive. Firmware archives have below
	// a thousand; unpacked dumps some 100,000.
	maxZipEntries = 1 << 18
	// maxUnpacked bounds one compressed image in an archive, expanded, in bytes,
	// which goes to a temporary file. The largest super partitions have 16 GiB.
	maxUnpacked = 32 << 30
	// maxRatio and ratioFrom stop bombs: an image that expands this many times is
	// refused once it has that many bytes. DEFLATE can reach 1032; sparse file
	// systems stay below 100.
	maxRatio  = 300
	ratioFrom = 256 << 20
)

// imageNames are the files in an archive that are partitions, archives of them,
// or payloads.
var imageNames = []string{".img", ".bin", ".zip", ".mbn", ".elf", ".melf"}

// zip opens the images in an archive. An archive without any is no firmware.
func (o *opener) zip(it item) error {
	z, err := zip.NewReader(it.r, it.size)
	if err != nil {
		return fmt.Errorf("ZIP archive: %w", err)
	}
	if err := checkEntries(z, it.size); err != nil {
		return err
	}
	files := slices.Clone(z.File)
	slices.SortStableFunc(files, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	before := len(o.im.Partitions)
	for _, f := range files {
		if blockImage(f.Name) {
			o.im.note(join(it.place, f.Name), "block images of updates are not read", "give the factory image, or unpack it with the transfer list first")
			continue
		}
		if strings.HasSuffix(f.Name, "/") || !slices.Contains(imageNames, path.Ext(f.Name)) {
			continue
		}
		if err := o.zipped(it, f); err != nil && !errors.Is(err, ErrNotFirmware) {
			return err
		}
	}
	if len(o.im.Partitions) == before {
		return ErrNotFirmware
	}
	return nil
}

// blockImage reports whether a file is one of the block images of A-only updates.
func blockImage(name string) bool {
	return strings.HasSuffix(name, ".new.dat") || strings.HasSuffix(name, ".new.dat.br")
}

// checkEntries refuses archives that different readers would read differently, and
// those whose entries overlap, so that a small one expands without end.
func checkEntries(z *zip.Reader, size int64) error {
	if len(z.File) > maxZipEntries {
		return fmt.Errorf("ZIP archive: more than %d entries", maxZipEntries)
	}
	seen, left := make(map[string]bool, len(z.File)), uint64(size)
	for _, f := range z.File {
		if seen[f.Name] {
			return fmt.Errorf("ZIP archive: %q is there twice: which one counts depends on the reader", f.Name)
		}
		seen[f.Name] = true
		if f.CompressedSize64 > left {
			return errors.New("ZIP archive: its entries take more room than there is: they overlap")
		}
		left -= f.CompressedSize64
	}
	return nil
}

// zipped opens one file of an archive: in place if it is stored, else from a
// temporary file.
func (o *opener) zipped(it item, f *zip.File) error {
	size := int64(f.UncompressedSize64)
	if f.UncompressedSize64 > maxUnpacked {
		return fmt.Errorf("%s: larger than %d GiB", f.Name, int64(maxUnpacked)>>30)
	}
	name := partitionName(f.Name)
	if f.Flags&1 != 0 {
		return fmt.Errorf("%s: it is encrypted", f.Name)
	}
	if f.Method == zip.Store {
		at, err := f.DataOffset()
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		if at > it.size || size > it.size-at || f.CompressedSize64 != f.UncompressedSize64 {
			return fmt.Errorf("%s: it reaches behind the end of the archive", f.Name)
		}
		return o.open(it.within(name, f.Name, io.NewSectionReader(it.r, at, size), size))
	}
	r, err := o.spool(f)
	if err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	return o.open(it.within(name, f.Name, r, size))
}

// spool expands a compressed file into a temporary one, which nobody else can
// open and which is gone when the image is closed.
func (o *opener) spool(f *zip.File) (io.ReaderAt, error) {
	src, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer src.Close()
	tmp, err := os.CreateTemp("", "originbom-*")
	if err != nil {
		return nil, err
	}
	o.im.closers = append(o.im.closers, tmp)
	if err := os.Remove(tmp.Name()); err != nil {
		return nil, err
	}
	limit := int64(f.UncompressedSize64)
	if most := max(int64(f.CompressedSize64)*maxRatio, ratioFrom); limit > most {
		return nil, fmt.Errorf("it expands more than %d times", maxRatio)
	}
	n, err := io.Copy(tmp, io.LimitReader(src, limit+1))
	if err == nil && n != limit {
		err = errors.New("its size is another than the archive says")
	}
	return tmp, err
}
