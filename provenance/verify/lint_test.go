package verify_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/originbom/originbom/provenance/verify"
)

func TestLint(t *testing.T) {
	k := func() *signer { return p256(t) }
	files := map[string]*signer{"a": k(), "b": k(), "c": k(), "d": k(), "e": k(), "s": k()}
	at := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name, yaml string
		want       []verify.Remark
	}{
		{"nothing", "boms: [{name: M, keys: [{file: a, valid-until: 2027-12-31}]}]", nil},
		{"keys", `boms:
- name: M
  keys:
  - {file: a}
  - {file: b, valid-until: 2026-11-20}
  - {file: c, valid-until: 2026-12-24}
  - {file: d, valid-from: 2027-01-01, valid-until: 2028-01-01}
  - {file: e, revoked-at: 2026-01-01}
`, []verify.Remark{
			{Line: 4, Text: `the key "a" of "M" has no end: add valid-until: unless that is meant`, Note: true},
			{Line: 5, Text: `the key "b" of "M" ended 2026-11-21: only signatures with a trusted timestamp before that are accepted`},
			{Line: 6, Text: `the key "c" of "M" ends on 2026-12-24: ask for the next one`},
			{Line: 7, Text: `the key "d" of "M" is valid from 2027-01-01 only`},
		}},
		{"suppliers only", "suppliers:\n- name: S\n  keys: [{file: s, valid-until: 2027-12-31}]\n", []verify.Remark{
			{Line: 0, Text: `nobody in it may sign BOMs: add boms: or assessors:`},
			{Line: 2, Text: `missing scope: "S" may speak about no part: add scope: {manufacturers: [...], stages: [...]}`},
		}},
		{"open", "roots: trusted_root.json\nassessors: [{name: A, keys: [{file: a, valid-until: 2027-12-31}]}]\nsuppliers:\n- name: S\n  ca: industry-ca.pem\n  scope: {manufacturers: [S], parts: [\"*\"]}\n", []verify.Remark{
			{Line: 4, Text: `open identity: everybody whom industry-ca.pem certified may sign as "S": list identities: [{subject: ...}]`},
			{Line: 4, Text: `missing scope: "S" may speak about no stage: add stages: [...] to its scope`},
			{Line: 4, Text: `open scope: the pattern "*" of "S" means every part: name a series`},
		}},
		{"no clock", "boms:\n- name: S\n  ca: industry-ca.pem\n  identities: [{subject: a@s.example}]\n", []verify.Remark{
			{Line: 2, Text: `no certificate of "S" can be accepted, because no timestamp authority is trusted to say when it signed: add roots: FILE`},
		}},
		{"issuer in the clear", "boms:\n- name: S\n  roots: trusted_root.json\n  identities: [{issuer: http://id.example, subject: a@s.example}]\n", []verify.Remark{
			{Line: 4, Text: `the issuer http://id.example is reached without encryption, so whoever stands between may name anybody`},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, trustOf(t, tt.yaml, files).Lint(at)); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func TestSigners(t *testing.T) {
	s := p256(t)
	trust := trustOf(t, `suppliers:
- name: S
  keys: [{file: s, valid-from: 2026-01-01, valid-until: 2026-12-31}]
  scope: {manufacturers: [S], stages: [designed]}
  require: {max-age: 400d}
`, map[string]*signer{"s": s})
	want := []verify.SignerInfo{{
		Role: verify.RoleSupplier, Name: "S", MaxAge: 400, Scope: &verify.Scope{Manufacturers: []string{"S"}, Stages: []string{"designed"}},
		Keys: []verify.KeyInfo{{File: "s", ID: s.id, ValidFrom: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), ValidUntil: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}},
	}}
	if d := cmp.Diff(want, trust.Signers()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	var nobody *verify.Trust
	if nobody.Signers() != nil {
		t.Error("nil trust names somebody")
	}
}
