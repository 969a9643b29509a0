package registry

import (
	"fmt"
	"time"
)

// A Date is an ISO 8601 day, month (2016-07) or year (2016); "" if not known.
type Date string

// span gives the first and the last day that the date may mean.
func (d Date) span() (first, last time.Time, err error) {
	s := string(d)
	switch len(s) {
	case len("2006"):
		first, err = time.Parse("2006", s)
		last = first.AddDate(1, 0, -1)
	case len("2006-01"):
		first, err = time.Parse("2006-01", s)
		last = first.AddDate(0, 1, -1)
	case len("2006-01-02"):
		first, err = time.Parse("2006-01-02", s)
		last = first
	default:
		err = fmt.Errorf("date %q is not a year, a month (2016-07) or a day (2016-07-01)", s)
	}
	if err != nil {
		return time.Time{}, time.Time{}, fmt.Errorf("date %q is not a year, a month (2016-07) or a day (2016-07-01)", s)
	}
	return first, last, nil
}

// Force says whether a record is in force on a day.
type Force int

// The answers, weakest first.
const (
	No      Force = iota
	Perhaps       // a date is not known well enough to tell
	Yes
)

// String gives "no", "perhaps" or "yes".
func (f Force) String() string { return [...]string{"no", "perhaps", "yes"}[min(max(f, No), Yes)] }

// In says whether the edge is in force on the day of at. With a blank From it
// is Yes from the day its source said so, and Perhaps before.
func (e Edge) In(at time.Time) Force {
	f := force(e.From, e.To, at)
	if f == Yes && e.From == "" {
		if _, seen, err := e.Seen.span(); err != nil || day(at).Before(seen) {
			return Perhaps
		}
	}
	return f
}

// In says whether the line was its organisation's on the day of at.
func (l Line) In(at time.Time) Force { return force(l.From, l.To, at) }

// force compares a day with the first day of a record and the first day without
// it. Dates were checked when they were loaded; one that cannot be read is as
// good as unknown.
func force(from, to Date, at time.Time) Force {
	d, f := day(at), Yes
	if first, last, err := from.span(); err == nil {
		switch {
		case d.Before(first):
			return No
		case d.Before(last):
			f = Perhaps
		}
	}
	if first, last, err := to.span(); err == nil {
		switch {
		case !d.Before(last):
			return No
		case !d.Before(first):
			f = Perhaps
		}
	}
	return f
}

// day gives the day of t, in the time zone that t is in.
func day(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
