// Package imagefstest has what the tests of file system readers share: the small
// images of one tree that sbom/firmware/testdata/make.sh makes, and a walk that
// holds any tree to what [imagefs] promises.
package imagefstest

import (
	"bytes"
	"compress/gzip"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/originbom/originbom/sbom/internal/imagefs"
	"github.com/originbom/originbom/sbom/internal/sparse"
)

// Image gives one of the small images, expanded if it is sparse or compressed.
func Image(t testing.TB, name string) []byte {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	data, err := os.ReadFile(filepath.Join(filepath.Dir(here), "../../../firmware/testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if data, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	if strings.HasPrefix(string(data), sparse.Magic) {
		r, err := sparse.Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		if data, err = io.ReadAll(io.NewSectionReader(r, 0, r.Size())); err != nil {
			t.Fatal(err)
		}
	}
	return data
}

// Want is the tree of the small images: paths with type, target, or size and the
// beginning of the sha256.
func Want() map[string]string {
	return map[string]string{
		".": "directory", "app": "directory", "app/deep": "directory", "app/deep/deeper": "directory", "etc": "directory",
		"link-to-folder": "-> app/deep", "etc/absolute": "-> /build.prop", "etc/climbing": "-> ../../../../../build.prop", "etc/loop": "-> loop",
		"build.prop": content([]byte("ro.build.id=EXAMPLE\n")), "app/empty": content(nil),
		"app/large.txt": content(large()), "app/hole": content(append(make([]byte, 20000), "end"...)),
		"app/random.bin": content(random()), "app/deep/deeper/mixed.bin": content(append(large(), random()...)),
	}
}

func large() []byte {
	var b bytes.Buffer
	for i := range 1500 {
		fmt.Fprintf(&b, "line %d of a file that compresses well\n", i)
	}
	return b.Bytes()
}

// random gives bytes that do not compress: the beginning of large.txt, encrypted
// with a key of zeros.
func random() []byte {
	out := large()[:6000]
	block, err := aes.NewCipher(make([]byte, 16))
	if err != nil {
		panic(err) // the key has a right length
	}
	cipher.NewCTR(block, make([]byte, 16)).XORKeyStream(out, out)
	return out
}

func content(b []byte) string {
	sum := sha256.Sum256(b)
	return fmt.Sprintf("%d bytes %s", len(b), hex.EncodeToString(sum[:8]))
}

// Listing reads a whole file system as Want has it, without lost+found. Errors of single files are in the listing.
func Listing(fsys fs.FS) map[string]string {
	out := map[string]string{}
	_ = fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			out[p] = "error: " + err.Error()
		case p == "lost+found":
			return fs.SkipDir
		case d.IsDir():
			out[p] = "directory"
		case d.Type() == fs.ModeSymlink:
			target, err := fs.ReadLink(fsys, p)
			out[p] = "-> " + target
			if err != nil {
				out[p] = "error: " + err.Error()
			}
		default:
			b, err := fs.ReadFile(fsys, p)
			out[p] = content(b)
			if err != nil {
				out[p] = "error: " + err.Error()
			}
		}
		return nil
	})
	return out
}

// Bounds of Check.
const (
	maxEntries = 500
	maxRead    = 256 << 10
)

// Check walks a tree that may be hostile and fails where it breaks a promise: the
// walk ends, no file gives more bytes than its size, the same place reads the
// same twice, and a link never leads out.
func Check(t testing.TB, tree imagefs.Tree) {
	t.Helper()
	fsys := imagefs.New(tree)
	entries := 0
	stop := errors.New("enough")
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if entries++; entries > maxEntries {
			return stop
		}
		if err != nil || d.IsDir() {
			return nil
		}
		if d.Type() == fs.ModeSymlink {
			_, _ = fs.Stat(fsys, p)
			return nil
		}
		checkFile(t, fsys, p)
		return nil
	})
	if err != nil && !errors.Is(err, stop) {
		t.Errorf("walk: %v", err)
	}
}

func checkFile(t testing.TB, fsys fs.FS, p string) {
	f, err := fsys.Open(p)
	if err != nil {
		return
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		t.Errorf("%s: an open file without Stat: %v", p, err)
		return
	}
	first, err1 := io.ReadAll(io.LimitReader(f, maxRead))
	if int64(len(first)) > st.Size() {
		t.Errorf("%s: %d bytes of %d", p, len(first), st.Size())
	}
	if err1 == nil && int64(len(first)) < min(st.Size(), maxRead) {
		t.Errorf("%s: %d bytes of %d without an error", p, len(first), st.Size())
	}
	second := make([]byte, len(first))
	n, _ := f.(io.ReaderAt).ReadAt(second, 0)
	if !bytes.Equal(first[:min(n, len(first))], second[:n]) {
		t.Errorf("%s: two reads differ", p)
	}
}

// Places gives about count places of bytes that are not zero, spread evenly.
func Places(b []byte, count int) []int {
	var used []int
	for i, c := range b {
		if c != 0 {
			used = append(used, i)
		}
	}
	step := max(1, len(used)/count)
	var out []int
	for i := 0; i < len(used); i += step {
		out = append(out, used[i])
	}
	return out
}
