package strictjson

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A keySet finds keys of one object that are equal under case folding. One set
// serves all open objects: keys of inner objects lie above those of outer ones.
type keySet struct {
	folded []byte  // folded keys, one after the other
	keys   []entry // of all open objects
	index  map[int]map[string]int
}

type entry struct {
	from, to int    // in folded
	raw      []byte // as it stands in the input, with quotes
}

// A keyMark is where an object's keys start.
type keyMark struct{ keys, folded int }

// fewKeys is how many keys are compared one by one; objects with more get a
// map, so that time stays linear.
const fewKeys = 16

func (k *keySet) open() keyMark { return keyMark{len(k.keys), len(k.folded)} }

func (k *keySet) close(m keyMark) {
	if k.index != nil {
		delete(k.index, m.keys)
	}
	k.keys, k.folded = k.keys[:m.keys], k.folded[:m.folded]
}

// add puts a key into the object that m marks. If it clashes with an earlier
// one, that one is returned.
func (k *keySet) add(m keyMark, raw []byte) (first []byte, clash bool) {
	from := len(k.folded)
	k.folded = appendFolded(k.folded, raw)
	key := k.folded[from:]
	own := k.keys[m.keys:]
	if len(own) < fewKeys {
		for _, e := range own {
			if string(k.folded[e.from:e.to]) == string(key) {
				return e.raw, true
			}
		}
	} else {
		ix := k.indexOf(m)
		if i, ok := ix[string(key)]; ok {
			return k.keys[i].raw, true
		}
		ix[string(key)] = len(k.keys)
	}
	k.keys = append(k.keys, entry{from, len(k.folded), raw})
	return nil, false
}

func (k *keySet) indexOf(m keyMark) map[string]int {
	if ix, ok := k.index[m.keys]; ok {
		return ix
	}
	ix := map[string]int{}
	for i, e := range k.keys[m.keys:] {
		ix[string(k.folded[e.from:e.to])] = m.keys + i
	}
	if k.index == nil {
		k.index = map[int]map[string]int{}
	}
	k.index[m.keys] = ix
	return ix
}

// appendFolded appends the case-folded form of a quoted key that has been
// checked.
func appendFolded(dst, raw []byte) []byte {
	plain := raw[1 : len(raw)-1]
	for _, c := range plain {
		if c == '\\' || c >= utf8.RuneSelf {
			for _, r := range unquote(raw) {
				dst = utf8.AppendRune(dst, fold(r))
			}
			return dst
		}
	}
	for _, c := range plain {
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// fold gives the smallest rune of r's case orbit, as encoding/json does: the
// Kelvin sign and k are one.
func fold(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return least
}

// unquote decodes a string literal that has been checked.
func unquote(raw []byte) string {
	plain := raw[1 : len(raw)-1]
	if bytes.IndexByte(plain, '\\') < 0 {
		return string(plain)
	}
	var v string
	if json.Unmarshal(raw, &v) != nil {
		return string(plain) // cannot be: the literal was checked
	}
	return v
}

// pointer renders the path to the current value (RFC 6901).
func (s *scanner) pointer() string {
	var b strings.Builder
	for _, st := range s.path {
		if st.object && st.key == nil {
			break // no key of this object has been read yet
		}
		b.WriteByte('/')
		if !st.object {
			b.WriteString(strconv.Itoa(st.index))
			continue
		}
		b.WriteString(escapePointer(unquote(st.key)))
	}
	return b.String()
}

func escapePointer(key string) string {
	if !strings.ContainsAny(key, "~/") {
		return key
	}
	return strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
}
