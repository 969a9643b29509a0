// Package ask puts the question "is this BOM signed by somebody I trust?" to
// package verify, for the two programs that ask it, and words the answer.
package ask

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/originbom/originbom/provenance/verify"
)

const suffix = ".sigstore.json"

// maxBundles bounds the signatures of one BOM: a supplier, a maker, an auditor
// and an authority are four.
const maxBundles = 64

// A Question names the files of a BOM and its bundles, and whom to trust.
type Question struct {
	Choice
	BOM     string   // "-" is standard input
	Bundles []string // none: those that lie beside the BOM
	// Artifact is what the BOM must be signed to be about: sha256:HEX of an
	// artifact in a registry, or "".
	Artifact string
	Replay   bool // the caller chose the time
}

// A Choice is whom to trust: a trust file, one public key, or one identity.
type Choice struct {
	Trust, Key                       string // files
	Identity, IdentityRegexp, Issuer string
	TrustedRoot                      string // file; for Identity, and for Key if timestamps count
}

// A FlagSet takes flags; those of the standard library and of pflag do.
type FlagSet interface {
	StringVar(p *string, name, value, usage string)
}

// AddFlags adds the flags of a Choice.
func (c *Choice) AddFlags(f FlagSet) {
	f.StringVar(&c.Trust, "trust", "", "trust file: whose signatures count")
	f.StringVar(&c.Key, "key", "", "or one public key (PEM) whose signatures count")
	f.StringVar(&c.Identity, "identity", "", "or one identity (exact e-mail address or URI), with --issuer and --trusted-root")
	f.StringVar(&c.IdentityRegexp, "identity-regexp", "", "or identities: an expression that matches the whole of it")
	f.StringVar(&c.Issuer, "issuer", "", "issuer of the identity (exact URL)")
	f.StringVar(&c.TrustedRoot, "trusted-root", "", "trusted_root.json: whose certificates, timestamps and logs count")
}

// BundleName is where the bundle of a BOM lies.
func BundleName(bom string) string { return bom + suffix }

// LoadTrust reads the chosen trust. Its error is verify.ErrNoTrust if none was
// chosen.
func (c Choice) LoadTrust() (*verify.Trust, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.Trust != "" {
		return c.trustFile()
	}
	var root []byte
	var err error
	if c.TrustedRoot != "" {
		if root, err = ReadFile(c.TrustedRoot, verify.MaxRootSize); err != nil {
			return nil, err
		}
	}
	if c.Key != "" {
		pem, err := ReadFile(c.Key, verify.MaxKeySize)
		if err != nil {
			return nil, err
		}
		return shortly(c.Key, func(name string) (*verify.Trust, error) { return verify.TrustKey(name, pem, root) })
	}
	subject, pattern := c.Identity, false
	if c.IdentityRegexp != "" {
		subject, pattern = c.IdentityRegexp, true
	}
	return verify.TrustIdentity(c.Issuer, subject, pattern, root)
}

// check wants one choice, and a whole one.
func (c Choice) check() error {
	chosen := 0
	for _, f := range []string{c.Trust, c.Key, c.Identity, c.IdentityRegexp} {
		if f != "" {
			chosen++
		}
	}
	byIdentity := c.Identity != "" || c.IdentityRegexp != ""
	switch {
	case chosen > 1:
		return errors.New("give one of --trust FILE, --key PUB, --identity SUBJECT and --identity-regexp EXPR, not both of two")
	case chosen == 0 && c.Issuer == "" && c.TrustedRoot == "":
		return verify.ErrNoTrust
	case chosen == 0, byIdentity && (c.Issuer == "" || c.TrustedRoot == ""):
		return errors.New("an identity is --identity SUBJECT, --issuer URL and --trusted-root FILE together")
	case !byIdentity && c.Issuer != "":
		return errors.New("--issuer belongs to --identity")
	case c.Trust != "" && c.TrustedRoot != "":
		return errors.New("--trusted-root stands in the trust file: write roots: FILE there")
	}
	return nil
}

func (c Choice) trustFile() (*verify.Trust, error) {
	data, err := ReadFile(c.Trust, verify.MaxTrustSize)
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(c.Trust)
	return shortly(c.Trust, func(short string) (*verify.Trust, error) {
		return verify.ParseTrust(short, data, func(name string) ([]byte, error) {
			if !filepath.IsAbs(name) {
				name = filepath.Join(dir, name)
			}
			return ReadFile(name, verify.MaxRootSize)
		})
	})
}

