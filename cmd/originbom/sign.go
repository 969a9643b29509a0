package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/originbom/originbom/cmd/internal/ask"
	"github.com/originbom/originbom/provenance/sign"
	"github.com/originbom/originbom/provenance/verify"
)

// signFlags say how to sign.
type signFlags struct {
	key, certificate, token, tokenEnv        string
	signingConfig, trustedRoot, timestampURL string
	out, name, attach, statement             string
	insecure                                 bool
}

func newSignCmd() *cobra.Command {
	var o signFlags
	cmd := &cobra.Command{
		Use:   "sign BOM --key FILE | --identity-token-env NAME --signing-config FILE --trusted-root FILE",
		Short: "sign a BOM; the signature lies beside it as BOM.sigstore.json",
		Long: `Sign writes a Sigstore bundle for the exact bytes of the BOM.

By key: one made by keygen or by cosign, or a plain PEM key. The password comes
from ORIGINBOM_PASSWORD or COSIGN_PASSWORD; nothing is asked. With --certificate
the bundle names the key's owner by a corporate certificate.

By identity (keyless): an identity token, and the services that --signing-config
names: a certificate authority, a timestamp authority and a log.

By another tool: --statement writes what it is to sign, for instance
cosign attest-blob --statement, or with --attach cosign attest --statement.

A further signer (auditor, supplier) adds a bundle of its own: --name auditor
writes BOM.auditor.sigstore.json. Verify finds them all.

No network is used, unless --timestamp-url, --signing-config or --attach asks
for it. The services see a digest and the certificate, never the BOM; a registry
gets the bundle, which holds the BOM.`,
		Example: `  originbom sign phone.cdx.json --key maker.key
  originbom sign phone.cdx.json --key auditor.key --name auditor
  originbom sign phone.cdx.json --key maker.key --timestamp-url https://timestamp.example/api/v1/timestamp
  originbom sign phone.cdx.json --identity-token-env ID_TOKEN --signing-config signing_config.json --trusted-root trusted_root.json
  originbom sign phone.cdx.json --key maker.key --attach oci://registry.example/phone/firmware@sha256:...
  originbom sign phone.cdx.json --key maker.key --attach oci://registry.example/phone/boms`,
		Args: args(1, 1, "one BOM"),
		RunE: func(cmd *cobra.Command, args []string) error { return signBOM(cmd, args[0], o) },
	}
	f := cmd.Flags()
	o.addMethod(f)
	f.StringVarP(&o.out, "output", "o", "", "where the bundle goes; BOM.sigstore.json if not given")
	f.StringVar(&o.name, "name", "", "further signer: the bundle goes to BOM.NAME.sigstore.json")
	f.StringVar(&o.attach, "attach", "", "attach to an artifact, oci://HOST/REPO@sha256:..., or store in oci://HOST/REPO (network)")
	f.StringVar(&o.statement, "statement", "", "sign nothing: write to this file what another tool is to sign")
	f.BoolVar(&o.insecure, "insecure-registry", false, "reach the registry of --attach without encryption")
	return cmd
}

// addMethod adds the flags that say by what means is signed.
func (o *signFlags) addMethod(f *pflag.FlagSet) {
	f.StringVar(&o.key, "key", "", "private key (PEM"+sign.KeyServices+")")
	f.StringVar(&o.certificate, "certificate", "", "certificate of the key (PEM), by a corporate authority")
	f.StringVar(&o.token, "identity-token", "", "file with an identity token")
	f.StringVar(&o.tokenEnv, "identity-token-env", "", "environment variable with an identity token")
	f.StringVar(&o.signingConfig, "signing-config", "", "signing_config.json: which services are asked (network)")
	f.StringVar(&o.trustedRoot, "trusted-root", "", "trusted_root.json: by which the services' answers are checked")
	f.StringVar(&o.timestampURL, "timestamp-url", "", "timestamp authority to ask (network)")
}

func signBOM(cmd *cobra.Command, name string, o signFlags) error {
	if err := errors.Join(o.check(), o.placed(name)); err != nil {
		return err
	}
	bom, err := readInput(cmd.InOrStdin(), name, verify.MaxBOMSize)
	if err != nil {
		return err
	}
	if name == ask.Stdin {
		name = o.stdinName()
	}
	if o.statement != "" {
		return writeStatement(cmd, name, bom, o)
	}
	m, err := o.method(cmd)
	if err != nil {
		return err
	}
	if o.attach != "" {
		return attach(cmd, name, bom, m, o)
	}
	bundle, err := sign.BOM(cmd.Context(), name, bom, m)
	if err != nil {
		return err
	}
	out := o.output(name)
	if err := writeFiles(cmd.OutOrStdout(), output{out, bundle, 0o644}); err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "originbom: wrote %s, signed %s\n", out, m.By())
	return nil
}

