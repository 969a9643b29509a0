package imagefs_test

import (
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/originbom/originbom/sbom/internal/imagefs"
)

// tree is a file system in memory: by node, the entries of a directory, the
// target of a link ("> "), or a content.
type tree []any

func (tree) Root() uint64 { return 0 }

func (t tree) Stat(id uint64) (imagefs.Node, error) {
	switch n := t[id].(type) {
	case []imagefs.Entry:
		return imagefs.Node{Mode: fs.ModeDir | 0o755}, nil
	case string:
		if strings.HasPrefix(n, "> ") {
			return imagefs.Node{Mode: fs.ModeSymlink | 0o777, Size: int64(len(n) - 2)}, nil
		}
		return imagefs.Node{Mode: 0o644, Size: int64(len(n))}, nil
	}
	return imagefs.Node{}, errors.New("a damaged node")
}

func (t tree) ReadDir(id uint64) ([]imagefs.Entry, error) {
	return append([]imagefs.Entry(nil), t[id].([]imagefs.Entry)...), nil
}

func (t tree) Open(id uint64) (io.ReaderAt, error) {
	return strings.NewReader(strings.TrimPrefix(t[id].(string), "> ")), nil
}

func entries(e ...imagefs.Entry) []imagefs.Entry { return e }
func entry(name string, id uint64) imagefs.Entry { return imagefs.Entry{Name: name, ID: id} }
func example() tree {
	return tree{
		0: entries(entry("etc", 1), entry("file", 2), entry("up", 3), entry("abs", 4), entry("loop", 5), entry("b\xffd", 2)),
		1: entries(entry("passwd", 6), entry("here", 7)),
		2: "content", 3: "> ../../../etc/passwd", 4: "> /etc", 5: "> loop", 6: "of the image", 7: "> ../file",
	}
}

func TestLinks(t *testing.T) {
	fsys := imagefs.New(example())
	for name, want := range map[string]string{
		"up": "of the image", "abs/passwd": "of the image", "etc/here": "content", "abs/here": "content", `b\xffd`: "content",
	} {
		if got, err := fs.ReadFile(fsys, name); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := fs.ReadFile(fsys, "loop"); err == nil || !strings.Contains(err.Error(), "too many levels") {
		t.Errorf("a loop: %v", err)
	}
	if _, err := fs.Stat(fsys, "file/x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("below a file: %v", err)
	}
}

func TestFS(t *testing.T) {
	good := tree{0: entries(entry("a", 1), entry("b", 2)), 1: entries(entry("c", 3)), 2: "two", 3: "> ../b"}
	if err := fstest.TestFS(imagefs.New(good), "a", "a/c", "b"); err != nil {
		t.Error(err)
	}
}

func TestHostile(t *testing.T) {
	for name, tree := range map[string]tree{
		"a cycle":           {0: entries(entry("a", 1)), 1: entries(entry("b", 0))},
		"two parents":       {0: entries(entry("a", 1), entry("b", 2)), 1: entries(entry("d", 3)), 2: entries(entry("d", 3)), 3: entries()},
		"a name twice":      {0: entries(entry("a", 1), entry("a", 1)), 1: "x"},
		"a name with slash": {0: entries(entry("a/b", 1)), 1: "x"},
		"dots":              {0: entries(entry("..", 1)), 1: "x"},
		"a damaged node":    {0: entries(entry("a", 1)), 1: 7},
	} {
		failed := 0
		_ = fs.WalkDir(imagefs.New(tree), ".", func(_ string, _ fs.DirEntry, err error) error {
			if err != nil {
				failed++
			}
			return nil
		})
		if failed == 0 {
			t.Errorf("%s: nothing was told", name)
		}
	}
}

// TestLongPath: each link is short enough, all of them together are not.
func TestLongPath(t *testing.T) {
	long := "> " + strings.Repeat("./", 2000)
	fsys := imagefs.New(tree{0: entries(entry("a", 1), entry("b", 2), entry("c", 3), entry("f", 4)), 1: long + "b", 2: long + "c", 3: long + "f", 4: "x"})
	if _, err := fs.Stat(fsys, "b"); err != nil {
		t.Errorf("two links: %v", err)
	}
	if _, err := fs.Stat(fsys, "a"); err == nil || !strings.Contains(err.Error(), "too many names") {
		t.Errorf("three links: %v", err)
	}
}

// TestNames: directories that share a million names, as on an image whose
// directories share their blocks.
func TestNames(t *testing.T) {
	many := make([]imagefs.Entry, 1<<20)
	for i := range many {
		many[i] = entry(string([]byte{'A' + byte(i>>15), 'A' + byte(i>>10&31), 'A' + byte(i>>5&31), 'A' + byte(i&31)}), 2)
	}
	fsys := imagefs.New(tree{0: entries(entry("a", 1), entry("b", 3), entry("c", 4), entry("d", 5)), 1: many, 2: "x", 3: many, 4: many, 5: many})
	for _, name := range []string{"a/AAAA", "b/AAAA", "c/AAAA", "a/AAAA"} {
		if _, err := fs.Stat(fsys, name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := fs.Stat(fsys, "d/AAAA"); err == nil || !strings.Contains(err.Error(), "names in the file system") {
		t.Errorf("four million names: %v", err)
	}
}

func TestVirtual(t *testing.T) {
	v := imagefs.NewVirtual()
	if err := errors.Join(v.Mount("system", imagefs.New(example())), v.Add("kernel", strings.NewReader("k"), 1)); err != nil {
		t.Fatal(err)
	}
	if err := v.Add("system", nil, 0); err == nil {
		t.Error("a name twice was accepted")
	}
	for name, want := range map[string]string{"system/up": "of the image", "kernel": "k"} {
		if got, err := fs.ReadFile(v, name); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if target, err := fs.ReadLink(v, "system/abs"); target != "/etc" || err != nil {
		t.Errorf("ReadLink = %q, %v", target, err)
	}
	count := 0
	if err := fs.WalkDir(v, ".", func(string, fs.DirEntry, error) error { count++; return nil }); err != nil || count != 11 {
		t.Errorf("walk: %d, %v", count, err)
	}
}
