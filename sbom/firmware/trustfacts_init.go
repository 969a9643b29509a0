package firmware

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/originbom/originbom/sbom/internal/sepolicy"
)

// isInit reports whether Android's init reads the file (AOSP, system/core/init,
// README): etc/init and below, and init*.rc at the top and in a ramdisk.
func isInit(rest string) bool {
	if path.Ext(rest) != ".rc" {
		return false
	}
	return strings.HasPrefix(rest, "etc/init/") || !strings.Contains(rest, "/") && strings.HasPrefix(rest, "init")
}

// An initService is one service of init's language.
type initService struct {
	name, user, label string
	line              int
	sockets           []initSocket
}

type initSocket struct {
	name string
	mode uint64
	line int
}

// parseInit reads the services of an rc file (AOSP, system/core/init, README,
// "Services"). Lines that end in a backslash go on; what is no service is passed
// over. A service that names no user runs as root.
func parseInit(data []byte) []initService {
	var out []initService
	var open *initService
	line := 0
	joined := ""
	for text := range strings.Lines(string(data)) {
		line++
		text = strings.TrimSpace(text)
		if before, ok := strings.CutSuffix(text, `\`); ok {
			joined += before + " "
			continue
		}
		text, joined = joined+text, ""
		words := strings.Fields(text)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		switch words[0] {
		case "service":
			open = nil
			if len(words) >= 3 {
				out = append(out, initService{name: words[1], user: "root", line: line})
				open = &out[len(out)-1]
			}
		case "on", "import":
			open = nil
		default:
			open.option(words, line)
		}
	}
	return out
}

// option takes one option of a service; of none if s is nil.
func (s *initService) option(words []string, line int) {
	if s == nil || len(words) < 2 {
		return
	}
	switch words[0] {
	case "user":
		s.user = words[1]
	case "seclabel":
		s.label = words[1]
	case "socket":
		if len(words) < 4 {
			return
		}
		if mode, err := strconv.ParseUint(words[3], 8, 16); err == nil {
			s.sockets = append(s.sockets, initSocket{words[1], mode, line})
		}
	}
}

// initFile tells the services that run as root or under a label of su, and
// sockets that every process may write to as far as modes go.
func (t *trustReader) initFile(place string, data []byte) {
	for _, s := range parseInit(data) {
		if s.user == "root" || s.user == "0" || isSuLabel(s.label) {
			value := s.name + ", " + s.user
			if s.label != "" {
				value += ", " + s.label
			}
			t.fact(FactInitService, value, place, fmt.Sprintf("line %d: service %s, user %s, seclabel %s", s.line, s.name, s.user, s.label))
		}
		for _, k := range s.sockets {
			if k.mode&0o002 != 0 {
				t.fact(FactInitSocket, fmt.Sprintf("%s, %s, %o", s.name, k.name, k.mode), place, fmt.Sprintf("line %d: socket %s of service %s, mode %o", k.line, k.name, s.name, k.mode))
			}
		}
	}
}

// isSuLabel reports whether an SELinux label is of the domain su, which no build
// for users has.
func isSuLabel(label string) bool {
	parts := strings.Split(label, ":")
	return len(parts) >= 3 && parts[2] == "su"
}

// commandLine tells what a kernel's command line says of SELinux.
func (t *trustReader) commandLine(line, place string) {
	for _, w := range strings.Fields(line) {
		if w == "androidboot.selinux=permissive" || w == "enforcing=0" || w == "selinux=0" {
			t.fact(FactSELinux, "command line", place, "kernel command line: "+w)
		}
	}
}

// cil tells the domains that a policy in text makes permissive
// (SELinux Common Intermediate Language, typepermissive).
func (t *trustReader) cil(place string, data []byte) {
	n := 0
	for text := range strings.Lines(string(data)) {
		n++
		rest, ok := strings.CutPrefix(strings.TrimSpace(text), "(typepermissive ")
		if domain, end, found := strings.Cut(rest, ")"); ok && found && strings.TrimSpace(end) == "" {
			t.fact(FactSELinux, strings.TrimSpace(domain), place, fmt.Sprintf("line %d: %s", n, strings.TrimSpace(text)))
		}
	}
}

// isPolicy reports whether the file is a compiled policy: the one that a phone's
// vendor compiled ahead, that of phones before Android 8 at the root, or that of a
// recovery's ramdisk.
func isPolicy(rest string) bool {
	return rest == "etc/selinux/precompiled_sepolicy" || rest == "sepolicy" || rest == "root/sepolicy"
}

// policy tells the domains that a compiled policy makes permissive.
func (t *trustReader) policy(place string, data []byte) {
	p, err := sepolicy.Parse(data)
	if err != nil {
		t.note(place, "its permissive domains are not known: "+err.Error(), "")
		t.unreadable = append(t.unreadable, place)
		return
	}
	for _, domain := range p.Permissive {
		t.fact(FactSELinux, domain, place, fmt.Sprintf("compiled policy of version %d: %s is permissive", p.Version, domain))
	}
}
