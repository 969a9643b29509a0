package firmware

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/originbom/originbom/sbom/internal/avb"
	"github.com/originbom/originbom/sbom/internal/erofs"
	"github.com/originbom/originbom/sbom/internal/ext4"
	"github.com/originbom/originbom/sbom/internal/f2fs"
	"github.com/originbom/originbom/sbom/internal/fat"
	"github.com/originbom/originbom/sbom/internal/imagefs"
	"github.com/originbom/originbom/sbom/internal/lp"
	"github.com/originbom/originbom/sbom/internal/mbn"
	"github.com/originbom/originbom/sbom/internal/payload"
	"github.com/originbom/originbom/sbom/internal/sparse"
	"github.com/originbom/originbom/sbom/internal/squashfs"
)

// An item is something to be opened: an image, or a file in one.
type item struct {
	name   string // of the partition, if it is one
	place  string
	r      io.ReaderAt
	size   int64
	stated []byte
	depth  int
	inside bool // it lies in a container: whatever it is, it is a partition
}

// within gives an item inside of it.
func (it item) within(name, place string, r io.ReaderAt, size int64) item {
	return item{name: name, place: join(it.place, place), r: r, size: size, depth: it.depth + 1, inside: true}
}

type opener struct{ im *Image }

// open opens an item of any kind.
func (o *opener) open(it item) error {
	if it.depth > maxDepth {
		return fmt.Errorf("%s: images in images, more than %d deep", it.place, maxDepth)
	}
	kind := Detect(it.r, it.size)
	var err error
	switch kind {
	case ZIP:
		err = o.zip(it)
	case Sparse:
		err = o.sparse(it)
	case Payload:
		err = o.payload(it)
	case Super:
		err = o.super(it)
	default:
		return o.partition(it, kind)
	}
	if err != nil && it.place != "" && !errors.Is(err, ErrNotFirmware) {
		return fmt.Errorf("%s: %w", it.place, err)
	}
	return err
}

func (o *opener) sparse(it item) error {
	r, err := sparse.Open(it.r, it.size)
	if err != nil {
		return fmt.Errorf("sparse image: %w", err)
	}
	it.r, it.size, it.depth, it.inside = r, r.Size(), it.depth+1, true
	return o.open(it)
}

func (o *opener) payload(it item) error {
	parts, err := payload.Open(it.r, it.size)
	if err != nil {
		return fmt.Errorf("update payload: %w", err)
	}
	for _, p := range parts {
		in := it.within(p.Name, p.Name, p.Data, p.Size)
		in.stated = p.SHA256
		if err := o.open(in); err != nil {
			return err
		}
	}
	return nil
}

func (o *opener) super(it item) error {
	s, err := lp.Open(it.r, it.size)
	if err != nil {
		return fmt.Errorf("super image: %w", err)
	}
	if s.Damaged > 0 {
		o.im.note(it.place, fmt.Sprintf("%d copies of the super partition's metadata are damaged; a whole copy was read", s.Damaged), "")
	}
	for _, p := range s.Partitions {
		if p.Data.Size() == 0 {
			continue // of the other slot
		}
		if err := o.open(it.within(p.Name, p.Name, p.Data, p.Data.Size())); err != nil {
			return err
		}
	}
	return nil
}

// partition adds a partition. One whose content is damaged is added too, with a
// note: the others are of use still.
func (o *opener) partition(it item, kind Kind) error {
	if len(o.im.Partitions) == maxPartitions {
		return fmt.Errorf("more than %d partitions", maxPartitions)
	}
	p := &Partition{Name: it.name, Place: it.place, Kind: kind, Size: it.size, Data: it.r, stated: it.stated}
	var err error
	if p.vbmeta, err = avb.Read(it.r, it.size); err != nil {
		o.im.note(it.place, "the vbmeta of the partition cannot be read: "+err.Error(), "")
	}
	if kind == Opaque && !it.inside && p.vbmeta == nil && err == nil {
		return ErrNotFirmware
	}
	if err := o.content(p); err != nil {
		if !it.inside {
			return fmt.Errorf("%s: %w", kind, err)
		}
		o.im.note(it.place, fmt.Sprintf("the %s cannot be read: %v", kind, err), "get the image again: it is damaged, or made by a tool that is not known here")
	}
	o.im.Partitions = append(o.im.Partitions, p)
	return nil
}

// content reads what the partition holds.
func (o *opener) content(p *Partition) error {
	var t imagefs.Tree
	var err error
	switch p.Kind {
	case EROFS:
		t, err = tree(erofs.Open(p.Data, p.Size))
	case Ext4:
		t, err = tree(ext4.Open(p.Data, p.Size))
	case F2FS:
		t, err = tree(f2fs.Open(p.Data, p.Size))
	case SquashFS:
		t, err = tree(squashfs.Open(p.Data, p.Size))
	case FAT:
		t, err = tree(fat.Open(p.Data, p.Size))
	case Signed:
		p.signed, err = mbn.Open(p.Data, p.Size, nil)
		return err
	case BootImage, VendorBoot:
		return o.boot(p)
	case TreeTable:
		return p.readTable()
	case Tree:
		return p.readTrees("dtb", io.NewSectionReader(p.Data, 0, p.Size))
	case CPIO:
		p.FS, err = o.archive(p.Place, io.NewSectionReader(p.Data, 0, p.Size))
		return err
	default:
		return nil
	}
	if err != nil {
		return err
	}
	fsys := imagefs.New(t)
	if _, err := fs.ReadDir(fsys, "."); err != nil {
		return err
	}
	p.FS = fsys
	return o.chosenTree(p)
}

// tree keeps a nil pointer from becoming an interface that is not nil.
func tree[T imagefs.Tree](t T, err error) (imagefs.Tree, error) {
	if err != nil {
		return nil, err
	}
	return t, nil
}
