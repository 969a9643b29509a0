package assess

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/policy/packs"
	"github.com/originbom/originbom/provenance/verify"
)

// A PackReader opens packs by the names that people write: the id of an embedded
// pack, or a path. What looks like a path (it has a slash or a dot) is one.
// NAME@sha256:HEX pins the digest of the pack.
type PackReader struct {
	FS  fs.FS
	Dir string // that paths are relative to
	// Shelf holds the embedded packs: those of the program, or of an archive.
	Shelf packs.Shelf
}

// ReadPacks opens packs by name, with the program's embedded packs.
func ReadPacks(fsys fs.FS, dir string, refs []string) ([]*policy.Pack, error) {
	return PackReader{fsys, dir, packs.Embedded()}.Packs(refs)
}

// Packs opens packs, at least one, each with those that it includes.
func (r PackReader) Packs(refs []string) ([]*policy.Pack, error) {
	var out []*policy.Pack
	ids := map[string]string{}
	for _, ref := range refs {
		p, err := r.pack(ref)
		if err != nil {
			return nil, err
		}
		if other, ok := ids[p.ID]; ok {
			return nil, fmt.Errorf("%s and %s are both the pack %q: give one of them", other, ref, p.ID)
		}
		ids[p.ID] = ref
		out = append(out, p)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no policy given: choose a pack file, or one of %s", strings.Join(r.Shelf.Names(), ", "))
	}
	if _, err := policy.Flatten(out); err != nil {
		return nil, err
	}
	return out, nil
}

// PinMark stands between the name of a pack and the digest that it must have.
const PinMark = "@sha256:"

func (r PackReader) pack(ref string) (*policy.Pack, error) {
	name, digest, pinned := strings.Cut(ref, PinMark)
	if pinned && len(digest) != 64 {
		return nil, fmt.Errorf("%s: %q is no digest: write %s%s and 64 hex digits (originbom policy list %s shows them)", name, digest, name, PinMark, name)
	}
	f, err := r.open(name)
	if err != nil {
		return nil, err
	}
	return policy.LoadPinned(f, strings.ToLower(digest))
}

// open gives the pack of a name.
func (r PackReader) open(name string) (*policy.PackFile, error) {
	if r.Shelf.Has(name) {
		return r.Shelf.File(name)
	}
	if !strings.ContainsAny(name, "/.") {
		return nil, fmt.Errorf("no pack %q: the embedded packs are %s; a file is given by its path, such as ./%s.yaml", name, strings.Join(r.Shelf.Names(), ", "), name)
	}
	if path.IsAbs(name) {
		return r.file(strings.TrimPrefix(path.Clean(name), "/"))
	}
	return r.file(path.Join(r.Dir, name))
}

// bundleSuffix names the signature that lies beside a pack.
const bundleSuffix = ".sigstore.json"

// file gives the pack in a file, with the signature beside it.
func (r PackReader) file(at string) (*policy.PackFile, error) {
	data, err := readFile(r.FS, at, maxConfigFile)
	if err != nil {
		return nil, err
	}
	f := &policy.PackFile{Name: path.Base(at), Path: at, Origin: policy.OriginFile, Data: data}
	if _, err := fs.Stat(r.FS, at+bundleSuffix); err == nil {
		if f.Bundle, err = readFile(r.FS, at+bundleSuffix, verify.MaxBundleSize); err != nil {
			return nil, err
		}
	}
	dir := path.Dir(at)
	f.Read = func(list string) ([]byte, error) { return readFile(r.FS, path.Join(dir, list), maxConfigFile) }
	f.Open = func(ref string) (*policy.PackFile, error) {
		if path.IsAbs(ref) {
			return nil, fmt.Errorf("%q begins at the root: write a path relative to %s, so that both can be kept and moved together", ref, f.Name)
		}
		return PackReader{r.FS, dir, r.Shelf}.open(ref)
	}
	return f, nil
}
