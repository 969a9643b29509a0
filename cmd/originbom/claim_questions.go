package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/policy/assess"
	"github.com/originbom/originbom/policy/report"
	"github.com/originbom/originbom/provenance/claim"
	"github.com/originbom/originbom/provenance/verify"
	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/visible"
)

func newClaimQuestionsCmd() *cobra.Command {
	c := claimFlags{trustIsOptional: true}
	var dir, least string
	var policies []string
	cmd := &cobra.Command{
		Use:   "questions BOM",
		Short: "one request to each supplier about what is not known",
		Long: `Questions groups what a BOM does not tell by the party that can answer, and writes a
folder for each: request.md, a letter that says what is asked and how to answer;
answers.csv, a spreadsheet to fill in; and a claim template a part.

With --policy it asks for what the rules need and do not find; otherwise for the
maker of each part, and where it was made (of a chip: wafer and package). With
--min-grade signed it also asks for a signature under what is only declared.

A filled-in answers.csv (or the same sheet as .xlsx) is an input of generate: what
it says is declared by the company that it names. Turned into claims by claim new
--from and signed by the supplier, it is signed.`,
		Example: `  originbom claim questions phone.cdx.json -o questions/
  originbom claim questions phone.cdx.json --policy ./ours.yaml --trust trust.yaml --min-grade signed`,
		Args: args(1, 1, "one BOM"),
		RunE: func(cmd *cobra.Command, args []string) error {
			grade, ok := sbom.ParseGrade(least)
			if !ok {
				return fmt.Errorf("--min-grade: %q is not a choice: known are listed, declared, described, observed, signed", least)
			}
			if err := folderFlag(dir); err != nil {
				return err
			}
			requests, err := c.questions(cmd, args[0], policies, grade)
			if err != nil {
				return err
			}
			if len(requests) == 0 {
				fmt.Fprintln(cmd.ErrOrStderr(), "originbom: nothing is open: no request was written")
				return nil
			}
			return writeRequests(cmd, dir, requests)
		},
	}
	c.add(cmd)
	f := cmd.Flags()
	f.StringVar(&c.claims, "claims", "", "claim bundle, or folder of them, that came beside the BOM")
	f.StringArrayVar(&policies, "policy", nil, "ask for what these packs need; may be given again")
	f.StringVar(&least, "min-grade", "declared", "from which grade on a fact is known: declared, signed ...")
	f.StringVarP(&dir, "output", "o", "questions", "folder to write to")
	return cmd
}

func (c *claimFlags) questions(cmd *cobra.Command, bom string, policies []string, least sbom.Grade) ([]claim.Request, error) {
	data, err := readInput(cmd.InOrStdin(), bom, verify.MaxBOMSize)
	if err != nil {
		return nil, err
	}
	r, err := c.reader(time.Now())
	if err != nil {
		return nil, err
	}
	if len(policies) > 0 {
		return c.fromRules(bom, data, policies, r)
	}
	dec, err := sbom.Decode(bom, data)
	if err != nil {
		return nil, err
	}
	r.Written.Digest = dec.Source.Digest
	joined, err := assess.JoinClaims(dec.Document, r)
	if err != nil {
		return nil, err
	}
	t := sbom.Trust{Claims: joined.Claims}
	return claim.Questions(joined.Document, claim.Unknowns(joined.Document, t, least), t), nil
}

// fromRules asks for the facts that rules judged and did not find well enough.
func (c *claimFlags) fromRules(bom string, data []byte, policies []string, r assess.ClaimReader) ([]claim.Request, error) {
	dir, err := hostPath(".")
	if err != nil {
		return nil, err
	}
	j := assess.Judgement{Name: filepath.Base(bom), BOM: data, Trust: r.Trust, Registry: r.Registry, AsOf: r.AsOf, VerifyAt: r.Now, Claims: r.More, Tool: toolVersion}
	if j.Packs, err = assess.ReadPacks(host(), dir, policies); err != nil {
		return nil, err
	}
	doc, rec, err := assess.Judge(j)
	if err != nil {
		return nil, err
	}
	var needs []claim.Need
	for _, f := range rec.Result.Findings {
		open := slices.Contains([]policy.Verdict{policy.Fail, policy.Undecided, policy.Warn}, f.Verdict)
		if open && (sbom.IsStage(f.Fact) || f.Fact == sbom.Manufacturer) && !answered(f) {
			needs = append(needs, claim.Need{Ref: f.Component.Ref, Stage: f.Fact, Why: f.Rule})
		}
	}
	return claim.Questions(doc, needs, sbom.Trust{Claims: rec.Carried()}), nil
}

// answered reports whether a finding rests on a signed value: asking again
// would not change it.
func answered(f policy.Finding) bool {
	return f.State == sbom.StateKnown && slices.ContainsFunc(f.Evidence, func(v policy.GradedValue) bool { return v.Grade == sbom.Signed })
}

func writeRequests(cmd *cobra.Command, dir string, requests []claim.Request) error {
	var outs []output
	taken := map[string]bool{}
	unique := func(name, end string) string {
		for n := 2; taken[name+end]; n++ {
			name = fmt.Sprintf("%s-%d", name, n)
		}
		taken[name+end] = true
		return name + end
	}
	for _, r := range requests {
		folder := unique(filepath.Join(dir, cmp.Or(fileName(r.To), "unknown-supplier")), "")
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return fileError(folder, err)
		}
		sheet, err := r.CSV()
		if err != nil {
			return err
		}
		outs = append(outs, output{filepath.Join(folder, "request.md"), r.Markdown("answers.csv"), 0o644}, output{filepath.Join(folder, "answers.csv"), sheet, 0o644})
		for _, q := range r.Questions {
			if q.Template.Part.PartNumber == "" {
				continue
			}
			name := unique(filepath.Join(folder, cmp.Or(fileName(q.Template.Part.PartNumber), "part")), ".claim.yaml")
			outs = append(outs, output{name, q.Template.YAML(filepath.Base(name)), 0o644})
		}
	}
	for _, o := range outs { // answers that somebody filled in are not overwritten
		if old, err := os.ReadFile(o.name); err == nil && !bytes.Equal(old, o.data) {
			return fmt.Errorf("%s: exists and is not what would be written, such as a filled-in answer: give another --output", o.name)
		}
	}
	if err := writeFiles(nil, outs...); err != nil {
		return err
	}
	for _, r := range requests {
		visible.Fprintf(cmd.OutOrStdout(), "%s: %s\n", cmp.Or(r.To, "nobody can be named, so ask whoever sold them"), report.Count(len(r.Questions), "part"))
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "originbom: wrote %s under %s\n", report.Count(len(outs), "file"), dir)
	nextSteps(cmd.ErrOrStderr(), filepath.Dir(outs[0].name))
	return nil
}

// nextSteps says what to do with the folders, by the example of the first.
func nextSteps(w io.Writer, folder string) {
	sheet := shellWord(filepath.Join(folder, "answers.csv"))
	visible.Fprintf(w, `originbom: next: send each folder to whom it is for; they need no program, only the spreadsheet.
originbom: next: once it is filled in (CSV or .xlsx), give it as an input beside the others; it counts as declared:
originbom:   originbom generate INPUT... %s -o phone.cdx.json
originbom: next: or have the supplier sign it, which counts as signed if your trust file names them:
originbom:   originbom claim new --from %s -o claims/
originbom:   originbom claim sign claims/PART.claim.yaml --key SUPPLIER.key
`, sheet, sheet)
}

// shellWord quotes a name for a POSIX shell where it must be.
func shellWord(name string) string {
	if !strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_./+,:@", r)
	}) {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}
