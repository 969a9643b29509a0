package main

import (
	"bytes"
	"time"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/policy/assess"
	"github.com/originbom/originbom/policy/report"
	"github.com/originbom/originbom/sbom/visible"
)

func newReportCmd() *cobra.Command {
	c := checkFlags{unjudged: true}
	var file string
	cmd := &cobra.Command{
		Use:   "report BOM -o report.html",
		Short: "one page for people: parts, makers, origins, evidence, and the verdict",
		Long: `Report writes one HTML page that needs nothing else: it can be mailed, printed and
kept. It runs no script and loads nothing. Every part unfolds to its evidence.

With --policy the BOM is judged as check does, the page begins with the verdict,
and the exit status is that of the verdict. Without it nothing is judged, the page
says so, and the exit status is 0, or 1 if a signature is there and not accepted.`,
		Example: `  originbom report phone.cdx.json --trust trust.yaml -o report.html
  originbom report phone.cdx.json --policy handset-baseline --policy ./ours.yaml --trust trust.yaml -o report.html`,
		Args: args(1, 1, "one BOM"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("--fail-on", c.failOn, "fail", "unknown", "warn"); err != nil {
				return err
			}
			return c.report(cmd, args[0], file, time.Now())
		},
	}
	c.addSources(cmd)
	c.addJudging(cmd)
	cmd.Flags().StringVarP(&file, "output", "o", "-", "file for the page; - is standard output")
	cmd.Flags().StringVar(&c.failOn, "fail-on", "unknown", "from which verdict on the exit status is not 0: fail, unknown, warn")
	return cmd
}

func (c *checkFlags) report(cmd *cobra.Command, bom, file string, now time.Time) error {
	j, err := c.dates(now)
	if err != nil {
		return err
	}
	if j, err = c.read(cmd, bom, j); err != nil {
		return err
	}
	doc, rec, err := assess.Judge(j)
	if err != nil {
		return err
	}
	t, failOn := judgesTrust(rec), c.failOn
	if len(j.Packs) == 0 {
		t.AsWritten = true // as show does: the BOM's word stands as it is written
		failOn = "fail"
	}
	var page bytes.Buffer
	if err := report.HTML(&page, doc, rec, t); err != nil {
		return err
	}
	if err := writeFiles(cmd.OutOrStdout(), output{file, page.Bytes(), 0o644}); err != nil {
		return err
	}
	if file != "-" {
		visible.Fprintf(cmd.ErrOrStderr(), "originbom: wrote %s\n", file)
	}
	return status(rec.Result.Verdict, failOn)
}
