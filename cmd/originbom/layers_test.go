package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/originbom/originbom/"

// layers are the top folders, lowest first: a package may import those of its
// own layer and below.
var layers = []string{"sbom", "provenance", "policy", "cmd"}

// heavy libraries and the one package that may import each. A heavy library
// that two packages import is two places to audit and to replace.
var heavy = map[string]string{
	"github.com/anchore/syft":                    "sbom/software",
	"modernc.org/sqlite":                         "sbom/software",
	"github.com/CycloneDX/cyclonedx-go":          "sbom",
	"github.com/sigstore/cosign":                 "provenance/sign",
	"github.com/sigstore/sigstore-go/pkg/sign":   "provenance/sign",
	"github.com/sigstore/sigstore-go/pkg/verify": "provenance/verify",
	"cel.dev/cel-go":                             "policy",
	"github.com/spf13/cobra":                     "cmd/originbom",
}

// never may not be imported at all: cosign's command packages and its
// Kubernetes-heavy key loader, and legacy verification.
var never = []string{"github.com/sigstore/cosign/v2/cmd", "github.com/sigstore/cosign/v2/pkg/signature", "k8s.io/client-go"}

type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

// TestLayers enforces the direction of imports.
func TestLayers(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	pkgs := list(t)
	if len(pkgs) < 15 {
		t.Fatalf("go list found %d packages of the module", len(pkgs))
	}
	for _, p := range pkgs {
		own := strings.TrimPrefix(p.ImportPath, module)
		layer := layerOf(own)
		if layer < 0 {
			t.Errorf("%s stands in no layer", own)
		}
		for _, imp := range p.Imports {
			if other, ok := strings.CutPrefix(imp, module); ok && layerOf(other) > layer {
				t.Errorf("%s imports %s, which stands above it", own, other)
			}
			for lib, only := range heavy {
				if within(imp, lib) && own != only {
					t.Errorf("%s imports %s, which only %s may", own, imp, only)
				}
			}
		}
		for _, dep := range p.Deps {
			for _, lib := range never {
				if within(dep, lib) {
					t.Errorf("%s draws in %s", own, dep)
				}
			}
		}
	}
}

func within(path, lib string) bool {
	return path == lib || strings.HasPrefix(path, lib+"/")
}

func layerOf(own string) int {
	top, _, _ := strings.Cut(own, "/")
	return slices.Index(layers, top)
}

func list(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", "-json=ImportPath,Imports,Deps", module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var own []pkg
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return own
		} else if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(p.ImportPath, module) {
			own = append(own, p)
		}
	}
}
