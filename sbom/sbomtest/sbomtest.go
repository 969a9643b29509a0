// Package sbomtest judges documents in tests by the official CycloneDX
// schemas. They are read from the module folder of cyclonedx-go, so that
// nothing of theirs is kept here, or from the folder that the environment
// variable ORIGINBOM_SCHEMAS names.
package sbomtest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Validate fails the test if the document is not valid by the schema of the
// spec version, such as 1.7.
func Validate(tb testing.TB, spec string, document []byte) {
	tb.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		tb.Fatal(err)
	}
	if err := Schema(tb, spec).Validate(doc); err != nil {
		tb.Errorf("not valid CycloneDX %s: %v", spec, err)
	}
}

// Schema compiles the schema of a spec version.
func Schema(tb testing.TB, spec string) *jsonschema.Schema {
	tb.Helper()
	dir := folder(tb)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	// The schemas name each other by address; these are the files they mean.
	for name, files := range map[string][]string{
		"bom-" + spec + ".schema.json":  {"bom-" + spec + ".schema.json"},
		"spdx.schema.json":              {"spdx.schema.json"},
		"jsf-0.82.schema.json":          {"jsf-0.82.schema.json", "jsf-0.82.schemax.json"},
		"cryptography-defs.schema.json": {"cryptography-defs.schema.json"},
	} {
		doc := load(tb, dir, files)
		if doc == nil { // not shipped with the library: accept anything in its place
			doc = map[string]any{"definitions": map[string]any{"algorithmFamiliesEnum": true, "ellipticCurvesEnum": true}}
		}
		if err := c.AddResource("http://cyclonedx.org/schema/"+name, doc); err != nil {
			tb.Fatal(err)
		}
	}
	s, err := c.Compile("http://cyclonedx.org/schema/bom-" + spec + ".schema.json")
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func folder(tb testing.TB) string {
	tb.Helper()
	if dir := os.Getenv("ORIGINBOM_SCHEMAS"); dir != "" {
		return dir
	}
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go").Output()
	if err != nil {
		tb.Fatalf("where is cyclonedx-go? %v", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "schema")
}

func load(tb testing.TB, dir string, files []string) any {
	tb.Helper()
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, f))
		if err != nil {
			continue
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			tb.Fatalf("%s: %v", f, err)
		}
		return doc
	}
	return nil
}
