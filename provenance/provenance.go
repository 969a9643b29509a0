// Package provenance turns readings of inputs into components with facts: it
// maps makers through the registry, and reconciles inputs that describe one
// phone, so that a part seen in three inputs is one component with three pieces
// of evidence.
//
// What inputs disagree on stays as several values of one fact. A maker's
// headquarters, owners and plants are kept with the organisation; they never
// become a stage of origin.
package provenance

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/originbom/originbom/provenance/registry"
	"github.com/originbom/originbom/sbom"
)

// Resolve joins readings into one draft for sbom.Build. Makers are looked up in
// reg as of the day at; at is also the day on which owners are given. The order
// of the readings does not matter.
func Resolve(readings []sbom.Reading, reg *registry.Registry, at time.Time) sbom.Document {
	readings = slices.Clone(readings)
	slices.SortStableFunc(readings, func(a, b sbom.Reading) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Input.Digest, b.Input.Digest), cmp.Compare(a.Input.Name, b.Input.Name))
	})
	// The same file given twice tells nothing twice.
	readings = slices.CompactFunc(readings, func(a, b sbom.Reading) bool { return a.Input == b.Input && a.Input.Digest != "" })
	readings = distinctRefs(readings)
	m := &mapper{registry: reg, at: at, organisations: map[string]sbom.Organisation{}}
	var doc sbom.Document
	for _, r := range readings {
		if r.Input.Digest != "" { // the command line is no file
			doc.Inputs = append(doc.Inputs, r.Input)
		}
		doc.Notes = append(doc.Notes, r.Notes...)
		if n, ok := anotherPhone(doc.Device, r); ok {
			doc.Notes = append(doc.Notes, n)
		}
		doc.Device = mergeDevice(doc.Device, r.Device)
	}
	doc.Device.Facts = m.facts(doc.Device.Facts)
	var sets [][]sbom.Component
	for _, r := range readings {
		sets = append(sets, m.components(r.Components))
	}
	rec := reconcile(sets)
	doc.Components = joinKernels(rec.components)
	doc.Notes = slices.Concat(doc.Notes, m.notes, rec.notes)
	doc.Organisations = m.sorted()
	return doc
}

// rank orders inputs by whose names for parts people use: part lists before
// other documents, documents before descriptions.
func rank(r sbom.Reading) int {
	return slices.Index([]string{"cyclonedx", "device-tree"}, r.Input.Kind) + 1
}

// anotherPhone notes that an input describes another board than those before
// it: by the first of the root's compatibles, which names the board.
func anotherPhone(d sbom.Device, r sbom.Reading) (sbom.Note, bool) {
	a, b := first(d.Compatible), first(r.Device.Compatible)
	if a == "" || b == "" || a == b {
		return sbom.Note{}, false
	}
	return sbom.Note{
		File: r.Input.Name, Text: fmt.Sprintf("describes the board %s, and another input %s: the parts of both stand in one BOM", b, a),
		Remedy: "if these are two phones, generate a BOM for each",
	}, true
}

// mergeDevice fills what d lacks from what another input says.
func mergeDevice(d, o sbom.Device) sbom.Device {
	d.Model, d.Name = cmp.Or(d.Model, o.Model), cmp.Or(d.Name, o.Name)
	d.Revision, d.Category = cmp.Or(d.Revision, o.Revision), cmp.Or(d.Category, o.Category)
	if d.Compatible == nil {
		d.Compatible = o.Compatible
	}
	d.Identifiers = slices.Concat(d.Identifiers, o.Identifiers)
	d.Facts = slices.Concat(d.Facts, o.Facts)
	d.Properties = slices.Concat(d.Properties, o.Properties)
	d.Assembly = cmp.Or(d.Assembly, o.Assembly)
	return d
}

// A mapper looks makers up.
type mapper struct {
	registry      *registry.Registry
	at            time.Time
	organisations map[string]sbom.Organisation
	notes         []sbom.Note
}

func (m *mapper) components(cs []sbom.Component) []sbom.Component {
	out := slices.Clone(cs)
	for i := range out {
		c := &out[i]
		c.Facts = m.facts(c.Facts)
		if c.Kind == sbom.Hardware {
			if f, ok := m.treeMaker(c); ok {
				c.Facts = append(c.Facts, f)
			}
		}
		m.lineNotes(c)
		c.VendorPrefix = ""
		c.Components = m.components(c.Components)
	}
	return out
}