// shortly reads a trust under its file's name without the folder, so that a
// verdict is the same bytes wherever the file lies. A fault is told with the
// path that was given.
func shortly(file string, read func(name string) (*verify.Trust, error)) (*verify.Trust, error) {
	if t, err := read(filepath.Base(file)); err == nil {
		return t, nil
	}
	return read(file)
}

// BundlesBeside lists the bundles that lie beside a BOM, sorted:
// BOM.sigstore.json and BOM.NAME.sigstore.json. One that belongs to another
// file here, BOM.NAME, is not among them.
func BundlesBeside(bom string) ([]string, error) {
	dir, base := filepath.Split(bom)
	at := dir
	if at == "" {
		at = "."
	}
	entries, err := os.ReadDir(at)
	if err != nil {
		return nil, openError(at, err)
	}
	here := map[string]bool{}
	for _, e := range entries {
		here[e.Name()] = true
	}
	var out []string
	for name := range here {
		rest, ok := strings.CutPrefix(name, base+".")
		if !ok || !strings.HasSuffix("."+rest, suffix) {
			continue
		}
		if owner := strings.TrimSuffix(name, suffix); owner == base || !here[owner] {
			out = append(out, dir+name)
		}
	}
	slices.Sort(out)
	if len(out) > maxBundles {
		return nil, fmt.Errorf("%s: %d bundles lie beside it, more than the limit of %d", bom, len(out), maxBundles)
	}
	return out, nil
}

// Ask reads the BOM and its bundles once each, and verifies what it read. The
// Answer tells whether all of them are accepted; an error that it could not be
// told. stdin is read if the BOM is "-".
func (q Question) Ask(stdin io.Reader, trust *verify.Trust, now time.Time) (Answer, error) {
	if q.BOM == Stdin && len(q.Bundles) == 0 {
		return Answer{}, errors.New("a BOM from standard input has no bundle beside it: give --bundle FILE")
	}
	bom, err := ReadInput(stdin, q.BOM, verify.MaxBOMSize)
	if err != nil {
		return Answer{}, err
	}
	names := q.Bundles
	if len(names) == 0 {
		if names, err = BundlesBeside(q.BOM); err != nil {
			return Answer{}, err
		}
	}
	if len(names) == 0 && strings.HasSuffix(q.BOM, suffix) {
		return Answer{}, fmt.Errorf("%s: this is a signature (bundle) by its name: name the BOM that it is about, such as %s; a supplier's claim is for originbom claim verify", q.BOM, strings.TrimSuffix(q.BOM, suffix))
	}
	if len(names) == 0 {
		return Answer{}, fmt.Errorf("%s: %w: the BOM is unsigned, or its bundle lies elsewhere: give --bundle FILE", BundleName(q.BOM), syscall.ENOENT)
	}
	var signed []Signed
	for _, name := range names {
		data, err := ReadFile(name, verify.MaxBundleSize)
		if err != nil {
			return Answer{}, err
		}
		signed = append(signed, Signed{Name: name, Bundle: data})
	}
	return q.Judge(bom, signed, trust, now)
}

// Signed is a bundle and its name.
type Signed struct {
	Name   string
	Bundle []byte
}

// Judge verifies bundles over a BOM that was read, by the Question's other
// words.
func (q Question) Judge(bom []byte, signed []Signed, trust *verify.Trust, now time.Time) (Answer, error) {
	a := Answer{Verdict: Accepted, BOM: q.BOM, TrustDigest: trust.Digest(), VerifiedAt: now.UTC().Format(time.RFC3339), Replay: q.Replay}
	artifact, ok := strings.CutPrefix(q.Artifact, "sha256:")
	if q.Artifact != "" && !ok {
		return Answer{}, fmt.Errorf("--artifact: %.100q: write sha256: and 64 hex digits", q.Artifact)
	}
	for _, s := range signed {
		seal, err := verifyOne(artifact, bom, s.Bundle, trust, now)
		var refused *verify.RefusedError
		if err != nil && !errors.As(err, &refused) {
			return Answer{}, fmt.Errorf("%s: %w", s.Name, err)
		}
		if refused != nil {
			a.Verdict = Refused
		}
		a.Signatures = append(a.Signatures, newSignature(s.Name, seal, refused))
	}
	return a, nil
}

func verifyOne(artifact string, bom, bundle []byte, trust *verify.Trust, now time.Time) (verify.Seal, error) {
	if artifact == "" {
		return verify.BOM(bom, bundle, trust, now)
	}
	return verify.BOMOf(artifact, bom, bundle, trust, now)
}
