package imagefs

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// A Virtual is a directory that exists in no image: names with a file or a whole
// file system below each. Links inside a file system stay in it.
type Virtual struct {
	mounts map[string]fs.FS
	files  map[string]virtualFile
}

type virtualFile struct {
	r    io.ReaderAt
	size int64
}

var (
	_ fs.ReadLinkFS = (*Virtual)(nil)
	_ fs.ReadDirFS  = (*Virtual)(nil)
	_ fs.StatFS     = (*Virtual)(nil)
)

// NewVirtual makes an empty directory. It must not be changed once it is read.
func NewVirtual() *Virtual {
	return &Virtual{mounts: map[string]fs.FS{}, files: map[string]virtualFile{}}
}

// Mount puts a file system under a name without slashes.
func (v *Virtual) Mount(name string, f fs.FS) error {
	if err := v.free(name); err != nil {
		return err
	}
	v.mounts[name] = f
	return nil
}

// Add puts a file of size bytes under a name without slashes.
func (v *Virtual) Add(name string, r io.ReaderAt, size int64) error {
	if err := v.free(name); err != nil {
		return err
	}
	v.files[name] = virtualFile{r, size}
	return nil
}

func (v *Virtual) free(name string) error {
	_, mount := v.mounts[name]
	_, file := v.files[name]
	if mount || file || !fs.ValidPath(name) || strings.Contains(name, "/") || name == "." {
		return &fs.PathError{Op: "mount", Path: name, Err: errors.New("the name is not possible or is there twice")}
	}
	return nil
}

// Open opens a file or directory.
func (v *Virtual) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if name == "." {
		return &virtualDir{v: v}, nil
	}
	if f, ok := v.files[name]; ok {
		return &file{io.NewSectionReader(f.r, 0, f.size), info{name, Node{Mode: 0o444, Size: f.size}}}, nil
	}
	sub, rest := v.below(name)
	if sub == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	f, err := sub.Open(rest)
	return f, named(err, name)
}

// below gives the file system that a path lies in, and the path there.
func (v *Virtual) below(name string) (fs.FS, string) {
	first, rest, ok := strings.Cut(name, "/")
	if !ok {
		rest = "."
	}
	return v.mounts[first], rest
}

// named puts the whole path in an error of a file system below.
func named(err error, name string) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return &fs.PathError{Op: pe.Op, Path: name, Err: pe.Err}
	}
	return err
}

// Stat describes what a path leads to.
func (v *Virtual) Stat(name string) (fs.FileInfo, error) { return v.stat(name, fs.Stat) }

// Lstat describes a path itself.
func (v *Virtual) Lstat(name string) (fs.FileInfo, error) { return v.stat(name, fs.Lstat) }

func (v *Virtual) stat(name string, how func(fs.FS, string) (fs.FileInfo, error)) (fs.FileInfo, error) {
	sub, rest := v.below(name)
	if sub == nil {
		f, err := v.Open(name)
		if err != nil {
			return nil, err
		}
		return f.Stat()
	}
	if rest == "." {
		return info{name, Node{Mode: fs.ModeDir | 0o755}}, nil
	}
	st, err := how(sub, rest)
	return st, named(err, name)
}

// ReadLink gives the target of a link as it is written.
func (v *Virtual) ReadLink(name string) (string, error) {
	sub, rest := v.below(name)
	if sub == nil {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	target, err := fs.ReadLink(sub, rest)
	return target, named(err, name)
}

// ReadDir lists a directory, sorted by name.
func (v *Virtual) ReadDir(name string) ([]fs.DirEntry, error) {
	if name == "." {
		return v.entries(), nil
	}
	sub, rest := v.below(name)
	if sub == nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	list, err := fs.ReadDir(sub, rest)
	return list, named(err, name)
}

func (v *Virtual) entries() []fs.DirEntry {
	var out []fs.DirEntry
	for name := range v.mounts {
		out = append(out, info{name, Node{Mode: fs.ModeDir | 0o755}})
	}
	for name, f := range v.files {
		out = append(out, info{name, Node{Mode: 0o444, Size: f.size}})
	}
	slices.SortFunc(out, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return out
}

// virtualDir is the open top directory.
type virtualDir struct {
	v    *Virtual
	next int
}

func (d *virtualDir) Stat() (fs.FileInfo, error) {
	return info{path.Base("."), Node{Mode: fs.ModeDir | 0o755}}, nil
}
func (d *virtualDir) Close() error { return nil }
func (d *virtualDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: ".", Err: fs.ErrInvalid}
}

func (d *virtualDir) ReadDir(n int) ([]fs.DirEntry, error) {
	rest := d.v.entries()[d.next:]
	if n > 0 && len(rest) == 0 {
		return nil, io.EOF
	}
	if n > 0 {
		rest = rest[:min(n, len(rest))]
	}
	d.next += len(rest)
	return rest, nil
}
