package software

import (
	"bufio"
	"path"
	"slices"
	"strings"

	"github.com/anchore/syft/syft/pkg"

	"github.com/originbom/originbom/sbom"
)

// An item is a package on its way into the tree.
type item struct {
	pkg       pkg.Package
	component sbom.Component
	places    []string // real paths of the files that show it
	lists     []string // real paths of the lists of files that it owns
}

// distribution reports whether the item is a package of a distribution, which
// knows the files it owns.
func (it item) distribution() bool {
	return slices.Contains([]pkg.Type{pkg.DebPkg, pkg.ApkPkg, pkg.RpmPkg}, it.pkg.Type)
}

// nest puts items into the package that owns the file they were found in, and
// the modules of a Go program into the program. Items must be sorted.
func (r *root) nest(items []item) []sbom.Component {
	owners := r.owners(items)
	programs := map[string]int{} // path to the main module in it
	for i, it := range items {
		if it.pkg.Type == pkg.GoModulePkg && it.component.Kind == sbom.Application && len(it.places) == 1 {
			programs[it.places[0]] = i
		}
	}
	var top []sbom.Component
	under := map[int][]int{}
	for i, it := range items {
		parent, ok := -1, false
		if len(it.places) == 1 && !it.distribution() {
			if it.pkg.Type == pkg.GoModulePkg {
				parent, ok = programs[it.places[0]]
			}
			if !ok || parent == i {
				parent, ok = owners[it.places[0]]
			}
		}
		if ok && parent != i {
			under[parent] = append(under[parent], i)
		}
	}
	nested := map[int]bool{}
	for _, is := range under {
		for _, i := range is {
			nested[i] = true
		}
	}
	var build func(i int) sbom.Component
	build = func(i int) sbom.Component { // at most package, program, module
		c := items[i].component
		for _, j := range under[i] {
			c.Components = append(c.Components, build(j))
		}
		return c
	}
	for i := range items {
		if !nested[i] {
			top = append(top, build(i))
		}
	}
	return top
}

// owners gives, for the files that show an item, the distribution package that
// owns the file. A file that two packages claim belongs to neither.
func (r *root) owners(items []item) map[string]int {
	wanted := map[string]bool{} // real paths
	for _, it := range items {
		if it.distribution() {
			continue
		}
		for _, p := range it.places {
			wanted[p] = true
		}
	}
	return r.ownersOf(items, wanted)
}

// ownersOf gives, for files by their real path, the distribution package that owns
// each.
func (r *root) ownersOf(items []item, wanted map[string]bool) map[string]int {
	owners := map[string]int{}
	if len(wanted) == 0 {
		return owners
	}
	bases := map[string]bool{}
	for p := range wanted {
		bases[path.Base(p)] = true
	}
	contested := map[string]bool{}
	for i, it := range items {
		if !it.distribution() {
			continue
		}
		r.ownedFiles(it, func(p string) {
			if !bases[p[strings.LastIndexByte(p, '/')+1:]] {
				return
			}
			real, err := r.resolve(p)
			if err != nil || !wanted[real] {
				return
			}
			if j, taken := owners[real]; taken && j != i {
				contested[real] = true
			}
			owners[real] = i
		})
	}
	for p := range contested {
		delete(owners, p)
	}
	return owners
}

// ownedFiles calls f with the path of every file that the package says is its
// own.
func (r *root) ownedFiles(it item, f func(string)) {
	if m, ok := it.pkg.Metadata.(pkg.FileOwner); ok && it.pkg.Type != pkg.DebPkg {
		for _, p := range m.OwnedFiles() {
			f(p)
		}
		return
	}
	for _, list := range it.lists {
		c, err := r.open(list)
		if err != nil {
			continue // noted by open
		}
		s := bufio.NewScanner(c)
		for s.Scan() {
			f(s.Text())
		}
		if s.Err() != nil {
			r.cannotRead(list, s.Err())
		}
		c.Close()
	}
}
