// Package assess is the whole job in one call: a handset file is read, its
// inputs become a BOM, the BOM is signed, and the signed BOM is judged by the
// same path as a stranger's.
//
//	a, err := assess.Run(ctx, fsys, "handset.yaml", assess.Options{...})
//
// The steps stand alone too: [Generate] reads inputs into a document, [Judge]
// verifies and judges a BOM.
package assess

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/provenance/verify"
	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/firmware"
)

// Options are what a run needs from outside its files.
type Options struct {
	Now      time.Time      // for keys, and for the judging date if the handset file has none
	Built    time.Time      // the time that the document bears
	Tool     string         // version of originbom
	Password []byte         // of the signing key, nil if it has none
	Strict   bool           // a value that cannot be read is an error
	Registry string         // folder with a user's own registry; overrides the handset file's
	Watch    firmware.Watch // of the reading of images; may be nil
	// Token gives the identity token in an environment variable, for a handset
	// file that signs by identity. That asks services over the network: nil does
	// not allow it.
	Token func(variable string) string
	// Beside gives the bundles of others that lie where the BOM of that name will
	// be written. They are judged too, as whoever checks the BOM there will. Nil
	// if there are none.
	Beside func(name string) ([]Bundle, error)
}

// An Assessment is what a run gives.
type Assessment struct {
	Name     string // file name for the BOM: the model and .cdx.json
	BOM      []byte
	Bundle   []byte         // nil if the handset file names no key
	Document *sbom.Document // as judged: with what its claims carry
	Trust    sbom.Trust     // under which the document is shown: who did the reading believes what it read
	Record   *policy.Record
}

// Run does the whole job for the handset file of that name in fsys.
func Run(ctx context.Context, fsys fs.FS, name string, o Options) (*Assessment, error) {
	h, err := ReadHandset(fsys, name)
	if err != nil {
		return nil, err
	}
	asOf, err := h.JudgingDate(o.Now)
	if err != nil {
		return nil, err
	}
	reg, err := h.OpenRegistry(fsys, o.Registry)
	if err != nil {
		return nil, err
	}
	doc, err := h.Generate(ctx, fsys, Generation{Registry: reg, AsOf: asOf, Built: o.Built, Tool: o.Tool, Strict: o.Strict, Watch: o.Watch})
	if err != nil {
		return nil, err
	}
	a := &Assessment{Name: FileName(doc.Device.Model)}
	if a.BOM, err = sbom.Encode(doc, sbom.Spec17); err != nil {
		return nil, err
	}
	if a.Bundle, err = h.sign(ctx, fsys, a.Name, a.BOM, o); err != nil {
		return nil, err
	}
	bundles, err := o.bundles(a)
	if err != nil {
		return nil, err
	}
	j := Judgement{Name: a.Name, BOM: a.BOM, Bundles: bundles, Registry: reg, AsOf: asOf, VerifyAt: o.Now, Tool: o.Tool, SignedPacks: h.Signed}
	if h.Trust != "" {
		if j.Trust, err = ReadTrust(fsys, h.path(h.Trust)); err != nil {
			return nil, err
		}
	}
	if j.Packs, err = ReadPacks(fsys, h.dir, h.Policy); err != nil {
		return nil, err
	}
	if h.Waivers != "" {
		if j.Waivers, err = ReadWaivers(fsys, h.path(h.Waivers)); err != nil {
			return nil, err
		}
	}
	if j.Award, j.Delivery, err = h.dates(); err != nil {
		return nil, err
	}
	if a.Document, a.Record, err = Judge(j); err != nil {
		return nil, err
	}
	a.Trust = sbom.Trust{AsWritten: true, Claims: a.Record.Carried()}
	return a, err
}

// bundles are the one just made and those of others.
func (o Options) bundles(a *Assessment) (out []Bundle, err error) {
	if a.Bundle != nil {
		out = append(out, Bundle{BundleName(a.Name), a.Bundle})
	}
	if o.Beside == nil {
		return out, nil
	}
	others, err := o.Beside(a.Name)
	return append(out, others...), err
}

// BundleName is the name of the file for the BOM's own bundle.
func BundleName(bom string) string { return bom + ".sigstore.json" }

// FileName gives the name of the file for a model's BOM.
func FileName(model string) string {
	clean := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return '-'
		}
		return r
	}, model)
	clean = strings.Trim(clean, ". ")
	if clean == "" {
		clean = "handset"
	}
	return clean + ".cdx.json"
}

// Limits on files that are read whole.
const (
	maxKeyFile    = 64 << 10 // a PEM key has some kilobytes
	maxConfigFile = 16 << 20 // handset, trust, waiver files and packs
)

// readFile reads a regular file of at most limit bytes.
func readFile(fsys fs.FS, name string, limit int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, plain(err)
	}
	defer f.Close()
	st, err := f.Stat()
	switch {
	case err != nil:
		return nil, plain(err)
	case !st.Mode().IsRegular():
		return nil, fmt.Errorf("%s: is not a regular file", path.Base(name))
	case st.Size() > limit:
		return nil, fmt.Errorf("%s: is larger than %d MiB", path.Base(name), limit>>20)
	}
	data := make([]byte, 0, st.Size()+1)
	buf := make([]byte, 64<<10)
	for {
		n, err := f.Read(buf)
		data = append(data, buf[:n]...)
		if int64(len(data)) > limit {
			return nil, fmt.Errorf("%s: is larger than %d MiB", path.Base(name), limit>>20)
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				return data, nil
			}
			return nil, plain(err)
		}
	}
}

// ReadTrust reads a trust file and the keys it names, relative to it.
func ReadTrust(fsys fs.FS, name string) (*verify.Trust, error) {
	data, err := readFile(fsys, name, maxConfigFile)
	if err != nil {
		return nil, err
	}
	return verify.ParseTrust(path.Base(name), data, func(named string) ([]byte, error) {
		return readFile(fsys, path.Join(path.Dir(name), named), verify.MaxRootSize)
	})
}

// ReadWaivers reads a waiver file.
func ReadWaivers(fsys fs.FS, name string) (*policy.Waivers, error) {
	data, err := readFile(fsys, name, maxConfigFile)
	if err != nil {
		return nil, err
	}
	return policy.ParseWaivers(path.Base(name), data)
}
