package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/cmd/internal/ask"
	"github.com/originbom/originbom/provenance/claim"
	"github.com/originbom/originbom/provenance/verify"
	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/input"
	"github.com/originbom/originbom/sbom/visible"
)

func newClaimNewCmd() *cobra.Command {
	var out, format, from string
	var stages []string
	cmd := &cobra.Command{
		Use:   "new BOM PART | new --from ANSWERED.csv",
		Short: "a claim to fill in about a part, or claims from an answered spreadsheet",
		Long: `New writes a template for a claim about one part of a BOM: fill in the countries
and sign it. With --from it reads the spreadsheet that claim questions wrote,
once it is answered, and writes one claim file a part into a folder.`,
		Example: `  originbom claim new phone.cdx.json HD6-AMS667 -o display.claim.yaml
  originbom claim new phone.cdx.json CF8550 --stage wafer-fabricated,packaged --format json
  originbom claim new --from answers.csv -o claims/`,
		Args: args(0, 2, "a BOM and a part, or --from FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("--format", format, "yaml", "json"); err != nil {
				return err
			}
			switch {
			case from != "" && len(args) == 0:
				return fromAnswers(cmd, from, out, format)
			case from != "" || len(args) != 2:
				return errors.New("claim new wants a BOM and a part, or --from FILE alone")
			}
			return template(cmd, args[0], args[1], out, format, stages)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&out, "output", "o", "-", "file to write, - is standard output; with --from a folder")
	f.StringVar(&format, "format", "yaml", "yaml or json")
	f.StringVar(&from, "from", "", "answered spreadsheet (CSV or .xlsx)")
	f.StringSliceVar(&stages, "stage", []string{"designed", "wafer-fabricated", "packaged", "manufactured", "assembled"}, "stages to ask for")
	return cmd
}

func template(cmd *cobra.Command, bom, name, out, format string, stages []string) error {
	for _, s := range stages {
		if !sbom.IsStage(s) {
			return fmt.Errorf("--stage: %q is no stage: write one of %s", s, strings.Join(sbom.Stages, ", "))
		}
	}
	data, err := readInput(cmd.InOrStdin(), bom, verify.MaxBOMSize)
	if err != nil {
		return err
	}
	dec, err := sbom.Decode(bom, data)
	if err != nil {
		return err
	}
	c, err := part(dec.Document, name)
	if err != nil {
		return err
	}
	text, err := claimFile(claim.Template(dec.Document, c, stages), out, format)
	if err != nil {
		return err
	}
	return writeFiles(cmd.OutOrStdout(), output{out, text, 0o644})
}

func claimFile(c *claim.Claim, name, format string) ([]byte, error) {
	if format == "json" {
		return c.JSON()
	}
	if name == "-" {
		name = "FILE"
	}
	return c.YAML(filepath.Base(name)), nil
}

// fromAnswers writes one file for each claim of a spreadsheet.
func fromAnswers(cmd *cobra.Command, from, dir, format string) error {
	if dir == "-" {
		dir = "."
	}
	data, err := ask.ReadInput(cmd.InOrStdin(), from, 16<<20)
	if err != nil {
		return err
	}
	text, err := input.CSV(from, data)
	if err != nil {
		return err
	}
	claims, notes, err := claim.ReadAnswers(from, text)
	if err != nil {
		return err
	}
	for _, n := range notes {
		visible.Fprintf(cmd.ErrOrStderr(), "originbom: note: %s\n", n)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fileError(dir, err)
	}
	names := map[string]int{}
	var outs []output
	for _, c := range claims {
		base := cmp.Or(fileName(c.Part.PartNumber), "part")
		if names[base]++; names[base] > 1 {
			base += fmt.Sprintf("-%d", names[base])
		}
		name := filepath.Join(dir, base+".claim."+format)
		text, err := claimFile(c, name, format)
		if err != nil {
			return err
		}
		outs = append(outs, output{name, text, 0o644})
	}
	if err := writeFiles(nil, outs...); err != nil {
		return err
	}
	for _, o := range outs {
		fmt.Fprintln(cmd.OutOrStdout(), o.name)
	}
	return nil
}
