package main

import (
	"fmt"
	"path"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/policy/assess"
	"github.com/originbom/originbom/policy/report"
	"github.com/originbom/originbom/sbom/visible"
)

// dryRun reads the inputs and prints how each part list was understood. It
// writes no file.
func dryRun(cmd *cobra.Command, inputs []string) error {
	src, err := sources(inputs)
	if err != nil {
		return err
	}
	if h, at, err := handsetAmong(inputs); err != nil {
		return err
	} else if h {
		handset, err := assess.ReadHandset(host(), at)
		if err != nil {
			return err
		}
		src = handset.Sources()
	}
	read, err := assess.Read(cmd.Context(), host(), src, nil)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	for i, r := range read {
		if i > 0 {
			fmt.Fprintln(out)
		}
		if r.Account == nil {
			visible.Fprintf(out, "%s: %s, %s\n", r.Reading.Input.Name, r.Reading.Input.Kind, report.Count(len(r.Reading.Components), "component"))
		} else if err := report.Account(out, r.Account); err != nil {
			return err
		}
		for _, n := range r.Reading.Notes {
			visible.Fprintf(cmd.ErrOrStderr(), "originbom: note: %s\n", n)
		}
	}
	return nil
}

// sources are the inputs of the command line. Evidence calls each by its base
// name, or by its folder and that where two have the same.
func sources(inputs []string) ([]assess.Source, error) {
	var src []assess.Source
	count := map[string]int{}
	for _, name := range inputs {
		at, err := hostPath(name)
		if err != nil {
			return nil, err
		}
		src = append(src, assess.Source{Name: path.Base(at), Path: at})
		count[path.Base(at)]++
	}
	for i, s := range src {
		if count[s.Name] > 1 {
			src[i].Name = path.Join(path.Base(path.Dir(s.Path)), s.Name)
		}
	}
	return src, nil
}
