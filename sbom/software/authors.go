package software

import (
	"slices"
	"strings"

	"github.com/anchore/syft/syft/pkg"

	"github.com/originbom/originbom/sbom"
)

// maxAuthors bounds the authors of one component. The kernel's largest drivers
// name about twenty.
const maxAuthors = 64

// authors are those who maintain the package, as its database says.
func authors(p pkg.Package) []sbom.Contact {
	switch m := p.Metadata.(type) {
	case pkg.DpkgDBEntry:
		return contacts(m.Maintainer)
	case pkg.ApkDBEntry:
		return contacts(m.Maintainer)
	case pkg.PythonPackage:
		if strings.Contains(m.AuthorEmail, "<") { // "Name <mail>, Name <mail>"
			return contacts(m.Author, m.AuthorEmail)
		}
		if c := (sbom.Contact{Name: clip(m.Author, maxSays), Email: clip(m.AuthorEmail, maxSays)}); c != (sbom.Contact{}) {
			return []sbom.Contact{c}
		}
	}
	return nil
}

// contacts reads "Name <mail>" and lists of them, sorted, each once.
func contacts(texts ...string) []sbom.Contact {
	var out []sbom.Contact
	for _, text := range texts {
		for text = strings.TrimSpace(text); text != ""; {
			var c sbom.Contact
			c, text = contact(text)
			if c != (sbom.Contact{}) && len(out) < maxAuthors {
				out = append(out, c)
			}
		}
	}
	slices.SortFunc(out, compareContacts)
	return slices.Compact(out)
}

func compareContacts(a, b sbom.Contact) int {
	if c := strings.Compare(a.Name, b.Name); c != 0 {
		return c
	}
	return strings.Compare(a.Email, b.Email)
}

// contact reads one "Name <mail>" and gives what follows it. A text without
// angle brackets is a name as a whole: commas belong to names ("Example, Inc.").
func contact(text string) (c sbom.Contact, rest string) {
	name, after, ok := strings.Cut(text, "<")
	mail, after, closed := strings.Cut(after, ">")
	if !ok || !closed {
		return sbom.Contact{Name: tidy(text)}, ""
	}
	rest = strings.TrimLeft(after, " ,;")
	return sbom.Contact{Name: tidy(name), Email: tidy(mail)}, rest
}

func tidy(s string) string {
	s = strings.ToValidUTF8(strings.Join(strings.Fields(s), " "), "\uFFFD")
	return clip(strings.Trim(s, `"' `), maxSays)
}
