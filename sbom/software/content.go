package software

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
)

const (
	// maxWhole bounds what is held in memory of a file whose file system gives
	// neither io.ReaderAt nor io.Seeker. Kernels are below 100 MiB.
	maxWhole = 256 << 20
	// The size of a Git LFS pointer: three short lines, 1024 bytes at most by
	// its specification; with the longest extensions in use below 512.
	minLFS, maxLFS = 100, 512
)

var lfsMagic = []byte("version https://git-lfs.github.com/spec/v1\n")

var errLFS = errors.New("a Git LFS pointer stands in place of the file")

// content is an open file. Random access matters to syft: without it whole files
// are buffered.
type content interface {
	io.ReadCloser
	io.ReaderAt
	io.Seeker
}

// open opens the regular file at the real path p. What cannot be opened is
// remembered and reported.
func (r *root) open(p string) (content, error) {
	c, err := r.openFile(p)
	if err != nil {
		r.cannotRead(p, err)
		return nil, fmt.Errorf("%s: %s: %w", r.name, p, plainError(err))
	}
	return c, nil
}

func (r *root) openFile(p string) (content, error) {
	f, err := r.fs.Open(p)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	if !info.Mode().IsRegular() {
		f.Close()
		return nil, errors.New("no longer a regular file")
	}
	if c, ok := f.(content); ok {
		return c, nil
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxWhole+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxWhole {
		return nil, fmt.Errorf("more than %d bytes, and its file system gives no random access", maxWhole)
	}
	return inMemory{bytes.NewReader(data)}, nil
}

type inMemory struct{ *bytes.Reader }

func (inMemory) Close() error { return nil }

// isLFS reports whether the head of a file of that size is a Git LFS pointer.
func isLFS(head []byte) bool { return bytes.HasPrefix(head, lfsMagic) }

// findPointers looks for Git LFS pointers among the files of their size.
func (r *root) findPointers(stopped func() error) error {
	head := make([]byte, len(lfsMagic))
	for _, e := range r.names {
		if e.real != "" || e.size < minLFS || e.size > maxLFS {
			continue
		}
		if err := stopped(); err != nil {
			return err
		}
		f, err := r.fs.Open(e.path)
		if err != nil {
			r.cannotRead(e.path, err)
			continue
		}
		_, err = io.ReadFull(f, head)
		f.Close()
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			r.cannotRead(e.path, err)
			continue
		}
		if err == nil && isLFS(head) {
			r.lfs = append(r.lfs, e.path)
		}
	}
	return nil
}

// cannotRead remembers that the file or folder at p could not be read.
func (r *root) cannotRead(p string, err error) {
	if _, ok := r.unreadable[p]; !ok {
		r.unreadable[p] = plainError(err).Error()
	}
}

// plainError drops the operation and path from an error of a file system: the
// path of the host must not enter a document.
func plainError(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// pointer reports whether the file at the real path p is a Git LFS pointer.
func (r *root) pointer(p string) bool {
	_, ok := slices.BinarySearch(r.lfs, p)
	return ok
}
