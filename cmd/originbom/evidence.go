package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/cmd/internal/ask"
	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/policy/archive"
	"github.com/originbom/originbom/policy/assess"
	"github.com/originbom/originbom/policy/packs"
	"github.com/originbom/originbom/policy/report"
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
	j, result, err := judgeArchive(c.bundleOut, first)
	if err != nil {
		return none, nil, err
	}
	p.files[archive.ResultName] = result
	data, err := p.bytes()
	return j, data, err
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

func (c *checkFlags) packPolicies(p *packing) error {
	for i, name := range c.policies {
		folder := "packs/" + strconv.Itoa(i)
		if slices.Contains(packs.Names(), name) {
			src, err := packs.Source(name)
			if err != nil {
				return err
			}
			at := folder + "/" + name + ".yaml"
			p.files[at], p.manifest.Packs = src, append(p.manifest.Packs, at)
			_, err = policy.ParsePack(at, src, func(list string) ([]byte, error) {
				data, err := packs.File(list)
				p.files[path.Join(folder, list)] = data
				return data, err
			})
			if err != nil {
				return err
			}
			continue
		}
		at, err := p.group(folder, name, func(fsys fs.FS, file string) error {
			_, err := assess.ReadPacks(fsys, ".", []string{"/" + file})
			return err
		})
		if err != nil {
			return err
		}
		p.manifest.Packs = append(p.manifest.Packs, at)
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

// judgeArchive gives the judgement that an archive holds, and its verdict in
// JSON.
func judgeArchive(file string, data []byte) (assess.Judgement, []byte, error) {
	m, fsys, err := archive.Read(file, data)
	if err != nil {
		return assess.Judgement{}, nil, err
	}
	j, err := readArchive(m, fsys)
	if err != nil {
		return j, nil, fmt.Errorf("%s: %w", file, err)
	}
	doc, rec, err := assess.Judge(j)
	if err != nil {
		return j, nil, err
	}
	var b bytes.Buffer
	err = report.JSON(&b, doc, rec)
	return j, b.Bytes(), err
}

// readArchive reads the files of an archive by its manifest.
func readArchive(m archive.Manifest, fsys fs.FS) (j assess.Judgement, err error) {
	j = assess.Judgement{Name: m.Name, Tool: m.Tool, Chosen: m.Chosen}
	if j.AsOf, err = dateFlag("asOf", m.AsOf, time.Time{}); err != nil {
		return j, err
	}
	if j.VerifyAt, err = timeFlag("verifyAt", m.VerifyAt, time.Time{}); err != nil {
		return j, err
	}
	if j.Award, err = dateFlag("award", m.Award, time.Time{}); err != nil {
		return j, err
	}
	if j.Delivery, err = dateFlag("delivery", m.Delivery, time.Time{}); err != nil {
		return j, err
	}
	if j.BOM, err = fs.ReadFile(fsys, m.BOM); err != nil {
		return j, err
	}
	for _, name := range m.Bundles {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return j, err
		}
		j.Bundles = append(j.Bundles, assess.Bundle{Name: path.Base(name), Data: data})
	}
	switch {
	case m.Trust != "":
		j.Trust, err = assess.ReadTrust(fsys, m.Trust)
	case m.TrustKey != "":
		var pem []byte
		if pem, err = fs.ReadFile(fsys, m.TrustKey); err == nil {
			j.Trust, err = verify.TrustKey(cmp.Or(m.KeyName, m.TrustKey), pem, nil)
		}
	}
	if err != nil {
		return j, err
	}
	if j.Packs, err = assess.ReadPacks(fsys, ".", m.Packs); err != nil {
		return j, err
	}
	if m.Claims != "" {
		if j.Claims, err = assess.ReadClaims(fsys, m.Claims); err != nil {
			return j, err
		}
	}
	if m.Waivers != "" {
		if j.Waivers, err = assess.ReadWaivers(fsys, m.Waivers); err != nil {
			return j, err
		}
	}
	j.Registry, err = archivedRegistry(m, fsys)
	return j, err
}

func archivedRegistry(m archive.Manifest, fsys fs.FS) (*registry.Registry, error) {
	sub, err := fs.Sub(fsys, m.Registry)
	if err != nil {
		return nil, err
	}
	reg, err := registry.Open(sub)
	if err != nil || m.Overlay == "" {
		return reg, err
	}
	over, err := fs.Sub(fsys, m.Overlay)
	if err != nil {
		return nil, err
	}
	return reg.With(over)
}

// judgeAgain replays an archive. The exit status is that of the verdict; a
// verdict that is not the archived one is status 1.
func (c *checkFlags) judgeAgain(cmd *cobra.Command, name string) error {
	if len(c.policies)+len(c.bundles) > 0 || c.trust != (ask.Choice{}) || c.waivers+c.claims+c.registry+c.asOf+c.award+c.delivery+c.bundleOut+c.vsa+c.vsaKey != "" {
		return errors.New("--replay judges by what the archive holds: give no policy, trust, claims, waivers, registry or dates with it (only --verify-at, --format and --fail-on)")
	}
	data, err := ask.ReadFile(name, archive.MaxBytes)
	if err != nil {
		return err
	}
	j, again, err := judgeArchive(name, data)
	if err != nil {
		return err
	}
	_, fsys, err := archive.Read(name, data)
	if err != nil {
		return err
	}
	was, err := fs.ReadFile(fsys, archive.ResultName)
	if err != nil {
		return err
	}
	note := cmd.ErrOrStderr()
	if j.Tool != toolVersion {
		fmt.Fprintf(note, "originbom: note: the archive was made by originbom %s; this is %s\n", j.Tool, toolVersion)
	}
	same := bytes.Equal(was, again)
	if c.verifyAt != "" {
		if j.VerifyAt, err = timeFlag("--verify-at", c.verifyAt, time.Time{}); err != nil {
			return err
		}
		j.Chosen = true
	}
	doc, rec, err := assess.Judge(j)
	if err != nil {
		return err
	}
	if err := writeVerdict(cmd, c.format, doc, rec); err != nil {
		return err
	}
	if !same {
		fmt.Fprintln(note, "originbom: the replayed verdict is NOT the archived one: the archive was changed, or this version judges otherwise")
		return statusError(exitNo)
	}
	fmt.Fprintln(note, "originbom: the replayed verdict is the archived one, byte by byte")
	return status(rec.Result.Verdict, c.failOn)
}
