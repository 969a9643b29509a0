package software

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/anchore/syft/syft/pkg"
	syftkernel "github.com/anchore/syft/syft/pkg/cataloger/kernel"
	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/sbom"
)

// An RPM database in SQLite is read: the driver is there for that.
func TestRPM(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "rpmdb.sqlite")
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB)"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("INSERT INTO Packages (blob) VALUES (?)", rpmHeader()); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := mustCatalog(t, fstest.MapFS{"usr/lib/sysimage/rpm/rpmdb.sqlite": {Data: data}})
	if diff := cmp.Diff([]string{"application example-dialer 2.5-1"}, names(got.Components, "")); diff != "" {
		t.Fatalf("(-want +got):\n%s\n%s", diff, notes(got))
	}
	c := got.Components[0]
	if c.Supplier != "Example OS Project" || !cmp.Equal(c.Licenses, []string{"GPL-3.0-or-later"}) ||
		c.Found[0].Says != "rpm database: Name example-dialer Version 2.5 Release 1" {
		t.Errorf("got %+v", c)
	}
}

// rpmHeader is a package's header as it stands in the database: counts, an index
// of tag, type, offset and count, then the values. Here all are strings.
func rpmHeader() []byte {
	tags := []struct {
		tag   uint32
		value string
	}{
		{1000, "example-dialer"},
		{1001, "2.5"},
		{1002, "1"},
		{1011, "Example OS Project"},
		{1014, "GPL-3.0-or-later"},
		{1022, "aarch64"},
	}
	var index, values []byte
	for _, tag := range tags {
		for _, v := range []uint32{tag.tag, 6, uint32(len(values)), 1} {
			index = binary.BigEndian.AppendUint32(index, v)
		}
		values = append(values, tag.value+"\x00"...)
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(len(tags)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(values)))
	return append(append(b, index...), values...)
}

// A Go program is there with the modules it is made of: this test's own binary.
func TestGoProgram(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Link(exe, filepath.Join(dir, "program")); err != nil {
		t.Skipf("SKIPPED, NOT PASSED: no hard link to the test's binary: %v", err)
	}
	got := mustCatalog(t, os.DirFS(dir))
	if len(got.Components) != 1 {
		t.Fatalf("got %d components at the top, want the program: %v", len(got.Components), names(got.Components, ""))
	}
	c := got.Components[0]
	if c.Kind != sbom.Application || c.Name != "github.com/originbom/originbom" || len(c.Hashes) != 1 {
		t.Errorf("program: got %s %s %v", c.Kind, c.Name, c.Hashes)
	}
	// Test binaries record no modules but the main one and the standard library.
	if libraries := strings.Join(names(c.Components, ""), "\n"); !strings.Contains(libraries, "library stdlib go1.") {
		t.Errorf("the program does not hold its standard library: %s", libraries)
	}
}

