package strictjson

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// A scanner walks one document. Newlines can stand only in white space, so
// counting lines there counts them all.
type scanner struct {
	data      []byte
	pos       int
	line      int
	depthLeft int
	depth     int
	path      []step
	keys      keySet
	visit     func(*Member) error
}

// A step is one level of the path to the current value: a key in an object,
// nil before the first one, or an index in an array.
type step struct {
	object bool
	key    []byte // as it stands in the input, with quotes
	index  int
}

func (s *scanner) document() error {
	if bytes.HasPrefix(s.data, []byte("\xef\xbb\xbf")) {
		return s.fail(0, "the text starts with a byte order mark", "save it as UTF-8 without one")
	}
	s.space()
	if err := s.value(); err != nil {
		return err
	}
	if s.space(); s.pos < len(s.data) {
		return s.fail(s.pos, "data follows the document", "keep one JSON document in a file")
	}
	return nil
}

// space skips white space and counts lines.
func (s *scanner) space() {
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case '\n':
			s.line++
		case ' ', '\t', '\r':
		default:
			return
		}
		s.pos++
	}
}

// peek is the next byte, or 0 at the end. 0 itself never starts anything valid.
func (s *scanner) peek() byte {
	if s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

func (s *scanner) value() error {
	switch c := s.peek(); {
	case c == '{':
		return s.nested(s.object)
	case c == '[':
		return s.nested(s.array)
	case c == '"':
		return s.str()
	case c == '-' || '0' <= c && c <= '9':
		return s.number()
	case c == 't':
		return s.literal("true")
	case c == 'f':
		return s.literal("false")
	case c == 'n':
		return s.literal("null")
	}
	return s.unexpected("a value")
}

// nested reads an array or object. inner starts behind the bracket and is told
// the bracket's line.
func (s *scanner) nested(inner func(line int) error) error {
	if s.depthLeft == 0 {
		return s.fail(s.pos, fmt.Sprintf("nested deeper than %d levels", s.depth), "")
	}
	s.depthLeft--
	s.depth++
	line := s.line
	s.pos++ // the bracket
	s.space()
	err := inner(line)
	s.depth--
	s.depthLeft++
	return err
}

func (s *scanner) array(int) error {
	if s.peek() == ']' {
		s.pos++
		return nil
	}
	s.path = append(s.path, step{})
	for {
		if err := s.value(); err != nil {
			return err
		}
		s.space()
		switch s.peek() {
		case ',':
			s.pos++
			s.space()
			s.path[len(s.path)-1].index++
		case ']':
			s.pos++
			s.path = s.path[:len(s.path)-1]
			return nil
		default:
			return s.unexpected("a comma or ]")
		}
	}
}

func (s *scanner) object(start int) error {
	if s.peek() == '}' {
		s.pos++
		return nil
	}
	mark := s.keys.open()
	s.path = append(s.path, step{object: true})
	for {
		if err := s.member(mark, start); err != nil {
			return err
		}
		s.space()
		switch s.peek() {
		case ',':
			s.pos++
			s.space()
		case '}':
			s.pos++
			s.path = s.path[:len(s.path)-1]
			s.keys.close(mark)
			return nil
		default:
			return s.unexpected("a comma or }")
		}
	}
}

func (s *scanner) member(mark keyMark, object int) error {
	if s.peek() != '"' {
		return s.unexpected("a key in quotes")
	}
	at, line := s.pos, s.line
	if err := s.str(); err != nil {
		return err
	}
	key := s.data[at:s.pos]
	if first, clash := s.keys.add(mark, key); clash {
		s.path = s.path[:len(s.path)-1] // the fault is the object's
		return s.keyClash(at, key, first)
	}
	s.path[len(s.path)-1].key = key
	s.space()
	if s.peek() != ':' {
		return s.unexpected("a colon")
	}
	s.pos++
	s.space()
	from := s.pos
	if err := s.value(); err != nil {
		return err
	}
	if s.visit == nil {
		return nil
	}
	return s.visit(&Member{
		Key: unquote(key), Value: s.data[from:s.pos:s.pos],
		Line: line, Object: object, Depth: s.depth, s: s,
	})
}

func (s *scanner) keyClash(at int, key, first []byte) error {
	k, f := clip(unquote(key)), clip(unquote(first))
	if k == f {
		return s.fail(at, fmt.Sprintf("key %q occurs twice in one object", k), "keep one of the two")
	}
	return s.fail(at, fmt.Sprintf("keys %q and %q of one object differ only in case", f, k), "keep one of the two")
}

func (s *scanner) literal(word string) error {
	if !bytes.HasPrefix(s.data[s.pos:], []byte(word)) {
		return s.unexpected("a value")
	}
	s.pos += len(word)
	return nil
}

// number reads RFC 8259 section 6.
func (s *scanner) number() error {
	from := s.pos
	if s.peek() == '-' {
		s.pos++
	}
	if s.peek() == '0' {
		s.pos++
	} else if s.digits() == 0 {
		return s.unexpected("a digit")
	}
	if s.peek() == '.' {
		s.pos++
		if s.digits() == 0 {
			return s.unexpected("a digit")
		}
	}
	exp := s.peek() == 'e' || s.peek() == 'E'
	if exp {
		s.pos++
		if c := s.peek(); c == '+' || c == '-' {
			s.pos++
		}
		if s.digits() == 0 {
			return s.unexpected("a digit")
		}
	}
	const surelyInRange = 300 // digits; the largest float64 has 309
	if exp || s.pos-from > surelyInRange {
		if _, err := strconv.ParseFloat(string(s.data[from:s.pos]), 64); err != nil {
			return s.fail(from, "a number is out of the range of a float64", "write it as a string")
		}
	}
	return nil
}

func (s *scanner) digits() (n int) {
	for c := s.peek(); '0' <= c && c <= '9'; c = s.peek() {
		s.pos++
		n++
	}
	return n
}

// str reads a string, with its quotes.
func (s *scanner) str() error {
	s.pos++
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; {
		case c == '"':
			s.pos++
			return nil
		case c == '\\':
			if err := s.escape(); err != nil {
				return err
			}
		case c < 0x20:
			return s.fail(s.pos, fmt.Sprintf("control character U+%04X stands in a string", c), "escape it")
		case c < utf8.RuneSelf:
			s.pos++
		default:
			r, n := utf8.DecodeRune(s.data[s.pos:])
			if r == utf8.RuneError && n == 1 {
				return s.fail(s.pos, "a string is not valid UTF-8", "save the file as UTF-8")
			}
			s.pos += n
		}
	}
	return s.fail(s.pos, "the text ends inside a string", "")
}

