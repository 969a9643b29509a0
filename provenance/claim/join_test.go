package claim_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/provenance/claim"
	"github.com/originbom/originbom/sbom"
)

// outcomes of one claim about one display, by the reader's trust and the
// document: the table of PROVENANCE.md.
func TestOutcomes(t *testing.T) {
	w := newWorld(t)
	with := func(f func(*claim.Claim)) func(*claim.Claim) { return f }
	for name, c := range map[string]struct {
		key    string // hanbit if ""
		claim  func(*claim.Claim)
		part   func(*sbom.Component)
		bundle func([]byte) []byte
		trust  bool // false: nobody is trusted
		want   claim.Status
		grade  sbom.Grade // of manufactured KR
		reason string
	}{
		"trusted supplier": {trust: true, want: claim.Accepted, grade: sbom.Signed},
		"alias of the maker": {
			trust: true, want: claim.Accepted, grade: sbom.Signed,
			claim: with(func(c *claim.Claim) { c.Part.Manufacturer = "한빛디스플레이" }),
		},
		"number written otherwise": {trust: true, want: claim.Accepted, grade: sbom.Signed, part: func(c *sbom.Component) { c.Name = "hd6 ams667" }},
		"right revision": {
			trust: true, want: claim.Accepted, grade: sbom.Signed,
			claim: with(func(c *claim.Claim) { c.Part.Revision = "B" }), part: func(c *sbom.Component) { c.Version = "B" },
		},
		"right lot": {
			trust: true, want: claim.Accepted, grade: sbom.Signed,
			claim: with(func(c *claim.Claim) { c.Part.Lot = "L7" }), part: func(c *sbom.Component) { c.Properties = lot("L7") },
		},
		"assessor": {key: "house", trust: true, want: claim.Accepted, grade: sbom.Signed},

		"nobody trusted":  {want: claim.Weak, grade: sbom.Declared, reason: "nobody was chosen to trust"},
		"unknown key":     {key: "stranger", trust: true, want: claim.Weak, grade: sbom.Declared, reason: "key"},
		"revoked key":     {key: "revoked", trust: true, want: claim.Weak, grade: sbom.Declared, reason: "revoked"},
		"expired key":     {key: "expired", trust: true, want: claim.Weak, grade: sbom.Declared, reason: "was valid until 2026-01-01"},
		"signer of BOMs":  {key: "maker", trust: true, want: claim.Weak, grade: sbom.Declared, reason: "no supplier in the trust file"},
		"too old a claim": {key: "papers", trust: true, want: claim.Weak, grade: sbom.Declared, reason: "older than the 30 days"},
		"stage out of scope": {
			trust: true, want: claim.Weak, reason: "may not speak about the stage tested",
			claim: with(func(c *claim.Claim) { c.Stages[0].Stage = "tested" }),
		},
		"part out of scope": {
			trust: true, want: claim.Weak, grade: sbom.Declared, reason: "may not speak about the part number AMS667",
			claim: with(func(c *claim.Claim) { c.Part.PartNumber = "AMS667" }), part: func(c *sbom.Component) { c.Name = "AMS667" },
		},
		"maker out of scope": {
			trust: true, want: claim.Weak, grade: sbom.Declared, reason: "may not speak about parts of Taegu Power, Inc.",
			claim: with(func(c *claim.Claim) { c.Part.Manufacturer = "Taegu Power, Inc." }), part: func(c *sbom.Component) { c.Facts[0].Values[0].Is = "Taegu Power, Inc." },
		},
		"lot not told": {
			trust: true, want: claim.Weak, grade: sbom.Declared, reason: "about lot L7 only",
			claim: with(func(c *claim.Claim) { c.Part.Lot = "L7" }),
		},
		"revision not told": {
			trust: true, want: claim.Weak, grade: sbom.Declared, reason: "about revision B, and the document does not tell",
			claim: with(func(c *claim.Claim) { c.Part.Revision = "B" }),
		},
		"maker not told": {
			trust: true, want: claim.Weak, grade: sbom.Declared, reason: "does not say who made the part",
			part: func(c *sbom.Component) { c.Facts = nil },
		},

		"a second maker": {
			trust: true, want: claim.Weak, grade: sbom.Declared, reason: "says that Taegu Power, Inc. made the part, too",
			part: func(c *sbom.Component) {
				c.Facts[0].Values = append(c.Facts[0].Values, value("Taegu Power, Inc.", sbom.MethodDocument))
			},
		},
		"a second number": {
			trust: true, want: claim.Weak, grade: sbom.Declared, reason: "calls the part VC-4500L too",
			part: func(c *sbom.Component) {
				c.Facts = append(c.Facts, sbom.Fact{Name: sbom.PartNumber, Values: []sbom.Value{value("HD6-AMS667", sbom.MethodDocument), value("VC-4500L", sbom.MethodDocument)}})
			},
		},
		"two lots": {
			trust: true, want: claim.Weak, grade: sbom.Declared, reason: "about lot L7 only, and the part is of L8 too",
			claim: with(func(c *claim.Claim) { c.Part.Lot = "L7" }), part: func(c *sbom.Component) { c.Properties = append(lot("L7"), lot("L8")...) },
		},

		"another part":     {trust: true, want: claim.Void, reason: "which the document does not list", part: func(c *sbom.Component) { c.Name = "HD6-AMS668" }},
		"its name only":    {trust: true, want: claim.Void, reason: "which the document does not list", part: func(c *sbom.Component) { c.MPN = "HD6-COPY" }},
		"an order code":    {trust: true, want: claim.Void, reason: "which the document does not list", part: func(c *sbom.Component) { c.Name = "HD6-AMS667-T" }},
		"another maker":    {trust: true, want: claim.Void, reason: "is by Taegu", part: func(c *sbom.Component) { c.Facts[0].Values[0].Is = "Taegu Power, Inc." }},
		"a lookalike":      {trust: true, want: claim.Void, reason: "is by Hanbit Display GmbH", part: func(c *sbom.Component) { c.Facts[0].Values[0].Is = "Hanbit Display GmbH" }},
		"another revision": {trust: true, want: claim.Void, reason: "the part is revision C", claim: with(func(c *claim.Claim) { c.Part.Revision = "B" }), part: func(c *sbom.Component) { c.Version = "C" }},
		"another lot":      {trust: true, want: claim.Void, reason: "the part's is L8", claim: with(func(c *claim.Claim) { c.Part.Lot = "L7" }), part: func(c *sbom.Component) { c.Properties = lot("L8") }},
		"not named":        {trust: true, want: claim.Void, reason: "does not list", part: func(c *sbom.Component) { c.Unidentified = true }},
		"not yet":          {trust: true, want: claim.Void, reason: "holds from 2027-01-01", claim: with(func(c *claim.Claim) { c.ValidFrom = "2027-01-01" })},
		"no longer":        {trust: true, want: claim.Void, reason: "held until 2026-11-21", claim: with(func(c *claim.Claim) { c.ValidUntil = "2026-11-21" })},
		"an edited byte": {trust: true, want: claim.Void, reason: "", bundle: func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"payload":"eyJ`), []byte(`"payload":"eyI`), 1)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			cl := display()
			if c.claim != nil {
				c.claim(cl)
			}
			key := c.key
			if key == "" {
				key = "hanbit"
			}
			bundle := w.keys[key].sign(t, cl)
			if c.bundle != nil {
				bundle = c.bundle(bundle)
			}
			r := w.reader()
			if !c.trust {
				r.Trust = nil
			}
			var parts []func(*sbom.Component)
			if c.part != nil {
				parts = append(parts, c.part)
			}
			j := w.join(t, phone(t, parts...), r, claim.Written{}, bundle)
			o := j.Outcomes[0]
			if o.Status != c.want || !strings.Contains(o.Reason, c.reason) || (o.Reason == "") != (c.want == claim.Accepted) {
				t.Errorf("got %s, %q, want %s, %q", o.Status, o.Reason, c.want, c.reason)
			}
			if g := fact(j.Document, "manufactured").Grade(sbom.Trust{Claims: j.Claims}); g != c.grade {
				t.Errorf("the grade is %s, want %s", g, c.grade)
			}
			if c.want == claim.Void && len(fact(j.Document, "manufactured").Values) > 0 {
				t.Error("a void claim gave a value")
			}
			if c.want == claim.Weak && c.grade == sbom.Declared {
				if e := fact(j.Document, "manufactured").Values[0].Evidence[0]; !strings.Contains(e.Note, c.reason) {
					t.Errorf("the evidence says %q, not %q", e.Note, c.reason)
				}
			}
		})
	}
}

func lot(l string) []sbom.Property {
	return []sbom.Property{{Name: "cdx:device:lotNumber", Value: l}}
}

// A stage in scope is signed while another of the same claim is weak.
func TestScopeByStage(t *testing.T) {
	w := newWorld(t)
	b := w.keys["hanbit"].sign(t, display(func(c *claim.Claim) {
		c.Stages = append(c.Stages, claim.Stage{Stage: "wafer-fabricated", Country: "KR"})
	}))
	j := w.join(t, phone(t), w.reader(), claim.Written{}, b)
	trust := sbom.Trust{Claims: j.Claims}
	if m, f := fact(j.Document, "manufactured").Grade(trust), fact(j.Document, "wafer-fabricated").Grade(trust); m != sbom.Signed || f != sbom.Declared {
		t.Errorf("manufactured %s, wafer-fabricated %s", m, f)
	}
	want := []claim.StageOutcome{
		{Stage: "manufactured", Says: "KR, site Hanbit Plant 2", Status: claim.Accepted},
		{Stage: "wafer-fabricated", Says: "KR", Status: claim.Weak, Reason: "Hanbit may not speak about the stage wafer-fabricated"},
	}
	if d := cmp.Diff(want, j.Outcomes[0].Stages); d != "" {
		t.Error(d)
	}
}

// A claim is replaced by a later one of the same signer, even if that one no
// longer holds; nobody else's does it.
func TestSupersede(t *testing.T) {
	w := newWorld(t)
	old := w.keys["hanbit"].sign(t, display())
	for name, c := range map[string]struct {
		key   string
		claim func(*claim.Claim)
		want  claim.Status
	}{
		"same signer":              {key: "hanbit", want: claim.Void},
		"same signer, ended since": {key: "hanbit", want: claim.Void, claim: func(c *claim.Claim) { c.ValidUntil = "2026-06-01" }},
		"assessor":                 {key: "house", want: claim.Void},
		"not yet":                  {key: "hanbit", want: claim.Accepted, claim: func(c *claim.Claim) { c.ValidFrom = "2027-01-01" }},
		"stranger":                 {key: "stranger", want: claim.Accepted},
		"revoked":                  {key: "revoked", want: claim.Accepted},
		"about another part":       {key: "hanbit", want: claim.Accepted, claim: func(c *claim.Claim) { c.Part.PartNumber = "HD6-X" }},
		"another supplier":         {key: "papers", want: claim.Accepted},
	} {
		newer := display(func(cl *claim.Claim) {
			cl.ID, cl.Supersedes, cl.Stages[0].Country = "HD-2", []string{"HD-1"}, "VN"
			if c.claim != nil {
				c.claim(cl)
			}
		})
		j := w.join(t, phone(t), w.reader(), claim.Written{}, old, w.keys[c.key].sign(t, newer))
		if o := j.Outcomes[0]; o.Status != c.want || c.want == claim.Void && !strings.Contains(o.Reason, "the claim HD-2") {
			t.Errorf("%s: got %s, %s", name, o.Status, o.Reason)
		}
	}
}

// Trusted claims that contradict each other are a conflict, and both stay.
func TestConflict(t *testing.T) {
	w := newWorld(t)
	cn := display(func(c *claim.Claim) { c.ID, c.Stages[0].Country = "HD-2", "CN" })
	j := w.join(t, phone(t), w.reader(), claim.Written{}, w.keys["hanbit"].sign(t, display()), w.keys["house"].sign(t, cn))
	f := fact(j.Document, "manufactured")
	if s := f.State(sbom.Trust{Claims: j.Claims}, sbom.Signed); s != sbom.StateConflict || len(f.Values) != 2 {
		t.Errorf("got %s, %+v", s, f.Values)
	}
}

// Shares with an unknown tenth stay intervals of the whole, and no conflict.
func TestShares(t *testing.T) {
	w := newWorld(t)
	b := w.keys["hanbit"].sign(t, display(func(c *claim.Claim) {
		c.Stages = []claim.Stage{
			{Stage: "manufactured", Country: "KR", Share: &claim.Share{Min: 60, Max: 70}, Basis: "count"},
			{Stage: "manufactured", Country: "VN", Share: &claim.Share{Min: 30, Max: 30}, Basis: "count"},
		}
	}))
	j := w.join(t, phone(t), w.reader(), claim.Written{}, b)
	f := fact(j.Document, "manufactured")
	want := []sbom.Interval{{Min: 60, Max: 70}, {Min: 30, Max: 30}}
	got := []sbom.Interval{f.Values[0].Share, f.Values[1].Share}
	if d := cmp.Diff(want, got); d != "" || f.State(sbom.Trust{Claims: j.Claims}, sbom.Signed) != sbom.StateKnown {
		t.Error(d)
	}
}

func TestWithheld(t *testing.T) {
	w := newWorld(t)
	b := w.keys["hanbit"].sign(t, display(func(c *claim.Claim) { c.Stages[0] = claim.Stage{Stage: "manufactured", Withheld: true} }))
	j := w.join(t, phone(t), w.reader(), claim.Written{}, b)
	f := fact(j.Document, "manufactured")
	if s := f.State(sbom.Trust{Claims: j.Claims}, sbom.Declared); s != sbom.StateWithheld || len(f.WithheldBy) != 1 || f.WithheldBy[0].By != "Hanbit" {
		t.Errorf("got %s, %+v", s, f)
	}
	// The claim no longer holds: nothing is withheld any more.
	r := w.reader()
	r.AsOf = r.AsOf.AddDate(-5, 0, 0)
	again := w.join(t, j.Document, r, claim.Written{}, b)
	if f := fact(again.Document, "manufactured"); f.Withheld {
		t.Errorf("still withheld: %+v", f)
	}
}

// What a document writes about claims is not believed: a digest of a good
// bundle beside another country, a claim whose bundle does not come with it.
func TestForgedEvidence(t *testing.T) {
	w := newWorld(t)
	good := w.keys["hanbit"].sign(t, display(func(c *claim.Claim) { c.Part.PartNumber = "HD6-OTHER" }))
	forged := func(digest string) func(*sbom.Component) {
		return func(c *sbom.Component) {
			v := sbom.Value{Is: "KR", Evidence: []sbom.Evidence{{Method: sbom.MethodClaim, Claim: digest, By: "Hanbit"}}}
			c.Facts = append(c.Facts, sbom.Fact{Name: "manufactured", Values: []sbom.Value{v}})
		}
	}
	j := w.join(t, phone(t, forged(digest(string(good)))), w.reader(), claim.Written{}, good)
	if f := fact(j.Document, "manufactured"); len(f.Values) > 0 || len(j.Claims) > 0 {
		t.Errorf("a claim for another part gave %+v", f)
	}
	j = w.join(t, phone(t, forged(digest("no such bundle"))), w.reader(), claim.Written{}, good)
	if g := fact(j.Document, "manufactured").Grade(sbom.Trust{Claims: j.Claims}); g != sbom.Declared {
		t.Errorf("a claim without a bundle is %s", g)
	}
	// An assessor's own grading stands, if the reader has nothing better.
	j = w.join(t, phone(t, forged(digest("no such bundle"))), w.reader(), claim.Written{Assessor: true}, good)
	if g := fact(j.Document, "manufactured").Grade(sbom.Trust{AsWritten: true, Claims: j.Claims}); g != sbom.Signed {
		t.Errorf("an assessor's claim without a bundle is %s", g)
	}
	revoked := w.keys["revoked"].sign(t, display())
	j = w.join(t, phone(t, forged(digest(string(revoked)))), w.reader(), claim.Written{Assessor: true}, revoked)
	if g := fact(j.Document, "manufactured").Grade(sbom.Trust{AsWritten: true, Claims: j.Claims}); g != sbom.Declared {
		t.Errorf("a claim by a key that the reader knows as revoked is %s", g)
	}
	unknown := w.keys["stranger"].sign(t, display())
	j = w.join(t, phone(t, forged(digest(string(unknown)))), w.reader(), claim.Written{Assessor: true}, unknown)
	if g := fact(j.Document, "manufactured").Grade(sbom.Trust{AsWritten: true, Claims: j.Claims}); g != sbom.Signed || !strings.Contains(j.Outcomes[0].Reason, "assessor") {
		t.Errorf("a claim that the assessor knows and the reader does not is %s, %s", g, j.Outcomes[0].Reason)
	}
}

// Joining once more changes nothing, and the encoded document comes back whole.
func TestJoinTwice(t *testing.T) {
	w := newWorld(t)
	b := w.keys["hanbit"].sign(t, display(func(c *claim.Claim) {
		c.Stages = append(c.Stages, claim.Stage{Stage: "tested", Country: "VN"}, claim.Stage{Stage: "designed", Withheld: true})
	}))
	draft := *phone(t)
	draft.Claims = []sbom.AttachedFile{file("0.sigstore.json", b)}
	first := w.join(t, &draft, w.reader(), claim.Written{}, b)
	data, err := sbom.Encode(first.Document, sbom.Spec17)
	if err != nil {
		t.Fatal(err)
	}
	dec, err := sbom.Decode("x", data)
	if err != nil {
		t.Fatal(err)
	}
	second := w.join(t, dec.Document, w.reader(), claim.Written{}, dec.Document.Claims[0].Data)
	again, err := sbom.Encode(second.Document, sbom.Spec17)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(data), string(again)); d != "" || len(dec.Notes) > 0 {
		t.Errorf("%v %s", dec.Notes, d)
	}
	if d := cmp.Diff(first.Claims, second.Claims); d != "" {
		t.Error(d)
	}
}

// A claim that was made for one document is signed in that document, and in one
// that the reader or its assessor made of it. Elsewhere it is declared, and what
// a forger writes into the list of inputs makes no difference: neither does the
// claim apply by it, nor does it go away without it.
func TestOtherDocument(t *testing.T) {
	w := newWorld(t)
	st, err := display().Statement()
	if err != nil {
		t.Fatal(err)
	}
	st = bytes.Replace(st, []byte(`"subject":[`), []byte(`"subject":[{"name":"bom","digest":{"sha256":"`+digest("bom")+`"}},`), 1)
	b := w.keys["hanbit"].bundle(t, st)
	listed := []sbom.Input{{Name: "bom.json", Digest: digest("bom")}}
	for name, c := range map[string]struct {
		inputs  []sbom.Input
		written claim.Written
		want    sbom.Grade
	}{
		"another document":                   {nil, claim.Written{}, sbom.Declared},
		"a forger lists it":                  {listed, claim.Written{Digest: digest("forged")}, sbom.Declared},
		"an assessor lists it":               {listed, claim.Written{Assessor: true}, sbom.Signed},
		"an assessor does not list it":       {nil, claim.Written{Assessor: true}, sbom.Declared},
		"the reader read it":                 {listed, claim.Written{Own: true}, sbom.Signed},
		"the very document":                  {nil, claim.Written{Digest: digest("bom")}, sbom.Signed},
		"another, and the reader read other": {nil, claim.Written{Own: true, Digest: digest("x")}, sbom.Declared},
	} {
		t.Run(name, func(t *testing.T) {
			d := *phone(t)
			d.Inputs = c.inputs
			j := w.join(t, &d, w.reader(), c.written, b)
			if got := fact(j.Document, "manufactured").Grade(sbom.Trust{Claims: j.Claims}); got != c.want {
				t.Errorf("got %s, want %s: %s", got, c.want, j.Outcomes[0].Reason)
			}
			if o := j.Outcomes[0]; c.want != sbom.Signed && (o.Status != claim.Weak || !strings.Contains(o.Reason, "made for a document")) {
				t.Errorf("got %s, %s", o.Status, o.Reason)
			}
		})
	}
}

func TestEvaluateLimits(t *testing.T) {
	if _, err := claim.Evaluate(nil, claim.Reader{}); err == nil {
		t.Error("no time was needed")
	}
	if _, err := claim.Evaluate(make([]sbom.AttachedFile, claim.MaxBundles+1), newWorld(t).reader()); err == nil {
		t.Error("any number of bundles was taken")
	}
}

// Whatever bit of a bundle is changed, it gives the same value or none that is
// signed, and a change of what was signed gives none at all.
func TestEditedBytes(t *testing.T) {
	w := newWorld(t)
	good := w.keys["hanbit"].sign(t, display())
	payload := bytes.Index(good, []byte(`"payload":"`)) + len(`"payload":"`)
	end := payload + bytes.IndexByte(good[payload:], '"')
	signed := 0
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1 << (i % 7)
		j := w.join(t, phone(t), w.reader(), claim.Written{}, bad)
		values := fact(j.Document, "manufactured").Values
		if i >= payload && i < end && len(values) > 0 {
			t.Errorf("byte %d: a changed payload gave %+v", i, values)
		}
		for _, v := range values {
			if v.Is != "KR" {
				t.Errorf("byte %d: gave %s", i, v.Is)
			}
			if v.Grade(sbom.Trust{Claims: j.Claims}) == sbom.Signed {
				signed++
			}
		}
	}
	if signed > 0 {
		t.Errorf("%d changed bundles are signed", signed)
	}
}
