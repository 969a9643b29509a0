package apksig

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/originbom/originbom/sbom/internal/apkzip"
)

const (
	metaFolder   = "META-INF/"
	manifestName = "META-INF/MANIFEST.MF"
	// maxJARFile bounds a manifest or signature file: about 150 bytes an entry,
	// of which there are 65535 at most.
	maxJARFile = 32 << 20
)

// jarFiles finds the signature files and those of the signatures themselves,
// which have the same name and the kind of key as extension.
func jarFiles(z *apkzip.Archive) (sf map[string]apkzip.Entry, blocks []apkzip.Entry) {
	sf = map[string]apkzip.Entry{}
	for _, e := range z.Entries {
		if !strings.HasPrefix(e.Name, metaFolder) {
			continue
		}
		if stem, ok := strings.CutSuffix(e.Name, ".SF"); ok {
			sf[stem] = e
		}
		for _, ext := range []string{".RSA", ".DSA", ".EC"} {
			if strings.HasSuffix(e.Name, ext) {
				blocks = append(blocks, e)
			}
		}
	}
	return sf, blocks
}

// A jarSigner is one signature file with the signature over it.
type jarSigner struct {
	name  string // of the signature block
	file  []byte // the signature file
	cert  Certificate
	names map[string]bool // entries that the signature file lists
}

// verifyJAR verifies scheme v1 as Android does (AOSP, tools/apksig,
// V1SchemeVerifier), which is not quite the JAR specification: nothing in
// META-INF is covered, and every other entry must be, by the same signers.
func (v *verification) verifyJAR() (signers, error) {
	found, blocks := jarFiles(v.z)
	entry, ok := v.z.Find(manifestName)
	if !ok {
		if len(blocks) == 0 {
			return signers{}, errAbsent
		}
		return signers{}, errors.New("there is no META-INF/MANIFEST.MF")
	}
	manifest, err := v.z.Read(entry, maxJARFile)
	if err != nil {
		return signers{}, err
	}
	main, sections, err := v.jarManifest(manifest)
	if err != nil {
		return signers{}, err
	}
	all, err := v.jarSigners(found, blocks)
	if err != nil {
		return signers{}, err
	}
	var able []*jarSigner
	for _, s := range all {
		ignored, err := v.signatureFile(s, manifest, main, sections)
		if err != nil {
			return signers{}, fmt.Errorf("%s: %w", s.name, err)
		}
		if !ignored {
			able = append(able, s)
		}
	}
	if len(able) == 0 {
		return signers{}, errors.New("none of its signature files counts")
	}
	return v.jarEntries(sections, able)
}

// jarManifest reads the sections of the manifest: every entry that it names must
// be there.
func (v *verification) jarManifest(data []byte) (section, map[string]section, error) {
	all := parseSections(data)
	var main section
	if len(all) > 0 {
		main, all = all[0], all[1:]
	}
	byName := map[string]section{}
	for i, s := range all {
		name, ok := s.name()
		if !ok {
			return main, nil, fmt.Errorf("%s: section %d has no name", manifestName, i+1)
		}
		if _, twice := byName[name]; twice {
			return main, nil, fmt.Errorf("%s: two sections are about %q", manifestName, name)
		}
		if e, ok := v.z.Find(name); !ok || e.IsDir() {
			return main, nil, fmt.Errorf("%s: it lists %q, which is not in the APK", manifestName, name)
		}
		byName[name] = s
	}
	return main, byName, nil
}

// jarSigners verifies every signature over its signature file.
func (v *verification) jarSigners(found map[string]apkzip.Entry, blocks []apkzip.Entry) ([]*jarSigner, error) {
	var out []*jarSigner
	for _, b := range blocks {
		sf, ok := found[b.Name[:strings.LastIndexByte(b.Name, '.')]]
		if !ok {
			continue // a signature over nothing: Android passes over it
		}
		if len(out) >= maxSigners {
			return nil, fmt.Errorf("more than %d signers", maxSigners)
		}
		signature, err := v.z.Read(b, maxJARFile)
		if err != nil {
			return nil, err
		}
		s := &jarSigner{name: b.Name}
		if s.file, err = v.z.Read(sf, maxJARFile); err != nil {
			return nil, err
		}
		if s.cert, err = verifyPKCS7(signature, s.file, v.p.MinSDK); err != nil {
			return nil, fmt.Errorf("%s: %w", b.Name, err)
		}
		out = append(out, s)
	}
	if len(out) == 0 {
		return nil, errAbsent
	}
	return out, nil
}

