package software

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/anchore/syft/syft/artifact"
	"github.com/anchore/syft/syft/file"
	"github.com/anchore/syft/syft/source"
)

// minProgram is below the size of every program that Go links, about 1 MiB
// since its runtime alone is. Smaller files are not looked at for programs.
const minProgram = 128 << 10

// rootSource is a root as syft's source. Nothing of it comes from the host.
type rootSource struct {
	root    *root
	stopped func() error
}

var _ source.Source = rootSource{}

func (s rootSource) ID() artifact.ID { return artifact.ID(s.root.name) }

func (s rootSource) Describe() source.Description {
	return source.Description{ID: s.root.name, Name: s.root.name, Metadata: source.DirectoryMetadata{Path: s.root.name}}
}

func (s rootSource) FileResolver(source.Scope) (file.Resolver, error) {
	return &resolver{root: s.root, stopped: s.stopped}, nil
}

func (s rootSource) Close() error { return nil }

// resolver lets syft see a root. Its locations have a leading slash, as syft
// expects. It is used by one goroutine. stopped says why the work must end; syft
// itself does not ask.
type resolver struct {
	root     *root
	stopped  func() error
	programs map[string][]string // by MIME type; nil before somebody asked
}

var _ file.Resolver = (*resolver)(nil)

func locate(h hit) file.Location { return file.NewVirtualLocation("/"+h.real, "/"+h.access) }

func (v *resolver) FileContentsByLocation(l file.Location) (io.ReadCloser, error) {
	if err := v.stopped(); err != nil {
		return nil, err
	}
	p := strings.TrimPrefix(l.RealPath, "/")
	if _, ok := v.root.regular(p); !ok {
		return nil, fmt.Errorf("%s: %s: %w", v.root.name, p, fs.ErrNotExist)
	}
	if v.root.pointer(p) {
		return nil, fmt.Errorf("%s: %s: %w", v.root.name, p, errLFS)
	}
	return v.root.open(p)
}

func (v *resolver) HasPath(p string) bool {
	real, err := v.root.resolve(p)
	if err != nil {
		return false
	}
	_, ok := v.root.regular(real)
	return ok || v.root.dirs[real]
}

func (v *resolver) FilesByPath(paths ...string) ([]file.Location, error) {
	var out []file.Location
	for _, p := range paths {
		if l := v.byPath(p); l != nil {
			out = append(out, *l)
		}
	}
	return out, v.stopped()
}

func (v *resolver) byPath(p string) *file.Location {
	real, err := v.root.resolve(p)
	if err != nil {
		return nil
	}
	if _, ok := v.root.regular(real); !ok {
		return nil
	}
	l := locate(hit{real, strings.TrimPrefix(p, "/")})
	return &l
}

// RelativeFileByPath hides dpkg's lists of digests: syft merges them in
// quadratic time, hashes them into its ids and holds all of them in memory; we
// read the lists of names where we need them.
func (v *resolver) RelativeFileByPath(_ file.Location, p string) *file.Location {
	if strings.HasSuffix(p, ".md5sums") || v.stopped() != nil {
		return nil
	}
	return v.byPath(p)
}

func (v *resolver) FilesByGlob(patterns ...string) ([]file.Location, error) {
	if err := v.stopped(); err != nil {
		return nil, err
	}
	var out []file.Location
	for _, h := range v.root.glob(patterns...) {
		out = append(out, locate(h))
	}
	return out, nil
}

// FilesByMIMEType knows the types of programs alone: only the cataloger of Go
// programs asks.
func (v *resolver) FilesByMIMEType(types ...string) ([]file.Location, error) {
	if v.programs == nil {
		v.programs = map[string][]string{}
		for _, e := range v.root.names {
			if e.real != "" || e.size < minProgram {
				continue
			}
			if err := v.stopped(); err != nil {
				return nil, err
			}
			if t := v.mimeType(e.path); t != "" {
				v.programs[t] = append(v.programs[t], e.path)
			}
		}
	}
	var paths []string
	for _, t := range types {
		paths = append(paths, v.programs[t]...)
	}
	slices.Sort(paths)
	var out []file.Location
	for _, p := range slices.Compact(paths) {
		out = append(out, locate(hit{p, p}))
	}
	return out, nil
}

func (v *resolver) mimeType(p string) string {
	f, err := v.root.fs.Open(p)
	if err != nil {
		v.root.cannotRead(p, err)
		return ""
	}
	defer f.Close()
	head := make([]byte, 20)
	if _, err := io.ReadFull(f, head); err != nil {
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			v.root.cannotRead(p, err)
		}
		return ""
	}
	return programType(head)
}

// programType gives the MIME type of a program that starts with head: the type
// of an ELF file is at byte 16 in its own byte order; 2 is a program, 3 one that
// can be moved or a shared library. Relocatable files are not programs.
func programType(head []byte) string {
	if len(head) < 18 || string(head[:4]) != "\x7fELF" {
		return ""
	}
	switch uint16(head[16]) | uint16(head[17]) {
	case 2:
		return "application/x-executable"
	case 3:
		return "application/x-sharedlib"
	}
	return ""
}

func (v *resolver) AllLocations(ctx context.Context) <-chan file.Location {
	out := make(chan file.Location)
	go func() {
		defer close(out)
		for _, e := range v.root.names {
			select {
			case <-ctx.Done():
				return
			case out <- locate(hit{e.path, e.path}):
			}
		}
	}()
	return out
}

func (v *resolver) FileMetadataByLocation(l file.Location) (file.Metadata, error) {
	p := strings.TrimPrefix(l.RealPath, "/")
	if _, ok := v.root.regular(p); !ok {
		return file.Metadata{}, fmt.Errorf("%s: %s: %w", v.root.name, p, fs.ErrNotExist)
	}
	info, err := fs.Stat(v.root.fs, p)
	if err != nil {
		v.root.cannotRead(p, err)
		return file.Metadata{}, fmt.Errorf("%s: %s: %w", v.root.name, p, plainError(err))
	}
	return file.Metadata{FileInfo: info, Path: l.RealPath}, nil
}
