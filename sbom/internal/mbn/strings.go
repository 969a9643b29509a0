package mbn

import "bytes"

// maxString bounds a string of a build in bytes, its name with it. Real ones are
// below 100.
const maxString = 256

// names are what the strings of a build follow in an image, and where each goes.
var names = []struct {
	name string
	into func(*Strings) *string
}{
	{"OEM_IMAGE_VERSION_STRING=", func(s *Strings) *string { return &s.Maker }},
	{"QC_IMAGE_VERSION_STRING=", func(s *Strings) *string { return &s.Version }},
	{"IMAGE_VARIANT_STRING=", func(s *Strings) *string { return &s.Variant }},
}

// A finder looks for the strings of a build in what is written to it, piece by
// piece. Of each the first counts.
type finder struct {
	found Strings
	tail  []byte // the end of what was written, in which a string may begin
}

func (f *finder) Write(p []byte) (int, error) {
	b := append(f.tail, p...)
	keep := max(0, len(b)-maxString)
	f.look(b, keep)
	f.tail = append(f.tail[:0], b[keep:]...)
	return len(p), nil
}

// end looks at what is left and forgets it: no string reaches from one segment
// into the next.
func (f *finder) end() {
	f.look(f.tail, len(f.tail))
	f.tail = f.tail[:0]
}

// look finds strings that begin before limit in b.
func (f *finder) look(b []byte, limit int) {
	for _, n := range names {
		into := n.into(&f.found)
		for at := 0; *into == "" && at < limit; {
			i := bytes.Index(b[at:], []byte(n.name))
			if i < 0 || at+i >= limit {
				break
			}
			at += i + len(n.name)
			*into = printable(b[at:min(len(b), at+maxString-len(n.name))])
		}
	}
}

// printable is the beginning of b up to what is not printable ASCII, which ends a
// string.
func printable(b []byte) string {
	for i, c := range b {
		if c < 0x20 || c > 0x7e {
			return string(b[:i])
		}
	}
	return string(b)
}
