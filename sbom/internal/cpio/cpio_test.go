package cpio_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/originbom/originbom/sbom/firmware/firmwaretest"
	"github.com/originbom/originbom/sbom/internal/cpio"
	"github.com/originbom/originbom/sbom/internal/imagefs"
	"github.com/originbom/originbom/sbom/internal/imagefs/imagefstest"
)

func example() []byte {
	one := firmwaretest.CPIO(firmwaretest.File{Name: "init", Data: []byte("#!init")}, firmwaretest.File{Name: "etc/a/b", Data: []byte("b")})
	two := firmwaretest.CPIO(firmwaretest.File{Name: "./init", Data: []byte("the second")}, firmwaretest.File{Name: "../../out", Data: nil})
	return append(append(one, make([]byte, 512)...), two...)
}

func TestParse(t *testing.T) {
	a, err := cpio.Parse(example())
	if err != nil {
		t.Fatal(err)
	}
	fsys := imagefs.New(a)
	for name, want := range map[string]string{"init": "the second", "etc/a/b": "b", "out": ""} {
		if got, err := fs.ReadFile(fsys, name); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if len(a.Replaced) != 1 || a.Replaced[0] != "init" {
		t.Errorf("replaced %v", a.Replaced)
	}
}

// TestHardLinks: of files with several names, cpio writes the content once, with
// the last name. A number means another file in another archive, and a name that
// comes again leaves the others as they are.
func TestHardLinks(t *testing.T) {
	link := func(number int, name, data string) []byte {
		b := firmwaretest.CPIO(firmwaretest.File{Name: name, Data: []byte(data)})
		copy(b[6:], fmt.Sprintf("%08x", number))
		copy(b[6+4*8:], "00000003")
		return b[:len(b)-124] // without the trailer
	}
	plain := firmwaretest.CPIO(firmwaretest.File{Name: "b", Data: []byte("new")})
	b := slices.Concat(link(7, "a", ""), link(7, "b", ""), link(7, "c", "content"), plain, link(7, "d", "another"))
	a, err := cpio.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a": "content", "b": "new", "c": "content", "d": "another"} {
		if got, err := fs.ReadFile(imagefs.New(a), name); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v, want %q", name, got, err, want)
		}
	}
}

func TestRefuses(t *testing.T) {
	for name, b := range map[string][]byte{
		"empty": nil, "text": []byte("hello, this is no archive of any kind at all"), "cut": example()[:100],
		"too many folders": firmwaretest.CPIO(deep(1100)...),
		"below a file":     firmwaretest.CPIO(firmwaretest.File{Name: "a"}, firmwaretest.File{Name: "a/b"}),
	} {
		if a, err := cpio.Parse(b); err == nil || a != nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

// deep gives names that imply 119 folders each.
func deep(n int) []firmwaretest.File {
	var out []firmwaretest.File
	for i := range n {
		out = append(out, firmwaretest.File{Name: fmt.Sprintf("%d", i) + strings.Repeat("/a", 119)})
	}
	return out
}

// FuzzParse holds any archive to the promises of imagefstest.Check.
func FuzzParse(f *testing.F) {
	f.Add(example())
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := cpio.Parse(bytes.Clone(b))
		if err != nil {
			return
		}
		imagefstest.Check(t, a)
	})
}
