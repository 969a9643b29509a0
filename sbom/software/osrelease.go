package software

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/originbom/originbom/sbom"
)

// osReleases are the places of os-release(5), in the order in which it is read.
var osReleases = []string{"etc/os-release", "usr/lib/os-release"}

// maxOSRelease bounds the file. Real ones are below 2 KiB.
const maxOSRelease = 64 << 10

// operatingSystem is the operating system that os-release names. There is none
// without that file. We read it ourselves: syft writes Debian's point release
// over the version, which the file does not say.
func (r *root) operatingSystem() (sbom.Component, bool) {
	place, vars, err := r.osRelease()
	if err != nil {
		r.note(place, "the operating system's name could not be read: "+plainError(err).Error(), "")
		return sbom.Component{}, false
	}
	if place == "" {
		return sbom.Component{}, false
	}
	says := "os-release:"
	for _, key := range []string{"NAME", "VERSION_ID", "PRETTY_NAME"} {
		if v, ok := vars[key]; ok {
			says += fmt.Sprintf(" %s=%s", key, v)
		}
	}
	// os-release(5): NAME and ID have defaults, of which we make no use.
	return sbom.Component{
		Kind:    sbom.OperatingSystem,
		Name:    clip(cmp.Or(vars["NAME"], vars["PRETTY_NAME"], vars["ID"], sbom.Unknown), maxSays),
		Version: clip(cmp.Or(vars["VERSION_ID"], vars["VERSION"], vars["BUILD_ID"]), maxSays),
		Found:   []sbom.Evidence{{Place: place, Method: sbom.MethodImage, Says: clip(says, maxSays)}},
	}, true
}

// osRelease reads the first os-release that there is; place is "" without one.
func (r *root) osRelease() (place string, vars map[string]string, err error) {
	for _, p := range osReleases {
		real, err := r.resolve(p)
		if err != nil {
			continue // a loop, noted
		}
		if _, ok := r.regular(real); !ok {
			continue
		}
		if r.pointer(real) {
			return real, nil, errLFS
		}
		f, err := r.open(real)
		if err != nil {
			return real, nil, err
		}
		defer f.Close()
		vars, err := parseOSRelease(f)
		return real, vars, err
	}
	return "", nil, nil
}

// parseOSRelease reads the assignments of os-release(5): KEY=value on a line of
// its own, the value bare or in single or double quotes with the shell's
// escapes. Lines that are no assignment are passed over, as the page asks; of a
// key that stands twice the last counts, as for a shell.
func parseOSRelease(r io.Reader) (map[string]string, error) {
	vars := map[string]string{}
	s := bufio.NewScanner(&capped{r: r, left: maxOSRelease})
	for s.Scan() {
		key, value, ok := strings.Cut(strings.TrimSpace(s.Text()), "=")
		if !ok || !isVariable(key) {
			continue
		}
		if value, ok = unquote(value); ok {
			vars[key] = value
		}
	}
	if errors.Is(s.Err(), errExpanded) {
		return nil, fmt.Errorf("larger than %d bytes", maxOSRelease)
	}
	return vars, s.Err()
}

func isVariable(s string) bool {
	for i, c := range []byte(s) {
		letter := c == '_' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// unquote reads one shell word.
func unquote(s string) (string, bool) {
	quote := byte(0)
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		quote, s = s[0], s[1:]
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0 && c == quote:
			return strings.ToValidUTF8(b.String(), "\uFFFD"), strings.TrimSpace(s[i+1:]) == ""
		case c == '\\' && quote != '\'' && i+1 < len(s):
			if i++; quote == '"' && !strings.ContainsRune("\"\\$`", rune(s[i])) {
				b.WriteByte('\\')
			}
			b.WriteByte(s[i])
		case quote == 0 && (c == ' ' || c == '\t' || c == '"' || c == '\''):
			return "", false // more than one word
		case c < ' ' || c == 0x7f:
			return "", false
		default:
			b.WriteByte(c)
		}
	}
	return strings.ToValidUTF8(b.String(), "\uFFFD"), quote == 0
}

// unseen are the properties under which policies look for what was not seen.
func (r *root) unseen() []sbom.Property {
	var out []sbom.Property
	if n := len(r.lfs); n > 0 {
		out = append(out, sbom.Property{Name: "originbom:firmware:lfs-pointers", Value: strconv.Itoa(n)})
	}
	if n := len(r.unreadable); n > 0 {
		out = append(out, sbom.Property{Name: "originbom:firmware:unreadable-files", Value: strconv.Itoa(n)})
	}
	return out
}
