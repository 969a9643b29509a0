package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/originbom/originbom/provenance/sign"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"originbom-verify": main})
}

// TestScripts runs testdata/script. Its commands keygen, sign and flip make the
// files that a script cannot hold.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"keygen": keygen, "sign": signFile, "flip": flip, "exits": exits,
		},
		RequireExplicitExec: true,
	})
}

// keygen NAME writes NAME.key and NAME.pub.
func keygen(ts *testscript.TestScript, _ bool, args []string) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	der, err := x509.MarshalPKCS8PrivateKey(k)
	ts.Check(err)
	private := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	key, err := sign.LoadKey(args[0], private, nil)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".key"), private, 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".pub"), key.PublicPEM(), 0o600))
}

// sign KEY BOM writes BOM.sigstore.json.
func signFile(ts *testscript.TestScript, _ bool, args []string) {
	key, err := sign.LoadKey(args[0], []byte(ts.ReadFile(args[0])), nil)
	ts.Check(err)
	b, err := sign.Bundle(context.Background(), args[1], []byte(ts.ReadFile(args[1])), key)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]+".sigstore.json"), b, 0o600))
}

// flip FILE OLD NEW replaces the first OLD.
func flip(ts *testscript.TestScript, _ bool, args []string) {
	old := ts.ReadFile(args[0])
	changed := strings.Replace(old, args[1], args[2], 1)
	if changed == old {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(changed), 0o600))
}

// exits STATUS COMMAND... runs a command and wants this exit status.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if e, ok := err.(*exec.ExitError); ok {
		got = map[int]string{1: "1", 2: "2", 3: "3"}[e.ExitCode()]
	} else {
		ts.Check(err)
	}
	if got != args[0] {
		ts.Fatalf("exit status %s, want %s", got, args[0])
	}
}

// TestImports keeps the program small enough to audit.
func TestImports(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	out, err := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}} {{.ImportPath}}", ".").Output()
	if err != nil {
		t.Skipf("NOT CHECKED: go list: %v", err)
	}
	const mostModules = 72 // sigstore-go's verifier alone brings 67
	modules := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) != 2 {
			continue // the standard library
		}
		modules[f[0]] = true
		for _, no := range []string{
			"github.com/sigstore/cosign", "github.com/anchore/", "github.com/CycloneDX/", "github.com/spf13/cobra",
			"github.com/sigstore/sigstore-go/pkg/sign", "modernc.org/",
		} {
			if strings.HasPrefix(f[1], no) {
				t.Errorf("imports %s", f[1])
			}
		}
		if own, ok := strings.CutPrefix(f[1], "github.com/originbom/originbom/"); ok {
			switch own {
			case "cmd/originbom-verify", "cmd/internal/ask", "provenance/verify", "sbom/strictjson", "sbom/visible":
			default:
				t.Errorf("imports %s", own)
			}
		}
	}
	if len(modules) > mostModules {
		t.Errorf("draws on %d modules, more than %d", len(modules), mostModules)
	}
}
