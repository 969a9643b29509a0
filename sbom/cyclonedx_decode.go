package sbom

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/originbom/originbom/sbom/country"
)

// A decoder turns the library's types into a Document.
type decoder struct {
	file   Source
	author string // whose word the document is
	doc    *Document
	facts  map[string][]Fact // from the claims section, by target
	deps   map[string][]string
	whole  map[string]string // completeness by ref
	rest   string            // completeness of all that has none of its own
	lost   map[string]int    // what the model cannot hold, counted
	refs   map[string]int    // every bom-ref, so that none is given twice
	errs   []error           // what has two meanings
}

// decodeCycloneDX reads JSON that strictjson accepted.
// refs are its bom-refs.
func decodeCycloneDX(src Source, data []byte, refs map[string]int) (*Document, []Note, error) {
	bom := new(cdx.BOM)
	err := cdx.NewBOMDecoder(bytes.NewReader(data), cdx.BOMFileFormatJSON).Decode(bom)
	d := &decoder{
		file: src, doc: &Document{}, facts: map[string][]Fact{}, deps: map[string][]string{}, whole: map[string]string{},
		lost: map[string]int{}, refs: refs,
	}
	if err != nil {
		// The library has an object where the schema has a string.
		stripped, ok := withoutClassification(data)
		if !ok {
			return nil, nil, err
		}
		bom = new(cdx.BOM)
		if err := cdx.NewBOMDecoder(bytes.NewReader(stripped), cdx.BOMFileFormatJSON).Decode(bom); err != nil {
			return nil, nil, err
		}
		d.lost["declarations.evidence.data.classification"]++
	}
	if bom.SpecVersion < cdx.SpecVersion1_2 {
		return nil, nil, fmt.Errorf("CycloneDX %v is not read: convert it to %s", bom.SpecVersion, Spec17)
	}
	d.read(bom)
	if len(d.errs) > 0 {
		return nil, nil, errors.Join(d.errs...)
	}
	return d.doc, d.notes(), nil
}

func (d *decoder) read(bom *cdx.BOM) {
	d.metadata(bom.Metadata)
	d.sections(bom)
	d.declarations(bom.Declarations)
	for _, dep := range each(bom.Dependencies) {
		d.deps[dep.Ref] = append(d.deps[dep.Ref], each(dep.Dependencies)...)
	}
	for _, c := range each(bom.Compositions) {
		d.composition(c)
	}
	d.doc.Device.Assembly = d.rest
	if bom.Metadata != nil && bom.Metadata.Component != nil {
		d.device(bom.Metadata.Component)
	}
	d.doc.Components = append(d.doc.Components, d.components(bom.Components, pointerRef+"components")...)
}

// composition keeps what is said of assemblies. One that names nothing is about
// the whole document, and so about the device.
func (d *decoder) composition(c cdx.Composition) {
	if c.Assemblies == nil && c.Dependencies == nil && c.Vulnerabilities == nil {
		d.rest = lessWhole(d.rest, string(c.Aggregate))
	}
	for _, ref := range each(c.Assemblies) {
		d.whole[string(ref)] = lessWhole(d.whole[string(ref)], string(c.Aggregate))
	}
}

