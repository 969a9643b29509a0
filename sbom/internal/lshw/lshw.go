// Package lshw reads what the program lshw tells of a running machine in JSON:
// a tree of nodes, each with a class, and perhaps a vendor and a product.
//
// Older versions write the tree as one object, newer ones as a list. Serial
// numbers are those of one unit: they are counted and not kept.
package lshw

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Limits, far above real machines, which have some hundred nodes.
const (
	maxNodes = 20_000
	maxDepth = 64
	maxText  = 4096 // bytes of one value
)

// A Node is one node of the tree.
type Node struct {
	Path        string // ids from the root, such as computer/core/cpu:0
	Class       string
	Description string
	Vendor      string
	Product     string
	Version     string
	BusInfo     string
	Driver      string // that is bound to it
	Disabled    bool
	Depth       int // 0 is the machine itself
}

type record struct {
	ID            string         `json:"id"`
	Class         string         `json:"class"`
	Disabled      bool           `json:"disabled"`
	Description   string         `json:"description"`
	Vendor        string         `json:"vendor"`
	Product       string         `json:"product"`
	Version       string         `json:"version"`
	BusInfo       string         `json:"businfo"`
	Serial        string         `json:"serial"`
	Configuration map[string]any `json:"configuration"`
	Children      []record       `json:"children"`
}

// Parse gives the nodes in the order of the file, and how many serial numbers
// were left out. data is JSON whose depth has been checked.
func Parse(data []byte) (nodes []Node, serials int, err error) {
	var roots []record
	data = bytes.TrimSpace(data)
	if bytes.HasPrefix(data, []byte("{")) {
		roots = make([]record, 1)
		err = json.Unmarshal(data, &roots[0])
	} else {
		err = json.Unmarshal(data, &roots)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("not the JSON of lshw: %w", err)
	}
	for _, r := range roots {
		if err := walk(r, "", 0, &nodes, &serials); err != nil {
			return nil, 0, err
		}
	}
	if len(nodes) == 0 || nodes[0].Class == "" {
		return nil, 0, fmt.Errorf("not the JSON of lshw: its first node has no class")
	}
	return nodes, serials, nil
}

func walk(r record, up string, depth int, nodes *[]Node, serials *int) error {
	path := strings.TrimPrefix(up+"/"+r.ID, "/")
	switch {
	case len(*nodes) >= maxNodes:
		return fmt.Errorf("more than %d nodes", maxNodes)
	case depth > maxDepth:
		return fmt.Errorf("%s: nodes are nested deeper than %d", path, maxDepth)
	case len(r.ID)+len(r.Description)+len(r.Vendor)+len(r.Product)+len(r.Version)+len(r.BusInfo) > maxText:
		return fmt.Errorf("a node holds more than %d bytes", maxText)
	}
	if strings.TrimSpace(r.Serial) != "" {
		*serials++
	}
	driver, _ := r.Configuration["driver"].(string)
	*nodes = append(*nodes, Node{
		Path: path, Class: r.Class, Description: told(r.Description), Vendor: told(r.Vendor), Product: told(r.Product),
		Version: told(r.Version), BusInfo: r.BusInfo, Driver: driver, Disabled: r.Disabled, Depth: depth,
	})
	for _, c := range r.Children {
		if err := walk(c, path, depth+1, nodes, serials); err != nil {
			return err
		}
	}
	return nil
}

// told gives a value, "" where firmware left its form empty.
func told(s string) string {
	s = strings.TrimSpace(s)
	switch strings.ToLower(s) {
	case "to be filled by o.e.m.", "default string", "[empty]", "none", "n/a", "unknown", "not specified", "<bad index>", "0000", "illegal vendor id":
		return ""
	}
	return s
}
