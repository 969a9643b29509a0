package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/cmd/internal/ask"
	"github.com/originbom/originbom/policy/archive"
	"github.com/originbom/originbom/policy/assess"
	"github.com/originbom/originbom/policy/packs"
	"github.com/originbom/originbom/provenance/registry"
	"github.com/originbom/originbom/provenance/verify"
	"github.com/originbom/originbom/sbom/strictyaml"
)

// A recorder remembers every file that is opened through it, as it was read.
type recorder struct {
	fs.FS
	files map[string][]byte
}

func (r recorder) Open(name string) (fs.File, error) {
	f, err := r.FS.Open(name)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() {
		return f, err
	}
	data, err := io.ReadAll(io.LimitReader(f, archive.MaxBytes+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	r.files[name] = data
	return recorded{bytes.NewReader(data), st}, nil
}

// recorded is a file whose content was read.
type recorded struct {
	*bytes.Reader
	st fs.FileInfo
}

func (f recorded) Stat() (fs.FileInfo, error) { return f.st, nil }
func (f recorded) Close() error               { return nil }

// A packing collects the files of an archive.
type packing struct {
	manifest archive.Manifest
	files    map[string][]byte
}

// group records the files that read opens, beginning with the file name, and
// places them in a folder of the archive so that they still find each other.
func (p *packing) group(folder, name string, read func(fsys fs.FS, name string) error) (string, error) {
	at, err := hostPath(name)
	if err != nil {
		return "", err
	}
	rec := recorder{host(), map[string][]byte{}}
	if err := read(rec, at); err != nil {
		return "", err
	}
	common := path.Dir(at)
	for file := range rec.files {
		for common != "." && !strings.HasPrefix(file, common+"/") {
			common = path.Dir(common)
		}
	}
	place := func(file string) string {
		return path.Join(folder, strings.TrimPrefix(strings.TrimPrefix(file, common), "/"))
	}
	for file, data := range rec.files {
		p.files[place(file)] = data
	}
	return place(at), nil
}

// pack puts everything into an archive and gives the judgement that a replay
// of it makes: so both are the same by construction.
func (c *checkFlags) pack(cmd *cobra.Command, bom string, j assess.Judgement) (assess.Judgement, []byte, error) {
	none := assess.Judgement{}
	if c.trust.Identity+c.trust.IdentityRegexp+c.trust.TrustedRoot != "" {
		return none, nil, errors.New("--bundle-out keeps a trust file or a key: write the identity into a trust file (--trust)")
	}
	p := &packing{files: map[string][]byte{}}
	m := &p.manifest
	m.Tool, m.Chosen, m.AsOf, m.VerifyAt = toolVersion, j.Chosen, j.AsOf.Format(time.DateOnly), j.VerifyAt.UTC().Format(time.RFC3339)
	m.Award, m.Delivery = flagDate(j.Award), flagDate(j.Delivery)
	for _, step := range []func() error{
		func() error { return c.packBOM(cmd, bom, p) }, func() error { return c.packTrust(p) },
		func() error { return c.packPolicies(p) }, func() error { return c.packRegistry(p) }, func() error { return c.packClaims(p) }, func() error { return c.packWaivers(p) },
	} {
		if err := step(); err != nil {
			return none, nil, err
		}
	}
	p.files[archive.ResultName] = nil // until the verdict is known
	first, err := p.bytes()
	if err != nil {
		return none, nil, err
	}
	r, err := openReplay(c.bundleOut, first)
	if err != nil {
		return none, nil, err
	}
	p.files[archive.ResultName] = r.again
	data, err := p.bytes()
	return r.j, data, err
}

func (p *packing) bytes() ([]byte, error) {
	var b bytes.Buffer
	err := archive.Write(&b, p.manifest, p.files)
	return b.Bytes(), err
}

func flagDate(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

func (c *checkFlags) packBOM(cmd *cobra.Command, bom string, p *packing) error {
	data, err := readInput(cmd.InOrStdin(), bom, verify.MaxBOMSize)
	if err != nil {
		return err
	}
	p.manifest.Name = filepath.Base(bom)
	if bom == "-" {
		p.manifest.Name = "stdin"
	}
	p.manifest.BOM = "bom/" + p.manifest.Name
	p.files[p.manifest.BOM] = data
	bundles, err := readBundles(bom, c.bundles)
	for i, b := range bundles {
		at := path.Join("bundles", strconv.Itoa(i), b.Name) // two folders may have one of that name
		p.manifest.Bundles, p.files[at] = append(p.manifest.Bundles, at), b.Data
	}
	return err
}

func (c *checkFlags) packTrust(p *packing) (err error) {
	if c.trust.Key != "" {
		pem, err := ask.ReadFile(c.trust.Key, verify.MaxKeySize)
		p.manifest.TrustKey, p.manifest.KeyName = "trust/key.pub", filepath.Base(c.trust.Key)
		p.files[p.manifest.TrustKey] = pem
		return err
	}
	if c.trust.Trust == "" {
		return nil
	}
	p.manifest.Trust, err = p.group("trust", c.trust.Trust, func(fsys fs.FS, name string) error {
		_, err := assess.ReadTrust(fsys, name)
		return err
	})
	return err
}

// packPolicies keeps the packs that were named, those that they include, and
// their signatures. What came with the program goes to a folder of its own.
func (c *checkFlags) packPolicies(p *packing) error {
	m := &p.manifest
	m.Shelf, m.SignedPacks = "embedded", c.signedPacks
	shelf := recorder{packs.Files(), map[string][]byte{}}
	for i, ref := range c.policies {
		name, digest, pinned := strings.Cut(ref, assess.PinMark)
		at := path.Join(m.Shelf, name+".yaml")
		if packs.Embedded().Has(name) {
			if _, err := (assess.PackReader{FS: host(), Dir: ".", Shelf: packs.In(shelf)}).Packs([]string{ref}); err != nil {
				return err
			}
		} else {
			var err error
			at, err = p.group("packs/"+strconv.Itoa(i), name, func(fsys fs.FS, file string) error {
				_, err := assess.PackReader{FS: fsys, Dir: ".", Shelf: packs.In(shelf)}.Packs([]string{"/" + file})
				return err
			})
			if err != nil {
				return err
			}
		}
		m.Packs = append(m.Packs, at)
		if pinned {
			if m.Pins == nil {
				m.Pins = map[string]string{}
			}
			m.Pins[at] = digest
		}
	}
	for name, data := range shelf.files {
		p.files[path.Join(m.Shelf, name)] = data
	}
	return nil
}

func (c *checkFlags) packRegistry(p *packing) error {
	fsys, err := registry.EmbeddedFiles()
	if err != nil {
		return err
	}
	p.manifest.Registry = "registry"
	rec := recorder{fsys, map[string][]byte{}}
	if _, err := registry.Open(rec); err != nil {
		return err
	}
	for name, data := range rec.files {
		p.files["registry/"+name] = data
	}
	if c.registry == "" {
		return nil
	}
	p.manifest.Overlay = "overlay"
	at, err := hostPath(c.registry)
	if err != nil {
		return err
	}
	over := recorder{host(), map[string][]byte{}}
	if _, err := assess.OpenRegistry(over, at); err != nil {
		return err
	}
	for name, data := range over.files {
		p.files["overlay/"+strings.TrimPrefix(strings.TrimPrefix(name, at), "/")] = data
	}
	return nil
}

func (c *checkFlags) packClaims(p *packing) error {
	if c.claims == "" {
		return nil
	}
	at, err := hostPath(c.claims)
	if err != nil {
		return err
	}
	claims, err := assess.ReadClaims(host(), at)
	if err != nil {
		return err
	}
	for _, f := range claims {
		p.manifest.Claims = "claims" // a reader takes the bundles of a folder by their ending
		p.files["claims/"+strings.TrimSuffix(path.Base(f.Name), ".sigstore.json")+".sigstore.json"] = f.Data
	}
	return nil
}

func (c *checkFlags) packWaivers(p *packing) error {
	if c.waivers == "" {
		return nil
	}
	data, err := ask.ReadFile(c.waivers, strictyaml.MaxBytes)
	p.manifest.Waivers = "waivers/" + filepath.Base(c.waivers)
	p.files[p.manifest.Waivers] = data
	return err
}
