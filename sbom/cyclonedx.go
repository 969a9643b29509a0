package sbom

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/google/uuid"
)

// This file writes documents as CycloneDX. It and cyclonedx_decode.go alone
// touch the library's types. Which fact stands where is decided in
// properties.go and declaration.go.

// Spec versions that Encode writes.
const (
	Spec17 = "1.7"
	Spec16 = "1.6" // without citations, which 1.6 has no place for
)

// serialSpace is the name space of our serial numbers: the UUIDv5 of the
// project's address in the URL name space.
var serialSpace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://github.com/originbom/originbom"))

// Encode writes d, which Build made, as pretty-printed CycloneDX JSON of the
// spec version. The same document gives the same bytes. The serial number is
// the UUIDv5 of the encoding with the serial number and all times left empty.
func Encode(d *Document, spec string) ([]byte, error) {
	if spec != Spec17 && spec != Spec16 {
		return nil, fmt.Errorf("CycloneDX version %q is not written: choose %s or %s", spec, Spec17, Spec16)
	}
	unstamped, err := marshal(encoder{doc: d, spec: spec}.bom())
	if err != nil {
		return nil, err
	}
	e := encoder{doc: d, spec: spec, time: d.Time.UTC().Format(time.RFC3339)}
	bom := e.bom()
	bom.SerialNumber = "urn:uuid:" + uuid.NewSHA1(serialSpace, unstamped).String()
	return marshal(bom)
}

func marshal(bom *cdx.BOM) ([]byte, error) {
	var b bytes.Buffer
	if err := cdx.NewBOMEncoder(&b, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false).Encode(bom); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

type encoder struct {
	doc  *Document
	spec string
	time string // "" while the serial number is computed
}

func (e encoder) bom() *cdx.BOM {
	d := e.doc
	bom := cdx.NewBOM()
	if e.spec == Spec16 {
		bom.SpecVersion = cdx.SpecVersion1_6
		bom.JSONSchema = "http://cyclonedx.org/schema/bom-1.6.schema.json"
	}
	bom.Metadata = e.metadata()
	bom.Components = list(e.components(d.Components))
	bom.Dependencies = list(e.dependencies())
	bom.Compositions = list(e.compositions())
	bom.Formulation = e.formulation()
	bom.Declarations = e.declarations()
	bom.Annotations = list(e.conflicts())
	if e.spec == Spec17 {
		bom.Citations = list(e.citations(bom))
	}
	return bom
}

// list gives nil for an empty slice, as optional fields want.
func list[T any](s []T) *[]T {
	if len(s) == 0 {
		return nil
	}
	return &s
}

func (e encoder) metadata() *cdx.Metadata {
	d := e.doc
	m := &cdx.Metadata{
		Timestamp:  e.time,
		Lifecycles: &[]cdx.Lifecycle{{Phase: cdx.LifecyclePhasePostBuild}},
		Tools: &cdx.ToolsChoice{Components: &[]cdx.Component{{
			BOMRef: toolRef, Type: cdx.ComponentTypeApplication, Name: "originbom", Version: d.Tool,
			Manufacturer: &cdx.OrganizationalEntity{Name: "The originbom authors"},
		}}},
		Authors: list(contacts(d.Authors)),
	}
	m.Component = &cdx.Component{
		BOMRef: d.Device.Ref, Type: cdx.ComponentTypeDevice, Name: d.Device.Model, Version: d.Device.Revision,
		Manufacturer: maker(d.Device.Facts), Properties: list(props(deviceProperties(&d.Device, e.organisation(d.Device.Facts)))),
		ExternalReferences: e.bundles(d.Device.Facts),
	}
	var ps []Property
	for _, in := range d.Inputs {
		ps = append(ps, Property{propInput, compactJSON(inputRecord(in))})
	}
	for _, o := range d.Organisations {
		ps = append(ps, Property{propOrganisation, compactJSON(organisationRecord(o))})
	}
	for _, n := range d.Notes {
		ps = append(ps, Property{propNote, n.String()})
	}
	cov := d.Coverage()
	for _, c := range []struct {
		name       string
		categories []Category
	}{{"identified", cov.Identified}, {"unidentified", cov.Unidentified}, {"not-visible", cov.NotVisible}} {
		for _, category := range c.categories {
			ps = append(ps, Property{propCoverage + c.name, string(category)})
		}
	}
	m.Properties = list(props(ps))
	return m
}

const toolRef = "tool:originbom"

// An inputRecord is the value of the property originbom:input.
type inputRecord struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	Digest string `json:"sha256"`
}

