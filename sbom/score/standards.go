package score

import (
	"slices"
	"strings"
)

// This file lists the elements of each standard. An element's judge sees the
// document, and the component that it is asked of.

// Standards gives the standards that can be scored.
func Standards() []Standard {
	return []Standard{ntia(), cisa2026(), bsi(), cra(), certIn(), cisaHBOM()}
}

func ntia() Standard {
	return Standard{
		Name: "ntia", Title: "NTIA minimum elements (2021)",
		Basis: "the seven data fields as two open implementations list them; practices are not scored",
		elements: []element{
			{"Supplier Name", ofAny, maker},
			{"Component Name", ofAny, name},
			{"Version of the Component", ofAny, version},
			{"Other Unique Identifiers", ofAny, identifiers},
			{"Dependency Relationship", ofAny, dependencies},
			{"Author of SBOM Data", ofDocument, author},
			{"Timestamp", ofDocument, timestamp},
		},
	}
}

func cisa2026() Standard {
	return Standard{
		Name: "cisa-2026", Title: "CISA 2026 minimum elements for an SBOM (2026-07-29)",
		Basis: "seventeen data fields as several transcriptions list them; the document itself was not read; practices are not scored",
		elements: []element{
			{"SBOM Author", ofDocument, author},
			{"SBOM Author Signature", ofDocument, signature},
			{"SBOM Data Format Name", ofDocument, func(b *bom, _ *component) Outcome { return text(b.BOMFormat, false) }},
			{"SBOM Data Format Version", ofDocument, func(b *bom, _ *component) Outcome { return text(b.SpecVersion, false) }},
			{"SBOM Generation Context", ofDocument, func(b *bom, _ *component) Outcome { return has(len(b.Metadata.Lifecycles) > 0, false) }},
			{"SBOM Timestamp", ofDocument, timestamp},
			{"SBOM Tool Name", ofDocument, func(b *bom, _ *component) Outcome { n, _ := b.tool(); return text(n, false) }},
			{"SBOM Tool Version", ofDocument, func(b *bom, _ *component) Outcome { _, v := b.tool(); return text(v, false) }},
			{"SBOM Version", ofDocument, func(b *bom, _ *component) Outcome { return has(b.SerialNumber != "" && b.Version > 0, false) }},
			{"Component Producer", ofAny, producer},
			{"Component Name", ofAny, name},
			{"Component Version", ofAny, version},
			{"Component Identifiers", ofAny, identifiers},
			{"Component Dependency Relationship", ofAny, dependencies},
			{"Component Hash Value", ofAny, hashed},
			{"Component Hash Algorithm", ofAny, hashed},
			{"Component License", ofAny, licensed},
		},
	}
}

func bsi() Standard {
	return Standard{
		Name: "bsi-tr-03183-2", Title: "BSI TR-03183-2 v2.1.0",
		Basis: "the required fields as an open implementation documents them; the guideline itself was not read",
		elements: []element{
			{"SBOM format", ofDocument, func(b *bom, _ *component) Outcome {
				return has(b.SpecVersion == "1.6" || b.SpecVersion == "1.7", false)
			}},
			{"SBOM creator (e-mail or URL)", ofDocument, func(b *bom, _ *component) Outcome {
				author := slices.ContainsFunc(b.Metadata.Authors, func(c contact) bool { return c.Email != "" })
				return has(b.Metadata.Manufacturer.reachable() || author, false)
			}},
			{"Timestamp", ofDocument, timestamp},
			{"No vulnerability information", ofDocument, func(b *bom, _ *component) Outcome { return has(len(b.Vulnerabilities) == 0, false) }},
			{"Component creator (e-mail or URL)", ofSoftware, func(_ *bom, c *component) Outcome {
				return has(c.Manufacturer.reachable(), c.declares("manufacturer"))
			}},
			{"Component name", ofSoftware, name},
			{"Component version", ofSoftware, version},
			{"Filename", ofSoftware, bsiProperty("bsi:component:filename")},
			{"Dependencies and their completeness", ofSoftware, func(b *bom, c *component) Outcome {
				return has(b.composed[c.Ref] != "", b.composed[c.Ref] == "unknown")
			}},
			{"Distribution licences", ofSoftware, licensed},
			{"SHA-512 of the deployable component", ofSoftware, func(_ *bom, c *component) Outcome {
				return has(slices.ContainsFunc(c.References, func(r reference) bool {
					return r.Type == "distribution" && slices.ContainsFunc(r.Hashes, func(h hash) bool { return h.Alg == "SHA-512" })
				}), c.declares("hash"))
			}},
			{"Executable property", ofSoftware, bsiProperty("bsi:component:executable")},
			{"Archive property", ofSoftware, bsiProperty("bsi:component:archive")},
			{"Structured property", ofSoftware, bsiProperty("bsi:component:structured")},
		},
	}
}

