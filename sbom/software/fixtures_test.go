package software

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/originbom/originbom/sbom"
)

// buildModule makes the smallest relocatable ELF64 file for aarch64 that has a
// .modinfo section with the given tags.
func buildModule(tags ...string) []byte {
	const names = "\x00.modinfo\x00.shstrtab\x00"
	info := strings.Join(tags, "\x00") + "\x00"
	le := binary.LittleEndian
	b := append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 9)...)
	b = le.AppendUint16(b, 1)   // e_type: ET_REL
	b = le.AppendUint16(b, 183) // e_machine: EM_AARCH64
	b = le.AppendUint32(b, 1)   // e_version
	b = le.AppendUint64(b, 0)   // e_entry
	b = le.AppendUint64(b, 0)   // e_phoff
	b = le.AppendUint64(b, uint64(64+len(info)+len(names)))
	b = le.AppendUint32(b, 0) // e_flags
	for _, v := range []uint16{64, 0, 0, 64, 3, 2} {
		b = le.AppendUint16(b, v) // e_ehsize, e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx
	}
	b = append(b, info...)
	b = append(b, names...)
	section := func(name, typ uint32, flags, off, size uint64) {
		b = le.AppendUint32(b, name)
		b = le.AppendUint32(b, typ)
		for _, v := range []uint64{flags, 0, off, size} {
			b = le.AppendUint64(b, v)
		}
		b = le.AppendUint64(b, 0) // sh_link, sh_info
		b = le.AppendUint64(b, 1) // sh_addralign
		b = le.AppendUint64(b, 0) // sh_entsize
	}
	section(0, 0, 0, 0, 0)
	section(1, 1, 2, 64, uint64(len(info)))                     // .modinfo: SHT_PROGBITS, SHF_ALLOC
	section(10, 3, 0, uint64(64+len(info)), uint64(len(names))) // .shstrtab: SHT_STRTAB
	return b
}

// buildImage makes an arm64 Image: its magic, the format string that every
// kernel holds, then the line itself.
func buildImage(banner string) []byte {
	b := make([]byte, 0x40)
	copy(b[0x38:], "ARM\x64")
	b = append(b, "Linux version %s (%s)\n\x00"...)
	return append(b, banner+"\n\x00"...)
}

func gzipped(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

// buildJar makes a Java archive with a Maven property file in it.
func buildJar(t *testing.T, group, artifact, version string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range [][2]string{
		{"META-INF/MANIFEST.MF", "Manifest-Version: 1.0\nImplementation-Version: " + version + "\n"},
		{
			"META-INF/maven/" + group + "/" + artifact + "/pom.properties",
			"groupId=" + group + "\nartifactId=" + artifact + "\nversion=" + version + "\n",
		},
	} {
		e, err := w.Create(f[0])
		if err != nil {
			t.Fatal(err)
		}
		e.Write([]byte(f[1]))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func text(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s), Mode: 0o644} }

func link(target string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
}

// denied is a root in which some files and folders cannot be read.
type denied struct {
	fstest.MapFS
	paths map[string]bool
}

func (d denied) Open(name string) (fs.File, error) {
	if d.paths[name] {
		return nil, &fs.PathError{Op: "open", Path: "/host/" + name, Err: fs.ErrPermission}
	}
	return d.MapFS.Open(name)
}

func (d denied) ReadDir(name string) ([]fs.DirEntry, error) {
	if d.paths[name] {
		return nil, &fs.PathError{Op: "open", Path: "/host/" + name, Err: fs.ErrPermission}
	}
	return d.MapFS.ReadDir(name)
}

// sequential is a root whose files can be read from front to back only.
type sequential struct{ fstest.MapFS }

func (s sequential) Open(name string) (fs.File, error) {
	f, err := s.MapFS.Open(name)
	if err != nil {
		return nil, err
	}
	if d, ok := f.(fs.ReadDirFile); ok {
		return d, nil
	}
	return struct{ fs.File }{f}, nil
}

func mustOpen(t testing.TB, fsys fs.FS) *root {
	t.Helper()
	r, err := openRoot(context.Background(), fsys, "rootfs")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func mustCatalog(t *testing.T, fsys fs.FS) sbom.Reading {
	t.Helper()
	got, err := Catalog(context.Background(), fsys, "rootfs")
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// names gives the components as lines "parent > kind name version", for tables.
func names(cs []sbom.Component, parent string) []string {
	var out []string
	for _, c := range cs {
		line := parent + string(c.Kind) + " " + c.Name
		if c.Version != "" {
			line += " " + c.Version
		}
		out = append(out, line)
		out = append(out, names(c.Components, line+" > ")...)
	}
	return out
}

func notes(r sbom.Reading) string {
	var out []string
	for _, n := range r.Notes {
		out = append(out, n.String())
	}
	return strings.Join(out, "\n")
}

var errStopped = errors.New("stopped")
