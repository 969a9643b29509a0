package elfharden

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/originbom/originbom/sbom/sbomtest/corpus"
)

// What readelf shows of each program and shared object of a real phone root says
// the same as this package, file by file.
func TestAsReadelf(t *testing.T) {
	dir := corpus.Need(t, "ORIGINBOM_PHONE_ROOT", "the root folder of a Linux phone")
	readelf := corpus.Tool(t, "readelf")
	if testing.Short() {
		t.Skip("NOT TESTED: runs readelf on a thousand files")
	}
	got := map[string]*Report{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		f, err := os.Open(p)
		if err != nil {
			return err
		}
		defer f.Close()
		r, err := Read(f)
		if err == nil {
			got[p] = r
		} else if !errors.Is(err, ErrNotHere) {
			t.Errorf("%s: %v", p, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	var files []string
	for p := range got {
		files = append(files, p)
	}
	slices.Sort(files)
	for part := range slices.Chunk(files, 200) {
		// The first once more: of one file alone readelf does not say the name.
		out, err := exec.Command(readelf, slices.Concat([]string{"-W", "-h", "-l", "-d", "--dyn-syms", part[0]}, part)...).Output()
		if err != nil {
			t.Fatalf("readelf: %v", err)
		}
		for _, one := range strings.Split("\n"+string(out), "\nFile: ")[1:] {
			name, text, _ := strings.Cut(one, "\n")
			want[name] = shown(text)
		}
	}
	counts := map[string]int{}
	for _, p := range files {
		if got[p].String() != want[p] {
			t.Errorf("%s: got %s, readelf shows %s", p, got[p], want[p])
		}
		for _, w := range strings.Fields(got[p].String()) {
			counts[w]++
		}
	}
	t.Logf("%d files: %v", len(files), counts)
	if len(files) == 0 {
		t.Error("the root has no ELF files")
	}
}

var (
	stack   = regexp.MustCompile(`(?m)^ *GNU_STACK .* (R?W?E?) +0x`)
	runpath = regexp.MustCompile(`Library (?:rpath|runpath): \[(.*)\]`)
	symbol  = regexp.MustCompile(`(?m)^ *\d+: [0-9a-f]+ +\S+ \S+ +\S+ +\S+ +(\S+) ([^@\s]+)`)
)

// shown reads readelf's output in the plainest way there is, as checksec does.
func shown(text string) string {
	r := Report{RELRO: NoRELRO, NX: Unknown, Canary: Unknown, PIE: None, Fortify: Unknown}
	if m := stack.FindStringSubmatch(text); m != nil {
		if r.NX = Yes; strings.Contains(m[1], "E") {
			r.NX = No
		}
	}
	if strings.Contains(text, "GNU_RELRO") {
		r.RELRO = PartialRELRO
		if strings.Contains(text, "BIND_NOW") || strings.Contains(text, "Flags: NOW") {
			r.RELRO = FullRELRO
		}
	}
	switch {
	case strings.Contains(text, "EXEC (Executable file)"):
		r.PIE = No
	case strings.Contains(text, "INTERP") || strings.Contains(text, "Flags: NOW PIE") || strings.Contains(text, "Flags: PIE"):
		r.PIE = Yes
	}
	for _, m := range runpath.FindAllStringSubmatch(text, -1) {
		r.RunPath = append(r.RunPath, m[1])
	}
	if strings.Contains(text, "There is no dynamic section") {
		return r.String()
	}
	r.Canary, r.Fortify = No, None
	for _, m := range symbol.FindAllStringSubmatch(text, -1) {
		switch {
		case strings.HasPrefix(m[2], "__stack_chk_"):
			r.Canary = Yes
		case m[1] != "UND":
		case strings.HasPrefix(m[2], "__") && strings.HasSuffix(m[2], "_chk"):
			r.Fortify = Yes
		case r.Fortify == None && slices.Contains(fortifiable, m[2]):
			r.Fortify = No
		}
	}
	return r.String()
}
