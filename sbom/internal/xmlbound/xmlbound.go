// Package xmlbound bounds XML before a decoder builds structures of it.
//
// A file of some KiB, expanded from a ZIP archive, can hold one element with
// millions of attributes, or millions of elements in each other: encoding/xml
// takes gigabytes for either. A reader of this package passes bytes on as they
// are, and fails where a tag is too long, elements nest too deep or are too many.
//
// It knows just as much of XML as it needs to find the tags: comments, CDATA,
// processing instructions, quotes. Whether the XML is well-formed the decoder
// tells. A document type with declarations of its own is refused.
package xmlbound

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Limits are the largest sizes that a reader lets pass.
type Limits struct {
	Tag      int // bytes of one tag with its attributes
	Depth    int // elements in each other
	Elements int // start tags; 0 is no limit
}

// New gives r, within limits.
func New(r io.Reader, limits Limits) io.Reader { return &reader{r: r, limits: limits} }

// state is what the last byte belongs to.
type state int

const (
	text    state = iota
	opening       // "<" and what may decide what it opens, in head
	tag
	comment
	cdata
	instruction
	doctype
)

type reader struct {
	r      io.Reader
	limits Limits
	err    error

	state    state
	head     []byte // the first bytes behind "<" while opening; then the last two bytes
	quote    byte   // that is open in a tag, 0 if none
	closing  bool   // it is an end tag
	size     int    // of the tag
	depth    int
	elements int
}

// Read gives the next bytes; those before the place of an error too.
func (x *reader) Read(p []byte) (int, error) {
	if x.err != nil {
		return 0, x.err
	}
	n, err := x.r.Read(p)
	for i, c := range p[:n] {
		if x.err = x.next(c); x.err != nil {
			return i, x.err
		}
	}
	return n, err
}

func (x *reader) next(c byte) error {
	switch x.state {
	case text:
		if c == '<' {
			x.state, x.head = opening, x.head[:0]
		}
		return nil
	case opening:
		return x.open(c)
	case tag:
		return x.tag(c)
	case doctype:
		switch {
		case x.quote != 0 && c == x.quote:
			x.quote = 0
		case x.quote != 0:
		case c == '"' || c == '\'':
			x.quote = c
		case c == '<':
			return errors.New("a document type with declarations is not read")
		case c == '>':
			x.state = text
		}
		return nil
	}
	end := map[state]string{comment: "--", cdata: "]]", instruction: "?"}[x.state]
	if c == '>' && bytes.HasSuffix(x.head, []byte(end)) {
		x.state = text
	}
	if len(x.head) == 2 {
		x.head[0], x.head[1] = x.head[1], c
	} else {
		x.head = append(x.head, c)
	}
	return nil
}

// open decides what "<" opens.
func (x *reader) open(c byte) error {
	x.head = append(x.head, c)
	begin := func(s state) { x.state, x.head, x.quote, x.size = s, x.head[:0], 0, 1 }
	switch h := string(x.head); {
	case h == "?":
		begin(instruction)
	case h == "!--":
		begin(comment)
	case h == "![CDATA[":
		begin(cdata)
	case h == "!" || h == "!-" || len(h) > 1 && h == "![CDATA["[:len(h)]:
	case h[0] == '!':
		begin(doctype)
		for _, c := range []byte(h[1:]) { // which may be its end already
			if err := x.next(c); err != nil {
				return err
			}
		}
	default:
		begin(tag)
		if x.closing = c == '/'; x.closing {
			return nil
		}
		if x.elements++; x.limits.Elements > 0 && x.elements > x.limits.Elements {
			return fmt.Errorf("more than %d XML elements", x.limits.Elements)
		}
		if x.depth++; x.depth > x.limits.Depth {
			return fmt.Errorf("XML elements are nested deeper than %d", x.limits.Depth)
		}
		return x.tag(c)
	}
	return nil
}

// tag takes a byte of a start or end tag.
func (x *reader) tag(c byte) error {
	if x.size++; x.size > x.limits.Tag {
		return fmt.Errorf("an XML tag has more than %d bytes", x.limits.Tag)
	}
	switch {
	case x.quote != 0:
		if c == x.quote {
			x.quote = 0
		}
	case c == '"' || c == '\'':
		x.quote = c
	case c == '>':
		if x.closing || len(x.head) > 0 && x.head[0] == '/' {
			x.depth--
		}
		x.state = text
	}
	x.head = append(x.head[:0], c) // the byte before
	return nil
}
