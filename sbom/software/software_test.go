package software

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/sbom"
)

const status = `Package: examplephone-shell
Status: install ok installed
Section: x11
Architecture: arm64
Maintainer: Ada Example <ada@maker.example>
Version: 1.2-3
Description: what the user sees
 and touches

Package: libexample1
Status: install ok installed
Section: contrib/libs
Architecture: arm64
Maintainer: Example Libraries Team <libs@maker.example>
Version: 4:2.0
Description: library

Package: old-tool
Status: deinstall ok config-files
Architecture: arm64
Version: 0.1
`

const apkInstalled = `P:example-tool
V:1.36.1-r2
A:aarch64
T:a tool
L:MIT
m:Bo Example <bo@maker.example>
F:usr/bin
R:example-tool

`

const release = "NAME=\"Example OS\"\nVERSION_ID=4\nID=exampleos\nID_LIKE=debian\nPRETTY_NAME=\"Example OS 4\"\n"

func module(rel string, more ...string) *fstest.MapFile {
	return text(string(buildModule(append([]string{"license=GPL v2", "vermagic=" + rel + " SMP mod_unload aarch64"}, more...)...)))
}

func TestCatalog(t *testing.T) {
	banner := "Linux version 6.12.0-example (build@maker.example) #1 SMP"
	tests := []struct {
		name  string
		root  fstest.MapFS
		want  []string
		notes []string // each a part of some note
	}{
		{
			name:  "nothing",
			root:  fstest.MapFS{"readme": text("hello")},
			notes: []string{"no operating system, package database, kernel or module was found"},
		},
		{
			name: "dpkg, its operating system, removed packages left out",
			root: fstest.MapFS{"etc/os-release": text(release), "var/lib/dpkg/status": text(status)},
			want: []string{
				"operating-system Example OS 4",
				"operating-system Example OS 4 > application examplephone-shell 1.2-3",
				"operating-system Example OS 4 > library libexample1 4:2.0",
			},
		},
		{
			name: "dpkg behind absolute and relative links",
			root: fstest.MapFS{
				"etc/os-release":         link("../usr/lib/os-release"),
				"usr/lib/os-release":     text(release),
				"var/lib/dpkg":           link("/usr/share/pkgdb"),
				"usr/share/pkgdb/status": text(status),
			},
			want: []string{
				"operating-system Example OS 4",
				"operating-system Example OS 4 > application examplephone-shell 1.2-3",
				"operating-system Example OS 4 > library libexample1 4:2.0",
			},
		},
		{
			name: "apk of Alpine",
			root: fstest.MapFS{"lib/apk/db/installed": text(apkInstalled)},
			want: []string{"application example-tool 1.36.1-r2"},
		},
		{
			name: "a Python distribution nested in the package that owns it",
			root: fstest.MapFS{
				"var/lib/dpkg/status":                       text(status),
				"var/lib/dpkg/info/libexample1:arm64.list":  text("/.\n/lib/py/example-1.0.dist-info/METADATA\n"),
				"usr/lib/py/example-1.0.dist-info/METADATA": text("Metadata-Version: 2.1\nName: example\nVersion: 1.0\nAuthor: Cy\n"),
				"usr/lib/py/other-2.0.dist-info/METADATA":   text("Metadata-Version: 2.1\nName: other\nVersion: 2.0\n"),
				"lib": link("usr/lib"),
			},
			want: []string{
				"application examplephone-shell 1.2-3",
				"library libexample1 4:2.0",
				"library libexample1 4:2.0 > library example 1.0",
				"library other 2.0",
			},
		},
		{
			name: "a Java archive",
			root: fstest.MapFS{"usr/share/java/example.jar": text(string(buildJar(t, "org.example", "example", "3.1")))},
			want: []string{"library example 3.1"},
		},
		{
			name: "a program by its version string",
			root: fstest.MapFS{"bin/busybox": text("\x7fELF\x00BusyBox v1.36.1 (2026-01-01)\x00")},
			want: []string{"application busybox 1.36.1"},
		},
		{
			name: "a kernel and its modules, compressed ones too",
			root: fstest.MapFS{
				"boot/vmlinuz-6.12.0-example":                  text(string(gzipped(buildImage(banner)))),
				"lib/modules/6.12.0-example/kernel/a-b.ko":     module("6.12.0-example"),
				"lib/modules/6.12.0-example/extra/c.ko.gz":     text(string(gzipped(module("6.12.0-example", "version=2.4").Data))),
				"lib/modules/6.12.0-example/extra/d.ko":        module("6.12.0-example", "name=other_name"),
				"usr/share/man/man7/kernel-command-line.7.gz":  text(string(gzipped([]byte("a manual page")))),
				"usr/src/linux/Documentation/kernel/notes.txt": text("Linux version 1.0"),
			},
			want: []string{
				"operating-system linux kernel 6.12.0-example",
				"operating-system linux kernel 6.12.0-example > device-driver a_b 6.12.0-example",
				"operating-system linux kernel 6.12.0-example > device-driver c 2.4",
				"operating-system linux kernel 6.12.0-example > device-driver other_name 6.12.0-example",
			},
		},
		{
			name: "modules without a kernel image, in one folder as Android has them, and misplaced",
			root: fstest.MapFS{
				"vendor/lib/modules/wlan.ko":    module("5.10.1-android"),
				"lib/modules/6.1.0/kernel/x.ko": module("6.1.1"),
			},
			want: []string{
				"operating-system linux kernel 5.10.1-android",
				"operating-system linux kernel 5.10.1-android > device-driver wlan 5.10.1-android",
				"operating-system linux kernel 6.1.0",
				"operating-system linux kernel 6.1.0 > device-driver x 6.1.1",
			},
			notes: []string{"1 files are modules in the folder of another kernel release, whose kernel does not load them: lib/modules/6.1.0/kernel/x.ko (built for 6.1.1)"},
		},
		{
			name: "what is no module is there by its name, with a note",
			root: fstest.MapFS{
				"lib/modules/6.1.0/bad.ko":     text("not ELF"),
				"lib/modules/6.1.0/bad2.ko.gz": text("\x1f\x8b\x08 cut"),
				"lib/modules/6.1.0/pointer.ko": text(pointer),
			},
			want: []string{
				"operating-system linux kernel 6.1.0",
				"operating-system linux kernel 6.1.0 > device-driver bad",
				"operating-system linux kernel 6.1.0 > device-driver bad2",
				"operating-system linux kernel 6.1.0 > device-driver pointer",
			},
			notes: []string{
				"2 files have a module's name and could not be read as modules: lib/modules/6.1.0/bad.ko (not an ELF file",
				"1 files are Git LFS pointers, not the files themselves: lib/modules/6.1.0/pointer.ko: fetch them with git lfs pull",
			},
		},
		{
			name: "a pointer in place of a database",
			root: fstest.MapFS{"etc/os-release": text(pointer), "var/lib/dpkg/status": text(pointer)},
			notes: []string{
				"2 files are Git LFS pointers, not the files themselves: etc/os-release, var/lib/dpkg/status",
				"etc/os-release: the operating system's name could not be read",
			},
		},
		{
			name: "hostile links",
			root: fstest.MapFS{
				"etc/os-release":      link("../../../../../../etc/real-release"),
				"etc/real-release":    text(release),
				"var/lib/dpkg/status": link("/var/lib/dpkg/other"),
				"var/lib/dpkg/other":  link("status"),
				"up":                  link(".."),
				"self":                link("self/self"),
				"deep/a":              link("/deep"),
			},
			want: []string{"operating-system Example OS 4"},
			notes: []string{
				"3 files are links in a circle: self, var/lib/dpkg/other, var/lib/dpkg/status",
				"2 files are links that lead above the root; they were read as chroot does, inside the root: etc/os-release, up",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := mustCatalog(t, tt.root)
			if diff := cmp.Diff(tt.want, names(got.Components, "")); diff != "" {
				t.Errorf("components (-want +got):\n%s", diff)
			}
			said := notes(got)
			for _, n := range tt.notes {
				if !strings.Contains(said, n) {
					t.Errorf("no note says %q:\n%s", n, said)
				}
			}
			if len(tt.notes) == 0 && said != "" {
				t.Errorf("unexpected notes:\n%s", said)
			}
		})
	}
}

