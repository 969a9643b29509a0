package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/visible"
)

// This file writes verdicts for the pages of forges: GitLab's code quality,
// GitHub's annotations, Markdown for job summaries.

type gitlabIssue struct {
	Description string         `json:"description"`
	CheckName   string         `json:"check_name"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"`
	Location    gitlabLocation `json:"location"`
}

type gitlabLocation struct {
	Path  string      `json:"path"`
	Lines gitlabLines `json:"lines"`
}

type gitlabLines struct {
	Begin int `json:"begin"`
}

var gitlabSeverity = map[policy.Verdict]string{policy.Fail: "critical", policy.Undecided: "major", policy.Warn: "minor", policy.Waived: "info"}

// GitLab writes the findings that are no pass as a GitLab code quality report.
// Fingerprints are unique within it. A pack that bears another's id is an issue too.
func GitLab(w io.Writer, r *policy.Record) error {
	out := []gitlabIssue{}
	seen := map[string]int{}
	for i := range r.Result.Findings {
		f := &r.Result.Findings[i]
		severity, ok := gitlabSeverity[f.Verdict]
		if !ok {
			continue
		}
		out = append(out, gitlabIssue{
			Description: oneLine(r, f), CheckName: f.Pack + "/" + f.Rule, Fingerprint: fingerprint(f, seen), Severity: severity,
			Location: gitlabLocation{place(r), gitlabLines{max(f.Component.Line, 1)}},
		})
	}
	for _, words := range foreign(r) {
		sum := sha256.Sum256([]byte(words))
		out = append(out, gitlabIssue{
			Description: words, CheckName: "originbom/PACKS", Fingerprint: hex.EncodeToString(sum[:16]), Severity: "info", Location: gitlabLocation{place(r), gitlabLines{1}},
		})
	}
	return writeJSON(w, out)
}

// maxAnnotations is how many annotations of one kind GitHub shows for a step.
const maxAnnotations = 10

// GitHub writes the findings as workflow commands, which GitHub shows beside
// the BOM's lines. It shows ten errors and ten warnings a step; what is beyond
// is counted in a notice.
func GitHub(w io.Writer, r *policy.Record) error {
	p := &printer{w: w}
	count := map[string]int{}
	for i := range r.Result.Findings {
		f := &r.Result.Findings[i]
		kind := "warning"
		switch f.Verdict {
		case policy.Pass, policy.NotApplicable, policy.Waived:
			continue
		case policy.Fail:
			kind = "error"
		}
		if count[kind]++; count[kind] > maxAnnotations {
			continue
		}
		p.line("::%s %stitle=%s::%s", kind, where(r, f), command(f.Rule+": "+string(f.Verdict), true), command(oneLine(r, f), false))
	}
	more := max(0, count["error"]-maxAnnotations) + max(0, count["warning"]-maxAnnotations)
	summary := fmt.Sprintf("verdict %s as of %s", strings.ToUpper(string(r.Result.Verdict)), r.AsOf)
	if more > 0 {
		summary += fmt.Sprintf("; not shown here: %s", Count(more, "more finding"))
	}
	summary = strings.Join(append([]string{summary}, foreign(r)...), "; ")
	p.line("::notice title=originbom::%s", command(summary, false))
	return p.err
}

// where is the place of a finding for a workflow command. A BOM that lies outside
// the working directory has none: its name could be that of another file there.
func where(r *policy.Record, f *policy.Finding) string {
	if r.Path == "" {
		return ""
	}
	return fmt.Sprintf("file=%s,line=%d,", command(r.Path, true), max(f.Component.Line, 1))
}

// command escapes text for a workflow command; a property also its separators.
func command(s string, property bool) string {
	s = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
	if property {
		s = strings.NewReplacer(":", "%3A", ",", "%2C").Replace(s)
	}
	return s
}

// maxMarkdownRows bounds a table: a job summary holds 1 MiB.
const maxMarkdownRows = 500

// Markdown writes a verdict for a job summary or a merge request.
func Markdown(w io.Writer, d *sbom.Document, r *policy.Record) error {
	p := &printer{w: w}
	res := r.Result
	p.line("## %s: %s", markdown(deviceName(&d.Device)), strings.ToUpper(string(res.Verdict)))
	p.line("")
	p.line("%s", markdown(strings.Join([]string{
		sentence(verdictWords[res.Verdict]), sentence("judged as of " + r.AsOf + " by " + packWords(r)), sentence("signature " + signatureWords(r)),
	}, " ")))
	p.line("")
	p.line("%s", markdown(sentence(Coverage(res.Coverage))))
	p.line("")
	p.line("%s", markdown(sentence("findings: "+tally(res.Findings))))
	rows := 0
	for _, v := range []policy.Verdict{policy.Fail, policy.Undecided, policy.Warn, policy.Waived} {
		fs := withVerdict(res.Findings, v)
		if len(fs) == 0 {
			continue
		}
		p.line("")
		p.line("### %s (%d)", upperFirst(strings.ToLower(headings[v])), len(fs))
		p.line("")
		p.line("| Rule | Part | Why | What to do |")
		p.line("| --- | --- | --- | --- |")
		for _, f := range fs {
			if rows++; rows > maxMarkdownRows {
				break
			}
			p.line("| %s | %s | %s | %s |", markdown(f.Rule), markdown(subjectName(f.Component)), markdown(f.Why), markdown(sentence(f.Fix)))
		}
	}
	if rows > maxMarkdownRows {
		p.line("")
		p.line("Only the first %d findings are shown.", maxMarkdownRows)
	}
	for _, n := range res.Waivers {
		p.line("")
		p.line("Waiver %s does not apply: %s", markdown(n.Waiver), markdown(sentence(n.Why)))
	}
	for _, w := range overrideWords(r.Packs) {
		p.line("")
		p.line("Overridden: %s", markdown(sentence(w)))
	}
	for _, n := range res.ByRef {
		p.line("")
		p.line("Waiver %s is weak: %s", markdown(n.Waiver), markdown(sentence(n.Why)))
	}
	p.line("")
	p.line("BOM `sha256:%s`, originbom %s.", r.Document, markdown(r.Tool))
	return p.err
}

// markdown escapes text so that a part's name cannot become a link, an image,
// markup or a new row.
func markdown(s string) string {
	s = visible.Text(strings.Join(strings.Fields(s), " "))
	return strings.NewReplacer(
		`\`, `\\`, "|", `\|`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "!", `\!`, "@", "&#64;", "#", `\#`, "://", "&#58;//",
	).Replace(s)
}
