package assess_test

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/policy/assess"
	"github.com/originbom/originbom/sbom"
)

// under judges a BOM of the example under a trust file of its folder, by the
// example's own pack.
func under(t *testing.T, fsys fs.FS, bom []byte, trust string, claims ...sbom.AttachedFile) (*sbom.Document, *policy.Record) {
	t.Helper()
	reg, err := assess.OpenRegistry(fsys, "registry")
	if err != nil {
		t.Fatal(err)
	}
	packs, err := assess.ReadPacks(fsys, ".", []string{"policy.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	j := assess.Judgement{Name: "x", BOM: bom, Registry: reg, Packs: packs, AsOf: day, VerifyAt: day, Claims: claims}
	if trust != "" {
		if j.Trust, err = assess.ReadTrust(fsys, trust); err != nil {
			t.Fatal(err)
		}
	}
	doc, rec, err := assess.Judge(j)
	if err != nil {
		t.Fatal(err)
	}
	return doc, rec
}

func verdict(rec *policy.Record, rule string) policy.Verdict {
	for _, f := range rec.Result.Findings {
		if f.Rule == rule {
			return f.Verdict
		}
	}
	return ""
}

func grade(doc *sbom.Document, rec *policy.Record, name, stage string) sbom.Grade {
	g := sbom.Ungraded
	doc.Walk(func(c *sbom.Component, _ []string) {
		if c.Name == name {
			g = c.Fact(stage).Grade(sbom.Trust{Claims: rec.Carried()})
		}
	})
	return g
}

// The same BOM under two trust files has two sets of grades, and two verdicts.
func TestTwoTrustFiles(t *testing.T) {
	fsys := copyFS(t)
	fsys["other.yaml"] = &fstest.MapFile{Mode: 0o644, Data: []byte(`boms: [{name: Example Mobile, keys: [{file: keys/test-maker.pub}]}]
suppliers:
  - {name: Hanbit, keys: [{file: keys/test-hanbit.pub, revoked-at: 2026-01-01}], scope: {manufacturers: [Hanbit Display], stages: [manufactured]}}
  - {name: Nordlys, keys: [{file: keys/test-nordlys.pub}], scope: {manufacturers: [Nordlys], stages: [designed]}}
`)}
	a := run(t, fsys)
	for _, c := range []struct {
		trust           string
		display, sensor sbom.Grade
		rule            policy.Verdict
		reason          string
	}{
		{"trust.yaml", sbom.Signed, sbom.Signed, policy.Pass, ""},
		{"other.yaml", sbom.Declared, sbom.Declared, policy.Fail, "revoked"},
		{"", sbom.Declared, sbom.Declared, policy.Fail, "nobody was chosen"},
	} {
		doc, rec := under(t, fsys, a.BOM, c.trust)
		if g := grade(doc, rec, "HD6-AMS667", "manufactured"); g != c.display {
			t.Errorf("%s: the display is %s, want %s", c.trust, g, c.display)
		}
		if g := grade(doc, rec, "NA250", "manufactured"); g != c.sensor {
			t.Errorf("%s: the sensor is %s, want %s", c.trust, g, c.sensor)
		}
		if v := verdict(rec, "DISPLAY-KR"); v != c.rule {
			t.Errorf("%s: DISPLAY-KR is %s, want %s", c.trust, v, c.rule)
		}
		i := slices.IndexFunc(rec.Claims, func(r policy.ClaimRecord) bool { return r.ID == "HD-2026-0417" })
		if i < 0 || !strings.Contains(rec.Claims[i].Reason, c.reason) {
			t.Errorf("%s: %+v", c.trust, rec.Claims)
		}
	}
}

// Nothing that the writer of a BOM says of claims or owners improves a verdict:
// grades edited in, owners left out, another part's claim attached.
func TestForgeries(t *testing.T) {
	fsys := copyFS(t)
	honest := run(t, fsys)
	_, want := under(t, fsys, honest.BOM, "")
	replaceAll := func(pairs ...string) []byte {
		out := honest.BOM
		for i := 0; i+1 < len(pairs); i += 2 {
			if !bytes.Contains(out, []byte(pairs[i])) {
				t.Fatalf("%q did not apply", pairs[i])
			}
			out = bytes.ReplaceAll(out, []byte(pairs[i]), []byte(pairs[i+1]))
		}
		return out
	}
	for name, bom := range map[string][]byte{
		"weak made strong":     replaceAll(`\"method\":\"weak-claim\"`, `\"method\":\"claim\"`),
		"documents as claims":  replaceAll(`\"method\":\"document\"`, `\"method\":\"claim\",\"claim\":\"`+want.Claims[0].Digest+`\"`),
		"owners left out":      replaceAll(`"originbom:organisation"`, `"originbom:note"`, `"originbom:party:ultimate-parent"`, `"originbom:note"`),
		"another owner":        replaceAll(`Longgang Holding Group`, `Nobody in Particular`),
		"claim of another one": replaceAll(`HD6-AMS667`, `HD6-AMS668`),
	} {
		for _, trust := range []string{"", "trust.yaml"} {
			_, honestRec := under(t, fsys, honest.BOM, trust)
			doc, rec := under(t, fsys, bom, trust)
			if policy.Worst(rec.Result.Verdict, honestRec.Result.Verdict) != rec.Result.Verdict {
				t.Errorf("%s, %s: the verdict improved from %s to %s", name, trust, honestRec.Result.Verdict, rec.Result.Verdict)
			}
			if name == "claim of another one" && grade(doc, rec, "HD6-AMS668", "manufactured") == sbom.Signed {
				t.Error("a claim for another part made a signed value")
			}
			if g, w := verdict(rec, "NO-LISTED-OWNER"), verdict(honestRec, "NO-LISTED-OWNER"); g != w {
				t.Errorf("%s, %s: NO-LISTED-OWNER is %s, for the honest BOM %s", name, trust, g, w)
			}
		}
	}
}

// Claims beside the BOM count like those in it, and the same claim twice once.
func TestClaimsBeside(t *testing.T) {
	fsys := copyFS(t)
	claims, err := assess.ReadClaims(fsys, "claims")
	if err != nil || len(claims) != 4 {
		t.Fatalf("%d claims, %v", len(claims), err)
	}
	whole := run(t, fsys)
	h := strings.Replace(string(fsys["handset.yaml"].Data), "claims: [claims]", "claims: []", 1)
	fsys["handset.yaml"] = &fstest.MapFile{Data: []byte(h), Mode: 0o644}
	without := run(t, fsys)
	if v := verdict(without.Record, "DISPLAY-KR"); v != policy.Fail {
		t.Errorf("without claims DISPLAY-KR is %s", v)
	}
	_, beside := under(t, fsys, without.BOM, "trust.yaml", claims...)
	_, both := under(t, fsys, whole.BOM, "trust.yaml", claims...)
	if v := verdict(beside, "DISPLAY-KR"); v != policy.Pass || len(beside.Claims) != 4 || len(both.Claims) != 4 {
		t.Errorf("DISPLAY-KR is %s, %d and %d claims", v, len(beside.Claims), len(both.Claims))
	}
}

// A distribution that the parts cannot reproduce is a warning, whatever the
// packs ask.
func TestDerivedOrigin(t *testing.T) {
	named := func(name string, n float64, is string) sbom.Component {
		ev := []sbom.Evidence{{Source: sbom.Source{Name: "parts.csv"}, Method: sbom.MethodDocument, Says: is}}
		return sbom.Component{Kind: sbom.Hardware, Category: sbom.Other, Name: name, Quantity: n, Facts: []sbom.Fact{{Name: "manufactured", Values: []sbom.Value{{Is: is, Evidence: ev}}}}}
	}
	judge := func(my, us, cn float64) *policy.Record {
		var vs []sbom.Value
		for code, n := range map[string]float64{"MY": my, "US": us, "CN": cn} {
			vs = append(vs, sbom.Value{Is: code, Basis: "count", Share: sbom.Interval{Min: n, Max: n}, Evidence: []sbom.Evidence{{Method: sbom.MethodDocument, Says: code}}})
		}
		d, err := sbom.Build(sbom.Document{Device: sbom.Device{Model: "X"}, Time: day, Components: []sbom.Component{{
			Kind: sbom.Hardware, Category: sbom.PCB, Name: "board", Facts: []sbom.Fact{{Name: "manufactured", Values: vs}},
			Components: []sbom.Component{named("A", 6, "MY"), named("B", 1, "US"), named("C", 1, "CN")},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		bom, err := sbom.Encode(d, sbom.Spec17)
		if err != nil {
			t.Fatal(err)
		}
		_, rec := under(t, os.DirFS(handset), bom, "")
		return rec
	}
	if v := verdict(judge(75, 12.5, 12.5), assess.DerivedRule); v != "" {
		t.Errorf("the guide's example gives %s", v)
	}
	if v := verdict(judge(50, 25, 25), assess.DerivedRule); v != policy.Warn {
		t.Errorf("a wrong distribution gives %q", v)
	}
}

// The BOM does not depend on when it is judged, nor on the order of the claims.
func TestClaimsSameBytes(t *testing.T) {
	fsys := copyFS(t)
	one := run(t, fsys)
	h := strings.Replace(string(fsys["handset.yaml"].Data), "claims: [claims]",
		"claims: [claims/volta-vc4500l.sigstore.json, claims/hanbit-hd6.sigstore.json, claims/taegu-tg2589.sigstore.json, claims/nordlys-na250.sigstore.json]", 1)
	fsys["handset.yaml"] = &fstest.MapFile{Data: []byte(h), Mode: 0o644}
	o := options()
	o.Now = day.AddDate(1, 0, 0)
	two, err := assess.Run(context.Background(), fsys, "handset.yaml", o)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(one.BOM), string(two.BOM)); d != "" {
		t.Error(d)
	}
}
