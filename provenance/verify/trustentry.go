package verify

import (
	"strconv"
	"strings"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"
	"go.yaml.in/yaml/v3"
)

// claim wants a key or identity to have one owner: two among those who sign
// BOMs, or two suppliers, would make it a matter of chance whose word it is. A
// supplier may sign BOMs too, and anybody packs or verdicts.
func (p *trustParser) claim(n *yaml.Node, s *signer, what, id string) {
	group := "boms "
	if s.role != RoleBOM && s.role != RoleAssessor {
		group = string(s.role) + " "
	}
	if line, ok := p.owners[group+id]; ok {
		p.fail(n, "the %s was named on line %d already: it has one owner (an assessor may sign BOMs too)", what, line)
	}
	p.owners[group+id] = n.Line
}

// key reads an entry of keys, and the key's file.
func (p *trustParser) key(n *yaml.Node, s *signer) {
	m := p.mapping(n, "a key", "file", "valid-from", "valid-until", "revoked-at", "compromised-since")
	if m == nil {
		return
	}
	from, until := p.date(m["valid-from"], false), p.date(m["valid-until"], true)
	revoked, compromised := p.date(m["revoked-at"], false), p.date(m["compromised-since"], false)
	if !from.IsZero() && !until.IsZero() && !from.Before(until) {
		p.fail(n, "valid-until lies before valid-from")
	}
	if m["file"] == nil {
		p.fail(n, "a key has no file: write {file: keys/name.pub}")
		return
	}
	file := p.fileName(m["file"], "file")
	data := p.content(m["file"], "key", file)
	if data == nil {
		return
	}
	k, err := parseKey(data)
	if err != nil {
		p.fail(m["file"], "key %q: %v", file, err)
		return
	}
	p.claim(m["file"], s, "key in "+strconv.Quote(file), k.id)
	k.signer, k.file, k.line = s.name, file, n.Line
	k.from, k.until, k.revoked, k.compromised = from, until, revoked, compromised
	s.keys = append(s.keys, k)
}

// fileName gives the name of a file that lies here.
func (p *trustParser) fileName(n *yaml.Node, what string) string {
	name := p.text(n)
	switch {
	case name == "":
		p.fail(n, "%s: must name a file", what)
	case strings.Contains(name, "://"):
		p.fail(n, "%q is not a file: give the path of one that lies here", name)
		return ""
	}
	return name
}

// content gives a file, nil if it cannot be read or has no name.
func (p *trustParser) content(n *yaml.Node, what, name string) []byte {
	if name == "" {
		return nil
	}
	data, err := p.read(name)
	if err != nil {
		p.fail(n, "%s %q: %v", what, name, err)
		return nil
	}
	if data == nil {
		data = []byte{}
	}
	return data
}

// authorities reads the files of roots and ca. n is the entry.
func (p *trustParser) authorities(n *yaml.Node, m map[string]*yaml.Node, s *signer) {
	at := n
	s.rootsFile = p.roots
	if m["roots"] != nil {
		at = m["roots"]
		s.rootsFile = p.fileName(at, "roots")
	}
	s.roots = p.trustedRoot(at, s.rootsFile)
	if m["ca"] == nil {
		return
	}
	s.caFile = p.fileName(m["ca"], "ca")
	if data := p.content(m["ca"], "ca", s.caFile); data != nil {
		ca, err := parseAuthorities(data)
		if err != nil {
			p.fail(m["ca"], "ca %q: %v", s.caFile, err)
		}
		s.ca = ca
		p.trust.read = append(p.trust.read, input{s.caFile, hexDigest(data)})
	}
}

// trustedRoot reads a trusted root once, however many entries name it.
func (p *trustParser) trustedRoot(n *yaml.Node, name string) *root.TrustedRoot {
	if r, ok := p.parsed[name]; ok {
		return r
	}
	var r *root.TrustedRoot
	if data := p.content(n, "roots", name); data != nil {
		var err error
		if r, err = parseRoots(data); err != nil {
			p.fail(n, "roots %q: %v", name, err)
		}
		p.trust.read = append(p.trust.read, input{name, hexDigest(data)})
	}
	p.parsed[name] = r
	return r
}

