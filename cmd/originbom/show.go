package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/policy/assess"
	"github.com/originbom/originbom/policy/report"
	"github.com/originbom/originbom/provenance"
	"github.com/originbom/originbom/provenance/verify"
	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/visible"
)

func newShowCmd() *cobra.Command {
	c := claimFlags{trustIsOptional: true}
	cmd := &cobra.Command{
		Use:   "show BOM [PART]",
		Short: "what is in a BOM, for people; with PART, the chain of evidence",
		Long: `Show lists the parts of a BOM with maker, owner, origin and how well each is known.
PART is a name, part number, category or ref; of it the whole chain of evidence is shown,
with the claims about it and why each one counts or does not.

The suppliers' claims that travel in the BOM are verified under --trust; without
it nobody is trusted, and they count as declared. The BOM's own signature is not
verified and nothing is judged: for other evidence the BOM's word is shown as it
stands. Owners are those that the BOM names; with --as-of or --registry, those
that your registry has on that day.`,
		Example: `  originbom show phone.cdx.json --trust trust.yaml
  originbom show phone.cdx.json HD6-AMS667 --trust trust.yaml
  originbom show phone.cdx.json --as-of 2020-06-01`,
		Args: args(1, 2, "a BOM and perhaps a part"),
		RunE: func(cmd *cobra.Command, args []string) error { return c.show(cmd, args) },
	}
	c.add(cmd)
	cmd.Flags().StringVar(&c.claims, "claims", "", "claim bundle, or folder of them, that came beside the BOM")
	cmd.Flags().StringVar(&c.format, "format", "text", "text or json")
	return cmd
}

// gradesShown tells whose word the grades are: nothing but claims is verified here.
const gradesShown = "Grades: [signed] was verified under your trust; every other grade is as the BOM says."

func (c *claimFlags) show(cmd *cobra.Command, args []string) error {
	if err := oneOf("--format", c.format, "text", "json"); err != nil {
		return err
	}
	data, err := readInput(cmd.InOrStdin(), args[0], verify.MaxBOMSize)
	if err != nil {
		return err
	}
	dec, err := sbom.Decode(args[0], data)
	if err != nil {
		return err
	}
	for _, n := range dec.Notes {
		visible.Fprintf(cmd.ErrOrStderr(), "originbom: note: %s\n", n)
	}
	r, err := c.reader(time.Now())
	if err != nil {
		return err
	}
	r.Written.Digest = dec.Source.Digest
	joined, err := assess.JoinClaims(dec.Document, r)
	if err != nil {
		return err
	}
	doc, t, claims := joined.Document, sbom.Trust{AsWritten: true, Claims: joined.Claims}, assess.ClaimRecords(joined.Outcomes)
	if c.asOf != "" || c.registry != "" {
		doc = provenance.OwnersAt(doc, r.Registry, r.AsOf)
	}
	part := ""
	if len(args) == 2 {
		part = args[1]
	}
	out := cmd.OutOrStdout()
	switch {
	case c.format == "json":
		return report.ShowJSON(out, doc, part, t)
	case part != "":
		if err := report.ShowPart(out, doc, part, t, claims); err != nil {
			return err
		}
		_, err := fmt.Fprintln(out, gradesShown)
		return err
	}
	if err := report.Show(out, doc, t); err != nil {
		return err
	}
	if err := report.ClaimLines(out, claims); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(out, gradesShown); err != nil {
		return err
	}
	if args[0] != "-" {
		for _, h := range report.Hints(doc, args[0], c.options()) {
			visible.Fprintf(cmd.ErrOrStderr(), "originbom: hint: %s\n", h)
		}
	}
	return nil
}
