package claim

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/originbom/originbom/provenance/verify"
	"github.com/originbom/originbom/sbom"
)

// This file says whether a component is the part that a claim is about.

// A fit is how a claim fits a component.
type fit int

const (
	no      fit = iota // it is about another part
	near               // about the same number, and not this maker, revision or lot: reason says why
	perhaps            // the document does not tell enough: reason says what
	yes
)

// Properties that tell which pieces a component stands for.
const (
	propLot    = "cdx:device:lotNumber"
	propSerial = "cdx:device:serialNumber"
)

// fits compares the claim's part with a component. The number is that of the
// component's MPN, or its name if it has none (as in sbom.Component.Identity),
// whatever case, spaces and dashes it is written with, and whole: an order code
// with a suffix is another part.
func (res *Result) fits(c *sbom.Component) (f fit, why verify.Weakness, reason string) {
	p := res.Claim.Part
	want := sbom.NormalPartNumber(p.PartNumber)
	if c.Unidentified || want == "" || want != sbom.NormalPartNumber(cmp.Or(c.MPN, c.Name)) {
		return no, "", ""
	}
	f, why, reason = res.fitsMaker(c)
	if f == near {
		return f, why, reason
	}
	for _, v := range c.Fact(sbom.PartNumber).Values {
		if sbom.NormalPartNumber(v.Is) != want && f == yes {
			f, why, reason = perhaps, NotThisOne, fmt.Sprintf("the document calls the part %s too, so it may be another one", v.Is)
		}
	}
	switch {
	case p.Revision == "" || p.Revision == c.Version:
	case c.Version == "":
		f, why, reason = perhaps, NotThisOne, fmt.Sprintf("it is about revision %s, and the document does not tell the part's", p.Revision)
	default:
		return near, "", fmt.Sprintf("it is about revision %s, and the part is revision %s", p.Revision, c.Version)
	}
	for _, one := range []struct{ what, want, to, property string }{
		{"lot", p.Lot, p.Lot, propLot}, {"serial number", p.serial(0), p.serial(1), propSerial},
	} {
		got := properties(c, one.property)
		outside := func(s string) bool { return !within(s, one.want, one.to) }
		at := slices.IndexFunc(got, outside)
		switch {
		case one.want == "":
		case len(got) == 0:
			f, why, reason = perhaps, NotThisOne, fmt.Sprintf("it is about %s %s only, and the document does not tell the part's", one.what, spanWords(one.want, one.to))
		case at >= 0 && !slices.ContainsFunc(got, func(s string) bool { return !outside(s) }):
			return near, "", fmt.Sprintf("it is about %s %s, and the part's is %s", one.what, spanWords(one.want, one.to), got[at])
		case at >= 0:
			f, why, reason = perhaps, NotThisOne, fmt.Sprintf("it is about %s %s only, and the part is of %s too", one.what, spanWords(one.want, one.to), got[at])
		}
	}
	return f, why, reason
}

// fitsMaker compares makers only. A part with several makers may be anybody's of
// them, and nobody may lend it a claim by writing one more.
func (res *Result) fitsMaker(c *sbom.Component) (f fit, why verify.Weakness, reason string) {
	makers := c.Fact(sbom.Manufacturer).Values
	own := func(v sbom.Value) bool { return res.reader.same(v.Is, res.Claim.Part.Manufacturer) }
	other := slices.IndexFunc(makers, func(v sbom.Value) bool { return !own(v) })
	switch {
	case len(makers) == 0:
		return perhaps, NoMaker, "the document does not say who made the part, so it may be another firm's of that number"
	case !slices.ContainsFunc(makers, own):
		return near, "", fmt.Sprintf("it is about %s, and that of the document is by %s", res.Claim.Part, makers[0].Is)
	case other >= 0:
		return perhaps, NoMaker, fmt.Sprintf("the document says that %s made the part, too", makers[other].Is)
	}
	return yes, "", ""
}

func (p Part) serial(end int) string {
	if p.Serials == nil {
		return ""
	}
	return [2]string{p.Serials.From, p.Serials.To}[end]
}

func spanWords(from, to string) string {
	if from == to {
		return from
	}
	return from + " to " + to
}

// within compares serial numbers of one length only: how others are counted
// nobody told.
func within(s, from, to string) bool {
	if from == to {
		return s == from
	}
	return len(s) == len(from) && len(s) == len(to) && from <= s && s <= to
}

// properties gives the values of a property that are not blank.
func properties(c *sbom.Component, name string) []string {
	var out []string
	for _, p := range c.Properties {
		if p.Name == name && p.Value != "" {
			out = append(out, p.Value)
		}
	}
	return out
}
