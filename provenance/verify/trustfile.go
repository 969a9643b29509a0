package verify

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sigstore/sigstore-go/pkg/root"
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
//	suppliers:            # who may make statements about parts, and which
//	  - name: Changfeng Silicon Co., Ltd.
//	    identities: [{issuer: https://id.changfeng.example, subject: origin@changfeng.example}]
//	    roots: sigstore/trusted_root.json
//	    scope: {manufacturers: [Changfeng Silicon Co., Ltd.], parts: ["CF*"], stages: [designed]}
//	    require: {timestamp: true, log: true, max-age: 400d}
//	  - name: Suppliers with corporate certificates
//	    ca: keys/industry-ca.pem
//	    identities: [{subject: origin@nordlys.example}]
//	    roots: sigstore/trusted_root.json
//	    scope: {manufacturers: [Nordlys Sensors AS], stages: [manufactured]}
//	packs:                # who may sign rule packs
//	  - {name: Buyer's rules desk, keys: [{file: keys/rules.pub}]}
//	verdicts:             # who may sign verdicts
//	  - {name: Buyer's pipeline, keys: [{file: keys/pipeline.pub}]}
//	roots: sigstore/trusted_root.json    # for entries that have none of their own
//
// A key may have valid-from, valid-until, revoked-at and compromised-since,
// each a date (UTC; valid-until includes its day) or an RFC 3339 time. An
// identity is exact in both parts. One without an issuer is a corporate
// certificate's, under ca; a ca without any identities lets everybody sign whom
// it certified. roots names whose timestamps, logs and short-lived certificates
// count. scope may have predicate-types too.
//
// file names data in messages. read gives the content of the file of that name,
// as it is written in the trust file: relative to it.
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
	p := &trustParser{file: file, read: read, trust: &Trust{file: file}, owners: map[string]int{}, parsed: map[string]*root.TrustedRoot{}}
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
	file   string
	read   func(string) ([]byte, error)
	trust  *Trust
	roots  string         // for entries that have none
	owners map[string]int // lines of keys and identities, see claim
	parsed map[string]*root.TrustedRoot
	errs   []error
}

func (p *trustParser) fail(n *yaml.Node, format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf("%s: line %d: %s", p.file, n.Line, fmt.Sprintf(format, args...)))
}

// document reads the outermost mapping and counts the signers in it.
func (p *trustParser) document(n *yaml.Node) (signers int) {
	if isNull(n) {
		return 0
	}
	m := p.mapping(n, "the file", "boms", "suppliers", "assessors", "packs", "verdicts", "roots")
	if m["roots"] != nil {
		p.roots = p.fileName(m["roots"], "roots")
	}
	for _, role := range []Role{RoleBOM, RoleSupplier, RoleAssessor, RolePack, RoleVerdict} {
		names := map[string]bool{}
		for _, e := range p.list(m[string(role)], string(role)) {
			signers++
			p.signer(e, role, names)
		}
	}
	return signers
}

// signer reads an entry of one of the lists.
func (p *trustParser) signer(n *yaml.Node, role Role, names map[string]bool) {
	known := []string{"name", "keys", "identities", "roots", "ca", "require"}
	if role == RoleSupplier {
		known = append(known, "scope")
	}
	m := p.mapping(n, "an entry of "+string(role), known...)
	if m == nil {
		return
	}
	s := &signer{name: p.text(m["name"]), role: role, line: n.Line}
	switch {
	case s.name == "":
		p.fail(n, "an entry of %s has no name: add name:, the name that reports will give the signer", role)
	case names[s.name]:
		p.fail(n, "%q stands in %s twice: put all its keys into one entry", s.name, role)
	}
	names[s.name] = true
	if m["keys"] == nil && m["identities"] == nil && m["ca"] == nil {
		p.fail(n, "%q has nothing to verify its signatures with: add keys: [{file: ...}], identities: or ca:", s.name)
	}
	for _, k := range p.list(m["keys"], "keys") {
		p.key(k, s)
	}
	p.authorities(n, m, s)
	for _, id := range p.list(m["identities"], "identities") {
		p.identity(id, s)
	}
	if m["ca"] != nil && m["identities"] != nil && len(s.identities) == 0 {
		p.fail(m["identities"], "identities is empty, which would let everybody sign whom %s certified: list some, or leave it out if you mean that", s.caFile)
	}
	if m["ca"] != nil && len(s.identities) > 0 && !slices.ContainsFunc(s.identities, identity.byCA) {
		p.fail(m["ca"], "each identity of %q has an issuer, so none is certified by ca: leave out the issuer where it is, or ca:", s.name)
	}
	if m["identities"] != nil && s.rootsFile == "" && m["ca"] == nil {
		p.fail(m["identities"], "%q has identities and no trusted root that certifies them: add roots: FILE", s.name)
	}
	p.scope(m["scope"], s)
	p.require(m["require"], s)
	p.trust.signers = append(p.trust.signers, s)
}
