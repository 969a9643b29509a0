package software

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/mozilla"
)

// Names of the trust facts of a Linux root, after [sbom.FirmwareFact]. Those of
// Android have the same names where they mean the same.
const (
	FactSetuid      = "setuid-binary"          // one each, the path of a file that runs as its owner
	FactRoots       = "root-certificates"      // count of those in the bundle that programs trust
	FactExtraRoot   = "extra-root-certificate" // one each, the SHA-256 of one that Mozilla does not know
	FactInitService = "init-service"           // one each that starts with the system and runs as root: name, user
)

// Limits.
const (
	maxBundle  = 16 << 20 // bytes of certificates; Mozilla's have 220 KiB
	maxRoots   = 5000     // of a bundle; Mozilla has some 150
	maxUnit    = 1 << 20  // bytes of a service's unit
	maxEnabled = 10_000   // services that are started
)

// bundles are where programs look for root certificates: Debian, Alpine and Arch,
// Fedora, OpenSSL's own place.
var bundles = []string{"etc/ssl/certs/ca-certificates.crt", "etc/pki/tls/certs/ca-bundle.crt", "etc/ssl/cert.pem"}

// A shown is a fact with its evidence.
type shown struct{ fact, value, place, says string }

// linuxFacts tells of a Linux root what runs with more rights than its user has,
// and whom its programs trust. A root that was unpacked without the right to may
// have lost the bits of setuid.
func (r *root) linuxFacts() []shown {
	var out []shown
	slices.Sort(r.setuid)
	for _, p := range r.setuid {
		out = append(out, shown{FactSetuid, "/" + p, p, "the mode has the bit of setuid: it runs with the rights of its owner"})
	}
	out = append(out, r.rootCertificates()...)
	return append(out, r.services()...)
}

// rootCertificates reads the first bundle that is there.
func (r *root) rootCertificates() []shown {
	for _, p := range bundles {
		data, real, ok := r.small(p, maxBundle)
		if !ok {
			continue
		}
		known := mozilla.Roots()
		n := 0
		var extra []shown
		for n <= maxRoots {
			var b *pem.Block
			if b, data = pem.Decode(data); b == nil {
				break
			}
			if b.Type != "CERTIFICATE" && b.Type != "TRUSTED CERTIFICATE" {
				continue
			}
			n++
			sum := sha256.Sum256(b.Bytes)
			if digest := hex.EncodeToString(sum[:]); !known[digest] {
				extra = append(extra, shown{FactExtraRoot, digest, real, "a root certificate that is in no edition of Mozilla's list that is compared with (" + mozilla.Editions + ")"})
			}
		}
		if n > maxRoots {
			r.note(real, fmt.Sprintf("more than %d root certificates: they are not told", maxRoots), "")
			return nil
		}
		return append(extra, shown{FactRoots, strconv.Itoa(n), real, fmt.Sprintf("%d certificates", n)})
	}
	return nil
}

// services tells which start with the system and run as root: units of systemd
// that are wanted by a target, and services of OpenRC in a runlevel.
func (r *root) services() []shown {
	var out []shown
	told := map[string]bool{}
	for _, p := range sortedKeys(r.links) {
		dir, name := path.Dir(p), path.Base(p)
		wanted := strings.HasSuffix(dir, ".target.wants") && strings.HasSuffix(name, ".service") && strings.Contains(dir, "systemd/system")
		runlevel := path.Dir(dir) == "etc/runlevels"
		if !wanted && !runlevel || told[name] {
			continue
		}
		if len(told) == maxEnabled {
			r.note(p, fmt.Sprintf("more than %d services run as root: the others are not told", maxEnabled), "")
			break
		}
		data, real, ok := r.small(p, maxUnit)
		if !ok {
			continue
		}
		user := unitUser(data)
		if runlevel {
			user = openRCUser(data)
		}
		if user == "root" || user == "0" {
			told[name] = true
			out = append(out, shown{FactInitService, strings.TrimSuffix(name, ".service") + ", root", real, "started by " + dir + ", with no other user"})
		}
	}
	return out
}

// unitUser is the user that a service of systemd runs as (systemd.exec): root if
// none is told.
func unitUser(data []byte) string {
	user, section := "root", ""
	for line := range bytes.Lines(data) {
		text := strings.TrimSpace(string(line))
		if strings.HasPrefix(text, "[") {
			section = text
		}
		key, value, ok := strings.Cut(text, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		switch {
		case !ok || section != "[Service]":
		case key == "User" && value != "":
			user = value
		case key == "DynamicUser" && slices.Contains([]string{"yes", "true", "1", "on"}, value):
			user = "dynamic"
		}
	}
	return user
}

// openRCUser is the user that a service of OpenRC runs as (openrc-run).
func openRCUser(data []byte) string {
	for line := range bytes.Lines(data) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(string(line)), "command_user="); ok {
			user, _, _ := strings.Cut(strings.Trim(v, `"'`), ":")
			return user
		}
	}
	return "root"
}

// small reads a file of the root whole, by a path that may lead through links. It
// is not ok if it is not there; over the limit is a note.
func (r *root) small(p string, limit int64) (data []byte, real string, ok bool) {
	real, err := r.resolve(p)
	if err != nil {
		return nil, "", false
	}
	e, found := r.regular(real)
	if !found {
		return nil, "", false
	}
	if e.size > limit {
		r.note(real, fmt.Sprintf("larger than %d bytes: what it says is missing", limit), "")
		return nil, "", false
	}
	c, err := r.open(real)
	if err != nil {
		return nil, "", false // noted by open
	}
	defer c.Close()
	if data, err = io.ReadAll(io.LimitReader(c, limit)); err != nil {
		r.cannotRead(real, err)
		return nil, "", false
	}
	return data, real, true
}

// asFacts gives what is shown as properties and evidence.
func asFacts(list []shown) (ps []sbom.Property, found []sbom.Evidence) {
	for _, s := range list {
		value := clip(printed(s.value), maxSays)
		ps = append(ps, sbom.Property{Name: sbom.FirmwareFact + s.fact, Value: value})
		found = append(found, sbom.Evidence{Place: s.place, Method: sbom.MethodImage, Says: clip(s.says, maxSays), Note: s.fact + " " + value})
	}
	return ps, found
}
