package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/originbom/originbom/policy"
)

// Types of the statement.
const (
	statementType = "https://in-toto.io/Statement/v1"
	// VSAType is the predicate type of a verification summary, version 1.
	VSAType = "https://slsa.dev/verification_summary/v1"
	// verdictField carries our own verdict, which has more values than SLSA's
	// two. Fields of one's own are named by URI.
	verdictField = "https://github.com/originbom/originbom/verdict/v1"
	verifierID   = "https://github.com/originbom/originbom"
)

type vsaDigest map[string]string

type vsaResource struct {
	Name   string    `json:"name,omitempty"`
	URI    string    `json:"uri,omitempty"`
	Digest vsaDigest `json:"digest"`
}

type vsaVerdict struct {
	Verdict   policy.Verdict `json:"verdict"`
	AsOf      string         `json:"asOf"`
	Signature string         `json:"signature"`
	SignedBy  string         `json:"signedBy,omitempty"`
	Packs     []jsonPack     `json:"packs"`
	Fail      int            `json:"fail"`
	Unknown   int            `json:"unknown"`
	Warn      int            `json:"warn"`
	Waived    int            `json:"waived"`
	Pass      int            `json:"pass"`
}

// VSA gives the in-toto Statement of a SLSA verification summary: the subject
// is the sha256 of the BOM's bytes, every input is listed with its digest, and
// the result is PASSED or FAILED. What cannot be told is FAILED; the verdict
// itself stands in a field of ours. verifiedLevels are the packs, never SLSA
// levels. The caller signs it.
func VSA(r *policy.Record) ([]byte, error) {
	result := "FAILED"
	switch r.Result.Verdict {
	case policy.Pass, policy.Warn, policy.Waived:
		result = "PASSED"
	}
	counts := vsaVerdict{Verdict: r.Result.Verdict, AsOf: r.AsOf, Signature: r.Signature.State, SignedBy: strings.Join(r.Signature.By(), ", "), Packs: jsonPacks(r)}
	for _, f := range r.Result.Findings {
		switch f.Verdict {
		case policy.Fail:
			counts.Fail++
		case policy.Undecided:
			counts.Unknown++
		case policy.Warn:
			counts.Warn++
		case policy.Waived:
			counts.Waived++
		case policy.Pass:
			counts.Pass++
		}
	}
	pol, inputs := vsaInputs(r)
	levels := []string{}
	for _, p := range r.Packs {
		levels = append(levels, strings.ToUpper("ORIGINBOM_"+strings.NewReplacer("-", "_", ".", "_").Replace(p.ID)))
	}
	if result == "FAILED" {
		levels = []string{"FAILED"}
	}
	predicate := map[string]any{
		"verifier":           map[string]any{"id": verifierID, "version": map[string]string{"originbom": r.Tool}},
		"timeVerified":       r.VerifiedAt,
		"resourceUri":        "sha256:" + r.Document,
		"policy":             pol,
		"inputAttestations":  inputs,
		"verificationResult": result,
		"verifiedLevels":     levels,
		verdictField:         counts,
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(struct {
		Type          string         `json:"_type"`
		Subject       []vsaResource  `json:"subject"`
		PredicateType string         `json:"predicateType"`
		Predicate     map[string]any `json:"predicate"`
	}{statementType, []vsaResource{{Name: r.Subject, Digest: vsaDigest{"sha256": r.Document}}}, VSAType, predicate})
	if err != nil {
		return nil, fmt.Errorf("verification summary: %w", err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// vsaInputs gives the policy, which is one pack or the first of several, and
// everything else that the verdict rests on.
func vsaInputs(r *policy.Record) (vsaResource, []vsaResource) {
	inputs := []vsaResource{}
	add := func(uri, digest string) {
		if digest != "" {
			inputs = append(inputs, vsaResource{URI: uri, Digest: vsaDigest{"sha256": digest}})
		}
	}
	var pol vsaResource
	for i, p := range r.Packs {
		uri := fmt.Sprintf("%s/packs/%s@%d", verifierID, p.ID, p.Version)
		if i == 0 {
			pol = vsaResource{URI: uri, Digest: vsaDigest{"sha256": p.Digest}}
			continue
		}
		add(uri, p.Digest)
	}
	for _, s := range r.Signature.Signers {
		add(verifierID+"/input/bundle", s.Digest)
	}
	for _, p := range r.Packs {
		for _, s := range p.Signature.Signers {
			add(verifierID+"/input/pack-bundle", s.Digest)
		}
	}
	add(verifierID+"/input/trust", r.Trust)
	add(verifierID+"/input/registry", r.Registry)
	add(verifierID+"/input/waivers", r.Waivers)
	for _, c := range r.Claims {
		add(verifierID+"/input/claim", c.Digest)
	}
	return pol, inputs
}
