package software

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/apex"
	"github.com/originbom/originbom/sbom/internal/erofs"
	"github.com/originbom/originbom/sbom/internal/ext4"
	"github.com/originbom/originbom/sbom/internal/f2fs"
	"github.com/originbom/originbom/sbom/internal/imagefs"
)

const (
	// maxModuleFiles bounds the files of one APEX. Android's largest have some
	// thousand, time zones mostly.
	maxModuleFiles = 1 << 16
	// maxModuleFile bounds one of them in bytes when it is hashed.
	maxModuleFile = 1 << 30
)

// A moduleFile is a file in the payload of an APEX that is software of its own.
type moduleFile struct {
	Path   string
	SHA256 string
	Kind   sbom.Kind
	App    *androidApp // of an APK
}

// moduleKind says what software a file of a payload is by its place (AOSP,
// build/soong/apex): app and priv-app hold apps, lib and lib64 native libraries,
// javalib those of Java, bin programs. It is "" for data.
func moduleKind(p string, mode fs.FileMode) sbom.Kind {
	top, ext := firstSegment(p), path.Ext(p)
	switch {
	case ext == ".apk":
		return sbom.Application
	case ext == ".so", ext == ".jar" && top == "javalib":
		return sbom.Library
	case top == "bin" && mode.IsRegular():
		return sbom.Application
	}
	return ""
}

func firstSegment(p string) string {
	for i := range p {
		if p[i] == '/' {
			return p[:i]
		}
	}
	return ""
}

// contents lists the software in the payload of an APEX, by path. A payload that
// cannot be listed is noted, and so is an app in it that cannot be read: the APEX
// itself was read.
func (a *androidApp) contents(ctx context.Context, r io.ReaderAt, size int64) error {
	fsys, err := payloadFS(r, size)
	if err != nil {
		a.Notes = append(a.Notes, fmt.Sprintf("%s: what is in it is not listed: %v", apex.PayloadName, err))
		return nil
	}
	seen := 0
	err = fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if seen++; seen > maxModuleFiles {
			return fmt.Errorf("more than %d files", maxModuleFiles)
		}
		if err != nil {
			return err
		}
		kind := moduleKind(p, d.Type())
		if kind == "" || !d.Type().IsRegular() {
			return nil
		}
		f, err := readModuleFile(ctx, fsys, p, kind)
		if err != nil {
			return fmt.Errorf("%s: %w", p, plainError(err))
		}
		if f.App != nil {
			for _, n := range f.App.Notes {
				a.Notes = append(a.Notes, p+": "+n)
			}
		}
		a.Contents = append(a.Contents, f)
		return nil
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		a.Notes = append(a.Notes, fmt.Sprintf("%s: not all that is in it is listed: %v", apex.PayloadName, err))
	}
	return nil
}

// payloadFS opens the file system of a payload.
func payloadFS(r io.ReaderAt, size int64) (fs.FS, error) {
	for _, kind := range []struct {
		at    int64
		magic string
		open  func() (imagefs.Tree, error)
	}{
		{erofs.MagicAt, erofs.Magic, func() (imagefs.Tree, error) { return erofs.Open(r, size) }},
		{ext4.MagicAt, ext4.Magic, func() (imagefs.Tree, error) { return ext4.Open(r, size) }},
		{f2fs.MagicAt, f2fs.Magic, func() (imagefs.Tree, error) { return f2fs.Open(r, size) }},
	} {
		head := make([]byte, len(kind.magic))
		if n, _ := r.ReadAt(head, kind.at); n < len(head) || string(head) != kind.magic {
			continue
		}
		tree, err := kind.open()
		if err != nil {
			return nil, err
		}
		return imagefs.New(tree), nil
	}
	return nil, errors.New("it holds no file system that is known here")
}

func readModuleFile(ctx context.Context, fsys fs.FS, p string, kind sbom.Kind) (moduleFile, error) {
	f, err := fsys.Open(p)
	if err != nil {
		return moduleFile{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return moduleFile{}, err
	}
	if info.Size() > maxModuleFile {
		return moduleFile{}, fmt.Errorf("larger than %d bytes", maxModuleFile)
	}
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return moduleFile{}, err
	}
	out := moduleFile{Path: p, SHA256: hex.EncodeToString(h.Sum(nil)), Kind: kind}
	r, random := f.(io.ReaderAt)
	if path.Ext(p) != ".apk" || !random {
		return out, nil
	}
	app, err := readAPK(ctx, r, info.Size())
	if err != nil {
		app = androidApp{Notes: []string{"not understood: " + err.Error()}}
	}
	out.App = &app
	return out, nil
}

// component describes the file, which lies in the APEX at place.
func (f moduleFile) component(place string) sbom.Component {
	entry := apex.PayloadName + ", " + f.Path
	c := sbom.Component{Kind: f.Kind, Name: path.Base(f.Path)}
	says := []string{"in " + entry}
	if f.App != nil && f.App.Package != "" {
		partition, _ := sbom.SplitAndroidPath(place)
		c = f.App.component(place)
		c.Properties = f.App.properties(partition, f.Path)
		says = []string{clip("in "+entry+": "+f.App.says(), maxSays), clip(f.App.saysSignature(), maxSays)}
		for i := range c.Components {
			c.Components[i].Found[0].Says = clip("in "+entry+": "+c.Components[i].Found[0].Says, maxSays)
		}
	}
	c.Hashes = fileHash(f.SHA256)
	for _, s := range says {
		c.Found = append(c.Found, sbom.Evidence{Place: place, Method: sbom.MethodImage, Says: s})
	}
	return c
}
