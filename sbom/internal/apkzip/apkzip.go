// Package apkzip reads the ZIP archives that Android installs, as Android
// reads them.
//
// An APK and an APEX are ZIP archives whose bytes are signed, so two readers that
// find different files in one archive are a hole: what was verified is then not
// what runs. This reader follows Android's (libziparchive, and apksig's
// ZipUtils): the central directory alone says what there is, the end record is
// the last one whose comment reaches the end of the file, and what Android
// refuses is refused here too: ZIP64, encrypted entries, two entries of one name,
// entries that reach into the central directory. One thing is refused that Android
// bears: entries that together take more room than the archive has.
//
// It does not check CRCs (signatures cover more than they do) and unpacks
// nothing on its own.
package apkzip

import (
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Limits.
const (
	// maxDirectory bounds the central directory, which is held in memory. The
	// count of entries is a 16-bit number; the largest APKs have about 20,000
	// entries and 2 MiB.
	maxDirectory = 64 << 20
	endSize      = 22      // of the end record without its comment
	maxComment   = 1 << 16 // its length is a 16-bit number
)

// Signatures of the records (APPNOTE 4.3).
const (
	localMagic     = 0x04034b50
	directoryMagic = 0x02014b50
	endMagic       = 0x06054b50
	zip64Magic     = 0x07064b50
)

// Methods of compression that Android knows.
const (
	Stored   = 0
	Deflated = 8
)

// ErrNotZIP says that there is no end record: the file is no ZIP archive, or it
// is cut off.
var ErrNotZIP = errors.New("not a ZIP archive: it has no end record")

// An Archive is an open archive. It may be used concurrently if its reader may.
type Archive struct {
	r    io.ReaderAt
	size int64

	// Entries are the entries in the order of the central directory.
	Entries []Entry
	// Directory is the offset of the central directory, End that of the end
	// record, both from the start of the file.
	Directory, End int64

	end    []byte // the end record with its comment
	byName map[string]int
}

// An Entry is one file of the archive. Its Name is bytes; what it may hold
// nobody has checked.
type Entry struct {
	Name       string
	Method     uint16
	Compressed int64 // size in the archive, in bytes
	Size       int64 // size of its content, in bytes, as the directory says

	offset int64 // of its local header
}

// Open reads the central directory of the archive in r, which is size bytes
// long.
func Open(r io.ReaderAt, size int64) (*Archive, error) {
	a := &Archive{r: r, size: size, byName: map[string]int{}}
	if err := a.findEnd(); err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	count := int(le.Uint16(a.end[10:]))
	length := int64(le.Uint32(a.end[12:]))
	a.Directory = int64(le.Uint32(a.end[16:]))
	switch {
	case a.Directory+length > a.End:
		return nil, errors.New("the ZIP directory overlaps the end record: the file is cut or joined from two")
	case length > maxDirectory:
		return nil, fmt.Errorf("the ZIP directory is larger than %d MiB", maxDirectory>>20)
	}
	if a.zip64() {
		return nil, errors.New("a ZIP64 archive, which Android does not install")
	}
	data := make([]byte, length)
	if _, err := a.r.ReadAt(data, a.Directory); err != nil {
		return nil, fmt.Errorf("ZIP directory: %w", err)
	}
	if err := a.parse(data, count); err != nil {
		return nil, err
	}
	return a, nil
}

// findEnd finds the end record: the one with the shortest comment that reaches
// exactly to the end of the file.
func (a *Archive) findEnd() error {
	n := min(a.size, endSize+maxComment-1)
	if n < endSize {
		return ErrNotZIP
	}
	tail := make([]byte, n)
	if _, err := a.r.ReadAt(tail, a.size-n); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("ZIP end record: %w", err)
	}
	for comment := 0; comment+endSize <= len(tail); comment++ {
		at := len(tail) - endSize - comment
		rec := tail[at:]
		if binary.LittleEndian.Uint32(rec) == endMagic && int(binary.LittleEndian.Uint16(rec[20:])) == comment {
			a.End = a.size - n + int64(at)
			a.end = rec
			return nil
		}
	}
	return ErrNotZIP
}

// zip64 reports whether a ZIP64 locator precedes the end record.
func (a *Archive) zip64() bool {
	const locator = 20
	head := make([]byte, 4)
	if a.End < locator {
		return false
	}
	_, err := a.r.ReadAt(head, a.End-locator)
	return err == nil && binary.LittleEndian.Uint32(head) == zip64Magic
}

