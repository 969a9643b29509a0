package software

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/google/go-cmp/cmp"
)

func TestResolve(t *testing.T) {
	r := mustOpen(t, fstest.MapFS{
		"usr/bin/tool": text("x"),
		"bin":          link("usr/bin"),
		"abs":          link("/usr"),
		"up":           link("../../../usr"),
		"usr/back":     link("../bin/./tool"),
		"a":            link("b"),
		"b":            link("a"),
		"self":         link("self/x"),
		"dangling":     link("nowhere/x"),
		"dots":         link("/.."),
	})
	tests := []struct {
		in, want string
		err      error
	}{
		{"usr/bin/tool", "usr/bin/tool", nil},
		{"/bin/tool", "usr/bin/tool", nil},
		{"abs/bin/tool", "usr/bin/tool", nil},
		{"up/bin/tool", "usr/bin/tool", nil},
		{"usr/back", "usr/bin/tool", nil},
		{"abs/../bin//tool", "usr/bin/tool", nil}, // ".." of where the link leads
		{"../../../etc/passwd", "etc/passwd", nil},
		{"dots/usr", "usr", nil},
		{"", ".", nil},
		{"dangling", "nowhere/x", nil},
		{"a/x", "", errLoop},
		{"self", "", errLoop},
	}
	for _, tt := range tests {
		got, err := r.resolve(tt.in)
		if got != tt.want || err != tt.err {
			t.Errorf("%q: got %q, %v, want %q, %v", tt.in, got, err, tt.want, tt.err)
		}
	}
	if want := []string{"a", "b", "self"}; !slices.Equal(r.loops, want) {
		t.Errorf("loops: got %q, want %q", r.loops, want)
	}
	if want := []string{"dots", "up"}; !slices.Equal(r.clamped, want) {
		t.Errorf("clamped: got %q, want %q", r.clamped, want)
	}
}

// Wherever links lead, the result is a clean path inside the root without a
// link in it, and the same for the result again.
func FuzzResolve(f *testing.F) {
	f.Add("a/b/c", "../../x", "/a", "b/../..")
	f.Add("a", "a", "a/a", "/")
	f.Add("x/../y", "..", "x/y/../../../z", "//./")
	f.Fuzz(func(t *testing.T, p, l1, l2, l3 string) {
		r := &root{links: map[string]string{"a": l1, "a/b": l2, "x": l3}}
		got, err := r.resolve(p)
		if err != nil {
			return
		}
		if !fs.ValidPath(got) && strings.ToValidUTF8(got, "") == got {
			t.Fatalf("%q is not a path of fs.FS", got)
		}
		for q := got; q != "."; q = path.Dir(q) {
			if _, ok := r.links[q]; ok {
				t.Fatalf("%q leads through the link %q", got, q)
			}
		}
		if again, err := r.resolve(got); err != nil || again != got {
			t.Fatalf("again: %q, %v", again, err)
		}
	})
}

var globRoot = fstest.MapFS{
	"usr/bin/python3.11":                text("x"),
	"usr/bin/python3":                   link("python3.11"),
	"usr/lib/py/a-1.dist-info/METADATA": text("x"),
	"usr/lib/py/b.jar":                  text("x"),
	"usr/lib/modules/6.1/kernel/x.ko":   text("x"),
	"var/lib/dpkg/status":               text("x"),
	"var/lib/dpkg/info/a.list":          text("x"),
	"var/lib/dpkg/info/a.md5sums":       text("x"),
	"var/lib/dpkg/info/ab.list":         text("x"),
	"var/lib/dpkg/info/[x].list":        text("x"),
	"usr/share/db/installed":            text("x"),
	"lib":                               link("usr/lib"),
	"usr/lib/apk/db":                    link("/usr/share/db"),
	"loop":                              link("/"),
}

func TestGlob(t *testing.T) {
	r := mustOpen(t, globRoot)
	tests := []struct {
		patterns []string
		want     []hit
	}{
		{[]string{"**/python*"}, []hit{{"usr/bin/python3.11", "usr/bin/python3.11"}}},
		{[]string{"**/python3"}, []hit{{"usr/bin/python3.11", "usr/bin/python3"}}},
		{[]string{"**/*.jar"}, []hit{{"usr/lib/py/b.jar", "usr/lib/py/b.jar"}}},
		{[]string{"**/{go,python3,b.jar}"}, []hit{{"usr/bin/python3.11", "usr/bin/python3"}, {"usr/lib/py/b.jar", "usr/lib/py/b.jar"}}},
		{[]string{"**/lib/apk/db/installed"}, []hit{{"usr/share/db/installed", "usr/lib/apk/db/installed"}}},
		{[]string{"**/lib/modules/**/*.ko"}, []hit{{"usr/lib/modules/6.1/kernel/x.ko", "usr/lib/modules/6.1/kernel/x.ko"}}},
		{[]string{"/lib/modules/*/kernel/*"}, []hit{{"usr/lib/modules/6.1/kernel/x.ko", "usr/lib/modules/6.1/kernel/x.ko"}}},
		{[]string{"/var/lib/dpkg/info/a.*", "**/a.list"}, []hit{
			{"var/lib/dpkg/info/a.list", "var/lib/dpkg/info/a.list"}, {"var/lib/dpkg/info/a.md5sums", "var/lib/dpkg/info/a.md5sums"},
		}},
		{[]string{`/var/lib/dpkg/info/\[x\].*`}, []hit{{"var/lib/dpkg/info/[x].list", "var/lib/dpkg/info/[x].list"}}},
		{[]string{"**/*dist-info/METADATA"}, []hit{{"usr/lib/py/a-1.dist-info/METADATA", "usr/lib/py/a-1.dist-info/METADATA"}}},
		{[]string{"/var/lib/dpkg/status"}, []hit{{"var/lib/dpkg/status", "var/lib/dpkg/status"}}},
		{[]string{"[", "**/{a"}, nil},
		{[]string{"**/nothing"}, nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, r.glob(tt.patterns...), cmp.AllowUnexported(hit{})); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.patterns, diff)
		}
	}
}

// The index finds what trying every file finds, and more only through links to
// folders.
func FuzzGlob(f *testing.F) {
	for _, p := range []string{
		"**/python*", "**/*.jar", "**/{go,b.jar}", "/var/lib/dpkg/info/a.*", "**/lib/**/x.ko", "*", "**", "usr/*/py/*",
		"**/lib/dpkg/status", "**/{a,b}{.list,.jar}", `**/\[x\]*`, "**/[a-b]*", "**/?.jar", "{usr,var}/**/*.list", "/**/a.list",
	} {
		f.Add(p)
	}
	r := mustOpen(f, globRoot)
	f.Fuzz(func(t *testing.T, pattern string) {
		if len(pattern) > 200 || strings.Count(pattern, "**") > 4 {
			return // the matcher is exponential in these
		}
		found := map[string]string{}
		for _, h := range r.glob(pattern) {
			if _, ok := r.regular(h.real); !ok {
				t.Fatalf("%q is not a file", h.real)
			}
			found[h.real] = h.access
		}
		plain := strings.TrimPrefix(pattern, "/")
		if !doublestar.ValidatePattern(plain) || path.Clean(plain) != plain {
			return // "a/../b" is no pattern of a file's path
		}
		for _, e := range r.names {
			if doublestar.MatchUnvalidated(plain, e.path) && found[e.file()] == "" {
				t.Fatalf("%q matches %q, which was not found", pattern, e.path)
			}
		}
	})
}
