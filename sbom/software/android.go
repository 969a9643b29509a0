package software

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/anchore/syft/syft/artifact"
	"github.com/anchore/syft/syft/file"
	"github.com/anchore/syft/syft/pkg"
	"github.com/anchore/syft/syft/pkg/cataloger/generic"

	"github.com/originbom/originbom/sbom"
)

// This file plugs Android's apps and modules into syft: as catalogers of their
// own, so that syft's others run beside them. What they find comes back as
// syft's packages, whose metadata is an androidApp.

// androidPkg is the type of the packages that these catalogers give.
const androidPkg pkg.Type = "android"

func androidCatalogers() []pkg.Cataloger {
	return []pkg.Cataloger{
		generic.NewCataloger("android-apk-cataloger").WithParserByGlobs(parseAndroid(readAPK), "**/*.apk"),
		generic.NewCataloger("android-apex-cataloger").WithParserByGlobs(parseAndroid(readAPEX), "**/*.apex", "**/*.capex"),
	}
}

// An androidApp is an APK or APEX as it was read. Its fields are exported for
// syft, which hashes them into the package's id.
type androidApp struct {
	Package      string   `cyclonedx:"package"`
	VersionName  string   `cyclonedx:"versionName"`
	VersionCode  string   `cyclonedx:"versionCode"` // "" if not told
	Label        string   `cyclonedx:"label"`
	MinSDK       string   `cyclonedx:"minSdk"`
	TargetSDK    string   `cyclonedx:"targetSdk"`
	SharedUserID string   `cyclonedx:"sharedUserId"`
	Permissions  []string `cyclonedx:"permissions"`

	Signature string       // one of the values of sbom.AndroidSignature
	Schemes   []string     // that verify
	Signers   []signer     // the current ones first
	Problems  []string     // why the signature does not verify
	Libraries []nativeLib  //
	Module    *moduleFacts // of an APEX
	Contents  []moduleFile // of an APEX, by path
	Notes     []string     // what of it could not be read
}

type signer struct{ SHA256, Subject string }

// A nativeLib is a shared library inside the archive.
type nativeLib struct{ Path, SHA256 string }

// moduleFacts are what an APEX says and proves of its payload.
type moduleFacts struct {
	Compressed bool
	Algorithm  string // of the seal, NONE if there is none
	KeySHA1    string // of the key that seals the payload
	Sealed     bool   // the seal verifies by the key that the container names
	Matches    bool   // the payload is what the seal says
}

// reader reads an archive of size bytes.
type androidReader func(ctx context.Context, r io.ReaderAt, size int64) (androidApp, error)

// parseAndroid makes a parser for syft of a reader. Alpine's packages have the
// same extension as Android's; they are passed over.
func parseAndroid(read androidReader) generic.Parser {
	return func(ctx context.Context, _ file.Resolver, _ *generic.Environment, at file.LocationReadCloser) ([]pkg.Package, []artifact.Relationship, error) {
		r, size, err := random(at.ReadCloser)
		if err != nil {
			return nil, nil, err
		}
		var magic [2]byte
		if n, _ := r.ReadAt(magic[:], 0); n == 2 && magic == [2]byte{0x1f, 0x8b} {
			return nil, nil, nil
		}
		app, err := read(ctx, r, size)
		if err != nil {
			return nil, nil, err
		}
		p := pkg.Package{
			Name: app.Package, Version: app.VersionName, Type: androidPkg, Metadata: app,
			Locations: file.NewLocationSet(at.Location.WithAnnotation(pkg.EvidenceAnnotationKey, pkg.PrimaryEvidenceAnnotation)),
		}
		p.SetID()
		return []pkg.Package{p}, nil, nil
	}
}

// random gives random access to a file that our resolver opened.
func random(c io.ReadCloser) (io.ReaderAt, int64, error) {
	f, ok := c.(interface {
		io.ReaderAt
		io.Seeker
	})
	if !ok {
		return nil, 0, errors.New("the file gives no random access")
	}
	size, err := f.Seek(0, io.SeekEnd)
	return f, size, err
}

