package apksig

import (
	"errors"
	"fmt"
)

// Limits of BER.
const (
	maxBERDepth = 32 // a PKCS #7 signature has about ten levels
	maxBERItems = 4096
)

// Tags of ASN.1, with the bits of class and construction.
const (
	tagInteger     = 0x02
	tagBitString   = 0x03
	tagOctetString = 0x04
	tagOID         = 0x06
	tagSequence    = 0x30
	tagSet         = 0x31
	tagContext0    = 0xa0 // [0], constructed
	tagContext1    = 0xa1
	tagContext3    = 0xa3
)

// An element is one BER element. JAR signatures are BER, not DER: some tools
// write lengths that are not told, and attributes in any order.
type element struct {
	tag  byte
	full []byte // as it stands, tag and length included
	body []byte
}

var errBER = errors.New("malformed ASN.1")

// readElement splits the first element off b.
func readElement(b []byte) (element, []byte, error) { return readBER(b, 0) }

func readBER(b []byte, depth int) (element, []byte, error) {
	if len(b) < 2 || b[0]&0x1f == 0x1f || depth > maxBERDepth {
		return element{}, nil, errBER // tags above 30 do not occur
	}
	e := element{tag: b[0]}
	n, head := int64(b[1]), 2
	switch {
	case b[1] == 0x80:
		return readIndefinite(b, depth)
	case b[1] > 0x80:
		count := int(b[1] & 0x7f)
		if count > 4 || len(b) < 2+count {
			return element{}, nil, errBER
		}
		n = 0
		for _, c := range b[2 : 2+count] {
			n = n<<8 | int64(c)
		}
		head += count
	}
	if n > int64(len(b)-head) {
		return element{}, nil, errBER
	}
	end := head + int(n)
	e.full, e.body = b[:end:end], b[head:end:end]
	return e, b[end:], nil
}

// readIndefinite reads an element that ends with two zero bytes.
func readIndefinite(b []byte, depth int) (element, []byte, error) {
	if b[0]&0x20 == 0 {
		return element{}, nil, errBER
	}
	rest := b[2:]
	for {
		if len(rest) >= 2 && rest[0] == 0 && rest[1] == 0 {
			body := len(b) - len(rest)
			end := body + 2
			return element{b[0], b[:end:end], b[2:body:body]}, b[end:], nil
		}
		var err error
		if _, rest, err = readBER(rest, depth+1); err != nil {
			return element{}, nil, err
		}
	}
}

// children gives the elements inside.
func (e element) children() ([]element, error) {
	var out []element
	for rest := e.body; len(rest) > 0; {
		if len(out) >= maxBERItems {
			return nil, fmt.Errorf("ASN.1: more than %d elements in one", maxBERItems)
		}
		var c element
		var err error
		if c, rest, err = readElement(rest); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// sequence gives the children of an element with that tag.
func (e element) sequence(tag byte, atLeast int) ([]element, error) {
	if e.tag != tag {
		return nil, fmt.Errorf("ASN.1: tag %#02x where %#02x belongs", e.tag, tag)
	}
	cs, err := e.children()
	if err == nil && len(cs) < atLeast {
		err = errBER
	}
	return cs, err
}

// sequenceOf reads b as one element of that tag.
func sequenceOf(b []byte, tag byte, atLeast int) ([]element, error) {
	e, _, err := readElement(b)
	if err != nil {
		return nil, err
	}
	return e.sequence(tag, atLeast)
}

// A list hands out elements one after the other, some of which may be absent.
type list []element

// optional takes the next element if it has that tag.
func (l *list) optional(tag byte) (element, bool) {
	if len(*l) == 0 || (*l)[0].tag != tag {
		return element{}, false
	}
	e := (*l)[0]
	*l = (*l)[1:]
	return e, true
}

// take takes the next element, which must have that tag.
func (l *list) take(tag byte) (element, error) {
	e, ok := l.optional(tag)
	if !ok {
		return element{}, fmt.Errorf("ASN.1: an element with tag %#02x is missing", tag)
	}
	return e, nil
}
