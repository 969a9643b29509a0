package main

import (
	"encoding/json"
	"errors"
	"path"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/policy/assess"
	"github.com/originbom/originbom/provenance/verify"
	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/firmware/audit"
	"github.com/originbom/originbom/sbom/visible"
)

func newAuditCmd() *cobra.Command {
	var against, format string
	cmd := &cobra.Command{
		Use:   "audit BOM --against IMAGE",
		Short: "is this firmware the one that the BOM describes?",
		Long: `Audit reads a firmware image, an update or a dump folder and compares it with a
BOM: digests of partitions, versions, digests and signers of applications,
drivers and libraries, and the parts that device trees name. It tells what
agrees, what differs and what could not be compared.

The BOM's signature is not verified: see verify. The exit status is 0 if all
agrees, 1 if anything differs, 2 if something could not be compared.`,
		Example: `  originbom audit phone.cdx.json --against ota.zip
  originbom audit phone.cdx.json --against dump/ --format json`,
		Args: args(1, 1, "a BOM"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("--format", format, "text", "json"); err != nil {
				return err
			}
			if against == "" {
				return errors.New("audit needs an image\nhint: --against IMAGE")
			}
			data, err := readInput(cmd.InOrStdin(), args[0], verify.MaxBOMSize)
			if err != nil {
				return err
			}
			dec, err := sbom.Decode(args[0], data)
			if err != nil {
				return err
			}
			at, err := hostPath(against)
			if err != nil {
				return err
			}
			p := newProgress(cmd.ErrOrStderr())
			read, err := assess.Read(cmd.Context(), host(), []assess.Source{{Name: path.Base(filepath.ToSlash(at)), Path: at}}, p.watch())
			p.clear()
			if err != nil {
				return err
			}
			for _, n := range read[0].Reading.Notes {
				visible.Fprintf(cmd.ErrOrStderr(), "originbom: note: %s\n", n)
			}
			return writeAudit(cmd, format, audit.Compare(dec.Document, read[0].Reading.Components))
		},
	}
	cmd.Flags().StringVar(&against, "against", "", "firmware image, update or dump folder")
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}

func writeAudit(cmd *cobra.Command, format string, r audit.Result) error {
	out := cmd.OutOrStdout()
	if format == "json" {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		if err := enc.Encode(r); err != nil {
			return err
		}
	} else if err := audit.Text(out, r); err != nil {
		return err
	}
	switch r.Verdict() {
	case audit.Differs:
		return statusError(exitNo)
	case audit.NotCompared:
		return statusError(exitCannotTell)
	}
	return nil
}
