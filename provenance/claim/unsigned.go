package claim

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/originbom/originbom/sbom"
)

// Answers are an answered spreadsheet that nobody signed. What it says is
// declared by the company that it names, with the line where it stands; anybody
// could have written it, and its evidence says so.
type Answers struct {
	Source sbom.Source
	claims []*answer
	notes  []sbom.Note
}

// AreAnswers reports whether a table with this header is the spreadsheet that
// Request.CSV writes.
func AreAnswers(header []string) bool {
	_, err := answerHeader("", header)
	return err == nil
}

// ReadUnsigned reads an answered spreadsheet as [ReadAnswers] does, to be laid
// on a document unsigned. A cell that cannot be read is a note and its row gives
// no value. A file in which no row is answered is an error.
func ReadUnsigned(src sbom.Source, data []byte) (*Answers, error) {
	rows, err := answerRows(src.Name, data)
	if err != nil {
		return nil, err
	}
	a, read := &Answers{Source: src}, answersOf(rows)
	if len(read.claims) == 0 && len(read.bad) == 0 {
		return nil, notAnswered(src.Name)
	}
	for _, p := range read.notes {
		a.notes = append(a.notes, sbom.Note{File: src.Name, Place: p.place, Text: p.text})
	}
	for _, p := range read.bad {
		a.notes = append(a.notes, sbom.Note{File: src.Name, Place: p.place, Text: p.text + "; the answer was not used", Value: true})
	}
	for _, c := range read.claims {
		if err := c.Check(); err != nil {
			a.notes = append(a.notes, sbom.Note{
				File: src.Name, Place: c.line(0), Text: fmt.Sprintf("the answer about %s was not used: %v", orUnnamed(c.Part), oneLine(err)),
				Remedy: "correct the row", Value: true,
			})
			continue
		}
		a.claims = append(a.claims, c)
	}
	return a, nil
}

func orUnnamed(p Part) string {
	if p.PartNumber == "" {
		return "a part without a number"
	}
	return p.String()
}

func (c *answer) line(stage int) string { return fmt.Sprintf("line %d", c.lines[stage]) }

// Reading is the input itself, with what could not be read, and with the parts
// that the answers name and none of the other readings does: a question about a
// part that nobody could name is answered by its number.
func (a *Answers) Reading(others []sbom.Reading) sbom.Reading {
	r := sbom.Reading{Input: sbom.Input{Name: a.Source.Name, Kind: "answers", Digest: a.Source.Digest}, Notes: a.notes}
	listed := map[string]bool{}
	for _, o := range others {
		for i := range o.Components {
			listed[sbom.NormalPartNumber(o.Components[i].Name)] = true
			listed[sbom.NormalPartNumber(o.Components[i].MPN)] = true
		}
	}
	for _, c := range a.claims {
		number := sbom.NormalPartNumber(c.Part.PartNumber)
		if listed[number] {
			continue
		}
		listed[number] = true
		r.Components = append(r.Components, a.part(c))
	}
	return r
}

// part is a part that only the answers name. Its category is that of the
// question, which begins with it.
func (a *Answers) part(c *answer) sbom.Component {
	word, positions, _ := strings.Cut(c.use, " ")
	category, ok := sbom.ParseCategory(word)
	if !ok {
		positions = ""
	}
	out := sbom.Component{
		Kind: sbom.Hardware, Name: c.Part.PartNumber, MPN: c.Part.PartNumber, Version: c.Part.Revision, Category: category,
		Facts: []sbom.Fact{a.maker(c, Reader{})},
		Found: []sbom.Evidence{a.evidence(c, 0, colPart, c.Part.PartNumber, "")},
	}
	if positions != "" && !strings.Contains(positions, " x") {
		out.Designators = strings.Split(positions, ", ")
	}
	return out
}

// maker is who made the part by the answer, by the name that the reader's
// registry has for them.
func (a *Answers) maker(c *answer, r Reader) sbom.Fact {
	v := sbom.Value{Is: c.Part.Manufacturer, Evidence: []sbom.Evidence{a.evidence(c, 0, colMaker, c.Part.Manufacturer, "")}}
	if r.Registry != nil {
		if match := r.Registry.ByName(v.Is); match.Exact != nil {
			v.Is = match.Exact.LegalName
		}
	}
	return sbom.Fact{Name: sbom.Manufacturer, Values: []sbom.Value{v}}
}

func (a *Answers) evidence(c *answer, stage int, column, says, reason string) sbom.Evidence {
	note := "an answer that nobody signed"
	if reason != "" {
		note += "; " + reason
	}
	return sbom.Evidence{
		Source: a.Source, Place: fmt.Sprintf("%s, column %q", c.line(stage), column), Method: sbom.MethodDocument,
		Says: says, By: c.Claimant.Name, When: c.ValidFrom, Note: note,
	}
}

// Lay gives d anew with what the answers say of its parts: of each stage, and
// of the maker where d tells none. Answers that do not hold on the reader's
// day, or are about another maker's part, are only noted.
func (a *Answers) Lay(d *sbom.Document, r Reader) *sbom.Document {
	var notes []sbom.Note
	skip := func(c *answer, why string) {
		notes = append(notes, sbom.Note{File: a.Source.Name, Place: c.line(0), Text: fmt.Sprintf("the answer about %s was not used: %s", c.Part, why)})
	}
	day := r.AsOf.Format(time.DateOnly)
	for _, c := range a.claims {
		if day < c.ValidFrom || c.ValidUntil != "" && day > c.ValidUntil {
			skip(c, fmt.Sprintf("it holds from %s until %s, and is read as of %s", c.ValidFrom, orOpen(c.ValidUntil), day))
			continue
		}
		res, used, other := Result{Claim: c.Claim, reader: r}, false, ""
		d = d.Revise(func(part *sbom.Component) []sbom.Fact {
			f, why, reason := res.fits(part)
			switch f {
			case no:
				return part.Facts
			case near:
				other = reason
				return part.Facts
			}
			used = true
			facts := slices.Concat(part.Facts, a.facts(c, reason))
			if why == NoMaker {
				facts = append(facts, a.maker(c, r))
			}
			return facts
		})
		if !used {
			skip(c, other)
		}
	}
	out := *d
	out.Notes = slices.Concat(d.Notes, notes)
	return &out
}

func orOpen(until string) string {
	if until == "" {
		return "further notice"
	}
	return until
}

// facts are the stages that a claim answers.
func (a *Answers) facts(c *answer, reason string) []sbom.Fact {
	var out []sbom.Fact
	for i, s := range c.Stages {
		ev := a.evidence(c, i, colCountry, s.words(), reason)
		if s.Withheld {
			ev.Place = fmt.Sprintf("%s, column %q", c.line(i), colHold)
			out = append(out, sbom.Fact{Name: s.Stage, Withheld: true, WithheldBy: []sbom.Evidence{ev}})
			continue
		}
		v := sbom.Value{Is: s.Country, Share: s.Share.value(), PerformedBy: s.PerformedBy, Basis: s.Basis, Evidence: []sbom.Evidence{ev}}
		out = append(out, sbom.Fact{Name: s.Stage, Values: []sbom.Value{v}})
	}
	return out
}