// signatureFile compares a signature file with the manifest. It is ignored if
// Android passes over it.
func (v *verification) signatureFile(s *jarSigner, manifest []byte, main section, sections map[string]section) (ignored bool, err error) {
	all := parseSections(s.file)
	if len(all) == 0 {
		return true, nil
	}
	head := all[0]
	if _, ok := head.value("Signature-Version"); !ok {
		return true, nil
	}
	if err := v.jarStripped(head); err != nil {
		return false, err
	}
	by, _ := head.value("Created-By")
	signtool := strings.Contains(by, "signtool") // of Netscape, which digests otherwise
	whole, err := v.manifestDigest(head, signtool, manifest, main)
	if err != nil {
		return false, err
	}
	s.names = map[string]bool{}
	for _, sec := range all[1:] {
		name, ok := sec.name()
		if !ok || s.names[name] {
			return true, nil
		}
		s.names[name] = true
		if whole {
			continue
		}
		m, ok := sections[name]
		if !ok {
			return true, nil
		}
		if err := v.sectionDigest(sec, m, signtool); err != nil {
			return false, fmt.Errorf("%q: %w", name, err)
		}
	}
	return false, nil
}

// jarStripped refuses a signature file that names schemes which are not there.
func (v *verification) jarStripped(head section) error {
	said, _ := head.value("X-Android-APK-Signed")
	for text := range strings.SplitSeq(said, ",") {
		id, _ := strconv.Atoi(strings.TrimSpace(text))
		s := map[int]Scheme{2: V2, 3: V3}[id]
		if s != "" && !slices.Contains(v.found, s) {
			return fmt.Errorf("it says that the APK was signed with scheme %s too, and that signature is not there: stripped", s)
		}
	}
	return nil
}

// manifestDigest compares the digests of the manifest as a whole and of its main
// section. A whole that differs is no error: then every section must agree.
func (v *verification) manifestDigest(head section, signtool bool, manifest []byte, main section) (whole bool, err error) {
	suffix := "-Digest-Manifest"
	if signtool {
		suffix = "-Digest"
	}
	ds, err := jarDigests(head, suffix, v.p.MinSDK)
	if err != nil {
		return false, err
	}
	whole = len(ds) > 0
	for _, d := range ds {
		whole = whole && d.matches(manifest)
	}
	if signtool {
		return whole, nil
	}
	if ds, err = jarDigests(head, "-Digest-Manifest-Main-Attributes", v.p.MinSDK); err != nil {
		return false, err
	}
	for _, d := range ds {
		if !d.matches(main.raw) {
			return false, errors.New("the main section of the manifest was changed after it was signed")
		}
	}
	return whole, nil
}

func (v *verification) sectionDigest(sf, manifest section, signtool bool) error {
	ds, err := jarDigests(sf, "-Digest", v.p.MinSDK)
	if err != nil {
		return err
	}
	if len(ds) == 0 {
		return errors.New("the signature file has no digest for it")
	}
	raw := manifest.raw
	if signtool && bytes.HasSuffix(raw, []byte("\n\n")) {
		raw = raw[:len(raw)-1]
	}
	for _, d := range ds {
		if !d.matches(raw) {
			return errors.New("its section in the manifest was changed after it was signed")
		}
	}
	return nil
}

// jarEntries compares every entry outside META-INF with the manifest.
func (v *verification) jarEntries(sections map[string]section, able []*jarSigner) (signers, error) {
	var first []*jarSigner
	for _, e := range v.z.Entries {
		if e.IsDir() || strings.HasPrefix(e.Name, metaFolder) {
			continue
		}
		s, ok := sections[e.Name]
		if !ok {
			return signers{}, fmt.Errorf("%q is not listed in the manifest", e.Name)
		}
		var by []*jarSigner
		for _, j := range able {
			if j.names[e.Name] {
				by = append(by, j)
			}
		}
		switch {
		case len(by) == 0:
			return signers{}, fmt.Errorf("%q is not signed", e.Name)
		case first == nil:
			first = by
		case !slices.Equal(first, by):
			return signers{}, fmt.Errorf("%q is not signed by the same parties as the rest", e.Name)
		}
		if err := v.jarEntry(e, s); err != nil {
			return signers{}, err
		}
	}
	if first == nil {
		return signers{}, errors.New("no entry is signed")
	}
	var out signers
	for _, j := range first {
		out.certs = append(out.certs, j.cert)
	}
	return out, nil
}

func (v *verification) jarEntry(e apkzip.Entry, s section) error {
	ds, err := jarDigests(s, "-Digest", v.p.MinSDK)
	if err != nil {
		return err
	}
	if len(ds) == 0 {
		return fmt.Errorf("%q has no digest in the manifest", e.Name)
	}
	r, err := v.z.Open(e)
	if err != nil {
		return err
	}
	var ws []io.Writer
	for i := range ds {
		ds[i].h = ds[i].hash.New()
		ws = append(ws, ds[i].h)
	}
	if _, err := io.Copy(io.MultiWriter(ws...), r); err != nil {
		return fmt.Errorf("%q: %w", e.Name, err)
	}
	for _, d := range ds {
		if !bytes.Equal(d.h.Sum(nil), d.want) {
			return fmt.Errorf("%q was changed after it was signed: its digest differs", e.Name)
		}
	}
	return nil
}

func decodeBase64(s string) ([]byte, error) {
	if strings.ContainsAny(s, "\r\n") { // which Go's decoder passes over
		return nil, errors.New("a digest is no base64")
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		if b, err = base64.RawStdEncoding.DecodeString(s); err != nil {
			return nil, errors.New("a digest is no base64")
		}
	}
	return b, nil
}
