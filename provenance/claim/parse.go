package claim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom/strictjson"
	"github.com/originbom/originbom/sbom/strictyaml"
)

// A statement is what a bundle's payload says, checked.
type statement struct {
	claim *Claim
	// others are the digests of further subjects: documents that the claim was
	// made for.
	others []string
	// ignored counts SCAI attributes that say nothing of origin.
	ignored int
}

// Parse reads the payload of a signed claim: an in-toto statement with one of
// our predicate types. What it does not understand it refuses, and so it does a
// claim that Check finds wrong, and one whose subject is not its part.
func Parse(payload []byte) (*Claim, error) {
	st, err := parse(payload)
	if err != nil {
		return nil, err
	}
	return st.claim, nil
}

func parse(payload []byte) (*statement, error) {
	if err := strictjson.Check(payload, &strictjson.Limits{MaxBytes: maxStatement, MaxDepth: maxDepth}); err != nil {
		return nil, err
	}
	var st struct {
		Type    string `json:"_type"`
		Subject []struct {
			Digest map[string]string `json:"digest"`
		} `json:"subject"`
		PredicateType string          `json:"predicateType"`
		Predicate     json.RawMessage `json:"predicate"`
	}
	if err := json.Unmarshal(payload, &st); err != nil {
		return nil, fmt.Errorf("the statement: %w", err)
	}
	var out *statement
	var err error
	switch st.PredicateType {
	case PredicateType:
		out, err = parsePredicate(st.Predicate)
	case SCAI:
		out, err = parseSCAI(st.Predicate)
	default:
		err = fmt.Errorf("the predicate type %.100q is no claim about origin: known are %s and %s", st.PredicateType, PredicateType, SCAI)
	}
	if err != nil {
		return nil, err
	}
	if err := out.claim.Check(); err != nil {
		return nil, oneLine(err)
	}
	own := out.claim.Part.Subject()
	found := false
	for _, s := range st.Subject {
		d := s.Digest["sha256"]
		switch {
		case d == "" || len(s.Digest) != 1:
			return nil, errors.New("a subject has another digest than one sha256")
		case d == own:
			found = true
		default:
			out.others = append(out.others, d)
		}
	}
	if !found {
		return nil, fmt.Errorf("the signature is about another part: no subject has the digest of %s (%s)", out.claim.Part, own)
	}
	return out, nil
}

// Limits on a statement.
const (
	maxStatement = 1 << 20 // 200 stages with texts of 1000 bytes each
	maxDepth     = 16
)

// members are the keys of the predicate at all depths but those of
// claimant.identifiers, which are free. encoding/json alone would take other
// cases of them for the same.
var members = strings.Fields(`claimId claimant part stages validFrom validUntil supersedes evidence
	name identifiers manufacturer partNumber revision lot serials from to
	stage country withheld site facilityId performedBy share basis hs originRule min max mediaType sha256`)

func parsePredicate(data []byte) (*statement, error) {
	err := strictjson.Walk(data, nil, func(m *strictjson.Member) error {
		if !slices.Contains(members, m.Key) && !strings.HasPrefix(m.Pointer(), "/claimant/identifiers/") {
			return fmt.Errorf("the predicate has a member that no check reads: %.60q", m.Key)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	c := new(Claim)
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(c); err != nil {
		return nil, fmt.Errorf("the predicate: %w", err)
	}
	return &statement{claim: c}, nil
}

// oneLine joins the lines of joined errors.
func oneLine(err error) error {
	return errors.New(strings.ReplaceAll(err.Error(), "\n", "; "))
}

// ReadFile reads a claim that is not signed yet, in YAML or JSON with the
// predicate's keys, as a template has them. Stages that were left blank are not
// claimed; they are named in blank. Every error names file and place.
func ReadFile(file string, data []byte) (c *Claim, blank []string, err error) {
	if len(data) > maxStatement {
		return nil, nil, fmt.Errorf("%s: larger than %d KiB", file, maxStatement>>10)
	}
	c = new(Claim)
	if err := strictyaml.Decode(file, data, c); err != nil {
		return nil, nil, err
	}
	kept := c.Stages[:0:0]
	for _, s := range c.Stages {
		if s.Country == "" && !s.Withheld {
			blank = append(blank, s.Stage)
			continue
		}
		kept = append(kept, s)
	}
	c.Stages = kept
	if err := c.Check(); err != nil {
		var lines []string
		for line := range strings.SplitSeq(err.Error(), "\n") {
			lines = append(lines, file+": "+line)
		}
		return nil, nil, errors.New(strings.Join(lines, "\n"))
	}
	return c, blank, nil
}
