package main

import (
	"errors"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/cmd/internal/ask"
	"github.com/originbom/originbom/provenance/verify"
)

// verifyFlags are what verify is asked.
type verifyFlags struct {
	ask.Question
	at, format, from, save string
	insecure               bool
}

func newVerifyCmd() *cobra.Command {
	var o verifyFlags
	cmd := &cobra.Command{
		Use:   "verify BOM --trust FILE | --key PUB | --identity SUBJECT --issuer URL --trusted-root FILE",
		Short: "is this BOM signed by somebody I trust?",
		Long: `Verify tells which bytes were signed, by whom, when on whose clock, and under
which trust. Bundles lie beside the BOM as BOM.sigstore.json, and as
BOM.NAME.sigstore.json if there are several signers; each one must be accepted.
A BOM and bundle that were read and are not accepted give exit status 1; what
could not be read, or no trust, gives 3.

It uses no network, also for keyless bundles. Only with --from it fetches bundles
and, if none is given, the BOM from the registry that the address names: what is
signed there must be about that very artifact. --save keeps them for later; then
verify them with --artifact.

originbom-verify does the same, without --from, as a small program of its own.`,
		Example: `  originbom verify phone.cdx.json --trust trust.yaml
  originbom verify phone.cdx.json --key maker.pub --format json
  originbom verify phone.cdx.json --identity bom@maker.example --issuer https://id.maker.example --trusted-root trusted_root.json
  originbom verify --from oci://registry.example/firmware@sha256:... --key maker.pub`,
		Args: args(0, 1, "one BOM"),
		RunE: func(cmd *cobra.Command, args []string) error { return verifyBOM(cmd, args, o) },
	}
	f := cmd.Flags()
	o.AddFlags(f)
	f.StringArrayVar(&o.Bundles, "bundle", nil, "a signature; may be given again; those beside the BOM if not given")
	f.StringVar(&o.Artifact, "artifact", "", "the artifact in a registry (sha256:...) that the BOM must be signed to be about")
	f.StringVar(&o.from, "from", "", "fetch bundles and BOM from oci://HOST/REPO@sha256:... (network)")
	f.StringVar(&o.save, "save", "", "folder for what --from fetched, once it is accepted")
	f.BoolVar(&o.insecure, "insecure-registry", false, "reach the registry of --from without encryption")
	f.StringVar(&o.at, "verify-at", "", "time at which keys must be valid; now if not given")
	f.StringVar(&o.format, "format", "text", "text or json")
	return cmd
}

func verifyBOM(cmd *cobra.Command, args []string, o verifyFlags) error {
	if err := errors.Join(oneOf("--format", o.format, "text", "json"), o.check(args)); err != nil {
		return err
	}
	if len(args) == 1 {
		o.BOM = args[0]
	}
	trust, err := o.LoadTrust()
	if err != nil {
		return err
	}
	o.Replay = o.at != ""
	at, err := timeFlag("--verify-at", o.at, time.Now())
	if err != nil {
		return err
	}
	a, err := o.answer(cmd, trust, at)
	if err != nil {
		return err
	}
	if err := a.Write(cmd.OutOrStdout(), o.format); err != nil {
		return err
	}
	if a.Verdict == ask.Refused {
		return statusError(exitNo)
	}
	return nil
}

func (o *verifyFlags) check(args []string) error {
	switch {
	case len(args) == 0 && o.from == "":
		return errors.New("originbom verify wants one BOM, not 0 arguments\nhint: see originbom verify --help")
	case o.from == "" && (o.save != "" || o.insecure):
		return errors.New("--save and --insecure-registry belong to --from")
	case o.from != "" && (len(o.Bundles) > 0 || o.Artifact != ""):
		return errors.New("--from says where the bundles are and what they are about: leave out --bundle and --artifact")
	}
	return nil
}

// answer reads what is asked about from files or from a registry.
func (o *verifyFlags) answer(cmd *cobra.Command, trust *verify.Trust, at time.Time) (ask.Answer, error) {
	if o.from == "" {
		return o.Ask(cmd.InOrStdin(), trust, at)
	}
	bom, signed, err := fetchSigned(cmd.Context(), o.from, o.insecure, &o.Question)
	if err != nil {
		return ask.Answer{}, err
	}
	a, err := o.Judge(bom, signed, trust, at)
	if err != nil || o.save == "" || a.Verdict == ask.Refused {
		return a, err
	}
	if err := os.MkdirAll(o.save, 0o755); err != nil {
		return ask.Answer{}, fileError(o.save, err)
	}
	return a, writeFiles(nil, savedFiles(o.save, bom, signed)...)
}
