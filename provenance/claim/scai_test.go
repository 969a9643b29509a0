package claim_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/provenance/claim"
	"github.com/originbom/originbom/sbom"
)

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

var scai = `{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"HD6-AMS667","digest":{"sha256":"` +
	digest(`{"lot":"","manufacturer":"Hanbit Display Co., Ltd.","partNumber":"HD6-AMS667","revision":""}`) + `"}}],
"predicateType":"https://in-toto.io/attestation/scai/v0.3","predicate":{"attributes":[
{"attribute":"WITH_STACK_PROTECTION"},
{"attribute":"originbom:origin:manufactured","target":{"name":"HD6-AMS667","annotations":{"manufacturer":"Hanbit Display Co., Ltd.","partNumber":"HD6-AMS667"}},
 "conditions":{"country":"KR","site":"Hanbit Plant 2","claimId":"HD-S1","validFrom":"2026-04-17"}}],
"producer":{"name":"Hanbit Display Co., Ltd."}}}`

func TestSCAI(t *testing.T) {
	got, err := claim.Parse([]byte(scai))
	if err != nil {
		t.Fatal(err)
	}
	want := display(func(c *claim.Claim) { c.ID = "HD-S1" })
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"nothing about origin": {"originbom:origin:manufactured", "COLOUR", "says nothing of origin"},
		"no such stage":        {"origin:manufactured", "origin:registered", `"registered" is no stage`},
		"unknown condition":    {`"site"`, `"cite"`, "unknown field"},
		"other target":         {`"partNumber":"HD6-AMS667"`, `"partNumber":"HD7"`, "about another part"},
		"no dates":             {`,"validFrom":"2026-04-17"`, ``, "validFrom"},
	} {
		bad := strings.Replace(scai, c.old, c.new, 1)
		if _, err := claim.Parse([]byte(bad)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	w := newWorld(t)
	j := w.join(t, phone(t), w.reader(), claim.Written{}, w.keys["hanbit"].bundle(t, []byte(scai)))
	if g := fact(j.Document, "manufactured").Grade(sbom.Trust{Claims: j.Claims}); g != sbom.Signed {
		t.Errorf("grade %s: %+v", g, j.Outcomes)
	}
}
