package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/policy/assess"
	"github.com/originbom/originbom/policy/packs"
)

func newPolicyCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "policy", Short: "rule packs: list and test them",
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		Args: args(0, 0, "a command: list or test"),
	}
	cmd.AddCommand(newPolicyListCmd(), newPolicyTestCmd())
	return cmd
}

func newPolicyListCmd() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "the embedded packs", Args: args(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cmd.OutOrStdout()
			for _, id := range packs.Names() {
				p, err := packs.Open(id)
				if err != nil {
					return err
				}
				fmt.Fprintf(out, "%s  version %d  %d rules, %d cases\n    %s\n    sha256:%s\n", p.ID, p.Version, len(p.Rules), len(p.Tests), p.Title, p.Digest)
				for _, r := range p.Rules {
					fmt.Fprintf(out, "    %-18s %s\n", r.ID, r.Title)
				}
			}
			return nil
		},
	}
}

func newPolicyTestCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "test [PACK|FILE...]",
		Short: "run the packs' own tables of cases; all embedded packs without arguments",
		Example: `  originbom policy test
  originbom policy test ./ours.yaml`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = packs.Names()
			}
			dir, err := hostPath(".")
			if err != nil {
				return err
			}
			failed := false
			for _, name := range args {
				ps, err := assess.ReadPacks(host(), dir, []string{name})
				if err != nil {
					return err
				}
				failed = testPack(cmd, name, ps[0]) || failed
			}
			if failed {
				return statusError(exitNo)
			}
			return nil
		},
	}
}

// testPack runs one table and reports whether a case failed.
func testPack(cmd *cobra.Command, name string, p *policy.Pack) bool {
	out := cmd.OutOrStdout()
	wrong := 0
	for _, c := range p.RunTests() {
		if len(c.Problems) == 0 {
			continue
		}
		wrong++
		fmt.Fprintf(out, "%s: line %d: %s\n", filepath.Base(name), c.Line, c.Name)
		for _, problem := range c.Problems {
			fmt.Fprintf(out, "    %s\n", problem)
		}
	}
	fmt.Fprintf(out, "%s version %d: %d cases ran, %d failed\n", p.ID, p.Version, len(p.Tests), wrong)
	if len(p.Tests) == 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "originbom: note: %s has no cases, so nothing tests its rules\n", p.ID)
	}
	return wrong > 0
}
