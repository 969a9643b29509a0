package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/sbom"
)

func TestWords(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Count(0, "part"), "0 parts"},
		{Count(1, "part"), "1 part"},
		{Count(2, "entry"), "2 entries"},
		{Count(2, "day"), "2 days"},
		{sentence("ask its maker"), "Ask its maker."},
		{sentence("Ask its maker.."), "Ask its maker."},
		{sentence("who is it?"), "Who is it?"},
		{sentence("également"), "Également."},
		{sentence(" . "), ""},
		{few([]string{"a", "b", "c"}, 2), "a; b; c"},
		{few([]string{"a", "b", "c", "d"}, 2), "a; b and 2 more"},
		{ShellWord("a/b.json"), "a/b.json"},
		{ShellWord("it's"), `'it'\''s'`},
		{ShellWord(""), "''"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// In the order of a reader's questions: what failed, what cannot be told, what to
// do next; parts with the same reason share a line; all broken parts are named.
func TestTextIsShort(t *testing.T) {
	r := &policy.Record{Result: &policy.Result{Verdict: policy.Fail}, Claims: []policy.ClaimRecord{{File: "c", Status: "weak", Remedy: "ask for the key"}}}
	for i := range 30 {
		for _, v := range []policy.Verdict{policy.Fail, policy.Undecided, policy.Warn} {
			f := policy.Finding{Pack: "p", Rule: "R-" + string(v), Verdict: v, Why: "because", Component: policy.Subject{Name: fmt.Sprintf("part-%d-%s", i, v)}, Fix: "do " + string(v) + "."}
			if v == policy.Warn {
				f.Why += fmt.Sprint(i)
			}
			r.Result.Findings = append(r.Result.Findings, f)
		}
	}
	r.Result.Waivers = []policy.WaiverNote{{Waiver: "W-1", Why: "it expired on 2026-01-01"}}
	var b bytes.Buffer
	if err := Text(&b, &sbom.Document{}, r); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	last := -1
	for _, heading := range []string{"Findings:  30 broken, 30 cannot be told, 30 to be looked at", "BROKEN (30)", "CANNOT TELL (30)", "WARNINGS (30)", "WHAT TO DO NEXT", "CLAIMS"} {
		at := strings.Index(text, heading)
		if at <= last {
			t.Errorf("%q stands at %d, after %d", heading, at, last)
		}
		last = at
	}
	for _, want := range []string{
		"part-29-fail: because\n", "part-7-unknown and 22 more: because\n", "18 more: originbom explain BOM R-warn tells each",
		"1. Do fail.   (for part-0-fail; part-1-fail; part-2-fail; part-3-fail; part-4-fail; part-5-fail and 24 more)",
		"4. Ask for the key.   (for claim c)", "5. Renew the waiver, correct it, or take it out of the waiver file: it expired on 2026-01-01.   (for waiver W-1)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if n := strings.Count(text, "\n"); n > 45 {
		t.Errorf("%d lines", n)
	}
}

func TestGroups(t *testing.T) {
	fs := []policy.Finding{{Why: "a", Component: policy.Subject{Name: "1"}}, {Why: "b", Component: policy.Subject{Name: "2"}}, {Why: "a", Component: policy.Subject{Name: "3"}}}
	want := []group{{[]string{"1", "3"}, "a"}, {[]string{"2"}, "b"}}
	if diff := cmp.Diff(want, groups(fs), cmp.AllowUnexported(group{})); diff != "" {
		t.Error(diff)
	}
}
