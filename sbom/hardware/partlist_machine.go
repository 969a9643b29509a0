package hardware

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/lshw"
	"github.com/originbom/originbom/sbom/internal/tcg"
	"github.com/originbom/originbom/sbom/strictjson"
)

// This file reads the lists that programs make of a machine: TCG component
// lists and the JSON of lshw.

// ReadComponentList reads a TCG platform component list in JSON. It is the word
// of whoever wrote it (by, "" if not known). Every component of the list is a
// part, or is reported: the platform itself, slots, connectors and caches are
// none. PCI ids stay ids.
func ReadComponentList(src sbom.Source, data []byte, by string) (PartList, error) {
	if err := strictjson.Check(data, nil); err != nil {
		return PartList{}, fmt.Errorf("%s: %w", src.Name, err)
	}
	list, err := tcg.Parse(data)
	if err != nil {
		return PartList{}, fmt.Errorf("%s: %w", src.Name, err)
	}
	p := machineList(src, by, "TCG component list")
	p.reading.Device = sbom.Device{Model: list.Model, Name: list.Model, Revision: list.Version}
	if list.Maker != "" {
		p.reading.Device.Facts = []sbom.Fact{p.makerFact(list.Maker, "PLATFORM", sbom.MethodDocument)}
	}
	ids := 0
	for i, c := range list.Components {
		p.account.Rows++
		at := fmt.Sprintf("component %d, class %08X", i+1, c.Class)
		kind, cat, why := tcgClass(c)
		if why != "" {
			p.report(at, why)
			continue
		}
		p.account.Parts++
		out := sbom.Component{Kind: kind, Category: cat, Name: c.Model, Version: c.Revision}
		maker := c.Maker
		if vendor, device, ok := pciID(c); ok {
			ids++
			out.Name, maker = "PCI "+vendor+":"+device, ""
			out.Properties = []sbom.Property{{Name: "originbom:identifier:pci", Value: strings.ToLower(vendor + ":" + device)}}
		} else if kind == sbom.Hardware {
			out.MPN = c.Model
		} else {
			out.Name, out.Version = "platform firmware", c.Model
		}
		if maker != "" {
			out.Facts = []sbom.Fact{p.makerFact(maker, at, sbom.MethodDocument)}
		}
		p.machinePart(out, at, strings.TrimSpace(c.Maker+" "+c.Model), sbom.MethodDocument)
	}
	p.serials(list.Serials)
	if ids > 0 {
		p.noteAt("", fmt.Sprintf("%d components are named by PCI ids alone, so their makers are unknown", ids), "")
	}
	return PartList{p.reading, p.account}, nil
}

func machineList(src sbom.Source, by, format string) *partList {
	p := &partList{src: src, by: by}
	p.account.Name, p.account.Format = src.Name, format
	p.reading.Input = sbom.Input{Name: src.Name, Kind: "component-list", Digest: src.Digest}
	return p
}

func (p *partList) makerFact(said, at string, m sbom.Method) sbom.Fact {
	ev := sbom.Evidence{Source: p.src, Place: at, Method: m, Says: said, By: p.by}
	return sbom.Fact{Name: sbom.Manufacturer, Values: []sbom.Value{{Is: said, Evidence: []sbom.Evidence{ev}}}}
}

func (p *partList) machinePart(c sbom.Component, at, says string, m sbom.Method) {
	if c.Name == "" {
		c.Name, c.Unidentified = "unknown "+cmp.Or(string(c.Category), "part"), true
	}
	c.Found = []sbom.Evidence{{Source: p.src, Place: at, Method: m, Says: says, By: p.by}}
	p.reading.Components = append(p.reading.Components, c)
}

func (p *partList) serials(n int) {
	if n > 0 {
		p.noteAt("", fmt.Sprintf("%d serial numbers and addresses were left out: they are those of one unit, and this describes a model", n), "")
	}
}

// tcgClass says what a component class is; why is not "" for what is no part.
// PCI classes are those of the PCI Code and ID Assignment Specification, SMBIOS
// types those of DMTF DSP0134.
func tcgClass(c tcg.Component) (kind sbom.Kind, cat sbom.Category, why string) {
	high := c.Class >> 16
	switch c.Registry {
	case tcg.RegistrySMBIOS:
		switch high {
		case 0:
			return sbom.Firmware, "", ""
		case 1:
			return "", "", "is the platform itself and no part of it"
		case 2:
			return sbom.Hardware, sbom.PCB, ""
		case 3:
			return sbom.Hardware, sbom.Mechanical, ""
		case 4:
			return sbom.Hardware, sbom.SoC, ""
		case 7, 8, 9, 16, 19:
			return "", "", "is a cache, connector, slot or array, and no part of its own"
		case 17:
			return sbom.Hardware, sbom.Memory, ""
		case 22:
			return sbom.Hardware, sbom.Battery, ""
		case 43:
			return sbom.Hardware, sbom.SecureElement, ""
		}
	case tcg.RegistryPCI:
		return sbom.Hardware, pciCategory(c.Class), ""
	case tcg.RegistryStorage:
		return sbom.Hardware, sbom.Storage, ""
	}
	return sbom.Hardware, "", ""
}

