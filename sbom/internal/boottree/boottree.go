// Package boottree finds which device tree the boot loader of a Linux phone is
// told to hand to the kernel, in the phone's root or in its boot partition.
//
// # Who tells
//
// In this order; the first that tells decides:
//
//	extlinux.conf         fdt (or devicetree) of the default label
//	loader/entries/*.conf devicetree, where all entries give the same (systemd-boot)
//	uEnv.txt and the like fdtfile=, fdt_file=, dtb=, fdt= (U-Boot)
//	deviceinfo            deviceinfo_dtb, where it names one (postmarketOS)
//	boot/dtb              a file, or a link to one (Debian's flash-kernel)
//
// and one that lies there alone needs nobody to tell. A distribution ships the
// trees of hundreds of boards; of several that nothing chooses among, none is
// taken for this phone's.
//
// # What is not said
//
// What the boot loader does: it may be built to take another tree, or get one from
// the phone's firmware.
package boottree

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Limits.
const (
	maxTrees    = 20_000   // of a root; a distribution's kernel brings below 3000
	maxTree     = 16 << 20 // bytes of a tree; the largest have some 400 KiB
	maxText     = 1 << 20  // bytes of a file of settings
	maxOverlays = 64
	maxHops     = 40 // links on one path, MAXSYMLINKS of Linux
	maxWalk     = 200_000
)

// A File is a tree and where it lies.
type File struct {
	Path string
	Data []byte
}

// A Choice is which tree is meant.
type Choice struct {
	Tree        *File  // nil if none lies there, or nothing chooses among several
	Overlays    []File // laid over it, in order
	CommandLine string // of the kernel, where the same place tells it
	By          string // the place that tells
	Why         string // for people, why none is chosen of those that lie there; "" if none does
}

// Find looks for the tree. Links are followed inside root alone. An error is of a
// root with more files in these folders than any phone has.
func Find(root fs.FS) (Choice, error) {
	f := &finder{root: root}
	if err := f.list(); err != nil {
		return Choice{}, err
	}
	if len(f.trees) == 0 {
		return Choice{}, nil
	}
	why := []string(nil)
	for _, tell := range []func(*finder) []told{extlinux, entries, environment, deviceInfo, bootDTB} {
		for _, t := range tell(f) {
			c, err := f.choose(t)
			if err == nil {
				return c, nil
			}
			why = append(why, fmt.Sprintf("%s names %s, %v", t.by, t.tree, err))
		}
	}
	if len(f.trees) == 1 && len(why) == 0 {
		if data, err := f.read(f.trees[0], maxTree); err == nil {
			return Choice{Tree: &File{f.trees[0], data}, By: "it lies there alone"}, nil
		}
	}
	none := Choice{Why: fmt.Sprintf("%d device trees lie there, such as %s, and nothing says which is this phone's", len(f.trees), f.trees[0])}
	if len(why) > 0 {
		none.Why = fmt.Sprintf("%d device trees lie there, and none could be chosen: %s", len(f.trees), strings.Join(why, "; "))
	}
	return none, nil
}

// A told is what one place says.
type told struct {
	by          string
	tree        string
	overlays    []string
	commandLine string
}

type finder struct {
	root  fs.FS
	trees []string // paths of all, sorted
	seen  int
}

// list finds the trees in the folders where distributions put them.
func (f *finder) list() error {
	dirs := []string{"boot", "usr/share/dtb", "usr/share/dtbs"}
	if f.isDir("extlinux") || f.isDir("loader") || f.isDir("dtbs") || f.isDir("dtb") {
		dirs = []string{"."} // a boot partition
	}
	for _, in := range []string{"usr/lib", "usr/lib/firmware", "lib/firmware"} {
		at, err := f.resolve(in)
		if err != nil {
			continue
		}
		es, err := fs.ReadDir(f.root, at)
		if err != nil {
			continue
		}
		for _, e := range es {
			switch {
			case e.IsDir() && strings.HasPrefix(e.Name(), "linux-image-"):
				dirs = append(dirs, path.Join(at, e.Name()))
			case e.IsDir() && f.isDir(path.Join(at, e.Name(), "device-tree")): // Ubuntu
				dirs = append(dirs, path.Join(at, e.Name(), "device-tree"))
			}
		}
	}
	for _, d := range dirs {
		at, err := f.resolve(d)
		if err != nil || !f.isDir(at) {
			continue
		}
		if err := fs.WalkDir(f.root, at, f.add); err != nil {
			return err
		}
	}
	slices.Sort(f.trees)
	f.trees = slices.Compact(f.trees)
	return nil
}

