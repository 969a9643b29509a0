// Package livedump reads dumps of running phones, as the shell script
// docs/live-dump.sh makes them.
//
// A dump is an uncompressed tar archive of one folder:
//
//	originbom-live/version      "1"
//	originbom-live/getprop      "[ro.product.model]: [EM-15]", a line each
//	originbom-live/cmdline      the kernel's command line
//	originbom-live/sysfs        records of devices, see below
//	originbom-live/device-tree/ /proc/device-tree, a file a property
//
// The first member is the version. Sysfs is records of "key=value" lines, an empty
// line between them. A record's first line says what it is of: device, soc, block
// or supply, with the path in sysfs; the keys that follow are the names of the
// attributes, in lower case.
//
// A dump is what its maker's computer wrote: nothing in it is signed. It tells what
// the phone's kernel showed, and a changed kernel shows what it likes.
package livedump

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/originbom/originbom/sbom/internal/fdt"
)

// Limits on a dump, which a stranger may have written.
const (
	// MaxSize bounds the dump, in bytes. A real one has below 8 MiB, most of it
	// the tar's padding of small files.
	MaxSize = 64 << 20
	// maxMembers bounds the archive's members: a tree's properties and nodes.
	maxMembers = 1 << 17
	// maxFile bounds one text file, in bytes.
	maxFile = 4 << 20
	// maxLine bounds a line, in bytes: kernels' attributes fit a page.
	maxLine = 8 << 10
	// maxRecords bounds the records of sysfs; phones have some thousands.
	maxRecords = 1 << 15
)

const (
	folder      = "originbom-live/"
	versionFile = folder + "version"
	version     = "1"
)

// A Dump is what was read of a running phone.
type Dump struct {
	Tree        *fdt.Tree // nil if the dump has none
	CommandLine string
	Properties  map[string]string // of Android, by name
	SoC         map[string]string // attributes of /sys/devices/soc0
	Devices     []Device
	Blocks      []Block
	Supplies    []Supply
}

// A Device is a device on a bus. Driver is "" if none is bound, Node the path in
// the device tree or "".
type Device struct{ Path, Bus, Name, Driver, Node string }

// A Block is a memory device. Node is that of its host in the device tree.
type Block struct {
	Path, Vendor, Model, Node string
	Removable                 bool
}

// A Supply is a source of power.
type Supply struct{ Path, Type, Technology, Present string }

// IsDump reports whether data begins as a dump does.
func IsDump(data []byte) bool {
	return len(data) >= 512 && bytes.HasPrefix(data, []byte(versionFile+"\x00")) || bytes.HasPrefix(data, []byte(folder+"\x00"))
}

// Parse reads a dump. Errors name the member and line.
func Parse(data []byte) (*Dump, error) {
	if !IsDump(data) {
		return nil, errors.New("not a dump of a running phone: its first member is not " + versionFile)
	}
	if len(data) > MaxSize {
		return nil, fmt.Errorf("the dump has more than %d bytes", MaxSize)
	}
	texts, tree, err := unpack(data)
	if err != nil {
		return nil, err
	}
	if v := strings.TrimSpace(texts["version"]); v != version {
		return nil, fmt.Errorf("version: it is %.20q, and %q is understood: use the live-dump.sh of this release", v, version)
	}
	d := &Dump{CommandLine: strings.TrimSpace(texts["cmdline"]), SoC: map[string]string{}}
	if d.Properties, err = properties(texts["getprop"]); err != nil {
		return nil, err
	}
	if err := d.sysfs(texts["sysfs"]); err != nil {
		return nil, err
	}
	if tree != nil {
		if d.Tree, err = tree.Tree(); err != nil {
			return nil, fmt.Errorf("device-tree: %w", err)
		}
	}
	return d, nil
}

// unpack gives the texts by name, and the device tree. Members of other names are
// left out: later versions may have more.
func unpack(data []byte) (map[string]string, *fdt.Builder, error) {
	u := &unpacker{texts: map[string]string{}}
	in := tar.NewReader(bytes.NewReader(data))
	for n := 0; ; n++ {
		h, err := in.Next()
		if err == io.EOF {
			return u.texts, u.tree, nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("the archive: %w", err)
		}
		if n == maxMembers {
			return nil, nil, fmt.Errorf("the archive has more than %d members", maxMembers)
		}
		if err := u.member(h, in); err != nil {
			return nil, nil, err
		}
	}
}

type unpacker struct {
	texts map[string]string
	tree  *fdt.Builder
}

func (u *unpacker) member(h *tar.Header, in io.Reader) error {
	full := strings.TrimSuffix(h.Name, "/")
	name, ok := strings.CutPrefix(full, folder)
	switch {
	case full+"/" == folder:
		return nil
	case !ok || !fs.ValidPath(name):
		return fmt.Errorf("the archive: the member %.80q is outside of %s", h.Name, folder)
	case h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeDir:
		return nil // links of /proc/device-tree lead out of it
	case h.Size > maxFile:
		return fmt.Errorf("%s: more than %d bytes", name, maxFile)
	}
	node, inTree := strings.CutPrefix(name, "device-tree/")
	if inTree && u.tree == nil {
		u.tree = fdt.NewBuilder()
	}
	if h.Typeflag == tar.TypeDir {
		if inTree {
			return u.tree.Node(node)
		}
		return nil
	}
	content, err := io.ReadAll(in)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if inTree {
		return u.tree.Property(node, content)
	}
	if _, twice := u.texts[name]; twice {
		return fmt.Errorf("%s: the archive has it twice", name)
	}
	if path.Dir(name) == "." {
		u.texts[name] = string(content)
	}
	return nil
}
