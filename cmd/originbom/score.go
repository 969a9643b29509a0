package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/cmd/internal/ask"
	"github.com/originbom/originbom/provenance/verify"
	"github.com/originbom/originbom/sbom/score"
	"github.com/originbom/originbom/sbom/visible"
)

func newScoreCmd() *cobra.Command {
	var trust ask.Choice
	var standard, format string
	var bundles []string
	cmd := &cobra.Command{
		Use:   "score BOM",
		Short: "minimum elements: what a BOM tells, declares unknown, and leaves out",
		Long: `Score counts the minimum elements of NTIA, CISA 2026, BSI TR-03183-2, the EU CRA,
CERT-In HBOM and CISA HBOM in a CycloneDX JSON document: present, declared
unknown, absent, not applicable. It counts what is said, not whether it is true,
and does not say that a law asks for it. Practices cannot be seen in a file.

The exit status is 0 whatever the score: a policy asks for one (score: {standard:
cisa-2026, at-least: 100}).`,
		Example: `  originbom score phone.cdx.json
  originbom score phone.cdx.json --standard cisa-2026 --key maker.pub --format json`,
		Args: args(1, 1, "one BOM"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := errors.Join(oneOf("--format", format, "text", "json"), oneOf("--standard", standard, append(score.Names(), "")...)); err != nil {
				return err
			}
			bom, err := readInput(cmd.InOrStdin(), args[0], verify.MaxBOMSize)
			if err != nil {
				return err
			}
			facts, err := signatureFacts(args[0], bundles, bom, trust)
			if err != nil {
				return err
			}
			var cards []score.Card
			for _, s := range score.Standards() {
				if standard != "" && s.Name != standard {
					continue
				}
				card, err := s.Score(bom, facts)
				if err != nil {
					return fmt.Errorf("%s: %w", args[0], err)
				}
				cards = append(cards, card)
			}
			if format == "json" {
				return writeJSON(cmd.OutOrStdout(), scoreJSON(cards))
			}
			return writeCards(cmd.OutOrStdout(), cards, facts)
		},
	}
	f := cmd.Flags()
	trust.AddFlags(f)
	f.StringArrayVar(&bundles, "bundle", nil, "a signature; may be given again; those beside the BOM if not given")
	f.StringVar(&standard, "standard", "", "one of "+strings.Join(score.Names(), ", ")+"; all if not given")
	f.StringVar(&format, "format", "text", "text or json")
	return cmd
}

// signatureFacts verifies the signatures, all of them, if somebody was chosen to trust.
func signatureFacts(name string, named []string, bom []byte, choice ask.Choice) (score.Facts, error) {
	trust, err := choice.LoadTrust()
	if errors.Is(err, verify.ErrNoTrust) {
		return score.Facts{}, nil
	} else if err != nil {
		return score.Facts{}, err
	}
	f := score.Facts{SignatureJudged: true}
	bundles, err := readBundles(name, named)
	for _, b := range bundles {
		_, err := verify.BOM(bom, b.Data, trust, time.Now())
		var refused *verify.RefusedError
		if errors.As(err, &refused) {
			return f, nil
		} else if err != nil {
			return f, fmt.Errorf("%s: %w", b.Name, err)
		}
	}
	f.Signed = len(bundles) > 0
	return f, err
}

func writeCards(w io.Writer, cards []score.Card, f score.Facts) error {
	for i, c := range cards {
		if i > 0 {
			fmt.Fprintln(w)
		}
		visible.Fprintf(w, "%s: %.1f %%\n  (%s)\n", c.Title, c.Percent(), c.Basis)
		t := tabwriter.NewWriter(w, 2, 8, 2, ' ', 0)
		fmt.Fprintln(t, "  element\tof\tpresent\tunknown\tabsent\tn/a")
		for _, e := range c.Counts {
			visible.Fprintf(t, "  %s\t%s\t%d\t%d\t%d\t%d\n", e.Element, e.Scope, e.Present, e.Declared, e.Absent, e.NA)
		}
		if err := t.Flush(); err != nil {
			return err
		}
		for _, e := range c.Counts {
			if e.Absent > 0 && len(e.Missing) > 0 {
				visible.Fprintf(w, "  %s is absent from: %s\n", e.Element, strings.Join(e.Missing[:min(len(e.Missing), 5)], ", "))
			}
		}
	}
	if !f.SignatureJudged {
		fmt.Fprintln(w, "\nThe signature was not scored: nobody was chosen to trust (--trust FILE or --key PUB).")
	}
	return nil
}

type jsonCard struct {
	Standard string      `json:"standard"`
	Title    string      `json:"title"`
	Basis    string      `json:"basis"`
	Percent  float64     `json:"percent"`
	Elements []jsonCount `json:"elements"`
}

type jsonCount struct {
	Element       string   `json:"element"`
	Of            string   `json:"of"`
	Present       int      `json:"present"`
	Unknown       int      `json:"declaredUnknown"`
	Absent        int      `json:"absent"`
	NotApplicable int      `json:"notApplicable"`
	AbsentFrom    []string `json:"absentFrom"`
}

func scoreJSON(cards []score.Card) []jsonCard {
	out := []jsonCard{}
	for _, c := range cards {
		j := jsonCard{Standard: c.Standard, Title: c.Title, Basis: c.Basis, Percent: c.Percent()}
		for _, e := range c.Counts {
			j.Elements = append(j.Elements, jsonCount{e.Element, e.Scope, e.Present, e.Declared, e.Absent, e.NA, append([]string{}, e.Missing...)})
		}
		out = append(out, j)
	}
	return out
}
