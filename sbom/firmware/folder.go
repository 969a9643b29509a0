package firmware

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// IsFolder reports whether a folder holds firmware: images of partitions, or
// partitions that somebody unpacked. A Linux phone's root folder is neither.
func IsFolder(root fs.FS) bool {
	for _, name := range []string{"system/build.prop", "system/system/build.prop", "vendor/build.prop"} {
		if st, err := fs.Stat(root, name); err == nil && st.Mode().IsRegular() {
			return true
		}
	}
	entries, err := fs.ReadDir(root, ".")
	if err != nil {
		return false
	}
	for _, e := range entries {
		if isImageName(e.Name()) && detectFile(root, e.Name()) != Opaque {
			return true
		}
	}
	return false
}

func isImageName(name string) bool {
	return slices.Contains([]string{".img", ".bin", ".mbn", ".elf", ".melf"}, path.Ext(name))
}

// detectFile says what a file of a folder is; Opaque if it cannot be read.
func detectFile(root fs.FS, name string) Kind {
	f, err := root.Open(name)
	if err != nil {
		return Opaque
	}
	defer f.Close()
	st, err := f.Stat()
	r, ok := f.(io.ReaderAt)
	if err != nil || !ok || !st.Mode().IsRegular() {
		return Opaque
	}
	return Detect(r, st.Size())
}

// dumpPartitions are the folders of an unpacked dump that are partitions, and
// where else each may lie: on phones without a partition for it, system holds it.
var dumpPartitions = []struct {
	name   string
	places []string
}{
	{"boot", []string{"boot"}},
	{"init_boot", []string{"init_boot"}},
	{"odm", []string{"odm", "vendor/odm"}},
	{"odm_dlkm", []string{"odm_dlkm"}},
	{"product", []string{"product", "system/system/product", "system/product"}},
	{"recovery", []string{"recovery"}},
	{"system", []string{"system"}},
	{"system_dlkm", []string{"system_dlkm"}},
	{"system_ext", []string{"system_ext", "system/system/system_ext", "system/system_ext"}},
	{"vendor", []string{"vendor", "system/system/vendor", "system/vendor"}},
	{"vendor_boot", []string{"vendor_boot"}},
	{"vendor_dlkm", []string{"vendor_dlkm"}},
}

// OpenFolder opens a folder of images and of unpacked partitions. A file of an
// image's name that is none is told in a note: a dump may hold pointers of Git
// LFS in place of files.
func OpenFolder(name string, root fs.FS) (*Image, error) {
	o := &opener{im: &Image{Name: name, Kind: Folder}}
	err := o.images(root)
	if err == nil {
		err = o.unpacked(root)
	}
	return o.end(err)
}

// images opens the images at the top of a folder.
func (o *opener) images(root fs.FS) error {
	entries, err := fs.ReadDir(root, ".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !isImageName(e.Name()) {
			continue
		}
		if err := o.image(root, e.Name()); err != nil {
			return err
		}
	}
	return nil
}

func (o *opener) image(root fs.FS, name string) error {
	f, err := root.Open(name)
	if err != nil {
		o.im.note(name, "the file cannot be opened: "+err.Error(), "")
		return nil
	}
	st, err := f.Stat()
	r, ok := f.(io.ReaderAt)
	if err != nil || !ok || !st.Mode().IsRegular() {
		return f.Close()
	}
	o.im.closers = append(o.im.closers, f)
	head := make([]byte, min(st.Size(), 64))
	if n, _ := r.ReadAt(head, 0); strings.HasPrefix(string(head[:n]), "version https://git-lfs") {
		o.im.note(name, "the file is a Git LFS pointer and not the image", "fetch the file with git lfs pull")
		return nil
	}
	err = o.open(item{name: partitionName(name), place: name, r: r, size: st.Size(), inside: true})
	if errors.Is(err, ErrNotFirmware) {
		return nil
	}
	return err
}

// unpacked adds the folders that are partitions. A partition of which there is an
// image is not added again.
func (o *opener) unpacked(root fs.FS) error {
	for _, d := range dumpPartitions {
		if o.im.Partition(d.name) != nil {
			continue
		}
		for _, at := range d.places {
			st, err := fs.Lstat(root, at)
			if err != nil || !st.IsDir() { // a link leads to a folder that has its own name
				continue
			}
			sub, err := fs.Sub(root, at)
			if err != nil {
				return err
			}
			o.im.Partitions = append(o.im.Partitions, &Partition{Name: d.name, Place: at, Kind: Folder, FS: sub})
			break
		}
	}
	o.hideNested()
	return nil
}

// hideNested takes from a partition's folder the other partitions in it.
func (o *opener) hideNested() {
	for _, p := range o.im.Partitions {
		var hidden []string
		for _, q := range o.im.Partitions {
			if in, ok := strings.CutPrefix(q.Place, p.Place+"/"); ok && p.Kind == Folder {
				hidden = append(hidden, in)
			}
		}
		if len(hidden) > 0 {
			p.FS = without{p.FS, hidden}
		}
	}
}
