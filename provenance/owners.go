package provenance

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/originbom/originbom/provenance/registry"
	"github.com/originbom/originbom/sbom"
)

// OwnersAt gives d with the organisations that its components name as reg knows
// them on the day at: the same document can so be asked who controlled a part on
// any day. Makers stay as the document has them.
func OwnersAt(d *sbom.Document, reg *registry.Registry, at time.Time) *sbom.Document {
	m := &mapper{registry: reg, at: at, organisations: map[string]sbom.Organisation{}}
	see := func(f sbom.Fact) {
		for _, v := range f.Values {
			if o := reg.ByName(v.Is).Exact; o != nil {
				m.remember(o)
			}
		}
	}
	see(d.Device.Fact(sbom.Manufacturer))
	d.Walk(func(c *sbom.Component, _ []string) { see(c.Fact(sbom.Manufacturer)) })
	out := *d
	out.Organisations = m.sorted()
	return &out
}

// surelyAbove gives the highest organisation that is above o by title on the day
// for certain: at the first step that the registry is not sure of, it stops. It
// gives nil if that is the first one.
func (m *mapper) surelyAbove(o *registry.Organisation) *registry.Organisation {
	p, ok := m.registry.UltimateParent(o.ID, m.at)
	if !ok {
		return nil
	}
	var top *registry.Organisation
	for _, e := range p.Path {
		if e.In(m.at) != registry.Yes || m.contested(e) {
			return top
		}
		if top, ok = m.registry.Organisation(e.Owner); !ok {
			return nil
		}
	}
	return top
}

// contested reports whether somebody else may hold title to what e's owner owns.
func (m *mapper) contested(e registry.Edge) bool {
	return slices.ContainsFunc(m.registry.Owners(e.Owned, m.at), func(other registry.Edge) bool {
		return other.Title() && other.Owner != e.Owner
	})
}

// lineNotes tells, at each maker that a document names, if the registry has the
// part's product line with somebody else on the day. Who made this very piece is
// not known by that, so the maker stays as named.
func (m *mapper) lineNotes(c *sbom.Component) {
	if c.Kind != sbom.Hardware || c.Unidentified {
		return
	}
	for i, f := range c.Facts {
		if f.Name != sbom.Manufacturer {
			continue
		}
		for j, v := range f.Values {
			note := m.lineNote(v.Is, c)
			if note == "" {
				continue
			}
			c.Facts[i].Values[j].Evidence = slices.Clone(v.Evidence)
			for k, e := range v.Evidence {
				if e.Method == sbom.MethodDocument {
					c.Facts[i].Values[j].Evidence[k].Note = strings.TrimPrefix(e.Note+"; "+note, "; ")
				}
			}
		}
	}
}

func (m *mapper) lineNote(maker string, c *sbom.Component) string {
	o := m.registry.ByName(maker).Exact
	if o == nil {
		return ""
	}
	number := c.MPN
	if number == "" {
		number = c.Name
	}
	a, ok := m.registry.MakerOfLine(o.ID, strings.ToLower(number), m.at)
	if !ok || a.Org == nil || a.Org.ID == o.ID {
		return ""
	}
	m.remember(a.Org)
	return fmt.Sprintf("its product line is now with %s: %s", a.Org.LegalName, a.Why)
}
