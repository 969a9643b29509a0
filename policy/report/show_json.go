package report

import (
	"io"
	"slices"

	"github.com/originbom/originbom/sbom"
)

type jsonPart struct {
	Ref        string              `json:"ref"`
	Kind       sbom.Kind           `json:"kind"`
	Name       string              `json:"name"`
	Version    string              `json:"version,omitempty"`
	Category   sbom.Category       `json:"category,omitempty"`
	Path       []string            `json:"path"`
	Identified bool                `json:"identified"`
	Candidate  bool                `json:"candidate,omitempty"`
	Quantity   float64             `json:"quantity,omitempty"`
	Identity   string              `json:"identity"`
	Found      []jsonEvidence      `json:"found"`
	Facts      map[string]jsonFact `json:"facts"`
}

type jsonFact struct {
	State  sbom.State     `json:"state"`
	Grade  string         `json:"grade"`
	Held   []jsonEvidence `json:"withheldBy,omitempty"`
	Values []jsonValue    `json:"values"`
	Unread []jsonEvidence `json:"unread,omitempty"`
}

// ShowJSON writes the document's components, or those that part names as for
// ShowPart, as one array.
func ShowJSON(w io.Writer, d *sbom.Document, part string, t sbom.Trust) error {
	out := []jsonPart{}
	var only []*sbom.Component
	if part != "" {
		var err error
		if only, err = called(d, part); err != nil {
			return err
		}
	}
	d.Walk(func(c *sbom.Component, up []string) {
		if part != "" && !slices.Contains(only, c) {
			return
		}
		j := jsonPart{
			Ref: c.Ref, Kind: c.Kind, Name: c.Name, Version: c.Version, Category: c.Category, Path: some(up), Identified: !c.Unidentified,
			Candidate: c.Candidate, Quantity: c.Quantity, Identity: c.Identity(), Found: evidence(c.Found), Facts: map[string]jsonFact{},
		}
		for _, f := range c.Facts {
			jf := jsonFact{State: f.State(t, sbom.Ungraded), Grade: f.Grade(t).String(), Held: evidence(f.WithheldBy), Values: []jsonValue{}, Unread: evidence(f.Unread)}
			for _, v := range f.Values {
				jf.Values = append(jf.Values, value(v, v.Grade(t)))
			}
			j.Facts[f.Name] = jf
		}
		out = append(out, j)
	})
	return writeJSON(w, out)
}
