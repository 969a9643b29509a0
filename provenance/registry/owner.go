package registry

import (
	"cmp"
	"slices"
	"time"
)

// Owners gives the edges into an organisation that are, or may be, in force on
// the day of at: those in force first, then the largest share. Each edge's In
// tells which.
func (r *Registry) Owners(id string, at time.Time) []Edge {
	var es []Edge
	for _, e := range r.owners[id] {
		if e.In(at) != No {
			es = append(es, e)
		}
	}
	slices.SortStableFunc(es, func(a, b Edge) int {
		return cmp.Or(cmp.Compare(b.In(at), a.In(at)), cmp.Compare(b.Share, a.Share), cmp.Compare(a.Owner, b.Owner))
	})
	return es
}

// History gives all edges into an organisation, ended ones too, oldest first.
func (r *Registry) History(id string) []Edge { return slices.Clone(r.owners[id]) }

// Owned gives the edges out of an organisation that are, or may be, in force on
// the day of at, by the id of the owned.
func (r *Registry) Owned(id string, at time.Time) []Edge {
	var es []Edge
	for _, e := range r.owned[id] {
		if e.In(at) != No {
			es = append(es, e)
		}
	}
	return es
}

// A Parentage is what is known about who is above an organisation.
type Parentage struct {
	// Ultimate is reached by title: over edges of more than half. It is the
	// organisation itself if none is known.
	Ultimate *Organisation
	Path     []Edge // from the organisation up to Ultimate
	// Control are the other edges of kind control into the organisation and
	// those on the path: power without title, such as a state's actual
	// control. They are not followed. How they count is a policy's rule.
	Control []Edge
	// Certain is false when an edge on the path is only Perhaps in force, or
	// when two owners both seem to hold more than half.
	Certain bool
	// Reviewed is false when an edge on the path is general knowledge.
	Reviewed bool
}

// UltimateParent follows title upwards from an organisation on the day of at.
// Cycles end at the first organisation seen twice. ok is false if there is no
// such organisation.
func (r *Registry) UltimateParent(id string, at time.Time) (p Parentage, ok bool) {
	o, ok := r.orgs[id]
	if !ok {
		return p, false
	}
	p = Parentage{Ultimate: o, Certain: true, Reviewed: true}
	seen := map[string]bool{id: true}
	for {
		var up []Edge
		for _, e := range r.Owners(p.Ultimate.ID, at) {
			switch {
			case e.Title():
				up = append(up, e)
			case e.Kind == Control:
				p.Control = append(p.Control, e)
			}
		}
		if len(up) == 0 {
			return p, true
		}
		if slices.ContainsFunc(up, func(e Edge) bool { return e.Owner != up[0].Owner }) || up[0].In(at) != Yes {
			p.Certain = false
		}
		if seen[up[0].Owner] {
			p.Certain = false
			return p, true
		}
		seen[up[0].Owner] = true
		p.Path = append(p.Path, up[0])
		p.Reviewed = p.Reviewed && up[0].Reviewed
		p.Ultimate = r.orgs[up[0].Owner]
	}
}

// legalEntity gives the legal entity that a division belongs to: o itself if it
// is none.
func (r *Registry) legalEntity(o *Organisation) *Organisation {
	for range r.orgs { // a division of itself would not end
		i := slices.IndexFunc(r.owners[o.ID], func(e Edge) bool { return e.Kind == Division })
		if i < 0 {
			return o
		}
		o = r.orgs[r.owners[o.ID][i].Owner]
	}
	return o
}
