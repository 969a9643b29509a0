package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/originbom/originbom/provenance/registry"
)

// Matches writes what a registry look-up found, for people. date is the day
// that owners are given for; with history, ended ones are given too.
func Matches(w io.Writer, reg *registry.Registry, ms []registry.Match, date string, history bool) error {
	p := &printer{w: w}
	for i, m := range ms {
		if i > 0 {
			p.line("")
		}
		p.match(reg, m, date, history)
	}
	return p.err
}

func (p *printer) match(reg *registry.Registry, m registry.Match, date string, history bool) {
	mark := ""
	if m.Possible {
		mark = "   POSSIBLE MATCH: a person must settle it"
	}
	p.line("%s   %s%s", m.Found, m.Kind, mark)
	if m.Why != "" {
		p.line("  found by      %s", m.Why)
	}
	if m.Line != nil {
		p.line("  line          %s, %s (%s)", m.Line.Pattern, m.Line.Category, dates(m.Line.From, m.Line.To))
	}
	if m.Kind == registry.KindLine {
		p.line("  in force      %s on %s", m.Force, date)
	}
	o := m.Organisation
	if o == nil {
		p.line("  organisation  none can be named")
		p.source(m.Source, m.Reviewed)
		return
	}
	p.line("  organisation  %s", o.LegalName)
	if len(o.Aliases) > 0 {
		p.line("  also          %s", strings.Join(o.Aliases, ", "))
	}
	p.line("  registered    %s   headquarters %s   (where the firm is, not where parts are made)", seat(o, o.Registered, fieldRegistered), seat(o, o.Headquarters, fieldHeadquarters))
	p.line("  as of         %s: when a firm moved is not recorded, so on another day it may have been elsewhere", cmp.Or(string(o.SourceDate), "a day that is not told"))
	if o.LEI != "" {
		p.line("  LEI           %s", o.LEI)
	}
	p.source(cmp.Or(m.Source, o.Source), m.Reviewed)
	if len(m.Owners) == 0 {
		p.line("  owners        none known on %s", date)
	}
	for _, e := range m.Owners {
		p.edge("owner", reg, e)
	}
	if m.Parent.Ultimate != nil && m.Parent.Ultimate.ID != o.ID {
		p.line("  ultimately    %s", m.Parent.Ultimate.LegalName)
	}
	if history {
		for _, e := range m.History {
			p.edge("history", reg, e)
		}
	}
	for _, r := range m.Remarks {
		p.line("  not ownership %s", r.Why)
	}
}

// The fields of an organisation that tell where it is.
const (
	fieldRegistered   = "registered_country"
	fieldHeadquarters = "headquarters_country"
)

func seatRead(o *registry.Organisation, field string) bool { return o.Reviewed || o.Read(field) }

// seat words a country, and whether somebody read it in a source.
func seat(o *registry.Organisation, country, field string) string {
	switch {
	case country == "":
		return "not known"
	case !seatRead(o, field):
		return country + " (not read in a source)"
	}
	return country
}

func (p *printer) source(source string, reviewed bool) {
	review := ""
	if !reviewed {
		review = "   (not reviewed: general knowledge; a verdict that rests on it is unknown)"
	}
	p.line("  source        %s%s", cmp.Or(source, "none"), review)
}

func (p *printer) edge(label string, reg *registry.Registry, e registry.Edge) {
	name := e.Owner
	if o, ok := reg.Organisation(e.Owner); ok {
		name = o.LegalName
	}
	share := e.Kind
	if e.Share > 0 {
		share = fmt.Sprintf("%g %% %s", e.Share, e.Kind)
	}
	until := dates(e.From, e.To)
	if label == "history" && e.To != "" {
		until = fmt.Sprintf("owned until %s by %s", e.To, name)
	}
	review := ""
	if !e.Reviewed {
		review = ", not reviewed"
	}
	p.line("  %-13s %s (%s, %s) source: %s%s", label, name, share, until, e.Source, review)
}

// dates words a span; a blank end is one that nobody read.
func dates(from, to registry.Date) string {
	s := "start not known"
	if from != "" {
		s = "from " + string(from)
	}
	if to != "" {
		s += " to " + string(to)
	}
	return s
}