const pointer = "version https://git-lfs.github.com/spec/v1\n" +
	"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 123456\n"

func TestCatalogDetails(t *testing.T) {
	got := mustCatalog(t, fstest.MapFS{
		"etc/os-release":      text(release),
		"var/lib/dpkg/status": text(status),
		"usr/share/doc/libexample1/copyright": text("Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n" +
			"Files: *\nCopyright: 2026 Example\nLicense: LGPL-2.1+\n\nFiles: b\nCopyright: 2026 Example\nLicense: Expat\n"),
		"lib/modules/6.1.0/x.ko": module("6.1.0", "description=A driver", "author=A B <a@maker.example>", "author=C, Inc.",
			"intree=Y", "alias=of:N*T*Cexample,chip", "alias=of:N*T*Cexample,chipC*", "alias=pci:v00001234d*"),
	})
	source := sbom.Source{Name: "rootfs", Digest: got.Input.Digest}
	from := func(place, says string) sbom.Evidence {
		return sbom.Evidence{Source: source, Place: place, Method: sbom.MethodImage, Says: says}
	}
	kernel := got.Components[0].Components[2]
	want := []sbom.Component{
		{
			Kind: sbom.Library, Name: "libexample1", Version: "4:2.0", Description: "library",
			PURL:     "pkg:deb/exampleos/libexample1@4%3A2.0?arch=arm64&distro=exampleos-4",
			Licenses: []string{"Expat", "LGPL-2.1-or-later"},
			Authors:  []sbom.Contact{{Name: "Example Libraries Team", Email: "libs@maker.example"}},
			Found: []sbom.Evidence{
				from("var/lib/dpkg/status", "dpkg status: Package libexample1 Version 4:2.0"),
				from("usr/share/doc/libexample1/copyright", "licence: Expat, LGPL-2.1+"),
			},
		},
		{
			Kind: sbom.Driver, Name: "x", Version: "6.1.0", Description: "A driver",
			PURL:     "pkg:generic/x@6.1.0",
			Licenses: []string{"GPL v2"},
			Authors:  []sbom.Contact{{Name: "A B", Email: "a@maker.example"}, {Name: "C, Inc."}},
			Hashes:   kernel.Components[0].Hashes, // checked below
			Found:    []sbom.Evidence{from("lib/modules/6.1.0/x.ko", "modinfo: vermagic=6.1.0 SMP mod_unload aarch64 license=GPL v2")},
			Properties: []sbom.Property{
				{Name: "originbom:module:compatible", Value: "example,chip"},
				{Name: "originbom:module:in-tree", Value: "true"},
				{Name: "originbom:module:signature", Value: "unsigned"},
				{Name: "originbom:module:vermagic", Value: "6.1.0 SMP mod_unload aarch64"},
			},
		},
	}
	if diff := cmp.Diff(want, []sbom.Component{got.Components[0].Components[1], kernel.Components[0]}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if h := kernel.Components[0].Hashes; len(h) != 1 || h[0].Algorithm != "SHA-256" || len(h[0].Value) != 64 {
		t.Errorf("hashes of the driver: %v", h)
	}
	if kernel.Description == "" || kernel.Found[0].Place != "lib/modules/6.1.0/x.ko" {
		t.Errorf("a kernel without an image does not say so: %+v", kernel)
	}
}

// The digest of a folder depends on what is cited, not on the rest.
func TestDigest(t *testing.T) {
	base := fstest.MapFS{"etc/os-release": text(release), "var/lib/dpkg/status": text(status), "home/notes": text("a")}
	digest := func(change func(fstest.MapFS)) string {
		m := maps.Clone(base)
		change(m)
		return mustCatalog(t, m).Input.Digest
	}
	want := digest(func(fstest.MapFS) {})
	// sha256sum of the lines of the package doc, by hand.
	if want != digestOf([]string{
		`"var/lib/dpkg/status" file ` + mustSum(t, base, "var/lib/dpkg/status") + "\n",
		`"etc/os-release" file ` + mustSum(t, base, "etc/os-release") + "\n",
	}) {
		t.Error("the digest is not the one that the package doc describes")
	}
	if got := digest(func(m fstest.MapFS) { m["home/notes"] = text("b") }); got != want {
		t.Error("a file that nothing cites changes the digest")
	}
	if got := digest(func(m fstest.MapFS) { m["etc/os-release"] = text(release + "\n") }); got == want {
		t.Error("a cited file does not change the digest")
	}
	if got := digest(func(m fstest.MapFS) {
		m["etc/os-release"] = link("/usr/lib/os-release")
		m["usr/lib/os-release"] = text(release)
	}); got == want {
		t.Error("a cited file in another place does not change the digest")
	}
}

func mustSum(t *testing.T, fsys fstest.MapFS, p string) string {
	t.Helper()
	s, err := mustOpen(t, fsys).sum(p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestUnreadable(t *testing.T) {
	root := denied{
		fstest.MapFS{
			"etc/os-release":            text(release),
			"var/lib/dpkg/status":       text(status),
			"lib/modules/6.1.0/x.ko":    module("6.1.0"),
			"root/secret/file":          text("x"),
			"boot/vmlinuz":              text(string(buildImage("Linux version 6.1.0 (x)"))),
			"usr/share/java/broken.jar": text("x"),
		},
		map[string]bool{"var/lib/dpkg/status": true, "lib/modules/6.1.0/x.ko": true, "root/secret": true, "boot/vmlinuz": true},
	}
	got := mustCatalog(t, root)
	want := []string{
		"operating-system Example OS 4",
		"operating-system Example OS 4 > operating-system linux kernel 6.1.0",
		"operating-system Example OS 4 > operating-system linux kernel 6.1.0 > device-driver x",
	}
	if diff := cmp.Diff(want, names(got.Components, "")); diff != "" {
		t.Errorf("components (-want +got):\n%s", diff)
	}
	said := notes(got)
	for _, part := range []string{
		"4 files could not be read", "boot/vmlinuz (permission denied)", "lib/modules/6.1.0/x.ko (permission denied)",
		"root/secret (permission denied)", "var/lib/dpkg/status (permission denied)", "make them readable",
	} {
		if !strings.Contains(said, part) {
			t.Errorf("no note says %q:\n%s", part, said)
		}
	}
	if strings.Contains(said, "/host/") {
		t.Errorf("a note names the host's path:\n%s", said)
	}
	if diff := cmp.Diff([]sbom.Property{{Name: "originbom:firmware:unreadable-files", Value: "4"}}, got.Components[0].Properties); diff != "" {
		t.Errorf("properties (-want +got):\n%s", diff)
	}
}

// The same root read through a file system without random access, or twice,
// gives the same reading.
func TestSameRootSameReading(t *testing.T) {
	m := fstest.MapFS{
		"etc/os-release":             text(release),
		"var/lib/dpkg/status":        text(status),
		"lib/modules/6.1.0/x.ko":     module("6.1.0"),
		"usr/share/java/example.jar": text(string(buildJar(t, "org.example", "example", "3.1"))),
		"bin/busybox":                text("\x7fELF\x00BusyBox v1.36.1 (2026-01-01)\x00"),
	}
	want := mustCatalog(t, m)
	for range 3 {
		if diff := cmp.Diff(want, mustCatalog(t, m)); diff != "" {
			t.Fatalf("twice (-first +second):\n%s", diff)
		}
	}
	if diff := cmp.Diff(want, mustCatalog(t, sequential{m})); diff != "" {
		t.Errorf("sequential (-want +got):\n%s", diff)
	}
}

// Names of files are bytes: what is not text is marked, and steers no terminal.
func TestNamesThatAreNoText(t *testing.T) {
	got := mustCatalog(t, fstest.MapFS{
		"lib/modules/6.1.0/\x1b[31m.ko": module("6.1.0"),
		"lib/modules/6.1.0/bad\x07.ko":  text("no ELF"),
	})
	want := []string{
		"operating-system linux kernel 6.1.0",
		"operating-system linux kernel 6.1.0 > device-driver bad\uFFFD",
		"operating-system linux kernel 6.1.0 > device-driver \uFFFD[31m 6.1.0",
	}
	if diff := cmp.Diff(want, names(got.Components, "")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if strings.ContainsAny(notes(got), "\x1b\x07") {
		t.Errorf("notes: %q", notes(got))
	}
}

func TestCatalogRefuses(t *testing.T) {
	if _, err := Catalog(context.Background(), nil, "x"); err == nil {
		t.Error("no root: no error")
	}
	missing := denied{fstest.MapFS{"a": text("")}, map[string]bool{".": true}}
	if got, err := Catalog(context.Background(), missing, "x"); err == nil || !cmp.Equal(got, sbom.Reading{}) {
		t.Errorf("unreadable root: got %v, %v", got, err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errStopped)
	if _, err := Catalog(ctx, fstest.MapFS{"a": text("")}, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
	deep := fstest.MapFS{strings.Repeat("d/", maxDepth+2) + "f": text("")}
	if _, err := Catalog(context.Background(), deep, "x"); err == nil || !strings.Contains(err.Error(), "nested more than") {
		t.Errorf("deep: got %v", err)
	}
}
