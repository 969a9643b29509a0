package sbom

import "slices"

// Category is what a physical part does.
type Category string

// The categories: a closed list.
const (
	SoC           Category = "soc"
	Display       Category = "display"
	Touch         Category = "touch"
	Camera        Category = "camera"
	Battery       Category = "battery"
	Modem         Category = "modem"
	WiFiBT        Category = "wifi-bt"
	NFC           Category = "nfc"
	GNSS          Category = "gnss"
	UWB           Category = "uwb"
	RFFrontEnd    Category = "rf-front-end"
	Memory        Category = "memory"
	Storage       Category = "storage"
	PMIC          Category = "pmic"
	Charger       Category = "charger"
	FuelGauge     Category = "fuel-gauge"
	Audio         Category = "audio"
	Sensor        Category = "sensor"
	Fingerprint   Category = "fingerprint"
	Haptics       Category = "haptics"
	LED           Category = "led"
	USB           Category = "usb"
	SecureElement Category = "secure-element"
	PCB           Category = "pcb"
	Antenna       Category = "antenna"
	Mechanical    Category = "mechanical"
	Other         Category = "other"
)

// Categories are all categories, in the order in which people look at a phone.
var Categories = []Category{
	SoC, Display, Touch, Camera, Battery, Modem, WiFiBT, NFC, GNSS, UWB, RFFrontEnd, Memory, Storage,
	PMIC, Charger, FuelGauge, Audio, Sensor, Fingerprint, Haptics, LED, USB, SecureElement, PCB, Antenna,
	Mechanical, Other,
}

// PhoneCategories are the categories that every phone has parts of. Coverage
// is measured against them.
var PhoneCategories = []Category{
	SoC, Display, Touch, Camera, Battery, Modem, WiFiBT, GNSS, RFFrontEnd, Memory, Storage,
	PMIC, Charger, Audio, Sensor, Haptics, PCB, Antenna,
}

// ParseCategory reads a category's name.
func ParseCategory(s string) (Category, bool) {
	return Category(s), slices.Contains(Categories, Category(s))
}

// Radio reports whether parts of the category transmit or receive.
func (c Category) Radio() bool {
	return slices.Contains([]Category{Modem, WiFiBT, NFC, GNSS, UWB, RFFrontEnd}, c)
}

// Coverage says how much of a phone a document shows.
type Coverage struct {
	Identified   []Category // a part of the category is named
	Unidentified []Category // a part of it is known to exist, not which
	NotVisible   []Category // nothing was seen, though every phone has one
}

// Coverage counts the categories of the document's fitted parts against
// [PhoneCategories].
func (d *Document) Coverage() Coverage {
	named, seen := map[Category]bool{}, map[Category]bool{}
	d.Walk(func(c *Component, _ []string) {
		if c.Kind != Hardware || c.Candidate {
			return
		}
		seen[c.Category] = true
		if !c.Unidentified {
			named[c.Category] = true
		}
	})
	var cov Coverage
	for _, cat := range Categories {
		switch {
		case named[cat]:
			cov.Identified = append(cov.Identified, cat)
		case seen[cat]:
			cov.Unidentified = append(cov.Unidentified, cat)
		case slices.Contains(PhoneCategories, cat):
			cov.NotVisible = append(cov.NotVisible, cat)
		}
	}
	return cov
}

// Walk calls f for every component, parents before children, with the refs of
// the component's ancestors.
func (d *Document) Walk(f func(c *Component, ancestors []string)) { walk(d.Components, nil, f) }

func walk(cs []Component, up []string, f func(*Component, []string)) {
	for i := range cs {
		f(&cs[i], up)
		walk(cs[i].Components, append(slices.Clip(up), cs[i].Ref), f)
	}
}

// Fact gives the fact of that name, or an empty one.
func (c *Component) Fact(name string) Fact { return factNamed(c.Facts, name) }

// Fact gives the fact of that name, or an empty one.
func (d *Device) Fact(name string) Fact { return factNamed(d.Facts, name) }

func factNamed(fs []Fact, name string) Fact {
	for _, f := range fs {
		if f.Name == name {
			return f
		}
	}
	return Fact{Name: name}
}
