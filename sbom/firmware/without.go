package firmware

import (
	"io/fs"
	"slices"
	"strings"
)

// without is a file system in which some folders are not shown: they are other
// partitions, which a dump keeps inside of this one.
type without struct {
	fs.FS
	hidden []string
}

var (
	_ fs.ReadLinkFS = without{}
	_ fs.ReadDirFS  = without{}
	_ fs.StatFS     = without{}
)

func (w without) hides(name string) bool {
	return slices.ContainsFunc(w.hidden, func(h string) bool { return name == h || strings.HasPrefix(name, h+"/") })
}

func (w without) check(op, name string) error {
	if w.hides(name) {
		return &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	return nil
}

func (w without) Open(name string) (fs.File, error) {
	if err := w.check("open", name); err != nil {
		return nil, err
	}
	return w.FS.Open(name)
}

func (w without) Stat(name string) (fs.FileInfo, error) {
	if err := w.check("stat", name); err != nil {
		return nil, err
	}
	return fs.Stat(w.FS, name)
}

func (w without) Lstat(name string) (fs.FileInfo, error) {
	if err := w.check("lstat", name); err != nil {
		return nil, err
	}
	return fs.Lstat(w.FS, name)
}

func (w without) ReadLink(name string) (string, error) {
	if err := w.check("readlink", name); err != nil {
		return "", err
	}
	return fs.ReadLink(w.FS, name)
}

func (w without) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := w.check("readdir", name); err != nil {
		return nil, err
	}
	list, err := fs.ReadDir(w.FS, name)
	return slices.DeleteFunc(list, func(e fs.DirEntry) bool {
		at := e.Name()
		if name != "." {
			at = name + "/" + at
		}
		return w.hides(at)
	}), err
}
