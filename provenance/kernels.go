package provenance

import (
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom"
)

// This file joins kernels: a phone's one kernel lies in its boot image and again
// in the /boot of its root, or in the boot image alone while its modules lie in
// another partition. It is one component then, where its modules are, and what
// else held an image of it depends on it.

// A foundKernel is a kernel and where it is nested.
type foundKernel struct {
	*sbom.Component
	parent *sbom.Component // nil at the top
}

// joinKernels gives the components with each kernel once. It changes components
// in place, which must be nobody else's; slices of evidence it leaves alone.
func joinKernels(cs []sbom.Component) []sbom.Component {
	var all []foundKernel
	findKernels(cs, nil, &all)
	gone := map[*sbom.Component]bool{}
	for i, k := range all {
		for _, other := range all[i+1:] {
			if gone[k.Component] || gone[other.Component] || !sameKernel(k.Component, other.Component) {
				continue
			}
			keep, drop := k, other
			if len(other.Components) > len(k.Components) {
				keep, drop = other, k
			}
			mergeKernel(keep.Component, drop)
			gone[drop.Component] = true
		}
	}
	if len(gone) == 0 {
		return cs
	}
	return dropGone(cs, gone)
}

func findKernels(cs []sbom.Component, parent *sbom.Component, out *[]foundKernel) {
	for i := range cs {
		c := &cs[i]
		if c.Kind == sbom.OperatingSystem && c.Name == kernelName && c.Version != "" {
			*out = append(*out, foundKernel{c, parent})
		}
		findKernels(c.Components, c, out)
	}
}

// kernelName is the name that the readers of software give to kernels.
const kernelName = "linux kernel"

// sameKernel reports whether two are one build of one release: by the digest of
// their image, or the line with compiler, builder and time that each build has of
// its own; or by the release alone where but one of them is known by an image, and
// the other by its modules. Two that both have modules stay two.
func sameKernel(a, b *sbom.Component) bool {
	if a.Version != b.Version || len(a.Components) > 0 && len(b.Components) > 0 {
		return false
	}
	x, y := banners(a), banners(b)
	if len(x) == 0 || len(y) == 0 {
		return len(x) != len(y)
	}
	return len(a.Hashes) > 0 && slices.Equal(a.Hashes, b.Hashes) ||
		slices.ContainsFunc(x, func(s string) bool { return slices.Contains(y, s) })
}

// banners are what the images of a kernel say of themselves.
func banners(c *sbom.Component) []string {
	var out []string
	for _, e := range c.Found {
		if strings.HasPrefix(e.Says, "Linux version ") {
			out = append(out, e.Says)
		}
	}
	return out
}

// mergeKernel adds to a kernel what another place of it shows.
func mergeKernel(keep *sbom.Component, drop foundKernel) {
	if len(banners(keep)) == 0 {
		keep.Description, keep.Hashes = drop.Description, drop.Hashes
	} else if len(banners(drop.Component)) > 0 && !slices.Equal(keep.Hashes, drop.Hashes) {
		keep.Hashes = nil // images that differ in their wrapping
	}
	keep.Found = slices.Concat(keep.Found, drop.Found)
	for _, p := range drop.Properties {
		if !slices.Contains(keep.Properties, p) {
			keep.Properties = append(slices.Clip(keep.Properties), p)
		}
	}
	if drop.parent == nil || len(keep.Found) == 0 {
		return
	}
	if keep.Ref == "" {
		keep.Ref = sbom.DraftRef(keep.Found[0].Source, keep.Found[0].Place+"!"+kernelName)
	}
	drop.parent.DependsOn = append(slices.Clip(drop.parent.DependsOn), keep.Ref)
}

func dropGone(cs []sbom.Component, gone map[*sbom.Component]bool) []sbom.Component {
	var out []sbom.Component
	for i := range cs {
		if gone[&cs[i]] {
			continue
		}
		c := cs[i]
		c.Components = dropGone(c.Components, gone)
		out = append(out, c)
	}
	return out
}
