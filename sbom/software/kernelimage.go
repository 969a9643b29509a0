package software

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/originbom/originbom/sbom/internal/modsig"
)

const (
	// headSize covers the magic numbers of every format of kernel, and the
	// stub before the compressed part of an ARM zImage.
	headSize = 64 << 10
	// maxBanner bounds the "Linux version" line. The longest, with a compiler's
	// full name, are near 300 bytes.
	maxBanner = 512
)

const bannerPrefix = "Linux version "

var (
	errNotKernel = errors.New("not a kernel")
	errNoBanner  = errors.New(`a kernel without a "Linux version" line`)
)

// readBanner finds the "Linux version" line of a kernel, in whichever wrapping:
// x86 bzImage (its header holds the line's text), arm64 Image, ARM zImage, EFI
// zboot, U-Boot uImage, vmlinux, each also compressed by gzip, xz, zstd or lz4.
// It returns errNotKernel for any other file.
func readBanner(r io.ReaderAt, size int64) (string, error) { return readKernel(r, size, findBanner) }

// A search looks for something in the bytes of an unpacked kernel.
type search func(io.Reader) (string, error)

// kernelCertificates finds the certificates in a kernel, in whichever wrapping
// but bzImage, of which none are found.
func kernelCertificates(r io.ReaderAt, size int64) ([]*x509.Certificate, error) {
	var found []*x509.Certificate
	_, err := readKernel(r, size, func(r io.Reader) (string, error) {
		var err error
		found, err = modsig.Certificates(r)
		return "", err
	})
	return found, err
}

// readKernel takes the wrapping off a kernel and looks for something in it.
func readKernel(r io.ReaderAt, size int64, find search) (string, error) {
	head := make([]byte, min(size, headSize))
	if n, err := r.ReadAt(head, 0); n < len(head) {
		return "", fmt.Errorf("read the first %d bytes: %w", len(head), err)
	}
	if bytes.HasPrefix(head, []byte("\x27\x05\x19\x56")) && len(head) > 64 { // uImage: 64 bytes, then the kernel
		r, size, head = io.NewSectionReader(r, 64, size-64), size-64, head[64:]
	}
	whole := io.NewSectionReader(r, 0, size)
	if z, err := decompress(head, whole); err == nil {
		return unpackedBanner(z, find)
	} else if !errors.Is(err, errNotCompressed) {
		return "", err
	}
	switch {
	case at(head, 4, "zimg"):
		return zbootBanner(r, size, head, find)
	case at(head, 0x202, "HdrS"):
		return bzImageBanner(r, size, head)
	case at(head, 0x24, "\x18\x28\x6f\x01"), at(head, 0x24, "\x01\x6f\x28\x18"): // ARM zImage
		return zImageBanner(r, size, head, find)
	case isUnpacked(head):
		return find(whole)
	}
	return "", errNotKernel
}

// isUnpacked reports whether head starts a kernel that is no wrapping: an arm64
// Image or an ELF file.
func isUnpacked(head []byte) bool { return at(head, 0x38, "ARM\x64") || at(head, 0, "\x7fELF") }

// unpackedBanner finds the line in what was a compressed file. One without it is
// a kernel only if it looks like one: manual pages are named kernel.gz too.
func unpackedBanner(r io.Reader, find search) (string, error) {
	b := bufio.NewReaderSize(r, 4096)
	head, err := b.Peek(0x40)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	looks := isUnpacked(head)
	line, err := find(b)
	if errors.Is(err, errNoBanner) && !looks {
		return "", errNotKernel
	}
	return line, err
}

func at(b []byte, off int, magic string) bool {
	return len(b) >= off+len(magic) && string(b[off:off+len(magic)]) == magic
}

// zbootBanner reads an EFI zboot image (Linux, drivers/firmware/efi/libstub/zboot-header.S):
// offset and size of the compressed kernel at 8 and 12.
func zbootBanner(r io.ReaderAt, size int64, head []byte, find search) (string, error) {
	if len(head) < 16 {
		return "", errNotKernel
	}
	off := int64(binary.LittleEndian.Uint32(head[8:]))
	n := int64(binary.LittleEndian.Uint32(head[12:]))
	if off > size || n > size-off {
		return "", errors.New("EFI zboot image: the compressed kernel lies outside the file")
	}
	return packedBanner(r, off, n, find)
}

