package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/cmd/internal/ask"
	"github.com/originbom/originbom/policy/assess"
	"github.com/originbom/originbom/policy/report"
	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/visible"
)

func newGenerateCmd() *cobra.Command {
	var out, format, spec, registry, asOf, model, maker string
	var strict, dry, elf bool
	cmd := &cobra.Command{
		Use:   "generate INPUT...",
		Short: "inputs to a CycloneDX BOM",
		Long: `Generate reads device trees, part lists, root folders, CycloneDX documents,
claim bundles and spreadsheets that claim questions wrote and a supplier filled
in, finds out what each one is by its content, and writes what they
tell as one CycloneDX BOM. A handset file stands for all inputs that it names.

What cannot be read is kept as said, is unknown, and is reported with its file,
place and remedy; with --strict it is an error.

With --dry-run nothing is written: for each part list it is printed where its
header is, what each column was taken for, and which of its rows are parts.`,
		Example: `  originbom generate board.dtb parts.csv rootfs/ -o phone.cdx.json
  originbom generate handset.yaml --spec-version 1.6 -o -
  originbom generate --dry-run parts.xlsx
  originbom generate board.dtb --model EM-15 --maker "Example Mobile" -o phone.cdx.json`,
		Args: args(1, -1, "at least one input"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := errors.Join(oneOf("--format", format, "cyclonedx-json"), oneOf("--spec-version", spec, sbom.Spec17, sbom.Spec16)); err != nil {
				return err
			}
			if dry {
				return dryRun(cmd, args)
			}
			now := time.Now()
			built, err := buildTime(now)
			if err != nil {
				return err
			}
			g := assess.Generation{Built: built, Tool: toolVersion, Strict: strict, ELFHardening: elf}
			if g.AsOf, err = dateFlag("--as-of", asOf, now); err != nil {
				return err
			}
			p := newProgress(cmd.ErrOrStderr())
			g.Watch = p.watch()
			doc, err := generate(cmd, args, g, registry, sbom.Device{Model: model}, maker, asOf == "")
			p.clear()
			if err != nil {
				return err
			}
			data, err := sbom.Encode(doc, spec)
			if err != nil {
				return err
			}
			if err := writeFiles(cmd.OutOrStdout(), output{out, data, 0o644}); err != nil {
				return err
			}
			for _, n := range doc.Notes {
				visible.Fprintf(cmd.ErrOrStderr(), "originbom: note: %s\n", n)
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "originbom: seen: %s\n", report.Coverage(doc.Coverage()))
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVarP(&out, "output", "o", "-", "file to write; - is standard output")
	f.StringVar(&format, "format", "cyclonedx-json", "cyclonedx-json")
	f.StringVar(&spec, "spec-version", sbom.Spec17, "CycloneDX version: 1.7 or 1.6")
	f.StringVar(&registry, "registry", "", "folder whose files are laid over the embedded registry")
	f.StringVar(&asOf, "as-of", "", "date on which makers and owners are looked up; today if not given")
	f.StringVar(&model, "model", "", "model of the handset, where no input tells it")
	f.StringVar(&maker, "maker", "", "maker of the handset, where no input tells it")
	f.BoolVar(&dry, "dry-run", false, "write nothing; print how each part list is understood")
	f.BoolVar(&elf, "elf-hardening", false, "say of each program and shared object in root folders and images how it is hardened")
	f.BoolVar(&strict, "strict", false, "a value that cannot be read is an error")
	return cmd
}

// generate reads inputs, or the one handset file that stands for them.
func generate(cmd *cobra.Command, inputs []string, g assess.Generation, registry string, device sbom.Device, maker string, today bool) (*sbom.Document, error) {
	var err error
	if registry != "" {
		if registry, err = hostPath(registry); err != nil {
			return nil, err
		}
	}
	if h, at, err := handsetAmong(inputs); err != nil {
		return nil, err
	} else if h {
		return generateHandset(cmd, at, g, registry, today)
	}
	if g.Registry, err = assess.OpenRegistry(host(), registry); err != nil {
		return nil, err
	}
	src, err := sources(inputs)
	if err != nil {
		return nil, err
	}
	said := sbom.Reading{Device: device, Input: sbom.Input{Name: "command line", Kind: "command-line"}}
	if maker != "" {
		ev := sbom.Evidence{Source: sbom.Source{Name: "command line"}, Place: "--maker", Method: sbom.MethodDocument, Says: maker}
		said.Device.Facts = []sbom.Fact{{Name: sbom.Manufacturer, Values: []sbom.Value{{Is: maker, Evidence: []sbom.Evidence{ev}}}}}
	}
	return assess.Generate(cmd.Context(), host(), src, g, []sbom.Reading{said}, sbom.Contact{})
}

// handsetAmong reports whether the inputs are one handset file.
func handsetAmong(inputs []string) (bool, string, error) {
	for _, name := range inputs {
		if ext := filepath.Ext(name); ext != ".yaml" && ext != ".yml" {
			continue
		}
		data, err := ask.ReadFile(name, 16<<20)
		if err != nil {
			return false, "", err
		}
		if !assess.IsHandset(data) {
			continue
		}
		if len(inputs) > 1 {
			return false, "", fmt.Errorf("%s: a handset file stands alone: name the other inputs in it", name)
		}
		at, err := hostPath(name)
		return true, at, err
	}
	return false, "", nil
}

func generateHandset(cmd *cobra.Command, at string, g assess.Generation, registry string, today bool) (*sbom.Document, error) {
	h, err := assess.ReadHandset(host(), at)
	if err != nil {
		return nil, err
	}
	if today {
		if g.AsOf, err = h.JudgingDate(g.AsOf); err != nil {
			return nil, err
		}
	}
	if g.Registry, err = h.OpenRegistry(host(), registry); err != nil {
		return nil, err
	}
	return h.Generate(cmd.Context(), host(), g)
}
