package apksig

import (
	"bytes"
	"crypto"
	"hash"
	"strings"
)

// A section is one section of a JAR manifest or signature file: attributes up to
// an empty line, which belongs to it.
type section struct {
	raw   []byte
	attrs []attribute
}

type attribute struct{ name, value string }

// parseSections splits a manifest. Lines end by CR, LF or both; a line that
// begins with a space goes on with the one before (JAR File Specification,
// "Notes on Manifest and Signature Files"). What has no ": " is a name alone.
func parseSections(data []byte) []section {
	var out []section
	start := 0
	var lines []string
	end := func(at int) {
		if len(lines) > 0 {
			out = append(out, section{raw: data[start:at], attrs: attributes(lines)})
		}
		start, lines = at, nil
	}
	for at := 0; at < len(data); {
		line, next := nextLine(data, at)
		switch {
		case len(line) == 0:
			end(next)
		case line[0] == ' ' && len(lines) > 0:
			lines[len(lines)-1] += string(line[1:])
		default:
			lines = append(lines, string(line))
		}
		at = next
	}
	end(len(data))
	return out
}

// nextLine gives the line at that offset and where the next one begins.
func nextLine(data []byte, at int) (line []byte, next int) {
	i := bytes.IndexAny(data[at:], "\r\n")
	if i < 0 {
		return data[at:], len(data)
	}
	line, next = data[at:at+i], at+i+1
	if data[next-1] == '\r' && next < len(data) && data[next] == '\n' {
		next++
	}
	return line, next
}

func attributes(lines []string) []attribute {
	out := make([]attribute, len(lines))
	for i, l := range lines {
		out[i].name, out[i].value, _ = strings.Cut(l, ": ")
	}
	return out
}

// name is the entry that the section is about: its first attribute.
func (s section) name() (string, bool) {
	if !strings.EqualFold(s.attrs[0].name, "Name") {
		return "", false
	}
	return s.attrs[0].value, true
}

func (s section) value(name string) (string, bool) {
	for _, a := range s.attrs {
		if strings.EqualFold(a.name, name) {
			return a.value, true
		}
	}
	return "", false
}

// A jarDigest is a digest that a section promises.
type jarDigest struct {
	hash crypto.Hash
	want []byte
	h    hash.Hash
}

func (d jarDigest) matches(data []byte) bool {
	h := d.hash.New()
	h.Write(data)
	return bytes.Equal(h.Sum(nil), d.want)
}

// newer are the digests that Android 4.3 and newer look for, strongest first.
var newer = []struct {
	name string
	hash crypto.Hash
}{{"SHA-512", crypto.SHA512}, {"SHA-384", crypto.SHA384}, {"SHA-256", crypto.SHA256}, {"SHA1", crypto.SHA1}}

// jarDigests gives the digests of a section that Android versions from minSDK on
// look at: the strongest from 4.3 on, before that the first of those that
// Digest-Algorithms names.
func jarDigests(s section, suffix string, minSDK int) ([]jarDigest, error) {
	var out []jarDigest
	if minSDK < apiJellyBeanMR2 {
		d, ok, err := oldDigest(s, suffix, minSDK)
		if err != nil || !ok {
			return nil, err
		}
		out = append(out, d)
	}
	for _, n := range newer {
		text, ok := s.value(n.name + suffix)
		if !ok {
			continue
		}
		want, err := decodeBase64(text)
		if err != nil {
			return nil, err
		}
		if len(out) == 0 || out[0].hash != n.hash || !bytes.Equal(out[0].want, want) {
			out = append(out, jarDigest{hash: n.hash, want: want})
		}
		break
	}
	return out, nil
}

func oldDigest(s section, suffix string, minSDK int) (jarDigest, bool, error) {
	algorithms, ok := s.value("Digest-Algorithms")
	if !ok {
		algorithms = "SHA SHA1"
	}
	for _, a := range strings.Fields(algorithms) {
		text, ok := s.value(a + suffix)
		if !ok {
			continue
		}
		h := map[string]crypto.Hash{
			"MD5": crypto.MD5, "SHA": crypto.SHA1, "SHA1": crypto.SHA1, "SHA-1": crypto.SHA1,
			"SHA-256": crypto.SHA256, "SHA-384": crypto.SHA384, "SHA-512": crypto.SHA512,
		}[strings.ToUpper(a)]
		if h == 0 || (h == crypto.SHA384 || h == crypto.SHA512) && minSDK < 9 {
			continue
		}
		want, err := decodeBase64(text)
		return jarDigest{hash: h, want: want}, true, err
	}
	return jarDigest{}, false, nil
}