// check wants one way to sign.
func (o *signFlags) check() error {
	keyless := o.token != "" || o.tokenEnv != ""
	switch {
	case o.statement != "" && (o.key != "" || keyless || o.out != "" || o.name != ""):
		return errors.New("--statement signs nothing: leave out the key, the token and the bundle's name")
	case o.statement != "":
		return nil
	case o.key == "" && !keyless:
		return errors.New("no key given: --key FILE; originbom keygen makes one (or --identity-token-env NAME to sign without a key)")
	case o.key != "" && keyless, o.token != "" && o.tokenEnv != "":
		return errors.New("give one of --key, --identity-token and --identity-token-env")
	case keyless && (o.signingConfig == "" || o.trustedRoot == ""):
		return errors.New("signing with an identity needs --signing-config FILE and --trusted-root FILE")
	case keyless && o.certificate != "":
		return errors.New("--certificate belongs to --key")
	case o.timestampURL != "" && o.signingConfig != "":
		return errors.New("give --timestamp-url or --signing-config: the config names the timestamp authority")
	case o.trustedRoot != "" && o.timestampURL == "" && o.signingConfig == "":
		return errors.New("--trusted-root checks what --timestamp-url or --signing-config gave: give one of them")
	case o.attach == "" && o.insecure:
		return errors.New("--insecure-registry belongs to --attach")
	case o.name != "" && o.out != "":
		return errors.New("give --name or --output")
	case strings.ContainsAny(o.name, `/\.`) || strings.HasPrefix(o.name, "-"):
		return fmt.Errorf("--name: %q: give a word without dots and slashes, such as auditor", o.name)
	}
	return nil
}

// placed wants a place for the bundle of what comes from standard input: there
// is none beside it.
func (o *signFlags) placed(name string) error {
	if name == ask.Stdin && o.out == "" && o.statement == "" && o.attach == "" {
		return errors.New("what comes from standard input has no place beside it: give --output FILE (- is standard output)")
	}
	return nil
}

// stdinName is what a statement calls a BOM from standard input: the file that
// its bundle will lie beside.
func (o *signFlags) stdinName() string {
	base := strings.TrimSuffix(filepath.Base(o.out), ask.BundleName(""))
	if o.out == "" || base == ask.Stdin || base == "" {
		return "bom.cdx.json"
	}
	return base
}

func (o *signFlags) output(bom string) string {
	switch {
	case o.out != "":
		return o.out
	case o.name != "":
		return ask.BundleName(bom + "." + o.name)
	}
	return ask.BundleName(bom)
}

// method reads keys, token and configuration.
func (o *signFlags) method(cmd *cobra.Command) (m sign.Method, err error) {
	if o.key != "" {
		if m.Key, err = openKey(cmd, o.key); err != nil {
			return m, err
		}
	} else if m.Token, err = o.readToken(); err != nil {
		return m, err
	}
	if o.certificate != "" {
		if m.Certificate, err = ask.ReadFile(o.certificate, sign.MaxKeySize); err != nil {
			return m, err
		}
	}
	var root []byte
	if o.trustedRoot != "" {
		if root, err = ask.ReadFile(o.trustedRoot, sign.MaxConfigSize); err != nil {
			return m, err
		}
	}
	switch {
	case o.timestampURL != "":
		m.Services, err = sign.TimestampService(o.timestampURL, root)
	case o.signingConfig != "":
		var config []byte
		if config, err = ask.ReadFile(o.signingConfig, sign.MaxConfigSize); err != nil {
			return m, err
		}
		m.Services, err = sign.ParseServices(config, root, time.Now())
	}
	return m, err
}

// openKey opens a key in a file or, in builds that have it, in a service or in
// hardware.
func openKey(cmd *cobra.Command, name string) (*sign.Key, error) {
	if sign.InService(name) {
		return sign.ServiceKey(cmd.Context(), name, password())
	}
	pem, err := ask.ReadFile(name, sign.MaxKeySize)
	if err != nil {
		return nil, err
	}
	return sign.LoadKey(name, pem, password())
}

// readToken reads the identity token. It is never shown.
func (o *signFlags) readToken() (string, error) {
	if o.tokenEnv != "" {
		t := strings.TrimSpace(os.Getenv(o.tokenEnv))
		if t == "" {
			return "", fmt.Errorf("the environment variable %s holds no identity token", o.tokenEnv)
		}
		return t, nil
	}
	data, err := ask.ReadFile(o.token, sign.MaxTokenSize)
	if err != nil {
		return "", err
	}
	t := strings.TrimSpace(string(data))
	if t == "" {
		return "", fmt.Errorf("%s: holds no identity token", o.token)
	}
	return t, nil
}
