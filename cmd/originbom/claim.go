package main

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/sbom"
)

func newClaimCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "claim",
		Short: "suppliers' signed claims about where a part was made",
		Long: `A claim is what a supplier states about the origin of one part: the country of each
stage of its making, from when until when. Signed, it travels with a BOM, and
whoever judges the BOM verifies it under their own trust file.

  questions  what to ask each supplier, as a letter and a spreadsheet
  new        a template to fill in, or claims from an answered spreadsheet
  sign       sign a claim
  verify     who signed, what is claimed, and may they speak for that part?`,
	}
	group(cmd, newClaimNewCmd(), newClaimSignCmd(), newClaimVerifyCmd(), newClaimQuestionsCmd())
	return cmd
}

// part finds the one component that a name, part number or ref means.
func part(d *sbom.Document, name string) (*sbom.Component, error) {
	var hits []*sbom.Component
	d.Walk(func(c *sbom.Component, _ []string) {
		if c.Ref == name || strings.EqualFold(c.Name, name) || strings.EqualFold(c.MPN, name) {
			hits = append(hits, c)
		}
	})
	switch len(hits) {
	case 0:
		return nil, fmt.Errorf("the document has no part %q: give a name, part number or ref as show lists them", name)
	case 1:
		return hits[0], nil
	}
	var refs []string
	for _, c := range hits {
		refs = append(refs, c.Ref)
	}
	return nil, fmt.Errorf("%q means several parts: give one of the refs %s", name, strings.Join(refs, ", "))
}

// fileName makes a name of words from elsewhere: letters and digits of any
// script, joined by dashes.
func fileName(s string) string {
	words := strings.FieldsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '+'
	})
	name := []rune(strings.Join(words, "-"))
	return string(name[:min(len(name), 80)]) // file systems take 255 bytes
}
