package report

import (
	"encoding/xml"
	"io"
	"strings"

	"github.com/originbom/originbom/policy"
)

// The JUnit form of a verdict: a test suite for each rule, a test case for each
// finding. A fail is a failure, an unknown an error (it could not be told), a
// waived finding and one that does not apply are skipped; a warning passes and
// says so in its output. Suites bear the judging date, not the time of the run.
type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name      string      `xml:"name,attr"`
	Tests     int         `xml:"tests,attr"`
	Failures  int         `xml:"failures,attr"`
	Errors    int         `xml:"errors,attr"`
	Skipped   int         `xml:"skipped,attr"`
	Timestamp string      `xml:"timestamp,attr"`
	Cases     []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	File    string        `xml:"file,attr"`
	Line    int           `xml:"line,attr,omitempty"`
	Skipped *junitMessage `xml:"skipped"`
	Error   *junitMessage `xml:"error"`
	Failure *junitMessage `xml:"failure"`
	Out     string        `xml:"system-out,omitempty"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// JUnit writes a verdict as JUnit XML.
func JUnit(w io.Writer, r *policy.Record) error {
	top := junitSuites{Name: "originbom " + r.Subject}
	at := map[string]int{}
	for i := range r.Result.Findings {
		f := &r.Result.Findings[i]
		name := f.Pack + "/" + f.Rule
		n, ok := at[name]
		if !ok {
			n = len(top.Suites)
			at[name] = n
			title := name + ": " + f.Title
			if isForeign(r, f) {
				title += " (" + notOurs + ")"
			}
			top.Suites = append(top.Suites, junitSuite{Name: clean(title), Timestamp: r.AsOf + "T00:00:00Z"})
		}
		top.Suites[n].add(r, f)
	}
	for _, s := range top.Suites {
		top.Tests, top.Failures, top.Errors = top.Tests+s.Tests, top.Failures+s.Failures, top.Errors+s.Errors
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(top); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s *junitSuite) add(r *policy.Record, f *policy.Finding) {
	c := junitCase{Name: clean(subjectName(f.Component) + " (" + f.Component.Ref + ")"), Class: clean(f.Pack + "." + f.Rule), File: clean(place(r)), Line: f.Component.Line}
	text := clean(oneLine(r, f))
	s.Tests++
	switch f.Verdict {
	case policy.Fail:
		s.Failures++
		c.Failure = &junitMessage{clean(f.Why), "fail", text}
	case policy.Undecided:
		s.Errors++
		c.Error = &junitMessage{clean(f.Why), "unknown", text}
	case policy.Waived, policy.NotApplicable:
		s.Skipped++
		c.Skipped = &junitMessage{Message: clean(string(f.Verdict) + ": " + f.Why)}
	case policy.Warn:
		c.Out = text
	}
	s.Cases = append(s.Cases, c)
}

// clean takes out what XML 1.0 cannot hold.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xFFFE || r == 0xFFFF {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}
