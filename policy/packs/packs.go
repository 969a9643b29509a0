// Package packs holds the rule packs that come with the program. Each is a YAML
// file with its own table of cases; policy.Pack describes the format. Entity
// lists are CSV files in the folder lists: facts (names, dates, countries) from
// the published lists that the packs cite, as of the day that each pack states.
//
// A pack is not advice. What was not read in the law's own text says so in its
// clause (sure, note), and a rule whose text nobody read ships as proposed.
package packs

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/originbom/originbom/policy"
)

//go:embed *.yaml lists/*.csv
var files embed.FS

// A Shelf is a folder of packs that name each other by id: each stands in
// <id>.yaml, and the lists in files that they name.
type Shelf struct{ fsys fs.FS }

// Embedded are the packs of this program.
func Embedded() Shelf { return Shelf{files} }

// Files is the folder of the embedded packs.
func Files() fs.FS { return files }

// In are the packs of a folder, such as those that an evidence archive keeps.
func In(fsys fs.FS) Shelf { return Shelf{fsys} }

// Names gives the ids of the packs, sorted.
func (s Shelf) Names() []string {
	entries, err := fs.ReadDir(s.fsys, ".")
	if err != nil {
		return nil // of a folder that is not there; the embedded one can always be read
	}
	var out []string
	for _, e := range entries {
		if id, ok := strings.CutSuffix(e.Name(), ".yaml"); ok {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// Has reports whether a pack of that id is there.
func (s Shelf) Has(id string) bool { return slices.Contains(s.Names(), id) }

// File gives the file of a pack, and by it the packs and lists that it names.
func (s Shelf) File(id string) (*policy.PackFile, error) {
	if !s.Has(id) {
		return nil, fmt.Errorf("no pack %q: the embedded packs are %s; a pack of your own is given by its path", id, strings.Join(s.Names(), ", "))
	}
	data, err := fs.ReadFile(s.fsys, id+".yaml")
	if err != nil {
		return nil, err
	}
	return &policy.PackFile{
		Name: id + ".yaml", Path: "embedded:" + id, Origin: policy.OriginEmbedded, Data: data, Open: s.File,
		Read: func(name string) ([]byte, error) { return fs.ReadFile(s.fsys, name) },
	}, nil
}

// Names gives the ids of the embedded packs, sorted.
func Names() []string { return Embedded().Names() }

// Source gives the text of an embedded pack.
func Source(id string) ([]byte, error) {
	f, err := Embedded().File(id)
	if err != nil {
		return nil, err
	}
	return f.Data, nil
}

// Open reads an embedded pack.
func Open(id string) (*policy.Pack, error) {
	f, err := Embedded().File(id)
	if err != nil {
		return nil, err
	}
	return policy.Load(f)
}
