package report

import (
	"encoding/json"
	"io"

	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/sbom"
)

// The JSON form of a verdict. Fields are added, never renamed; lists are never
// null.
type jsonVerdict struct {
	Format    string         `json:"format"` // originbom-verdict/1
	Verdict   policy.Verdict `json:"verdict"`
	Handset   jsonHandset    `json:"handset"`
	AsOf      string         `json:"asOf"`
	Verified  string         `json:"verifiedAt,omitempty"` // only if it was chosen: the same input gives the same bytes
	Chosen    bool           `json:"verifiedAtChosen,omitempty"`
	Award     string         `json:"award,omitempty"`
	Delivery  string         `json:"delivery,omitempty"`
	Tool      jsonTool       `json:"tool"`
	Inputs    jsonInputs     `json:"inputs"`
	Signature jsonSignature  `json:"signature"`
	Coverage  jsonCoverage   `json:"coverage"`
	Findings  []jsonFinding  `json:"findings"`
	Claims    []jsonClaim    `json:"claims"`
	Waivers   []jsonWaiver   `json:"waiversNotApplied"`
	ByRef     []jsonWaiver   `json:"waiversByRefOnly"`
}

type jsonHandset struct {
	Ref      string `json:"ref"`
	Model    string `json:"model"`
	Name     string `json:"name,omitempty"`
	Revision string `json:"revision,omitempty"`
}

type jsonTool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// jsonInputs are the digests that the verdict rests on, sha256 in hex.
type jsonInputs struct {
	BOM      jsonFile   `json:"bom"`
	Bundle   string     `json:"bundle,omitempty"` // the first one; see signature.signers
	Trust    string     `json:"trust,omitempty"`
	Registry string     `json:"registry"`
	Waivers  string     `json:"waivers,omitempty"`
	Packs    []jsonPack `json:"packs"`
}

type jsonFile struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

type jsonPack struct {
	ID         string         `json:"id"`
	Version    int            `json:"version"`
	SHA256     string         `json:"sha256"`
	Origin     string         `json:"origin"` // embedded, file, embedded-elsewhere
	File       string         `json:"file,omitempty"`
	Namesake   bool           `json:"bearsIdOfEmbedded,omitempty"` // it is not the pack of that id in the program
	Pinned     bool           `json:"pinned,omitempty"`
	IncludedBy string         `json:"includedBy,omitempty"`
	Signature  *jsonSignature `json:"signature,omitempty"` // of a file
	Overrides  []jsonOverride `json:"overrides,omitempty"`
}

// jsonOverride says how an including pack changed a rule.
type jsonOverride struct {
	Rule    string   `json:"rule,omitempty"` // "" in a finding, which names it
	By      string   `json:"by"`
	Changed []string `json:"changed"`
	Why     string   `json:"why"`
}

type jsonSignature struct {
	State    string `json:"state"`
	By       string `json:"by,omitempty"`
	Key      string `json:"key,omitempty"`
	Assessor bool   `json:"assessor,omitempty"`
	Why      string `json:"why,omitempty"`
	// By and Key are of the first bundle, Assessor is set if any signer is one.
	Signers []jsonSigner `json:"signers"`
}

// A jsonSigner is what is known of one bundle.
type jsonSigner struct {
	Bundle   jsonFile `json:"bundle"`
	State    string   `json:"state"`
	Why      string   `json:"why,omitempty"`
	By       string   `json:"by,omitempty"`
	Key      string   `json:"key,omitempty"`
	Subject  string   `json:"subject,omitempty"` // of the signing certificate
	Issuer   string   `json:"issuer,omitempty"`
	Assessor bool     `json:"assessor,omitempty"`
	SignedAt string   `json:"signedAt,omitempty"` // on the clock of an authority
	Clock    string   `json:"clock,omitempty"`
	Logged   bool     `json:"logged,omitempty"`
}

type jsonCoverage struct {
	Identified   []sbom.Category `json:"identified"`
	Unidentified []sbom.Category `json:"unidentified"`
	NotVisible   []sbom.Category `json:"notVisible"`
}

type jsonFinding struct {
	Rule        string         `json:"rule"`
	Pack        string         `json:"pack"`
	Title       string         `json:"title"`
	Clause      *jsonClause    `json:"clause,omitempty"`
	Verdict     policy.Verdict `json:"verdict"`
	Component   jsonSubject    `json:"component"`
	Fact        string         `json:"fact,omitempty"`
	State       sbom.State     `json:"state,omitempty"`
	Values      []jsonValue    `json:"values"`
	Why         string         `json:"why"`
	Fix         string         `json:"fix,omitempty"`
	Waiver      string         `json:"waiver,omitempty"`
	Overridden  []jsonOverride `json:"overridden,omitempty"`
	Idle        bool           `json:"judgedNothing,omitempty"`
	Fingerprint string         `json:"fingerprint"`
}

type jsonClause struct {
	Text   string `json:"text"`
	Source string `json:"source,omitempty"`
	Read   string `json:"read,omitempty"`
}

type jsonSubject struct {
	Ref      string        `json:"ref"`
	Name     string        `json:"name"`
	Category sbom.Category `json:"category,omitempty"`
	Path     []string      `json:"path"`
	Identity string        `json:"identity,omitempty"`
	Line     int           `json:"line,omitempty"`
}

