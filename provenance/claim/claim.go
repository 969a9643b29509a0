// Package claim is what suppliers say about the origin of their parts, signed.
//
// # The words
//
// A [Claim] is one supplier's statement about one part: where each stage of its
// making took place, who performed it, and from when until when the statement
// holds. Signed, it is an in-toto Statement v1 in a Sigstore bundle v0.3 with the
// predicate type [PredicateType]; origin-claim.schema.json describes the
// predicate. Its subject is the sha256 of the [Part]'s identity document: the
// maker, part number, revision and lot as RFC 8785 JSON. SCAI attribute reports
// (v0.3) about origin are read too.
//
// [Evaluate] judges bundles under a reader's trust, and [Join] gives a document
// anew what they carry. There are three outcomes:
//
//   - accepted: the signature verifies, and the reader lets the signer speak
//     about that maker, part and stage. The value is of grade signed.
//   - weak: the claim is whole and its signer is unknown, out of scope, expired
//     or revoked. The value is of grade declared, and its evidence says why.
//   - void: the claim is not whole, outside its dates, superseded, about another
//     part, revision or lot, or contradicts itself. It gives no value and is
//     listed with the reason.
//
// What a document itself writes about claims is not read: its bundles are.
// A registered seat or headquarters is no stage, so no claim has one.
//
//	results, err := claim.Evaluate(doc.Claims, claim.Reader{Trust: trust, Now: now, AsOf: asOf})
//	joined := claim.Join(doc, results, claim.Written{})
//
// The package opens no file, uses no network and signs nothing.
package claim

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/gowebpki/jcs"
)

// Predicate types of the statements that are read as claims.
const (
	PredicateType = "https://github.com/originbom/originbom/origin-claim/v1"
	SCAI          = "https://in-toto.io/attestation/scai/v0.3"
)

// StatementType is the in-toto version of every claim.
const StatementType = "https://in-toto.io/Statement/v1"

// MediaType is that of the bundles around claims.
const MediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"

// Schema is the JSON Schema (draft 2020-12) of the predicate.
//
//go:embed origin-claim.schema.json
var Schema []byte

// A Claim is what a supplier states about one part.
type Claim struct {
	ID         string     `json:"claimId" yaml:"claimId"` // the claimant's own number for it
	Claimant   Party      `json:"claimant" yaml:"claimant"`
	Part       Part       `json:"part" yaml:"part"`
	Stages     []Stage    `json:"stages" yaml:"stages"`
	ValidFrom  string     `json:"validFrom" yaml:"validFrom"`                       // first day, ISO 8601
	ValidUntil string     `json:"validUntil,omitempty" yaml:"validUntil,omitempty"` // last day, "" if it has no end
	Supersedes []string   `json:"supersedes,omitempty" yaml:"supersedes,omitempty"` // ids of claims that this one replaces
	Evidence   []Document `json:"evidence,omitempty" yaml:"evidence,omitempty"`     // papers that the claimant holds
}

// A Party is a firm. Identifiers are by scheme, such as lei.
type Party struct {
	Name        string            `json:"name" yaml:"name"`
	Identifiers map[string]string `json:"identifiers,omitempty" yaml:"identifiers,omitempty"`
}

// A Part is what a claim is about: every piece with that number and revision,
// or those of one lot or range of serial numbers.
type Part struct {
	Manufacturer string       `json:"manufacturer" yaml:"manufacturer"`
	PartNumber   string       `json:"partNumber" yaml:"partNumber"`
	Revision     string       `json:"revision,omitempty" yaml:"revision,omitempty"` // "" is every revision
	Lot          string       `json:"lot,omitempty" yaml:"lot,omitempty"`
	Serials      *SerialRange `json:"serials,omitempty" yaml:"serials,omitempty"`
}

// A SerialRange is a range of serial numbers, both ends included.
type SerialRange struct {
	From string `json:"from" yaml:"from"`
	To   string `json:"to" yaml:"to"`
}

// A Stage is where one stage took place, or a part of it.
type Stage struct {
	Stage       string `json:"stage" yaml:"stage"`                                 // one of sbom.Stages
	Country     string `json:"country,omitempty" yaml:"country,omitempty"`         // ISO 3166-1 alpha-2 or 3166-2
	Withheld    bool   `json:"withheld,omitempty" yaml:"withheld,omitempty"`       // known and not told, instead of a country
	Site        string `json:"site,omitempty" yaml:"site,omitempty"`               // plant, in words
	FacilityID  string `json:"facilityId,omitempty" yaml:"facilityId,omitempty"`   //
	PerformedBy string `json:"performedBy,omitempty" yaml:"performedBy,omitempty"` // the party that performed it
	Share       *Share `json:"share,omitempty" yaml:"share,omitempty"`             // nil is all of it
	Basis       string `json:"basis,omitempty" yaml:"basis,omitempty"`             // what the share is of: value, count, weight
	HS          string `json:"hs,omitempty" yaml:"hs,omitempty"`                   // of the stage customs: HS code
	OriginRule  string `json:"originRule,omitempty" yaml:"originRule,omitempty"`   // of the stage customs: by which rule
}

// A Document is a paper that the claimant holds and does not send.
type Document struct {
	Name      string `json:"name" yaml:"name"`
	MediaType string `json:"mediaType,omitempty" yaml:"mediaType,omitempty"`
	SHA256    string `json:"sha256" yaml:"sha256"`
}

// Subject is the sha256, in hex, of the part's identity document: RFC 8785 JSON
// of lot, manufacturer, partNumber and revision, all of them, "" where there is
// none.
func (p Part) Subject() string {
	doc := map[string]string{"lot": p.Lot, "manufacturer": p.Manufacturer, "partNumber": p.PartNumber, "revision": p.Revision}
	plain, err := json.Marshal(doc)
	if err != nil { // strings always marshal
		return ""
	}
	canonical, err := jcs.Transform(plain)
	if err != nil { // not UTF-8, which Check refuses
		return ""
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}

// String names the part: number, revision, maker, lot.
func (p Part) String() string {
	s := p.PartNumber
	if p.Revision != "" {
		s += " revision " + p.Revision
	}
	s += " of " + p.Manufacturer
	if p.Lot != "" {
		s += ", lot " + p.Lot
	}
	if p.Serials != nil {
		s += ", serial numbers " + p.Serials.From + " to " + p.Serials.To
	}
	return s
}

// Statement gives the in-toto statement to be signed. The same claim gives the
// same bytes.
func (c *Claim) Statement() ([]byte, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	type subject struct {
		Name   string            `json:"name"`
		Digest map[string]string `json:"digest"`
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(struct {
		Type          string    `json:"_type"`
		Subject       []subject `json:"subject"`
		PredicateType string    `json:"predicateType"`
		Predicate     *Claim    `json:"predicate"`
	}{StatementType, []subject{{c.Part.PartNumber, map[string]string{"sha256": c.Part.Subject()}}}, PredicateType, c})
	if err != nil {
		return nil, fmt.Errorf("claim %s: %w", c.ID, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
