package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/provenance/verify"
	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/diff"
	"github.com/originbom/originbom/sbom/visible"
)

func newDiffCmd() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "what changed between two BOMs, by part, maker and origin",
		Long: `Diff compares two BOMs: parts and software that were added, removed or changed
(maker, origin by stage, version, quantity, grade of the evidence as written).
A part is matched by its identity, then by name, position, and category.

No signature is verified and nothing is judged. The exit status is 0 if nothing
differs, 1 if something does.`,
		Example: `  originbom diff phone-r11.cdx.json phone-r12.cdx.json
  originbom diff old.cdx.json new.cdx.json --format markdown`,
		Args: args(2, 2, "an old and a new BOM"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("--format", format, "text", "json", "markdown"); err != nil {
				return err
			}
			if args[0] == "-" && args[1] == "-" {
				return errors.New("both BOMs cannot come from standard input: name a file for one of them")
			}
			var docs [2]*sbom.Document
			for i, name := range args {
				data, err := readInput(cmd.InOrStdin(), name, verify.MaxBOMSize)
				if err != nil {
					return err
				}
				dec, err := sbom.Decode(name, data)
				if err != nil {
					return err
				}
				for _, n := range dec.Notes {
					visible.Fprintf(cmd.ErrOrStderr(), "originbom: note: %s\n", n)
				}
				docs[i] = dec.Document
			}
			d := diff.Compare(docs[0], docs[1])
			write := map[string]func() error{
				"text":     func() error { return diff.Text(cmd.OutOrStdout(), d) },
				"json":     func() error { return diff.JSON(cmd.OutOrStdout(), d) },
				"markdown": func() error { return diff.Markdown(cmd.OutOrStdout(), d) },
			}
			if err := write[format](); err != nil {
				return err
			}
			if !d.Equal() {
				return statusError(exitNo)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text, json or markdown")
	return cmd
}
