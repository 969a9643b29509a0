package software

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/anchore/syft/syft/file"

	"github.com/originbom/originbom/sbom"
)

// maxNamed is how many files one note names. The rest is counted: thousands of
// pointer files have one cause.
const maxNamed = 5

func (r *root) note(place, text, remedy string) {
	r.notes = append(r.notes, sbom.Note{File: r.name, Place: printed(place), Text: printed(text), Remedy: remedy})
}

// allNotes gives what was noted, with one note for every kind of trouble that
// files gave, in an order that depends on the text alone.
func (r *root) allNotes() []sbom.Note {
	var unread []string
	for _, p := range sortedKeys(r.unreadable) {
		unread = append(unread, p+" ("+r.unreadable[p]+")")
	}
	r.count(unread, "could not be read, so that what they hold is missing here", "make them readable and read the folder again")
	r.count(r.lfs, "are Git LFS pointers, not the files themselves", "fetch them with git lfs pull")
	r.count(r.noModule, "have a module's name and could not be read as modules", "")
	r.count(r.misplaced, "are modules in the folder of another kernel release, whose kernel does not load them", "")
	r.count(r.loops, "are links in a circle", "")
	r.count(r.clamped, "are links that lead above the root; they were read as chroot does, inside the root", "")
	slices.SortStableFunc(r.notes, func(a, b sbom.Note) int {
		return cmp.Or(strings.Compare(a.Place, b.Place), strings.Compare(a.Text, b.Text))
	})
	return r.notes
}

// count notes how many paths there are of a kind, naming the first.
func (r *root) count(paths []string, are, remedy string) {
	if len(paths) == 0 {
		return
	}
	names := strings.Join(paths[:min(len(paths), maxNamed)], ", ")
	if more := len(paths) - maxNamed; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	r.note("", fmt.Sprintf("%d files %s: %s", len(paths), are, names), remedy)
}

// temporary matches the names of syft's temporary files, which differ in every
// run.
var temporary = regexp.MustCompile(`\S*syft-cataloger\S*`)

// noteUnparsed notes the files that syft's catalogers wanted to read and did not
// understand.
func (r *root) noteUnparsed(unknowns map[file.Coordinates][]string) {
	for at, reasons := range unknowns {
		p := strings.TrimPrefix(at.RealPath, "/")
		if _, ok := r.unreadable[p]; ok {
			continue
		}
		for _, reason := range reasons {
			text := temporary.ReplaceAllString(strings.Join(strings.Fields(reason), " "), "a temporary file")
			r.note(p, "not understood: "+clip(text, maxSays), "")
		}
	}
}
