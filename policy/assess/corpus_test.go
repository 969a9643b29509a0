package assess_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/originbom/originbom/policy/assess"
	"github.com/originbom/originbom/provenance/registry"
	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/input"
	"github.com/originbom/originbom/sbom/sbomtest"
	"github.com/originbom/originbom/sbom/sbomtest/corpus"
)

// TestRealDeviceTrees makes a BOM of real device trees: valid at 1.7 and 1.6, a
// node for every part, a maker or "unknown", no stage of manufacture, no part
// twice. ORIGINBOM_DEVICE_TREES names the folder whose dtbs.txt lists them;
// every sixteenth is taken, all with ORIGINBOM_ALL_TREES=1.
func TestRealDeviceTrees(t *testing.T) {
	reg, err := registry.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	specs := map[string]*jsonschema.Schema{sbom.Spec17: sbomtest.Schema(t, "1.7"), sbom.Spec16: sbomtest.Schema(t, "1.6")}
	step := 16
	if os.Getenv("ORIGINBOM_ALL_TREES") != "" {
		step = 1
	}
	count := 0
	for i, file := range corpus.DeviceTrees(t, "dtbs.txt") {
		if i%step != 0 {
			continue
		}
		count++
		checkTree(t, file, reg, specs)
	}
	t.Logf("%d device trees", count)
}

func checkTree(t *testing.T, file string, reg *registry.Registry, specs map[string]*jsonschema.Schema) {
	t.Helper()
	name := filepath.Base(file)
	src := []assess.Source{{Name: name, Path: name, Options: input.Options{}}}
	g := assess.Generation{Registry: reg, AsOf: day, Built: day, Tool: "test"}
	doc, err := assess.Generate(context.Background(), os.DirFS(filepath.Dir(file)), src, g, nil, sbom.Contact{})
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	for spec, schema := range specs {
		data, err := sbom.Encode(doc, spec)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s is not valid CycloneDX %s: %v", name, spec, err)
		}
	}
	places := map[string]string{}
	doc.Walk(func(c *sbom.Component, _ []string) {
		if len(c.Found) == 0 || c.Found[0].Place == "" {
			t.Errorf("%s: %s stands in no node", name, c.Name)
		}
		if slices.ContainsFunc(c.Facts, func(f sbom.Fact) bool { return sbom.IsStage(f.Name) }) {
			t.Errorf("%s: %s has a stage of manufacture", name, c.Name)
		}
		if c.Unidentified {
			return
		}
		key := c.Found[0].Place + " " + string(c.Category)
		if other, ok := places[key]; ok {
			t.Errorf("%s: %s and %s are one node", name, other, c.Name)
		}
		places[key] = c.Name
	})
}
