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

// Names gives the ids of the embedded packs, sorted.
func Names() []string {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil // the embedded folder can always be read
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

// Source gives the text of an embedded pack.
func Source(id string) ([]byte, error) {
	if !slices.Contains(Names(), id) {
		return nil, fmt.Errorf("no pack %q: the embedded packs are %s; a pack of your own is given by its path", id, strings.Join(Names(), ", "))
	}
	return files.ReadFile(id + ".yaml")
}

// File gives a file that an embedded pack names, such as a list.
func File(name string) ([]byte, error) { return files.ReadFile(name) }

// Open reads an embedded pack.
func Open(id string) (*policy.Pack, error) {
	data, err := Source(id)
	if err != nil {
		return nil, err
	}
	return policy.ParsePack(id+".yaml", data, File)
}
