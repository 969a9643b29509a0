package policy

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/country"
)

// This file makes the document of a table case.

// A caseBuilder makes the document of a case.
type caseBuilder struct {
	trust      sbom.Trust
	identities map[string]string
}

func (b *caseBuilder) document(c *Case) (*sbom.Document, error) {
	facts, err := b.facts(c.Device.Facts, c.Device.Maker)
	if err != nil {
		return nil, err
	}
	comps, err := b.components(c.Components)
	if err != nil {
		return nil, err
	}
	var authors []sbom.Contact
	if c.Author != "" {
		authors = []sbom.Contact{{Email: c.Author}}
	}
	return sbom.Build(sbom.Document{
		Device: sbom.Device{
			Model: cmp.Or(c.Device.Name, "device"), Ref: "device", Category: c.Device.Category, Facts: facts, Properties: c.Device.properties(),
			Completeness: sbom.Completeness{Assembly: cmp.Or(c.Device.Composition, "complete")},
		},
		Components: comps, Authors: authors, Tool: "0", Time: time.Unix(0, 0),
	})
}

func (b *caseBuilder) components(cs []CaseComponent) ([]sbom.Component, error) {
	var out []sbom.Component
	for _, c := range cs {
		facts, err := b.facts(c.Facts, c.Manufacturer)
		if err != nil {
			return nil, fmt.Errorf("component %s: %w", c.Ref, err)
		}
		inner, err := b.components(c.Components)
		if err != nil {
			return nil, err
		}
		o := sbom.Component{
			Ref: c.Ref, Name: cmp.Or(c.Name, c.Ref), Kind: sbom.Kind(cmp.Or(c.Kind, string(sbom.Hardware))), Category: sbom.Category(c.Category),
			Version: c.Version, Supplier: c.Supplier, MPN: c.MPN, PURL: c.PURL, Quantity: 1, Properties: c.properties(), Unidentified: c.Unidentified, Candidate: c.Candidate, Facts: facts, Components: inner,
			Completeness: sbom.Completeness{Assembly: c.Composition},
		}
		if c.License != "" {
			o.Licenses = []string{c.License}
		}
		if c.SHA256 != "" {
			o.Hashes = []sbom.Hash{{Algorithm: "SHA-256", Value: c.SHA256}}
		}
		if c.Quantity != nil {
			o.Quantity = *c.Quantity
		}
		if c.Value != nil {
			o.Price = &sbom.Price{Each: c.Value.Each, Currency: c.Value.Currency}
		}
		if c.Identity != "" {
			b.identities[c.Ref] = c.Identity
		}
		out = append(out, o)
	}
	return out, nil
}

func (b *caseBuilder) facts(m map[string]CaseFacts, maker string) ([]sbom.Fact, error) {
	var out []sbom.Fact
	if maker != "" {
		out = append(out, sbom.Fact{Name: sbom.Manufacturer, Values: []sbom.Value{{Is: maker, Evidence: []sbom.Evidence{{Method: sbom.MethodDocument, Source: sbom.Source{Name: "case"}, Says: maker}}}}})
	}
	for _, name := range sortedKeys(m) {
		if !sbom.IsStage(name) && name != sbom.Manufacturer && name != sbom.SubstantiallyTransformed {
			return nil, fmt.Errorf("%q is no fact", name)
		}
		f := sbom.Fact{Name: name}
		for i, cf := range m[name] {
			vs, err := b.values(name, i, cf)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			f.Withheld = f.Withheld || cf.Withheld
			f.Values = append(f.Values, vs...)
		}
		out = append(out, f)
	}
	return out, nil
}

var caseMethods = map[string]sbom.Method{
	"listed": sbom.MethodRegistry, "": sbom.MethodDocument, "declared": sbom.MethodDocument, "described": sbom.MethodDeviceTree,
	"observed": sbom.MethodLive, "signed": sbom.MethodClaim,
}

func (b *caseBuilder) values(fact string, i int, cf CaseFact) ([]sbom.Value, error) {
	method, ok := caseMethods[cf.Grade]
	if !ok {
		return nil, fmt.Errorf("%q is no grade", cf.Grade)
	}
	ev := sbom.Evidence{Method: method, Source: sbom.Source{Name: "case"}, By: cmp.Or(cf.Signer, cf.By), Note: cf.Why}
	if method == sbom.MethodClaim {
		ev.Claim = fmt.Sprintf("case-claim-%s-%d-%s", fact, i, ev.By)
		b.trust.Claims[ev.Claim] = true
	}
	shares := cf.Distribution
	if cf.Value != "" {
		shares = map[string]float64{cf.Value: 100}
	}
	var out []sbom.Value
	for _, is := range sortedKeys(shares) {
		if sbom.IsStage(fact) && !country.IsCode(is) {
			return nil, fmt.Errorf("%q is no ISO 3166 code", is)
		}
		v := sbom.Value{Is: is, PerformedBy: cf.PerformedBy, Evidence: []sbom.Evidence{ev}}
		if shares[is] != 100 {
			v.Share = sbom.Interval{Min: shares[is], Max: shares[is]}
		}
		out = append(out, v)
	}
	return out, nil
}

func (d *CaseDevice) properties() []sbom.Property {
	out := toldProperties(d.Properties, propUse, d.Use, propMade, d.Made)
	for _, f := range d.Features {
		out = append(out, sbom.Property{Name: propFeature, Value: f})
	}
	return out
}

func (c *CaseComponent) properties() []sbom.Property {
	radio := ""
	if c.RadioCapable != nil {
		radio = strconv.FormatBool(*c.RadioCapable)
	}
	return toldProperties(c.Properties, propRadio, radio, propMade, c.Made, propWeight, c.Weight)
}

// toldProperties gives properties, and pairs of a name and a value that may be
// blank.
func toldProperties(m map[string]string, pairs ...string) []sbom.Property {
	var out []sbom.Property
	for _, name := range sortedKeys(m) {
		out = append(out, sbom.Property{Name: name, Value: m[name]})
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out = append(out, sbom.Property{Name: pairs[i], Value: pairs[i+1]})
		}
	}
	return out
}
