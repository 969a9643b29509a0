// Package bootimg reads Android's boot images: boot and init_boot (header
// versions 0 to 4), vendor_boot (3 and 4) and dtbo.
//
// The formats are those of AOSP system/tools/mkbootimg (include/bootimg/bootimg.h)
// and system/libufdt (utils/src/dt_table.h). A boot image is a header and parts,
// each of which begins at a multiple of the page size. Parts are given as
// readers over the image; nothing is expanded here. Sizes that reach behind the
// end of the image are an error.
package bootimg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/originbom/originbom/sbom/internal/extent"
)

// Magics.
const (
	Magic       = "ANDROID!"
	MagicVendor = "VNDRBOOT"
	MagicTable  = "\xd7\xb7\xab\x1e" // of dtbo
)

const (
	// maxPage bounds the page size in bytes; known ones are 2048 to 16384.
	maxPage = 1 << 20
	page3   = 4096 // of header versions 3 and 4 of boot images
)

// A Part is one piece of an image. Its name is unique in the image: kernel,
// ramdisk, second, recovery_dtbo, dtb, signature, bootconfig, and ramdisk-NAME
// for the fragments of a vendor ramdisk.
type Part struct {
	Name string
	Data *io.SectionReader
}

// An Image is a parsed boot image.
type Image struct {
	Vendor      bool // a vendor_boot image
	Version     int  // of the header
	PageSize    int64
	Name        string // board name, "" if there is none
	CommandLine string // of the kernel
	OSVersion   string // such as 13.0.0, "" if the header has none
	PatchLevel  string // such as 2023-06, "" if the header has none
	Parts       []Part // in the order of the image, none empty
}

// Part gives the part of that name, or nil.
func (im *Image) Part(name string) *io.SectionReader {
	for _, p := range im.Parts {
		if p.Name == name {
			return p.Data
		}
	}
	return nil
}

// Open reads the header of a boot, init_boot or vendor_boot image of size bytes.
func Open(r io.ReaderAt, size int64) (*Image, error) {
	h := make([]byte, 4096)
	n, err := r.ReadAt(h, 0)
	if n < 64 {
		return nil, errors.Join(errors.New("not a boot image"), err)
	}
	le := binary.LittleEndian
	l := layout{r: r, size: size, im: new(Image)}
	switch {
	case string(h[:8]) == MagicVendor:
		err = l.vendor(h)
	case string(h[:8]) != Magic:
		return nil, errors.New("not a boot image")
	case le.Uint32(h[40:]) <= 2:
		err = l.old(h)
	case le.Uint32(h[40:]) <= 4:
		err = l.new(h)
	default:
		// Images of before 2015 keep the size of a device tree table there.
		return nil, fmt.Errorf("version %d of the boot image header is not known", le.Uint32(h[40:]))
	}
	if err != nil {
		return nil, err
	}
	return l.im, nil
}

// layout gathers the parts of an image, one after the other.
type layout struct {
	r         io.ReaderAt
	size, pos int64
	im        *Image
}

// add takes the next part of n bytes and skips to the next page.
func (l *layout) add(name string, n uint32) error {
	if int64(n) > l.size-l.pos && n > 0 {
		return fmt.Errorf("the %s of %d bytes at offset %d reaches behind the end of the image", name, n, l.pos)
	}
	if n > 0 {
		l.im.Parts = append(l.im.Parts, Part{name, io.NewSectionReader(l.r, l.pos, int64(n))})
	}
	l.pos += (int64(n) + l.im.PageSize - 1) / l.im.PageSize * l.im.PageSize
	return nil
}

func (l *layout) page(n uint32) error {
	if n < 512 || n > maxPage || n&(n-1) != 0 {
		return fmt.Errorf("a page size of %d bytes", n)
	}
	l.im.PageSize = int64(n)
	return nil
}

// old reads header versions 0, 1 and 2.
func (l *layout) old(h []byte) error {
	le := binary.LittleEndian
	if err := l.page(le.Uint32(h[36:])); err != nil {
		return err
	}
	l.im.Version = int(le.Uint32(h[40:]))
	l.im.OSVersion, l.im.PatchLevel = osVersion(le.Uint32(h[44:]))
	l.im.Name = text(h[48:64])
	l.im.CommandLine = text(h[64:576]) + text(h[608:1632])
	l.pos = max(l.im.PageSize, 2048)
	if l.im.PageSize < 2048 { // the header has 1660 bytes
		l.pos = (1660 + l.im.PageSize - 1) / l.im.PageSize * l.im.PageSize
	}
	parts := []struct {
		name string
		size uint32
	}{{"kernel", le.Uint32(h[8:])}, {"ramdisk", le.Uint32(h[16:])}, {"second", le.Uint32(h[24:])}}
	for _, p := range parts {
		if err := l.add(p.name, p.size); err != nil {
			return err
		}
	}
	if l.im.Version >= 1 {
		if err := l.add("recovery_dtbo", le.Uint32(h[1632:])); err != nil {
			return err
		}
	}
	if l.im.Version >= 2 {
		return l.add("dtb", le.Uint32(h[1648:]))
	}
	return nil
}

