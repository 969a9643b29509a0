package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/policy/assess"
	"github.com/originbom/originbom/policy/report"
)

func newRegistryCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "registry", Short: "organisations, brands, prefixes and owners",
	}
	group(cmd, newRegistryFindCmd(), newRegistryListCmd())
	return cmd
}

func newRegistryFindCmd() *cobra.Command {
	var dir, asOf, format string
	var history bool
	cmd := &cobra.Command{
		Use:   "find NAME|PART|PREFIX",
		Short: "who is this, who owned them on a date, and by which source",
		Long: `Find looks a name (in any script), a part number, a device-tree vendor prefix, a
compatible (prefix,part) or a brand up. A name that is only similar is a possible
match, for a person to settle. It exits 1 if nothing was found, 2 if there are
only possible matches.`,
		Example: `  originbom registry find TFA9895 --as-of 2018-06-01
  originbom registry find 华为技术有限公司
  originbom registry find "Honor Device Co., Ltd." --history
  originbom registry find samsung,sofef00 --format json`,
		Args: args(1, 1, "one name, part or prefix"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("--format", format, "text", "json"); err != nil {
				return err
			}
			at, err := dateFlag("--as-of", asOf, time.Now())
			if err != nil {
				return err
			}
			if dir != "" {
				if dir, err = hostPath(dir); err != nil {
					return err
				}
			}
			reg, err := assess.OpenRegistry(host(), dir)
			if err != nil {
				return err
			}
			ms := reg.Find(args[0], at)
			if format == "json" {
				err = report.MatchesJSON(cmd.OutOrStdout(), reg, ms, history)
			} else {
				err = report.Matches(cmd.OutOrStdout(), reg, ms, at.Format(time.DateOnly), history)
			}
			if err != nil {
				return err
			}
			certain := false
			for _, m := range ms {
				certain = certain || !m.Possible
			}
			switch {
			case len(ms) == 0:
				fmt.Fprintf(cmd.ErrOrStderr(), "originbom: the registry has nothing like %q: add it in a folder of your own (--registry DIR)\n", args[0])
				return statusError(exitNo)
			case !certain:
				return statusError(exitCannotTell)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "registry", "", "folder whose files are laid over the embedded registry")
	cmd.Flags().StringVar(&asOf, "as-of", "", "date of ownership; today if not given")
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	cmd.Flags().BoolVar(&history, "history", false, "owners of other dates too")
	return cmd
}

func newRegistryListCmd() *cobra.Command {
	var dir, format string
	cmd := &cobra.Command{
		Use: "list", Short: "all organisations", Args: args(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOf("--format", format, "text", "json"); err != nil {
				return err
			}
			var err error
			if dir != "" {
				if dir, err = hostPath(dir); err != nil {
					return err
				}
			}
			reg, err := assess.OpenRegistry(host(), dir)
			if err != nil {
				return err
			}
			if format == "json" {
				return report.OrganisationsJSON(cmd.OutOrStdout(), reg)
			}
			return report.Organisations(cmd.OutOrStdout(), reg)
		},
	}
	cmd.Flags().StringVar(&dir, "registry", "", "folder whose files are laid over the embedded registry")
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}
