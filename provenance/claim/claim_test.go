package claim_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/originbom/originbom/provenance/claim"
	"github.com/originbom/originbom/sbom"
)

// The statement has the predicate type, and the part identity's digest as its
// subject; it parses back to the same claim.
func TestStatement(t *testing.T) {
	c := display(func(c *claim.Claim) {
		c.Part.Revision, c.Part.Lot = "B", "L7"
		c.ValidUntil, c.Supersedes = "2027-12-31", []string{"HD-0"}
		c.Evidence = []claim.Document{{Name: "certificate.pdf", MediaType: "application/pdf", SHA256: strings.Repeat("0a", 32)}}
		c.Stages = append(c.Stages, claim.Stage{Stage: "assembled", Country: "VN", Share: &claim.Share{Min: 20, Max: 30}, Basis: "count"},
			claim.Stage{Stage: "customs", Country: "KR", HS: "8524.92", OriginRule: "CTH"}, claim.Stage{Stage: "designed", Withheld: true})
	})
	st, err := c.Statement()
	if err != nil {
		t.Fatal(err)
	}
	got, err := claim.Parse(st)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(c, got); d != "" {
		t.Error(d)
	}
	// RFC 8785 of the identity, written out by hand.
	if want := digest(`{"lot":"L7","manufacturer":"Hanbit Display Co., Ltd.","partNumber":"HD6-AMS667","revision":"B"}`); c.Part.Subject() != want {
		t.Errorf("the subject is %s, want %s", c.Part.Subject(), want)
	}
	if !bytes.Contains(st, []byte(c.Part.Subject())) || !bytes.Contains(st, []byte(claim.PredicateType)) {
		t.Errorf("got %s", st)
	}
}

