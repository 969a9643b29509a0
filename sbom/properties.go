package sbom

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Property names. The namespace of our own is originbom:, those that begin
// with cdx: are registered in the CycloneDX property taxonomy.
const (
	propCategory     = "originbom:category"
	propFunction     = "cdx:device:function"
	propQuantity     = "cdx:device:quantity"
	propLocation     = "cdx:device:location"
	propMPN          = "originbom:identifier:mpn"
	propIdentifier   = "originbom:identifier:"
	propFCC          = "cdx:device:certifications:US:FCC:id"
	propGTIN         = "cdx:device:gs1:gtin-13"
	propIdentified   = "originbom:identified"
	propCandidate    = "originbom:candidate"
	propCandidateFor = "originbom:candidate-for"
	propPrice        = "originbom:price"
	propCompatible   = "originbom:devicetree:compatible"
	propFallback     = "originbom:devicetree:compatible:fallback"
	propDeviceName   = "originbom:device:name"
	propDeviceClass  = "originbom:device:category"
	propOrigin       = "originbom:origin:"
	propParty        = "originbom:party:"
	propManufacturer = "originbom:manufacturer:"
	propAsSaid       = "originbom:manufacturer:as-said"
	propUnknownInfo  = "originbom:unknown-information"
	propWithheldInfo = "originbom:withheld-information"
	propCPE          = "originbom:identifier:cpe"
	propInput        = "originbom:input"
	propNote         = "originbom:note"
	propCoverage     = "originbom:coverage:" // identified, unidentified, not-visible: a category each
	propOrganisation = "originbom:organisation"
)

// asWritten is the trust under which grades are shown in a document: those of
// the one who read the inputs. A judge computes its own.
var asWritten = Trust{AsWritten: true, written: true}

// componentProperties gives the properties of a component, sorted by name;
// properties of one name keep their order.
func componentProperties(c *Component, org *Organisation) []Property {
	var ps properties
	ps.add(propCategory, string(c.Category))
	ps.add(propFunction, string(c.Category))
	ps.add(propMPN, c.MPN)
	if c.Quantity != 0 {
		ps.add(propQuantity, formatNumber(c.Quantity))
	}
	ps.add(propLocation, strings.Join(c.Designators, ","))
	if c.Unidentified {
		ps.add(propIdentified, "false")
	}
	if c.Candidate {
		ps.add(propCandidate, "true")
	}
	ps.add(propCandidateFor, c.CandidateFor)
	if c.Price != nil {
		ps.add(propPrice, strings.TrimSpace(formatNumber(c.Price.Each)+" "+c.Price.Currency))
	}
	ps.compatible(c.Compatible)
	if len(c.CPEs) > 1 {
		for _, cpe := range c.CPEs[1:] {
			ps.add(propCPE, cpe)
		}
	}
	ps.facts(c.Facts, c.Kind == Hardware)
	ps.organisation(org)
	ps = append(ps, c.Properties...)
	return ps.sorted()
}

func deviceProperties(d *Device, org *Organisation) []Property {
	var ps properties
	ps.add(propDeviceName, d.Name)
	ps.add(propDeviceClass, d.Category)
	ps.add(propFunction, d.Category)
	for _, id := range d.Identifiers {
		switch id.Name {
		case "fcc-id":
			ps.add(propFCC, id.Value)
		case "gtin-13":
			ps.add(propGTIN, id.Value)
		default:
			ps.add(propIdentifier+id.Name, id.Value)
		}
	}
	ps.compatible(d.Compatible)
	ps.facts(d.Facts, true)
	ps.organisation(org)
	ps = append(ps, d.Properties...)
	return ps.sorted()
}

type properties []Property

func (ps *properties) add(name, value string) {
	if value != "" {
		*ps = append(*ps, Property{name, value})
	}
}

func (ps *properties) compatible(compatible []string) {
	for i, c := range compatible {
		if i == 0 {
			ps.add(propCompatible, c)
		} else {
			ps.add(propFallback, c)
		}
	}
}

