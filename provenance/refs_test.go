package provenance

import (
	"slices"
	"testing"

	"github.com/originbom/originbom/sbom"
)

// Two BOMs that name different parts alike make one document: each part keeps
// what it depends on, and a part that both name is one.
func TestBOMsWithTheSameRefs(t *testing.T) {
	bom := func(in, library, other string) sbom.Reading {
		shared := part(in, "shared", "HD6-AMS667", of(sbom.Display, "Hanbit"))
		shared.Ref = "shared-" + in
		lib := part(in, "lib", library, nil)
		lib.Kind, lib.Ref = sbom.Library, "lib"
		app := part(in, "app", other, nil)
		app.Kind, app.Ref, app.DependsOn = sbom.Application, "app", []string{"lib", shared.Ref}
		return reading(in, "cyclonedx", shared, lib, app)
	}
	d := resolve(t, bom("a", "liba", "one"), bom("b", "libb", "two"))
	refs, on := map[string]string{}, map[string][]string{}
	d.Walk(func(c *sbom.Component, _ []string) { refs[c.Ref] = c.Name })
	d.Walk(func(c *sbom.Component, _ []string) {
		for _, ref := range c.DependsOn {
			on[c.Name] = append(on[c.Name], refs[ref])
		}
	})
	if len(d.Components) != 5 || len(refs) != 5 {
		t.Errorf("%d components, %d refs: %v", len(d.Components), len(refs), refs)
	}
	for app, want := range map[string][]string{"one": {"liba", "HD6-AMS667"}, "two": {"libb", "HD6-AMS667"}} {
		if !slices.Equal(on[app], want) {
			t.Errorf("%s depends on %q, want %q", app, on[app], want)
		}
	}
}
