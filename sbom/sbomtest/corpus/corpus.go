// Package corpus finds the real data that tests read and that is not part of the
// repository: kernels' device trees, other tools, published part lists. An
// environment variable names each; programs are found as the shell finds them.
package corpus

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Need gives the path that an environment variable names. Without it the test is
// skipped, and says so; in CI, where .ci/corpus makes the data, it fails. what
// says what the path leads to.
func Need(tb testing.TB, variable, what string) string {
	tb.Helper()
	path := os.Getenv(variable)
	if path == "" && os.Getenv("CI") == "true" {
		tb.Fatalf("%s is not set: it names %s", variable, what)
	}
	return skip(tb, path, variable, what)
}

// Borrow is Need for data that nobody may copy, so that CI does not have it
// either.
func Borrow(tb testing.TB, variable, what string) string {
	tb.Helper()
	return skip(tb, os.Getenv(variable), variable, what)
}

func skip(tb testing.TB, path, variable, what string) string {
	tb.Helper()
	if path == "" {
		tb.Skipf("NOT TESTED: %s is not set, which names %s", variable, what)
	}
	return path
}

// Tool gives the path of a program that judges ours. Without it the test is
// skipped, and says so; in CI, where .ci/packages installs it, it fails.
func Tool(tb testing.TB, name string) string {
	tb.Helper()
	path, err := exec.LookPath(name)
	switch {
	case err != nil && os.Getenv("CI") == "true":
		tb.Fatalf("%s is not installed: run .ci/packages", name)
	case err != nil:
		tb.Skipf("NOT TESTED: %s is not installed", name)
	}
	return path
}

// DeviceTrees gives the files that a list in the folder of real device trees
// names: dtbs.txt the kernels' own trees, dtbos.txt overlays.
func DeviceTrees(tb testing.TB, list string) []string {
	tb.Helper()
	dir := Need(tb, "ORIGINBOM_DEVICE_TREES", "a folder of real device trees with the file "+list)
	data, err := os.ReadFile(filepath.Join(dir, list))
	if err != nil {
		tb.Fatal(err)
	}
	return strings.Fields(string(data))
}
