package assess

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/policy/packs"
	"github.com/originbom/originbom/provenance/verify"
)

// This file states what a pack's signature is about, and verifies it.

// PackPredicate is the predicate type of the statement that a pack's bundle
// signs.
const PackPredicate = "https://github.com/originbom/originbom/pack/v1"

// A packPredicate binds what the subject, the pack's file, draws in: Digest is
// [policy.Pack.Digest], which covers lists in files and included packs.
type packPredicate struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
	Digest  string `json:"sha256"`
}

type packStatement struct {
	Type          string          `json:"_type"`
	Subject       []packSubject   `json:"subject"`
	PredicateType string          `json:"predicateType"`
	Predicate     json.RawMessage `json:"predicate"`
}

type packSubject struct {
	Name   string            `json:"name"`
	Digest map[string]string `json:"digest"`
}

// PackStatement gives the in-toto Statement to sign for a pack: its subject is
// the pack's file, its predicate the id, the version and the digest of the whole
// pack. The same pack gives the same bytes.
func PackStatement(p *policy.Pack) ([]byte, error) {
	predicate, err := json.Marshal(packPredicate{p.ID, p.Version, p.Digest})
	if err != nil {
		return nil, err
	}
	return json.Marshal(packStatement{
		"https://in-toto.io/Statement/v1", []packSubject{{p.File.Name, map[string]string{"sha256": p.FileDigest}}}, PackPredicate, predicate,
	})
}

// packs records the packs that are judged, and who signed each. It is an error
// if a bundle is there and not accepted.
func (j *Judgement) packs() ([]policy.PackRecord, error) {
	all, err := policy.Flatten(j.Packs)
	if err != nil {
		return nil, err
	}
	var out []policy.PackRecord
	for _, p := range all {
		r := p.Record()
		if p.File.Origin == policy.OriginFile {
			if r.Signature, err = j.packSignature(p); err != nil {
				return nil, err
			}
			own, err := packs.Open(p.ID)
			r.Namesake = err == nil && own.Digest != p.Digest
		}
		if err := j.wantSigned(p, r.Signature); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// wantSigned refuses an unsigned pack where signed ones are wanted. Embedded packs
// are part of the program; an included pack is covered by the signature of the
// pack that includes it, whose digest holds its own.
func (j *Judgement) wantSigned(p *policy.Pack, s policy.SignatureRecord) error {
	if !j.SignedPacks || p.File.Origin == policy.OriginEmbedded || p.IncludedBy != "" || s.State == policy.SignatureSigned {
		return nil
	}
	return fmt.Errorf("%s: only signed packs are to be judged by, and this one is not accepted as signed: %s; sign it (originbom policy sign) and name its signer under packs: in the trust file", p.File.Name, s.Why)
}

// packSignature verifies the bundle beside a pack.
func (j *Judgement) packSignature(p *policy.Pack) (policy.SignatureRecord, error) {
	name := p.File.Name + bundleSuffix
	if p.File.Bundle == nil {
		return policy.SignatureRecord{State: policy.SignatureUnsigned, Why: "no bundle lies beside it (" + name + ")"}, nil
	}
	one := policy.SignerRecord{File: name, Digest: hexDigest(p.File.Bundle), State: policy.SignatureNotJudged}
	notJudged := func(why string) (policy.SignatureRecord, error) {
		return policy.SignatureRecord{State: policy.SignatureNotJudged, Why: why, Signers: []policy.SignerRecord{one}}, nil
	}
	switch {
	case j.Trust == nil:
		return notJudged("nobody was chosen to trust")
	case !j.Trust.Names(verify.RolePack):
		return notJudged("the trust names nobody who may sign packs (packs: in the trust file)")
	}
	a, err := verify.StatementBy([]verify.Role{verify.RolePack}, p.File.Bundle, []string{PackPredicate}, j.Trust, j.VerifyAt)
	if err == nil {
		err = coversPack(a, p)
	}
	if err != nil {
		return policy.SignatureRecord{}, fmt.Errorf("%s: the signature of the pack is not accepted: %w", name, err)
	}
	signedBy(&one, a)
	return policy.SignatureRecord{State: policy.SignatureSigned, Signers: []policy.SignerRecord{one}}, nil
}

// coversPack wants the signed statement to be the one of this pack.
func coversPack(a verify.Attestation, p *policy.Pack) error {
	if a.MaxAge() > 0 && a.Time().IsZero() {
		return fmt.Errorf("of %q only recent signatures count (max-age), and the bundle carries no trusted timestamp", a.Signer())
	}
	subjects := a.Subjects()
	if len(subjects) != 1 || subjects[0].Digest["sha256"] != p.FileDigest || len(subjects[0].Digest) != 1 {
		return fmt.Errorf("%s signed another file: this one has the sha256 %s", a.Signer(), p.FileDigest)
	}
	var st packStatement
	var said packPredicate
	dec := json.NewDecoder(bytes.NewReader(a.Payload()))
	if err := errors.Join(dec.Decode(&st), json.Unmarshal(st.Predicate, &said)); err != nil {
		return fmt.Errorf("the statement: %w", err)
	}
	if want := (packPredicate{p.ID, p.Version, p.Digest}); said != want {
		return fmt.Errorf("%s signed %s version %d with lists and included packs of the digest %s; here that is %s version %d, %s", a.Signer(), said.ID, said.Version, said.Digest, want.ID, want.Version, want.Digest)
	}
	return nil
}