// new reads header versions 3 and 4.
func (l *layout) new(h []byte) error {
	le := binary.LittleEndian
	l.im.PageSize, l.im.Version = page3, int(le.Uint32(h[40:]))
	l.im.OSVersion, l.im.PatchLevel = osVersion(le.Uint32(h[16:]))
	l.im.CommandLine = text(h[44:1580])
	l.pos = page3
	if err := l.add("kernel", le.Uint32(h[8:])); err != nil {
		return err
	}
	if err := l.add("ramdisk", le.Uint32(h[12:])); err != nil || l.im.Version < 4 {
		return err
	}
	return l.add("signature", le.Uint32(h[1580:]))
}

// vendor reads a vendor_boot image. From version 4 on its ramdisk is a list of
// fragments.
func (l *layout) vendor(h []byte) error {
	le := binary.LittleEndian
	l.im.Vendor, l.im.Version = true, int(le.Uint32(h[8:]))
	if l.im.Version != 3 && l.im.Version != 4 {
		return fmt.Errorf("version %d of the vendor boot image header is not known", l.im.Version)
	}
	if err := l.page(le.Uint32(h[12:])); err != nil {
		return err
	}
	l.im.CommandLine, l.im.Name = text(h[28:2076]), text(h[2080:2096])
	header := int64(2112)
	if l.im.Version == 4 {
		header = 2128
	}
	l.pos = (header + l.im.PageSize - 1) / l.im.PageSize * l.im.PageSize
	ramdisk := l.pos
	if err := l.add("ramdisk", le.Uint32(h[24:])); err != nil {
		return err
	}
	if err := l.add("dtb", le.Uint32(h[2100:])); err != nil || l.im.Version < 4 {
		return err
	}
	tableAt := l.pos
	if err := l.add("ramdisk_table", le.Uint32(h[2112:])); err != nil {
		return err
	}
	if err := l.add("bootconfig", le.Uint32(h[2124:])); err != nil {
		return err
	}
	return l.fragments(ramdisk, int64(le.Uint32(h[24:])), tableAt, int64(le.Uint32(h[2112:])), h[2116:2124])
}

const (
	fragmentSize = 108
	// maxFragments bounds the fragments of a vendor ramdisk: mkbootimg writes a
	// handful.
	maxFragments = 256
)

// fragments replaces the parts ramdisk and ramdisk_table by a part for every
// fragment.
func (l *layout) fragments(at, size, tableAt, tableSize int64, counts []byte) error {
	le := binary.LittleEndian
	count, each := int64(le.Uint32(counts)), int64(le.Uint32(counts[4:]))
	if count == 0 {
		return nil
	}
	if count > maxFragments || each < fragmentSize || each > 4096 || count*each > tableSize {
		return fmt.Errorf("a table of %d ramdisks of %d bytes each", count, each)
	}
	table := make([]byte, count*each)
	if err := extent.ReadFull(l.r, table, tableAt); err != nil {
		return err
	}
	var parts []Part
	seen, sum := map[string]bool{}, int64(0)
	for i := range count {
		e := table[i*each:]
		n, off := int64(le.Uint32(e)), int64(le.Uint32(e[4:]))
		name := "ramdisk"
		if s := text(e[12:44]); s != "" {
			name += "-" + s
		}
		if seen[name] {
			name = fmt.Sprintf("%s-%d", name, i)
		}
		if seen[name] || off > size || n > size-off {
			return fmt.Errorf("ramdisk %d lies outside of the others' place, or has the name of another", i)
		}
		if sum += n; sum > size {
			return errors.New("the ramdisks overlap")
		}
		seen[name] = true
		parts = append(parts, Part{name, io.NewSectionReader(l.r, at+off, n)})
	}
	for _, p := range l.im.Parts {
		if p.Name != "ramdisk" && p.Name != "ramdisk_table" {
			parts = append(parts, p)
		}
	}
	l.im.Parts = parts
	return nil
}

// osVersion reads the word that holds three numbers of 7 bits, and year and
// month in 11 bits.
func osVersion(w uint32) (version, patch string) {
	if v := w >> 11; v != 0 {
		version = fmt.Sprintf("%d.%d.%d", v>>14, v>>7&0x7f, v&0x7f)
	}
	if p := w & 0x7ff; p != 0 && p&15 <= 12 {
		patch = fmt.Sprintf("%d-%02d", 2000+p>>4, p&15)
	}
	return version, patch
}

// text is what stands before the first NUL, without what is not printable.
func text(b []byte) string {
	b, _, _ = bytes.Cut(b, []byte{0})
	return string(bytes.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, bytes.ToValidUTF8(b, nil)))
}
