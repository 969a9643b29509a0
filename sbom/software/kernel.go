package software

import (
	"context"
	"crypto/x509"
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/anchore/packageurl-go"

	"github.com/originbom/originbom/sbom"
)

// kernelNames are the names that kernels go by, alone or before "-" or ".".
// What a file is, its bytes decide.
var kernelNames = []string{"Image", "bzImage", "kernel", "uImage", "vmlinux", "vmlinuz", "zImage"}

// A kernel is one kernel release: its images and its modules.
type kernel struct {
	release string
	images  []sbom.Evidence
	sums    []string
	places  []entry // of its images
	drivers []driver
	shown   []sbom.Evidence // by modules, for a kernel without images
}

// kernels finds the kernels and, nested in them, their modules. A module whose
// release nothing tells is in a kernel without version.
func (r *root) kernels(ctx context.Context, known *Kernels) ([]sbom.Component, error) {
	byRelease := map[string]*kernel{}
	get := func(release string) *kernel {
		if byRelease[release] == nil {
			byRelease[release] = &kernel{release: release}
		}
		return byRelease[release]
	}
	for _, e := range r.names {
		if e.real != "" {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		switch {
		case isModuleName(e.path):
			d := r.module(e)
			k := get(d.release)
			k.drivers = append(k.drivers, d)
			if len(k.shown) == 0 {
				k.shown = []sbom.Evidence{{Place: e.path, Method: sbom.MethodImage, Says: "module: " + d.says}}
			}
		case isKernelName(e.path) && !r.pointer(e.path):
			if image, sum, ok := r.image(e); ok {
				k := get(bannerRelease(image.Says))
				k.images = append(k.images, image)
				k.sums = append(k.sums, sum)
				k.places = append(k.places, e)
			}
		}
	}
	var out []sbom.Component
	for _, release := range sortedKeys(byRelease) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		k := byRelease[release]
		c := k.component()
		facts, found := k.judge(r.certificates(k, known))
		c.Properties, c.Found = facts, append(slices.Clip(c.Found), found...)
		for _, d := range k.drivers {
			c.Components = append(c.Components, d.component)
		}
		out = append(out, c)
	}
	return out, nil
}

// component is the kernel as an operating system of its own.
func (k *kernel) component() sbom.Component {
	c := sbom.Component{
		Kind:    sbom.OperatingSystem,
		Name:    "linux kernel",
		Version: k.release,
		Found:   k.images,
	}
	if k.release != "" {
		c.PURL = genericPURL("linux-kernel", k.release)
	}
	if len(k.images) == 0 {
		c.Found = k.shown
		c.Description = "known by its modules: there is no image of it in the folder"
	}
	if sums := slices.Compact(slices.Sorted(slices.Values(k.sums))); len(sums) == 1 && sums[0] != "" {
		c.Hashes = fileHash(sums[0])
	}
	return c
}

// certificates finds those in the images of the kernel, if any of its modules, or
// one on another partition, may be signed.
func (r *root) certificates(k *kernel, known *Kernels) []*x509.Certificate {
	if known == nil && !slices.ContainsFunc(k.drivers, func(d driver) bool { return d.signature.sig != nil }) {
		return nil
	}
	var out []*x509.Certificate
	for _, e := range k.places {
		c, err := r.open(e.path)
		if err != nil {
			continue // noted by open
		}
		found, err := kernelCertificates(c, e.size)
		if err != nil {
			r.note(e.path, "the kernel's certificates could not be read: "+plainError(err).Error(), "")
		}
		out = append(out, found...)
		c.Close()
	}
	known.add(k.release, out)
	if known != nil {
		out = known.of(k.release) // with those of other partitions
	}
	return out
}

// image reads the file of a kernel's name. It is not ok if it is no kernel. One
// that holds no release is a kernel still.
func (r *root) image(e entry) (ev sbom.Evidence, sum string, ok bool) {
	c, err := r.open(e.path)
	if err != nil {
		return sbom.Evidence{}, "", false
	}
	defer c.Close()
	banner, err := readBanner(c, e.size)
	if errors.Is(err, errNotKernel) {
		return sbom.Evidence{}, "", false
	}
	if err != nil {
		r.note(e.path, "the kernel's release could not be read: "+plainError(err).Error(), "")
		banner = "a file of a kernel's name"
	}
	sum, err = r.sum(e.path)
	if err != nil {
		sum = "" // noted by sum
	}
	return sbom.Evidence{Place: e.path, Method: sbom.MethodImage, Says: banner}, sum, true
}

func isKernelName(p string) bool {
	base := path.Base(p)
	for _, name := range kernelNames {
		if rest, ok := strings.CutPrefix(base, name); ok && (rest == "" || rest[0] == '-' || rest[0] == '.') {
			return true
		}
	}
	return false
}

// genericPURL is the purl that syft gives to kernels and modules, so that tools
// find the same things the same.
func genericPURL(name, version string) string {
	return packageurl.NewPackageURL(packageurl.TypeGeneric, "", name, version, nil, "").ToString()
}

// directoryRelease is the release in a module's path, .../lib/modules/RELEASE/...,
// "" if modules lie in lib/modules itself as Android has them.
func directoryRelease(p string) string {
	segs := strings.Split(p, "/")
	for i := len(segs) - 3; i >= 1; i-- {
		if segs[i] == "modules" && segs[i-1] == "lib" {
			return segs[i+1]
		}
	}
	return ""
}
