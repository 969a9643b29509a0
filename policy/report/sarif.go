package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/originbom/originbom/policy"
)

// maxSARIFResults is how many results GitHub reads of one run. Findings are
// sorted worst first, so the worst are kept, and the run says what is missing.
const maxSARIFResults = 25_000

const homepage = "https://github.com/originbom/originbom"

// The SARIF 2.1.0 form of a verdict; the names are the standard's.
type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool       sarifTool       `json:"tool"`
	Automation sarifAutomation `json:"automationDetails"`
	Results    []sarifResult   `json:"results"`
	Properties map[string]any  `json:"properties"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifAutomation struct {
	ID string `json:"id"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version"`
	URI     string      `json:"informationUri"`
	Rules   []sarifRule `json:"rules"`
}

type sarifText struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

type sarifRule struct {
	ID         string         `json:"id"`
	Name       string         `json:"name"`
	Short      sarifText      `json:"shortDescription"`
	Full       sarifText      `json:"fullDescription"`
	Help       sarifText      `json:"help"`
	HelpURI    string         `json:"helpUri,omitempty"`
	Properties map[string]any `json:"properties"`
}

type sarifResult struct {
	RuleID       string             `json:"ruleId"`
	RuleIndex    int                `json:"ruleIndex"`
	Level        string             `json:"level"`
	Message      sarifText          `json:"message"`
	Locations    []sarifLocation    `json:"locations"`
	Fingerprints map[string]string  `json:"partialFingerprints"`
	Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	Properties   map[string]any     `json:"properties"`
}

type sarifSuppression struct {
	Kind          string `json:"kind"`
	Justification string `json:"justification"`
}