// bzImageBanner reads the text that the x86 boot protocol points to: 0x200 plus
// the 16 bits at 0x20e.
func bzImageBanner(r io.ReaderAt, size int64, head []byte) (string, error) {
	if len(head) < 0x210 {
		return "", errNotKernel
	}
	off := int64(binary.LittleEndian.Uint16(head[0x20e:])) + 0x200
	text := make([]byte, max(min(size-off, maxBanner), 0))
	if n, err := r.ReadAt(text, off); n < len(text) {
		return "", err
	}
	if line := printable(text); bannerRelease(bannerPrefix+line) != "" {
		return bannerPrefix + line, nil
	}
	return "", errNoBanner
}

// zImageBanner reads an ARM zImage: code that unpacks, then the gzip stream. The
// line is nowhere else.
func zImageBanner(r io.ReaderAt, size int64, head []byte, find search) (string, error) {
	for _, c := range compressions {
		if i := bytes.Index(head, []byte(c.magic)); i >= 0 {
			if banner, err := packedBanner(r, int64(i), size-int64(i), find); err == nil {
				return banner, nil
			}
		}
	}
	return "", errNoBanner
}

// packedBanner finds the line in the compressed bytes at off.
func packedBanner(r io.ReaderAt, off, n int64, find search) (string, error) {
	part := io.NewSectionReader(r, off, n)
	head := make([]byte, min(n, 16))
	if k, err := part.ReadAt(head, 0); k < len(head) {
		return "", err
	}
	z, err := decompress(head, part)
	if err != nil {
		return "", err
	}
	return find(z)
}

// findBanner finds the first "Linux version" line with a release in it. The
// format string of the same words, which every kernel holds too, has none.
func findBanner(r io.Reader) (string, error) {
	const chunk = 64 << 10
	b := bufio.NewReader(r) // gives io.ErrNoProgress, and the reader's own error
	buf := make([]byte, 0, chunk+maxBanner)
	for {
		var err error
		for err == nil && len(buf) < cap(buf) {
			var n int
			n, err = b.Read(buf[len(buf):cap(buf)])
			buf = buf[:len(buf)+n]
		}
		if line := bannerIn(buf, err != nil); line != "" {
			return line, nil
		}
		switch {
		case errors.Is(err, io.EOF):
			return "", errNoBanner
		case err != nil:
			return "", err
		}
		// A line that starts in the last bytes is looked at with what follows.
		buf = buf[:copy(buf, buf[len(buf)-maxBanner:])]
	}
}

// bannerIn finds a whole line in buf: one that starts at least maxBanner before
// its end, unless nothing follows.
func bannerIn(buf []byte, end bool) string {
	for from := 0; ; {
		i := bytes.Index(buf[from:], []byte(bannerPrefix))
		if i < 0 {
			return ""
		}
		from += i
		if !end && len(buf)-from < maxBanner {
			return ""
		}
		if line := printable(buf[from:min(len(buf), from+maxBanner)]); bannerRelease(line) != "" {
			return line
		}
		from += len(bannerPrefix)
	}
}

// printable is the text in b before the first byte that is not printable ASCII.
func printable(b []byte) string {
	for i, c := range b {
		if c < ' ' || c > '~' {
			return string(b[:i])
		}
	}
	return string(b)
}

// bannerRelease is the kernel release in the line: its third word, which starts
// with a digit and has dots.
func bannerRelease(line string) string {
	rest, ok := strings.CutPrefix(line, bannerPrefix)
	release, _, _ := strings.Cut(rest, " ")
	if !ok || release == "" || release[0] < '0' || release[0] > '9' ||
		!strings.Contains(release, ".") || strings.Contains(release, "%") {
		return ""
	}
	return release
}
