package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/score"
)

// This file judges what needs no set and no party: completeness, versions, ends
// of support, properties, minimum elements.

// completeness judges how whole the document is.
func (ev *evaluation) completeness(r *Rule) outcome {
	q := r.Require.Completeness
	var why []string
	verdict := Verdict(Pass)
	if q.Assembly == "complete" {
		v, w := ev.declaredComplete(r)
		verdict, why = Worst(verdict, v), append(why, w)
	}
	if q.Identified != nil {
		cov, n := ev.Document.Coverage(), 0
		for _, c := range sbom.PhoneCategories {
			if slices.Contains(cov.Identified, c) {
				n++
			}
		}
		got := 100 * float64(n) / float64(len(sbom.PhoneCategories))
		why = append(why, fmt.Sprintf("%d of the %d kinds of part that every phone has are identified (%.0f %%; the rule asks for %g %%)", n, len(sbom.PhoneCategories), got, *q.Identified))
		if got < *q.Identified {
			verdict = Worst(verdict, r.OnUnknown)
		}
	}
	o := say(verdict, "%s", strings.Join(why, "; "))
	o.fix = r.Fix
	return o
}

// declaredComplete judges what the device and its assemblies declare.
func (ev *evaluation) declaredComplete(r *Rule) (Verdict, string) {
	verdict := Verdict(Pass)
	var not []string
	for _, s := range append([]*subject{&ev.device}, ev.subjects...) {
		switch {
		case s.assembly == "complete" || s.assembly == "" && s.kind != "":
		case strings.HasPrefix(s.assembly, "incomplete"):
			verdict, not = Fail, append(not, subjectWords(s)+" (incomplete)")
		default:
			verdict, not = Worst(verdict, r.OnUnknown), append(not, subjectWords(s)+" (unknown)")
		}
	}
	if len(not) == 0 {
		return Pass, "every list of parts is declared complete"
	}
	return verdict, "lists of parts that are not declared complete: " + strings.Join(not[:min(len(not), maxNamed)], ", ")
}

// score judges the minimum elements of a standard.
func (ev *evaluation) score(r *Rule) outcome {
	q := r.Require.Score
	std, ok := score.Find(q.Standard)
	if !ok {
		return r.open("", "no standard %q", q.Standard)
	}
	data, err := ev.Raw, error(nil)
	if data == nil {
		data, err = sbom.Encode(ev.Document, sbom.Spec17)
	}
	var card score.Card
	if err == nil {
		card, err = std.Score(data, score.Facts{Signed: len(ev.Signed.By) > 0, SignatureJudged: ev.Signed.Checked})
	}
	if err != nil {
		return r.open("", "the document could not be scored: %s", err)
	}
	got := card.Percent()
	words := fmt.Sprintf("%s: %.1f %% of what applies is present or declared unknown; the rule asks for %g %%", std.Title, got, q.AtLeast)
	if missing := card.Missing(); len(missing) > 0 {
		words += "; absent: " + strings.Join(missing[:min(len(missing), maxNamed)], ", ")
	}
	if got+nearly < q.AtLeast {
		return say(Fail, "%s", words)
	}
	return say(Pass, "%s", words)
}

var versionForm = regexp.MustCompile(`^v?([0-9]{1,9}(?:\.[0-9]{1,9}){0,5})(?:[-+~_.].*)?$`)

// parseVersion reads the numbers that a version begins with.
func parseVersion(s string) ([]int, bool) {
	m := versionForm.FindStringSubmatch(s)
	if m == nil {
		return nil, false
	}
	var out []int
	for part := range strings.SplitSeq(m[1], ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil, false
		}
		out = append(out, n)
	}
	return out, true
}

// versionRange judges a version number by number.
func (ev *evaluation) versionRange(r *Rule, s *subject) outcome {
	q, deny := r.Require, r.Deny != nil
	if deny {
		q = r.Deny
	}
	got, ok := parseVersion(s.version)
	if !ok {
		return r.open("add an input that tells the version", "its version (%q) is not known or has no numbers", s.version)
	}
	in := true
	if lo, ok := parseVersion(q.Version.AtLeast); ok {
		in = in && compareVersions(got, lo) >= 0
	}
	if hi, ok := parseVersion(q.Version.AtMost); ok {
		in = in && compareVersions(got, hi) <= 0
	}
	words := fmt.Sprintf("its version is %s", s.version)
	if q.Version.AtLeast != "" {
		words += ", at least " + q.Version.AtLeast
	}
	if q.Version.AtMost != "" {
		words += ", at most " + q.Version.AtMost
	}
	if in == deny {
		return say(Fail, "%s: %s", words, map[bool]string{true: "denied", false: "not met"}[deny])
	}
	return say(Pass, "%s", words)
}

// compareVersions compares number by number; a missing one is 0.
func compareVersions(a, b []int) int {
	for i := range max(len(a), len(b)) {
		x, y := 0, 0
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			return x - y
		}
	}
	return 0
}

// propertyTest compares a property. Several values must all hold.
func (ev *evaluation) propertyTest(r *Rule, s *subject) outcome {
	q, deny := r.Require, r.Deny != nil
	if deny {
		q = r.Deny
	}
	values := s.property(q.Property.Name)
	if len(values) == 0 {
		return r.open("add an input that tells it", "%s is not told", q.Property.Name)
	}
	for _, v := range values {
		holds, ok := q.Property.holds(v, ev.AsOf)
		words := fmt.Sprintf("%s is %s", q.Property.Name, v)
		switch {
		case !ok:
			return r.open("correct the value", "%s, which cannot be compared", words)
		case holds == deny:
			return say(Fail, "%s; the rule %s %s", words, map[bool]string{true: "denies", false: "asks for"}[deny], q.Property.words())
		}
	}
	return say(Pass, "%s is %s", q.Property.Name, strings.Join(values, ", "))
}

// holds compares one value; ok is false where it is no number or date.
func (t *PropertyTest) holds(v string, now time.Time) (holds, ok bool) {
	if len(t.Equals) > 0 {
		return slices.Contains(t.Equals, v), true
	}
	if t.MaxAge != "" {
		day, err := time.Parse(time.DateOnly, v)
		n, err2 := strconv.Atoi(strings.TrimSuffix(t.MaxAge, "d"))
		return err == nil && !day.AddDate(0, 0, n).Before(now.Truncate(24*time.Hour)), err == nil && err2 == nil
	}
	n, err := strconv.ParseFloat(v, 64)
	return (t.AtLeast == nil || n >= *t.AtLeast) && (t.AtMost == nil || n <= *t.AtMost), err == nil
}

func (t *PropertyTest) words() string {
	var out []string
	if len(t.Equals) > 0 {
		out = append(out, strings.Join(t.Equals, " or "))
	}
	if t.AtLeast != nil {
		out = append(out, fmt.Sprintf("at least %g", *t.AtLeast))
	}
	if t.AtMost != nil {
		out = append(out, fmt.Sprintf("at most %g", *t.AtMost))
	}
	if t.MaxAge != "" {
		out = append(out, "an age of at most "+t.MaxAge)
	}
	return strings.Join(out, " and ")
}

// glob matches a whole name without regard to case; * stands for any text, ?
// for one character.
func glob(pattern, name string) bool {
	p, n := []rune(strings.ToLower(pattern)), []rune(strings.ToLower(name))
	star, mark, i, j := -1, 0, 0, 0
	for j < len(n) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark, i = i, j, i+1
		case i < len(p) && (p[i] == '?' || p[i] == n[j]):
			i, j = i+1, j+1
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(string(p[i:]), "*") == ""
}