// pciCategory reads a PCI class code of three bytes: base class, subclass,
// interface. What is inside a SoC on a phone (bridges, graphics) is other.
func pciCategory(class uint32) sbom.Category {
	switch base, sub := class>>16, class>>8&0xff; {
	case base == 0x01:
		return sbom.Storage
	case base == 0x02 && sub == 0x80:
		return sbom.WiFiBT
	case base == 0x04 && sub <= 0x03:
		return sbom.Audio
	case base == 0x0c && sub == 0x03:
		return sbom.USB
	}
	return sbom.Other
}

// pciID reads the ids of a PCI component, which stand in the fields of maker
// and model as vendor:subsystem vendor.
func pciID(c tcg.Component) (vendor, device string, ok bool) {
	if c.Registry != tcg.RegistryPCI {
		return "", "", false
	}
	vendor, _, _ = strings.Cut(c.Maker, ":")
	device, _, _ = strings.Cut(c.Model, ":")
	return vendor, device, isHex4(vendor) && isHex4(device)
}

func isHex4(s string) bool {
	return len(s) == 4 && strings.Trim(strings.ToLower(s), "0123456789abcdef") == ""
}

// lshwCategories are the classes of lshw that hold physical parts.
var lshwCategories = map[string]sbom.Category{
	"bridge": sbom.Other, "bus": sbom.Other, "communication": sbom.Modem, "disk": sbom.Storage, "display": sbom.Other,
	"generic": "", "input": sbom.Other, "memory": sbom.Memory, "multimedia": sbom.Audio, "network": "", "power": sbom.Battery,
	"printer": sbom.Other, "processor": sbom.SoC, "storage": sbom.Storage, "tape": sbom.Storage,
}

// ReadLshw reads what lshw -json told of a running machine. A node with a
// vendor or a product is a part, seen on the live machine; others are reported:
// the machine itself, what only groups others, volumes, and what is disabled
// and names nothing.
func ReadLshw(src sbom.Source, data []byte) (PartList, error) {
	if err := strictjson.Check(data, nil); err != nil {
		return PartList{}, fmt.Errorf("%s: %w", src.Name, err)
	}
	nodes, serials, err := lshw.Parse(data)
	if err != nil {
		return PartList{}, fmt.Errorf("%s: %w", src.Name, err)
	}
	p := machineList(src, "", "lshw -json")
	for _, n := range nodes {
		p.account.Rows++
		if n.Depth == 0 {
			p.reading.Device = sbom.Device{Model: n.Product, Name: n.Product, Revision: n.Version}
			if n.Vendor != "" {
				p.reading.Device.Facts = []sbom.Fact{p.makerFact(n.Vendor, n.Path, sbom.MethodLive)}
			}
			p.report(n.Path, "is the machine itself and no part of it")
			continue
		}
		p.lshwNode(n)
	}
	p.serials(serials)
	return PartList{p.reading, p.account}, nil
}

func (p *partList) lshwNode(n lshw.Node) {
	cat, physical := lshwCategories[n.Class]
	firmware := n.Class == "memory" && strings.HasSuffix(n.Path, "/firmware")
	switch {
	case !physical:
		p.report(n.Path, fmt.Sprintf("is of the class %q and no part", n.Class))
		return
	case n.Vendor == "" && n.Product == "":
		p.report(n.Path, fmt.Sprintf("names neither vendor nor product: %s", cmp.Or(n.Description, "no description")))
		return
	case n.Class == "memory" && strings.Contains(strings.ToLower(n.Description), "cache"):
		p.report(n.Path, "is a cache and no part of its own")
		return
	}
	p.account.Parts++
	c := sbom.Component{Kind: sbom.Hardware, Category: cat, Name: n.Product, MPN: n.Product, Version: n.Version, Description: n.Description}
	switch words := strings.ToLower(n.Description); {
	case firmware:
		c = sbom.Component{Kind: sbom.Firmware, Name: "platform firmware", Version: n.Version, Description: n.Description}
	case strings.HasSuffix(n.Path, "/core") && n.Class == "bus":
		c.Category = sbom.PCB // lshw calls the main board core
	case strings.Contains(words, "wireless"):
		c.Category = sbom.WiFiBT
	case strings.Contains(words, "camera"):
		c.Category = sbom.Camera
	case strings.HasPrefix(n.BusInfo, "usb@") && n.Class == "bus":
		c.Category = sbom.USB
	}
	if n.Disabled {
		p.noteAt(n.Path, "is disabled in the running system", "")
	}
	if n.Vendor != "" {
		c.Facts = []sbom.Fact{p.makerFact(n.Vendor, n.Path, sbom.MethodLive)}
	}
	says := strings.TrimSpace(n.Vendor + " " + n.Product)
	if n.Driver != "" {
		says += ", driver " + n.Driver
	}
	p.machinePart(c, n.Path, says, sbom.MethodLive)
}
