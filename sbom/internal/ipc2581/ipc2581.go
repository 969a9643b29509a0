// Package ipc2581 reads the bills of materials of IPC-2581 files, revisions B
// and C: what CAD systems hand to whoever builds a board.
//
// Only the sections that name parts are read:
//
//	LogisticHeader/Enterprise[@id @code @name]                the parties
//	Bom/BomItem[@OEMDesignNumberRef @quantity]                one kind of part
//	    RefDes[@name @populate @packageRef]                   its positions
//	    Characteristics/Textual[@textualCharacteristicName]   free fields
//	Avl/AvlItem[@OEMDesignNumber]/AvlVmpn[@qualified @chosen] what may be fitted
//	    AvlMpn[@name @rank], AvlVendor[@enterpriseRef]
//
// The board's geometry, which is most of such a file, is skipped. Where a party
// sits is in the file, and is not read: it is no place of manufacture.
package ipc2581

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/originbom/originbom/sbom/internal/xmlbound"
)

// Limits, each far above the fullest real board seen (173 items, 1,657
// positions).
const (
	maxItems    = 100_000 // kinds of parts
	maxChildren = 200_000 // positions, fields, alternates and parties together
	maxDepth    = 64      // the schema nests 12 deep
	maxText     = 4096    // bytes of one attribute
	maxTag      = 1 << 16 // bytes of one tag; those of the schema have below ten attributes
)

// A File is what an IPC-2581 file says of parts.
type File struct {
	Revision string // B or C
	Boms     int    // how many bills of materials it holds; all are in Items
	Items    []Item
	// Approved are the parts that may be fitted, by OEM design number.
	Approved    map[string][]Approved
	enterprises map[string]string
}

// An Item is one BomItem.
type Item struct {
	Line         int
	DesignNumber string
	Internal     string // internalPartNumber
	Description  string
	Quantity     string // as said
	Positions    []Position
	Texts        []Text
}

// A Position is one RefDes.
type Position struct {
	Name, Package string
	NotPopulated  bool
}

// A Text is one textual characteristic.
type Text struct{ Name, Value string }

// An Approved is one AvlVmpn: a part number and its maker.
type Approved struct {
	Line      int
	MPN       string
	Vendor    string // name of the enterprise, else its code, else its id
	Rank      int    // 0 if not told; 1 is preferred
	Chosen    bool
	Qualified bool // false only where the file says so
}

// IsFile reports whether data begins as an IPC-2581 file.
func IsFile(data []byte) bool {
	head := data[:min(len(data), 4096)]
	return bytes.HasPrefix(bytes.TrimLeft(head, "\xef\xbb\xbf \t\r\n"), []byte("<")) && bytes.Contains(head, []byte("<IPC-2581"))
}

// Parse reads a file. Its errors tell the line.
func Parse(r io.Reader) (*File, error) {
	bounded := xmlbound.New(r, xmlbound.Limits{Tag: maxTag, Depth: maxDepth})
	p := &parser{d: xml.NewDecoder(bounded), f: &File{Approved: map[string][]Approved{}, enterprises: map[string]string{}}}
	if err := p.file(); err != nil {
		line, _ := p.d.InputPos()
		return nil, fmt.Errorf("line %d: %w", line, err)
	}
	for number, list := range p.f.Approved {
		for i := range list {
			list[i].Vendor = p.vendor(list[i].Vendor)
		}
		p.f.Approved[number] = list
	}
	return p.f, nil
}

type parser struct {
	d        *xml.Decoder
	f        *File
	children int
}

func (p *parser) vendor(ref string) string {
	if name, ok := p.f.enterprises[ref]; ok {
		return name
	}
	return ref
}

func (p *parser) line() int { line, _ := p.d.InputPos(); return line }

// start gives the next start element inside the current one; ok is false at its
// end.
func (p *parser) start() (e xml.StartElement, ok bool, err error) {
	for {
		tok, err := p.d.Token()
		if err == io.EOF {
			return e, false, io.ErrUnexpectedEOF
		}
		if err != nil {
			return e, false, err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			for _, a := range t.Attr {
				if len(a.Value) > maxText {
					return e, false, fmt.Errorf("the attribute %s holds more than %d bytes", a.Name.Local, maxText)
				}
			}
			return t, true, nil
		case xml.EndElement:
			return e, false, nil
		}
	}
}

