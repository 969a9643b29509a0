package hardware

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/country"
)

// origins reads the country of each stage that the entry tells.
func (p *partList) origins(e *entry, c *sbom.Component) {
	for _, stage := range sbom.Stages {
		if said, ok := e.cells[column(originPrefix+stage)]; ok {
			if f, ok := p.origin(e, stage, said); ok {
				c.Facts = append(c.Facts, f)
			}
		}
	}
}

func (p *partList) origin(e *entry, stage string, said cell) (sbom.Fact, bool) {
	switch low := strings.ToLower(said.text); {
	case low == "withheld", low == "confidential":
		return sbom.Fact{Name: stage, Withheld: true}, true
	case sbom.NotTold(said.text):
		return sbom.Fact{}, false
	}
	ev := p.evidence(said)
	if strings.ContainsAny(said.text, "?？") { // a guess is no value
		p.unread(e, fmt.Sprintf("country %q is a guess by its question mark, kept as unknown", said.text), "write the country once it is known")
		return sbom.Fact{Name: stage, Unread: []sbom.Evidence{ev}}, true
	}
	got, err := country.Parse(said.text)
	if err == nil {
		if got.Note != "" {
			ev.Note = got.Note
			p.note(e, got.Note, "")
		}
		return sbom.Fact{Name: stage, Values: []sbom.Value{{Is: got.Code, Evidence: []sbom.Evidence{ev}}}}, true
	}
	if shares := splitShares(said.text); len(shares) > 0 {
		return p.distribution(e, stage, ev, shares), true
	}
	text, remedy := countryTrouble(said.text, err)
	p.unread(e, text, remedy)
	return sbom.Fact{Name: stage, Unread: []sbom.Evidence{ev}}, true
}

// A share is one place of a split origin, as said; percent is -1 if not told.
type share struct {
	place   string
	percent float64
}

var (
	betweenPlaces = regexp.MustCompile(`\s*[/;+&、|]\s*|,\s+|\s+(?:and|or)\s+`)
	placePercent  = regexp.MustCompile(`^(.*?)[\s:=(]*([0-9]{1,3}(?:[.,][0-9]+)?)\s*%?\)?$`)
	percentPlace  = regexp.MustCompile(`^([0-9]{1,3}(?:[.,][0-9]+)?)\s*%?\s*(.+)$`)
)

// splitShares takes "KR 60 / VN 40" and "60% KR, 40% VN" apart; nil if the
// words are not of that kind.
func splitShares(said string) []share {
	parts := betweenPlaces.Split(said, -1)
	var out []share
	for _, s := range parts {
		s = strings.TrimSpace(s)
		sh := share{s, -1}
		if m := placePercent.FindStringSubmatch(s); m != nil {
			sh = share{m[1], percent(m[2])}
		} else if m := percentPlace.FindStringSubmatch(s); m != nil {
			sh = share{m[2], percent(m[1])}
		}
		if sh.place = strings.TrimSpace(sh.place); sh.place == "" {
			return nil
		}
		out = append(out, sh)
	}
	if len(out) == 1 && out[0].percent < 0 {
		return nil
	}
	return out
}

func percent(s string) float64 {
	f, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	if err != nil {
		return -1
	}
	return f
}

// distribution is a fact with a value for each place. A place without a share
// may have any part of what the others leave. If one of the places cannot be
// read, or the shares are more than the whole, none is used.
func (p *partList) distribution(e *entry, stage string, ev sbom.Evidence, shares []share) sbom.Fact {
	f := sbom.Fact{Name: stage}
	total, open := 0.0, 0
	for _, s := range shares {
		if s.percent < 0 {
			open++
		} else {
			total += s.percent
		}
	}
	if total > 100.0001 || open == 0 && total == 0 {
		p.unread(e, fmt.Sprintf("the shares of %q are not of one whole, kept as unknown", ev.Says), "write shares of at most 100 in all, such as KR 60 / VN 40")
		return sbom.Fact{Name: stage, Unread: []sbom.Evidence{ev}}
	}
	for _, s := range shares {
		got, err := country.Parse(s.place)
		if err != nil {
			text, remedy := countryTrouble(s.place, err)
			p.unread(e, fmt.Sprintf("%s, in %q", text, ev.Says), remedy)
			return sbom.Fact{Name: stage, Unread: []sbom.Evidence{ev}}
		}
		v := sbom.Value{Is: got.Code, Share: sbom.Interval{Min: s.percent, Max: s.percent}, Evidence: []sbom.Evidence{ev}}
		if s.percent < 0 {
			v.Share = sbom.Interval{Min: 0, Max: 100 - total}
		}
		f.Values = append(f.Values, v)
	}
	if open > 0 {
		p.note(e, fmt.Sprintf("%q names several places without their shares", ev.Says), "write shares, such as KR 60 / VN 40")
	}
	return f
}

// countryTrouble words what is wrong with a country and what to write.
func countryTrouble(said string, err error) (text, remedy string) {
	var ambiguous *country.AmbiguousError
	if errors.As(err, &ambiguous) {
		return fmt.Sprintf("country %q is ambiguous, kept as unknown", said), "write " + strings.Join(ambiguous.Choices, " or ")
	}
	return fmt.Sprintf("country %q is not known, kept as unknown", said), "write its ISO 3166-1 code, such as KR"
}
