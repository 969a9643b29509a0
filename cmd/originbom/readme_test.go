package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestREADME runs the README's sessions, in a folder that has testdata, and
// compares what they print. A line "..." in the README stands for any number of
// lines.
func TestREADME(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
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
		if missing := elided(strings.Split(strings.TrimSpace(want), "\n"), strings.Split(strings.TrimSpace(out.String()), "\n")); missing != "" {
			t.Errorf("%s: the README has a line that is not printed there: %q\nprinted:\n%s", command, missing, out.String())
		}
	}
	if ran < 3 {
		t.Errorf("the README holds %d sessions of originbom, want 3", ran)
	}
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
