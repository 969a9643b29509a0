package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/cmd/internal/ask"
	"github.com/originbom/originbom/provenance/sign"
	"github.com/originbom/originbom/provenance/verify"
)

func newSignCmd() *cobra.Command {
	var key, out string
	var keyless bool
	cmd := &cobra.Command{
		Use:   "sign BOM --key FILE",
		Short: "sign a BOM; the signature lies beside it as BOM.sigstore.json",
		Long: `Sign writes a Sigstore bundle for the exact bytes of the BOM. The key is one made
by keygen or by cosign, or a plain PEM key. The password comes from
ORIGINBOM_PASSWORD or COSIGN_PASSWORD; nothing is asked.`,
		Example: `  originbom sign phone.cdx.json --key maker.key
  ORIGINBOM_PASSWORD=... originbom sign phone.cdx.json --key maker.key -o delivery/phone.bundle.json`,
		Args: args(1, 1, "one BOM"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if keyless {
				return sign.ErrKeylessNotBuilt
			}
			if key == "" {
				return errors.New("no key given: --key FILE; originbom keygen makes one")
			}
			if err := sign.CheckKeyFile(key); err != nil {
				return err
			}
			pem, err := ask.ReadFile(key, verify.MaxKeySize)
			if err != nil {
				return err
			}
			k, err := sign.LoadKey(key, pem, password())
			if err != nil {
				return err
			}
			bom, err := ask.ReadFile(args[0], verify.MaxBOMSize)
			if err != nil {
				return err
			}
			bundle, err := sign.Bundle(cmd.Context(), args[0], bom, k)
			if err != nil {
				return err
			}
			name := out
			if name == "" {
				name = ask.BundleName(args[0])
			}
			if err := writeFiles(cmd.OutOrStdout(), output{name, bundle, 0o644}); err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "originbom: wrote %s, signed with key sha256:%s\n", name, k.KeyID())
			return nil
		},
	}
	cmd.Flags().StringVar(&key, "key", "", "private key (PEM)")
	cmd.Flags().StringVarP(&out, "output", "o", "", "where the bundle goes; BOM.sigstore.json if not given")
	cmd.Flags().BoolVar(&keyless, "keyless", false, "sign with an identity instead of a key (not built yet)")
	return cmd
}
