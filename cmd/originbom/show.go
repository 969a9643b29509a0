package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/policy/report"
	"github.com/originbom/originbom/provenance/verify"
	"github.com/originbom/originbom/sbom"
)

func newShowCmd() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "show BOM [PART]",
		Short: "what is in a BOM, for people; with PART, the chain of evidence",
		Long: `Show lists the parts of a BOM with maker, origin and how well each is known, as
the BOM's author wrote it; no signature is verified and nothing is judged. PART
is a name, part number or ref.`,
		Example: `  originbom show phone.cdx.json
  originbom show phone.cdx.json HD6-AMS667`,
		Args: args(1, 2, "a BOM and perhaps a part"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := formatFlag(format, "text", "json"); err != nil {
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
				fmt.Fprintf(cmd.ErrOrStderr(), "originbom: note: %s\n", n)
			}
			part := ""
			if len(args) == 2 {
				part = args[1]
			}
			out, t := cmd.OutOrStdout(), sbom.Trust{AsWritten: true}
			switch {
			case format == "json":
				return report.ShowJSON(out, dec.Document, part, t)
			case part != "":
				return report.ShowPart(out, dec.Document, part, t)
			}
			return report.Show(out, dec.Document, t)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}
