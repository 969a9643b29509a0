package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/cmd/internal/ask"
	"github.com/originbom/originbom/provenance/claim"
	"github.com/originbom/originbom/provenance/sign"
	"github.com/originbom/originbom/sbom/input"
)

func newClaimSignCmd() *cobra.Command {
	var o signFlags
	cmd := &cobra.Command{
		Use:   "sign FILE --key KEY",
		Short: "sign a claim; the bundle is NAME.sigstore.json",
		Long: `Sign checks a claim file (YAML or JSON, as claim new writes it), and writes it as an
in-toto statement in a Sigstore bundle: FILE without .claim.yaml, and .sigstore.json.
Stages whose country was left blank are not claimed. Keys are those of sign;
--certificate takes a corporate certificate, --timestamp-url asks an authority
(network) so that the signature outlives the key.`,
		Example: `  originbom claim sign display.claim.yaml --key hanbit.key
  originbom claim sign display.claim.yaml --key hanbit.key --certificate hanbit.pem --timestamp-url https://timestamp.example/api/v1/timestamp`,
		Args: args(1, 1, "one claim file"),
		RunE: func(cmd *cobra.Command, args []string) error { return signClaim(cmd, args[0], o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.key, "key", "", "private key (PEM"+sign.KeyServices+")")
	f.StringVar(&o.certificate, "certificate", "", "certificate of the key (PEM), by a corporate authority")
	f.StringVar(&o.tokenEnv, "identity-token-env", "", "environment variable with an identity token")
	f.StringVar(&o.signingConfig, "signing-config", "", "signing_config.json: which services are asked (network)")
	f.StringVar(&o.trustedRoot, "trusted-root", "", "trusted_root.json: by which the services' answers are checked")
	f.StringVar(&o.timestampURL, "timestamp-url", "", "timestamp authority to ask (network)")
	f.StringVarP(&o.out, "output", "o", "", "where the bundle goes")
	return cmd
}

func signClaim(cmd *cobra.Command, file string, o signFlags) error {
	if err := errors.Join(o.check(), o.placed(file)); err != nil {
		return err
	}
	data, err := ask.ReadInput(cmd.InOrStdin(), file, 1<<20)
	if err != nil {
		return err
	}
	c, blank, err := claim.ReadFile(file, data)
	if err != nil && isSpreadsheet(data) {
		return fmt.Errorf("%s: this is a spreadsheet and no claim\nhint: originbom claim new --from %s -o claims/   makes claims of an answered one", file, shellWord(file))
	}
	if err != nil {
		return err
	}
	statement, err := c.Statement()
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	m, err := o.method(cmd)
	if err != nil {
		return err
	}
	bundle, err := sign.Attest(cmd.Context(), statement, m)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	out := o.out
	if out == "" {
		if out = claimBundleName(file); out == file {
			return errors.New("the bundle would replace the claim: give --output")
		}
	}
	if err := writeFiles(cmd.OutOrStdout(), output{out, bundle, 0o644}); err != nil {
		return err
	}
	note := cmd.ErrOrStderr()
	if len(blank) > 0 {
		fmt.Fprintf(note, "originbom: note: %s: left blank, so not claimed: %s\n", file, strings.Join(blank, ", "))
	}
	fmt.Fprintf(note, "originbom: wrote %s: %s, signed %s\n", out, c.Part, m.By())
	return nil
}

// isSpreadsheet reports whether data is a workbook, or text whose first line has
// the columns of an answered spreadsheet.
func isSpreadsheet(data []byte) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(string(data), "\ufeff"), "\n")
	cells := strings.FieldsFunc(first, func(r rune) bool { return strings.ContainsRune(",;\t\"\r", r) })
	return input.Detect(data) == input.Workbook || claim.AreAnswers(cells)
}

func claimBundleName(file string) string {
	base := strings.TrimSuffix(file, filepath.Ext(file))
	return strings.TrimSuffix(base, ".claim") + ".sigstore.json"
}
