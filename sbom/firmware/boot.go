package firmware

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/originbom/originbom/sbom/internal/bootimg"
	"github.com/originbom/originbom/sbom/internal/boottree"
	"github.com/originbom/originbom/sbom/internal/cpio"
	"github.com/originbom/originbom/sbom/internal/extent"
	"github.com/originbom/originbom/sbom/internal/fdt"
	"github.com/originbom/originbom/sbom/internal/imagefs"
	"github.com/originbom/originbom/sbom/internal/unpack"
)

// Limits.
const (
	// maxRamdisk bounds a ramdisk in bytes when expanded, which is held in memory.
	// Ramdisks must fit a phone's boot partition of 64 to 96 MiB, compressed; real
	// ones expand to below 100 MiB.
	maxRamdisk = 128 << 20
	// maxTreeSection bounds a section of joined device trees in bytes. Real ones
	// have some megabytes.
	maxTreeSection = 64 << 20
	// maxTrees bounds the trees of one partition.
	maxTrees = 1 << 12
	// maxKernel bounds the kernel in bytes in which trees behind it are looked for.
	maxKernel = 128 << 20
)

// boot lays out a boot image as a file system: kernel, ramdisk/, dtb, cmdline.
func (o *opener) boot(p *Partition) error {
	im, err := bootimg.Open(p.Data, p.Size)
	if err != nil {
		return err
	}
	p.Boot = &Boot{Version: im.Version, CommandLine: im.CommandLine, OSVersion: im.OSVersion, PatchLevel: im.PatchLevel}
	p.says = fmt.Sprintf("%s, header version %d", p.Kind, im.Version)
	root := imagefs.NewVirtual()
	for _, part := range im.Parts {
		switch {
		case part.Name == "ramdisk" || strings.HasPrefix(part.Name, "ramdisk-"):
			disk, err := o.archive(join(p.Place, part.Name), part.Data)
			if err != nil {
				o.im.note(join(p.Place, part.Name), "the ramdisk cannot be read: "+err.Error(), "")
				err = root.Add(part.Name, part.Data, part.Data.Size())
			} else {
				err = root.Mount(part.Name, disk)
			}
			if err != nil {
				return err
			}
			continue
		case part.Name == "dtb" || part.Name == "recovery_dtbo":
			err = p.readTrees(part.Name, part.Data)
		case part.Name == "kernel":
			err = p.readAppended(part.Data)
		}
		if err != nil {
			o.im.note(join(p.Place, part.Name), "the device trees cannot be read: "+err.Error(), "")
		}
		if err := root.Add(part.Name, part.Data, part.Data.Size()); err != nil {
			return err
		}
	}
	if im.CommandLine != "" {
		if err := root.Add("cmdline", strings.NewReader(im.CommandLine), int64(len(im.CommandLine))); err != nil {
			return err
		}
	}
	p.FS = root
	return nil
}

// archive expands a ramdisk into memory.
func (o *opener) archive(place string, r *io.SectionReader) (fs.FS, error) {
	data, err := unpack.Bytes(r, maxRamdisk)
	if errors.Is(err, unpack.ErrUnknown) {
		if r.Size() > maxRamdisk {
			return nil, fmt.Errorf("larger than %d MiB", maxRamdisk>>20)
		}
		data = make([]byte, r.Size())
		err = extent.ReadFull(r, data, 0)
	}
	if err != nil {
		return nil, err
	}
	a, err := cpio.Parse(data)
	if err != nil {
		return nil, err
	}
	if n := len(a.Replaced); n > 0 {
		o.im.note(place, fmt.Sprintf("%d files are there twice, the later ones count, first %q", n, a.Replaced[0]), "")
	}
	return imagefs.New(a), nil
}

// readTable reads a partition of device tree overlays.
func (p *Partition) readTable() error {
	trees, err := bootimg.OpenTable(p.Data, p.Size)
	if err != nil {
		return err
	}
	for i, t := range trees {
		if err := p.addTree(fmt.Sprintf("dtbo/%d", i), t.Data); err != nil {
			return err
		}
	}
	return nil
}

// readTrees cuts a section of joined device trees. A section that is a table of
// trees is read as one.
func (p *Partition) readTrees(name string, r *io.SectionReader) error {
	if r.Size() > maxTreeSection {
		return fmt.Errorf("larger than %d MiB", maxTreeSection>>20)
	}
	data := make([]byte, r.Size())
	if err := extent.ReadFull(r, data, 0); err != nil {
		return err
	}
	if bytes.HasPrefix(data, []byte(bootimg.MagicTable)) {
		trees, err := bootimg.OpenTable(r, r.Size())
		for i, t := range trees {
			if err := p.addTree(fmt.Sprintf("%s/%d", name, i), t.Data); err != nil {
				return err
			}
		}
		return err
	}
	for i := 0; fdt.IsTree(data); i++ {
		n, ok := fdt.TotalSize(data)
		if !ok {
			return fmt.Errorf("tree %d claims more bytes than there are", i)
		}
		if err := p.addTree(fmt.Sprintf("%s/%d", name, i), data[:n]); err != nil {
			return err
		}
		// Some writers align each tree; zeros lie between.
		data = bytes.TrimLeft(data[n:], "\x00")
	}
	if len(data) > 0 && p.vbmeta == nil {
		return fmt.Errorf("%d bytes after the last tree are no tree", len(data))
	}
	return nil
}

// readAppended finds device trees behind a kernel (Image.gz-dtb), as boot loaders
// of before header version 2 take them. What only looks like the beginning of one
// is passed over.
func (p *Partition) readAppended(r *io.SectionReader) error {
	if r.Size() > maxKernel {
		return fmt.Errorf("a kernel larger than %d MiB", maxKernel>>20)
	}
	data := make([]byte, r.Size())
	if err := extent.ReadFull(r, data, 0); err != nil {
		return err
	}
	for i := 0; ; {
		at := bytes.Index(data, []byte("\xd0\x0d\xfe\xed"))
		if at < 0 {
			return nil
		}
		data = data[at:]
		n, ok := fdt.TotalSize(data)
		if !ok || n > fdt.MaxSize {
			data = data[4:]
			continue
		}
		if _, err := fdt.Parse(data[:n]); err != nil {
			data = data[4:]
			continue
		}
		if err := p.addTree(fmt.Sprintf("kernel-dtb/%d", i), bytes.Clone(data[:n])); err != nil {
			return err
		}
		data, i = data[n:], i+1
	}
}

// chosenTree adds the device tree that a Linux phone's boot loader is told to
// load, with its overlays, from the phone's root or boot partition.
func (o *opener) chosenTree(p *Partition) error {
	c, err := boottree.Find(p.FS)
	switch {
	case err != nil:
		return err
	case c.Tree == nil:
		if c.Why != "" {
			o.im.note(p.Place, c.Why, "give the .dtb of this phone as an input of its own")
		}
		return nil
	}
	o.im.note(join(p.Place, c.Tree.Path), "read as this phone's device tree: "+c.By, "")
	p.treeArgs = c.CommandLine
	for _, t := range append([]boottree.File{*c.Tree}, c.Overlays...) {
		if err := p.addTree(t.Path, t.Data); err != nil {
			return err
		}
	}
	return nil
}

func (p *Partition) addTree(place string, data []byte) error {
	if len(p.Trees) == maxTrees {
		return fmt.Errorf("more than %d device trees", maxTrees)
	}
	p.Trees = append(p.Trees, DeviceTree{place, data})
	return nil
}
