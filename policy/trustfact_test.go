package policy

import (
	"strings"
	"testing"
	"time"

	"github.com/originbom/originbom/sbom"
)

const trustPack = `id: t
version: 1
title: t
rules:
  - id: R
    title: t
    %s
    incomplete: accept
    min-grade: observed
    on-unknown: unknown
    on-weak: warn
    on-conflict: unknown
`

func TestTrustFactLoader(t *testing.T) {
	for name, tt := range map[string]struct{ rule, want string }{
		"of":      {"deny: {trust-fact: {of: phone, name: x}}", `"phone" is not a choice`},
		"no name": {"deny: {trust-fact: {of: app}}", "trust-fact has no name"},
		"age":     {"require: {trust-fact: {of: firmware, name: security-patch, max-age: long}}", "number of days"},
		"two":     {"deny: {trust-fact: {of: app, name: x}, makers: [y]}", "exactly one of"},
		"good":    {"deny: {trust-fact: {of: app, name: signature, equals: unsigned}}", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParsePack("p.yaml", []byte(strings.Replace(trustPack, "%s", tt.rule, 1)), nil)
			if tt.want == "" && err == nil {
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "line ") {
				t.Errorf("got %v, want %q with its line", err, tt.want)
			}
		})
	}
}

// What a document says of its firmware counts as observed only for those who
// trust whoever wrote it.
func TestTrustFactGrade(t *testing.T) {
	pack, err := ParsePack("p.yaml", []byte(strings.Replace(trustPack, "%s", "deny: {trust-fact: {of: firmware, name: su-binary}}", 1)), nil)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := sbom.Build(sbom.Document{Components: []sbom.Component{{
		Kind: sbom.Firmware, Name: "system", Properties: []sbom.Property{{Name: sbom.FirmwareFact + "su-binary", Value: "/system/bin/su"}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	for trusted, want := range map[bool]Verdict{true: Fail, false: Warn} {
		res, err := Evaluate(Input{Document: doc, Packs: []*Pack{pack}, Trust: sbom.Trust{AsWritten: trusted}, AsOf: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			t.Fatal(err)
		}
		if res.Verdict != want {
			t.Errorf("trusted %t: %s, want %s: %+v", trusted, res.Verdict, want, res.Findings)
		}
	}
}
