package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/sbom"
)

// record has a finding of every verdict, in a hostile part's words.
func record() *policy.Record {
	r := &policy.Record{
		Tool: "0", Subject: "a b#c.json", Path: "d:é/a b#c.json", Document: strings.Repeat("ab", 32), Registry: strings.Repeat("cd", 32), AsOf: "2026-11-22", VerifiedAt: "2026-11-22T00:00:00Z",
		Packs: []policy.PackRecord{
			{ID: "us-x", Version: 1, Digest: strings.Repeat("ef", 32), Origin: policy.OriginEmbedded, IncludedBy: "y", Overrides: []policy.OverrideRecord{
				{Rule: "R", RuleChange: policy.RuleChange{By: "y", Changed: []string{"on-unknown: warn -> fail"}, Why: "we want to know"}},
			}},
			{ID: "y", Version: 2, Digest: strings.Repeat("01", 32), Origin: policy.OriginFile, File: "y.yaml", Signature: policy.SignatureRecord{
				State: policy.SignatureSigned, Signers: []policy.SignerRecord{{File: "y.yaml.sigstore.json", Digest: strings.Repeat("23", 32), State: policy.SignatureSigned, By: "Rules desk"}},
			}},
		},
		Signature: policy.SignatureRecord{State: policy.SignatureUnsigned}, Result: &policy.Result{Verdict: policy.Fail, AsOf: "2026-11-22"},
	}
	name := "<img src=x>|[l](http://x)\n::error::\x01%"
	for i, v := range []policy.Verdict{policy.Fail, policy.Fail, policy.Undecided, policy.Warn, policy.Waived, policy.Pass, policy.NotApplicable} {
		r.Result.Findings = append(r.Result.Findings, policy.Finding{
			Pack: "us-x", Rule: "R1", Title: "No part of A & B", Clause: &policy.Clause{Text: "1 CFR 2", Source: "https://law.example/1"}, Verdict: v,
			Component: policy.Subject{Ref: "c" + fmt.Sprint(i), Name: name, Path: []string{"board"}, Line: 10 + i}, Why: "because " + name, Fix: "do it",
			Fingerprint: "0123456789abcdef0123456789abcdef",
		})
	}
	return r
}

