package axml

import (
	"errors"
	"fmt"
	"strconv"
)

const (
	// maxHops is how many references in a row are followed, as Android does.
	maxHops = 20
	// maxSteps bounds the chunks and entries that all look-ups of a table go
	// through. A manifest needs some ten look-ups, of some thousand chunks each.
	maxSteps = 1 << 22
)

// A Table is a resource table. It is not safe for concurrent use.
type Table struct {
	pool     *pool
	packages []chunk
	steps    int // that look-ups took
}

// ParseTable reads a resources.arsc. It keeps data.
func ParseTable(data []byte) (*Table, error) {
	if len(data) > MaxTable {
		return nil, fmt.Errorf("resource table: larger than %d MiB", MaxTable>>20)
	}
	doc, _, err := next(data)
	if err != nil {
		return nil, fmt.Errorf("resource table: %w", err)
	}
	if doc.kind != chunkTable {
		return nil, errors.New("not a resource table")
	}
	t := new(Table)
	for rest := doc.body(); len(rest) >= 8; {
		var c chunk
		if c, rest, err = next(rest); err != nil {
			return nil, fmt.Errorf("resource table: %w", err)
		}
		switch {
		case c.kind == chunkPool && t.pool == nil:
			if t.pool, err = parsePool(c); err != nil {
				return nil, fmt.Errorf("resource table: %w", err)
			}
		case c.kind == chunkPackage && len(c.header) >= 12:
			t.packages = append(t.packages, c)
		}
	}
	return t, nil
}

// exhausted reports whether look-ups took too many steps, so that the last ones
// found nothing.
func (t *Table) exhausted() bool { return t != nil && t.steps > maxSteps }

// Text gives what a value says: a string as it is, a number in decimal, a
// reference's target. It is not ok where the resource is not in this table or
// has no value for the default configuration.
func (t *Table) Text(v Value) (s string, ok bool) {
	v, ok = t.Resolve(v)
	if !ok {
		return "", false
	}
	return v.plain()
}

// plain is the text of a value that is no reference.
func (v Value) plain() (string, bool) {
	switch v.Type {
	case typeString:
		return v.Text, true
	case typeIntDec, typeIntHex:
		return strconv.Itoa(int(int32(v.Data))), true
	case typeBool:
		return strconv.FormatBool(v.Data != 0), true
	}
	return "", false
}

// Resolve follows references to a value that is none. t may be nil, which is an
// empty table.
func (t *Table) Resolve(v Value) (Value, bool) {
	for range maxHops {
		if v.Type != typeReference && v.Type != typeDynamic {
			return v, v.Type != typeNull
		}
		if t == nil {
			return Value{}, false
		}
		var ok bool
		if v, ok = t.find(v.Data); !ok {
			return Value{}, false
		}
	}
	return Value{}, false
}

// find looks the resource 0xPPTTEEEE up. Of several values the one for the
// default configuration counts, else the first that is for no language and no
// network: what a device gets of which nothing is known.
func (t *Table) find(id uint32) (Value, bool) {
	var best Value
	found := false
	for _, p := range t.packages {
		if u32(p.header[8:]) != id>>24 {
			continue
		}
		for rest := p.body(); len(rest) >= 8; {
			c, after, err := next(rest)
			if err != nil {
				break
			}
			rest = after
			if t.steps++; t.steps > maxSteps {
				return Value{}, false
			}
			if c.kind != chunkType || len(c.header) < 24 || uint32(c.header[8]) != id>>16&0xff {
				continue
			}
			general, fallback := configuration(c.header[20:])
			if !general && (found || !fallback) {
				continue
			}
			if c.header[9]&flagSparse != 0 { // which are searched one by one
				t.steps += len(c.data) / 64
			}
			if v, ok := t.entry(c, id&0xffff); ok {
				best, found = v, true
				if general {
					return v, true
				}
			}
		}
	}
	return best, found
}

// configuration reports whether a ResTable_config is the default one, and
// whether it is at least for every language and network.
func configuration(b []byte) (general, fallback bool) {
	n := int(min(int64(u32(b)), int64(len(b))))
	general, fallback = true, true
	for i := 4; i < n; i++ {
		if b[i] != 0 {
			general = false
			if i < 12 { // mcc, mnc, language, country
				fallback = false
			}
		}
	}
	return general, fallback
}

// Flags of types and entries.
const (
	flagSparse   = 0x01 // of a type: its offsets are pairs, of the entries that there are
	flagOffset16 = 0x02 // of a type: its offsets have 16 bits
	flagComplex  = 0x0001
	flagCompact  = 0x0008
)

// entry reads the value of the entry with that index in a ResTable_type.
func (t *Table) entry(c chunk, index uint32) (Value, bool) {
	at, ok := offset(c, index)
	start := int64(u32(c.header[16:])) + at
	if !ok || start+8 > int64(len(c.data)) {
		return Value{}, false
	}
	e := c.data[start:]
	flags := u16(e[2:])
	if flags&flagCompact != 0 {
		return t.value(uint8(flags>>8), u32(e[4:]))
	}
	size := int(u16(e))
	if flags&flagComplex != 0 || size < 8 || size+8 > len(e) {
		return Value{}, false
	}
	return t.value(e[size+3], u32(e[size+4:]))
}

// offset gives where the entry lies, from the start of the type's entries.
func offset(c chunk, index uint32) (int64, bool) {
	table, count, i := c.body(), int64(u32(c.header[12:])), int64(index)
	switch flags := c.header[9]; {
	case flags&flagSparse != 0:
		for n := int64(0); n < count && 4*n+4 <= int64(len(table)); n++ {
			if pair := table[4*n:]; uint32(u16(pair)) == index {
				return 4 * int64(u16(pair[2:])), true
			}
		}
	case i >= count:
	case flags&flagOffset16 != 0:
		if 2*i+2 <= int64(len(table)) && u16(table[2*i:]) != 0xffff {
			return 4 * int64(u16(table[2*i:])), true
		}
	default:
		if 4*i+4 <= int64(len(table)) && u32(table[4*i:]) != none {
			return int64(u32(table[4*i:])), true
		}
	}
	return 0, false
}

func (t *Table) value(kind uint8, data uint32) (Value, bool) {
	v := Value{Type: kind, Data: data}
	if kind == typeString {
		if t.pool == nil {
			return Value{}, false
		}
		s, err := t.pool.text(data)
		if err != nil {
			return Value{}, false
		}
		v.Text = s
	}
	return v, true
}
