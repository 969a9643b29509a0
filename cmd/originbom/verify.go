package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/cmd/internal/ask"
)

func newVerifyCmd() *cobra.Command {
	var q ask.Question
	var verifyAt, format string
	cmd := &cobra.Command{
		Use:   "verify BOM --trust FILE | --key PUB",
		Short: "is this BOM signed by somebody I trust?",
		Long: `Verify tells which bytes were signed, by whom, when on whose clock, and under
which trust. The bundle lies beside the BOM as BOM.sigstore.json. It uses no
network. A BOM and bundle that were read and are not accepted give exit status 1;
what could not be read, or no trust, gives 3.

originbom-verify does the same as a small program of its own.`,
		Example: `  originbom verify phone.cdx.json --trust trust.yaml
  originbom verify phone.cdx.json --key maker.pub --format json`,
		Args: args(1, 1, "one BOM"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("--format", format, "text", "json"); err != nil {
				return err
			}
			q.BOM = args[0]
			trust, err := q.LoadTrust()
			if err != nil {
				return err
			}
			for _, note := range trust.Notes() {
				fmt.Fprintf(cmd.ErrOrStderr(), "originbom: note: %s\n", note)
			}
			at, err := timeFlag("--verify-at", verifyAt, time.Now())
			if err != nil {
				return err
			}
			a, refused, err := q.Ask(trust, at)
			if err != nil {
				return err
			}
			if err := a.Write(cmd.OutOrStdout(), format); err != nil {
				return err
			}
			if refused {
				return statusError(exitNo)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&q.Trust, "trust", "", "trust file: whose signatures count")
	f.StringVar(&q.Key, "key", "", "or one public key (PEM) whose signatures count")
	f.StringVar(&q.Bundle, "bundle", "", "the signature; BOM.sigstore.json if not given")
	f.StringVar(&verifyAt, "verify-at", "", "time at which keys must be valid; now if not given")
	f.StringVar(&format, "format", "text", "text or json")
	return cmd
}