// Our reader of modules finds what syft's finds.
func TestModulesAsSyft(t *testing.T) {
	r := mustOpen(t, os.DirFS(handset))
	// Its error is about the kernel: it reads no compressed one for arm64.
	found, _, _ := syftkernel.NewLinuxKernelCataloger(syftkernel.DefaultLinuxKernelCatalogerConfig()).
		Catalog(t.Context(), &resolver{root: r, stopped: t.Context().Err})
	var want []string
	for _, p := range found {
		if m, ok := p.Metadata.(pkg.LinuxKernelModule); ok {
			want = append(want, m.Name+" "+m.Version+" "+m.License+" of "+m.KernelVersion)
		}
	}
	ours, err := r.kernels(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, k := range ours {
		for _, d := range k.Components {
			version := d.Version
			if version == k.Version {
				version = "" // syft has none there
			}
			got = append(got, d.Name+" "+version+" "+strings.Join(d.Licenses, " ")+" of "+k.Version)
		}
	}
	same(t, "modules", got, want)
}

func TestParseStatus(t *testing.T) {
	tests := []struct {
		name, in string
		want     []stanza
		err      string
	}{
		{"empty", "", nil, ""},
		{"no blank line at the end", "Package: a\nVersion: 1\nSection: libs", []stanza{{"a", "1", "", "libs"}}, ""},
		{"case of names, blanks", "PACKAGE:a\nversion:  1 \nArchitecture:\tall\n", []stanza{{"a", "1", "all", ""}}, ""},
		{"continuation", "Package: a\nDescription: b\n Version: 2\n\tSection: c\nVersion: 1\n", []stanza{{"a", "1", "", ""}}, ""},
		{"nameless", "Version: 1\n\nPackage: b\n", []stanza{{"b", "", "", ""}}, ""},
		{"long line", "Package: " + strings.Repeat("x", maxLine+1), nil, "file: bufio.Scanner: token too long"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseStatus("file", strings.NewReader(tt.in))
			if msg := errorText(err); msg != tt.err {
				t.Fatalf("error: got %q, want %q", msg, tt.err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(stanza{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// What is read is in the text, and two files one after the other read as both.
func FuzzParseStatus(f *testing.F) {
	f.Add(status)
	f.Add("Package: a\r\nVersion\n: 1")
	f.Fuzz(func(t *testing.T, in string) {
		got, err := parseStatus("file", strings.NewReader(in))
		if err != nil {
			if got != nil {
				t.Fatal("stanzas with an error")
			}
			return
		}
		for _, s := range got {
			if s.pkg == "" || !strings.Contains(in, s.pkg) || !strings.Contains(in, s.version) {
				t.Fatalf("%+v is not in the text", s)
			}
		}
		twice, err := parseStatus("file", io.MultiReader(strings.NewReader(in), bytes.NewReader([]byte("\n\n")), strings.NewReader(in)))
		if err == nil && len(twice) != 2*len(got) {
			t.Fatalf("one copy has %d stanzas, two have %d", len(got), len(twice))
		}
	})
}

func TestSectionKind(t *testing.T) {
	for section, want := range map[string]sbom.Kind{
		"libs": sbom.Library, "non-free/libdevel": sbom.Library, "python": sbom.Library,
		"admin": sbom.Application, "": sbom.Application, "libs/admin": sbom.Application,
	} {
		if got := sectionKind(section); got != want {
			t.Errorf("%q: got %s, want %s", section, got, want)
		}
	}
}

func TestContacts(t *testing.T) {
	tests := []struct {
		in   []string
		want []sbom.Contact
	}{
		{nil, nil},
		{[]string{"", " "}, nil},
		{[]string{"Ada Example <ada@maker.example>"}, []sbom.Contact{{Name: "Ada Example", Email: "ada@maker.example"}}},
		{[]string{"<ada@maker.example>"}, []sbom.Contact{{Email: "ada@maker.example"}}},
		{[]string{"Example, Inc."}, []sbom.Contact{{Name: "Example, Inc."}}},
		{
			[]string{"B <b@x.example>, A <a@x.example>", "B <b@x.example>"},
			[]sbom.Contact{{Name: "A", Email: "a@x.example"}, {Name: "B", Email: "b@x.example"}},
		},
		{[]string{"broken <b@x.example"}, []sbom.Contact{{Name: "broken <b@x.example"}}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, contacts(tt.in...)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.in, diff)
		}
	}
}

// Contacts are sorted, distinct, bounded and valid text, whatever is read.
func FuzzContacts(f *testing.F) {
	f.Add("A <a@x.example>, B <b@x.example>")
	f.Add("<<>><>,<")
	f.Fuzz(func(t *testing.T, in string) {
		got := contacts(in)
		if len(got) > maxAuthors {
			t.Fatalf("%d contacts", len(got))
		}
		for i, c := range got {
			if c == (sbom.Contact{}) || strings.ToValidUTF8(c.Name+c.Email, "") != c.Name+c.Email {
				t.Fatalf("contact %+q", c)
			}
			if i > 0 && compareContacts(got[i-1], c) >= 0 {
				t.Fatalf("out of order: %+q", got)
			}
		}
	})
}
