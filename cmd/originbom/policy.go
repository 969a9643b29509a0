package main

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/policy/assess"
	"github.com/originbom/originbom/policy/packs"
	"github.com/originbom/originbom/policy/report"
	"github.com/originbom/originbom/sbom/visible"
)

func newPolicyCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "policy", Short: "rule packs: list, test, sign and compare them",
	}
	group(cmd, newPolicyListCmd(), newPolicyTestCmd(), newPolicySignCmd(), newPolicyDiffCmd())
	return cmd
}

func newPolicyListCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "list [PACK|FILE...]",
		Short: "packs, how old they are and how sure; all embedded packs without arguments",
		Long: `List shows the rules and lists of packs, and of those that they include, and the
digest of each. NAME@sha256:DIGEST pins it wherever a pack is named.`,
		Example: `  originbom policy list
  originbom policy list us-taa ./ours.yaml`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = packs.Names()
			}
			dir, err := hostPath(".")
			if err != nil {
				return err
			}
			for _, name := range args {
				ps, err := assess.ReadPacks(host(), dir, []string{name})
				if err != nil {
					return err
				}
				if ps, err = policy.Flatten(ps); err != nil {
					return err
				}
				for _, p := range ps {
					listPack(cmd.OutOrStdout(), p, time.Now())
				}
			}
			return nil
		},
	}
}

// listPack prints one pack with its rules and lists.
func listPack(out io.Writer, p *policy.Pack, now time.Time) {
	visible.Fprintf(out, "%s  version %d  %s, %s\n    %s\n    sha256:%s\n", p.ID, p.Version, report.Count(len(p.Rules), "rule"), report.Count(len(p.Tests), "case"), p.Title, p.Digest)
	if p.IncludedBy != "" {
		visible.Fprintf(out, "    included by %s\n", p.IncludedBy)
	}
	if p.Note != "" {
		visible.Fprintf(out, "    note: %s\n", p.Note)
	}
	for _, r := range p.Rules {
		visible.Fprintf(out, "    %-18s %s\n", r.ID, r.Title)
		if c := r.Clause; c != nil {
			visible.Fprintf(out, "    %-18s %s; %s, read %s%s\n", "", c.Text, statusWords(r.Status), c.Read, sureWords(c.Sure))
		}
		for _, c := range r.Changes {
			visible.Fprintf(out, "    %-18s %s\n", "", c)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.Lists)) {
		l := p.Lists[name]
		visible.Fprintf(out, "    list %s: %s, as of %s%s%s%s\n", name, report.Count(len(l.Entries), "entry"), l.AsOf, ageWords(l, now), completeWords(l.Complete), sureWords(l.Sure))
	}
}

func statusWords(s *policy.Status) string {
	if s == nil {
		return "no status"
	}
	words := s.State
	if s.From != "" {
		words += " from " + s.From
	}
	if s.To != "" {
		words += " to " + s.To
	}
	return words
}

func sureWords(sure string) string {
	if sure == "" {
		return ""
	}
	return " (" + sure + ")"
}

func completeWords(complete bool) string {
	if complete {
		return ", complete"
	}
	return ", NOT complete: an absence proves nothing"
}

// ageWords says how old a list is and whether it is too old to prove an absence.
func ageWords(l policy.List, now time.Time) string {
	of, err := time.Parse(time.DateOnly, l.AsOf)
	if err != nil {
		return ""
	}
	days := int(now.Sub(of).Hours() / 24)
	words := ", " + report.Count(days, "day") + " old"
	if most, err := strconv.Atoi(strings.TrimSuffix(l.MaxAge, "d")); err == nil && l.MaxAge != "" {
		words += " of at most " + strconv.Itoa(most)
		if days > most {
			words += ": TOO OLD"
		}
	}
	return words
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
			failed, total := false, 0
			for _, name := range args {
				ps, err := assess.ReadPacks(withoutLists{host(), cmd.ErrOrStderr()}, dir, []string{name})
				if err != nil {
					return err
				}
				total += len(ps[0].Tests)
				failed = testPack(cmd, name, ps[0]) || failed
			}
			if len(args) > 1 {
				visible.Fprintf(cmd.OutOrStdout(), "%s ran in %s\n", report.Count(total, "case"), report.Count(len(args), "pack"))
			}
			if failed {
				return statusError(exitNo)
			}
			return nil
		},
	}
}

// withoutLists gives an empty list for a list's file that is not there: a case
// sees only its own lists, so a table can run without it.
type withoutLists struct {
	hostFS
	notes io.Writer
}

func (w withoutLists) Open(name string) (fs.File, error) {
	f, err := w.hostFS.Open(name)
	if errors.Is(err, fs.ErrNotExist) && strings.HasSuffix(name, ".csv") {
		visible.Fprintf(w.notes, "originbom: note: %s is not there; the table runs without it, check would not\n", path.Base(name))
		return emptyList{strings.NewReader("name\n")}, nil
	}
	return f, err
}

// emptyList is a list's file without entries.
type emptyList struct{ *strings.Reader }

func (emptyList) Close() error                 { return nil }
func (e emptyList) Stat() (fs.FileInfo, error) { return e, nil }
func (emptyList) Name() string                 { return "list.csv" }
func (emptyList) Mode() fs.FileMode            { return 0o444 }
func (emptyList) ModTime() time.Time           { return time.Time{} }
func (emptyList) IsDir() bool                  { return false }
func (emptyList) Sys() any                     { return nil }

// testPack runs one table and reports whether a case failed.
func testPack(cmd *cobra.Command, name string, p *policy.Pack) bool {
	out := cmd.OutOrStdout()
	wrong := 0
	for _, c := range p.RunTests() {
		if len(c.Problems) == 0 {
			continue
		}
		wrong++
		visible.Fprintf(out, "%s: line %d: %s\n", filepath.Base(name), c.Line, c.Name)
		for _, problem := range c.Problems {
			visible.Fprintf(out, "    %s\n", problem)
		}
	}
	visible.Fprintf(out, "%s version %d: %s ran, %d failed\n", p.ID, p.Version, report.Count(len(p.Tests), "case"), wrong)
	if len(p.Tests) == 0 {
		visible.Fprintf(cmd.ErrOrStderr(), "originbom: note: %s has no cases, so nothing tests its rules\n", p.ID)
	}
	return wrong > 0
}
