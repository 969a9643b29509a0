package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// This file judges ends of support: of parts by their name and version, and of
// what a trust fact tells, by its value.

// supported judges whether support has ended on the rule's day.
func (ev *evaluation) supported(r *Rule, s *subject) outcome {
	day, missing := ev.when(r, s)
	if missing != "" {
		return r.open("", "%s", missing)
	}
	date := day.Format(time.DateOnly)
	if until := firstOf(s.property(propSupport)); len(until) >= len(time.DateOnly) && isDate(until[:len(time.DateOnly)]) {
		until = until[:len(time.DateOnly)]
		if until < date {
			return say(Fail, "support ended on %s (as the BOM says)", until)
		}
		return say(Pass, "supported until %s (as the BOM says)", until)
	}
	state, words := r.Require.Supported.at(s.Name, s.version, date)
	switch state {
	case supportEnded:
		return say(Fail, "%s", words)
	case supportGoesOn:
		return say(Pass, "%s", words)
	}
	return r.open("ask its maker until when this version is supported", "%s", words)
}

// Whether support has ended on a day.
type supportState int

const (
	supportUnknown supportState = iota
	supportGoesOn
	supportEnded
)

// at looks a version up. Where several branches may be meant, the answer is the
// one that all of them give, or unknown.
func (q *Supported) at(name, version, date string) (supportState, string) {
	rows := q.rows(name, version)
	if len(rows) == 0 {
		return supportUnknown, strings.Join(strings.Fields(fmt.Sprintf("it is not known until when %s %s is supported", name, version)), " ")
	}
	var ended, on []string
	for _, d := range rows {
		switch {
		case d.Until == "" && d.Seen < date:
			return supportUnknown, fmt.Sprintf("%s was supported on %s, and what followed is not known (%s)", d.words(), d.Seen, q.from())
		case d.Until == "":
			on = append(on, fmt.Sprintf("%s was supported on %s", d.words(), d.Seen))
		case d.Until < date:
			ended = append(ended, fmt.Sprintf("support of %s ended on %s", d.words(), d.Until))
		default:
			on = append(on, fmt.Sprintf("%s is supported until %s", d.words(), d.Until))
		}
	}
	words := fmt.Sprintf("%s (%s)", strings.Join(append(ended, on...), "; "), q.from())
	switch {
	case len(ended) == 0:
		return supportGoesOn, words
	case len(on) == 0:
		return supportEnded, words
	}
	return supportUnknown, fmt.Sprintf("%s may be of either branch: %s", version, words)
}

// rows are those that a version may be meant by: of the rows with the longest
// version it begins with, those that its build tells, else those that ask for
// none.
func (q *Supported) rows(name, version string) []SupportDate {
	best, built := -1, false
	var out []SupportDate
	for _, d := range q.Products {
		fits := d.Name == "" || glob(d.Name, name)
		fits = fits && (d.Version == "" || version == d.Version || strings.HasPrefix(version, d.Version+".") || strings.HasPrefix(version, d.Version+"-"))
		if !fits || version == "" || d.Build != "" && !glob(d.Build, version) {
			continue
		}
		n, b := len(d.Version), d.Build != ""
		switch {
		case n > best || n == best && b && !built:
			best, built, out = n, b, []SupportDate{d}
		case n == best && b == built:
			out = append(out, d)
		}
	}
	return out
}

func (q *Supported) from() string { return strings.TrimSpace(q.Source + " " + q.AsOf) }

func (d *SupportDate) words() string {
	if d.Branch != "" {
		return d.Branch
	}
	return strings.TrimSpace(d.Name + " " + d.Version)
}

// checkSupported checks a table. Rows of parts name them; those of a trust fact
// are told apart by its value alone.
func checkSupported(q *Supported, named bool, bad func(string, ...any)) {
	if q == nil {
		return
	}
	for _, d := range q.Products {
		switch {
		case named == (d.Name == ""):
			bad("supported.products: %s %s: a row of parts wants a name, one of a trust fact has none", d.Name, d.Version)
		case !slices.ContainsFunc([]string{d.Until, d.Seen}, isDate) || d.Until != "" && d.Seen != "":
			bad("supported.products: %s %s: wants until: 2026-12-31, or seen: the day on which it was supported still", d.Name, d.Version)
		case d.Build != "" && d.Version == "":
			bad("supported.products: %s: build wants the version that it is of", d.Name)
		}
	}
}
