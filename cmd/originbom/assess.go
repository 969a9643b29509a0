package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/cmd/internal/ask"
	"github.com/originbom/originbom/policy/assess"
	"github.com/originbom/originbom/policy/report"
)

func newAssessCmd() *cobra.Command {
	var dir, registry, failOn string
	var strict, quiet, keyless bool
	cmd := &cobra.Command{
		Use:   "assess HANDSET.yaml",
		Short: "from a handset's inputs to a signed BOM and a verdict, in one go",
		Long: `Assess reads the inputs that the handset file names, writes them as one CycloneDX
BOM, signs it with the key, or by the identity, that the file names, verifies it under the trust
file, and judges it by the rule packs, by the same path as a stranger's BOM.
Bundles of further signers that lie where the BOM goes are judged with it: over
another BOM than the one that is written, they fail.

Every key of a handset file is told in docs/handset.md. The least is a model and
an input:
  device: {model: EM-15}
  inputs: [parts.xlsx]

It writes MODEL.cdx.json, MODEL.cdx.json.sigstore.json, MODEL.verdict.json and
MODEL.report.html, a page for people; all or none. The exit status is that of the verdict.`,
		Example: `  originbom assess handset.yaml
  originbom assess handset.yaml -o delivery/ --strict
  SOURCE_DATE_EPOCH=1700000000 originbom assess handset.yaml     the same bytes every time`,
		Args: args(1, 1, "one handset file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := errors.Join(oneOf("--fail-on", failOn, "fail", "unknown", "warn"), folderFlag(dir)); err != nil {
				return err
			}
			now := time.Now()
			built, err := buildTime(now)
			if err != nil {
				return err
			}
			o := assess.Options{Now: now, Built: built, Tool: toolVersion, Password: password(), Strict: strict}
			if registry != "" {
				if o.Registry, err = hostPath(registry); err != nil {
					return err
				}
			}
			at, err := hostPath(args[0])
			if err != nil {
				return err
			}
			if keyless {
				o.Token = os.Getenv
			}
			p := newProgress(cmd.ErrOrStderr())
			o.Watch = p.watch()
			o.Beside = func(name string) ([]assess.Bundle, error) { return othersBeside(filepath.Join(dir, name)) }
			a, err := assess.Run(cmd.Context(), host(), at, o)
			p.clear()
			if err != nil {
				return err
			}
			names, err := writeAssessment(dir, a)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if !quiet {
				if err := report.Show(out, a.Document, a.Trust); err != nil {
					return err
				}
				fmt.Fprintln(out)
			}
			if err := report.Text(out, a.Document, a.Record); err != nil {
				return err
			}
			fmt.Fprintf(out, "\nWritten: %s\n", strings.Join(names, ", "))
			return status(a.Record.Result.Verdict, failOn)
		},
	}
	cmd.Flags().StringVarP(&dir, "output", "o", "out", "folder to write to")
	cmd.Flags().StringVar(&registry, "registry", "", "folder whose files are laid over the embedded registry")
	cmd.Flags().StringVar(&failOn, "fail-on", "unknown", "from which verdict on the exit status is not 0: fail, unknown, warn")
	cmd.Flags().BoolVar(&strict, "strict", false, "a value that cannot be read is an error")
	cmd.Flags().BoolVar(&keyless, "keyless", false, "sign by identity, with the services that the handset file names (network)")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "print the verdict without the list of parts")
	return cmd
}

// othersBeside reads the bundles beside a BOM that assess does not write itself.
func othersBeside(bom string) ([]assess.Bundle, error) {
	names, err := ask.BundlesBeside(bom)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // the folder is to be made
	} else if err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(names, func(name string) bool { return name == ask.BundleName(bom) })
	if len(names) == 0 {
		return nil, nil
	}
	return readBundles(bom, names)
}

// writeAssessment writes the files, and removes a bundle that an earlier run
// left if this one is not signed.
func writeAssessment(dir string, a *assess.Assessment) ([]string, error) {
	var verdict, page bytes.Buffer
	if err := report.JSON(&verdict, a.Document, a.Record); err != nil {
		return nil, err
	}
	if err := report.HTML(&page, a.Document, a.Record, a.Trust); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fileError(dir, err)
	}
	bom := filepath.Join(dir, a.Name)
	outs := []output{{bom, a.BOM, 0o644}}
	if a.Bundle != nil {
		outs = append(outs, output{ask.BundleName(bom), a.Bundle, 0o644})
	} else if err := os.Remove(ask.BundleName(bom)); err != nil && !os.IsNotExist(err) {
		return nil, fileError(ask.BundleName(bom), err)
	}
	model := strings.TrimSuffix(bom, ".cdx.json")
	outs = append(outs, output{model + ".verdict.json", verdict.Bytes(), 0o644}, output{model + ".report.html", page.Bytes(), 0o644})
	if err := writeFiles(nil, outs...); err != nil {
		return nil, err
	}
	var names []string
	for _, o := range outs {
		names = append(names, o.name)
	}
	return names, nil
}
