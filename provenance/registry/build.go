package registry

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/originbom/originbom/provenance/registry/names"
)

// build links the tables and makes the indexes. Every id that is named must
// exist.
func build(t tables, digest string) (*Registry, error) {
	r := &Registry{t: t, digest: digest, orgs: map[string]*Organisation{}, owners: map[string][]Edge{}, owned: map[string][]Edge{}, leis: map[string]string{}}
	var errs []error
	for i := range r.t.orgs {
		o := &r.t.orgs[i]
		r.orgs[o.ID] = o
		if o.LEI != "" {
			if other, ok := r.leis[o.LEI]; ok {
				errs = append(errs, fmt.Errorf("organisations.csv: %q and %q have the same LEI %s; correct one", other, o.ID, o.LEI))
			}
			r.leis[o.LEI] = o.ID
		}
	}
	for _, ref := range t.refs {
		if _, ok := r.orgs[ref.id]; !ok {
			errs = append(errs, fmt.Errorf("%s: line %d: %s is %q, which is no organisation; add it to organisations.csv", ref.file, ref.line, ref.column, ref.id))
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	for _, e := range t.edges {
		r.owners[e.Owned] = append(r.owners[e.Owned], e)
		r.owned[e.Owner] = append(r.owned[e.Owner], e)
	}
	for _, es := range r.owners {
		slices.SortStableFunc(es, func(a, b Edge) int { return strings.Compare(string(a.From), string(b.From)) })
	}
	for _, es := range r.owned {
		slices.SortStableFunc(es, func(a, b Edge) int { return strings.Compare(a.Owned, b.Owned) })
	}
	r.names = sync.OnceValue(func() *names.Index {
		var es []names.Entry
		for i := range r.t.orgs {
			es = append(es, r.t.orgs[i].entries()...)
		}
		return names.NewIndex(es)
	})
	return r, nil
}
