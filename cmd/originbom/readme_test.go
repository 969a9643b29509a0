package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestREADME runs the README's sessions, in a folder that has testdata, and
// compares what they print. A line "..." in the README stands for any number of
// lines. With -update each other line becomes the printed line that begins most
// like it.
func TestREADME(t *testing.T) {
	file, err := filepath.Abs("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(readme)
	data, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.Symlink(data, "testdata"); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for i, block := range strings.Split(string(readme), "```console\n") {
		block, _, _ = strings.Cut(block, "```")
		command, want, _ := strings.Cut(strings.ReplaceAll(block, "\\\n", " "), "\n")
		args, ok := programArgs(command)
		if i == 0 || !ok || want == "" {
			continue
		}
		ran++
		var out bytes.Buffer
		run(context.Background(), args, strings.NewReader(""), &out, &out)
		printed := strings.Split(strings.TrimSpace(out.String()), "\n")
		if *update {
			text = strings.Replace(text, want, renew(want, printed), 1)
			continue
		}
		if missing := elided(strings.Split(strings.TrimSpace(want), "\n"), printed); missing != "" {
			t.Errorf("%s: the README has a line that is not printed there: %q\nprinted:\n%s", command, missing, out.String())
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if ran < 3 {
		t.Errorf("the README holds %d sessions of originbom, want 3", ran)
	}
}

// renew replaces each line but "..." by the next printed line that has most of
// its beginning.
func renew(want string, printed []string) string {
	lines := strings.Split(strings.TrimSuffix(want, "\n"), "\n")
	for i, w := range lines {
		if w == "..." {
			continue
		}
		best, common := 0, -1
		for j, p := range printed {
			if n := commonPrefix(w, p); n > common {
				best, common = j, n
			}
		}
		if common > 0 {
			lines[i], printed = strings.TrimRight(printed[best], " "), printed[best+1:]
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func programArgs(command string) ([]string, bool) {
	for _, prefix := range []string{"$ go run ./cmd/originbom ", "$ originbom "} {
		if rest, ok := strings.CutPrefix(command, prefix); ok {
			return strings.Fields(rest), true
		}
	}
	return nil, false
}

// elided gives the first wanted line that does not stand where it should.
func elided(want, got []string) string {
	free := false
	for _, w := range want {
		if w == "..." {
			free = true
			continue
		}
		for free && len(got) > 0 && strings.TrimRight(got[0], " ") != w {
			got = got[1:]
		}
		if len(got) == 0 || strings.TrimRight(got[0], " ") != w {
			return w
		}
		free, got = false, got[1:]
	}
	if len(got) > 0 && !free {
		return "(end)"
	}
	return ""
}
