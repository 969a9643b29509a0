package software

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	// maxModinfo bounds the .modinfo section. The largest, with thousands of
	// device aliases, are about 200 KiB.
	maxModinfo = 4 << 20
	// maxTags bounds the entries in it, for the same reason.
	maxTags = 65536
)

var errNoModinfo = errors.New("an ELF file without .modinfo: not a kernel module")

// A modinfo is what a kernel module says of itself: the MODULE_ macros of its
// source and what the build adds (Linux, include/linux/module.h). A field that
// is not told is empty.
type modinfo struct {
	name        string
	version     string // MODULE_VERSION
	vermagic    string // kernel release and options it was built for
	description string
	licenses    []string // MODULE_LICENSE
	authors     []string // MODULE_AUTHOR
	intree      bool     // built with the kernel's own tree
	compatible  []string // device-tree compatibles that the driver binds to, as written
}

// release is the kernel release in vermagic, its first word.
func (m modinfo) release() string {
	first, _, _ := strings.Cut(m.vermagic, " ")
	return first
}

// readModinfo reads the .modinfo section of an ELF file.
func readModinfo(r io.ReaderAt) (modinfo, error) {
	f, err := elf.NewFile(r)
	if err != nil {
		return modinfo{}, fmt.Errorf("not an ELF file: %w", err)
	}
	s := f.Section(".modinfo")
	switch {
	case s == nil:
		return modinfo{}, errNoModinfo
	case s.Type == elf.SHT_NOBITS || s.Flags&elf.SHF_COMPRESSED != 0:
		return modinfo{}, errors.New(".modinfo holds no plain bytes")
	case s.Size > maxModinfo:
		return modinfo{}, fmt.Errorf(".modinfo is larger than %d bytes", maxModinfo)
	}
	data, err := s.Data()
	if err != nil {
		return modinfo{}, fmt.Errorf(".modinfo: %w", err)
	}
	return parseModinfo(data)
}

// parseModinfo reads "tag=value" strings, each ended by NUL and padded by more
// of them. The first of a tag that can stand but once counts, as for modprobe.
func parseModinfo(data []byte) (modinfo, error) {
	var m modinfo
	first := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	tags := 0
	for len(data) > 0 {
		entry, rest, _ := bytes.Cut(data, []byte{0})
		data = rest
		tag, value, ok := strings.Cut(string(entry), "=")
		if !ok {
			continue // padding
		}
		if tags++; tags > maxTags {
			return modinfo{}, fmt.Errorf(".modinfo has more than %d entries", maxTags)
		}
		value = tidy(value)
		switch tag {
		case "name":
			first(&m.name, value)
		case "version":
			first(&m.version, value)
		case "vermagic":
			first(&m.vermagic, value)
		case "description":
			first(&m.description, value)
		case "intree":
			m.intree = m.intree || value == "Y"
		case "alias":
			if c := treeAlias(value); c != "" {
				m.compatible = append(m.compatible, c)
			}
		case "license":
			m.licenses = append(m.licenses, value)
		case "author":
			if len(m.authors) < maxAuthors {
				m.authors = append(m.authors, value)
			}
		}
	}
	return m, nil
}

// treeAlias is the compatible in an alias for devices of a device tree, "" in
// any other. Such an alias is of:N<name>T<type>C<compatible>, and the same once
// more with C* after it (Linux, scripts/mod/file2alias.c, do_of_entry).
func treeAlias(alias string) string {
	rest, ok := strings.CutPrefix(alias, "of:N")
	_, compatible, found := strings.Cut(rest, "C")
	compatible = strings.TrimSuffix(compatible, "C*")
	if !ok || !found || strings.ContainsAny(compatible, "*?[ ") {
		return ""
	}
	return compatible
}