func (f *finder) add(p string, d fs.DirEntry, err error) error {
	if f.seen++; f.seen > maxWalk || len(f.trees) > maxTrees {
		return fmt.Errorf("%s: more files than any folder of device trees has", p)
	}
	if err != nil {
		return nil // what cannot be read, who reads the root says
	}
	if d.Type().IsRegular() && path.Ext(p) == ".dtb" {
		f.trees = append(f.trees, p)
	}
	return nil
}

// choose finds what a place names: by its path, else the one of that name.
func (f *finder) choose(t told) (Choice, error) {
	tree, err := f.named(t.tree)
	if err != nil {
		return Choice{}, err
	}
	c := Choice{Tree: &tree, By: t.by, CommandLine: t.commandLine}
	if len(t.overlays) > maxOverlays {
		return Choice{}, fmt.Errorf("with more than %d overlays", maxOverlays)
	}
	for _, name := range t.overlays {
		o, err := f.named(name)
		if err != nil {
			return Choice{}, fmt.Errorf("with the overlay %s, %w", name, err)
		}
		c.Overlays = append(c.Overlays, o)
	}
	return c, nil
}

func (f *finder) named(name string) (File, error) {
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	if !strings.HasSuffix(name, ".dtb") && !strings.HasSuffix(name, ".dtbo") && path.Base(name) != "dtb" && !strings.HasPrefix(path.Base(name), "dtb-") {
		name += ".dtb"
	}
	for _, p := range []string{name, path.Join("boot", name)} {
		if at, err := f.resolve(p); err == nil && f.isFile(at) {
			data, err := f.read(at, maxTree)
			return File{at, data}, err
		}
	}
	var found []File
	for _, p := range f.trees {
		if p != name && !strings.HasSuffix(p, "/"+name) {
			continue
		}
		data, err := f.read(p, maxTree)
		if err != nil {
			return File{}, err
		}
		if len(found) > 0 && sha256.Sum256(found[0].Data) != sha256.Sum256(data) {
			return File{}, fmt.Errorf("and %s and %s differ", found[0].Path, p)
		}
		found = append(found, File{p, data})
	}
	if len(found) == 0 {
		return File{}, errors.New("which is not there")
	}
	return found[0], nil
}

// read reads a small file whole.
func (f *finder) read(p string, limit int64) ([]byte, error) {
	file, err := f.root.Open(p)
	if err != nil {
		return nil, errors.New("which cannot be opened")
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, errors.New("which cannot be read")
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("which is larger than %d bytes", limit)
	}
	return data, nil
}

func (f *finder) isDir(p string) bool {
	st, err := fs.Lstat(f.root, p)
	return err == nil && st.IsDir()
}

func (f *finder) isFile(p string) bool {
	st, err := fs.Lstat(f.root, p)
	return err == nil && st.Mode().IsRegular()
}

// resolve gives the real path behind p, links followed as chroot does: an absolute
// target begins at the root, ".." stops there.
func (f *finder) resolve(p string) (string, error) {
	todo, cur := strings.Split(p, "/"), "."
	for hops := 0; len(todo) > 0; {
		seg := todo[0]
		todo = todo[1:]
		switch seg {
		case "", ".":
			continue
		case "..":
			cur = path.Dir(cur)
			continue
		}
		next := path.Join(cur, seg)
		st, err := fs.Lstat(f.root, next)
		if err != nil {
			return "", err
		}
		if st.Mode().Type() != fs.ModeSymlink {
			cur = next
			continue
		}
		target, err := fs.ReadLink(f.root, next)
		if err != nil {
			return "", err
		}
		if hops++; hops > maxHops || len(target) > 4096 {
			return "", errors.New("too many levels of links")
		}
		if strings.HasPrefix(target, "/") {
			cur = "."
		}
		todo = append(strings.Split(target, "/"), todo...)
	}
	return cur, nil
}
