package claim

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/country"
)

// Limits on claims, which strangers write.
const (
	maxStages = 200  // fourteen stages, each split among a dozen sites
	maxText   = 1000 // bytes of one text: a name, a site, a rule
	maxList   = 100  // papers, superseded claims, identifiers
)

var (
	hsCode    = regexp.MustCompile(`^[0-9]{4}(\.?[0-9]{2}){0,3}$`)
	sha256Hex = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// Check reports everything that keeps a claim from being signed or believed:
// what is missing, no country, a share over 100 percent, dates that are none.
// All problems are reported together, each with its place.
func (c *Claim) Check() error {
	var errs []error
	bad := func(place, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s", place, fmt.Sprintf(format, args...)))
	}
	for _, f := range []struct{ place, value string }{
		{"claimId", c.ID}, {"claimant.name", c.Claimant.Name}, {"part.manufacturer", c.Part.Manufacturer}, {"part.partNumber", c.Part.PartNumber},
	} {
		if strings.TrimSpace(f.value) == "" {
			bad(f.place, "is missing")
		}
	}
	for place, text := range c.texts() {
		checkText(place, text, bad)
	}
	c.checkDates(bad)
	c.checkStages(bad)
	c.checkLists(bad)
	return errors.Join(errs...)
}

func checkText(place, text string, bad func(string, string, ...any)) {
	switch {
	case len(text) > maxText:
		bad(place, "has more than %d bytes", maxText)
	case !utf8.ValidString(text):
		bad(place, "is not UTF-8")
	case strings.ContainsFunc(text, func(r rune) bool {
		return r < ' ' || r == 0x7f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
	}):
		bad(place, "holds control characters, which can forge a report's lines: %.60q", text)
	}
}

// texts are all free texts, by place.
func (c *Claim) texts() map[string]string {
	out := map[string]string{
		"claimId": c.ID, "claimant.name": c.Claimant.Name, "part.manufacturer": c.Part.Manufacturer, "part.partNumber": c.Part.PartNumber,
		"part.revision": c.Part.Revision, "part.lot": c.Part.Lot,
	}
	for scheme, id := range c.Claimant.Identifiers {
		out["claimant.identifiers."+scheme] = scheme + id
	}
	if s := c.Part.Serials; s != nil {
		out["part.serials"] = s.From + s.To
	}
	for i, s := range c.Stages {
		at := fmt.Sprintf("stages[%d]", i)
		out[at+".site"], out[at+".facilityId"], out[at+".performedBy"], out[at+".originRule"] = s.Site, s.FacilityID, s.PerformedBy, s.OriginRule
	}
	for i, d := range c.Evidence {
		out[fmt.Sprintf("evidence[%d]", i)] = d.Name + d.MediaType
	}
	for i, id := range c.Supersedes {
		out[fmt.Sprintf("supersedes[%d]", i)] = id
	}
	return out
}

func (c *Claim) checkDates(bad func(string, string, ...any)) {
	for place, d := range map[string]string{"validFrom": c.ValidFrom, "validUntil": c.ValidUntil} {
		if _, err := time.Parse(time.DateOnly, d); err != nil && (d != "" || place == "validFrom") {
			bad(place, "%.40q is no date: write 2026-11-22", d)
		}
	}
	if c.ValidUntil != "" && c.ValidUntil < c.ValidFrom {
		bad("validUntil", "%s lies before validFrom %s", c.ValidUntil, c.ValidFrom)
	}
}

func (c *Claim) checkStages(bad func(string, string, ...any)) {
	if len(c.Stages) == 0 {
		bad("stages", "says nothing: name a stage with its country, or withheld: true")
	}
	if len(c.Stages) > maxStages {
		bad("stages", "has %d entries, more than the limit of %d", len(c.Stages), maxStages)
		return
	}
	sums := map[string]float64{}
	for i, s := range c.Stages {
		s.check(fmt.Sprintf("stages[%d]", i), bad)
		if !s.Withheld {
			sums[s.Stage] += s.Share.interval().Min
		}
	}
	for _, stage := range sbom.Stages {
		if sums[stage] > 100.0001 {
			bad("stages", "the shares of %s add up to %g %%, more than the whole", stage, sums[stage])
		}
	}
}

func (s Stage) check(at string, bad func(string, string, ...any)) {
	switch {
	case !sbom.IsStage(s.Stage):
		bad(at+".stage", "%.40q is no stage: write one of %s", s.Stage, strings.Join(sbom.Stages, ", "))
	case s.Withheld && s.Country != "":
		bad(at, "has a country and withholds it: keep one")
	case !s.Withheld && !country.IsCode(s.Country):
		bad(at+".country", "%.40q is no ISO 3166 code: write KR or CN-XJ, or withheld: true", s.Country)
	}
	if sh := s.Share; sh != nil && !(sh.Min >= 0 && sh.Min <= sh.Max && sh.Max <= 100 && sh.Max > 0) {
		bad(at+".share", "is no percentage over 0 and up to 100")
	}
	if !slices.Contains([]string{"", "value", "count", "weight"}, s.Basis) {
		bad(at+".basis", "%.40q is not a choice: write value, count or weight", s.Basis)
	}
	if s.Stage != "customs" && s.HS+s.OriginRule != "" {
		bad(at, "hs and originRule stand at the stage customs only")
	}
	if s.HS != "" && !hsCode.MatchString(s.HS) {
		bad(at+".hs", "%.40q is no HS code: write 8524.92", s.HS)
	}
}

func (c *Claim) checkLists(bad func(string, string, ...any)) {
	if n := max(len(c.Evidence), len(c.Supersedes), len(c.Claimant.Identifiers)); n > maxList {
		bad("claim", "a list has %d entries, more than the limit of %d", n, maxList)
	}
	for i, d := range c.Evidence {
		if d.Name == "" || !sha256Hex.MatchString(d.SHA256) {
			bad(fmt.Sprintf("evidence[%d]", i), "wants a name and a sha256 of 64 lower-case hex digits")
		}
	}
	if slices.Contains(c.Supersedes, c.ID) {
		bad("supersedes", "a claim cannot replace itself")
	}
	if s := c.Part.Serials; s != nil && (s.From == "" || s.To == "") {
		bad("part.serials", "wants from and to")
	}
}