// parse reads the records of the directory. What follows the last of them is
// ignored, as on Android.
func (a *Archive) parse(data []byte, count int) error {
	le := binary.LittleEndian
	const fixed = 46
	sum := int64(0)
	for i := range count {
		if len(data) < fixed || le.Uint32(data) != directoryMagic {
			return fmt.Errorf("ZIP directory: record %d of %d is damaged", i+1, count)
		}
		nameLen := int(le.Uint16(data[28:]))
		total := fixed + nameLen + int(le.Uint16(data[30:])) + int(le.Uint16(data[32:]))
		if len(data) < total {
			return fmt.Errorf("ZIP directory: record %d of %d is cut off", i+1, count)
		}
		e := Entry{
			Name:       string(data[fixed : fixed+nameLen]),
			Method:     le.Uint16(data[10:]),
			Compressed: int64(le.Uint32(data[20:])),
			Size:       int64(le.Uint32(data[24:])),
			offset:     int64(le.Uint32(data[42:])),
		}
		if le.Uint16(data[8:])&1 != 0 {
			return fmt.Errorf("%q is encrypted, which Android does not install", e.Name)
		}
		if _, twice := a.byName[e.Name]; twice {
			return fmt.Errorf("two entries have the name %q: readers disagree on which counts, and Android refuses both", e.Name)
		}
		if e.Compressed <= a.Directory { // else the entry is refused when it is read
			sum += e.Compressed
		}
		if sum > a.Directory {
			return errors.New("the ZIP entries take more room than there is: they overlap, so that a small archive can expand without end")
		}
		a.byName[e.Name] = len(a.Entries)
		a.Entries = append(a.Entries, e)
		data = data[total:]
	}
	return nil
}

// Reader gives the bytes of the whole file.
func (a *Archive) Reader() (r io.ReaderAt, size int64) { return a.r, a.size }

// EndRecord is a copy of the end record with its comment.
func (a *Archive) EndRecord() []byte { return append([]byte(nil), a.end...) }

// Find gives the entry of that exact name.
func (a *Archive) Find(name string) (Entry, bool) {
	i, ok := a.byName[name]
	if !ok {
		return Entry{}, false
	}
	return a.Entries[i], true
}

// IsDir reports whether the entry stands for a folder.
func (e Entry) IsDir() bool { return strings.HasSuffix(e.Name, "/") }

// Section gives the entry's bytes as they lie in the archive: its content where
// it is stored, a deflate stream otherwise.
func (a *Archive) Section(e Entry) (*io.SectionReader, error) {
	const fixed = 30
	head := make([]byte, fixed+len(e.Name))
	if e.offset+int64(len(head)) > a.Directory {
		return nil, fmt.Errorf("%q: its header lies outside the archive's data", e.Name)
	}
	if _, err := a.r.ReadAt(head, e.offset); err != nil {
		return nil, fmt.Errorf("%q: %w", e.Name, err)
	}
	le := binary.LittleEndian
	if le.Uint32(head) != localMagic {
		return nil, fmt.Errorf("%q: there is no header where the directory says", e.Name)
	}
	if int(le.Uint16(head[26:])) != len(e.Name) || string(head[fixed:]) != e.Name {
		return nil, fmt.Errorf("%q: its header has another name than the directory", e.Name)
	}
	start := e.offset + int64(len(head)) + int64(le.Uint16(head[28:]))
	if start+e.Compressed > a.Directory {
		return nil, fmt.Errorf("%q: it reaches into the ZIP directory", e.Name)
	}
	if e.Method == Stored && e.Compressed != e.Size {
		return nil, fmt.Errorf("%q: it is stored, and the directory gives two sizes", e.Name)
	}
	return io.NewSectionReader(a.r, start, e.Compressed), nil
}

// Open gives the entry's content. The reader fails unless there are exactly as
// many bytes as the directory says, so that a small entry cannot expand to a
// large one unseen.
func (a *Archive) Open(e Entry) (io.Reader, error) {
	s, err := a.Section(e)
	if err != nil {
		return nil, err
	}
	switch e.Method {
	case Stored:
		return s, nil
	case Deflated:
		return &exactly{r: flate.NewReader(s), left: e.Size, name: e.Name}, nil
	}
	return nil, fmt.Errorf("%q: compressed by method %d, which Android does not know", e.Name, e.Method)
}

// Read gives the entry's content, which must not be longer than limit bytes.
func (a *Archive) Read(e Entry, limit int64) ([]byte, error) {
	if e.Size > limit {
		return nil, fmt.Errorf("%q: larger than the limit of %d bytes", e.Name, limit)
	}
	r, err := a.Open(e)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", e.Name, err)
	}
	return data, nil
}

// exactly is a reader that must give left bytes and then end.
type exactly struct {
	r    io.Reader
	left int64
	name string
}

func (x *exactly) Read(p []byte) (int, error) {
	if int64(len(p)) > x.left+1 {
		p = p[:x.left+1]
	}
	n, err := x.r.Read(p)
	if int64(n) > x.left {
		return int(x.left), fmt.Errorf("%q: it expands to more than the directory says", x.name)
	}
	x.left -= int64(n)
	if errors.Is(err, io.EOF) && x.left > 0 {
		return n, fmt.Errorf("%q: it expands to less than the directory says", x.name)
	}
	return n, err
}
