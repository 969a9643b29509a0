package assess_test

import (
	"bytes"
	"context"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/policy/assess"
	"github.com/originbom/originbom/policy/report"
	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/sbomtest"
)

var update = flag.Bool("update", false, "rewrite golden files")

const handset = "../../testdata/handset"

var day = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

func options() assess.Options { return assess.Options{Now: day, Built: day, Tool: "golden"} }

func run(t *testing.T, fsys fs.FS) *assess.Assessment {
	t.Helper()
	a, err := assess.Run(context.Background(), fsys, "handset.yaml", options())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// The example's BOM and verdict, byte by byte.
func TestGolden(t *testing.T) {
	a := run(t, os.DirFS(handset))
	golden(t, "EM-15.cdx.json", a.BOM)
	a.Record.Signature.Signers[0].Digest = strings.Repeat("0", 64) // made anew at every signing
	var verdict bytes.Buffer
	if err := report.JSON(&verdict, a.Document, a.Record); err != nil {
		t.Fatal(err)
	}
	golden(t, "EM-15.verdict.json", verdict.Bytes())
	var page bytes.Buffer
	if err := report.HTML(&page, a.Document, a.Record, a.Trust); err != nil {
		t.Fatal(err)
	}
	golden(t, "EM-15.report.html", page.Bytes())
	sbomtest.Validate(t, "1.7", a.BOM)

	old, err := sbom.Encode(a.Document, sbom.Spec16)
	if err != nil {
		t.Fatal(err)
	}
	sbomtest.Validate(t, "1.6", old)
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join(handset, "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-golden +got); see whether it is right, then run with -update:\n%s", name, diff)
	}
}

// The example's document comes back as it was written.
func TestGoldenDecodes(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(handset, "golden", "EM-15.cdx.json"))
	if err != nil {
		t.Fatal(err)
	}
	dec, err := sbom.Decode("EM-15.cdx.json", data)
	if err != nil {
		t.Fatal(err)
	}
	if len(dec.Notes) > 0 {
		t.Errorf("lost: %v", dec.Notes)
	}
	doc, err := sbom.Build(*dec.Document)
	if err != nil {
		t.Fatal(err)
	}
	again, err := sbom.Encode(doc, sbom.Spec17)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(data), string(again)); diff != "" {
		t.Errorf("decoding and encoding changed the document:\n%s", diff)
	}
}

// It still passes in ten years.
func TestExampleDoesNotAge(t *testing.T) {
	o := options()
	o.Now = day.AddDate(10, 0, 0)
	a, err := assess.Run(context.Background(), os.DirFS(handset), "handset.yaml", o)
	if err != nil {
		t.Fatal(err)
	}
	if a.Record.Result.Verdict != policy.Warn {
		t.Errorf("the verdict is %s, want warn", a.Record.Result.Verdict)
	}
}

// Headquarters, owners and plants never become a stage of origin: with every
// country column taken out of the part list, and without claims, no stage is
// left.
func TestHeadquartersIsNoOrigin(t *testing.T) {
	fsys := copyFS(t)
	var rows []string
	for row := range strings.Lines(string(fsys["parts.csv"].Data)) {
		rows = append(rows, row)
	}
	rows[1] = strings.NewReplacer("Made In", "Colour", "Wafer Fab", "Shape", "Assembly country", "Taste").Replace(rows[1])
	fsys["parts.csv"] = &fstest.MapFile{Data: []byte(strings.Join(rows, ""))}
	h := strings.Replace(string(fsys["handset.yaml"].Data), "claims: [claims]", "claims: []", 1)
	fsys["handset.yaml"] = &fstest.MapFile{Data: []byte(h)}
	a := run(t, fsys)
	a.Document.Walk(func(c *sbom.Component, _ []string) {
		for _, stage := range sbom.Stages {
			if len(c.Fact(stage).Values) > 0 {
				t.Errorf("%s: %s is %v", c.Name, stage, c.Fact(stage).Values)
			}
		}
	})
	if a.Record.Result.Verdict != policy.Undecided {
		t.Errorf("the verdict is %s, want unknown", a.Record.Result.Verdict)
	}
}

