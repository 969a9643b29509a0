package firmware

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
)

// maxXMLDepth bounds nesting; these files have five levels.
const maxXMLDepth = 32

// isVINTF reports whether the file is a manifest of hardware interfaces (AOSP,
// "VINTF object data").
func isVINTF(rest string) bool {
	dir, base := path.Dir(rest), path.Base(rest)
	return path.Ext(base) == ".xml" && (rest == "manifest.xml" || dir == "etc/vintf" && strings.HasPrefix(base, "manifest") || dir == "etc/vintf/manifest")
}

// xmlNode is an element with what is in it.
type xmlNode struct {
	name     string
	attrs    map[string]string
	text     string
	children []*xmlNode
}

// parseXML reads a document into nodes. Entities other than XML's own are
// refused by the decoder, so nothing expands.
func parseXML(data []byte) (*xmlNode, error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	root := new(xmlNode)
	open := []*xmlNode{root}
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			if len(root.children) == 0 {
				return nil, errors.New("it holds no element")
			}
			return root.children[0], nil
		}
		if err != nil {
			return nil, err
		}
		top := open[len(open)-1]
		switch tok := tok.(type) {
		case xml.StartElement:
			n := &xmlNode{name: tok.Name.Local, attrs: map[string]string{}}
			for _, a := range tok.Attr {
				n.attrs[a.Name.Local] = a.Value
			}
			if len(open) > maxXMLDepth {
				return nil, errors.New("elements are nested too deep")
			}
			top.children = append(top.children, n)
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			top.text += string(tok)
		}
	}
}

// all gives the children of that name.
func (n *xmlNode) all(name string) []*xmlNode {
	var out []*xmlNode
	for _, c := range n.children {
		if c.name == name {
			out = append(out, c)
		}
	}
	return out
}

func (n *xmlNode) texts(name string) []string {
	var out []string
	for _, c := range n.all(name) {
		out = append(out, strings.TrimSpace(c.text))
	}
	return out
}

// permissions tells which privileged permissions a file grants to which package
// (source.android.com, "Privileged permission allowlist"). Denials are none.
func (t *trustReader) permissions(place string, data []byte) {
	root, err := parseXML(data)
	if err != nil {
		t.note(place, "not understood: "+clean(err.Error()), "")
		return
	}
	for _, app := range root.all("privapp-permissions") {
		for _, p := range app.all("permission") {
			name, permission := app.attrs["package"], p.attrs["name"]
			if name != "" && permission != "" {
				t.fact(FactPrivileged, name+", "+permission, place, "privapp-permissions: "+name+" "+permission)
			}
		}
	}
}

// vintf tells the hardware interfaces that a partition provides: name@version of
// each, or the name alone where there is no version.
func (t *trustReader) vintf(place string, data []byte) {
	root, err := parseXML(data)
	if err != nil {
		t.note(place, "not understood: "+clean(err.Error()), "")
		return
	}
	for _, h := range root.all("hal") {
		names, versions := h.texts("name"), h.texts("version")
		if len(names) == 0 {
			continue
		}
		for _, fq := range h.texts("fqname") { // @2.4::ICameraProvider/legacy/0
			if v, _, ok := strings.Cut(strings.TrimPrefix(fq, "@"), "::"); ok && strings.HasPrefix(fq, "@") && !slices.Contains(versions, v) {
				versions = append(versions, v)
			}
		}
		if len(versions) == 0 {
			t.fact(FactHAL, names[0], place, "hal "+names[0])
		}
		for _, v := range versions {
			t.fact(FactHAL, names[0]+"@"+v, place, "hal "+h.attrs["format"]+" "+names[0]+" version "+v)
		}
	}
}
