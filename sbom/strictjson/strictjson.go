// Package strictjson checks JSON that somebody signed.
//
// Two programs that read the same signed bytes must not see two documents. JSON
// leaves room for that: a key may occur twice (some readers keep the first
// value, some the last), keys may differ only in case (Go's encoding/json
// matches them without regard to case), a string may hold half of a surrogate
// pair (replaced by some, kept by others), data may follow the document. This
// package accepts only text that has one meaning:
//
//   - UTF-8 without a byte order mark, RFC 8259 grammar, one document, nothing
//     but white space after it;
//   - within an object no two keys that are equal under Unicode simple case
//     folding, however they are escaped;
//   - no lone surrogates;
//   - numbers that a float64 can hold (RFC 8785, section 3.2.2.3);
//   - no more bytes and no deeper nesting than [Limits] allow.
//
// [Check] says whether a text is such. [Walk] does the same and shows each
// object member with the lines on which it and its object stand. Both make one
// pass, in time linear in the input, and do not build the document.
//
// The package does not decode into Go values: use encoding/json on what Check
// accepted.
package strictjson

import (
	"fmt"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// Limits bound what is read. A field that is zero has its default.
type Limits struct {
	// MaxBytes is the largest input in bytes; [DefaultMaxBytes] if 0.
	MaxBytes int
	// MaxDepth is how many arrays and objects may stand inside each other;
	// [DefaultMaxDepth] if 0. More than [DeepestDepth] is lowered to it.
	MaxDepth int
}

const (
	// DefaultMaxBytes is twice the largest BOM that we have seen of a whole
	// phone with its software files (about 60 MB).
	DefaultMaxBytes = 128 << 20
	// DefaultMaxDepth allows a CycloneDX component tree 120 levels deep, each
	// level being an array and an object.
	DefaultMaxDepth = 256
	// DeepestDepth is where encoding/json stops, and our own recursion.
	DeepestDepth = 10000
)

// An Error is what makes a text unacceptable.
type Error struct {
	Line, Column int    // both from 1; columns count characters
	Pointer      string // RFC 6901 pointer of the value that holds the fault, "" is the whole document
	Problem      string // what is wrong
	Remedy       string // what to do about it, "" if that is plain
}

// Error gives "line 3, column 14: at /components/0: problem: remedy".
func (e *Error) Error() string {
	s := fmt.Sprintf("line %d, column %d: ", e.Line, e.Column)
	if e.Pointer != "" {
		s += "at " + printable(clip(e.Pointer)) + ": "
	}
	s += e.Problem
	if e.Remedy != "" {
		s += ": " + e.Remedy
	}
	return s
}

// Check returns nil if data has exactly one meaning, and an [*Error] otherwise.
// Nil limits are the default ones.
func Check(data []byte, lim *Limits) error { return Walk(data, lim, nil) }

// A Member is a key and its value in an object.
type Member struct {
	// Key is the key, decoded.
	Key string
	// Value is the value as it stands in the input. It aliases the input.
	Value []byte
	// Line is the line of the key, Object the line on which the object that
	// holds it starts. Both count from 1.
	Line, Object int
	// Depth is the number of arrays and objects around the key; 1 for a member
	// of the outermost object.
	Depth int

	s *scanner
}

// Pointer gives the RFC 6901 pointer of the value. It may be called only
// during the visit.
func (m *Member) Pointer() string { return m.s.pointer() }

// Walk checks data as [Check] does and calls visit for every member of every
// object once its value has been read: members inside a value come before it.
// The Member is valid only during the call. An error of visit ends the walk and
// is returned as it is. What visit learned counts for nothing if Walk returns
// an error.
func Walk(data []byte, lim *Limits, visit func(*Member) error) error {
	l := Limits{}
	if lim != nil {
		l = *lim
	}
	if l.MaxBytes <= 0 {
		l.MaxBytes = DefaultMaxBytes
	}
	if l.MaxDepth <= 0 {
		l.MaxDepth = DefaultMaxDepth
	}
	s := &scanner{data: data, depthLeft: min(l.MaxDepth, DeepestDepth), line: 1, visit: visit}
	if len(data) > l.MaxBytes {
		return &Error{Line: 1, Column: 1, Problem: fmt.Sprintf("%d bytes are more than the limit of %d", len(data), l.MaxBytes)}
	}
	return s.document()
}

// Lines tells where objects that have a name stand. For every member whose key
// is key and whose value is a string, it maps that string to the line on which
// the object that holds the member starts: Lines(bom, nil, "bom-ref") gives the
// line of every ref. If a string occurs twice, the first place counts.
func Lines(data []byte, lim *Limits, key string) (map[string]int, error) {
	lines := map[string]int{}
	err := Walk(data, lim, func(m *Member) error {
		if m.Key != key || m.Value[0] != '"' {
			return nil
		}
		v := unquote(m.Value)
		if _, ok := lines[v]; !ok {
			lines[v] = m.Object
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return lines, nil
}

// printable quotes text that could steer a terminal or forge a line.
func printable(s string) string {
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return strconv.Quote(s)
		}
	}
	return s
}

// clip shortens hostile text for a message.
func clip(s string) string {
	const most = 120
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "..."
}