func copyFS(t *testing.T) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS(handset), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(handset, name))
		out[name] = &fstest.MapFile{Data: data, Mode: 0o644}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Whatever is written into a BOM about its own grades changes no verdict.
func TestForgedGradesChangeNothing(t *testing.T) {
	a := run(t, os.DirFS(handset))
	forged := bytes.ReplaceAll(a.BOM, []byte(`"name": "originbom:origin:manufactured:grade",
          "value": "declared"`), []byte(`"name": "originbom:origin:manufactured:grade",
          "value": "signed"`))
	forged = bytes.ReplaceAll(forged, []byte(`\"method\":\"document\"`), []byte(`\"method\":\"claim\",\"claim\":\"00\"`))
	if bytes.Equal(forged, a.BOM) {
		t.Fatal("the forgery did not apply")
	}
	want := judge(t, a.BOM)
	got := judge(t, forged)
	if got.Result.Verdict != want.Result.Verdict {
		t.Errorf("the forged BOM's verdict is %s, the honest one's %s", got.Result.Verdict, want.Result.Verdict)
	}
	for i, f := range got.Result.Findings {
		if f.Rule == "DISPLAY-KR" && f.Verdict != policy.Fail {
			t.Errorf("finding %d: %s: %s", i, f.Verdict, f.Why)
		}
	}
}

func judge(t *testing.T, bom []byte) *policy.Record {
	t.Helper()
	fsys := os.DirFS(handset)
	reg, err := assess.OpenRegistry(fsys, "registry")
	if err != nil {
		t.Fatal(err)
	}
	packs, err := assess.ReadPacks(fsys, ".", []string{"policy-strict.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	_, rec, err := assess.Judge(assess.Judgement{Name: "x", BOM: bom, Registry: reg, Packs: packs, AsOf: day, VerifyAt: day})
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func TestHandsetFileMistakes(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"unknown key":       {"inputs:", "input:", `handset.yaml: line`},
		"no such input":     {"  - boot.img", "  - bot.img", "bot.img: no such file or folder"},
		"no such pack":      {"handset-baseline", "handset-baselin", `no pack "handset-baselin": the embedded packs are`},
		"bad date":          {"as-of: 2026-11-22", "as-of: yesterday", `handset.yaml: as-of: "yesterday" is no date`},
		"key is a service":  {"key: keys/test-maker.key", "key: awskms://x", "is not a file"},
		"keyless":           {"sign: {key: keys/test-maker.key}", "sign: {keyless: {}}", "handset.yaml: sign.keyless: this asks services over the network, which only you can allow: give --keyless"},
		"two ways to sign":  {"key: keys/test-maker.key", "key: keys/test-maker.key, keyless: {}", "a key or keyless, one of them"},
		"no way to sign":    {"sign: {key: keys/test-maker.key}", "sign: {}", "a key or keyless, one of them"},
		"a token in a file": {"key: keys/test-maker.key", "keyless: {identity-token: eyJ}", `unknown key "identity-token"`},
		"public key signs":  {"key: keys/test-maker.key", "key: keys/test-maker.pub", "signing needs the private key"},
		"no such registry":  {"registry: registry", "registry: rgstry", "no such file or folder"},
		"columns of a tree": {"  - boot.img", "  - {path: board.dtb, columns: {mpn: X}}", "no part list"},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := copyFS(t)
			data := strings.Replace(string(fsys["handset.yaml"].Data), c.old, c.new, 1)
			if data == string(fsys["handset.yaml"].Data) {
				t.Fatal("the mistake did not apply")
			}
			fsys["handset.yaml"] = &fstest.MapFile{Data: []byte(data), Mode: 0o644}
			_, err := assess.Run(context.Background(), fsys, "handset.yaml", options())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestFileName(t *testing.T) {
	for in, want := range map[string]string{"EM-15": "EM-15.cdx.json", "a/b": "a-b.cdx.json", "../x": "-x.cdx.json", "": "handset.cdx.json"} {
		if got := assess.FileName(in); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}