// An organisationRecord is the value of the property originbom:organisation.
type organisationRecord struct {
	ID             string `json:"id"`
	Name           string `json:"name"`
	Registered     string `json:"registered,omitempty"`
	Headquarters   string `json:"headquarters,omitempty"`
	UltimateParent string `json:"ultimateParent,omitempty"`
	ParentCountry  string `json:"parentCountry,omitempty"`
	Source         string `json:"source,omitempty"`
	Reviewed       bool   `json:"reviewed"`
}

func contacts(cs []Contact) []cdx.OrganizationalContact {
	var out []cdx.OrganizationalContact
	for _, c := range cs {
		out = append(out, cdx.OrganizationalContact{Name: c.Name, Email: c.Email})
	}
	return out
}

func props(ps []Property) []cdx.Property {
	out := make([]cdx.Property, len(ps))
	for i, p := range ps {
		out[i] = cdx.Property{Name: p.Name, Value: p.Value}
	}
	return out
}

// maker is the manufacturer as CycloneDX wants it: one name, or "unknown" where
// none or several are told.
func maker(fs []Fact) *cdx.OrganizationalEntity {
	f := factNamed(fs, Manufacturer)
	if f.State(asWritten, Ungraded) == StateKnown {
		return &cdx.OrganizationalEntity{Name: f.Values[0].Is}
	}
	return &cdx.OrganizationalEntity{Name: Unknown}
}

// organisation is what the registry knew of the maker that the facts name.
func (e encoder) organisation(fs []Fact) *Organisation {
	name := maker(fs).Name
	for i := range e.doc.Organisations {
		if e.doc.Organisations[i].Name == name {
			return &e.doc.Organisations[i]
		}
	}
	return nil
}

var cdxTypes = map[Kind]cdx.ComponentType{
	Hardware: cdx.ComponentTypeDevice, Firmware: cdx.ComponentTypeFirmware, Driver: cdx.ComponentTypeDeviceDriver,
	OperatingSystem: cdx.ComponentTypeOS, Application: cdx.ComponentTypeApplication,
	Library: cdx.ComponentTypeLibrary, File: cdx.ComponentTypeFile,
}

func (e encoder) components(cs []Component) []cdx.Component {
	var out []cdx.Component
	for i := range cs {
		out = append(out, e.component(&cs[i]))
	}
	return out
}

func (e encoder) component(c *Component) cdx.Component {
	out := cdx.Component{
		BOMRef: c.Ref, Type: cdxTypes[c.Kind], Name: c.Name, Version: c.Version, Description: c.Description,
		Manufacturer: maker(c.Facts), Authors: list(contacts(c.Authors)), PackageURL: c.PURL,
		Licenses: licenses(c.Licenses), Evidence: e.found(c),
		Properties: list(props(componentProperties(c, e.organisation(c.Facts)))),
		Components: list(e.components(c.Components)), ExternalReferences: e.bundles(c.Facts),
	}
	if c.Supplier != "" {
		out.Supplier = &cdx.OrganizationalEntity{Name: c.Supplier}
	}
	if c.Candidate {
		out.Scope = cdx.ScopeExcluded
	}
	if len(c.CPEs) > 0 {
		out.CPE = c.CPEs[0]
	}
	var hs []cdx.Hash
	for _, h := range c.Hashes {
		hs = append(hs, cdx.Hash{Algorithm: cdx.HashAlgorithm(h.Algorithm), Value: h.Value})
	}
	out.Hashes = list(hs)
	return out
}

// licenses writes SPDX identifiers and expressions as an expression where
// there is but one, everything else by name.
func licenses(ls []string) *cdx.Licenses {
	if len(ls) == 0 {
		return nil
	}
	if len(ls) == 1 && isSPDX(ls[0]) {
		return &cdx.Licenses{{Expression: ls[0]}}
	}
	var out cdx.Licenses
	for _, l := range ls {
		out = append(out, cdx.LicenseChoice{License: &cdx.License{Name: l}})
	}
	return &out
}

