package software

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/originbom/originbom/sbom"
)

// program is a small ELF64 program without anything: no segment but a stack that
// may be executed.
func program() []byte {
	b := append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 57+56)...)
	b[16], b[32], b[54], b[56] = 2, 64, 56, 1
	copy(b[64:], "\x51\xe5\x74\x64\x07")
	return b
}

// Asked for, every program is told on the package that owns it, else on the
// system, and the system counts.
func TestELFHardening(t *testing.T) {
	owned := fstest.MapFS{
		"var/lib/dpkg/status":              text("Package: tool\nStatus: install ok installed\nVersion: 1\nArchitecture: arm64\n"),
		"var/lib/dpkg/info/tool.list":      text("/.\n/usr/bin/tool\n"),
		"usr/bin/tool":                     {Data: program()},
		"opt/lone":                         {Data: program()},
		"opt/damaged":                      {Data: program()[:100]},
		"opt/text":                         text(strings.Repeat("no program ", 20)),
		"lib/modules/6.1/m.ko":             {Data: buildModule("license=GPL")},
		"etc/os-release":                   text("ID=example\nNAME=Example\n"),
		"usr/lib/elsewhere/a-link-to-tool": link("../../bin/tool"),
	}
	const line = "relro=none nx=no canary=unknown pie=no fortify=unknown runpath=none"
	read := func(fsys fstest.MapFS) sbom.Reading {
		t.Helper()
		got, err := Options{ELFHardening: true}.Catalog(t.Context(), fsys, "rootfs")
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	got := read(owned)
	os := &got.Components[0]
	for name, want := range map[string]string{
		FactELF: "2", FactELFDamaged: "1", FactNoPIE: "2", FactNoNX: "2", FactNoRELRO: "2", FactPartialRELRO: "0", FactStaticallyELF: "2", FactRunPath: "0",
	} {
		if got := property(os, sbom.FirmwareFact+name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	files := map[string][]string{}
	each(got.Components, func(c *sbom.Component) {
		for _, p := range c.Properties {
			if p.Name == PropertyELF {
				files[c.Name] = append(files[c.Name], p.Value)
			}
		}
	})
	if want := []string{"usr/bin/tool: " + line}; !slices.Equal(files["tool"], want) {
		t.Errorf("tool: got %q, want %q", files["tool"], want)
	}
	if all := files["Example"]; len(all) != 2 || !strings.HasPrefix(all[0], "opt/damaged: unreadable: program headers") || all[1] != "opt/lone: "+line {
		t.Errorf("system: got %q", all)
	}
	if p := property(&mustCatalog(t, owned).Components[0], sbom.FirmwareFact+FactELF); p != "" {
		t.Errorf("not asked for: %q", p)
	}
	if len(got.Properties) != 0 {
		t.Errorf("a system stands for the root, yet the reading says %v", got.Properties)
	}

	delete(owned, "etc/os-release") // as on a partition of Android
	lone := read(owned)
	whole := &sbom.Component{Properties: lone.Properties}
	if property(whole, sbom.FirmwareFact+FactNoPIE) != "2" || len(lone.Found) == 0 || lone.Found[0].Source.Digest != lone.Input.Digest {
		t.Errorf("without a system: %+v, %+v", lone.Properties, lone.Found)
	}
}

// The program that runs this test is one too.
func TestELFHardeningOfThis(t *testing.T) {
	name, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(data[:4]), "\x7fELF") {
		t.Skip("no ELF file on this system")
	}
	r := mustOpen(t, fstest.MapFS{"test": {Data: data}})
	if err := r.findHardening(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := r.hardened.counts[FactELF].n; n != 1 {
		t.Errorf("got %d files: %v", n, r.hardened.lines)
	}
}
