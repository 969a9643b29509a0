package software

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/anchore/syft/syft/cataloging"
	"github.com/anchore/syft/syft/cpe"
	"github.com/anchore/syft/syft/file"
	"github.com/anchore/syft/syft/pkg"
	syftsbom "github.com/anchore/syft/syft/sbom"

	"github.com/originbom/originbom/sbom"
)

// Bounds on text that files tell. What is longer is not a name, and is cut with
// a mark so that it is seen.
const (
	maxSays    = 300 // of what evidence says, in bytes
	maxLicense = 200 // of a licence's name; longer ones are whole licence texts
)

// packages turns what syft found into components, those that a package owns
// nested in it.
func (r *root) packages(found *syftsbom.SBOM) ([]sbom.Component, error) {
	pkgs := found.Artifacts.Packages.Sorted()
	dpkg := dpkgDatabases{root: r}
	items := make([]item, 0, len(pkgs))
	for _, p := range pkgs {
		it := item{pkg: p, places: primary(p), component: component(p)}
		if app, ok := p.Metadata.(androidApp); ok && len(it.places) > 0 {
			it.component = app.component(it.places[0])
			r.noteApp(it.places[0], app)
		}
		if entry, ok := p.Metadata.(pkg.DpkgDBEntry); ok && len(it.places) > 0 {
			st, err := dpkg.stanza(it.places[0], entry)
			if err != nil {
				return nil, err
			}
			it.component.Kind = sectionKind(st.section)
			it.lists = dpkg.lists(it.places[0], entry)
		}
		if isFile(p) && len(it.places) == 1 {
			if sum, err := r.sum(it.places[0]); err == nil {
				it.component.Hashes = fileHash(sum)
			}
		}
		it.component.Found = append(evidence(it), licenseEvidence(p, it.places)...)
		items = append(items, it)
	}
	if r.hardened != nil {
		r.spread(items)
	}
	return r.nest(items), nil
}

// primary gives the real paths of the files that show the package, sorted; the
// files that merely support it when syft marks none.
func primary(p pkg.Package) []string {
	var first, all []string
	for _, l := range p.Locations.ToSlice() {
		path := realPath(l)
		all = append(all, path)
		if l.Annotations[pkg.EvidenceAnnotationKey] == pkg.PrimaryEvidenceAnnotation {
			first = append(first, path)
		}
	}
	if len(first) == 0 && len(all) > 0 {
		first = all[:1]
	}
	slices.Sort(first)
	return slices.Compact(first)
}

func realPath(l file.Location) string { return strings.TrimPrefix(l.RealPath, "/") }

// component is the package without evidence.
func component(p pkg.Package) sbom.Component {
	c := sbom.Component{
		Kind:     kindOf(p),
		Name:     p.Name,
		Version:  p.Version,
		PURL:     p.PURL,
		Licenses: licenses(p),
		Authors:  authors(p),
	}
	if c.Version == cataloging.UnknownStubValue {
		c.Version = ""
	}
	for _, known := range p.CPEs {
		if known.Source == cpe.NVDDictionaryLookupSource {
			c.CPEs = append(c.CPEs, known.Attributes.BindToFmtString())
		}
	}
	slices.Sort(c.CPEs)
	switch m := p.Metadata.(type) {
	case pkg.DpkgDBEntry:
		c.Description = synopsis(m.Description)
	case pkg.ApkDBEntry:
		c.Description = synopsis(m.Description)
	case pkg.RpmDBEntry:
		c.Supplier = m.Vendor
	}
	return c
}

// kindOf says what sort of thing a package is. A package of a distribution is
// software that was put together to be installed: an application, unless its
// database says that it is a library. What programs are made of is a library.
func kindOf(p pkg.Package) sbom.Kind {
	switch p.Type {
	case pkg.DebPkg, pkg.ApkPkg, pkg.RpmPkg, pkg.BinaryPkg, pkg.GraalVMNativeImagePkg:
		return sbom.Application
	case pkg.GoModulePkg:
		if m, ok := p.Metadata.(pkg.GolangBinaryBuildinfoEntry); ok && m.MainModule == p.Name {
			return sbom.Application
		}
	}
	return sbom.Library
}

