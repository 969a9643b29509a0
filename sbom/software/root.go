package software

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom"
)

// Limits of a root folder. A folder over one of them is an error.
const (
	// maxEntries is ten times the files of a full desktop system.
	maxEntries = 4_000_000
	// maxPath is PATH_MAX of Linux: no file with a longer name can be opened.
	maxPath = 4096
	// maxDepth keeps the walk's stack small. PATH_MAX allows 2048 levels; real
	// systems have about 20.
	maxDepth = 256
)

// A root is an indexed root folder: where its files are, where its links lead
// and what could not be read. Paths in it are those of fs.FS: relative,
// slash-separated, clean.
type root struct {
	fs   fs.FS
	name string

	names  []entry             // every regular file and every link to one, by path
	bases  []int32             // names by base name, then path
	dirs   map[string]bool     // real directories
	links  map[string]string   // target of every link, as it is written
	linked map[string][]string // links by the real directory they lead to

	lfs        []string          // files that hold a Git LFS pointer
	unreadable map[string]string // path to reason
	clamped    []string          // links with more ".." than there are directories
	loops      []string          // links that lead in a circle
	noModule   []string          // files of a module's name that are none, with the reason
	misplaced  []string          // modules in the folder of another kernel release
	sums       map[string]string // sha256 in hex of files that were read whole
	notes      []sbom.Note
	setuid     []string   // files that run with the rights of their owner
	hardened   *hardening // nil if it was not asked for
}

// An entry is a name in the root under which a regular file is found.
type entry struct {
	path string
	real string // the file's path if path is a link, else ""
	size int64
}

// file is the path under which the entry is opened.
func (e entry) file() string {
	if e.real != "" {
		return e.real
	}
	return e.path
}

// openRoot walks the folder.
func openRoot(ctx context.Context, fsys fs.FS, name string) (*root, error) {
	r := &root{
		fs: fsys, name: name,
		dirs:       map[string]bool{".": true},
		links:      map[string]string{},
		linked:     map[string][]string{},
		unreadable: map[string]string{},
		sums:       map[string]string{},
	}
	count := 0
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if count++; count > maxEntries {
			return fmt.Errorf("%s: more than %d files: catalogue a smaller folder", name, maxEntries)
		}
		if err != nil {
			if p == "." {
				return fmt.Errorf("%s: %w", name, plainError(err))
			}
			r.cannotRead(p, err)
			return nil
		}
		return r.add(p, d)
	})
	if err != nil {
		return nil, err
	}
	r.index()
	return r, nil
}

// add takes one directory entry into the root.
func (r *root) add(p string, d fs.DirEntry) error {
	if len(p) > maxPath {
		return fmt.Errorf("%s: a path is longer than %d bytes, it starts with %.60q", r.name, maxPath, p)
	}
	switch {
	case d.IsDir():
		if strings.Count(p, "/") >= maxDepth {
			return fmt.Errorf("%s: folders are nested more than %d deep below %.60q", r.name, maxDepth, p)
		}
		r.dirs[p] = true
	case d.Type()&fs.ModeSymlink != 0:
		target, err := fs.ReadLink(r.fs, p)
		switch {
		case err != nil:
			r.cannotRead(p, err)
		case len(target) > maxPath:
			r.cannotRead(p, errors.New("the link's target is too long"))
		default:
			r.links[p] = target
		}
	case d.Type().IsRegular():
		info, err := d.Info()
		if err != nil {
			r.cannotRead(p, err)
			return nil
		}
		r.names = append(r.names, entry{path: p, size: info.Size()})
		if info.Mode()&fs.ModeSetuid != 0 {
			r.setuid = append(r.setuid, p)
		}
	}
	return nil // devices, pipes and sockets hold no software
}

// index resolves the links and sorts the names.
func (r *root) index() {
	byPath := func(a, b entry) int { return strings.Compare(a.path, b.path) }
	slices.SortFunc(r.names, byPath)
	var aliases []entry
	for _, link := range sortedKeys(r.links) {
		if climbs(link, r.links[link]) {
			r.clamped = append(r.clamped, link)
		}
		real, err := r.resolve(link)
		switch {
		case err != nil:
			r.loops = append(r.loops, link)
		case r.dirs[real]:
			r.linked[real] = append(r.linked[real], link)
		default:
			if f, ok := r.regular(real); ok {
				aliases = append(aliases, entry{path: link, real: real, size: f.size})
			}
		}
	}
	r.names = append(r.names, aliases...)
	slices.SortFunc(r.names, byPath)
	r.bases = make([]int32, len(r.names))
	for i := range r.bases {
		r.bases[i] = int32(i)
	}
	slices.SortFunc(r.bases, func(a, b int32) int {
		if c := strings.Compare(path.Base(r.names[a].path), path.Base(r.names[b].path)); c != 0 {
			return c
		}
		return int(a - b)
	})
}

// regular finds the regular file at that real path.
func (r *root) regular(p string) (entry, bool) {
	i, ok := slices.BinarySearchFunc(r.names, p, func(e entry, p string) int { return strings.Compare(e.path, p) })
	if !ok || r.names[i].real != "" {
		return entry{}, false
	}
	return r.names[i], true
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
