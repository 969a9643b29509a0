package main

import (
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/cmd/internal/ask"
	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/policy/assess"
	"github.com/originbom/originbom/provenance/verify"
	"github.com/originbom/originbom/sbom/strictyaml"
	"github.com/originbom/originbom/sbom/visible"
)

// checkFlags are those of check; explain and policy diff have some of them.
type checkFlags struct {
	trust                  ask.Choice
	waivers, registry      string
	claims                 string
	policies, bundles      []string
	signedPacks            bool
	asOf, verifyAt         string
	award, delivery        string
	format, failOn         string
	vsa, vsaKey, bundleOut string
	replay                 bool
	unjudged               bool // no policy is no error: then nothing is judged
}

func newCheckCmd() *cobra.Command {
	var c checkFlags
	cmd := &cobra.Command{
		Use:   "check BOM --policy PACK|FILE...",
		Short: "judge a BOM by rule packs",
		Long: `Check verifies the bundles that lie beside the BOM (BOM.sigstore.json, and
BOM.NAME.sigstore.json of further signers) under your trust, decodes those same
bytes, and judges them by the packs. A policy is the id of an embedded pack
(originbom policy list) or the path of your own file.

A BOM is the word of whoever wrote it: grades that it states are not read. The
suppliers' claims that travel in it, or that --claims names, are verified under
your trust, and decide which origins are signed.
Ownership and lists come from your registry and packs. Without --trust or --key
the BOM counts as unsigned, and the output says so. A bundle that is there and
not accepted is a fail, whatever the packs say.

Packs may be pinned (FILE@sha256:HEX) and signed (originbom policy sign): by a pack
whose signature is there and not accepted nothing is judged, nor with --signed-packs
by an unsigned one. Who may sign packs stands under packs: in the trust file.

--bundle-out keeps everything that the verdict rests on in one file; check FILE
--replay judges that again, offline, and says whether the verdict is the same.
--vsa writes a signed verdict: a SLSA verification summary about the BOM's bytes.
A replay shows that these inputs give this verdict, and not that they are genuine:
--replay --vsa FILE --trust FILE verifies that a signer of verdicts (verdicts: in
the trust file) signed exactly this verdict about exactly these inputs.`,
		Example: `  originbom check phone.cdx.json --policy handset-baseline --trust trust.yaml
  originbom check phone.cdx.json --policy ./ours.yaml --key maker.pub --format json
  originbom check phone.cdx.json --policy us-taa --as-of 2026-11-22 --delivery 2027-03-01
  originbom check phone.cdx.json --policy us-fcc-covered --format sarif > originbom.sarif
  originbom check phone.cdx.json --policy ./ours.yaml --trust trust.yaml --bundle-out evidence.zip
  originbom check evidence.zip --replay
  originbom check evidence.zip --replay --vsa verdict.sigstore.json --trust trust.yaml`,
		Args: args(1, 1, "one BOM"),
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd, args[0], time.Now()) },
	}
	c.addSources(cmd)
	c.addJudging(cmd)
	f := cmd.Flags()
	f.StringVar(&c.format, "format", "text", strings.Join(verdictFormats, ", "))
	f.StringVar(&c.failOn, "fail-on", "unknown", "from which verdict on the exit status is not 0: fail, unknown, warn")
	f.StringVar(&c.vsa, "vsa", "", "file for a signed verdict, with --vsa-key; with --replay: the signed verdict to verify")
	f.StringVar(&c.vsaKey, "vsa-key", "", "private key (PEM) for --vsa; --key may be it where --trust says whom to believe")
	f.StringVar(&c.bundleOut, "bundle-out", "", "file for an evidence archive")
	f.BoolVar(&c.replay, "replay", false, "judge an evidence archive again, and compare")
	return cmd
}

// addSources adds the flags that say what one BOM is judged by.
func (c *checkFlags) addSources(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&c.policies, "policy", nil, "embedded pack or pack file, with @sha256:HEX to pin it; may be given again")
	f.StringArrayVar(&c.bundles, "bundle", nil, "a signature; may be given again; those beside the BOM if not given")
}

// addJudging adds the flags that say whom to believe and when.
func (c *checkFlags) addJudging(cmd *cobra.Command) {
	f := cmd.Flags()
	c.trust.AddFlags(f)
	f.BoolVar(&c.signedPacks, "signed-packs", false, "judge by a pack file only if a signer of packs in the trust file signed it")
	f.StringVar(&c.claims, "claims", "", "claim bundle, or folder of them, that came beside the BOM")
	f.StringVar(&c.waivers, "waivers", "", "waiver file")
	f.StringVar(&c.registry, "registry", "", "folder whose files are laid over the embedded registry")
	f.StringVar(&c.asOf, "as-of", "", "date of rules, lists and ownership; today if not given")
	f.StringVar(&c.verifyAt, "verify-at", "", "time at which keys must be valid; now if not given")
	f.StringVar(&c.award, "award", "", "date of award, for rules that are read at it")
	f.StringVar(&c.delivery, "delivery", "", "date of delivery, for rules that are read at it")
}