type jsonValue struct {
	Value       string         `json:"value"`
	Share       []float64      `json:"share,omitempty"` // percent, from and to
	Grade       string         `json:"grade"`
	PerformedBy string         `json:"performedBy,omitempty"`
	Evidence    []jsonEvidence `json:"evidence"`
}

type jsonEvidence struct {
	Source string      `json:"source,omitempty"`
	SHA256 string      `json:"sha256,omitempty"`
	Place  string      `json:"place,omitempty"`
	Method sbom.Method `json:"method"`
	Says   string      `json:"says,omitempty"`
	By     string      `json:"by,omitempty"`
	Claim  string      `json:"claim,omitempty"`
	When   string      `json:"when,omitempty"`
	Note   string      `json:"note,omitempty"`
}

type jsonWaiver struct {
	Waiver string `json:"waiver"`
	Why    string `json:"why"`
}

// JSON writes a verdict for programs.
func JSON(w io.Writer, d *sbom.Document, r *policy.Record) error {
	res := r.Result
	v := jsonVerdict{
		Format: "originbom-verdict/1", Verdict: res.Verdict, AsOf: r.AsOf, Verified: verifiedAt(r), Chosen: r.Chosen, Award: r.Award, Delivery: r.Delivery,
		Handset: jsonHandset{d.Device.Ref, d.Device.Model, d.Device.Name, d.Device.Revision},
		Tool:    jsonTool{"originbom", r.Tool},
		Inputs: jsonInputs{
			BOM: jsonFile{r.Subject, r.Document}, Bundle: firstBundle(r.Signature), Trust: r.Trust, Registry: r.Registry, Waivers: r.Waivers, Packs: jsonPacks(r),
		},
		Signature: signatureJSON(r.Signature),
		Coverage:  jsonCoverage{some(res.Coverage.Identified), some(res.Coverage.Unidentified), some(res.Coverage.NotVisible)},
		Findings:  []jsonFinding{}, Claims: jsonClaims(r.Claims), Waivers: []jsonWaiver{}, ByRef: []jsonWaiver{},
	}
	for _, f := range res.Findings {
		v.Findings = append(v.Findings, finding(f))
	}
	for _, n := range res.Waivers {
		v.Waivers = append(v.Waivers, jsonWaiver{n.Waiver, n.Why})
	}
	for _, n := range res.ByRef {
		v.ByRef = append(v.ByRef, jsonWaiver{n.Waiver, n.Why})
	}
	return writeJSON(w, v)
}

// verifiedAt is the time of verification where the caller chose it, else "": the
// clock of the machine is no input, and the same inputs give the same bytes.
func verifiedAt(r *policy.Record) string {
	if !r.Chosen {
		return ""
	}
	return r.VerifiedAt
}

// firstBundle is the digest of the first bundle, "" if none came with the BOM.
func firstBundle(s policy.SignatureRecord) string {
	if len(s.Signers) == 0 {
		return ""
	}
	return s.Signers[0].Digest
}

// signatureJSON tells of each bundle of the BOM, or of a pack.
func signatureJSON(s policy.SignatureRecord) jsonSignature {
	out := jsonSignature{State: s.State, Assessor: s.Assessor(), Why: s.Why, Signers: []jsonSigner{}}
	if s.State == policy.SignatureSigned && len(s.Signers) > 0 {
		out.By, out.Key = s.Signers[0].By, s.Signers[0].KeyID
	}
	for _, one := range s.Signers {
		out.Signers = append(out.Signers, jsonSigner{
			Bundle: jsonFile{one.File, one.Digest}, State: one.State, Why: one.Why, By: one.By, Key: one.KeyID,
			Subject: one.Subject, Issuer: one.Issuer, Assessor: one.Assessor, SignedAt: one.Time, Clock: one.Clock, Logged: one.Logged,
		})
	}
	return out
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// some gives an empty list for none.
func some[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func finding(f policy.Finding) jsonFinding {
	out := jsonFinding{
		Rule: f.Rule, Pack: f.Pack, Title: f.Title, Verdict: f.Verdict, Fact: f.Fact, State: f.State, Values: []jsonValue{},
		Component: jsonSubject{f.Component.Ref, f.Component.Name, f.Component.Category, some(f.Component.Path), f.Component.Identity, f.Component.Line},
		Why:       f.Why, Fix: f.Fix, Waiver: f.Waiver, Fingerprint: f.Fingerprint, Idle: f.Idle,
	}
	for _, c := range f.Changes {
		out.Overridden = append(out.Overridden, jsonOverride{By: c.By, Changed: c.Changed, Why: c.Why})
	}
	if f.Clause != nil {
		out.Clause = &jsonClause{f.Clause.Text, f.Clause.Source, f.Clause.Read}
	}
	for _, gv := range f.Evidence {
		out.Values = append(out.Values, value(gv.Value, gv.Grade))
	}
	return out
}

func value(v sbom.Value, g sbom.Grade) jsonValue {
	out := jsonValue{Value: v.Is, Grade: g.String(), PerformedBy: v.PerformedBy}
	if !v.Share.Whole() {
		out.Share = []float64{v.Share.Min, v.Share.Max}
	}
	out.Evidence = evidence(v.Evidence)
	return out
}

func evidence(es []sbom.Evidence) []jsonEvidence {
	out := []jsonEvidence{}
	for _, e := range es {
		out = append(out, jsonEvidence{e.Source.Name, e.Source.Digest, e.Place, e.Method, e.Says, e.By, e.Claim, e.When, e.Note})
	}
	return out
}
