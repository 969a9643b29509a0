package verify

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// MaxTrustSize is the largest trust file in bytes: some thousand signers.
const MaxTrustSize = 1 << 20

// ParseTrust reads a trust file (YAML):
//
//	boms:                 # who may sign BOMs
//	  - name: Example Mobile
//	    keys: [{file: keys/maker.pub, valid-from: 2026-01-01, valid-until: 2027-12-31}]
//	assessors:            # who may sign BOMs, and whose own grading counts
//	  - {name: Example Test House, keys: [{file: keys/testhouse.pub}]}
//	suppliers: []         # who may make claims about parts
//
// A key may have valid-from, valid-until, revoked-at and compromised-since,
// each a date (UTC; valid-until includes its day) or an RFC 3339 time. file
// names data in messages. read gives the content of the key file of that name,
// as it is written in the trust file: relative to it. Keys of suppliers are not
// read, see [Trust.Notes].
//
// All faults of one file are reported together, each with its line. A file
// without any signer gives an error that is [ErrNoTrust].
func ParseTrust(file string, data []byte, read func(name string) ([]byte, error)) (*Trust, error) {
	if len(data) > MaxTrustSize {
		return nil, fmt.Errorf("%s: %d bytes are too many for a trust file (limit %d)", file, len(data), MaxTrustSize)
	}
	var doc yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&doc); err == io.EOF {
		return nil, fmt.Errorf("%s: the file is empty: %w", file, ErrNoTrust)
	} else if err != nil {
		return nil, fmt.Errorf("%s: not YAML: %s", file, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := dec.Decode(&yaml.Node{}); err != io.EOF {
		return nil, fmt.Errorf("%s: something follows the first document: keep one in a file", file)
	}
	p := &trustParser{file: file, read: read, trust: &Trust{file: file}, lines: map[string]int{}}
	signers := p.document(doc.Content[0])
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	if signers == 0 {
		return nil, fmt.Errorf("%s: the file names nobody: %w", file, ErrNoTrust)
	}
	p.trust.seal(data)
	return p.trust, nil
}

// A trustParser walks the YAML nodes, because only they have lines.
type trustParser struct {
	file  string
	read  func(string) ([]byte, error)
	trust *Trust
	lines map[string]int // of keys, by id
	errs  []error
}

func (p *trustParser) fail(n *yaml.Node, format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf("%s: line %d: %s", p.file, n.Line, fmt.Sprintf(format, args...)))
}

// document reads the outermost mapping and counts the signers in it.
func (p *trustParser) document(n *yaml.Node) (signers int) {
	if isNull(n) {
		return 0
	}
	m := p.mapping(n, "the file", "boms", "suppliers", "assessors")
	for _, role := range []string{"boms", "suppliers", "assessors"} {
		names := map[string]bool{}
		for _, e := range p.list(m[role], role) {
			signers++
			p.signer(e, role, names)
		}
	}
	return signers
}

// signer reads an entry of one of the three lists.
func (p *trustParser) signer(n *yaml.Node, role string, names map[string]bool) {
	known := []string{"name", "keys", "identities", "roots", "ca"}
	if role == "suppliers" {
		known = append(known, "scope", "require")
	}
	m := p.mapping(n, "an entry of "+role, known...)
	if m == nil {
		return
	}
	name := p.text(m["name"])
	switch {
	case name == "":
		p.fail(n, "an entry of %s has no name: add name:, the name that reports will give the signer", role)
	case names[name]:
		p.fail(n, "%q stands in %s twice: put all its keys into one entry", name, role)
	}
	names[name] = true
	if m["keys"] == nil && m["identities"] == nil && m["ca"] == nil {
		p.fail(n, "%q has nothing to verify its signatures with: add keys: [{file: ...}], identities: or ca:", name)
	}
	for _, k := range p.list(m["keys"], "keys") {
		p.key(k, name, role)
	}
	p.later(m, name, role)
}

