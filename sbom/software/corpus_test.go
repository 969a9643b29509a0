package software

import (
	"context"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/originbom/originbom/sbom"
)

// A whole phone's root: every installed stanza of dpkg's status and every module
// file is a component, and nothing else of those kinds is.
func TestPhoneRoot(t *testing.T) {
	dir := os.Getenv("ORIGINBOM_PHONE_ROOT")
	switch {
	case dir == "" && os.Getenv("CI") == "true":
		t.Fatal("ORIGINBOM_PHONE_ROOT is not set: it must name the root folder of a Linux phone")
	case dir == "":
		t.Skip("SKIPPED, NOT PASSED: set ORIGINBOM_PHONE_ROOT to the root folder of a Linux phone with dpkg")
	case testing.Short():
		t.Skip("SKIPPED, NOT PASSED: reads gigabytes")
	}
	root := os.DirFS(dir)
	got, err := Catalog(context.Background(), root, "rootfs")
	if err != nil {
		t.Fatal(err)
	}
	var packages, modules, verified []string
	each(got.Components, func(c *sbom.Component) {
		for _, e := range c.Found {
			switch {
			case strings.HasPrefix(e.Says, "dpkg status: "):
				packages = append(packages, c.Name+" "+c.Version)
			case c.Kind == sbom.Driver:
				modules = append(modules, e.Place)
				if property(c, PropertySignature) == SignatureVerified {
					verified = append(verified, e.Place)
				}
				if c.Version == "" {
					t.Errorf("%s: no version", e.Place)
				}
			}
		}
	})
	same(t, "packages", packages, stanzas(t, root))
	same(t, "modules", modules, moduleFiles(t, root))
	// The distribution signs all of them with the key whose certificate is in
	// its kernel.
	same(t, "modules with a good signature", verified, moduleFiles(t, root))
	for _, n := range got.Notes {
		t.Log(n)
	}
}

// stanzas reads the status file in the plainest way there is.
func stanzas(t *testing.T, root fs.FS) []string {
	data, err := fs.ReadFile(root, "var/lib/dpkg/status")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, s := range strings.Split(string(data), "\n\n") {
		fields := map[string]string{}
		for _, line := range strings.Split(s, "\n") {
			if k, v, ok := strings.Cut(line, ": "); ok && line[0] != ' ' {
				fields[k] = v
			}
		}
		if fields["Package"] != "" && !strings.Contains(fields["Status"], "deinstall") {
			out = append(out, fields["Package"]+" "+fields["Version"])
		}
	}
	return out
}

func moduleFiles(t *testing.T, root fs.FS) []string {
	var out []string
	err := fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && path.Ext(p) == ".ko" {
			out = append(out, p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if len(want) == 0 {
		t.Errorf("%s: the root has none", what)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %d, want %d", what, len(got), len(want))
		for _, w := range want {
			if _, ok := slices.BinarySearch(got, w); !ok {
				t.Errorf("%s: %s is missing", what, w)
			}
		}
	}
}