// component turns the app into a component without evidence.
func (a androidApp) component(place string) sbom.Component {
	c := sbom.Component{
		Kind: sbom.Application, Name: a.Package, Version: clip(a.VersionName, maxSays),
		Description: clip(a.Label, maxSays), Properties: a.properties(sbom.SplitAndroidPath(place)),
	}
	if a.Module != nil {
		c.Description = "APEX, a module of the system"
		if a.Module.Compressed {
			c.Description = "compressed APEX, a module of the system"
		}
	}
	for _, l := range a.Libraries {
		c.Components = append(c.Components, sbom.Component{
			Kind: sbom.Library, Name: path.Base(l.Path), Hashes: fileHash(l.SHA256),
			Found: []sbom.Evidence{{Place: place, Method: sbom.MethodImage, Says: clip("entry "+l.Path, maxSays)}},
		})
	}
	for _, f := range a.Contents {
		c.Components = append(c.Components, f.component(place))
	}
	return c
}

// properties are those that package sbom names, sorted by name; of one name in
// the order in which they count. rest is the app's path on the partition, or in
// the APEX that holds it.
func (a androidApp) properties(partition, rest string) []sbom.Property {
	var out []sbom.Property
	add := func(name string, values ...string) {
		for _, v := range values {
			if v != "" {
				out = append(out, sbom.Property{Name: name, Value: clip(printed(v), maxSays)})
			}
		}
	}
	add(sbom.AndroidPackage, a.Package)
	add(sbom.AndroidVersionCode, a.VersionCode)
	add(sbom.AndroidMinSDK, a.MinSDK)
	add(sbom.AndroidTargetSDK, a.TargetSDK)
	add(sbom.AndroidPartition, partition)
	if high, known := privileged(rest); a.Module == nil && (known || partition != "") {
		add(sbom.AndroidPrivileged, strconv.FormatBool(high))
	}
	add(sbom.AndroidSharedUserID, a.SharedUserID)
	add(sbom.AndroidPermission, a.Permissions...)
	add(sbom.AndroidSignature, a.Signature)
	add(sbom.AndroidSignatureScheme, a.Schemes...)
	for _, s := range a.Signers {
		add(sbom.AndroidSignerSHA256, s.SHA256)
		add(sbom.AndroidSignerSubject, s.Subject)
	}
	if m := a.Module; m != nil {
		add(sbom.FirmwareFact+"avb:signed", strconv.FormatBool(m.Sealed))
		add(sbom.FirmwareFact+"avb:algorithm", m.Algorithm)
		add(sbom.FirmwareFact+"avb:key-sha1", m.KeySHA1)
		add(sbom.FirmwareFact+"avb:digest-match", strconv.FormatBool(m.Matches))
	}
	slices.SortStableFunc(out, func(x, y sbom.Property) int { return strings.Compare(x.Name, y.Name) })
	return out
}

// says quotes the manifest.
func (a androidApp) says() string {
	what := "AndroidManifest.xml"
	if a.Module != nil {
		what = "apex_manifest.pb"
	}
	return fmt.Sprintf("%s: package %s versionCode %s versionName %s", what, a.Package, a.VersionCode, a.VersionName)
}

// saysSignature puts what the signature proves into words.
func (a androidApp) saysSignature() string {
	var who []string
	for _, s := range a.Signers {
		who = append(who, s.Subject+" sha256:"+s.SHA256)
	}
	s := "signature: " + a.Signature
	if len(a.Schemes) > 0 {
		s += ", by " + strings.Join(a.Schemes, ", ")
	}
	if len(who) > 0 {
		s += ", signer " + strings.Join(who, "; ")
	}
	if len(a.Problems) > 0 && a.Signature != sbom.SignatureNone {
		s += ": " + strings.Join(a.Problems, "; ")
	}
	return s
}

// privileged reports whether Android gives the app at that path of a partition
// the permissions that only privileged apps may have (PackageManagerService,
// scan of priv-app, and of framework for the platform itself). It is known for
// the folders that Android scans.
func privileged(p string) (high, known bool) {
	top, _, inFolder := strings.Cut(p, "/")
	high = inFolder && (top == "priv-app" || top == "framework")
	return high, high || inFolder && (top == "app" || top == "overlay")
}

// noteApp notes what of an app could not be read.
func (r *root) noteApp(place string, a androidApp) {
	for _, n := range a.Notes {
		r.note(place, n, "")
	}
}
