package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/originbom/originbom/policy/assess"
	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/hardware"
)

// namedFile is a file that a page shows: its name in bold, then the text.
var namedFile = regexp.MustCompile("(?s)\n\\*\\*([a-z./-]+)\\*\\*\n\n```[a-z]*\n(.*?)```\n")

// The page about the handset file is true: its files, written out, give what it
// says that the program prints.
func TestHandsetPage(t *testing.T) {
	text := readPage(t, "handset.md")
	t.Chdir(t.TempDir())
	if err := os.Mkdir("claims", 0o755); err != nil {
		t.Fatal(err)
	}
	files := namedFile.FindAllStringSubmatch(text, -1)
	if len(files) < 6 {
		t.Errorf("the page shows %d files, want 6", len(files))
	}
	for _, f := range files {
		if err := os.MkdirAll(filepath.Dir(f[1]), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f[1], []byte(f[2]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i, block := range strings.Split(text, "```console\n") {
		block, _, _ = strings.Cut(block, "```")
		command, want, _ := strings.Cut(block, "\n")
		args, ok := programArgs(command)
		if i == 0 || !ok {
			continue
		}
		var out, notes bytes.Buffer
		if status := run(context.Background(), args, strings.NewReader(""), &out, &notes); status != 0 {
			t.Errorf("%s: status %d\n%s", command, status, notes.String())
		}
		printed := strings.Split(strings.TrimSpace(out.String()), "\n")
		if missing := elided(strings.Split(strings.TrimSpace(want), "\n"), printed); missing != "" {
			t.Errorf("%s: not printed there: %q\nprinted:\n%s", command, missing, out.String())
		}
	}
}

func readPage(t *testing.T, name string) string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("../../docs", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// The page's table has every key of a handset file.
func TestHandsetPageIsWhole(t *testing.T) {
	text := readPage(t, "handset.md")
	var keys func(at reflect.Type, before string)
	keys = func(at reflect.Type, before string) {
		for i := range at.NumField() {
			f := at.Field(i)
			key := before + f.Tag.Get("yaml")
			if f.Tag.Get("yaml") == "" || f.Tag.Get("yaml") == "-" {
				continue
			}
			of := f.Type
			for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice && of.Elem().Kind() == reflect.Struct {
				if key += "."; of.Kind() == reflect.Slice {
					key = strings.TrimSuffix(key, ".") + "[]."
				}
				of = of.Elem()
			}
			switch {
			case of.Kind() == reflect.Struct:
				keys(of, strings.TrimSuffix(key, ".")+".")
			case !strings.Contains(text, "`"+key+"`"):
				t.Errorf("the page does not tell of %s", key)
			}
		}
	}
	keys(reflect.TypeFor[assess.Handset](), "")
}

// The page about part lists has every field that a column can be given.
func TestPartListPageIsWhole(t *testing.T) {
	text := readPage(t, "part-lists.md")
	_, err := hardware.ReadPartList(sbom.Source{Name: "p.csv"}, []byte("MPN,Manufacturer\nA1,Sorae\n"), &hardware.PartListOptions{Columns: map[string]string{"nonsense": "MPN"}})
	if err == nil {
		t.Fatal("a field that is none was taken")
	}
	_, list, _ := strings.Cut(err.Error(), "choose one of ")
	list, _, ok := strings.Cut(list, ", or origin.")
	if !ok {
		t.Fatalf("the message lists no fields: %v", err)
	}
	for field := range strings.SplitSeq(list, ", ") {
		if !strings.Contains(text, "`"+field+"`") {
			t.Errorf("the page does not tell of %s", field)
		}
	}
}