func (s *scanner) escape() error {
	at := s.pos
	s.pos++
	switch s.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.pos++
		return nil
	case 'u':
	default:
		return s.fail(at, "unknown escape in a string", `known are \" \\ \/ \b \f \n \r \t \u`)
	}
	r, ok := hex4(s.data[s.pos+1:])
	if !ok {
		return s.fail(at, `\u is not followed by four hex digits`, "")
	}
	s.pos += 5
	if !utf16.IsSurrogate(r) {
		return nil
	}
	if rest := s.data[s.pos:]; len(rest) >= 6 && rest[0] == '\\' && rest[1] == 'u' {
		low, ok := hex4(rest[2:])
		if ok && utf16.DecodeRune(r, low) != utf8.RuneError {
			s.pos += 6
			return nil
		}
	}
	return s.fail(at, "a string holds half of a surrogate pair", "write the character itself")
}

func hex4(b []byte) (r rune, ok bool) {
	if len(b) < 4 {
		return 0, false
	}
	for _, c := range b[:4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

func (s *scanner) unexpected(want string) error {
	if s.pos >= len(s.data) {
		return s.fail(s.pos, "the text ends where "+want+" is expected", "the file may be cut short")
	}
	r, _ := utf8.DecodeRune(s.data[s.pos:])
	return s.fail(s.pos, fmt.Sprintf("%q stands where %s is expected", r, want), "")
}

func (s *scanner) fail(at int, problem, remedy string) error {
	before := s.data[:at]
	start := bytes.LastIndexByte(before, '\n') + 1
	return &Error{
		Line:    bytes.Count(before, []byte{'\n'}) + 1,
		Column:  utf8.RuneCount(before[start:]) + 1,
		Pointer: s.pointer(), Problem: problem, Remedy: remedy,
	}
}
