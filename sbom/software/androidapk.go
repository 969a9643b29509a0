package software

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/apex"
	"github.com/originbom/originbom/sbom/internal/apksig"
	"github.com/originbom/originbom/sbom/internal/apkzip"
	"github.com/originbom/originbom/sbom/internal/avb"
	"github.com/originbom/originbom/sbom/internal/axml"
)

const (
	manifestEntry = "AndroidManifest.xml"
	tableEntry    = "resources.arsc"
	// maxLibraries bounds the native libraries listed of one APK. The largest
	// apps have about 300 an architecture.
	maxLibraries = 4096
	// maxLibrary bounds one of them when it is hashed.
	maxLibrary = 1 << 30
	// maxOriginal bounds the module inside a compressed APEX, which is held in
	// memory. Android's largest are near 100 MiB.
	maxOriginal = 512 << 20
)

// readAPK reads an APK: manifest, signatures, native libraries.
func readAPK(_ context.Context, r io.ReaderAt, size int64) (androidApp, error) {
	z, err := apkzip.Open(r, size)
	if err != nil {
		return androidApp{}, err
	}
	app, err := readPackage(z)
	if err != nil {
		return androidApp{}, err
	}
	return app, app.libraries(z)
}

// readPackage reads what APK and APEX have in common.
func readPackage(z *apkzip.Archive) (androidApp, error) {
	e, ok := z.Find(manifestEntry)
	if !ok {
		return androidApp{}, errors.New("no AndroidManifest.xml in it, which every APK has")
	}
	raw, err := z.Read(e, axml.MaxManifest)
	if err != nil {
		return androidApp{}, err
	}
	m, err := axml.ReadManifest(raw, func() (*axml.Table, error) { return readTable(z) })
	if m == nil {
		return androidApp{}, fmt.Errorf("%s: %w", manifestEntry, err)
	}
	app := androidApp{
		Package: m.Package, VersionName: m.VersionName, Label: m.Label, MinSDK: m.MinSDK.String(), TargetSDK: m.TargetSDK.String(),
		SharedUserID: m.SharedUserID, Permissions: m.Permissions,
	}
	if m.HasVersion {
		app.VersionCode = strconv.FormatInt(m.VersionCode, 10)
	}
	if err != nil {
		app.Notes = append(app.Notes, "the app's name or version is a resource that could not be read: "+err.Error())
	}
	app.signed(apksig.Verify(z, apksig.Platform{MinSDK: m.MinSDK.Level, TargetSDK: m.TargetSDK.Level, Sandbox: m.Sandbox}))
	return app, nil
}

func readTable(z *apkzip.Archive) (*axml.Table, error) {
	e, ok := z.Find(tableEntry)
	if !ok {
		return nil, nil // references are to resources of others
	}
	raw, err := z.Read(e, axml.MaxTable)
	if err != nil {
		return nil, err
	}
	return axml.ParseTable(raw)
}

// signed takes over what the verifier says.
func (a *androidApp) signed(r apksig.Result) {
	switch {
	case r.Verified:
		a.Signature = sbom.SignatureVerified
	case len(r.Present) == 0 && len(r.Problems) <= 1:
		a.Signature = sbom.SignatureNone
	default:
		a.Signature = sbom.SignatureNotVerified
	}
	a.Problems = r.Problems
	for _, s := range r.Schemes {
		a.Schemes = append(a.Schemes, string(s))
	}
	for _, c := range append(r.Signers, r.Past...) {
		a.Signers = append(a.Signers, signer{c.SHA256, c.Subject})
	}
}