func (c *checkFlags) run(cmd *cobra.Command, name string, now time.Time) error {
	if err := errors.Join(oneOf("--format", c.format, verdictFormats...), oneOf("--fail-on", c.failOn, "fail", "unknown", "warn")); err != nil {
		return err
	}
	if c.replay {
		return c.judgeAgain(cmd, name)
	}
	key, err := c.signingKey()
	if err != nil {
		return err
	}
	j, err := c.dates(now)
	if err != nil {
		return err
	}
	var outs []output
	if c.bundleOut != "" {
		var archived []byte
		if j, archived, err = c.pack(cmd, name, j); err != nil {
			return err
		}
		j.Path = belowHere(name) // where it lies is not evidence
		outs = append(outs, output{c.bundleOut, archived, 0o644})
	} else if j, err = c.read(cmd, name, j); err != nil {
		return err
	}
	doc, rec, err := assess.Judge(j)
	if err != nil {
		return err
	}
	for _, n := range rec.Lost {
		visible.Fprintf(cmd.ErrOrStderr(), "originbom: note: not judged: %s\n", n)
	}
	if c.vsa != "" {
		signed, err := signVSA(cmd, rec, key)
		if err != nil {
			return err
		}
		outs = append(outs, output{c.vsa, signed, 0o644})
	}
	if err := writeFiles(cmd.OutOrStdout(), outs...); err != nil {
		return err
	}
	if err := writeVerdict(cmd, c.format, doc, rec); err != nil {
		return err
	}
	return status(rec.Result.Verdict, c.failOn)
}

// dates begins a judgement with the days and times of the flags.
func (c *checkFlags) dates(now time.Time) (j assess.Judgement, err error) {
	j.Tool, j.Chosen, j.SignedPacks = toolVersion, c.verifyAt != "", c.signedPacks
	if j.AsOf, err = dateFlag("--as-of", c.asOf, now); err != nil {
		return j, err
	}
	if j.VerifyAt, err = timeFlag("--verify-at", c.verifyAt, now); err != nil {
		return j, err
	}
	if j.Award, err = dateFlag("--award", c.award, time.Time{}); err != nil {
		return j, err
	}
	j.Delivery, err = dateFlag("--delivery", c.delivery, time.Time{})
	return j, err
}

// read reads the files that a verdict rests on, each once.
func (c *checkFlags) read(cmd *cobra.Command, bom string, j assess.Judgement) (assess.Judgement, error) {
	j.Name, j.Path = filepath.Base(bom), belowHere(bom)
	var err error
	if j.BOM, err = readInput(cmd.InOrStdin(), bom, verify.MaxBOMSize); err != nil {
		return j, err
	}
	if bom == "-" {
		j.Name = "stdin"
	}
	if j.Trust, err = c.trust.LoadTrust(); err != nil && !errors.Is(err, verify.ErrNoTrust) {
		return j, err
	}
	if j.Bundles, err = readBundles(bom, c.bundles); err != nil {
		return j, err
	}
	dir, err := hostPath(".")
	if err != nil {
		return j, err
	}
	if len(c.policies) > 0 || !c.unjudged {
		if j.Packs, err = assess.ReadPacks(host(), dir, c.policies); err != nil {
			return j, err
		}
	}
	if c.claims != "" {
		at, err := hostPath(c.claims)
		if err != nil {
			return j, err
		}
		if j.Claims, err = assess.ReadClaims(host(), at); err != nil {
			return j, err
		}
	}
	if c.waivers != "" {
		data, err := ask.ReadFile(c.waivers, strictyaml.MaxBytes)
		if err != nil {
			return j, err
		}
		if j.Waivers, err = policy.ParseWaivers(c.waivers, data); err != nil {
			return j, err
		}
	}
	folder := ""
	if c.registry != "" {
		if folder, err = hostPath(c.registry); err != nil {
			return j, err
		}
	}
	j.Registry, err = assess.OpenRegistry(host(), folder)
	return j, err
}

// readBundles reads the bundles that were named, or else those that lie beside
// the BOM, if there are any.
func readBundles(bom string, names []string) ([]assess.Bundle, error) {
	if len(names) == 0 && bom != "-" {
		var err error
		if names, err = ask.BundlesBeside(bom); err != nil {
			return nil, err
		}
	}
	var out []assess.Bundle
	for _, name := range names {
		data, err := ask.ReadFile(name, verify.MaxBundleSize)
		if err != nil {
			return nil, err
		}
		out = append(out, assess.Bundle{Name: filepath.Base(name), Data: data})
	}
	return out, nil
}