// cra is what Annex I asks of an SBOM, and what Annex II asks to be told beside
// it. The regulation lists no fields and does not ask for a hardware BOM.
func cra() Standard {
	return Standard{
		Name: "eu-cra", Title: "EU Cyber Resilience Act, Annex I Part II(1): an SBOM of the top-level dependencies",
		Basis: "quoted text of the annex; the regulation lists no fields, and no act on the format was found",
		elements: []element{
			{"Commonly used, machine-readable format", ofDocument, func(b *bom, _ *component) Outcome { return text(b.SpecVersion, false) }},
			{"Top-level dependencies", ofDevice, func(b *bom, c *component) Outcome {
				return has(b.depends[c.Ref], b.composed[c.Ref] == "unknown")
			}},
			{"Manufacturer", ofDevice, producer},
			{"End of the support period", ofDevice, withProperty("cdx:lifecycle:milestone:endOfSupport", "end-of-support")},
		},
	}
}

func certIn() Standard {
	return Standard{
		Name: "cert-in-hbom", Title: "CERT-In guidelines v2.0 (2025-07-09), HBOM, Table 11",
		Basis: "twenty elements as two transcriptions list them; the guideline itself was not read",
		elements: []element{
			{"Product Name", ofDevice, name},
			{"Product Version", ofDevice, version},
			{"Product Details", ofDevice, func(_ *bom, c *component) Outcome {
				return has(c.Description != "" || c.property("originbom:device:name", "cdx:device:function") != "", c.declares("description"))
			}},
			{"Warranty/AMC", ofDevice, byProperty("warranty")},
			{"Manufacturer Name", ofDevice, maker},
			{"Manufacturer Location", ofDevice, location},
			{"Manufacturing Date", ofDevice, withProperty("cdx:device:prodTimestamp", "manufacturing-date")},
			{"Supplier Information", ofDevice, supplier},
			{"Supplier Location", ofDevice, supplierLocation},
			{"Model Number", ofDevice, name},
			{"Serial Number", ofDevice, serial},
			{"Technical Specification", ofDevice, byProperty("technical-specification")},
			{"Component: Supplier Information", ofPart, supplier},
			{"Component: Supplier Location", ofPart, supplierLocation},
			{"Component: Technology Node", ofPart, func(_ *bom, c *component) Outcome {
				if !chip(c) {
					return NotApplicable
				}
				return text(c.property("originbom:technology-node"), c.declares("technology-node"))
			}},
			{"Compliance", ofDevice, func(_ *bom, c *component) Outcome {
				return has(slices.ContainsFunc(c.Properties, func(p property) bool { return strings.HasPrefix(p.Name, "cdx:device:certifications:") }), c.declares("compliance"))
			}},
			{"Power supply", ofDevice, byProperty("power-supply")},
			{"License Information", ofDevice, licensed},
			{"Test Result", ofDevice, byProperty("test-result")},
			{"Sub-component", ofDevice, func(b *bom, c *component) Outcome { return has(len(b.Components) > 0 || len(c.Components) > 0, false) }},
		},
	}
}

