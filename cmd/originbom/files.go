package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/originbom/originbom/cmd/internal/ask"
)

// A hostFS is the file system from its root. Opening a pipe does not wait for
// a writer; readers then see that it is no regular file.
type hostFS struct{ fs.FS }

func host() hostFS { return hostFS{os.DirFS("/")} }

func (h hostFS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	return os.OpenFile("/"+name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

func (h hostFS) Stat(name string) (fs.FileInfo, error)      { return fs.Stat(h.FS, name) }
func (h hostFS) Lstat(name string) (fs.FileInfo, error)     { return fs.Lstat(h.FS, name) }
func (h hostFS) ReadLink(name string) (string, error)       { return fs.ReadLink(h.FS, name) }
func (h hostFS) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(h.FS, name) }

// hostPath places a path of the command line in hostFS. Standard input has no
// path.
func hostPath(name string) (string, error) {
	if err := ask.NotStdin(name); err != nil {
		return "", err
	}
	abs, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	rel := strings.TrimPrefix(filepath.ToSlash(abs), "/")
	if rel == "" {
		return ".", nil
	}
	return rel, nil
}

// belowHere is the path of a file below the working directory, with slashes: what
// a forge calls it, if the command runs where the sources are. It is "" for what
// lies elsewhere, and for standard input.
func belowHere(name string) string {
	if name == ask.Stdin {
		return ""
	}
	here, err1 := os.Getwd()
	abs, err2 := filepath.Abs(name)
	if err1 != nil || err2 != nil {
		return ""
	}
	if rel, err := filepath.Rel(here, abs); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	// The same folder may have been named through a symbolic link.
	here, err1 = filepath.EvalSymlinks(here)
	dir, err2 := filepath.EvalSymlinks(filepath.Dir(abs))
	if err1 != nil || err2 != nil {
		return ""
	}
	rel, err := filepath.Rel(here, filepath.Join(dir, filepath.Base(abs)))
	if err != nil || !filepath.IsLocal(rel) {
		return ""
	}
	return filepath.ToSlash(rel)
}

// readInput reads a regular file of at most limit bytes, or stdin for "-".
func readInput(stdin io.Reader, name string, limit int64) ([]byte, error) {
	return ask.ReadInput(stdin, name, limit)
}

func fileError(name string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return fmt.Errorf("%s: %w", name, err)
}

// folderFlag refuses standard output where several files are written.
func folderFlag(name string) error {
	if name == ask.Stdin {
		return errors.New("--output: several files are written, so - (standard output) cannot take them: give a folder")
	}
	return nil
}

// An output is a file to be written.
type output struct {
	name string
	data []byte
	mode fs.FileMode
}

// writeFiles writes all files, or none: each is written beside its place and
// moved there once all are whole. "-" is stdout.
func writeFiles(stdout io.Writer, outs ...output) (err error) {
	var temps []string
	defer func() {
		if err != nil {
			for _, t := range temps {
				_ = os.Remove(t)
			}
		}
	}()
	for _, o := range outs {
		if o.name == "-" {
			temps = append(temps, "")
			continue
		}
		t, err := writeTemp(o)
		if err != nil {
			return err
		}
		temps = append(temps, t)
	}
	for i, o := range outs {
		if o.name == "-" {
			if _, err := stdout.Write(o.data); err != nil {
				return err
			}
			continue
		}
		if err := os.Rename(temps[i], o.name); err != nil {
			return fileError(o.name, err)
		}
	}
	return nil
}

func writeTemp(o output) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(o.name), ".originbom-*")
	if err != nil {
		return "", fileError(o.name, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(o.data)
	err = errors.Join(err, f.Chmod(o.mode), f.Sync(), f.Close())
	if err != nil {
		return "", fileError(o.name, err)
	}
	return f.Name(), nil
}
