package claim

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/originbom/originbom/provenance/verify"
	"github.com/originbom/originbom/sbom"
)

// Written tells whose word a document is.
type Written struct {
	// Assessor is set if the document's signature is accepted as that of one of
	// the reader's assessors. Then claims that the document says it accepted
	// stand, if the reader does not know their signer itself, and its list of
	// inputs is believed.
	Assessor bool
	// Own is set if the reader made the list of inputs: it read them itself.
	Own bool
	// Digest is the sha256, in hex, of the document's bytes; "" for a draft.
	Digest string
}

// A Joined is a document with what its claims carry for one reader.
type Joined struct {
	Document *sbom.Document
	// Claims are the digests of the bundles that carry a value of grade signed,
	// for sbom.Trust.
	Claims   map[string]bool
	Outcomes []Outcome // one for each bundle, in the order of the results
}

// An Outcome is what became of a claim in a document.
type Outcome struct {
	Result
	Refs   []string       // the components that it is about, sorted
	Stages []StageOutcome // in the claim's order; nil if it is void

	near     string // why it is about no part of the document, if one is like its part
	assessed bool   // an assessor who signed the document accepted it
}

// A StageOutcome is what became of one stage of a claim.
type StageOutcome struct {
	Stage  string
	Says   string // the country and site, in words
	Status Status // accepted or weak
	Reason string // why it is weak
}

// Join gives d anew with the values that the results carry. Evidence of claims
// that d itself writes is dropped where its bundle was judged, and counts as
// declared where it was not; see [Written]. d may be a draft that was not built.
func Join(d *sbom.Document, results []Result, w Written) Joined {
	j := &joiner{written: w, digests: documents(d, w), claims: map[string]bool{}}
	byDigest := map[string]*Outcome{}
	for _, r := range results {
		j.outcomes = append(j.outcomes, Outcome{Result: r})
	}
	for i := range j.outcomes {
		byDigest[j.outcomes[i].Digest] = &j.outcomes[i]
	}
	j.byDigest = byDigest
	out := d.Revise(j.component)
	for i := range j.outcomes {
		j.outcomes[i].settle()
	}
	return Joined{Document: out, Claims: j.claims, Outcomes: j.outcomes}
}

// documents are the digests of the documents that the reader knows d to be or
// to be made of. A list of inputs that somebody else wrote down is no reason to
// know it: whoever writes a document could list there whatever a claim was made
// for.
func documents(d *sbom.Document, w Written) map[string]bool {
	known := map[string]bool{}
	if w.Digest != "" {
		known[w.Digest] = true
	}
	if w.Assessor || w.Own {
		for _, in := range d.Inputs {
			known[in.Digest] = true
		}
	}
	return known
}

type joiner struct {
	written  Written
	digests  map[string]bool // see documents
	byDigest map[string]*Outcome
	claims   map[string]bool
	outcomes []Outcome
}

// component gives a component's facts anew.
func (j *joiner) component(c *sbom.Component) []sbom.Fact {
	var out []sbom.Fact
	for _, f := range c.Facts {
		if f, ok := j.rid(f); ok {
			out = append(out, f)
		}
	}
	for i := range j.outcomes {
		out = append(out, j.outcomes[i].facts(c, j)...)
	}
	return out
}

// rid drops from a fact the evidence that the document writes about claims; ok
// is false if nothing is left.
func (j *joiner) rid(f sbom.Fact) (kept sbom.Fact, ok bool) {
	kept = sbom.Fact{Name: f.Name, Unread: f.Unread}
	for _, v := range f.Values {
		if v.Evidence, ok = j.ridEvidence(v.Evidence); ok {
			kept.Values = append(kept.Values, v)
		}
	}
	if f.Withheld {
		if kept.WithheldBy, ok = j.ridEvidence(f.WithheldBy); ok {
			kept.Withheld = true
		}
	}
	return kept, len(kept.Values) > 0 || kept.Withheld || len(kept.Unread) > 0
}

// ridEvidence reports as ok whether evidence is left, or none was given.
func (j *joiner) ridEvidence(es []sbom.Evidence) (kept []sbom.Evidence, ok bool) {
	for _, e := range es {
		if e.Method != sbom.MethodClaim && e.Method != sbom.MethodWeakClaim {
			kept = append(kept, e)
			continue
		}
		bundle := j.byDigest[e.Claim]
		believed := j.written.Assessor && e.Method == sbom.MethodClaim
		switch {
		case believed && (bundle == nil || bundle.Status == Weak && bundle.Weakness == verify.UnknownSigner):
			j.claims[e.Claim] = true
			if bundle != nil {
				bundle.assessed = true
			}
			kept = append(kept, e)
		case bundle == nil:
			e.Method, e.Note = sbom.MethodWeakClaim, "its signed bundle did not come with the document, so nobody can verify it again"
			kept = append(kept, e)
		}
	}
	return kept, len(kept) > 0 || len(es) == 0
}

