package software

import (
	"encoding/pem"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/modsig/modsigtest"
)

// What a Linux root shows of rights and trust stands on its operating system; of
// a partition without one nothing is told.
func TestLinuxFacts(t *testing.T) {
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: modsigtest.New(t, "TEST root", 1).Certificate.Raw})
	unit := func(s string) *fstest.MapFile { return text("[Unit]\nUser=no\n[Service]\nExecStart=/bin/x\n" + s) }
	files := fstest.MapFS{
		"etc/os-release":                    text("ID=example\nNAME=Example\n"),
		"usr/bin/sudo":                      {Data: []byte("x"), Mode: 0o755 | fs.ModeSetuid},
		"usr/bin/wall":                      {Data: []byte("x"), Mode: 0o755 | fs.ModeSetgid},
		"etc/ssl/certs/ca-certificates.crt": link("/usr/bundle.pem"),
		"usr/bundle.pem":                    {Data: append(append([]byte("# roots\n"), cert...), "-----BEGIN X-----\nAA==\n-----END X-----\n"...)},

		"usr/lib/systemd/system/a.service":                     unit(""),
		"usr/lib/systemd/system/b.service":                     unit("User=b\n"),
		"usr/lib/systemd/system/c.service":                     unit("DynamicUser=yes\n"),
		"usr/lib/systemd/system/d.service":                     unit("# nobody starts it\n"),
		"etc/systemd/system/multi-user.target.wants/a.service": link("/usr/lib/systemd/system/a.service"),
		"etc/systemd/system/multi-user.target.wants/b.service": link("/usr/lib/systemd/system/b.service"),
		"etc/systemd/system/multi-user.target.wants/c.service": link("/usr/lib/systemd/system/c.service"),
		"etc/systemd/system/multi-user.target.wants/e.service": link("/usr/lib/systemd/system/none.service"),
		"etc/init.d/r":         text("#!/sbin/openrc-run\ncommand=/bin/r\n"),
		"etc/init.d/u":         text("#!/sbin/openrc-run\ncommand_user=\"u:u\"\n"),
		"etc/runlevels/boot/r": link("/etc/init.d/r"),
		"etc/runlevels/boot/u": link("/etc/init.d/u"),
	}
	facts := func(r sbom.Reading) []string {
		var out []string
		for _, c := range r.Components {
			for _, p := range c.Properties {
				if name, ok := strings.CutPrefix(p.Name, sbom.FirmwareFact); ok {
					out = append(out, name+" "+p.Value)
				}
			}
		}
		return out
	}
	got := facts(mustCatalog(t, files))
	if len(got) == 0 || !strings.HasPrefix(got[0], FactExtraRoot+" ") {
		t.Fatalf("got %q", got)
	}
	if want := []string{"init-service a, root", "init-service r, root", "root-certificates 1", "setuid-binary /usr/bin/sudo"}; !slices.Equal(got[1:], want) {
		t.Errorf("got %q, want %q", got[1:], want)
	}
	delete(files, "etc/os-release")
	if got := facts(mustCatalog(t, files)); len(got) != 0 {
		t.Errorf("no system: got %q", got)
	}
}