type sarifLocation struct {
	Physical sarifPhysical  `json:"physicalLocation"`
	Logical  []sarifLogical `json:"logicalLocations"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   sarifRegion   `json:"region"`
}

type sarifArtifact struct {
	URI  string `json:"uri"`
	Base string `json:"uriBaseId,omitempty"`
}

type sarifRegion struct {
	StartLine int `json:"startLine"`
}

type sarifLogical struct {
	Name string `json:"name"`
	Full string `json:"fullyQualifiedName"`
}

const sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

// SARIF writes a verdict as SARIF 2.1.0, as GitHub shows it:
//
//	rule        a rule of a pack; its help is the clause and what to do
//	result      a finding that is no pass: fail is an error, unknown and warn are warnings
//	suppression a waiver
//	region      the line of the component in the BOM
//	partialFingerprints.primaryLocationLineHash
//	            the finding's fingerprint: it stays the same when lines move
func SARIF(w io.Writer, r *policy.Record) error {
	run := sarifRun{Results: []sarifResult{}, Automation: sarifAutomation{"originbom/" + place(r) + "/"}}
	run.Tool.Driver = sarifDriver{Name: "originbom", Version: r.Tool, URI: homepage, Rules: []sarifRule{}}
	run.Properties = map[string]any{"verdict": r.Result.Verdict, "bom": "sha256:" + r.Document, "asOf": r.AsOf, "packs": jsonPacks(r)}
	index, seen := map[string]int{}, map[string]int{}
	omitted := 0
	for i := range r.Result.Findings {
		f := &r.Result.Findings[i]
		if f.Verdict == policy.Pass || f.Verdict == policy.NotApplicable {
			continue
		}
		if len(run.Results) == maxSARIFResults {
			omitted++
			continue
		}
		id := f.Pack + "/" + f.Rule
		if _, ok := index[id]; !ok {
			index[id] = len(index)
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, ruleForSARIF(id, f))
		}
		run.Results = append(run.Results, resultForSARIF(r, id, index[id], f, seen))
	}
	if omitted > 0 {
		run.Properties["omittedResults"] = omitted
	}
	return writeJSON(w, sarifLog{sarifSchema, "2.1.0", []sarifRun{run}})
}

func ruleForSARIF(id string, f *policy.Finding) sarifRule {
	title := sarifText{Text: f.Title}
	rule := sarifRule{ID: id, Name: f.Rule, Short: title, Full: title, Properties: map[string]any{"tags": []string{"supply-chain", f.Pack}}}
	text, mark := f.Title, "**"+markdown(f.Title)+"**"
	if f.Clause != nil {
		text += "\nClause: " + f.Clause.Text
		mark += "\n\nClause: " + markdown(f.Clause.Text)
		if u, err := url.Parse(f.Clause.Source); err == nil && u.Scheme == "https" {
			rule.HelpURI = f.Clause.Source
		}
	}
	for _, c := range f.Changes {
		text += "\nThe rule is " + c.String()
		mark += "\n\nThe rule is " + markdown(c.String())
	}
	if f.Fix != "" {
		text += "\nWhat to do: " + sentence(f.Fix)
		mark += "\n\nWhat to do: " + markdown(sentence(f.Fix))
	}
	rule.Help = sarifText{text, mark}
	return rule
}

func resultForSARIF(r *policy.Record, id string, index int, f *policy.Finding, seen map[string]int) sarifResult {
	level := "warning"
	if f.Verdict == policy.Fail {
		level = "error"
	}
	res := sarifResult{
		RuleID: id, RuleIndex: index, Level: level, Message: sarifText{Text: oneLine(r, f)},
		Locations: []sarifLocation{{
			Physical: sarifPhysical{artifact(r), sarifRegion{max(f.Component.Line, 1)}},
			Logical:  []sarifLogical{{cmp.Or(f.Component.Name, f.Component.Ref), strings.Join(append(slices.Clone(f.Component.Path), f.Component.Ref), "/")}},
		}},
		Fingerprints: map[string]string{"primaryLocationLineHash": fingerprint(f, seen) + ":1"},
		Properties:   map[string]any{"verdict": f.Verdict},
	}
	if f.Verdict == policy.Waived {
		res.Suppressions = []sarifSuppression{{"external", "waiver " + f.Waiver + ": " + f.Why}}
	}
	return res
}

// sourceRoot is what relative paths begin at: the viewer knows where the sources
// are checked out (SARIF 2.1.0, 3.14.14).
const sourceRoot = "%SRCROOT%"

// artifact names the BOM as a path below the sources. One that came from
// elsewhere has no place there, and is named without one.
func artifact(r *policy.Record) sarifArtifact {
	if r.Path == "" {
		return sarifArtifact{URI: uriPath(r.Subject)}
	}
	return sarifArtifact{uriPath(r.Path), sourceRoot}
}

// place is the BOM's path below the working directory, or its name if it is not
// below it: an absolute path tells about the machine, and forges refuse one that
// climbs.
func place(r *policy.Record) string { return cmp.Or(r.Path, r.Subject) }

// uriPath makes a path a relative URI reference. A colon would make what stands
// before it a scheme (RFC 3986, 4.2).
func uriPath(name string) string {
	return strings.ReplaceAll((&url.URL{Path: name}).EscapedPath(), ":", "%3A")
}

// oneLine tells a finding in one sentence.
func oneLine(r *policy.Record, f *policy.Finding) string {
	s := fmt.Sprintf("%s: %s: %s", strings.ToUpper(string(f.Verdict)), subjectName(f.Component), f.Why)
	for _, c := range f.Changes {
		s += "; the rule is " + c.String()
	}
	if isForeign(r, f) {
		s += "; the pack " + f.Pack + " is " + notOurs
	}
	if f.Fix == "" {
		return s
	}
	return sentence(s) + " What to do: " + sentence(f.Fix)
}

// fingerprint names one finding among those of a report, for formats that want
// each to be unique.
func fingerprint(f *policy.Finding, seen map[string]int) string {
	n := seen[f.Fingerprint]
	seen[f.Fingerprint]++
	if n == 0 {
		return f.Fingerprint
	}
	sum := sha256.Sum256([]byte(fmt.Sprintf("%s#%d", f.Fingerprint, n)))
	return hex.EncodeToString(sum[:16])
}