// identity reads an entry of identities.
func (p *trustParser) identity(n *yaml.Node, s *signer) {
	m := p.mapping(n, "an identity", "issuer", "subject")
	if m == nil {
		return
	}
	id := identity{Identity: Identity{Issuer: p.text(m["issuer"]), Subject: p.text(m["subject"])}, line: n.Line}
	switch {
	case id.Subject == "", id.Issuer == "" && s.caFile == "":
		p.fail(n, "an identity needs both issuer: and subject:, each exact")
	case m["issuer"] != nil && id.Issuer == "":
		p.fail(n, "issuer: is empty: leave it out, if ca: issued the certificate")
	case strings.ContainsAny(id.Subject, "*?^$|\\"), strings.Contains(id.Issuer, "*"):
		p.fail(n, "an identity is exact, and %q looks like a pattern: list each identity", id.Subject)
	case id.Issuer != "" && s.rootsFile == "":
		p.fail(n, "no trusted root certifies this identity: add roots: FILE")
	}
	p.claim(n, s, "identity", id.Issuer+"\n"+s.caFile+"\n"+id.Subject)
	s.identities = append(s.identities, id)
}

func (p *trustParser) scope(n *yaml.Node, s *signer) {
	if n == nil {
		return
	}
	m := p.mapping(n, "scope", "manufacturers", "parts", "stages", "predicate-types")
	s.scope = Scope{
		Manufacturers: p.texts(m["manufacturers"], "manufacturers"), Parts: p.texts(m["parts"], "parts"),
		Stages: p.texts(m["stages"], "stages"), PredicateTypes: p.texts(m["predicate-types"], "predicate-types"),
	}
	for f, list := range map[string][]string{"parts": s.scope.Parts, "predicate-types": s.scope.PredicateTypes} {
		if m[f] != nil && len(list) == 0 {
			p.fail(m[f], "%s is empty, which would mean all: leave it out, or list some", f)
		}
	}
}

func (p *trustParser) texts(n *yaml.Node, what string) []string {
	var out []string
	for _, v := range p.list(n, what) {
		t := p.text(v)
		if t == "" {
			p.fail(v, "an entry of %s is not a text", what)
			continue
		}
		out = append(out, t)
	}
	return out
}

func (p *trustParser) require(n *yaml.Node, s *signer) {
	if n == nil {
		return
	}
	m := p.mapping(n, "require", "timestamp", "log", "max-age")
	s.require.timestamp, s.require.log = p.yes(m["timestamp"]), p.yes(m["log"])
	if m["max-age"] != nil {
		s.require.maxAge = p.age(m["max-age"])
	}
	switch {
	case s.require.timestamp && s.rootsFile == "":
		p.fail(n, "a timestamp is required of %q and no authority is trusted to make one: add roots: FILE", s.name)
	case s.require.log && s.rootsFile == "":
		p.fail(n, "a log entry is required of %q and no log is trusted: add roots: FILE", s.name)
	}
}

func (p *trustParser) yes(n *yaml.Node) bool {
	if n == nil {
		return false
	}
	switch p.text(n) {
	case "true":
		return true
	case "false":
		return false
	}
	p.fail(n, "%.50q is neither true nor false", n.Value)
	return false
}

// age reads a number of days, such as 400d. At most 36500: a century.
func (p *trustParser) age(n *yaml.Node) time.Duration {
	digits, ok := strings.CutSuffix(p.text(n), "d")
	d, err := strconv.Atoi(digits)
	if !ok || err != nil || d < 1 || d > 36500 || digits[0] == '+' {
		p.fail(n, "%.50q is no age: write a number of days, such as 400d", n.Value)
		return 0
	}
	return time.Duration(d) * 24 * time.Hour
}
