package input

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/originbom/originbom/sbom/firmware"
	"github.com/originbom/originbom/sbom/software"
)

// Image reads a firmware image, an APK or an APEX of size bytes, of which no more than pieces are
// ever in memory. It is not ok if r holds none: give it to File then.
// opts and watch may be nil.
func Image(ctx context.Context, name string, r io.ReaderAt, size int64, opts *Options, watch firmware.Watch) (res Result, ok bool, err error) {
	if app, ok, err := software.App(ctx, name, r, size); ok {
		return Result{Reading: app}, true, err
	}
	if !firmware.Is(r, size) {
		return Result{}, false, nil
	}
	im, err := firmware.Open(name, r, size)
	if errors.Is(err, firmware.ErrNotFirmware) {
		return Result{}, false, nil
	}
	if err != nil {
		return Result{}, true, err
	}
	im.Watch = watch
	digest, err := firmware.Digest(ctx, firmware.Watched(r, size, name, watch), size)
	if err == nil {
		res.Reading, err = firmware.Read(ctx, im, digest, opts.catalog())
	} else {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return res, true, errors.Join(err, im.Close())
}

// firmwareFolder reads a folder of images and unpacked partitions.
func firmwareFolder(ctx context.Context, name string, root fs.FS, opts *Options, watch firmware.Watch) (Result, error) {
	im, err := firmware.OpenFolder(name, root)
	if err != nil {
		return Result{}, err
	}
	im.Watch = watch
	reading, err := firmware.Read(ctx, im, "", opts.catalog())
	return Result{Reading: reading}, errors.Join(err, im.Close())
}

// catalog is what reads the software of a phone: of its root, or of each of the
// partitions, in order.
func (o *Options) catalog() firmware.Catalog {
	asked := software.Options{Kernels: new(software.Kernels)}
	if o != nil {
		asked.ELFHardening = o.ELFHardening
	}
	return asked.Catalog
}