// facts writes the display copy of what the claims section carries in full.
func (ps *properties) facts(fs []Fact, wantMaker bool) {
	maker := factNamed(fs, Manufacturer)
	if wantMaker && len(maker.Values) == 0 && !maker.Withheld {
		ps.add(propUnknownInfo, Manufacturer)
	}
	for _, f := range fs {
		name := factProperty(f.Name)
		state := f.State(asWritten, Ungraded)
		if f.Withheld {
			ps.add(propWithheldInfo, strings.TrimPrefix(name, "originbom:"))
		}
		if state != StateKnown {
			ps.add(name+":state", string(state))
			continue
		}
		if f.Name == PartNumber {
			continue // the component's part number says the same
		}
		ps.add(name+":grade", f.Grade(asWritten).String())
		ps.add(name+":sources", strconv.Itoa(f.Sources(asWritten, Ungraded)))
		if f.Name == Manufacturer {
			ps.add(propAsSaid, asSaid(f))
			continue
		}
		if v := singleValue(f); v != "" {
			ps.add(name, v)
		} else {
			ps.add(name+distributionSuffix, distribution(f))
		}
	}
}

// factProperty is the property that stands for a fact: originbom:origin:<stage>
// for a stage.
func factProperty(name string) string {
	switch name {
	case Manufacturer:
		return "originbom:" + name
	case PartNumber:
		return propMPN
	}
	return propOrigin + name
}

// factOfProperty reverses factProperty; "" if the property names no fact.
func factOfProperty(property string) string {
	switch property {
	case "originbom:" + Manufacturer:
		return Manufacturer
	case propMPN:
		return PartNumber
	}
	name, ok := strings.CutPrefix(property, propOrigin)
	if ok && (IsStage(name) || name == SubstantiallyTransformed) {
		return name
	}
	return ""
}

const distributionSuffix = ":distribution"

// statedKey is the name of the fact that a property states, with
// distributionSuffix if it states a split; "" if it states none.
func statedKey(property string) string {
	base, split := strings.CutSuffix(property, distributionSuffix)
	name := factOfProperty(base)
	switch {
	case name == "", split && (name == Manufacturer || name == PartNumber):
		return ""
	case split:
		return name + distributionSuffix
	}
	return name
}

// singleValue is the finest of the fact's values where all of them stand for
// the whole part, "" where the fact is a distribution.
func singleValue(f Fact) string {
	best := ""
	for _, v := range f.Values {
		if !v.Share.Whole() {
			return ""
		}
		if len(v.Is) > len(best) {
			best = v.Is
		}
	}
	return best
}

// distribution is the compact JSON of a split origin.
func distribution(f Fact) string {
	items := make([]item, len(f.Values))
	for i, v := range f.Values {
		items[i] = itemOf(v)
	}
	return compactJSON(items)
}

// asSaid is what the first input called the maker, where the registry has
// another name.
func asSaid(f Fact) string {
	for _, v := range f.Values {
		for _, e := range v.Evidence {
			if e.Method == MethodDocument && e.Says != "" && e.Says != v.Is {
				return e.Says
			}
		}
	}
	return ""
}

func (ps *properties) organisation(o *Organisation) {
	if o == nil {
		return
	}
	ps.add(propParty+"registered", o.Registered)
	ps.add(propParty+"headquarters", o.Headquarters)
	if o.UltimateParent != o.Name {
		ps.add(propParty+"ultimate-parent", o.UltimateParent)
	}
}

func (ps properties) sorted() []Property {
	out := slices.Clone(ps)
	slices.SortStableFunc(out, func(a, b Property) int { return cmp.Compare(a.Name, b.Name) })
	var kept []Property
	for _, p := range out {
		if !slices.Contains(kept[max(0, len(kept)-8):], p) {
			kept = append(kept, p)
		}
	}
	return kept
}

