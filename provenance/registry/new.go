package registry

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// New makes a registry of the given organisations and edges only, as the table
// of a policy pack needs it. Ids must be unique, every id that an edge names
// must exist, and dates must be dates; all problems are reported together.
// Names work; vendor prefixes, product lines and brands are empty.
func New(orgs []Organisation, edges []Edge) (*Registry, error) {
	b, err := json.Marshal([]any{orgs, edges})
	if err != nil {
		return nil, err
	}
	var errs []error
	ids := map[string]bool{}
	for _, o := range orgs {
		if ids[o.ID] || o.ID == "" {
			errs = append(errs, fmt.Errorf("organisation %q: the id is blank or stands there twice", o.ID))
		}
		ids[o.ID] = true
	}
	t := tables{orgs: overlay(nil, orgs, func(o Organisation) string { return o.ID }), edges: overlay(nil, edges, edgeKey)}
	for _, e := range edges {
		what := fmt.Sprintf("edge of %q over %q", e.Owner, e.Owned)
		for _, id := range []string{e.Owner, e.Owned} {
			if !ids[id] {
				errs = append(errs, fmt.Errorf("%s: %q is no organisation; add it", what, id))
			}
		}
		for _, d := range []Date{e.From, e.To, e.Seen} {
			if _, _, err := d.span(); d != "" && err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", what, err))
			}
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	sum := sha256.Sum256(b)
	return build(t, hex.EncodeToString(sum[:]))
}
