package claim

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// This file reads in-toto SCAI attribute reports, version 0.3, as claims. An
// attribute whose name is "originbom:origin:" and a stage says where its target
// went through that stage; its conditions have the keys of a [Stage]. The target
// is a resource descriptor whose annotations have the keys of a [Part], and the
// same for all attributes. Its conditions may have claimId, validFrom and
// validUntil. Other attributes say nothing of origin and are not read.

// scaiAttribute is the prefix of the attributes that are read.
const scaiAttribute = "originbom:origin:"

type scaiReport struct {
	Attributes []struct {
		Attribute  string          `json:"attribute"`
		Target     scaiResource    `json:"target"`
		Conditions json.RawMessage `json:"conditions"`
	} `json:"attributes"`
	Producer scaiResource `json:"producer"`
}

type scaiResource struct {
	Name        string          `json:"name"`
	URI         string          `json:"uri"`
	Annotations json.RawMessage `json:"annotations"`
}

// scaiConditions are those of an attribute about origin.
type scaiConditions struct {
	Stage
	ClaimID    string `json:"claimId"`
	ValidFrom  string `json:"validFrom"`
	ValidUntil string `json:"validUntil"`
}

func parseSCAI(data []byte) (*statement, error) {
	var report scaiReport
	if err := json.Unmarshal(data, &report); err != nil {
		return nil, fmt.Errorf("the SCAI report: %w", err)
	}
	out := &statement{claim: &Claim{Claimant: Party{Name: report.Producer.Name}}}
	c := out.claim
	for i, a := range report.Attributes {
		stage, ok := strings.CutPrefix(a.Attribute, scaiAttribute)
		if !ok {
			out.ignored++
			continue
		}
		var part Part
		var cond scaiConditions
		if err := errors.Join(strict(a.Target.Annotations, &part), strict(a.Conditions, &cond)); err != nil {
			return nil, fmt.Errorf("attribute %d of the SCAI report: %w", i, err)
		}
		if c.Part.PartNumber != "" && part.String() != c.Part.String() {
			return nil, fmt.Errorf("attribute %d of the SCAI report is about another target than those before: write one report a part", i)
		}
		if cond.Stage.Stage != "" && cond.Stage.Stage != stage {
			return nil, fmt.Errorf("attribute %d of the SCAI report names two stages", i)
		}
		cond.Stage.Stage = stage
		c.Part = part
		c.Stages = append(c.Stages, cond.Stage)
		for _, f := range []struct {
			to    *string
			value string
		}{{&c.ID, cond.ClaimID}, {&c.ValidFrom, cond.ValidFrom}, {&c.ValidUntil, cond.ValidUntil}} {
			if *f.to != "" && f.value != "" && *f.to != f.value {
				return nil, fmt.Errorf("attribute %d of the SCAI report has another claimId or date than those before", i)
			}
			if f.value != "" {
				*f.to = f.value
			}
		}
	}
	if len(c.Stages) == 0 {
		return nil, fmt.Errorf("the SCAI report says nothing of origin: no attribute begins with %s", scaiAttribute)
	}
	if c.ID == "" {
		c.ID = "SCAI " + c.Part.PartNumber
	}
	return out, nil
}

func strict(data []byte, into any) error {
	if len(data) == 0 {
		return errors.New("target.annotations or conditions are missing")
	}
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}
