package registry

import (
	"strings"

	"github.com/originbom/originbom/provenance/registry/names"
)

// A NameMatch is what a name leads to.
type NameMatch struct {
	// Exact is the organisation of that id, LEI or name; nil if the name alone
	// does not tell.
	Exact *Organisation
	By    string // how it was found: id, LEI, or the name that is the same
	// Possible are organisations that a person must settle. They are never the
	// answer.
	Possible []Possible
}

// A Possible is an organisation that a name may mean.
type Possible struct {
	Organisation *Organisation
	Why          string
}

// ByName looks an organisation up by its id, its LEI or one of its names. How
// names are compared is described in package names.
func (r *Registry) ByName(name string) NameMatch {
	name = strings.TrimSpace(name)
	if o, ok := r.orgs[name]; ok {
		return NameMatch{Exact: o, By: "id"}
	}
	if id, ok := r.leis[strings.ToUpper(name)]; ok {
		return NameMatch{Exact: r.orgs[id], By: "LEI"}
	}
	exact, possible := r.names().Find(name)
	var m NameMatch
	if len(exact) == 1 {
		m.Exact, m.By = r.orgs[exact[0].ID], exact[0].Why
	} else {
		for _, e := range exact {
			m.Possible = append(m.Possible, Possible{r.orgs[e.ID], e.Why + ", as other organisations have"})
		}
	}
	for _, p := range possible {
		m.Possible = append(m.Possible, Possible{r.orgs[p.ID], p.Why})
	}
	return m
}

// Brand gives what stands behind the value of an Android property such as
// ro.product.brand.
func (r *Registry) Brand(property, value string) (Brand, bool) {
	for _, b := range r.t.brands {
		if b.Property == property && strings.EqualFold(b.Value, value) {
			return b, true
		}
	}
	return Brand{}, false
}

// entries are the organisation's names for the index, its legal name first. A
// remark in brackets is not part of a name.
func (o *Organisation) entries() []names.Entry {
	es := []names.Entry{{ID: o.ID, Name: o.LegalName, Rank: 0}}
	if o.ShortName != "" {
		es = append(es, names.Entry{ID: o.ID, Name: o.ShortName, Rank: 1})
	}
	for _, a := range o.Aliases {
		es = append(es, names.Entry{ID: o.ID, Name: a, Rank: 2})
	}
	if before, _, ok := strings.Cut(o.LegalName, " ("); ok && !strings.Contains(o.LegalName, "business") {
		es = append(es, names.Entry{ID: o.ID, Name: before, Rank: 3})
	}
	return es
}

// validLEI checks an LEI: 18 letters and digits and two check digits that make
// the number 1 modulo 97 (ISO 17442-1, ISO/IEC 7064 MOD 97-10).
func validLEI(s string) bool {
	if len(s) != 20 {
		return false
	}
	n := 0
	for _, c := range s {
		switch {
		case '0' <= c && c <= '9':
			n = (n*10 + int(c-'0')) % 97
		case 'A' <= c && c <= 'Z':
			n = (n*100 + int(c-'A') + 10) % 97
		default:
			return false
		}
	}
	return n == 1
}