// The schema and Check agree.
func TestSchema(t *testing.T) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(claim.Schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("claim.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("claim.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range mistakes {
		for _, wrong := range []bool{false, true} {
			c := display()
			if wrong {
				change.make(c)
			}
			data, err := json.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			if got := schema.Validate(v) != nil; got != wrong && !(wrong && change.beyondSchema) {
				t.Errorf("%s: the schema refuses it: %t, want %t", name, got, wrong)
			}
		}
	}
	for _, s := range sbom.Stages {
		if !bytes.Contains(claim.Schema, []byte(`"`+s+`"`)) {
			t.Errorf("the schema lacks the stage %s", s)
		}
	}
}

// mistakes are what Check finds.
var mistakes = map[string]struct {
	make         func(*claim.Claim)
	want         string
	beyondSchema bool
}{
	"no id":              {make: func(c *claim.Claim) { c.ID = "" }, want: "claimId: is missing"},
	"no claimant":        {make: func(c *claim.Claim) { c.Claimant.Name = "" }, want: "claimant.name: is missing"},
	"no part number":     {make: func(c *claim.Claim) { c.Part.PartNumber = "" }, want: "part.partNumber: is missing"},
	"no stages":          {make: func(c *claim.Claim) { c.Stages = []claim.Stage{} }, want: "says nothing"},
	"no such stage":      {make: func(c *claim.Claim) { c.Stages[0].Stage = "headquarters" }, want: `"headquarters" is no stage`},
	"a name for a code":  {make: func(c *claim.Claim) { c.Stages[0].Country = "Korea" }, want: `"Korea" is no ISO 3166 code`},
	"no such country":    {make: func(c *claim.Claim) { c.Stages[0].Country = "XX" }, want: `"XX" is no ISO`, beyondSchema: true},
	"told and withheld":  {make: func(c *claim.Claim) { c.Stages[0].Withheld = true }, want: "keep one"},
	"share over 100":     {make: func(c *claim.Claim) { c.Stages[0].Share = &claim.Share{Min: 101, Max: 101} }, want: "no percentage"},
	"shares over 100":    {make: func(c *claim.Claim) { c.Stages = append(c.Stages, claim.Stage{Stage: "manufactured", Country: "CN"}) }, want: "add up to 200 %", beyondSchema: true},
	"no basis":           {make: func(c *claim.Claim) { c.Stages[0].Basis = "weather" }, want: `"weather" is not a choice`},
	"HS elsewhere":       {make: func(c *claim.Claim) { c.Stages[0].HS = "8524.92" }, want: "customs only", beyondSchema: true},
	"no HS":              {make: func(c *claim.Claim) { c.Stages[0].Stage, c.Stages[0].HS = "customs", "85" }, want: "no HS code"},
	"no date":            {make: func(c *claim.Claim) { c.ValidFrom = "spring" }, want: `"spring" is no date`},
	"dates crossed":      {make: func(c *claim.Claim) { c.ValidUntil = "2020-01-01" }, want: "lies before", beyondSchema: true},
	"replaces itself":    {make: func(c *claim.Claim) { c.Supersedes = []string{c.ID} }, want: "replace itself", beyondSchema: true},
	"no digest":          {make: func(c *claim.Claim) { c.Evidence = []claim.Document{{Name: "x", SHA256: "AB"}} }, want: "64 lower-case hex"},
	"forges a line":      {make: func(c *claim.Claim) { c.Claimant.Name = "A\nVerdict: PASS" }, want: "control characters", beyondSchema: true},
	"turns the text":     {make: func(c *claim.Claim) { c.Claimant.Name = "A\u202eB" }, want: "control characters", beyondSchema: true},
	"a long text":        {make: func(c *claim.Claim) { c.Stages[0].Site = strings.Repeat("x", 1001) }, want: "more than 1000 bytes"},
	"half a serial span": {make: func(c *claim.Claim) { c.Part.Serials = &claim.SerialRange{From: "1"} }, want: "from and to"},
}

func TestCheck(t *testing.T) {
	if err := display().Check(); err != nil {
		t.Error(err)
	}
	for name, m := range mistakes {
		c := display()
		m.make(c)
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), m.want) {
			t.Errorf("%s: got %v, want %q", name, err, m.want)
		}
		if _, err := c.Statement(); err == nil {
			t.Errorf("%s: made into a statement", name)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	good, err := display().Statement()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"another subject":  {display().Part.Subject(), strings.Repeat("0", 64), "about another part"},
		"another part":     {`"partNumber":"HD6-AMS667"`, `"partNumber":"HD6-AMS668"`, "about another part"},
		"unknown member":   {`"validFrom"`, `"valid":1,"validFrom"`, "no check reads"},
		"case of a member": {`"country"`, `"Country"`, "no check reads"},
		"doubled member":   {`"country":"KR"`, `"country":"KR","country":"CN"`, "occurs twice"},
		"other type":       {"origin-claim/v1", "origin-claim/v2", "no claim about origin"},
		"a name's country": {`"KR"`, `"Korea"`, "no ISO 3166 code"},
		"two digests":      {`{"sha256":`, `{"sha512":"00","sha256":`, "another digest"},
		"not JSON":         {`{"_type"`, `["_type"`, ""},
	} {
		bad := strings.Replace(string(good), c.old, c.new, 1)
		if bad == string(good) {
			t.Fatalf("%s: did not apply", name)
		}
		if got, err := claim.Parse([]byte(bad)); got != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, %v, want %q", name, got, err, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	good, err := display().Statement()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(scai))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := claim.Parse(data)
		if err != nil {
			if c != nil {
				t.Error("a claim came with an error")
			}
			return
		}
		// What was read can be signed anew and is then the same.
		st, err := c.Statement()
		if err != nil {
			t.Fatalf("%v in %q", err, data)
		}
		again, err := claim.Parse(st)
		if err != nil || !cmp.Equal(c, again) {
			t.Errorf("%v: %s", err, cmp.Diff(c, again))
		}
	})
}

func TestReadFile(t *testing.T) {
	c, blank, err := claim.ReadFile("c.yaml", []byte(`
claimId: HD-1
claimant: {name: "Hanbit Display Co., Ltd."}
part: {manufacturer: "Hanbit Display Co., Ltd.", partNumber: HD6-AMS667}
stages:
  - {stage: manufactured, country: "NO", share: 60}
  - {stage: manufactured, country: VN, share: {min: 20, max: 30}}
  - {stage: designed, country: ""}
  - {stage: packaged, withheld: true}
validFrom: 2026-04-17
`))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Stages) != 3 || c.Stages[0].Country != "NO" || c.Stages[1].Share.Max != 30 || len(blank) != 1 || c.ValidFrom != "2026-04-17" {
		t.Errorf("got %+v, blank %v", c, blank)
	}
	_, _, err = claim.ReadFile("c.yaml", []byte("claimId: HD-1\nclaimnat: {name: x}\n"))
	if err == nil || !strings.Contains(err.Error(), "c.yaml: line 2") {
		t.Errorf("got %v", err)
	}
	_, _, err = claim.ReadFile("c.yaml", []byte("claimId: HD-1\n"))
	if err == nil || !strings.Contains(err.Error(), "c.yaml: claimant.name: is missing") {
		t.Errorf("got %v", err)
	}
}
