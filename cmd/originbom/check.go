package main

import (
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/cmd/internal/ask"
	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/policy/assess"
	"github.com/originbom/originbom/provenance/verify"
)

func newCheckCmd() *cobra.Command {
	var q ask.Question
	var policies []string
	var waivers, registry, asOf, verifyAt, format, failOn string
	cmd := &cobra.Command{
		Use:   "check BOM --policy PACK|FILE...",
		Short: "judge a BOM by rule packs",
		Long: `Check verifies the bundle that lies beside the BOM (BOM.sigstore.json) under your
trust, decodes those same bytes, and judges them by the packs. A policy is the
id of an embedded pack (originbom policy list) or the path of your own file.

A BOM is the word of whoever wrote it: grades that it states are not read.
Ownership and lists come from your registry and packs. Without --trust or --key
the BOM counts as unsigned, and the output says so. A bundle that is there and
not accepted is a fail, whatever the packs say.`,
		Example: `  originbom check phone.cdx.json --policy handset-baseline --trust trust.yaml
  originbom check phone.cdx.json --policy ./ours.yaml --key maker.pub --format json
  originbom check phone.cdx.json --policy ./ours.yaml --key maker.pub --as-of 2026-11-22 --verify-at 2026-11-22`,
		Args: args(1, 1, "one BOM"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := errors.Join(formatFlag(format, "text", "json"), oneOf("--fail-on", failOn, "fail", "unknown", "warn")); err != nil {
				return err
			}
			j, err := readJudgement(cmd, args[0], q, policies, waivers, registry)
			if err != nil {
				return err
			}
			now := time.Now()
			if j.AsOf, err = dateFlag("--as-of", asOf, now); err != nil {
				return err
			}
			if j.VerifyAt, err = timeFlag("--verify-at", verifyAt, now); err != nil {
				return err
			}
			doc, rec, err := assess.Judge(j)
			if err != nil {
				return err
			}
			if err := writeVerdict(cmd, format, doc, rec); err != nil {
				return err
			}
			return status(rec.Result.Verdict, failOn)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&policies, "policy", nil, "embedded pack or pack file; may be given again")
	f.StringVar(&q.Trust, "trust", "", "trust file: whose signatures count")
	f.StringVar(&q.Key, "key", "", "or one public key (PEM) whose signatures count")
	f.StringVar(&q.Bundle, "bundle", "", "the BOM's signature; BOM.sigstore.json if not given")
	f.StringVar(&waivers, "waivers", "", "waiver file")
	f.StringVar(&registry, "registry", "", "folder whose files are laid over the embedded registry")
	f.StringVar(&asOf, "as-of", "", "date of rules, lists and ownership; today if not given")
	f.StringVar(&verifyAt, "verify-at", "", "time at which keys must be valid; now if not given")
	f.StringVar(&format, "format", "text", "text or json")
	f.StringVar(&failOn, "fail-on", "unknown", "from which verdict on the exit status is not 0: fail, unknown, warn")
	return cmd
}

// readJudgement reads the files that a verdict rests on, each once.
func readJudgement(cmd *cobra.Command, bom string, q ask.Question, policies []string, waivers, registry string) (assess.Judgement, error) {
	j := assess.Judgement{Name: filepath.Base(bom), Tool: toolVersion}
	var err error
	if j.BOM, err = readInput(cmd.InOrStdin(), bom, verify.MaxBOMSize); err != nil {
		return j, err
	}
	if bom == "-" {
		j.Name = "stdin"
	}
	if j.Trust, err = q.LoadTrust(); err != nil && !errors.Is(err, verify.ErrNoTrust) {
		return j, err
	}
	if j.Bundle, err = readBundle(bom, q.Bundle); err != nil {
		return j, err
	}
	dir, err := hostPath(".")
	if err != nil {
		return j, err
	}
	if j.Packs, err = assess.ReadPacks(host(), dir, policies); err != nil {
		return j, err
	}
	if waivers != "" {
		data, err := ask.ReadFile(waivers, 16<<20)
		if err != nil {
			return j, err
		}
		if j.Waivers, err = policy.ParseWaivers(waivers, data); err != nil {
			return j, err
		}
	}
	if registry != "" {
		if registry, err = hostPath(registry); err != nil {
			return j, err
		}
	}
	j.Registry, err = assess.OpenRegistry(host(), registry)
	return j, err
}

// readBundle reads the bundle that was named, or the one beside the BOM if
// there is one.
func readBundle(bom, bundle string) ([]byte, error) {
	if bundle != "" {
		return ask.ReadFile(bundle, verify.MaxBundleSize)
	}
	if bom == "-" {
		return nil, nil
	}
	data, err := ask.ReadFile(ask.BundleName(bom), verify.MaxBundleSize)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}