// each calls f for every child element; f reads the child to its end, or
// reports that it did not.
func (p *parser) each(f func(xml.StartElement) (read bool, err error)) error {
	for {
		e, ok, err := p.start()
		if err != nil || !ok {
			return err
		}
		read, err := f(e)
		if err != nil {
			return err
		}
		if !read {
			if err := p.d.Skip(); err != nil {
				return err
			}
		}
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

func (p *parser) file() error {
	root, ok, err := p.start()
	if err != nil {
		return err
	}
	if !ok || root.Name.Local != "IPC-2581" {
		return fmt.Errorf("this is no IPC-2581 file")
	}
	p.f.Revision = attr(root, "revision")
	return p.each(func(e xml.StartElement) (bool, error) {
		switch e.Name.Local {
		case "LogisticHeader":
			return true, p.each(func(e xml.StartElement) (bool, error) { p.enterprise(e); return false, p.count() })
		case "Bom":
			p.f.Boms++
			return true, p.each(p.item)
		case "Avl":
			return true, p.each(p.approvedItem)
		}
		return false, nil
	})
}

func (p *parser) enterprise(e xml.StartElement) {
	if e.Name.Local != "Enterprise" {
		return
	}
	name := attr(e, "name")
	if name == "" {
		name = attr(e, "code")
	}
	switch strings.ToUpper(name) {
	case "", "UNKNOWN", "NONE":
		name = "" // an id is a reference and names nobody
	}
	p.f.enterprises[attr(e, "id")] = name
}

func (p *parser) count() error {
	if p.children++; p.children > maxChildren {
		return fmt.Errorf("more than %d positions, fields, alternates and parties", maxChildren)
	}
	return nil
}

func (p *parser) item(e xml.StartElement) (bool, error) {
	if e.Name.Local != "BomItem" {
		return false, nil
	}
	if len(p.f.Items) >= maxItems {
		return false, fmt.Errorf("more than %d items", maxItems)
	}
	it := Item{
		Line: p.line(), DesignNumber: attr(e, "OEMDesignNumberRef"), Internal: attr(e, "internalPartNumber"),
		Description: attr(e, "description"), Quantity: attr(e, "quantity"),
	}
	err := p.each(func(e xml.StartElement) (bool, error) {
		switch e.Name.Local {
		case "RefDes":
			it.Positions = append(it.Positions, Position{attr(e, "name"), attr(e, "packageRef"), attr(e, "populate") == "false" || attr(e, "populate") == "0"})
			return false, p.count()
		case "Characteristics":
			return true, p.each(func(e xml.StartElement) (bool, error) {
				if e.Name.Local == "Textual" {
					it.Texts = append(it.Texts, Text{attr(e, "textualCharacteristicName"), attr(e, "textualCharacteristicValue")})
				}
				return false, p.count()
			})
		}
		return false, nil
	})
	p.f.Items = append(p.f.Items, it)
	return true, err
}

func (p *parser) approvedItem(e xml.StartElement) (bool, error) {
	if e.Name.Local != "AvlItem" {
		return false, nil
	}
	number := attr(e, "OEMDesignNumber")
	return true, p.each(func(e xml.StartElement) (bool, error) {
		if e.Name.Local != "AvlVmpn" {
			return false, nil
		}
		if err := p.count(); err != nil {
			return false, err
		}
		list, err := p.vmpn(e)
		p.f.Approved[number] = append(p.f.Approved[number], list...)
		return true, err
	})
}

// vmpn reads one AvlVmpn. By the schema it may hold several part numbers and
// several vendors: each vendor goes with each number.
func (p *parser) vmpn(e xml.StartElement) ([]Approved, error) {
	base := Approved{Line: p.line(), Chosen: truth(attr(e, "chosen")), Qualified: attr(e, "qualified") == "" || truth(attr(e, "qualified"))}
	var numbers []Approved
	var vendors []string
	err := p.each(func(e xml.StartElement) (bool, error) {
		switch e.Name.Local {
		case "AvlMpn":
			a := base
			a.MPN = attr(e, "name")
			a.Rank, _ = strconv.Atoi(attr(e, "rank"))
			numbers = append(numbers, a)
		case "AvlVendor":
			vendors = append(vendors, attr(e, "enterpriseRef"))
		}
		return false, p.count()
	})
	if len(numbers) == 0 {
		numbers = []Approved{base}
	}
	if len(vendors) == 0 {
		vendors = []string{""}
	}
	if len(numbers)*len(vendors) > maxDepth {
		return nil, fmt.Errorf("one AvlVmpn names more than %d parts", maxDepth)
	}
	var out []Approved
	for _, n := range numbers {
		for _, v := range vendors {
			n.Vendor = v
			out = append(out, n)
		}
	}
	return out, err
}

func truth(s string) bool { return s == "true" || s == "1" }
