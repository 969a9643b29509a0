package verify

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// soon is how long before its end a key is worth a word: long enough for an
// organisation to hand out a new one.
const soon = 60 * 24 * time.Hour

// A Remark is something in a trust file that is worth a second look: it trusts
// more, or less, than its writer may think.
type Remark struct {
	Line int    // 0 if it is about all of the file
	Text string // what, and what to do about it
	// Note is set where nothing is wrong as long as it is meant, such as a key
	// without an end.
	Note bool
}

// Lint reads a trust file critically at the time now. No remark means that it
// names everybody exactly and nothing of it is about to end.
func (t *Trust) Lint(now time.Time) []Remark {
	var out []Remark
	add := func(line int, format string, args ...any) {
		out = append(out, Remark{Line: line, Text: fmt.Sprintf(format, args...)})
	}
	for _, s := range t.signers {
		s.lintWho(add)
		s.lintScope(add)
		for _, k := range s.keys {
			if k.endless() {
				out = append(out, Remark{k.line, fmt.Sprintf("the key %q of %q has no end: add valid-until: unless that is meant", k.file, k.signer), true})
				continue
			}
			k.lint(now, add)
		}
	}
	if t.usable() != nil {
		add(0, "nobody in it may sign BOMs: add boms: or assessors:")
	}
	slices.SortStableFunc(out, func(a, b Remark) int { return a.Line - b.Line })
	return out
}

// lintWho looks for open identities, and certificates that cannot be verified.
func (s *signer) lintWho(add func(int, string, ...any)) {
	if s.ca != nil && len(s.identities) == 0 {
		add(s.line, "open identity: everybody whom %s certified may sign as %q: list identities: [{subject: ...}]", s.caFile, s.name)
	}
	if (s.ca != nil || len(s.identities) > 0) && (s.roots == nil || len(s.roots.TimestampingAuthorities()) == 0 && len(s.roots.RekorLogs()) == 0) {
		add(s.line, "no certificate of %q can be accepted, because no timestamp authority is trusted to say when it signed: add roots: FILE", s.name)
	}
	for _, id := range s.identities {
		if !id.byCA() && s.roots != nil && len(s.roots.FulcioCertificateAuthorities()) == 0 {
			add(id.line, "%s names no authority that certifies %s", s.rootsFile, id)
		}
		if strings.HasPrefix(id.Issuer, "http://") {
			add(id.line, "the issuer %s is reached without encryption, so whoever stands between may name anybody", id.Issuer)
		}
	}
}

func (s *signer) lintScope(add func(int, string, ...any)) {
	if s.role != RoleSupplier {
		return
	}
	if len(s.scope.Manufacturers) == 0 {
		add(s.line, "missing scope: %q may speak about no part: add scope: {manufacturers: [...], stages: [...]}", s.name)
		return
	}
	if len(s.scope.Stages) == 0 {
		add(s.line, "missing scope: %q may speak about no stage: add stages: [...] to its scope", s.name)
	}
	for _, p := range s.scope.Parts {
		if strings.Trim(p, "*?") == "" {
			add(s.line, "open scope: the pattern %q of %q means every part: name a series", p, s.name)
		}
	}
}

// endless reports whether nothing ends the key's validity.
func (k *key) endless() bool { return k.until.IsZero() && k.revoked.IsZero() && k.compromised.IsZero() }

func (k *key) lint(now time.Time, add func(int, string, ...any)) {
	switch {
	case !k.revoked.IsZero() || !k.compromised.IsZero():
		return // its end is known
	case !now.Before(k.until):
		add(k.line, "the key %q of %q ended %s: only signatures with a trusted timestamp before that are accepted", k.file, k.signer, k.until.Format(time.DateOnly))
	case now.Add(soon).After(k.until):
		add(k.line, "the key %q of %q ends on %s: ask for the next one", k.file, k.signer, k.until.Add(-time.Second).Format(time.DateOnly))
	case now.Before(k.from):
		add(k.line, "the key %q of %q is valid from %s only", k.file, k.signer, k.from.Format(time.DateOnly))
	}
}

// A SignerInfo is an entry of a trust file, for people to read.
type SignerInfo struct {
	Role       Role       `json:"role"`
	Name       string     `json:"name"`
	Keys       []KeyInfo  `json:"keys,omitempty"`
	Identities []Identity `json:"identities,omitempty"`
	CA         string     `json:"ca,omitempty"`    // file of corporate authorities
	Roots      string     `json:"roots,omitempty"` // file of the trusted root
	Scope      *Scope     `json:"scope,omitempty"` // of suppliers
	Timestamp  bool       `json:"require-timestamp,omitempty"`
	Log        bool       `json:"require-log,omitempty"`
	MaxAge     int        `json:"max-age-days,omitempty"`
}

// A KeyInfo is a key of a trust file. Its dates are as in the file, but in UTC;
// the zero time is no bound. ValidUntil is the first moment at which the key is
// no longer valid.
type KeyInfo struct {
	File             string    `json:"file"`
	ID               string    `json:"sha256"` // of its SubjectPublicKeyInfo
	ValidFrom        time.Time `json:"valid-from,omitzero"`
	ValidUntil       time.Time `json:"valid-until,omitzero"`
	RevokedAt        time.Time `json:"revoked-at,omitzero"`
	CompromisedSince time.Time `json:"compromised-since,omitzero"`
}

// Signers lists who is trusted, in the order of the roles and of the file.
func (t *Trust) Signers() []SignerInfo {
	if t == nil {
		return nil
	}
	var out []SignerInfo
	for _, s := range t.signers {
		info := SignerInfo{
			Role: s.role, Name: s.name, CA: s.caFile, Roots: s.rootsFile,
			Timestamp: s.require.timestamp, Log: s.require.log, MaxAge: int(s.require.maxAge.Hours() / 24),
		}
		for _, k := range s.keys {
			info.Keys = append(info.Keys, KeyInfo{k.file, k.id, k.from, k.until, k.revoked, k.compromised})
		}
		for _, id := range s.identities {
			info.Identities = append(info.Identities, id.Identity)
		}
		if s.role == RoleSupplier {
			scope := s.scope.clone()
			info.Scope = &scope
		}
		out = append(out, info)
	}
	return out
}