// techniques and confidences: CycloneDX wants both with every method. The
// confidence is a constant of the method, the grade's rank among five.
func technique(m Method) (cdx.EvidenceIdentityTechnique, float32) {
	confidence := float32(m.Grade()) / float32(Signed)
	switch m {
	case MethodDeviceTree, MethodDocument:
		return cdx.EvidenceIdentityTechniqueManifestAnalysis, confidence
	case MethodImage:
		return cdx.EvidenceIdentityTechniqueBinaryAnalysis, confidence
	case MethodLive:
		return cdx.EvidenceIdentityTechniqueDynamicAnalysis, confidence
	case MethodClaim, MethodWeakClaim:
		return cdx.EvidenceIdentityTechniqueAttestation, confidence
	}
	return cdx.EvidenceIdentityTechniqueOther, confidence
}

// found writes how a component was found: a method and an occurrence for each
// piece of evidence, in the same order. The location is "input!place".
func (e encoder) found(c *Component) *cdx.Evidence {
	if len(c.Found) == 0 {
		return nil
	}
	var methods []cdx.EvidenceIdentityMethod
	var occurrences []cdx.EvidenceOccurrence
	best := float32(0)
	for _, ev := range c.Found {
		tech, conf := technique(ev.Method)
		best = max(best, conf)
		methods = append(methods, cdx.EvidenceIdentityMethod{Technique: tech, Confidence: &conf, Value: string(ev.Method) + ": " + ev.Says})
		rec := recordOf(ev)
		rec.Source, rec.Place = "", ""
		occurrences = append(occurrences, cdx.EvidenceOccurrence{
			Location: ev.Source.Name + "!" + ev.Place, AdditionalContext: compactJSON(rec),
		})
	}
	return &cdx.Evidence{
		Identity: &cdx.EvidenceIdentityChoice{Identities: &[]cdx.EvidenceIdentity{{
			Field: cdx.EvidenceIdentityFieldTypeName, Confidence: &best, ConcludedValue: c.Name, Methods: &methods,
			Tools: &[]cdx.BOMReference{toolRef},
		}}},
		Occurrences: &occurrences,
	}
}

func (e encoder) dependencies() []cdx.Dependency {
	one := func(ref string, on []string) cdx.Dependency {
		on = slices.Compact(slices.Sorted(slices.Values(on)))
		if on == nil {
			on = []string{}
		}
		return cdx.Dependency{Ref: ref, Dependencies: &on}
	}
	out := []cdx.Dependency{one(e.doc.Device.Ref, e.doc.Device.DependsOn)}
	e.doc.Walk(func(c *Component, _ []string) { out = append(out, one(c.Ref, c.DependsOn)) })
	slices.SortFunc(out, func(a, b cdx.Dependency) int { return cmp.Compare(a.Ref, b.Ref) })
	return out
}

func (e encoder) compositions() []cdx.Composition {
	var out []cdx.Composition
	add := func(ref, aggregate string) {
		if aggregate != "" {
			out = append(out, cdx.Composition{
				BOMRef: "assembly:" + ref, Aggregate: cdx.CompositionAggregate(aggregate), Assemblies: &[]cdx.BOMReference{cdx.BOMReference(ref)},
			})
		}
	}
	add(e.doc.Device.Ref, e.doc.Device.Assembly)
	e.doc.Walk(func(c *Component, _ []string) { add(c.Ref, c.Assembly) })
	slices.SortFunc(out, func(a, b cdx.Composition) int { return cmp.Compare(a.BOMRef, b.BOMRef) })
	return out
}

// formulation lists the inputs as files.
func (e encoder) formulation() *[]cdx.Formula {
	if len(e.doc.Inputs) == 0 {
		return nil
	}
	var cs []cdx.Component
	for i, in := range e.doc.Inputs {
		cs = append(cs, cdx.Component{
			BOMRef: "input:" + strconv.Itoa(i+1), Type: cdx.ComponentTypeFile, Name: in.Name, Description: in.Kind,
			Hashes: &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: in.Digest}},
		})
	}
	return &[]cdx.Formula{{BOMRef: "formula:inputs", Components: &cs}}
}