// readProperties sets the component's fields from its properties. What is not
// a field of ours stays a property. The origin properties that a document
// states are given back by statedKey: they are a display copy, and evidence of
// their own only where the claims section does not carry the same value.
func (c *Component) readProperties(ps []Property) (stated map[string]string) {
	stated = map[string]string{}
	for _, p := range ps {
		switch {
		case p.Name == propCategory:
			if cat, ok := ParseCategory(p.Value); ok {
				c.Category = cat
			}
		case p.Name == propFunction && c.Kind == Hardware && (p.Value == string(c.Category) || hasProperty(ps, propCategory, p.Value)):
		case p.Name == propMPN:
			c.MPN = p.Value
		case p.Name == propQuantity:
			c.Quantity, _ = parseNumber(p.Value)
		case p.Name == propLocation:
			c.Designators = strings.Split(p.Value, ",")
		case p.Name == propIdentified:
			c.Unidentified = p.Value == "false"
		case p.Name == propCandidate:
			c.Candidate = p.Value == "true"
		case p.Name == propCandidateFor:
			c.Candidate, c.CandidateFor = true, p.Value
		case p.Name == propPrice:
			c.Price = parsePrice(p.Value)
		case p.Name == propCompatible, p.Name == propFallback:
			c.Compatible = append(c.Compatible, p.Value)
		case p.Name == propCPE:
			c.CPEs = append(c.CPEs, p.Value)
		case derived(p.Name):
			if key := statedKey(p.Name); key != "" {
				stated[key] = p.Value
			}
		default:
			c.Properties = append(c.Properties, p)
		}
	}
	return stated
}

func (d *Device) readProperties(ps []Property) (stated map[string]string) {
	stated = map[string]string{}
	for _, p := range ps {
		switch {
		case p.Name == propDeviceName:
			d.Name = p.Value
		case p.Name == propDeviceClass:
			d.Category = p.Value
		case p.Name == propFunction && hasProperty(ps, propDeviceClass, p.Value):
		case p.Name == propFCC:
			d.Identifiers = append(d.Identifiers, Property{"fcc-id", p.Value})
		case p.Name == propGTIN:
			d.Identifiers = append(d.Identifiers, Property{"gtin-13", p.Value})
		case strings.HasPrefix(p.Name, propIdentifier):
			d.Identifiers = append(d.Identifiers, Property{strings.TrimPrefix(p.Name, propIdentifier), p.Value})
		case p.Name == propCompatible, p.Name == propFallback:
			d.Compatible = append(d.Compatible, p.Value)
		case derived(p.Name):
			if key := statedKey(p.Name); key != "" {
				stated[key] = p.Value
			}
		default:
			d.Properties = append(d.Properties, p)
		}
	}
	d.Identifiers = sortProperties(d.Identifiers)
	return stated
}

// derived reports whether a property repeats what other parts of the document
// say: grades, states, counts, parties. It is written for readers and never
// read as true.
func derived(name string) bool {
	return strings.HasPrefix(name, propOrigin) || strings.HasPrefix(name, propParty) ||
		strings.HasPrefix(name, propManufacturer) || strings.HasPrefix(name, propMPN+":") || name == propUnknownInfo || name == propWithheldInfo
}

// singleProperty reports whether a component can have one value of a property.
func singleProperty(name string) bool {
	switch name {
	case propCategory, propMPN, propQuantity, propIdentified, propCandidate, propCandidateFor, propPrice, propDeviceName, propDeviceClass:
		return true
	}
	return statedKey(name) != ""
}

func hasProperty(ps []Property, name, value string) bool {
	return slices.Contains(ps, Property{name, value})
}

func formatNumber(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func parsePrice(s string) *Price {
	each, currency, _ := strings.Cut(s, " ")
	f, ok := parseNumber(each)
	if !ok {
		return nil
	}
	return &Price{f, currency}
}

// parseNumber reads a number of things or of money: finite and not negative. ok
// is false, and the number 0, for all else, such as NaN, which compares with
// nothing and so would pass or fail every bound.
func parseNumber(s string) (f float64, ok bool) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f >= 0) || math.IsInf(f, 0) {
		return 0, false
	}
	return f, true
}

func compactJSON(v any) string {
	b := new(strings.Builder)
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil { // only our own plain structs come here
		return ""
	}
	return strings.TrimSuffix(b.String(), "\n")
}
