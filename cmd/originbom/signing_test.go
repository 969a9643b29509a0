package main

import (
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/originbom/originbom/provenance/sign/signtest"
)

// signingCommands are what scripts about signing need.
func signingCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"services": startServices, "registry": startRegistry, "full": fullDisk, "offline": offline, "remember": remember,
	}
}

// signingCondition reports whether this machine can do what a script needs:
// root is to mount and to leave the network.
func signingCondition(cond string) (bool, bool) {
	if cond != "root" {
		return false, false
	}
	if os.Geteuid() != 0 {
		return false, true
	}
	return exec.Command("unshare", "-n", "-m", "true").Run() == nil, true
}

// services starts a certificate and a timestamp authority. It writes
// signing_config.json and trusted_root.json and sets $SERVICES, $ISSUER and
// $TOKEN, a token of bom@maker.example. services gone starts and ends them.
func startServices(ts *testscript.TestScript, _ bool, args []string) {
	s, err := signtest.Start()
	ts.Check(err)
	if len(args) > 0 {
		s.Close()
	} else {
		ts.Defer(s.Close)
	}
	ts.Check(os.WriteFile(ts.MkAbs("signing_config.json"), s.SigningConfig, 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("trusted_root.json"), s.TrustedRoot, 0o600))
	ts.Setenv("SERVICES", s.URL)
	ts.Setenv("ISSUER", signtest.Issuer)
	ts.Setenv("TOKEN", signtest.Token("bom@maker.example"))
}

// registry starts an OCI registry and sets $REGISTRY to its host.
func startRegistry(ts *testscript.TestScript, _ bool, _ []string) {
	s := httptest.NewServer(registry.New(registry.WithReferrersSupport(true), registry.Logger(log.New(io.Discard, "", 0))))
	ts.Defer(s.Close)
	ts.Setenv("REGISTRY", strings.TrimPrefix(s.URL, "http://"))
}

// full DIR mounts a disk that is full.
func fullDisk(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o755))
	ts.Check(syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=16k"))
	ts.Defer(func() { _ = syscall.Unmount(dir, 0) })
	f, err := os.Create(filepath.Join(dir, "ballast"))
	ts.Check(err)
	defer f.Close()
	for {
		if _, err := f.Write(make([]byte, 512)); err != nil {
			return
		}
	}
}

// offline STATUS COMMAND... runs a command in a network namespace that has no
// interface, not even the loopback one.
func offline(ts *testscript.TestScript, neg bool, args []string) {
	exits(ts, neg, append([]string{args[0], "unshare", "-n"}, args[1:]...))
}

// remember NAME sets a variable to what the last command printed.
func remember(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}
