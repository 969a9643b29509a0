package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"
)

// Trust is whom a reader lets sign, and what. It is the reader's own choice;
// make it with [ParseTrust], [TrustKey] or [TrustIdentity]. Nil trusts nobody.
type Trust struct {
	file    string
	digest  string
	signers []*signer
	read    []input // the files that it names, in the order in which they were read
}

// An input is a file that a trust file names.
type input struct{ name, digest string }

// A signer is an entry of a trust file.
type signer struct {
	name       string
	role       Role
	line       int
	keys       []*key
	identities []identity
	roots      *root.TrustedRoot // nil if there is none
	rootsFile  string
	ca         []root.CertificateAuthority // nil if there is none
	caFile     string
	scope      Scope // of suppliers
	require    requirements
}

// requirements are what a signature must have besides being good.
type requirements struct {
	timestamp, log bool
	maxAge         time.Duration // 0 is no bound
}

// An Identity is whom a certificate names: the subject, an e-mail address or
// URI, and the issuer of the token by which it was proved. A corporate
// certificate has no such issuer.
type Identity struct {
	Issuer  string `json:"issuer,omitempty"`
	Subject string `json:"subject"`
}

// String gives "subject (issuer)".
func (id Identity) String() string {
	if id.Issuer == "" {
		return fmt.Sprintf("%s (by certificate)", shown(id.Subject))
	}
	return fmt.Sprintf("%s (proved by %s)", shown(id.Subject), shown(id.Issuer))
}

// shown quotes what could forge a line of a report.
func shown(s string) string {
	if q := fmt.Sprintf("%q", s); q != `"`+s+`"` {
		return q
	}
	return s
}

// An identity is one that trust names.
type identity struct {
	Identity
	pattern *regexp.Regexp // of the subject, anchored; nil if it is exact
	line    int
}

// byCA reports whether a corporate authority must have issued the certificate.
func (w identity) byCA() bool { return w.Issuer == "" }

func (w identity) matches(id Identity) bool {
	if w.Issuer != id.Issuer && !w.byCA() {
		return false
	}
	if w.pattern != nil {
		return w.pattern.MatchString(id.Subject)
	}
	return w.Subject == id.Subject
}

// TrustKey is the trust of one line: whoever holds the private key that belongs
// to this public one may sign BOMs, at any time. name is the key's file, for
// messages and as the signer's name. trustedRoot is the content of a
// trusted_root.json that names whose timestamps and logs count; nil if none do.
func TrustKey(name string, pem, trustedRoot []byte) (*Trust, error) {
	k, err := parseKey(pem)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	k.signer, k.file = name, name
	s := &signer{name: name, role: RoleBOM, keys: []*key{k}}
	t := &Trust{file: name, signers: []*signer{s}}
	if trustedRoot != nil {
		if s.roots, err = parseRoots(trustedRoot); err != nil {
			return nil, fmt.Errorf("the trusted root: %w", err)
		}
		t.read = []input{{"roots", hexDigest(trustedRoot)}}
	}
	t.seal(nil)
	return t, nil
}

// TrustIdentity is the trust of one line for keyless signatures: whoever proved
// to the issuer that it is subject may sign BOMs. Both are exact. With pattern,
// subject is a regular expression of the whole subject; one that matches
// anybody is refused. trustedRoot is the content of a trusted_root.json.
func TrustIdentity(issuer, subject string, pattern bool, trustedRoot []byte) (*Trust, error) {
	if issuer == "" || subject == "" {
		return nil, errors.New("an identity needs both a subject and an issuer: the same name may belong to somebody else elsewhere")
	}
	id := identity{Identity: Identity{Issuer: issuer, Subject: subject}}
	var err error
	if pattern {
		if id.pattern, err = subjectPattern(subject); err != nil {
			return nil, err
		}
	}
	s := &signer{name: subject, role: RoleBOM, identities: []identity{id}}
	if s.roots, err = parseRoots(trustedRoot); err != nil {
		return nil, fmt.Errorf("the trusted root: %w", err)
	}
	t := &Trust{file: "identity " + shown(subject) + " of " + shown(issuer), signers: []*signer{s}, read: []input{{"roots", hexDigest(trustedRoot)}}}
	t.seal(fmt.Appendf(nil, "%q %q %t", issuer, subject, pattern))
	return t, nil
}

// subjectPattern compiles an expression that must match the whole subject. The
// domain .invalid belongs to nobody (RFC 2606), so an expression that matches
// there matches anybody.
func subjectPattern(expr string) (*regexp.Regexp, error) {
	if len(expr) > 1000 {
		return nil, errors.New("the expression for the subject has more than 1000 characters")
	}
	re, err := regexp.Compile(`\A(?:` + expr + `)\z`)
	if err != nil {
		return nil, fmt.Errorf("%q is not a regular expression: %w", expr, err)
	}
	for _, anybody := range []string{"", "a", "q7k@q7k.invalid", "https://q7k.invalid/q7k", "https://q7k.invalid/q7k/q7k@refs/heads/main"} {
		if re.MatchString(anybody) {
			return nil, fmt.Errorf("the expression %q matches anybody (for instance %q): name the domain that you trust", expr, anybody)
		}
	}
	return re, nil
}

// Digest identifies the trust, for the record: the sha256, in hex, of the trust
// file's bytes, of all keys and of all files that it names. Another trust file,
// or another content of those files, gives another digest.
func (t *Trust) Digest() string {
	if t == nil {
		return ""
	}
	return t.digest
}

// seal computes the digest once everything is known.
func (t *Trust) seal(file []byte) {
	h := sha256.New()
	sum := sha256.Sum256(file)
	fmt.Fprintf(h, "originbom trust v1\nfile %x\n", sum)
	for _, s := range t.signers {
		for _, k := range s.keys {
			_, _ = io.WriteString(h, "key "+k.id+"\n")
		}
	}
	for _, in := range t.read {
		_, _ = io.WriteString(h, "file "+in.digest+"\n")
	}
	t.digest = hex.EncodeToString(h.Sum(nil))
}

// Names reports whether the trust names anybody in the role.
func (t *Trust) Names(role Role) bool {
	return t != nil && slices.ContainsFunc(t.signers, func(s *signer) bool { return s.role == role })
}

// usable wants somebody who may sign BOMs.
func (t *Trust) usable() error {
	if t == nil {
		return ErrNoTrust
	}
	if t.Names(RoleBOM) || t.Names(RoleAssessor) {
		return nil
	}
	return fmt.Errorf("%s: nobody in it may sign BOMs: %w", t.file, ErrNoTrust)
}