func (e encoder) declarations() *cdx.Declarations {
	evidence := map[string]declaredEvidence{}
	claims := declare(e.doc.Device.Ref, e.doc.Device.Facts, evidence)
	e.doc.Walk(func(c *Component, _ []string) { claims = append(claims, declare(c.Ref, c.Facts, evidence)...) })
	slices.SortFunc(claims, func(a, b declaredClaim) int { return cmp.Compare(a.target+a.predicate, b.target+b.predicate) })
	var out cdx.Declarations
	var cs []cdx.Claim
	for _, c := range claims {
		cs = append(cs, cdx.Claim{
			BOMRef: c.ref, Target: cdx.BOMReference(c.target), Predicate: c.predicate,
			Evidence: references(c.evidence), CounterEvidence: references(c.counter),
		})
	}
	out.Claims = list(cs)
	e.attestations(&out, claims, evidence)
	out.Evidence = list(e.evidence(evidence))
	var orgs []cdx.OrganizationalEntity
	for _, p := range e.parties(evidence) {
		orgs = append(orgs, cdx.OrganizationalEntity{BOMRef: p.ref, Name: p.name})
	}
	if orgs != nil {
		out.Targets = &cdx.Targets{Organizations: &orgs}
	}
	if out == (cdx.Declarations{}) {
		return nil
	}
	return &out
}

// attestations names the signers of claims as assessors, with what they signed.
func (e encoder) attestations(out *cdx.Declarations, claims []declaredClaim, evidence map[string]declaredEvidence) {
	signers, refs := attested(claims, evidence)
	var assessors []cdx.Assessor
	var attestations []cdx.Attestation
	for _, by := range signers {
		ref := assessorPrefix + shortDigest(by)
		assessors = append(assessors, cdx.Assessor{BOMRef: cdx.BOMReference(ref), Organization: &cdx.OrganizationalEntity{Name: by}})
		attestations = append(attestations, cdx.Attestation{
			Summary: "origins that " + by + " signed", Assessor: cdx.BOMReference(ref), Map: &[]cdx.AttestationMap{{Claims: references(refs[by])}},
		})
	}
	out.Assessors, out.Attestations = list(assessors), list(attestations)
}

const (
	assessorPrefix = "assessor:"
	bundleURL      = "#bundle:"
)

// bundles points from a component to the claim bundles that its facts cite.
func (e encoder) bundles(fs []Fact) *[]cdx.ExternalReference {
	files, digests := e.doc.bundlesOf(fs)
	var out []cdx.ExternalReference
	for i, f := range files {
		out = append(out, cdx.ExternalReference{
			Type: cdx.ERTypeAttestation, URL: "#" + bundleRef(f), Comment: "signed claim of origin " + f.Name,
			Hashes: &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: digests[i]}},
		})
	}
	return list(out)
}

func references(refs []string) *[]cdx.BOMReference {
	var out []cdx.BOMReference
	for _, r := range refs {
		if !slices.Contains(out, cdx.BOMReference(r)) {
			out = append(out, cdx.BOMReference(r))
		}
	}
	return list(out)
}

func (e encoder) evidence(m map[string]declaredEvidence) []cdx.DeclarationEvidence {
	var out []cdx.DeclarationEvidence
	for ref, d := range m {
		de := cdx.DeclarationEvidence{
			BOMRef: ref, PropertyName: d.property, Description: d.evidence.Sentence(),
			Data: &[]cdx.EvidenceData{{Name: d.evidence.Source.Name, Contents: &cdx.EvidenceDataContents{Attachment: &cdx.AttachedText{
				ContentType: "application/json", Content: compactJSON(recordOf(d.evidence)),
			}}}},
		}
		if d.evidence.By != "" {
			de.Author = &cdx.OrganizationalContact{Name: d.evidence.By}
		}
		out = append(out, de)
	}
	for _, f := range e.doc.Claims {
		out = append(out, cdx.DeclarationEvidence{
			BOMRef: bundleRef(f), PropertyName: propClaimBundle, Description: "signed claim bundle " + f.Name,
			Data: &[]cdx.EvidenceData{{Name: f.Name, Contents: &cdx.EvidenceDataContents{Attachment: &cdx.AttachedText{
				ContentType: f.MediaType, Encoding: "base64", Content: base64.StdEncoding.EncodeToString(f.Data),
			}}}},
		})
	}
	slices.SortFunc(out, func(a, b cdx.DeclarationEvidence) int { return cmp.Compare(a.BOMRef, b.BOMRef) })
	return out
}

const propClaimBundle = "originbom:claim-bundle"

type party struct{ ref, name string }

