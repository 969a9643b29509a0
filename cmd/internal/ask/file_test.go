package ask

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestReadFile: only regular files, links followed, and no waiting for a pipe.
func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(file, link); err != nil {
		t.Skipf("no links here: %v", err)
	}
	pipe := filepath.Join(dir, "pipe")
	if err := exec.Command("mkfifo", pipe).Run(); err != nil {
		t.Skipf("no pipes here: %v", err)
	}
	for _, tt := range []struct{ name, want string }{
		{file, ""},
		{link, ""},
		{dir, dir + ": not a regular file"},
		{pipe, pipe + ": not a regular file"},
		{os.DevNull, os.DevNull + ": not a regular file"},
		{filepath.Join(dir, "none"), filepath.Join(dir, "none") + ": no such file or directory"},
	} {
		data, err := ReadFile(tt.name, 5)
		if tt.want == "" && (err != nil || string(data) != "12345") {
			t.Errorf("%s: %q, %v", tt.name, data, err)
		}
		if tt.want != "" && (data != nil || err == nil || err.Error() != tt.want) {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		}
	}
	if _, err := ReadFile(file, 4); err == nil || err.Error() != file+": larger than the limit of 4 bytes" {
		t.Errorf("got %v", err)
	}
}