// isFile reports whether the package is the very file that shows it, so that the
// file's hash is its own.
func isFile(p pkg.Package) bool {
	switch m := p.Metadata.(type) {
	case pkg.JavaArchive: // a nested archive's path has a colon after its parent's
		return strings.TrimPrefix(m.VirtualPath, "/") == strings.Join(primary(p), ":")
	case pkg.BinarySignature, androidApp:
		return true
	case pkg.GolangBinaryBuildinfoEntry:
		return m.MainModule == p.Name
	}
	return false
}

// evidence says which files show the package and what they say.
func evidence(it item) []sbom.Evidence {
	says := clip(says(it.pkg), maxSays)
	out := make([]sbom.Evidence, 0, len(it.places))
	for _, place := range it.places {
		out = append(out, sbom.Evidence{Place: place, Method: sbom.MethodImage, Says: says})
	}
	if app, ok := it.pkg.Metadata.(androidApp); ok && len(it.places) > 0 {
		out = append(out, sbom.Evidence{Place: it.places[0], Method: sbom.MethodImage, Says: clip(app.saysSignature(), maxSays)})
	}
	return out
}

// says is what stands in the place, in the words of its format.
func says(p pkg.Package) string {
	switch m := p.Metadata.(type) {
	case pkg.DpkgDBEntry:
		return fmt.Sprintf("dpkg status: Package %s Version %s", m.Package, m.Version)
	case pkg.ApkDBEntry:
		return fmt.Sprintf("apk installed: P:%s V:%s", m.Package, m.Version)
	case pkg.RpmDBEntry:
		return fmt.Sprintf("rpm database: Name %s Version %s Release %s", m.Name, m.Version, m.Release)
	case pkg.PythonPackage:
		return fmt.Sprintf("python metadata: Name %s Version %s", m.Name, m.Version)
	case pkg.GolangBinaryBuildinfoEntry:
		return fmt.Sprintf("go build information: %s %s, built by %s", p.Name, p.Version, m.GoCompiledVersion)
	case pkg.JavaArchive:
		return fmt.Sprintf("java archive %s: %s %s", strings.TrimPrefix(m.VirtualPath, "/"), p.Name, p.Version)
	case androidApp:
		return m.says()
	case pkg.BinarySignature:
		return fmt.Sprintf("version string: %s %s", p.Name, p.Version)
	}
	return fmt.Sprintf("%s: %s %s", p.Type, p.Name, p.Version)
}

// licenses are the names as found, or the SPDX expression that a name stands
// for. Whole licence texts, which syft names by their digest, are no names.
func licenses(p pkg.Package) []string {
	var out []string
	for _, l := range p.Licenses.ToSlice() {
		if name := cmp.Or(l.SPDXExpression, l.Value); licenseName(name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func licenseName(s string) bool {
	return s != "" && len(s) <= maxLicense && !strings.HasPrefix(s, "sha256:")
}

// licenseEvidence names the files, other than those that show the package, from
// which its licences were read.
func licenseEvidence(p pkg.Package, places []string) []sbom.Evidence {
	names := map[string][]string{}
	for _, l := range p.Licenses.ToSlice() {
		if !licenseName(l.Value) {
			continue
		}
		for _, at := range l.Locations.ToSlice() {
			if path := realPath(at); !slices.Contains(places, path) {
				names[path] = append(names[path], l.Value)
			}
		}
	}
	var out []sbom.Evidence
	for _, path := range sortedKeys(names) {
		slices.Sort(names[path])
		says := "licence: " + strings.Join(slices.Compact(names[path]), ", ")
		out = append(out, sbom.Evidence{Place: path, Method: sbom.MethodImage, Says: clip(says, maxSays)})
	}
	return out
}

// synopsis is the first line of a description.
func synopsis(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return clip(line, maxSays)
}

// clip cuts s to at most limit bytes of whole characters and a mark.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "..."
}
