package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/originbom/originbom/cmd/internal/ask"
	"github.com/originbom/originbom/policy/assess"
	"github.com/originbom/originbom/sbom/input"
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

// readInput reads a BOM of at most limit bytes, or stdin for "-". What is clearly
// another kind of file is refused with the command that takes it.
func readInput(stdin io.Reader, name string, limit int64) ([]byte, error) {
	data, err := ask.ReadInput(stdin, name, limit)
	if err == nil {
		err = notBOM(name, data)
	}
	if err != nil {
		return nil, err
	}
	return data, nil
}

// notBOM is the error for a file that does not even begin as a BOM does.
func notBOM(name string, data []byte) error {
	kind := input.Detect(data)
	if begin := bytes.TrimLeft(data, "\xef\xbb\xbf \t\r\n"); kind == input.Nothing || len(begin) > 0 && begin[0] == '{' {
		return nil // the decoder says what is wrong
	}
	hint := ""
	switch {
	case kind == input.PartList && assess.IsHandset(data):
		kind, hint = "a handset file", "originbom assess judges the handset that it names"
	case kind == input.PartList && looksLikeYAML(name):
		kind = "a YAML file"
	case slices.Contains([]input.Kind{input.PartList, input.Workbook, input.DeviceTree, input.LiveDump, input.IPC2581, input.KiCadNetlist, input.Lshw}, kind):
		hint = "originbom generate makes a BOM of it"
	case kind == input.ZIP:
		hint = "if it is an evidence archive, say originbom check FILE --replay"
	}
	err := fmt.Errorf("%s: this is %s, and a CycloneDX BOM in JSON is wanted", name, kind)
	if kind == input.Unknown {
		err = fmt.Errorf("%s: this is no CycloneDX BOM in JSON", name)
	}
	if hint != "" {
		err = fmt.Errorf("%w\nhint: %s", err, hint)
	}
	return err
}

func looksLikeYAML(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return ext == ".yaml" || ext == ".yml"
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
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s: there is no folder %s: make it first", o.name, filepath.Dir(o.name))
	}
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
