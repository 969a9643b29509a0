// Package kicad reads the components of KiCad's XML netlist (root element
// export), the file from which KiCad makes its bills of materials.
//
// A component has a reference (U1), a value, a footprint, a data sheet and
// fields that the designer named freely. Components with the same value and
// fields are given once, with all their references, as KiCad's own lists do.
package kicad

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom/internal/xmlbound"
)

// Limits, far above the boards of a device.
const (
	maxComponents = 100_000
	maxFields     = 200  // of one component
	maxBytes      = 8192 // of one value
	maxTag        = 1 << 16
	maxDepth      = 64 // the format nests below ten
)

// A Part is one kind of part with its positions.
type Part struct {
	References []string // in the order of the file
	Fields     map[string]string
	DNP        bool // do not populate
	NotInBOM   bool // excluded from bills of materials
}

// Names of the fields that KiCad itself writes.
const (
	Value     = "Value"
	Footprint = "Footprint"
	Datasheet = "Datasheet"
)

// IsNetlist reports whether data begins as a netlist.
func IsNetlist(data []byte) bool {
	head := data[:min(len(data), 4096)]
	return bytes.HasPrefix(bytes.TrimLeft(head, "\xef\xbb\xbf \t\r\n"), []byte("<")) && bytes.Contains(head, []byte("<export version="))
}

type component struct {
	Ref       string `xml:"ref,attr"`
	Value     string `xml:"value"`
	Footprint string `xml:"footprint"`
	Datasheet string `xml:"datasheet"`
	Fields    []struct {
		Name  string `xml:"name,attr"`
		Value string `xml:",chardata"`
	} `xml:"fields>field"`
	Properties []struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	} `xml:"property"`
}

// Parse reads a netlist. Its errors tell the line.
func Parse(r io.Reader) ([]Part, error) {
	d := xml.NewDecoder(xmlbound.New(r, xmlbound.Limits{Tag: maxTag, Depth: maxDepth}))
	var out []Part
	index := map[string]int{}
	components, root := 0, false
	for {
		tok, err := d.Token()
		if err == io.EOF && root {
			return out, nil
		}
		line, _ := d.InputPos()
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		e, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		root = root || e.Name.Local == "export"
		if !root || e.Name.Local == "nets" || e.Name.Local == "libparts" {
			if err := d.Skip(); err != nil {
				return nil, fmt.Errorf("line %d: %w", line, err)
			}
			continue
		}
		if e.Name.Local != "comp" {
			continue
		}
		if components++; components > maxComponents {
			return nil, fmt.Errorf("line %d: more than %d components", line, maxComponents)
		}
		var c component
		if err := d.DecodeElement(&c, &e); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		p, err := c.part()
		if err != nil {
			return nil, fmt.Errorf("line %d: %s: %w", line, c.Ref, err)
		}
		if i, ok := index[p.key()]; ok {
			out[i].References = append(out[i].References, p.References...)
			continue
		}
		index[p.key()] = len(out)
		out = append(out, p)
	}
}

func (c component) part() (Part, error) {
	if len(c.Fields) > maxFields || len(c.Properties) > maxFields {
		return Part{}, fmt.Errorf("more than %d fields", maxFields)
	}
	p := Part{References: []string{strings.TrimSpace(c.Ref)}, Fields: map[string]string{}}
	set := func(name, value string) error {
		if len(name)+len(value) > maxBytes {
			return fmt.Errorf("a field holds more than %d bytes", maxBytes)
		}
		if value = strings.TrimSpace(value); value != "" && value != "~" && p.Fields[name] == "" {
			p.Fields[name] = value
		}
		return nil
	}
	for _, f := range []struct{ name, value string }{{Value, c.Value}, {Footprint, c.Footprint}, {Datasheet, c.Datasheet}} {
		if err := set(f.name, f.value); err != nil {
			return Part{}, err
		}
	}
	for _, f := range c.Fields {
		if err := set(f.Name, f.Value); err != nil {
			return Part{}, err
		}
	}
	for _, f := range c.Properties {
		switch f.Name { // since KiCad 7
		case "dnp":
			p.DNP = true
		case "exclude_from_bom":
			p.NotInBOM = true
		}
	}
	return p, nil
}

func (p Part) key() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%t%t", p.DNP, p.NotInBOM)
	for _, name := range slices.Sorted(maps.Keys(p.Fields)) {
		fmt.Fprintf(&b, "\x00%s\x00%s", name, p.Fields[name])
	}
	return b.String()
}