// cisaHBOM holds the fields of the framework that say something of a handset.
// Coordinates and codes of places are one element each with their place, and
// fields that CycloneDX cannot express count as present where a property
// carries them.
func cisaHBOM() Standard {
	return Standard{
		Name: "cisa-hbom", Title: "CISA HBOM framework (2023-09)",
		Basis: "forty-seven fields as one transcription lists them, grouped where several describe one place; the framework itself was not read",
		elements: []element{
			{"HBOM_STD_VERSION", ofDocument, func(b *bom, _ *component) Outcome { return text(b.SpecVersion, false) }},
			{"HBOM_CREATION_DATE", ofDocument, timestamp},
			{"HBOM_AUTHOR", ofDocument, author},
			{"FGA_SUPPLIER", ofDevice, supplier},
			{"FGA_NUM", ofDevice, name},
			{"FGA_DESCRIPTION", ofDevice, func(_ *bom, c *component) Outcome {
				return text(c.Description+c.property("originbom:device:name"), c.declares("description"))
			}},
			{"FGA_TYPE", ofDevice, func(_ *bom, c *component) Outcome { return text(c.Type, false) }},
			{"FGA_VERSION", ofDevice, version},
			{"FGA_MAIN_MANUFACTURER", ofDevice, maker},
			{"FGA_SUPPLIER_LOC", ofDevice, supplierLocation},
			{"FGA_MAIN_LOCATION", ofDevice, location},
			{"ASSY_AND_TEST_LOCATION", ofDevice, origin("final-assembled", "assembled", "tested")},
			{"COMP_SUPPLIER", ofPart, supplier},
			{"COMP_MANUFACTURER", ofPart, maker},
			{"COMP_MFG_LOCATION", ofPart, origin("manufactured", "wafer-fabricated", "assembled")},
			{"COMP_SUPPLIER_PN", ofPart, byProperty("supplier-part-number")},
			{"COMP_MANUFACTURER_PN", ofPart, identifiers},
			{"COMP_DESCRIPTION", ofPart, func(_ *bom, c *component) Outcome {
				return text(c.Description+c.property("cdx:device:function"), c.declares("description"))
			}},
			{"COMP_TYPE", ofAny, func(_ *bom, c *component) Outcome { return text(c.Type, false) }},
			{"COMP_PART_TYPE", ofPart, func(_ *bom, c *component) Outcome {
				return text(c.property("originbom:category", "cdx:device:function"), c.declares("category"))
			}},
			{"COMP_VERSION", ofPart, version},
			{"COMP_DATASHEET", ofPart, func(_ *bom, c *component) Outcome {
				return has(slices.ContainsFunc(c.References, func(r reference) bool { return r.Type == "documentation" }), c.declares("datasheet"))
			}},
			{"SUPPLIER_SOURCED_PCTG", ofPart, byProperty("supplier-share")},
			{"LEADTIMES", ofPart, byProperty("lead-time")},
			{"QUANTITY", ofPart, withProperty("cdx:device:quantity", "quantity")},
			{"TECHNOLOGY_NODE", ofPart, func(_ *bom, c *component) Outcome {
				if !chip(c) {
					return NotApplicable
				}
				return text(c.property("originbom:technology-node"), c.declares("technology-node"))
			}},
			{"COMP_PART_SIZE", ofPart, byProperty("part-size")},
			{"COMP_DATECODE", ofPart, byProperty("date-code")},
		},
	}
}

func name(_ *bom, c *component) Outcome {
	if c.unidentified() {
		return DeclaredUnknown
	}
	return text(c.Name, false)
}

// version is what the document states; software without one is a gap, a
// physical part has a revision only where its maker gives one.
func version(_ *bom, c *component) Outcome {
	return text(c.Version, c.unidentified() || c.declares("version"))
}

// maker is who made or supplies it: NTIA's supplier.
func maker(_ *bom, c *component) Outcome {
	for _, s := range []string{c.Manufacturer.named(), c.Supplier.named(), c.Publisher} {
		if o := text(s, false); o != Absent {
			return o
		}
	}
	return has(false, c.unidentified() || c.declares("manufacturer"))
}

// producer is who made it, and not who sells it.
func producer(_ *bom, c *component) Outcome {
	return text(c.Manufacturer.named(), c.unidentified() || c.declares("manufacturer"))
}

func supplier(_ *bom, c *component) Outcome { return text(c.Supplier.named(), c.declares("supplier")) }

