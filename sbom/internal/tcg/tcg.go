// Package tcg reads the component lists from which TCG platform certificates
// are made, in the JSON of the tool paccor: which components a platform has, by
// class, manufacturer and model.
//
//	{"PLATFORM": {...}, "COMPONENTS": [{"COMPONENTCLASS": {"COMPONENTCLASSREGISTRY":
//	 "2.23.133.18.3.3", "COMPONENTCLASSVALUE": "0011001A"}, "MANUFACTURER": "...", "MODEL": "..."}]}
//
// A class is a number in a registry. Known here are the registries of the TCG:
// its own (2.23.133.18.3.1), SMBIOS structure types (.3), PCI class codes (.4)
// and storage (.5). Serial numbers and addresses, which are those of one unit,
// are counted and not kept.
package tcg

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Limits, far above real lists, which have below 100 components.
const (
	maxComponents = 20_000
	maxText       = 4096 // bytes of one value
)

// The TCG's component class registries.
const (
	RegistryTCG     = "2.23.133.18.3.1"
	RegistrySMBIOS  = "2.23.133.18.3.3"
	RegistryPCI     = "2.23.133.18.3.4"
	RegistryStorage = "2.23.133.18.3.5"
)

// A List is a component list.
type List struct {
	Maker, Model, Version string // of the platform
	Components            []Component
	Serials               int // serial numbers and addresses that were left out
}

// A Component is one component as said, without white space around values.
type Component struct {
	Registry string // object identifier of the class's registry
	Class    uint32
	Maker    string
	Model    string
	Revision string
}

type record struct {
	Class struct {
		Registry string `json:"COMPONENTCLASSREGISTRY"`
		Value    string `json:"COMPONENTCLASSVALUE"`
	} `json:"COMPONENTCLASS"`
	Maker     string            `json:"MANUFACTURER"`
	Model     string            `json:"MODEL"`
	Revision  string            `json:"REVISION"`
	Serial    string            `json:"SERIAL"`
	Addresses []json.RawMessage `json:"ADDRESSES"`
}

// Parse reads a list from JSON that has no keys twice.
func Parse(data []byte) (*List, error) {
	var doc struct {
		Platform struct {
			Maker   string `json:"PLATFORMMANUFACTURERSTR"`
			Model   string `json:"PLATFORMMODEL"`
			Version string `json:"PLATFORMVERSION"`
			Serial  string `json:"PLATFORMSERIAL"`
		} `json:"PLATFORM"`
		Components []record `json:"COMPONENTS"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("not a TCG component list: %w", err)
	}
	if len(doc.Components) > maxComponents {
		return nil, fmt.Errorf("more than %d components", maxComponents)
	}
	l := &List{Maker: told(doc.Platform.Maker), Model: told(doc.Platform.Model), Version: told(doc.Platform.Version)}
	if told(doc.Platform.Serial) != "" {
		l.Serials++
	}
	for i, r := range doc.Components {
		if len(r.Maker)+len(r.Model)+len(r.Revision) > maxText {
			return nil, fmt.Errorf("component %d: a value holds more than %d bytes", i+1, maxText)
		}
		class, err := strconv.ParseUint(r.Class.Value, 16, 32)
		if err != nil && r.Class.Value != "" {
			return nil, fmt.Errorf("component %d: class %q is no number of eight hexadecimal digits", i+1, r.Class.Value)
		}
		if told(r.Serial) != "" {
			l.Serials++
		}
		l.Serials += len(r.Addresses)
		l.Components = append(l.Components, Component{r.Class.Registry, uint32(class), told(r.Maker), told(r.Model), told(r.Revision)})
	}
	return l, nil
}

// told gives a value, "" where firmware left its form empty.
func told(s string) string {
	s = strings.TrimFunc(s, func(r rune) bool { return r == ':' || unicode.IsSpace(r) })
	switch strings.ToLower(s) {
	case "not specified", "to be filled by o.e.m.", "default string", "none", "n/a", "unknown":
		return ""
	}
	return s
}
