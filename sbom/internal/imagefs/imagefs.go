// Package imagefs gives the file systems inside images as [fs.FS].
//
// A reader of one format (erofs, ext4, f2fs, squashfs, cpio) implements [Tree]:
// numbered nodes, directories, link targets, contents. [New] puts paths, links
// and files on it, the same for all of them:
//
//   - Links, absolute and relative, resolve inside the image as chroot does it:
//     ".." stops at the root. No path ever reaches the host.
//   - A directory that is reached from two parents is refused, so that no walk is
//     endless.
//   - Files are [io.ReaderAt] and [io.Seeker]; nothing is read ahead.
//   - A name that is no UTF-8 is shown with the offending bytes written as \xNN.
package imagefs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/originbom/originbom/sbom/internal/extent"
)

// Limits.
const (
	// maxHops is how many links one path may lead through, MAXSYMLINKS of Linux.
	maxHops = 40
	// MaxLink is the longest target of a link in bytes, PATH_MAX of Linux.
	MaxLink = 4096
	// MaxEntries bounds one directory. Real ones have some thousands.
	MaxEntries = 1 << 20
	// maxName is NAME_MAX of Linux, in bytes.
	maxName = 255
	// maxNames bounds the names in all directories of a file system that are
	// listed, each directory counted once. A full Linux phone has some 300,000, and
	// directories of a hostile image may share their blocks.
	maxNames = 1 << 22
	// cachedNames is how many names of directories are kept.
	cachedNames = 1 << 18
	// maxSteps is how many names one path may lead through with those of its links.
	maxSteps = 4096
)

var errTooMany = fmt.Errorf("more than %d names in one directory", MaxEntries)

// A Node is what a tree says of one of its files.
type Node struct {
	Mode    fs.FileMode // with type bits
	Size    int64       // of a regular file, or of a link's target, in bytes
	ModTime time.Time
}

// An Entry is a name in a directory.
type Entry struct {
	Name string
	ID   uint64
}

// A Tree is a file system by node number. Its methods may be called from several
// goroutines. Entries "." and ".." are left out.
type Tree interface {
	Root() uint64
	Stat(id uint64) (Node, error)
	ReadDir(id uint64) ([]Entry, error)
	// Open gives the content of a regular file, of the size that Stat tells, or the
	// target of a link.
	Open(id uint64) (io.ReaderAt, error)
}

// An FS is a tree by path. It implements [fs.ReadLinkFS], [fs.StatFS] and
// [fs.ReadDirFS], and is safe for concurrent use.
type FS struct {
	tree Tree

	mu      sync.Mutex
	dirs    map[uint64][]Entry
	cached  int             // names in dirs
	counted map[uint64]bool // directories whose names are in names
	names   int
	parents map[uint64]uint64 // of every directory that was listed
}

var (
	_ fs.ReadLinkFS = (*FS)(nil)
	_ fs.ReadDirFS  = (*FS)(nil)
	_ fs.StatFS     = (*FS)(nil)
)

// New gives the tree as a file system.
func New(t Tree) *FS {
	return &FS{tree: t, dirs: map[uint64][]Entry{}, counted: map[uint64]bool{}, parents: map[uint64]uint64{}}
}

// Open opens a file or directory. Devices, pipes and sockets have no content.
func (f *FS) Open(name string) (fs.File, error) {
	at, err := f.walk("open", name, true)
	if err != nil {
		return nil, err
	}
	in := info{path.Base(name), at.node}
	switch {
	case at.node.Mode.IsDir():
		entries, err := f.list(at.id)
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
		return &dir{info: in, fs: f, name: name, entries: entries}, nil
	case at.node.Mode.IsRegular():
		r, err := f.tree.Open(at.id)
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
		return &file{io.NewSectionReader(r, 0, at.node.Size), in}, nil
	}
	in.node.Size = 0
	return &file{io.NewSectionReader(strings.NewReader(""), 0, 0), in}, nil
}

// Stat describes what a path leads to.
func (f *FS) Stat(name string) (fs.FileInfo, error) { return f.stat("stat", name, true) }

// Lstat describes a path itself, a link as a link.
func (f *FS) Lstat(name string) (fs.FileInfo, error) { return f.stat("lstat", name, false) }

func (f *FS) stat(op, name string, follow bool) (fs.FileInfo, error) {
	at, err := f.walk(op, name, follow)
	if err != nil {
		return nil, err
	}
	return info{path.Base(name), at.node}, nil
}

// ReadLink gives the target of a link as it is written.
func (f *FS) ReadLink(name string) (string, error) {
	at, err := f.walk("readlink", name, false)
	if err != nil {
		return "", err
	}
	if at.node.Mode.Type() != fs.ModeSymlink {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	target, err := f.link(at)
	if err != nil {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: err}
	}
	return target, nil
}

// ReadDir lists a directory, sorted by name.
func (f *FS) ReadDir(name string) ([]fs.DirEntry, error) {
	file, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	d, ok := file.(*dir)
	if !ok {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.New("not a directory")}
	}
	return d.ReadDir(-1)
}

