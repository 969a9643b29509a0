// Package fdttest makes flattened device trees for tests, from a small part of
// the source language: nodes, and properties that are empty, strings, cells or
// bytes. It is written from the specification and shares no code with the reader
// that it tests.
//
//	/ {
//		model = "Example Phone";
//		soc {
//			i2c@40 { #address-cells = <1>; sensor@1 { compatible = "example,s1", "example,s0"; reg = <0x1>; }; };
//		};
//	};
package fdttest

import (
	"encoding/binary"
	"strconv"
	"strings"
	"testing"
)

// A Node is a node to write.
type Node struct {
	Name       string
	Properties []Property
	Children   []*Node
}

// A Property is a property to write.
type Property struct {
	Name  string
	Value []byte
}

// Compile makes the blob of a source text. It fails the test on a text that it
// does not understand.
func Compile(t testing.TB, source string) []byte {
	t.Helper()
	p := &compiler{rest: source}
	p.space()
	root := &Node{}
	if !p.take("/") || !p.body(root) || strings.TrimSpace(p.rest) != "" {
		t.Fatalf("fdttest: cannot compile, the rest is %.60q", p.rest)
	}
	return Encode(root)
}

type compiler struct{ rest string }

func (p *compiler) space() { p.rest = strings.TrimLeft(p.rest, " \t\n") }

func (p *compiler) take(s string) bool {
	if !strings.HasPrefix(p.rest, s) {
		return false
	}
	p.rest = p.rest[len(s):]
	p.space()
	return true
}

func (p *compiler) word() string {
	n := strings.IndexAny(p.rest, " \t\n{};=\"<>,]")
	// Names of nodes and properties may have commas in them.
	for n >= 0 && p.rest[n] == ',' {
		more := strings.IndexAny(p.rest[n+1:], " \t\n{};=\"<>,]")
		if more < 0 {
			break
		}
		n += 1 + more
	}
	if n < 0 {
		n = len(p.rest)
	}
	w := p.rest[:n]
	p.rest = p.rest[n:]
	p.space()
	return w
}

// body reads { properties and nodes };
func (p *compiler) body(n *Node) bool {
	if !p.take("{") {
		return false
	}
	for !p.take("}") {
		name := p.word()
		switch {
		case name == "":
			return false
		case strings.HasPrefix(p.rest, "{"):
			child := &Node{Name: name}
			if !p.body(child) {
				return false
			}
			n.Children = append(n.Children, child)
		case p.take(";"):
			n.Properties = append(n.Properties, Property{Name: name})
		default:
			value, ok := p.value()
			if !ok {
				return false
			}
			n.Properties = append(n.Properties, Property{name, value})
		}
	}
	return p.take(";")
}

// value reads = strings, <cells> or [bytes];
func (p *compiler) value() ([]byte, bool) {
	if !p.take("=") {
		return nil, false
	}
	var v []byte
	for {
		switch {
		case p.take("<"):
			for !p.take(">") {
				c, err := strconv.ParseUint(p.word(), 0, 32)
				if err != nil {
					return nil, false
				}
				v = binary.BigEndian.AppendUint32(v, uint32(c))
			}
		case p.take("["):
			for !p.take("]") {
				b, err := strconv.ParseUint(p.word(), 16, 8)
				if err != nil {
					return nil, false
				}
				v = append(v, byte(b))
			}
		case strings.HasPrefix(p.rest, `"`):
			s, rest, ok := strings.Cut(p.rest[1:], `"`)
			if !ok {
				return nil, false
			}
			v, p.rest = append(append(v, s...), 0), rest
			p.space()
		default:
			return nil, false
		}
		if p.take(";") {
			return v, true
		}
		if !p.take(",") {
			return nil, false
		}
	}
}

// Encode writes version 17 of the format.
func Encode(root *Node) []byte {
	w := &writer{names: map[string]uint32{}}
	w.node(root)
	w.word(9)
	const header, reserved = 40, 16
	out := make([]byte, 0, header+reserved+len(w.structure)+len(w.strings))
	for _, word := range []int{
		0xd00dfeed,
		header + reserved + len(w.structure) + len(w.strings),
		header + reserved,
		header + reserved + len(w.structure),
		header,
		17, 16, 0,
		len(w.strings), len(w.structure),
	} {
		out = binary.BigEndian.AppendUint32(out, uint32(word))
	}
	out = append(out, make([]byte, reserved)...)
	return append(append(out, w.structure...), w.strings...)
}

type writer struct {
	structure, strings []byte
	names              map[string]uint32
}

func (w *writer) word(v uint32) { w.structure = binary.BigEndian.AppendUint32(w.structure, v) }

func (w *writer) pad() {
	for len(w.structure)%4 != 0 {
		w.structure = append(w.structure, 0)
	}
}

func (w *writer) node(n *Node) {
	w.word(1)
	w.structure = append(append(w.structure, n.Name...), 0)
	w.pad()
	for _, p := range n.Properties {
		off, ok := w.names[p.Name]
		if !ok {
			off = uint32(len(w.strings))
			w.names[p.Name] = off
			w.strings = append(append(w.strings, p.Name...), 0)
		}
		w.word(3)
		w.word(uint32(len(p.Value)))
		w.word(off)
		w.structure = append(w.structure, p.Value...)
		w.pad()
	}
	for _, c := range n.Children {
		w.node(c)
	}
	w.word(2)
}

// Example gives a tree of every feature that the format has.
func Example(t testing.TB) []byte {
	t.Helper()
	return Compile(t, `/ {
	model = "Example Phone 15"; compatible = "handset,em-15", "example,soc1";
	#address-cells = <2>; empty;
	soc { i2c@40 { phandle = <7>; touchscreen@38 { reg = <0x38>; compatible = "example,t1", "example,t0"; }; }; };
	aliases { i2c0 = "/soc/i2c@40"; raw = [ 01 ff 02 ]; };
};`)
}
