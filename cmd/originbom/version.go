package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/provenance/registry"
)

func newVersionCmd() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "versions of the program and its registry", Args: args(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			reg, err := registry.Embedded()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "originbom %s (%s, %s/%s)\nregistry sha256:%s, %d organisations\n",
				toolVersion, runtime.Version(), runtime.GOOS, runtime.GOARCH, reg.Digest(), len(reg.Organisations()))
			return err
		},
	}
}
