package packs

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/originbom/originbom/policy"
)

const schemaFile = "../pack.schema.json"

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// asJSON gives a YAML file as the editor's schema sees it: dates are text.
func asJSON(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return texts(v)
}

func texts(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = texts(v[k])
		}
	case []any:
		for i := range v {
			v[i] = texts(v[i])
		}
	case time.Time:
		return v.Format(time.DateOnly)
	case int:
		return json.Number(jsonNumber(v))
	}
	return v
}

func jsonNumber(n int) string {
	b, err := json.Marshal(n)
	if err != nil {
		return "0"
	}
	return string(b)
}

// Every embedded pack, and every example, is valid by the schema that editors
// complete packs with.
func TestSchema(t *testing.T) {
	s := schema(t)
	for _, id := range Names() {
		data, err := Source(id)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(asJSON(t, data)); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	if dir := os.Getenv("ORIGINBOM_EXAMPLES"); dir != "" {
		for _, name := range []string{"policy.yaml", "policy-more.yaml"} {
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(asJSON(t, data)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// The schema refuses what the loader refuses.
func TestSchemaRefuses(t *testing.T) {
	s := schema(t)
	for name, text := range map[string]string{
		"a missing on-weak": "id: x\nrules: [{id: A, on-unknown: fail, on-conflict: fail, require: {stage: manufactured}}]",
		"an unknown key":    "id: x\nrules: [{id: A, on-unknown: fail, on-weak: fail, on-conflict: fail, requires: {}, require: {stage: manufactured}}]",
		"both":              "id: x\nrules: [{id: A, on-unknown: fail, on-weak: fail, on-conflict: fail, deny: {stage: manufactured}, require: {stage: manufactured}}]",
		"no rules":          "id: x\nrules: []",
	} {
		if s.Validate(asJSON(t, []byte(text))) == nil {
			t.Errorf("%s: the schema accepts it", name)
		}
		if _, err := policy.ParsePack("x.yaml", []byte(text), nil); err == nil {
			t.Errorf("%s: the loader accepts it", name)
		}
	}
}

// Every key that the loader knows stands in the schema.
func TestSchemaIsWhole(t *testing.T) {
	data, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice || typ.Kind() == reflect.Map {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || seen[typ] || typ == reflect.TypeFor[policy.Expectation]() {
			return
		}
		seen[typ] = true
		for i := range typ.NumField() {
			f := typ.Field(i)
			key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			if !f.IsExported() || key == "-" {
				continue
			}
			if key != "" && !strings.Contains(string(data), `"`+key+`": {`) {
				t.Errorf("%s.%s: the schema has no key %q", typ, f.Name, key)
			}
			walk(f.Type)
		}
	}
	walk(reflect.TypeFor[policy.Pack]())
}