// treeMaker is the maker of a part that a device tree names by vendor prefix
// and model.
func (m *mapper) treeMaker(c *sbom.Component) (sbom.Fact, bool) {
	i := slices.IndexFunc(c.Found, func(e sbom.Evidence) bool { return e.Method == sbom.MethodDeviceTree || e.Method == sbom.MethodLive })
	if c.VendorPrefix == "" || i < 0 {
		return sbom.Fact{}, false
	}
	part := c.Name
	if prefix, model, ok := strings.Cut(first(c.Compatible), ","); ok && prefix == c.VendorPrefix {
		part = model
	}
	a, ok := m.registry.Maker(c.VendorPrefix, part, c.Category, m.at)
	if !ok {
		m.notes = append(m.notes, sbom.Note{File: c.Found[i].Source.Name, Place: c.Found[i].Place, Text: fmt.Sprintf("the maker of %s is not known: %s", c.Name, a.Why)})
		return sbom.Fact{}, false
	}
	ev := c.Found[i]
	ev.Note = a.Why
	if !a.Reviewed || !a.Certain {
		// The link from the prefix to the maker is then no better than a record.
		ev.Method = sbom.MethodRegistry
		ev.Note += "; nobody has reviewed this record"
	}
	m.remember(a.Org)
	return sbom.Fact{Name: sbom.Manufacturer, Values: []sbom.Value{{Is: a.Org.LegalName, Evidence: []sbom.Evidence{ev}}}}, true
}

func first(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[0]
}

// facts maps the manufacturers that documents name. Another fact stays as it
// is.
func (m *mapper) facts(fs []sbom.Fact) []sbom.Fact {
	out := slices.Clone(fs)
	for i, f := range out {
		if f.Name != sbom.Manufacturer {
			continue
		}
		out[i].Values = slices.Clone(f.Values)
		for j, v := range f.Values {
			out[i].Values[j] = m.named(v)
		}
	}
	return out
}

// named maps one manufacturer from what a document calls it to its legal name.
// A name that the registry does not have stays as said.
func (m *mapper) named(v sbom.Value) sbom.Value {
	match := m.registry.ByName(v.Is)
	note := ""
	switch {
	case match.Exact != nil:
		m.remember(match.Exact)
		if v.Is != match.Exact.LegalName {
			note = fmt.Sprintf("the registry has %q for %s", v.Is, match.Exact.LegalName)
		}
		v.Is = match.Exact.LegalName
	case len(match.Possible) > 0:
		var names []string
		for _, p := range match.Possible {
			names = append(names, p.Organisation.LegalName)
		}
		note = fmt.Sprintf("%q is no name in the registry; a possible match, for a person to settle: %s", v.Is, strings.Join(names, ", "))
		m.note(v, note)
	default:
		note = fmt.Sprintf("%q is no name in the registry, so nothing is known of its owners", v.Is)
	}
	v.Evidence = slices.Clone(v.Evidence)
	for i := range v.Evidence {
		if note != "" && v.Evidence[i].Note == "" {
			v.Evidence[i].Note = note
		}
	}
	return v
}

func (m *mapper) note(v sbom.Value, text string) {
	if len(v.Evidence) > 0 {
		m.notes = append(m.notes, sbom.Note{File: v.Evidence[0].Source.Name, Place: v.Evidence[0].Place, Text: text})
	}
}

// remember keeps what the registry knows of an organisation, for readers.
func (m *mapper) remember(o *registry.Organisation) {
	if _, ok := m.organisations[o.ID]; ok {
		return
	}
	org := sbom.Organisation{
		ID: o.ID, Name: o.LegalName, Registered: o.Registered, Headquarters: o.Headquarters, Source: o.Source, Reviewed: o.Reviewed,
	}
	if top := m.surelyAbove(o); top != nil {
		org.UltimateParent, org.ParentCountry = top.LegalName, top.Headquarters
	}
	m.organisations[o.ID] = org
}

func (m *mapper) sorted() []sbom.Organisation {
	var out []sbom.Organisation
	for _, o := range m.organisations {
		out = append(out, o)
	}
	slices.SortFunc(out, func(a, b sbom.Organisation) int { return cmp.Compare(a.ID, b.ID) })
	return out
}
