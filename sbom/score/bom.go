package score

import (
	"slices"
	"strings"
)

// A bom is what the standards ask of a CycloneDX document: nothing else is read.
type bom struct {
	BOMFormat       string        `json:"bomFormat"`
	SpecVersion     string        `json:"specVersion"`
	SerialNumber    string        `json:"serialNumber"`
	Version         int           `json:"version"`
	Metadata        metadata      `json:"metadata"`
	Components      []component   `json:"components"`
	Dependencies    []dependency  `json:"dependencies"`
	Compositions    []composition `json:"compositions"`
	Vulnerabilities []any         `json:"vulnerabilities"`

	facts    Facts
	all      []*component
	depends  map[string]bool   // whether the ref's entry names anything
	composed map[string]string // aggregate by ref
}

type metadata struct {
	Timestamp    string     `json:"timestamp"`
	Lifecycles   []any      `json:"lifecycles"`
	Tools        any        `json:"tools"`
	Authors      []contact  `json:"authors"`
	Manufacturer *party     `json:"manufacturer"`
	Supplier     *party     `json:"supplier"`
	Component    component  `json:"component"`
	Properties   []property `json:"properties"`
}

type contact struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

type party struct {
	Name    string    `json:"name"`
	URL     []string  `json:"url"`
	Contact []contact `json:"contact"`
	Address struct {
		Country string `json:"country"`
	} `json:"address"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type hash struct {
	Alg     string `json:"alg"`
	Content string `json:"content"`
}

type reference struct {
	Type   string `json:"type"`
	URL    string `json:"url"`
	Hashes []hash `json:"hashes"`
}

type license struct {
	License *struct {
		ID              string `json:"id"`
		Name            string `json:"name"`
		Acknowledgement string `json:"acknowledgement"`
	} `json:"license"`
	Expression      string `json:"expression"`
	Acknowledgement string `json:"acknowledgement"`
}

type component struct {
	Ref          string      `json:"bom-ref"`
	Type         string      `json:"type"`
	Name         string      `json:"name"`
	Version      string      `json:"version"`
	Description  string      `json:"description"`
	Supplier     *party      `json:"supplier"`
	Manufacturer *party      `json:"manufacturer"`
	Publisher    string      `json:"publisher"`
	PURL         string      `json:"purl"`
	CPE          string      `json:"cpe"`
	SWID         any         `json:"swid"`
	OmniborID    []string    `json:"omniborId"`
	SWHID        []string    `json:"swhid"`
	Hashes       []hash      `json:"hashes"`
	Licenses     []license   `json:"licenses"`
	References   []reference `json:"externalReferences"`
	Properties   []property  `json:"properties"`
	Components   []component `json:"components"`
}

type dependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn"`
}

type composition struct {
	Aggregate    string   `json:"aggregate"`
	Assemblies   []string `json:"assemblies"`
	Dependencies []string `json:"dependencies"`
}

func (c *component) hardware() bool { return c.Type == "device" }

// property gives the value of the first property of one of the names.
func (c *component) property(names ...string) string {
	for _, p := range c.Properties {
		if slices.Contains(names, p.Name) {
			return p.Value
		}
	}
	return ""
}

// properties whose value names what is not known, or not told.
var declarations = [...]string{"originbom:unknown-information", "originbom:withheld-information"}

// declares reports whether the component says that it does not know one of the
// things, or will not tell it.
func (c *component) declares(things ...string) bool {
	for _, p := range c.Properties {
		if slices.Contains(declarations[:], p.Name) && slices.Contains(things, p.Value) {
			return true
		}
		for _, t := range things {
			if p.Name == "originbom:"+t+":state" && (p.Value == "unknown" || p.Value == "withheld") {
				return true
			}
		}
	}
	return false
}

// unidentified reports whether the component is known to exist and not which
// one it is.
func (c *component) unidentified() bool { return c.property("originbom:identified") == "false" }

// text judges a text: "unknown" and "NOASSERTION" are declarations.
func text(s string, declared bool) Outcome {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "":
		if declared {
			return DeclaredUnknown
		}
		return Absent
	case "unknown", "noassertion":
		return DeclaredUnknown
	}
	return Present
}

func has(ok, declared bool) Outcome {
	switch {
	case ok:
		return Present
	case declared:
		return DeclaredUnknown
	}
	return Absent
}

func (p *party) named() string {
	if p == nil {
		return ""
	}
	return p.Name
}

// reachable reports whether a party has an e-mail or an address on the web.
func (p *party) reachable() bool {
	return p != nil && (len(p.URL) > 0 || slices.ContainsFunc(p.Contact, func(c contact) bool { return c.Email != "" }))
}

// tool gives the name and version of the first tool, in either form that
// CycloneDX has.
func (b *bom) tool() (name, version string) {
	list, _ := b.Metadata.Tools.([]any)
	if m, ok := b.Metadata.Tools.(map[string]any); ok {
		list, _ = m["components"].([]any)
		if len(list) == 0 {
			list, _ = m["services"].([]any)
		}
	}
	for _, t := range list {
		if m, ok := t.(map[string]any); ok {
			name, _ = m["name"].(string)
			version, _ = m["version"].(string)
			return name, version
		}
	}
	return "", ""
}
