package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/cmd/internal/ask"
	"github.com/originbom/originbom/policy/report"
	"github.com/originbom/originbom/provenance/verify"
	"github.com/originbom/originbom/sbom/visible"
)

func newTrustCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "trust",
		Short: "whom does a trust file let sign, and what?",
	}
	group(cmd, newTrustShowCmd(), newTrustLintCmd())
	return cmd
}

func newTrustShowCmd() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:     "show FILE",
		Short:   "list the signers of a trust file",
		Example: "  originbom trust show trust.yaml",
		Args:    args(1, 1, "one trust file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("--format", format, "text", "json"); err != nil {
				return err
			}
			t, err := ask.Choice{Trust: args[0]}.LoadTrust()
			if err != nil {
				return err
			}
			if format == "json" {
				return writeJSON(cmd.OutOrStdout(), struct {
					Trust   string              `json:"trust"`
					Digest  string              `json:"trust-sha256"`
					Signers []verify.SignerInfo `json:"signers"`
				}{args[0], t.Digest(), t.Signers()})
			}
			return showTrust(cmd.OutOrStdout(), args[0], t)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// showTrust writes one paragraph a signer.
func showTrust(w io.Writer, file string, t *verify.Trust) error {
	var b strings.Builder
	visible.Fprintf(&b, "%s (sha256:%s)\n", file, t.Digest())
	what := map[verify.Role]string{
		verify.RoleBOM: "may sign BOMs", verify.RoleAssessor: "may sign BOMs, and what it grades counts",
		verify.RoleSupplier: "may speak about parts", verify.RolePack: "may sign rule packs", verify.RoleVerdict: "may sign verdicts",
	}
	for _, s := range t.Signers() {
		visible.Fprintf(&b, "\n%s: %s\n", s.Name, what[s.Role])
		for _, k := range s.Keys {
			visible.Fprintf(&b, "  key        %s (sha256:%s)%s\n", k.File, k.ID, keyDates(k))
		}
		for _, id := range s.Identities {
			visible.Fprintf(&b, "  identity   %s\n", id)
		}
		line := func(name, value string) {
			if value != "" {
				visible.Fprintf(&b, "  %-10s %s\n", name, value)
			}
		}
		line("ca", s.CA)
		line("roots", s.Roots)
		if s.Scope != nil {
			line("makers", orNone(s.Scope.Manufacturers, "none: it may speak about no part"))
			line("parts", orNone(s.Scope.Parts, "all of these makers"))
			line("stages", orNone(s.Scope.Stages, "none"))
			line("statements", strings.Join(s.Scope.PredicateTypes, ", "))
		}
		line("required", required(s))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func orNone(list []string, none string) string {
	if len(list) == 0 {
		return none
	}
	return strings.Join(list, ", ")
}

func keyDates(k verify.KeyInfo) string {
	var out strings.Builder
	for _, d := range []struct {
		word string
		at   time.Time
	}{{"valid from", k.ValidFrom}, {"until", k.ValidUntil}, {"revoked at", k.RevokedAt}, {"compromised since", k.CompromisedSince}} {
		if !d.at.IsZero() {
			fmt.Fprintf(&out, ", %s %s", d.word, d.at.Format(time.RFC3339))
		}
	}
	return out.String()
}

func required(s verify.SignerInfo) string {
	var out []string
	if s.Timestamp {
		out = append(out, "a trusted timestamp")
	}
	if s.Log {
		out = append(out, "a log entry")
	}
	if s.MaxAge > 0 {
		out = append(out, "not older than "+report.Count(s.MaxAge, "day"))
	}
	return strings.Join(out, ", ")
}

func newTrustLintCmd() *cobra.Command {
	var at string
	var strict bool
	cmd := &cobra.Command{
		Use:   "lint FILE",
		Short: "what in a trust file is worth a second look?",
		Long: `Lint finds open identities, missing and open scopes, keys that have ended or are
about to, and entries by which nothing can be verified. A key without an end is
a note: that can be meant, and is wrong only by your own rules (--strict).
Exit status 0: nothing, or notes alone; 1: something; 3: the file cannot be read
or has errors.`,
		Example: "  originbom trust lint trust.yaml\n  originbom trust lint trust.yaml --strict",
		Args:    args(1, 1, "one trust file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			now, err := timeFlag("--as-of", at, time.Now())
			if err != nil {
				return err
			}
			t, err := ask.Choice{Trust: args[0]}.LoadTrust()
			if err != nil {
				return err
			}
			remarks := t.Lint(now)
			wrong := false
			for _, r := range remarks {
				place, note := args[0], ""
				if r.Line > 0 {
					place = fmt.Sprintf("%s: line %d", place, r.Line)
				}
				if r.Note && !strict {
					note = "note: "
				} else {
					wrong = true
				}
				visible.Fprintf(cmd.OutOrStdout(), "%s: %s%s\n", place, note, r.Text)
			}
			if wrong {
				return statusError(exitNo)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&strict, "strict", false, "notes give exit status 1 too")
	cmd.Flags().StringVar(&at, "as-of", "", "date on which keys are about to end; now if not given")
	return cmd
}