// libraries lists the native libraries, with the digests of their content.
func (a *androidApp) libraries(z *apkzip.Archive) error {
	for _, e := range z.Entries {
		if !strings.HasPrefix(e.Name, "lib/") || path.Ext(e.Name) != ".so" {
			continue
		}
		if len(a.Libraries) >= maxLibraries {
			return fmt.Errorf("more than %d native libraries", maxLibraries)
		}
		if e.Size > maxLibrary {
			return fmt.Errorf("%q: larger than the limit of %d bytes", e.Name, maxLibrary)
		}
		r, err := z.Open(e)
		if err != nil {
			return err
		}
		h := sha256.New()
		if _, err := io.Copy(h, r); err != nil {
			return fmt.Errorf("%q: %w", e.Name, err)
		}
		a.Libraries = append(a.Libraries, nativeLib{e.Name, hex.EncodeToString(h.Sum(nil))})
	}
	return nil
}

// readAPEX reads an APEX, or the one inside a compressed APEX. Its signature is
// that of the outermost container, which Android verifies.
func readAPEX(ctx context.Context, r io.ReaderAt, size int64) (androidApp, error) {
	z, err := apkzip.Open(r, size)
	if err != nil {
		return androidApp{}, err
	}
	app, err := readPackage(z)
	if err != nil {
		return androidApp{}, err
	}
	m, err := apexManifest(z)
	if err != nil {
		return androidApp{}, err
	}
	app.Package, app.Label = m.Name, ""
	app.VersionName = cmp.Or(m.VersionName, app.VersionName)
	app.VersionCode = strconv.FormatInt(m.Version, 10)
	app.Module = &moduleFacts{Algorithm: "NONE"}
	if e, ok := z.Find(apex.OriginalName); ok {
		app.Module.Compressed = true
		inner, err := z.Read(e, maxOriginal)
		if err != nil {
			return androidApp{}, err
		}
		if z, err = apkzip.Open(strings.NewReader(string(inner)), int64(len(inner))); err != nil {
			return androidApp{}, fmt.Errorf("%s: %w", apex.OriginalName, err)
		}
	}
	payload, err := app.Module.payload(ctx, z, m.OriginalDigest)
	if err != nil {
		return androidApp{}, err
	}
	if err := app.contents(ctx, payload, payload.Size()); err != nil {
		return androidApp{}, err
	}
	return app, nil
}

func apexManifest(z *apkzip.Archive) (apex.Manifest, error) {
	e, ok := z.Find(apex.ManifestName)
	if !ok {
		return apex.Manifest{}, fmt.Errorf("no %s in it, which every APEX has", apex.ManifestName)
	}
	raw, err := z.Read(e, apex.MaxManifest)
	if err != nil {
		return apex.Manifest{}, err
	}
	return apex.ParseManifest(raw)
}

// payload checks the image inside against its seal, the seal's key against the
// one that the container names, and both against the digest that a compressed
// APEX promises. It gives the image.
func (f *moduleFacts) payload(ctx context.Context, z *apkzip.Archive, promised string) (*io.SectionReader, error) {
	e, ok := z.Find(apex.PayloadName)
	if !ok {
		return nil, fmt.Errorf("no %s in it, which every APEX has", apex.PayloadName)
	}
	if e.Method != apkzip.Stored {
		return nil, fmt.Errorf("%q is compressed, and Android mounts it where it lies", e.Name)
	}
	s, err := z.Section(e)
	if err != nil {
		return nil, err
	}
	v, err := avb.Read(s, s.Size())
	if err != nil {
		return nil, fmt.Errorf("%q: %w", e.Name, err)
	}
	if v == nil {
		return s, nil
	}
	key := []byte(nil)
	if k, ok := z.Find(apex.KeyName); ok {
		if key, err = z.Read(k, apex.MaxManifest); err != nil {
			return nil, err
		}
	}
	f.Algorithm, f.KeySHA1 = v.Algorithm, v.KeySHA1()
	f.Sealed = v.Seal == avb.Signed && string(key) == string(v.PublicKey)
	for i := range v.Partitions {
		p := &v.Partitions[i]
		if !p.Tree {
			continue
		}
		if f.Matches, err = p.Matches(ctx, s, s.Size()); err != nil {
			return nil, fmt.Errorf("%q: %w", e.Name, err)
		}
		if promised != "" {
			f.Matches = f.Matches && hex.EncodeToString(p.Digest) == promised
		}
		break
	}
	return s, nil
}
