package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/policy/assess"
	"github.com/originbom/originbom/policy/report"
	"github.com/originbom/originbom/sbom/visible"
)

func newExplainCmd() *cobra.Command {
	var c checkFlags
	cmd := &cobra.Command{
		Use:   "explain BOM FINDING --policy PACK|FILE...",
		Short: "why a finding is what it is, as a chain that a person can follow",
		Long: `Explain judges the BOM as check does, and prints the findings that FINDING names:
a fingerprint or the beginning of one, a rule's id, a component's ref or name, or
RULE:REF. Exit status 0 if there is one, 1 if there is none.`,
		Example: `  originbom explain phone.cdx.json DISPLAY-KR --policy ./ours.yaml --trust trust.yaml
  originbom explain phone.cdx.json 3fa4 --policy ./ours.yaml`,
		Args: args(2, 2, "a BOM and a finding"),
		RunE: func(cmd *cobra.Command, args []string) error {
			j, err := c.dates(time.Now())
			if err != nil {
				return err
			}
			if j, err = c.read(cmd, args[0], j); err != nil {
				return err
			}
			_, rec, err := assess.Judge(j)
			if err != nil {
				return err
			}
			found := 0
			for i := range rec.Result.Findings {
				if f := &rec.Result.Findings[i]; names(args[1], f) {
					if found++; found > 1 {
						fmt.Fprintln(cmd.OutOrStdout())
					}
					if err := report.Explain(cmd.OutOrStdout(), rec, f); err != nil {
						return err
					}
				}
			}
			if found == 0 {
				fmt.Fprintf(cmd.ErrOrStderr(), "originbom: no finding is named %q; originbom check lists rules and parts\n", args[1])
				return statusError(exitNo)
			}
			return nil
		},
	}
	c.addSources(cmd)
	c.addJudging(cmd)
	return cmd
}

// names reports whether a word of the command line means the finding.
func names(word string, f *policy.Finding) bool {
	rule, ref, both := strings.Cut(word, ":")
	switch {
	case len(word) >= 4 && strings.HasPrefix(f.Fingerprint, strings.ToLower(word)):
		return true
	case word == f.Rule, word == f.Component.Ref, strings.EqualFold(word, f.Component.Name):
		return true
	}
	return both && rule == f.Rule && ref == f.Component.Ref
}

func newPolicyDiffCmd() *cobra.Command {
	var c checkFlags
	cmd := &cobra.Command{
		Use:   "diff OLD NEW BOM...",
		Short: "which verdicts change between two versions of a pack",
		Long: `Diff judges each BOM by both packs on the same day, and prints the findings whose
verdict is another. Exit status 0 if none is, 1 if some are.`,
		Example: `  originbom policy diff old.yaml new.yaml phone.cdx.json tablet.cdx.json --trust trust.yaml`,
		Args:    args(3, -1, "two packs and a BOM"),
		RunE: func(cmd *cobra.Command, args []string) error {
			changed := 0
			for _, bom := range args[2:] {
				n, err := c.diff(cmd, args[0], args[1], bom)
				if err != nil {
					return err
				}
				changed += n
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s changed on %s\n", report.Count(changed, "verdict"), report.Count(len(args)-2, "BOM"))
			if changed > 0 {
				return statusError(exitNo)
			}
			return nil
		},
	}
	c.addJudging(cmd)
	return cmd
}

// diff prints what changes on one BOM, and gives how many verdicts do.
func (c *checkFlags) diff(cmd *cobra.Command, was, is, bom string) (int, error) {
	if bom == "-" {
		return 0, errors.New("a BOM is read twice here: give a file")
	}
	var recs [2]*policy.Record
	now := time.Now()
	for i, name := range []string{was, is} {
		c.policies = []string{name}
		j, err := c.dates(now)
		if err != nil {
			return 0, err
		}
		if j, err = c.read(cmd, bom, j); err != nil {
			return 0, err
		}
		if _, recs[i], err = assess.Judge(j); err != nil {
			return 0, err
		}
	}
	changes := policy.Compare(recs[0].Result, recs[1].Result)
	out := cmd.OutOrStdout()
	visible.Fprintf(out, "%s: %s by %s, %s by %s\n", bom, recs[0].Result.Verdict, was, recs[1].Result.Verdict, is)
	for _, ch := range changes {
		visible.Fprintf(out, "  %s %s: %s -> %s: %s\n", ch.Rule, ch.Component, ch.Was, ch.Is, ch.Why)
	}
	return len(changes), nil
}
