package registry

import (
	"strconv"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/country"
)

func (r *row) organisation() Organisation {
	o := Organisation{
		ID: r.get("id"), LegalName: r.get("legal_name"), ShortName: r.get("short_name"), Aliases: r.list("aliases", "|"),
		Kind: r.get("kind"), Registered: r.country("registered_country"), Headquarters: r.country("headquarters_country"),
		LEI: r.get("lei"), Website: r.get("website"), Status: r.oneOf("status", "active", "merged", "dissolved"),
		Source: r.get("source"), SourceDate: r.date("source_date"), Reviewed: r.reviewed("confidence"), fields: r.list("read_fields", "+"),
	}
	if strings.ContainsFunc(o.ID, func(c rune) bool { return !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') }) {
		r.fail("id", "is %q; write lower-case letters, digits and hyphens", o.ID)
	}
	if o.LEI != "" && !validLEI(o.LEI) {
		r.fail("lei", "is %q, whose check digits are wrong (ISO 17442); look it up again", o.LEI)
	}
	return o
}

func (r *row) country(column string) string {
	c := r.get(column)
	if c != "" && country.Of(c) == "" {
		r.fail(column, "is %q; write an ISO 3166 code such as KR", c)
	}
	return c
}

func (r *row) edge() Edge {
	e := Edge{
		Owner: r.get("owner_id"), Owned: r.get("owned_id"),
		Kind: r.oneOf("kind", Equity, JointVenture, Majority, Division, Control), Seen: r.date("seen"), Source: r.get("source"),
		Note: r.get("note"), DatesReviewed: r.yes("dates_read"),
	}
	e.From, e.To = r.fromTo()
	e.Reviewed = r.reviewed("confidence") && !r.yes("review")
	if s := r.get("share_percent"); s != "" {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || !(f > 0 && f <= 100) {
			r.fail("share_percent", "is %q; write a number above 0 and up to 100, or leave it blank if it is not known", s)
		}
		e.Share = f
	}
	if e.Owner == e.Owned {
		r.fail("owned_id", "is the owner itself")
	}
	return e
}

func (r *row) productLine() Line {
	l := Line{
		Pattern: r.get("pattern"), Category: r.get("category"), Org: r.get("org_id"), Note: r.get("note"), Source: r.get("source"),
		Reviewed: r.reviewed("confidence"), DatesReviewed: r.yes("dates_read"),
		prefixes: r.list("prefixes", "|"), globs: r.list("globs", "|"),
	}
	l.From, l.To = r.fromTo()
	for _, g := range l.globs {
		if msg := checkGlob(g); msg != "" {
			r.fail("globs", "holds %q, which %s", g, msg)
		}
	}
	return l
}

func (r *row) prefix() Prefix {
	p := Prefix{
		Prefix: r.get("prefix"), Org: r.get("org_id"), Note: r.get("note"), KernelText: r.get("kernel_registry_text"),
		Role:   r.oneOf("role", RoleMaker, RoleDeviceMaker, RoleLicensor, RoleSplit, RoleNobody),
		Source: r.get("source"), Reviewed: r.reviewed("confidence"),
	}
	if p.Org == "" && p.Role == RoleMaker {
		r.fail("org_id", "is blank though the role is maker; name the maker or write the role nobody")
	}
	return p
}

func (r *row) rule() Rule {
	u := Rule{
		Prefix: r.get("prefix"), Glob: r.get("glob"), Categories: r.list("categories", "|"), Org: r.get("org_id"),
		Why: r.get("why"), Source: r.get("source"), Reviewed: r.reviewed("confidence"),
	}
	for _, c := range u.Categories {
		if _, ok := sbom.ParseCategory(c); !ok {
			r.fail("categories", "holds %q, which is no category of parts", c)
		}
	}
	for g := range strings.SplitSeq(u.Glob, "|") {
		if msg := checkGlob(g); msg != "" {
			r.fail("glob", "holds %q, which %s", g, msg)
		}
	}
	return u
}

func (r *row) brand() Brand {
	return Brand{
		Property: r.get("property"), Value: r.get("value"), Org: r.get("org_id"), Note: r.get("note"),
		Source: r.get("source"), Reviewed: r.reviewed("confidence"),
	}
}

func (r *row) plant() Plant {
	p := Plant{
		Org: r.get("org_id"), Site: r.get("site"), Country: r.country("country"), Stage: r.get("stage"), What: r.get("what"),
		Source: r.get("source"), Reviewed: r.reviewed("confidence"), StageReviewed: r.reviewed("stage_confidence"),
	}
	if sub := r.country("iso_subdivision"); sub != "" {
		p.Country = sub
	}
	return p
}