func supplierLocation(_ *bom, c *component) Outcome {
	if c.Supplier == nil {
		return has(false, c.declares("supplier"))
	}
	return text(c.Supplier.Address.Country, c.declares("supplier-location"))
}

// location is the country of a maker.
func location(_ *bom, c *component) Outcome {
	place := ""
	if c.Manufacturer != nil {
		place = c.Manufacturer.Address.Country
	}
	return text(place+c.property("originbom:party:headquarters", "originbom:party:registered"), c.declares("manufacturer", "manufacturer-location"))
}

// origin is the country of one of the stages.
func origin(stages ...string) func(*bom, *component) Outcome {
	return func(_ *bom, c *component) Outcome {
		declared := false
		for _, s := range stages {
			if c.property("originbom:origin:"+s, "originbom:origin:"+s+":distribution") != "" {
				return Present
			}
			declared = declared || c.declares("origin:"+s)
		}
		return has(false, declared)
	}
}

// identifiers are those of packages; of physical parts, the maker's part number.
func identifiers(_ *bom, c *component) Outcome {
	ok := c.PURL != "" || c.CPE != "" || c.SWID != nil || len(c.OmniborID) > 0 || len(c.SWHID) > 0
	if c.hardware() {
		ok = ok || c.property("originbom:identifier:mpn", "cdx:device:gs1:gtin-13", "originbom:devicetree:compatible") != ""
	}
	return has(ok, c.unidentified() || c.declares("identifier"))
}

func dependencies(b *bom, c *component) Outcome {
	_, entry := b.depends[c.Ref]
	aggregate := b.composed[c.Ref]
	return has(entry || aggregate != "" && aggregate != "unknown", aggregate == "unknown")
}

// hashed is not asked of physical parts, which have no bytes.
func hashed(_ *bom, c *component) Outcome {
	if c.hardware() {
		return NotApplicable
	}
	return has(slices.ContainsFunc(c.Hashes, func(h hash) bool { return h.Alg != "" && h.Content != "" }), c.declares("hash"))
}

// licensed is not asked of physical parts.
func licensed(_ *bom, c *component) Outcome {
	if c.hardware() {
		return NotApplicable
	}
	for _, l := range c.Licenses {
		s := l.Expression
		if l.License != nil {
			s += l.License.ID + l.License.Name
		}
		if o := text(s, false); o != Absent {
			return o
		}
	}
	return has(false, c.declares("license"))
}

func author(b *bom, _ *component) Outcome {
	for _, a := range b.Metadata.Authors {
		if o := text(a.Name+a.Email, false); o != Absent {
			return o
		}
	}
	return text(b.Metadata.Manufacturer.named(), false)
}

func timestamp(b *bom, _ *component) Outcome { return text(b.Metadata.Timestamp, false) }

func signature(b *bom, _ *component) Outcome {
	if !b.facts.SignatureJudged {
		return NotApplicable
	}
	return has(b.facts.Signed, false) // one within the BOM is verified by nobody
}

func serial(_ *bom, c *component) Outcome {
	// A BOM of a model is of all its units: a serial number is one unit's.
	if c.property("cdx:device:serialNumber") == "" {
		return NotApplicable
	}
	return Present
}

// chip reports whether a part has a technology node to tell.
func chip(c *component) bool {
	return !slices.Contains([]string{"battery", "mechanical", "pcb", "antenna", "haptics", "display", "usb", "led", ""}, c.property("originbom:category"))
}

// bsiProperty is a property of the BSI's taxonomy.
func bsiProperty(name string) func(*bom, *component) Outcome {
	return func(_ *bom, c *component) Outcome {
		return text(c.property(name), c.declares(strings.TrimPrefix(name, "bsi:component:")))
	}
}

// byProperty is a field that CycloneDX has no place for: a property carries it.
func byProperty(thing string) func(*bom, *component) Outcome {
	return withProperty("originbom:"+thing, thing)
}

func withProperty(name, thing string) func(*bom, *component) Outcome {
	return func(_ *bom, c *component) Outcome { return text(c.property(name), c.declares(thing)) }
}