// parties are the organisations of the document, and those who speak in the
// evidence.
func (e encoder) parties(evidence map[string]declaredEvidence) []party {
	var out []party
	known := map[string]bool{}
	for _, o := range e.doc.Organisations {
		known[o.Name] = true
		out = append(out, party{"org:" + o.ID, o.Name})
	}
	var speakers []string
	for _, d := range evidence {
		if by := d.evidence.By; by != "" && !known[by] {
			known[by] = true
			speakers = append(speakers, by)
		}
	}
	slices.Sort(speakers)
	for _, by := range speakers {
		out = append(out, party{"party:" + shortDigest(by), by})
	}
	return out
}

// conflicts writes an annotation for every fact whose values contradict each
// other.
func (e encoder) conflicts() []cdx.Annotation {
	var out []cdx.Annotation
	add := func(ref string, fs []Fact) {
		for _, f := range fs {
			if !Conflict(f.Name, f.Values) {
				continue
			}
			var says []string
			for _, v := range f.Values {
				for _, ev := range v.Evidence {
					says = append(says, fmt.Sprintf("%s (%s)", v.Is, ev.Sentence()))
				}
			}
			property := factProperty(f.Name)
			out = append(out, cdx.Annotation{
				BOMRef: "conflict:" + shortDigest(ref+property), Subjects: &[]cdx.BOMReference{cdx.BOMReference(ref)},
				Annotator: &cdx.Annotator{Component: &cdx.Component{Type: cdx.ComponentTypeApplication, Name: "originbom", Version: e.doc.Tool}},
				Timestamp: cmp.Or(e.time, "1970-01-01T00:00:00Z"),
				Text:      "conflict in " + property + ": " + strings.Join(says, "; "),
			})
		}
	}
	add(e.doc.Device.Ref, e.doc.Device.Facts)
	e.doc.Walk(func(c *Component, _ []string) { add(c.Ref, c.Facts) })
	slices.SortFunc(out, func(a, b cdx.Annotation) int { return cmp.Compare(a.BOMRef, b.BOMRef) })
	return out
}

// citations says for each origin property which party it is attributed to. It
// comes last because its pointers count positions.
func (e encoder) citations(bom *cdx.BOM) []cdx.Citation {
	refs := map[string]string{}
	evidence := map[string]declaredEvidence{}
	declare(e.doc.Device.Ref, e.doc.Device.Facts, evidence)
	facts := map[string][]Fact{e.doc.Device.Ref: e.doc.Device.Facts}
	e.doc.Walk(func(c *Component, _ []string) {
		facts[c.Ref] = c.Facts
		declare(c.Ref, c.Facts, evidence)
	})
	for _, p := range e.parties(evidence) {
		refs[p.name] = p.ref
	}
	pointers := map[string][]string{}
	cite := func(at string, c *cdx.Component) {
		if c.Properties == nil {
			return
		}
		for i, p := range *c.Properties {
			name := strings.TrimSuffix(statedKey(p.Name), distributionSuffix)
			if name == "" {
				continue
			}
			for _, by := range speakers(factNamed(facts[c.BOMRef], name)) {
				pointers[by] = append(pointers[by], at+"/properties/"+strconv.Itoa(i))
			}
		}
	}
	cite("/metadata/component", bom.Metadata.Component)
	walkCDX("/components", bom.Components, cite)
	var out []cdx.Citation
	for by, ps := range pointers {
		ref := cdx.BOMReference(refs[by])
		out = append(out, cdx.Citation{
			BOMRef: "citation:" + shortDigest(by), Pointers: &ps, AttributedTo: &ref, Timestamp: cmp.Or(e.time, "1970-01-01T00:00:00Z"),
		})
	}
	slices.SortFunc(out, func(a, b cdx.Citation) int { return cmp.Compare(a.BOMRef, b.BOMRef) })
	return out
}

// speakers are the parties behind the values of a fact, sorted.
func speakers(f Fact) []string {
	var out []string
	for _, v := range f.Values {
		for _, ev := range v.Evidence {
			if ev.By != "" && !slices.Contains(out, ev.By) {
				out = append(out, ev.By)
			}
		}
	}
	slices.Sort(out)
	return out
}

func walkCDX(at string, cs *[]cdx.Component, f func(at string, c *cdx.Component)) {
	if cs == nil {
		return
	}
	for i := range *cs {
		here := at + "/" + strconv.Itoa(i)
		f(here, &(*cs)[i])
		walkCDX(here+"/components", (*cs)[i].Components, f)
	}
}
