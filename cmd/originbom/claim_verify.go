package main

import (
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/cmd/internal/ask"
	"github.com/originbom/originbom/policy/assess"
	"github.com/originbom/originbom/policy/report"
	"github.com/originbom/originbom/provenance/claim"
	"github.com/originbom/originbom/provenance/verify"
	"github.com/originbom/originbom/sbom"
)

// claimFlags say with whose eyes claims are read.
type claimFlags struct {
	trust           ask.Choice
	registry        string
	asOf, verifyAt  string
	bom, format     string
	claims          string
	trustIsOptional bool
}

func (c *claimFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.trust.Trust, "trust", "", "trust file: which suppliers may speak about what")
	f.StringVar(&c.registry, "registry", "", "folder whose files are laid over the embedded registry")
	f.StringVar(&c.asOf, "as-of", "", "day on which claims must hold; today if not given")
	f.StringVar(&c.verifyAt, "verify-at", "", "time at which keys must be valid; now if not given")
}

// options are the flags that say with whose eyes a BOM is read, as they are typed.
func (c *claimFlags) options() string {
	var b strings.Builder
	for _, f := range [][2]string{{"--trust", c.trust.Trust}, {"--registry", c.registry}, {"--as-of", c.asOf}} {
		if f[1] != "" {
			b.WriteString(" " + f[0] + " " + report.ShellWord(f[1]))
		}
	}
	return b.String()
}

// reader opens what the flags name.
func (c *claimFlags) reader(now time.Time) (r assess.ClaimReader, err error) {
	if c.trust.Trust != "" || !c.trustIsOptional {
		if c.trust.Trust == "" {
			return r, errors.New("no trust given: --trust FILE says which suppliers may speak about which parts; one key alone (--key) does not say that")
		}
		if r.Trust, err = c.trust.LoadTrust(); err != nil {
			return r, err
		}
	}
	if r.AsOf, err = dateFlag("--as-of", c.asOf, now); err != nil {
		return r, err
	}
	if r.Now, err = timeFlag("--verify-at", c.verifyAt, now); err != nil {
		return r, err
	}
	folder := ""
	if c.registry != "" {
		if folder, err = hostPath(c.registry); err != nil {
			return r, err
		}
	}
	if r.Registry, err = assess.OpenRegistry(host(), folder); err != nil || c.claims == "" {
		return r, err
	}
	at, err := hostPath(c.claims)
	if err != nil {
		return r, err
	}
	r.More, err = assess.ReadClaims(host(), at)
	return r, err
}

func newClaimVerifyCmd() *cobra.Command {
	var c claimFlags
	cmd := &cobra.Command{
		Use:   "verify BUNDLE... --trust FILE",
		Short: "who signed, what is claimed, and may they speak for that part?",
		Long: `Verify says of each claim bundle whether its signature verifies, who signed it, what
it claims, and whether your trust file lets that signer speak about that part and
stage. With --bom it also says which parts of the BOM it is about.

The exit status is 0 if every claim is accepted in full, and 1 if one is not.`,
		Example: `  originbom claim verify display.sigstore.json --trust trust.yaml
  originbom claim verify claims/ --trust trust.yaml --bom phone.cdx.json --format json`,
		Args: args(1, -1, "at least one bundle, or a folder of them"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("--format", c.format, "text", "json"); err != nil {
				return err
			}
			r, err := c.reader(time.Now())
			if err != nil {
				return err
			}
			for _, name := range args {
				at, err := hostPath(name)
				if err != nil {
					return err
				}
				more, err := assess.ReadClaims(host(), at)
				if err != nil {
					return err
				}
				r.More = append(r.More, more...)
			}
			outcomes, err := c.outcomes(cmd, r)
			if err != nil {
				return err
			}
			return writeClaims(cmd, c.format, outcomes)
		},
	}
	c.add(cmd)
	cmd.Flags().StringVar(&c.bom, "bom", "", "BOM whose parts the claims should be about")
	cmd.Flags().StringVar(&c.format, "format", "text", "text or json")
	return cmd
}

// outcomes lays claims on the BOM that was named, or else on the parts that they
// are about.
func (c *claimFlags) outcomes(cmd *cobra.Command, r assess.ClaimReader) ([]claim.Outcome, error) {
	if c.bom != "" {
		data, err := readInput(cmd.InOrStdin(), c.bom, verify.MaxBOMSize)
		if err != nil {
			return nil, err
		}
		dec, err := sbom.Decode(c.bom, data)
		if err != nil {
			return nil, err
		}
		d := *dec.Document
		d.Claims = nil // only those that were asked about
		r.Written.Digest = dec.Source.Digest
		joined, err := assess.JoinClaims(&d, r)
		return joined.Outcomes, err
	}
	rs, err := claim.Evaluate(r.More, claim.Reader{Trust: r.Trust, Registry: r.Registry, Now: r.Now, AsOf: r.AsOf})
	if err != nil {
		return nil, err
	}
	return claim.Join(claim.Subjects(rs), rs, claim.Written{Own: true}).Outcomes, nil
}

func writeClaims(cmd *cobra.Command, format string, outcomes []claim.Outcome) error {
	records := assess.ClaimRecords(outcomes)
	write := report.Claims
	if format == "json" {
		write = report.ClaimsJSON
	}
	if err := write(cmd.OutOrStdout(), records); err != nil {
		return err
	}
	for _, o := range outcomes {
		if o.Status != claim.Accepted {
			return statusError(exitNo)
		}
		for _, s := range o.Stages {
			if s.Status != claim.Accepted {
				return statusError(exitNo)
			}
		}
	}
	if len(outcomes) == 0 {
		return statusError(exitNo)
	}
	return nil
}
