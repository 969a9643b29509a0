// Package packs holds the rule packs that come with the program. Each is a YAML
// file with its own table of cases; policy.Pack describes the format.
package packs

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/originbom/originbom/policy"
)

//go:embed *.yaml
var files embed.FS

// Names gives the ids of the embedded packs, sorted.
func Names() []string {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil // the embedded folder can always be read
	}
	var out []string
	for _, e := range entries {
		out = append(out, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	slices.Sort(out)
	return out
}

// Open reads an embedded pack.
func Open(id string) (*policy.Pack, error) {
	if !slices.Contains(Names(), id) {
		return nil, fmt.Errorf("no pack %q: the embedded packs are %s; a pack of your own is given by its path", id, strings.Join(Names(), ", "))
	}
	data, err := files.ReadFile(id + ".yaml")
	if err != nil {
		return nil, err
	}
	return policy.ParsePack(id+".yaml", data, nil)
}
