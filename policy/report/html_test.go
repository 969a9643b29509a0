package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/sbom"
)

// evil is text that would act on a page, a style, an attribute or a reader.
const evil = "</title></style><script>alert(1)</script><img src=x onerror=alert(1)>\"' onclick=x {{.}} \u202e\x1b]0;x\x07\ufffe"

func hostileDocument() *sbom.Document {
	value := sbom.Value{Is: evil, PerformedBy: evil, Evidence: []sbom.Evidence{{Source: sbom.Source{Name: evil}, Place: evil, Says: evil, By: evil, Note: evil}}}
	part := sbom.Component{
		Ref: "hw\" id=\"x", Kind: sbom.Hardware, Name: evil, Version: evil, Designators: []string{evil}, Found: value.Evidence,
		Facts: []sbom.Fact{{Name: sbom.Manufacturer, Values: []sbom.Value{value}}, {Name: "manufactured", Values: []sbom.Value{value}}},
	}
	inner := part
	inner.Ref = "hw:inner"
	part.Components = []sbom.Component{inner, {Ref: "sw", Kind: sbom.Application, Name: evil, Version: evil, Supplier: evil}}
	return &sbom.Document{
		Device: sbom.Device{Ref: "d", Model: evil, Name: evil}, Components: []sbom.Component{part},
		Notes: []sbom.Note{{File: evil, Text: evil}}, Inputs: []sbom.Input{{Name: evil, Kind: evil, Digest: evil}},
	}
}

func hostileRecord() *policy.Record {
	r := record()
	r.Subject, r.Signature.Why = evil, evil
	r.Packs[0].ID = evil
	for i := range r.Result.Findings {
		f := &r.Result.Findings[i]
		f.Rule, f.Title, f.Why, f.Fix = evil, evil, evil, evil
		f.Clause = &policy.Clause{Text: evil, Source: "javascript:alert(1)//https://x", Sure: evil}
		f.Evidence = []policy.GradedValue{{Value: sbom.Value{Is: evil, Evidence: []sbom.Evidence{{Says: evil}}}}}
	}
	r.Result.Waivers = []policy.WaiverNote{{Waiver: evil, Why: evil}}
	r.Result.ByRef = r.Result.Waivers
	r.Packs[0].Overrides = []policy.OverrideRecord{{Rule: evil, RuleChange: policy.RuleChange{By: evil, Changed: []string{evil}, Why: evil}}}
	r.Claims = []policy.ClaimRecord{{File: evil, ID: evil, Part: evil, Status: "weak", Reason: evil, Remedy: evil, Stages: []policy.ClaimStage{{Stage: evil, Says: evil}}}}
	return r
}

// elements reads a page as XML, strictly, and gives each start tag.
func elements(t *testing.T, page []byte) []xml.StartElement {
	t.Helper()
	var out []xml.StartElement
	dec := xml.NewDecoder(bytes.NewReader(page))
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("the page is not well-formed: %v", err)
		}
		if e, ok := tok.(xml.StartElement); ok {
			out = append(out, e.Copy())
		}
	}
}

var (
	knownElements   = regexp.MustCompile(`^(html|head|meta|title|style|body|h1|h2|h3|p|div|b|br|dl|dt|dd|ul|ol|li|details|summary|span|bdi|code|table|tr|th|td|a)$`)
	knownAttributes = regexp.MustCompile(`^(lang|charset|http-equiv|content|name|class|id|href|rel)$`)
)

// Whatever a document says, the page has only elements and attributes of ours, no
// script and nothing to load, its links stay on the page or go to https, and its
// policy allows the one style by its hash.
func TestHTMLIsInert(t *testing.T) {
	for name, r := range map[string]*policy.Record{"judged": hostileRecord(), "not judged": {Result: &policy.Result{Verdict: policy.Undecided}}} {
		var b, again bytes.Buffer
		d := hostileDocument()
		if err := errors.Join(HTML(&b, d, r, sbom.Trust{AsWritten: true}), HTML(&again, d, r, sbom.Trust{AsWritten: true})); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.Bytes(), again.Bytes()) {
			t.Errorf("%s: two pages of one record differ", name)
		}
		page := b.String()
		for _, e := range elements(t, b.Bytes()) {
			if !knownElements.MatchString(e.Name.Local) {
				t.Errorf("%s: element %s", name, e.Name.Local)
			}
			for _, a := range e.Attr {
				if !knownAttributes.MatchString(a.Name.Local) {
					t.Errorf("%s: attribute %s=%q of %s", name, a.Name.Local, a.Value, e.Name.Local)
				}
				if a.Name.Local == "href" && !strings.HasPrefix(a.Value, "#part-") && !strings.HasPrefix(a.Value, "https://") {
					t.Errorf("%s: a link to %q", name, a.Value)
				}
			}
		}
		for _, acts := range []string{"\u202e", "\x1b", "\ufffe", "url(", "@import", "</style><"} {
			if strings.Contains(page, acts) {
				t.Errorf("%s: the page holds %q", name, acts)
			}
		}
		style := page[strings.Index(page, "<style>")+len("<style>") : strings.Index(page, "</style>")]
		sum := sha256.Sum256([]byte(style))
		if want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(page, want) {
			t.Errorf("%s: the policy does not have %s", name, want)
		}
	}
}

// The verdict comes first, in words; a page of nothing judged says so.
func TestHTMLSays(t *testing.T) {
	r := record()
	r.Result.Findings[0].Component.Ref = "hw:inner"
	var b bytes.Buffer
	if err := HTML(&b, hostileDocument(), r, sbom.Trust{}); err != nil {
		t.Fatal(err)
	}
	last := -1
	for _, want := range []string{"<b>FAIL</b>", "A rule is broken.", "What is broken (2)", `href="#part-2"`, "What cannot be told (1)", "What wants attention (1)", "What to do next", "<h2>Parts", `<span class="mark">FAIL R1</span>`, "How much of the phone was visible", "Waived", "Sources"} {
		at := strings.Index(b.String(), want)
		if at <= last {
			t.Errorf("%q stands at %d, after %d", want, at, last)
		}
		last = at
	}
	b.Reset()
	if err := HTML(&b, &sbom.Document{}, &policy.Record{Result: &policy.Result{Verdict: policy.Undecided}}, sbom.Trust{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "<b>NOT JUDGED</b>") || !strings.Contains(b.String(), "The document lists no parts.") {
		t.Errorf("got %s", b.String())
	}
}