// facts gives what a claim says of a component, nil if it is about another part.
func (o *Outcome) facts(c *sbom.Component, j *joiner) []sbom.Fact {
	if o.Claim == nil || o.Status == Void {
		return nil
	}
	f, why, reason := o.fits(c)
	switch f {
	case no:
		return nil
	case near:
		if o.near == "" {
			o.near = reason
		}
		return nil
	}
	for _, d := range o.others {
		if f == yes && !j.digests[d] {
			f, why = perhaps, OtherDocument
			reason = fmt.Sprintf("it was made for a document whose sha256 is %s, and only the word of whoever wrote this one could tie it to that", d)
		}
	}
	o.Refs = append(o.Refs, c.Ref)
	var out []sbom.Fact
	for _, s := range o.Claim.Stages {
		weakness, note := o.stage(s.Stage)
		if weakness == "" && f == perhaps {
			weakness, note = why, reason
		}
		out = append(out, o.fact(s, weakness, note))
		if weakness == "" {
			j.claims[o.Digest] = true
		}
		o.note(s, note)
	}
	return out
}

func (o *Outcome) note(s Stage, reason string) {
	so := StageOutcome{Stage: s.Stage, Says: s.words(), Status: Accepted, Reason: reason}
	if reason != "" {
		so.Status = Weak
	}
	if !slices.Contains(o.Stages, so) {
		o.Stages = append(o.Stages, so)
	}
}

// fact is what one stage of a claim says.
func (o *Outcome) fact(s Stage, weakness verify.Weakness, note string) sbom.Fact {
	ev := sbom.Evidence{
		Source: sbom.Source{Name: o.File, Digest: o.Digest}, Place: "claim " + o.Claim.ID + ", stage " + s.Stage,
		Method: sbom.MethodClaim, Says: s.words(), By: o.Signer, Claim: o.Digest, When: o.Claim.ValidFrom,
	}
	if weakness != "" {
		ev.Method, ev.Note = sbom.MethodWeakClaim, "not believed as signed: "+note
	}
	if s.Withheld {
		return sbom.Fact{Name: s.Stage, Withheld: true, WithheldBy: []sbom.Evidence{ev}}
	}
	v := sbom.Value{Is: s.Country, Share: s.Share.value(), PerformedBy: s.PerformedBy, Basis: s.Basis, Evidence: []sbom.Evidence{ev}}
	return sbom.Fact{Name: s.Stage, Values: []sbom.Value{v}}
}

// words says what a stage states beyond its name.
func (s Stage) words() string {
	country := s.Country
	if s.Withheld {
		country = "withheld"
	}
	if i := s.Share.interval(); !i.Whole() {
		country += fmt.Sprintf(" %g", i.Min)
		if i.Max != i.Min {
			country += fmt.Sprintf("-%g", i.Max)
		}
		country += " %"
	}
	words := []string{country}
	for _, w := range []struct{ what, text string }{
		{"site ", s.Site}, {"facility ", s.FacilityID}, {"by ", s.PerformedBy}, {"HS ", s.HS}, {"rule ", s.OriginRule},
	} {
		if w.text != "" {
			words = append(words, w.what+w.text)
		}
	}
	return strings.Join(words, ", ")
}

// settle gives the claim as a whole the status that its stages have.
func (o *Outcome) settle() {
	if o.Status == Void || o.Claim == nil {
		return
	}
	if len(o.Refs) == 0 {
		o.Result = o.void(cmp.Or(o.near, fmt.Sprintf("it is about %s, which the document does not list", o.Claim.Part)), "")
		o.Stages = nil
		return
	}
	slices.Sort(o.Refs)
	o.Refs = slices.Compact(o.Refs)
	if o.assessed {
		o.Reason += "; the assessor who signed the document accepted it"
	}
	weak := slices.IndexFunc(o.Stages, func(s StageOutcome) bool { return s.Status == Weak })
	if o.Status == Accepted && weak >= 0 && !slices.ContainsFunc(o.Stages, func(s StageOutcome) bool { return s.Status == Accepted }) {
		o.Status, o.Reason = Weak, o.Stages[weak].Reason
	}
}

// Subjects gives a document of the very parts that the claims are about, one
// component each, so that Join tells what a reader makes of claims by
// themselves.
func Subjects(results []Result) *sbom.Document {
	d := &sbom.Document{Device: sbom.Device{Model: sbom.Unknown}}
	for _, r := range results {
		if r.Claim == nil {
			continue
		}
		p := r.Claim.Part
		c := sbom.Component{
			Ref: r.Digest, Kind: sbom.Hardware, Name: p.PartNumber, Version: p.Revision,
			Facts: []sbom.Fact{{Name: sbom.Manufacturer, Values: []sbom.Value{{Is: p.Manufacturer}}}},
		}
		for _, one := range []sbom.Property{{Name: propLot, Value: p.Lot}, {Name: propSerial, Value: p.serial(0)}} {
			if one.Value != "" {
				c.Properties = append(c.Properties, one)
			}
		}
		d.Components = append(d.Components, c)
		for _, other := range r.others {
			d.Inputs = append(d.Inputs, sbom.Input{Digest: other})
		}
	}
	return d
}