type place struct {
	id   uint64
	node Node
}

// walk finds the node at a path. follow says whether a link at its end counts.
func (f *FS) walk(op, name string, follow bool) (place, error) {
	if !fs.ValidPath(name) {
		return place{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	at, err := f.resolve(name, follow)
	if err != nil {
		return place{}, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return at, nil
}

func (f *FS) resolve(name string, follow bool) (place, error) {
	stack, err := f.root()
	if err != nil {
		return place{}, err
	}
	todo, hops := strings.Split(name, "/"), 0
	for steps := 0; len(todo) > 0; steps++ {
		if steps > maxSteps {
			return place{}, errors.New("the path leads through too many names")
		}
		seg, last := todo[0], len(todo) == 1
		todo = todo[1:]
		cur := stack[len(stack)-1]
		switch {
		case seg == "" || seg == ".":
			continue
		case seg == "..":
			stack = stack[:max(1, len(stack)-1)]
			continue
		case !cur.node.Mode.IsDir():
			return place{}, fs.ErrNotExist
		}
		next, err := f.child(cur.id, seg)
		if err != nil {
			return place{}, err
		}
		if next.node.Mode.Type() != fs.ModeSymlink || last && !follow {
			stack = append(stack, next)
			continue
		}
		if hops++; hops > maxHops {
			return place{}, errors.New("too many levels of links")
		}
		target, err := f.link(next)
		if err != nil {
			return place{}, err
		}
		if strings.HasPrefix(target, "/") {
			stack = stack[:1]
		}
		todo = append(strings.Split(target, "/"), todo...)
	}
	return stack[len(stack)-1], nil
}

func (f *FS) root() ([]place, error) {
	id := f.tree.Root()
	node, err := f.tree.Stat(id)
	if err == nil && !node.Mode.IsDir() {
		err = errors.New("the root is not a directory")
	}
	return []place{{id, node}}, err
}

func (f *FS) child(dir uint64, name string) (place, error) {
	entries, err := f.list(dir)
	if err != nil {
		return place{}, err
	}
	i, ok := slices.BinarySearchFunc(entries, name, func(e Entry, n string) int { return strings.Compare(e.Name, n) })
	if !ok {
		return place{}, fs.ErrNotExist
	}
	node, err := f.tree.Stat(entries[i].ID)
	if err == nil && node.Mode.IsDir() {
		err = f.adopt(entries[i].ID, dir)
	}
	return place{entries[i].ID, node}, err
}

// adopt refuses a directory that has another parent already.
func (f *FS) adopt(child, parent uint64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if p, ok := f.parents[child]; ok && p != parent || child == f.tree.Root() {
		return errors.New("the directory lies in two places: the file system is damaged")
	}
	f.parents[child] = parent
	return nil
}

func (f *FS) link(at place) (string, error) {
	if at.node.Size < 0 || at.node.Size > MaxLink {
		return "", fmt.Errorf("the link's target is longer than %d bytes", MaxLink)
	}
	r, err := f.tree.Open(at.id)
	if err != nil {
		return "", err
	}
	b := make([]byte, at.node.Size)
	if err := extent.ReadFull(r, b, 0); err != nil {
		return "", err
	}
	target := string(b)
	if target == "" || strings.Contains(target, "\x00") {
		return "", errors.New("the link's target is no path")
	}
	return escape(target), nil
}

// list gives the sorted entries of a directory.
func (f *FS) list(id uint64) ([]Entry, error) {
	f.mu.Lock()
	got, ok := f.dirs[id]
	f.mu.Unlock()
	if ok {
		return got, nil
	}
	entries, err := f.tree.ReadDir(id)
	if err != nil {
		return nil, err
	}
	if len(entries) > MaxEntries {
		return nil, errTooMany
	}
	for i := range entries {
		n := entries[i].Name
		if n == "" || n == "." || n == ".." || len(n) > maxName || strings.ContainsAny(n, "/\x00") {
			return nil, fmt.Errorf("the name %.60q is not possible", n)
		}
		entries[i].Name = escape(n)
	}
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	for i := 1; i < len(entries); i++ {
		if entries[i].Name == entries[i-1].Name {
			return nil, fmt.Errorf("the name %.60q is there twice", entries[i].Name)
		}
	}
	if err := f.keep(id, entries); err != nil {
		return nil, err
	}
	return entries, nil
}

// keep counts the names of a directory that is listed the first time, and keeps
// them for the next.
func (f *FS) keep(id uint64, entries []Entry) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.counted[id] {
		f.counted[id] = true
		f.names += 1 + len(entries)
	}
	if f.names > maxNames {
		return fmt.Errorf("more than %d names in the file system", maxNames)
	}
	if _, ok := f.dirs[id]; ok {
		return nil // another goroutine was faster
	}
	if f.cached += 1 + len(entries); f.cached > cachedNames {
		clear(f.dirs)
		f.cached = 1 + len(entries)
	}
	f.dirs[id] = entries
	return nil
}

// escape writes the bytes that are no UTF-8 as \xNN.
func escape(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&b, `\x%02x`, s[0])
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}
