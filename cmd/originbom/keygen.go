package main

import (
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/provenance/sign"
)

func newKeygenCmd() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "keygen",
		Short: "make a key pair for signing",
		Long: `Keygen writes NAME.key, which signs and stays with you, and NAME.pub, which you
give to whoever is to verify. Both are what cosign generate-key-pair makes. The
private key is encrypted with the password in ORIGINBOM_PASSWORD or
COSIGN_PASSWORD. Files that exist are not overwritten.`,
		Example: `  ORIGINBOM_PASSWORD=... originbom keygen --output maker`,
		Args:    args(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, name := range []string{out + ".key", out + ".pub"} {
				if _, err := os.Lstat(name); err == nil {
					return fmt.Errorf("%s: exists; keys are not overwritten: give another --output", name)
				}
			}
			pass := password()
			private, public, err := sign.GenerateKeyPair(pass)
			if err != nil {
				return err
			}
			if err := writeFiles(nil, output{out + ".key", private, fs.FileMode(0o600)}, output{out + ".pub", public, 0o644}); err != nil {
				return err
			}
			if len(pass) == 0 {
				fmt.Fprintln(cmd.ErrOrStderr(), "originbom: note: no password was given (ORIGINBOM_PASSWORD), so whoever has the file has the key")
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "originbom: wrote %s.key (keep it) and %s.pub (give it to verifiers)\n", out, out)
			return nil
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "originbom", "name of the key pair")
	return cmd
}