type jsonMatch struct {
	Kind         string            `json:"kind"`
	Found        string            `json:"found"`
	Possible     bool              `json:"possible"`
	Why          string            `json:"why,omitempty"`
	Source       string            `json:"source"`
	Reviewed     bool              `json:"reviewed"`
	InForce      string            `json:"inForce,omitempty"`
	Organisation *jsonOrganisation `json:"organisation"`
	Owners       []jsonEdge        `json:"owners"`
	History      []jsonEdge        `json:"history,omitempty"`
}

type jsonOrganisation struct {
	ID             string   `json:"id"`
	Name           string   `json:"name"`
	Aliases        []string `json:"aliases"`
	Registered     string   `json:"registered,omitempty"`
	Headquarters   string   `json:"headquarters,omitempty"`
	LEI            string   `json:"lei,omitempty"`
	UltimateParent string   `json:"ultimateParent,omitempty"`
	Source         string   `json:"source"`
	Reviewed       bool     `json:"reviewed"`
	// SeatsAsOf is the day on which the two countries were looked up: there is no
	// history of them. The two others tell which was read in a source.
	SeatsAsOf        string `json:"seatsAsOf,omitempty"`
	RegisteredRead   bool   `json:"registeredRead"`
	HeadquartersRead bool   `json:"headquartersRead"`
}

type jsonEdge struct {
	Owner    string  `json:"owner"`
	Share    float64 `json:"sharePercent,omitempty"`
	Kind     string  `json:"kind"`
	From     string  `json:"from,omitempty"`
	To       string  `json:"to,omitempty"`
	Source   string  `json:"source"`
	Reviewed bool    `json:"reviewed"`
}

// MatchesJSON writes the same as one array.
func MatchesJSON(w io.Writer, reg *registry.Registry, ms []registry.Match, history bool) error {
	out := []jsonMatch{}
	for _, m := range ms {
		j := jsonMatch{Kind: m.Kind, Found: m.Found, Possible: m.Possible, Why: m.Why, Source: m.Source, Reviewed: m.Reviewed, Owners: edges(reg, m.Owners)}
		if m.Kind == registry.KindLine {
			j.InForce = m.Force.String()
		}
		if o := m.Organisation; o != nil {
			j.Organisation = organisation(o)
			if m.Parent.Ultimate != nil && m.Parent.Ultimate.ID != o.ID {
				j.Organisation.UltimateParent = m.Parent.Ultimate.LegalName
			}
		}
		if history {
			j.History = edges(reg, m.History)
		}
		out = append(out, j)
	}
	return writeJSON(w, out)
}

func organisation(o *registry.Organisation) *jsonOrganisation {
	return &jsonOrganisation{
		ID: o.ID, Name: o.LegalName, Aliases: some(o.Aliases), Registered: o.Registered, Headquarters: o.Headquarters,
		LEI: o.LEI, Source: o.Source, Reviewed: o.Reviewed, SeatsAsOf: string(o.SourceDate),
		RegisteredRead: seatRead(o, fieldRegistered), HeadquartersRead: seatRead(o, fieldHeadquarters),
	}
}

func edges(reg *registry.Registry, es []registry.Edge) []jsonEdge {
	out := []jsonEdge{}
	for _, e := range es {
		name := e.Owner
		if o, ok := reg.Organisation(e.Owner); ok {
			name = o.LegalName
		}
		out = append(out, jsonEdge{name, e.Share, e.Kind, string(e.From), string(e.To), e.Source, e.Reviewed})
	}
	return out
}

// OrganisationsJSON writes all organisations as one array.
func OrganisationsJSON(w io.Writer, reg *registry.Registry) error {
	out := []*jsonOrganisation{}
	for _, o := range reg.Organisations() {
		out = append(out, organisation(o))
	}
	return writeJSON(w, out)
}

// Organisations writes a line for each organisation.
func Organisations(w io.Writer, reg *registry.Registry) error {
	p := &printer{w: w}
	rows := [][]string{{"ID", "NAME", "HEADQUARTERS", "REVIEWED"}}
	for _, o := range reg.Organisations() {
		reviewed := "yes"
		if !o.Reviewed {
			reviewed = "no"
		}
		rows = append(rows, []string{o.ID, o.LegalName, cmp.Or(o.Headquarters, "?"), reviewed})
	}
	p.table(rows)
	return p.err
}