// lessWhole gives the worse of two words about completeness: incomplete, in any
// of its forms, before what nobody knows, and that before complete. "" is not
// said.
func lessWhole(a, b string) string {
	rank := func(s string) int {
		switch {
		case s == "":
			return 0
		case s == "complete":
			return 1
		case strings.HasPrefix(s, "incomplete"):
			return 3
		}
		return 2
	}
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// pointerRef begins the refs that components get who have none.
const pointerRef = "#/"

// ref gives a component's bom-ref, or else its place in the document.
func (d *decoder) ref(c *cdx.Component, at string) string {
	ref := c.BOMRef
	if ref == "" {
		for ref = at; ; ref += "'" {
			if _, taken := d.refs[ref]; !taken {
				break
			}
		}
	}
	return ref
}

func each[T any](s *[]T) []T {
	if s == nil {
		return nil
	}
	return *s
}

func (d *decoder) notes() []Note {
	var out []Note
	for what, n := range d.lost {
		out = append(out, Note{File: d.file.Name, Text: fmt.Sprintf("%s (%d) is not kept", what, n)})
	}
	slices.SortFunc(out, func(a, b Note) int { return cmp.Compare(a.Text, b.Text) })
	return out
}

func (d *decoder) lose(what string, is bool) {
	if is {
		d.lost[what]++
	}
}

// sections counts the top-level sections that the model has no place for.
func (d *decoder) sections(bom *cdx.BOM) {
	d.lose("services", bom.Services != nil)
	d.lose("vulnerabilities", bom.Vulnerabilities != nil)
	d.lose("definitions", bom.Definitions != nil)
	d.lose("externalReferences", bom.ExternalReferences != nil)
	d.lose("properties", bom.Properties != nil)
	d.lose("signature (present, not verified)", bom.Signature != nil)
	for _, f := range each(bom.Formulation) {
		d.lose("formulation", f.BOMRef != "formula:inputs")
	}
	for _, a := range each(bom.Annotations) {
		d.lose("annotations", !strings.HasPrefix(a.BOMRef, "conflict:"))
	}
}

func (d *decoder) metadata(m *cdx.Metadata) {
	if m == nil {
		return
	}
	if t, err := time.Parse(time.RFC3339, m.Timestamp); err == nil {
		d.doc.Time = t.UTC()
	}
	if m.Tools != nil {
		for _, t := range each(m.Tools.Components) {
			if t.Name == "originbom" {
				d.doc.Tool = t.Version
			}
		}
	}
	for _, a := range each(m.Authors) {
		d.doc.Authors = append(d.doc.Authors, Contact{a.Name, a.Email})
		d.author = cmp.Or(d.author, a.Name)
	}
	if m.Manufacturer != nil {
		d.author = cmp.Or(m.Manufacturer.Name, d.author)
	}
	d.lose("metadata.supplier", m.Supplier != nil)
	d.lose("metadata.manufacturer", m.Manufacturer != nil)
	d.lose("metadata.licenses", m.Licenses != nil)
	d.lose("metadata.distributionConstraints", m.DistributionConstraints != nil)
	for _, p := range each(m.Properties) {
		d.metadataProperty(p)
	}
}

func (d *decoder) metadataProperty(p cdx.Property) {
	switch p.Name {
	case propInput:
		var in inputRecord
		if json.Unmarshal([]byte(p.Value), &in) == nil {
			d.doc.Inputs = append(d.doc.Inputs, Input(in))
			return
		}
	case propOrganisation:
		var o organisationRecord
		if json.Unmarshal([]byte(p.Value), &o) == nil {
			d.doc.Organisations = append(d.doc.Organisations, Organisation(o))
			return
		}
	case propNote:
		d.doc.Notes = append(d.doc.Notes, Note{Text: p.Value})
		return
	}
	d.lose("metadata.properties", !strings.HasPrefix(p.Name, propCoverage)) // coverage is counted anew
}

// declarations collects facts from claims in our predicate language, with
// their evidence.
func (d *decoder) declarations(decl *cdx.Declarations) {
	if decl == nil {
		return
	}
	for _, a := range each(decl.Attestations) {
		d.lose("declarations.attestations", !strings.HasPrefix(string(a.Assessor), assessorPrefix))
	}
	evidence := map[cdx.BOMReference][]Evidence{}
	for _, e := range each(decl.Evidence) {
		for _, data := range each(e.Data) {
			if data.Contents == nil || data.Contents.Attachment == nil {
				continue
			}
			at := data.Contents.Attachment
			var rec evidenceRecord
			switch {
			case e.PropertyName == propClaimBundle && at.Encoding == "base64":
				b, err := base64.StdEncoding.DecodeString(at.Content)
				d.lose("an attached claim bundle that is not base64", err != nil)
				if err == nil {
					d.doc.Claims = append(d.doc.Claims, AttachedFile{data.Name, at.ContentType, b})
				}
			case e.PropertyName == propClaimBundle:
				d.lose("an attached claim bundle that is not base64", true)
			case json.Unmarshal([]byte(at.Content), &rec) == nil:
				ref := cdx.BOMReference(e.BOMRef)
				evidence[ref] = append(evidence[ref], rec.evidence())
			}
		}
	}
	for _, c := range each(decl.Claims) {
		f, ok := d.claimedFact(c, evidence)
		if !ok {
			d.lose("declarations.claims", true)
			continue
		}
		target := string(c.Target)
		d.facts[target] = append(d.facts[target], f)
	}
}

func (d *decoder) claimedFact(c cdx.Claim, evidence map[cdx.BOMReference][]Evidence) (Fact, bool) {
	var es []Evidence
	for _, ref := range each(c.Evidence) {
		es = append(es, evidence[ref]...)
	}
	if p, ok := strings.CutSuffix(c.Predicate, unreadPredicate); ok && factOfProperty(p) != "" {
		if es == nil {
			es = []Evidence{d.word(string(c.Target), c.Predicate)}
		}
		return Fact{Name: factOfProperty(p), Unread: es}, true
	}
	if p, ok := strings.CutSuffix(c.Predicate, withheldPredicate); ok && factOfProperty(p) != "" {
		return Fact{Name: factOfProperty(p), Withheld: true, WithheldBy: es}, true
	}
	name, v, ok := parsePredicate(c.Predicate)
	if !ok {
		return Fact{}, false
	}
	if es == nil { // a claim without evidence is the word of the document's author
		es = []Evidence{d.word(string(c.Target), c.Predicate)}
	}
	v.Evidence = es
	return Fact{Name: name, Values: []Value{v}}, true
}

// word is evidence that rests on the document alone.
func (d *decoder) word(ref, says string) Evidence {
	return Evidence{Source: d.file, Place: ref, Method: MethodDocument, Says: says, By: d.author}
}

// factsOf joins what the claims section carries about ref with what the
// component's own fields and properties state.
func (d *decoder) factsOf(ref string, maker *cdx.OrganizationalEntity, stated map[string]string) []Fact {
	fs := sortFacts(d.facts[ref])
	if maker != nil && !NotTold(maker.Name) {
		stated[Manufacturer] = maker.Name
	}
	for name, value := range stated {
		if f, ok := d.statedFact(ref, name, value, fs); ok {
			fs = append(fs, f)
		}
	}
	return sortFacts(fs)
}

// statedFact is what a property or the manufacturer field says beyond the
// claims: nothing where the claims carry that value. A value that was edited in
// by hand thus stands beside the claimed one, as the document's word.
func (d *decoder) statedFact(ref, name, value string, claimed []Fact) (Fact, bool) {
	word := d.word(ref, factProperty(name)+"="+value)
	if stage, ok := strings.CutSuffix(name, distributionSuffix); ok {
		word = d.word(ref, factProperty(stage)+distributionSuffix+"="+value)
		var items []item
		if err := json.Unmarshal([]byte(value), &items); err != nil {
			return Fact{Name: stage, Unread: []Evidence{word}}, true
		}
		f := Fact{Name: stage}
		for _, it := range items {
			v, ok := it.value(stage)
			if !ok {
				f.Unread = []Evidence{word}
				continue
			}
			v.Evidence = []Evidence{word}
			if !hasValue(factNamed(claimed, stage), v) {
				f.Values = append(f.Values, v)
			}
		}
		return f, len(f.Values) > 0 || len(f.Unread) > 0
	}
	if slices.ContainsFunc(factNamed(claimed, name).Values, func(v Value) bool { return v.Is == value }) {
		return Fact{}, false
	}
	if name == Manufacturer {
		word.Says = value
	} else if !country.IsCode(value) {
		return Fact{Name: name, Unread: []Evidence{word}}, true
	}
	return Fact{Name: name, Values: []Value{{Is: value, Evidence: []Evidence{word}}}}, true
}

func hasValue(f Fact, v Value) bool {
	return slices.ContainsFunc(f.Values, func(w Value) bool { return valueKey(w) == valueKey(v) })
}

func (d *decoder) device(c *cdx.Component) {
	dev := &d.doc.Device
	const at = pointerRef + "metadata/component"
	dev.Ref, dev.Model, dev.Revision = d.ref(c, at), c.Name, c.Version
	d.single(c)
	stated := dev.readProperties(ownProps(c.Properties))
	dev.Facts = d.factsOf(dev.Ref, c.Manufacturer, stated)
	dev.DependsOn = d.deps[dev.Ref]
	dev.Assembly = lessWhole(d.whole[dev.Ref], d.rest)
	d.dropped(c)
	d.doc.Components = d.components(c.Components, at+"/components")
}

func ownProps(ps *[]cdx.Property) []Property {
	var out []Property
	for _, p := range each(ps) {
		out = append(out, Property{p.Name, p.Value})
	}
	return out
}

func (d *decoder) components(cs *[]cdx.Component, at string) []Component {
	var out []Component
	for i := range each(cs) {
		out = append(out, d.component(&(*cs)[i], at+"/"+strconv.Itoa(i)))
	}
	return out
}

var kinds = map[cdx.ComponentType]Kind{
	cdx.ComponentTypeDevice: Hardware, cdx.ComponentTypeFirmware: Firmware, cdx.ComponentTypeDeviceDriver: Driver,
	cdx.ComponentTypeOS: OperatingSystem, cdx.ComponentTypeApplication: Application, cdx.ComponentTypeLibrary: Library,
	cdx.ComponentTypeFile: File, cdx.ComponentTypeFramework: Library, cdx.ComponentTypePlatform: Application,
	cdx.ComponentTypeContainer: Application,
}

// component reads the component whose JSON pointer is at.
func (d *decoder) component(c *cdx.Component, at string) Component {
	kind, ok := kinds[c.Type]
	if !ok {
		kind = File
	}
	d.lose("component type "+string(c.Type), !ok)
	out := Component{
		Ref: d.ref(c, at), Kind: kind, Name: c.Name, Version: c.Version, Description: c.Description,
		Candidate: c.Scope == cdx.ScopeExcluded, PURL: c.PackageURL,
	}
	out.DependsOn, out.Assembly = d.deps[out.Ref], d.whole[out.Ref]
	d.single(c)
	if c.Supplier != nil {
		out.Supplier = c.Supplier.Name
	}
	for _, a := range each(c.Authors) {
		out.Authors = append(out.Authors, Contact{a.Name, a.Email})
	}
	if c.CPE != "" {
		out.CPEs = []string{c.CPE}
	}
	for _, h := range each(c.Hashes) {
		out.Hashes = append(out.Hashes, Hash{string(h.Algorithm), h.Value})
	}
	if c.Licenses != nil {
		for _, l := range *c.Licenses {
			name := l.Expression
			if l.License != nil {
				name = cmp.Or(l.License.ID, l.License.Name)
			}
			out.Licenses = append(out.Licenses, name)
		}
	}
	out.Found = d.found(c)
	stated := out.readProperties(ownProps(c.Properties))
	if out.Kind != Hardware && (out.Category != "" || out.MPN != "" || len(out.Designators) > 0) {
		// A part with a category is a part, whatever type it is given: a type must
		// not take it out of the rules on hardware.
		out.Kind = Hardware
	}
	out.Facts = d.factsOf(out.Ref, c.Manufacturer, stated)
	out.Components = d.components(c.Components, at+"/components")
	d.dropped(c)
	return out
}

// single refuses a component with two values of a property of ours that can have
// one: which of them is read must not be a matter of chance.
func (d *decoder) single(c *cdx.Component) {
	seen := map[string]string{}
	for _, p := range each(c.Properties) {
		if !singleProperty(p.Name) {
			continue
		}
		if first, ok := seen[p.Name]; ok && first != p.Value && len(d.errs) < maxErrors {
			d.errs = append(d.errs, fmt.Errorf("the component %.100q (%.100q): the property %s stands twice, as %.100q and as %.100q: keep one",
				c.Name, c.BOMRef, p.Name, first, p.Value))
		}
		seen[p.Name] = p.Value
	}
}

// maxErrors bounds the errors about one document: a person reads some, and a
// hostile one may have a million.
const maxErrors = 20

// dropped counts the fields of a component that the model has no place for.
func (d *decoder) dropped(c *cdx.Component) {
	d.lose("component group", c.Group != "")
	d.lose("component publisher", c.Publisher != "")
	d.lose("component author", c.Author != "")
	d.lose("component copyright", c.Copyright != "")
	d.lose("component swid", c.SWID != nil)
	d.lose("component omniborId", c.OmniborID != nil)
	d.lose("component swhid", c.SWHID != nil)
	d.lose("component pedigree", c.Pedigree != nil)
	for _, r := range each(c.ExternalReferences) {
		d.lose("component externalReferences", !strings.HasPrefix(r.URL, bundleURL))
	}
	d.lose("component releaseNotes", c.ReleaseNotes != nil)
	d.lose("component modelCard", c.ModelCard != nil)
	d.lose("component data", c.Data != nil)
	d.lose("component cryptoProperties", c.CryptoProperties != nil)
	d.lose("component signature (present, not verified)", c.Signature != nil)
}

// found reverses encoder.found.
func (d *decoder) found(c *cdx.Component) []Evidence {
	if c.Evidence == nil {
		return nil
	}
	var out []Evidence
	for _, o := range each(c.Evidence.Occurrences) {
		var rec evidenceRecord
		if json.Unmarshal([]byte(o.AdditionalContext), &rec) != nil || rec.Method == "" {
			out = append(out, Evidence{Source: d.file, Place: o.Location, Method: MethodDocument, Says: o.AdditionalContext, By: d.author})
			continue
		}
		ev := rec.evidence()
		ev.Source.Name, ev.Place = d.splitLocation(o.Location, ev.Source.Digest)
		out = append(out, ev)
	}
	return out
}

// splitLocation splits "input!place" at the name of the input with that
// digest, since a name may hold a "!" itself.
func (d *decoder) splitLocation(location, digest string) (name, place string) {
	for _, in := range d.doc.Inputs {
		if rest, ok := strings.CutPrefix(location, in.Name+"!"); ok && in.Digest == digest {
			return in.Name, rest
		}
	}
	name, place, _ = strings.Cut(location, "!")
	return name, place
}

// withoutClassification drops declarations.evidence[].data[].classification.
func withoutClassification(data []byte) ([]byte, bool) {
	var m map[string]any
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if dec.Decode(&m) != nil {
		return nil, false
	}
	decl, _ := m["declarations"].(map[string]any)
	evidence, _ := decl["evidence"].([]any)
	found := false
	for _, e := range evidence {
		em, _ := e.(map[string]any)
		items, _ := em["data"].([]any)
		for _, it := range items {
			im, _ := it.(map[string]any)
			if _, ok := im["classification"]; ok {
				delete(im, "classification")
				found = true
			}
		}
	}
	if !found {
		return nil, false
	}
	out, err := json.Marshal(m)
	return out, err == nil
}