func write(t *testing.T, f func(io.Writer, *policy.Record) error, r *policy.Record) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSARIF(t *testing.T) {
	data := write(t, SARIF, record())
	var log sarifLog
	if err := json.Unmarshal(data, &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if len(run.Results) != 5 || len(run.Tool.Driver.Rules) != 1 {
		t.Errorf("got %d results of %d rules, want 5 of 1", len(run.Results), len(run.Tool.Driver.Rules))
	}
	seen := map[string]bool{}
	for i, res := range run.Results {
		if got := res.Locations[0].Physical.Region.StartLine; got != 10+i {
			t.Errorf("result %d: line %d, want %d", i, got, 10+i)
		}
		seen[res.Fingerprints["primaryLocationLineHash"]] = true
	}
	if len(seen) != 5 {
		t.Errorf("%d fingerprints for 5 results", len(seen))
	}
	if len(run.Results[4].Suppressions) != 1 || run.Results[0].Level != "error" || run.Results[2].Level != "warning" {
		t.Errorf("levels and suppressions: %+v", run.Results)
	}
	want := sarifArtifact{"d%3A%C3%A9/a%20b%23c.json", "%SRCROOT%"}
	if got := run.Results[0].Locations[0].Physical.Artifact; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	sarifIsValid(t, data)
}

// A BOM that has no place below the working directory is named without one.
func TestElsewhere(t *testing.T) {
	r := record()
	r.Path = ""
	if got, want := artifact(r), (sarifArtifact{URI: "a%20b%23c.json"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	sarifIsValid(t, write(t, SARIF, r))
	if got := string(write(t, GitHub, r)); strings.Contains(got, "file=") {
		t.Errorf("got %s", got)
	}
}

// sarifIsValid judges by the official schema, whose file
// ORIGINBOM_SARIF_SCHEMA names.
func sarifIsValid(t *testing.T, data []byte) {
	t.Helper()
	file := os.Getenv("ORIGINBOM_SARIF_SCHEMA")
	if file == "" {
		t.Log("NOT VALIDATED: ORIGINBOM_SARIF_SCHEMA does not name the file sarif-schema-2.1.0.json")
		if os.Getenv("CI") == "true" {
			t.Fatal("CI must validate")
		}
		return
	}
	schema, err := jsonschema.NewCompiler().Compile(file)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(v); err != nil {
		t.Error(err)
	}
}

// GitHub reads 25,000 results of a run: the worst are kept, the rest counted.
func TestSARIFIsBounded(t *testing.T) {
	r := record()
	f := r.Result.Findings[0]
	r.Result.Findings = nil
	for range maxSARIFResults + 7 {
		r.Result.Findings = append(r.Result.Findings, f)
	}
	var log sarifLog
	if err := json.Unmarshal(write(t, SARIF, r), &log); err != nil {
		t.Fatal(err)
	}
	if got := len(log.Runs[0].Results); got != maxSARIFResults {
		t.Errorf("got %d results", got)
	}
	if got := log.Runs[0].Properties["omittedResults"]; got != 7.0 {
		t.Errorf("got %v omitted, want 7", got)
	}
}

func TestJUnit(t *testing.T) {
	var got junitSuites
	if err := xml.Unmarshal(write(t, JUnit, record()), &got); err != nil {
		t.Fatal(err)
	}
	if got.Tests != 7 || got.Failures != 2 || got.Errors != 1 || got.Suites[0].Skipped != 2 {
		t.Errorf("got %+v", got)
	}
}

func TestGitLab(t *testing.T) {
	var got []gitlabIssue
	if err := json.Unmarshal(write(t, GitLab, record()), &got); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, g := range got {
		seen[g.Fingerprint] = true
		if g.Location.Lines.Begin < 1 || g.CheckName != "us-x/R1" || g.Severity == "" {
			t.Errorf("got %+v", g)
		}
	}
	if len(got) != 5 || len(seen) != 5 {
		t.Errorf("got %d issues with %d fingerprints, want 5", len(got), len(seen))
	}
}

// A part's name cannot become a command, a link or markup.
func TestHostileNames(t *testing.T) {
	if got := string(write(t, GitHub, record())); strings.Count(got, "\n") != 5 || strings.Contains(got, "\n::error::") {
		t.Errorf("a name broke out of its command:\n%s", got)
	}
	var b bytes.Buffer
	if err := Markdown(&b, &sbom.Document{Device: sbom.Device{Model: "<b>"}}, record()); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<img", "<b>", "[l](", "://x"} {
		if strings.Contains(b.String(), bad) {
			t.Errorf("the summary holds %q", bad)
		}
	}
}

// SLSA VSA v1: PASSED or FAILED, the BOM's digest as subject, all inputs.
func TestVSA(t *testing.T) {
	for _, c := range []struct {
		verdict policy.Verdict
		want    string
	}{{policy.Fail, "FAILED"}, {policy.Undecided, "FAILED"}, {policy.NotApplicable, "FAILED"}, {policy.Pass, "PASSED"}, {policy.Warn, "PASSED"}, {policy.Waived, "PASSED"}} {
		r := record()
		r.Result.Verdict = c.verdict
		data, err := VSA(r)
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Subject   []vsaResource `json:"subject"`
			Predicate struct {
				Result string        `json:"verificationResult"`
				Levels []string      `json:"verifiedLevels"`
				Inputs []vsaResource `json:"inputAttestations"`
				Ours   vsaVerdict    `json:"https://github.com/originbom/originbom/verdict/v1"`
			} `json:"predicate"`
		}
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		p := got.Predicate
		if p.Result != c.want || p.Ours.Verdict != c.verdict || got.Subject[0].Digest["sha256"] != r.Document || len(p.Inputs) != 3 { // a pack, its signature, the registry
			t.Errorf("%s: got %s", c.verdict, data)
		}
		for _, l := range p.Levels {
			if strings.HasPrefix(l, "SLSA_") {
				t.Errorf("level %q claims SLSA", l)
			}
		}
	}
}

// The JSON verdict is valid by its schema, and the golden verdict too.
func TestVerdictSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("verdict.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	golden, err := os.ReadFile("../../testdata/handset/golden/EM-15.verdict.json")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := JSON(&b, &sbom.Document{Device: sbom.Device{Ref: "d", Model: "EM-15"}}, record()); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"golden": golden, "every verdict": b.Bytes()} {
		var v any
		if err := json.Unmarshal(data, &v); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
