package claim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/originbom/originbom/sbom"
)

// Template gives a claim about a component of d that is to be filled in: part,
// claimant and number are there, and a blank entry for each of the stages. The
// claimant is the maker, as the document has it; "" where it tells none or
// several.
func Template(d *sbom.Document, c *sbom.Component, stages []string) *Claim {
	number := c.MPN
	if number == "" && !c.Unidentified {
		number = c.Name
	}
	maker := ""
	if vs := c.Fact(sbom.Manufacturer).Values; len(vs) > 0 && !sbom.Conflict(sbom.Manufacturer, vs) {
		maker = vs[0].Is
	}
	out := &Claim{
		ID: strings.Join([]string{d.Device.Model, number, "1"}, "/"), Claimant: Party{Name: maker},
		Part: Part{Manufacturer: maker, PartNumber: number, Revision: c.Version}, ValidFrom: d.Time.UTC().Format(time.DateOnly),
	}
	if c.Unidentified {
		out.ID = strings.Join([]string{d.Device.Model, c.Ref, "1"}, "/")
	}
	for _, s := range stages {
		out.Stages = append(out.Stages, Stage{Stage: s})
	}
	return out
}

// meaning says in plain words what a stage is.
func meaning(stage string) string {
	switch stage {
	case "designed":
		return "where the part was designed"
	case "wafer-fabricated":
		return "where the silicon wafer was processed (front end); not where it was packaged"
	case "packaged":
		return "where the chip was put into its package (back end)"
	case "tested":
		return "where the finished part was tested"
	case "manufactured":
		return "where the part itself was made; not where your company has its seat"
	case "assembled":
		return "where the part was put together from its parts"
	case "final-assembled":
		return "where the finished device was put together"
	case "shipped-from":
		return "from where it was shipped to us"
	case "customs":
		return "the country of origin on customs papers, with HS code and rule"
	case "developed":
		return "where the software was written"
	case "built":
		return "where the software was compiled"
	case "signed":
		return "where the software was signed"
	case "operated":
		return "where the service behind the software runs"
	case "maintained":
		return "where the software is maintained"
	}
	return ""
}

// YAML writes the template with comments that say how to fill it in.
func (c *Claim) YAML(file string) []byte {
	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# A claim of origin, to be filled in by whoever can speak for the part, and signed:")
	line("#   originbom claim sign %s --key your.key", quoted(file))
	line("# Countries are ISO 3166 codes: KR, VN, CN-XJ. Leave the country of a stage blank if")
	line("# you do not state it; write withheld: true if you know it and do not tell. If a")
	line("# stage takes place in several countries, repeat it with share: percentages.")
	line("claimId: %s   # your own number for this claim", quoted(c.ID))
	line("claimant:")
	line("  name: %s   # your company's legal name", quoted(c.Claimant.Name))
	line("part:")
	line("  manufacturer: %s", quoted(c.Part.Manufacturer))
	line("  partNumber: %s", quoted(c.Part.PartNumber))
	if c.Part.Revision != "" {
		line("  revision: %s", quoted(c.Part.Revision))
	}
	line("stages:")
	for _, s := range c.Stages {
		line("  - stage: %s   # %s", s.Stage, meaning(s.Stage))
		line("    country: %s", quoted(s.Country))
		if s.Withheld {
			line("    withheld: true")
		}
		if s.Share != nil {
			share, err := json.Marshal(s.Share)
			if err == nil {
				line("    share: %s", share)
			}
		}
		for _, f := range []struct{ key, value, hint string }{
			{"site", s.Site, "the plant"}, {"performedBy", s.PerformedBy, "the company that runs it"},
		} {
			line("    %s: %s   # %s; may stay blank", f.key, quoted(f.value), f.hint)
		}
	}
	line("validFrom: %s", quoted(c.ValidFrom))
	if c.ValidUntil != "" {
		line("validUntil: %s", quoted(c.ValidUntil))
	}
	return b.Bytes()
}

// quoted writes a text so that YAML and JSON read it alike.
func quoted(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil { // strings always encode
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// JSON writes the template as JSON; blank countries are left for filling in.
func (c *Claim) JSON() ([]byte, error) {
	type blank struct {
		Stage
		Country     string `json:"country"`
		Site        string `json:"site"`
		PerformedBy string `json:"performedBy"`
	}
	stages := []blank{}
	for _, s := range c.Stages {
		stages = append(stages, blank{s, s.Country, s.Site, s.PerformedBy})
	}
	type plain Claim
	out, err := json.MarshalIndent(struct {
		plain
		Stages []blank `json:"stages"`
	}{plain(*c), stages}, "", "  ")
	return append(out, '\n'), err
}