// later checks the form of what only later versions use, and notes it.
func (p *trustParser) later(m map[string]*yaml.Node, name, role string) {
	for _, id := range p.list(m["identities"], "identities") {
		f := p.mapping(id, "an identity", "issuer", "subject")
		if f != nil && (p.text(f["issuer"]) == "" || p.text(f["subject"]) == "") {
			p.fail(id, "an identity needs both issuer: and subject:, each exact")
		}
	}
	for _, f := range []string{"roots", "ca"} {
		if m[f] != nil && p.text(m[f]) == "" {
			p.fail(m[f], "%s: must name a file", f)
		}
	}
	if m["scope"] != nil {
		scope := p.mapping(m["scope"], "scope", "manufacturers", "parts", "stages")
		for f, list := range scope {
			for _, v := range p.list(list, f) {
				if p.text(v) == "" {
					p.fail(v, "an entry of %s is not a text", f)
				}
			}
		}
	}
	if m["require"] != nil {
		p.mapping(m["require"], "require", "timestamp", "log", "max-age")
	}
	switch {
	case role == "suppliers":
		p.trust.notes = append(p.trust.notes, fmt.Sprintf("%s: claims of supplier %q are not verified: this is not built yet", p.file, name))
	case m["identities"] != nil || m["ca"] != nil:
		p.trust.notes = append(p.trust.notes, fmt.Sprintf("%s: signatures of %q by identity or certificate are not verified: this is not built yet", p.file, name))
	}
}

// key reads an entry of keys and, unless it is a supplier's, the key's file.
func (p *trustParser) key(n *yaml.Node, signer, role string) {
	m := p.mapping(n, "a key", "file", "valid-from", "valid-until", "revoked-at", "compromised-since")
	if m == nil {
		return
	}
	from, until := p.date(m["valid-from"], false), p.date(m["valid-until"], true)
	revoked, compromised := p.date(m["revoked-at"], false), p.date(m["compromised-since"], false)
	if !from.IsZero() && !until.IsZero() && !from.Before(until) {
		p.fail(n, "valid-until lies before valid-from")
	}
	file := p.text(m["file"])
	switch {
	case file == "":
		p.fail(n, "a key has no file: write {file: keys/name.pub}")
		return
	case strings.Contains(file, "://"):
		p.fail(m["file"], "%q is not a file: give the path of a PEM file", file)
		return
	case role == "suppliers":
		return
	}
	data, err := p.read(file)
	if err != nil {
		p.fail(m["file"], "key %q: %v", file, err)
		return
	}
	k, err := parseKey(data)
	if err != nil {
		p.fail(m["file"], "key %q: %v", file, err)
		return
	}
	if line, ok := p.lines[k.id]; ok {
		p.fail(m["file"], "the key in %q was named on line %d already: a key has one owner (an assessor may sign BOMs too)", file, line)
	}
	p.lines[k.id] = n.Line
	k.signer, k.assessor = signer, role == "assessors"
	k.from, k.until, k.revoked, k.compromised = from, until, revoked, compromised
	p.trust.keys = append(p.trust.keys, k)
}

// date reads a date or a time. An inclusive date means the whole day, so it
// gives the start of the next one.
func (p *trustParser) date(n *yaml.Node, inclusive bool) time.Time {
	if n == nil {
		return time.Time{}
	}
	s := p.text(n)
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		if inclusive {
			t = t.AddDate(0, 0, 1)
		}
		return t
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		p.fail(n, "%.50q is not a date: write 2026-01-31 or 2026-01-31T12:00:00Z", s)
	}
	return t.UTC()
}

// mapping gives a mapping's values by key. Of keys that are not known it says
// which ones are.
func (p *trustParser) mapping(n *yaml.Node, what string, known ...string) map[string]*yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		if n != nil {
			p.fail(n, "%s must be a mapping with the keys %s", what, strings.Join(known, ", "))
		}
		return nil
	}
	m := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch {
		case !slices.Contains(known, k.Value) || k.Kind != yaml.ScalarNode:
			p.fail(k, "unknown key %.50q in %s: known are %s", k.Value, what, strings.Join(known, ", "))
		case m[k.Value] != nil:
			p.fail(k, "key %q occurs twice in %s: keep one", k.Value, what)
		case v.Kind == yaml.AliasNode:
			p.fail(v, "%s refers to another place: write it out", k.Value)
		default:
			m[k.Value] = v
		}
	}
	return m
}

func (p *trustParser) list(n *yaml.Node, what string) []*yaml.Node {
	switch {
	case n == nil || isNull(n):
		return nil
	case n.Kind != yaml.SequenceNode:
		p.fail(n, "%s must be a list", what)
		return nil
	}
	return n.Content
}

// text gives a scalar's value, "" if it is none or holds characters that could
// forge a report's lines.
func (p *trustParser) text(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode || isNull(n) {
		return ""
	}
	for _, r := range n.Value {
		if r < ' ' || r == 0x7f {
			p.fail(n, "control characters are not allowed in %.50q", n.Value)
			return ""
		}
	}
	return n.Value
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }
