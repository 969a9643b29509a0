package software

import (
	"bufio"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/anchore/syft/syft/pkg"

	"github.com/originbom/originbom/sbom"
)

const (
	// maxLine bounds a line of a database or list. Provides lines reach 20 KiB.
	maxLine = 1 << 20
	// maxStanzas is ten times the packages of Debian's whole archive.
	maxStanzas = 1_000_000
)

// A stanza is what we read of a package in a dpkg status file and syft does not
// keep.
type stanza struct{ pkg, version, arch, section string }

type stanzaKey struct{ pkg, version, arch string }

// parseStatus reads the stanzas of a dpkg status file: fields "Name: value",
// continuation lines that start with a blank, an empty line between packages
// (deb822(5)). The file's name is for messages.
func parseStatus(file string, r io.Reader) ([]stanza, error) {
	var out []stanza
	var cur stanza
	flush := func() {
		if cur.pkg != "" {
			out = append(out, cur)
		}
		cur = stanza{}
	}
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxLine)
	for s.Scan() {
		line := s.Text()
		if strings.TrimSpace(line) == "" {
			if flush(); len(out) > maxStanzas {
				return nil, fmt.Errorf("%s: more than %d packages", file, maxStanzas)
			}
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || line[0] == ' ' || line[0] == '\t' {
			continue
		}
		value = strings.TrimSpace(value)
		switch strings.ToLower(name) { // field names are not case-sensitive
		case "package":
			cur.pkg = value
		case "version":
			cur.version = value
		case "architecture":
			cur.arch = value
		case "section":
			cur.section = value
		}
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	flush()
	return out, nil
}

// librarySections are the sections of Debian's archive that hold libraries and
// what languages import (Debian policy 2.4).
var librarySections = []string{
	"golang", "haskell", "introspection", "java", "javascript", "libdevel", "libs", "lisp",
	"ocaml", "oldlibs", "perl", "php", "python", "ruby", "rust",
}

// sectionKind is the kind of a package in that section, such as contrib/libs.
func sectionKind(section string) sbom.Kind {
	if slices.Contains(librarySections, path.Base(section)) {
		return sbom.Library
	}
	return sbom.Application
}

// dpkgDatabases reads each dpkg status file once.
type dpkgDatabases struct {
	root *root
	read map[string]map[stanzaKey]stanza
}

// stanza gives what the status file at place says of the package.
func (d *dpkgDatabases) stanza(place string, m pkg.DpkgDBEntry) (stanza, error) {
	if d.read == nil {
		d.read = map[string]map[stanzaKey]stanza{}
	}
	all, ok := d.read[place]
	if !ok {
		all = map[stanzaKey]stanza{}
		d.read[place] = all
		f, err := d.root.open(place)
		if err != nil {
			return stanza{}, nil // noted by open
		}
		defer f.Close()
		stanzas, err := parseStatus(place, f)
		if err != nil {
			return stanza{}, fmt.Errorf("%s: %w", d.root.name, err)
		}
		for _, s := range stanzas {
			all[stanzaKey{s.pkg, s.version, s.arch}] = s
		}
	}
	return all[stanzaKey{m.Package, m.Version, m.Architecture}], nil
}

// lists are the paths at which dpkg keeps the names of the package's files,
// whichever of them exist.
func (d *dpkgDatabases) lists(place string, m pkg.DpkgDBEntry) []string {
	info := path.Join(path.Dir(place), "info")
	var out []string
	for _, stem := range []string{m.Package + ":" + m.Architecture, m.Package} {
		p := path.Join(info, stem+".list")
		if _, ok := d.root.regular(p); ok && path.Dir(p) == info {
			return append(out, p)
		}
	}
	return nil
}
