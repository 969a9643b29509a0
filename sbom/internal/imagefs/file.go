package imagefs

import (
	"io"
	"io/fs"
	"path"
	"time"
)

// info describes a node under one of its names.
type info struct {
	name string
	node Node
}

func (i info) Name() string               { return i.name }
func (i info) Size() int64                { return i.node.Size }
func (i info) Mode() fs.FileMode          { return i.node.Mode }
func (i info) ModTime() time.Time         { return i.node.ModTime }
func (i info) IsDir() bool                { return i.node.Mode.IsDir() }
func (i info) Sys() any                   { return nil }
func (i info) Type() fs.FileMode          { return i.node.Mode.Type() }
func (i info) Info() (fs.FileInfo, error) { return i, nil }

// file is an open regular file.
type file struct {
	*io.SectionReader
	info info
}

func (f *file) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *file) Close() error               { return nil }

// dir is an open directory.
type dir struct {
	info    info
	fs      *FS
	name    string
	entries []Entry
	next    int
}

func (d *dir) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *dir) Close() error               { return nil }

func (d *dir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: fs.ErrInvalid}
}

// ReadDir gives the next n entries, all if n <= 0. A node that cannot be read is
// an entry still: see broken.
func (d *dir) ReadDir(n int) ([]fs.DirEntry, error) {
	rest := d.entries[d.next:]
	if n > 0 && len(rest) == 0 {
		return nil, io.EOF
	}
	if n > 0 {
		rest = rest[:min(n, len(rest))]
	}
	out := make([]fs.DirEntry, 0, len(rest))
	for _, e := range rest {
		d.next++
		node, err := d.fs.tree.Stat(e.ID)
		if err != nil {
			out = append(out, broken{info{e.Name, Node{Mode: fs.ModeDir}}, path.Join(d.name, e.Name), err})
			continue
		}
		out = append(out, info{e.Name, node})
	}
	return out, nil
}

// broken is an entry whose node cannot be read. It is shown as a directory, so
// that a walk tries to open it and is told.
type broken struct {
	info
	path string
	err  error
}

func (b broken) Info() (fs.FileInfo, error) {
	return nil, &fs.PathError{Op: "lstat", Path: b.path, Err: b.err}
}
