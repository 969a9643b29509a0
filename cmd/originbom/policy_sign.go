package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/cmd/internal/ask"
	"github.com/originbom/originbom/policy/assess"
	"github.com/originbom/originbom/provenance/sign"
)

func newPolicySignCmd() *cobra.Command {
	var o signFlags
	cmd := &cobra.Command{
		Use:   "sign FILE --key FILE | --identity-token-env NAME --signing-config FILE --trusted-root FILE",
		Short: "sign a pack of your own; the signature lies beside it as FILE.sigstore.json",
		Long: `Sign writes a Sigstore bundle about the pack's file and about all that it draws
in: the files of its lists and the packs that it includes. Change one of them and
the signature no longer holds.

Check verifies it where the trust file names signers of packs (packs:), and
refuses to judge by a pack whose signature is not accepted. check --signed-packs
refuses unsigned ones too. By what means is signed is as in originbom sign.`,
		Example: `  originbom policy sign ours.yaml --key rules-desk.key`,
		Args:    args(1, 1, "one pack file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return signPack(cmd, args[0], o)
		},
	}
	f := cmd.Flags()
	o.addMethod(f)
	f.StringVarP(&o.out, "output", "o", "", "where the bundle goes; FILE.sigstore.json if not given")
	return cmd
}

func signPack(cmd *cobra.Command, name string, o signFlags) error {
	at, err := hostPath(name)
	if err != nil {
		return err
	}
	ps, err := assess.ReadPacks(host(), ".", []string{"/" + at})
	if err != nil {
		return err
	}
	statement, err := assess.PackStatement(ps[0])
	if err != nil {
		return err
	}
	m, err := o.method(cmd)
	if err != nil {
		return err
	}
	bundle, err := sign.Attest(cmd.Context(), statement, m)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	out := o.out
	if out == "" {
		out = ask.BundleName(name)
	}
	if err := writeFiles(cmd.OutOrStdout(), output{out, bundle, 0o644}); err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "originbom: wrote %s: %s version %d (sha256:%s), signed %s\n", out, ps[0].ID, ps[0].Version, ps[0].Digest, m.By())
	return nil
}
