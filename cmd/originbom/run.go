package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/policy/report"
	"github.com/originbom/originbom/provenance/verify"
	"github.com/originbom/originbom/sbom/visible"
)

// toolVersion is written into documents and verdicts.
const toolVersion = "0.1.0"

// Exit statuses, the same for every command and format.
const (
	exitYes        = 0
	exitNo         = 1
	exitCannotTell = 2
	exitCouldNotDo = 3
)

// A statusError ends the program with a status when the answer has been
// written already.
type statusError int

func (e statusError) Error() string { return "exit status " + strconv.Itoa(int(e)) }

// run does the whole work and returns the exit status. Errors are printed
// once, here.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRootCmd()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(visible.Writer(stderr))
	err := root.ExecuteContext(ctx)
	var status statusError
	switch {
	case err == nil:
		return exitYes
	case errors.As(err, &status):
		return int(status)
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "originbom: interrupted; nothing was written")
		return exitCouldNotDo
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintf(stderr, "originbom: %s\n", visible.Text(line))
	}
	if errors.Is(err, verify.ErrNoTrust) {
		fmt.Fprintln(stderr, "originbom: hint: --trust FILE, --key PUB, or --identity SUBJECT --issuer URL --trusted-root FILE")
	}
	return exitCouldNotDo
}

const rootLong = `originbom answers, for a handset: what is in it, who made each part and where,
who says so, how well is that proved, and does it meet our rules?

It maps hardware parts and software packages into one signed CycloneDX BOM and
judges it against origin and trust policies. Nothing is asserted that no input
carries: unknown is an answer, and a maker's headquarters is never written as
the place where a part was made.

Exit status: 0 yes, 1 no, 2 cannot tell, 3 could not do the work.`

const rootExample = `  originbom assess handset.yaml                        inputs to signed BOM to verdict, in one go
  originbom generate board.dtb parts.csv -o phone.cdx.json
  originbom keygen --output maker && originbom sign phone.cdx.json --key maker.key
  originbom verify phone.cdx.json --key maker.pub
  originbom check phone.cdx.json --policy handset-baseline --trust trust.yaml
  originbom show phone.cdx.json display`

func newRootCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "originbom", Short: "one signed bill of materials for a handset, judged by origin and trust",
		Long: rootLong, Example: rootExample,
		SilenceUsage: true, SilenceErrors: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	group(
		cmd, newAssessCmd(), newGenerateCmd(), newSignCmd(), newVerifyCmd(), newCheckCmd(), newClaimCmd(), newShowCmd(), newDiffCmd(),
		newKeygenCmd(), newTrustCmd(), newAttachCmd(), newRegistryCmd(), newPolicyCmd(), newExplainCmd(), newReportCmd(), newScoreCmd(), newAuditCmd(), newVersionCmd(),
	)
	cmd.SetHelpCommand(newHelpCmd())
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w\nhint: see %s --help", err, c.CommandPath())
	})
	return cmd
}

// group makes cmd a command that only holds others. Without one of them it has
// nothing to do: its help goes to stderr, and the status is that of usage.
func group(cmd *cobra.Command, commands ...*cobra.Command) {
	cmd.AddCommand(commands...)
	cmd.Args = cobra.ArbitraryArgs
	cmd.SuggestionsMinimumDistance = 2
	cmd.RunE = func(c *cobra.Command, got []string) error {
		if len(got) == 0 {
			c.SetOut(c.ErrOrStderr())
			return errors.Join(c.Help(), statusError(exitCouldNotDo))
		}
		var names []string
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				names = append(names, sub.Name())
			}
		}
		err := fmt.Errorf("%s has no command %q: known are %s", c.CommandPath(), got[0], strings.Join(names, ", "))
		if near := c.SuggestionsFor(got[0]); len(near) > 0 {
			err = fmt.Errorf("%w\nhint: did you mean %s?", err, strings.Join(near, ", "))
		}
		return err
	}
}

// newHelpCmd is cobra's help, except that a command which is not there is an
// error.
func newHelpCmd() *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: "help about a command", Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, names []string) error {
			about, rest, err := c.Root().Find(names)
			if err != nil || len(rest) > 0 {
				return fmt.Errorf("there is no command %q\nhint: originbom --help lists them", strings.Join(names, " "))
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

// args wants between least and most arguments, and says what they are.
func args(least, most int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, got []string) error {
		if len(got) < least || most >= 0 && len(got) > most {
			return fmt.Errorf("%s wants %s, not %s\nhint: see %s --help", c.CommandPath(), what, report.Count(len(got), "argument"), c.CommandPath())
		}
		return nil
	}
}

// buildTime is the time a document bears: SOURCE_DATE_EPOCH, else now.
func buildTime(now time.Time) (time.Time, error) {
	s := os.Getenv("SOURCE_DATE_EPOCH")
	if s == "" {
		return now, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > 253402300799 { // the last second of the year 9999
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH: %q is no number of seconds since 1970", s)
	}
	return time.Unix(n, 0).UTC(), nil
}

// dateFlag reads a date; now if it is "".
func dateFlag(flag, s string, now time.Time) (time.Time, error) {
	if s == "" {
		return now, nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s: %q is no date: write 2026-11-22", flag, s)
	}
	return t, nil
}

// timeFlag reads a time or a date; now if it is "".
func timeFlag(flag, s string, now time.Time) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	t, err := dateFlag(flag, s, now)
	if err != nil {
		return t, fmt.Errorf("%s: %q is no time: write 2026-11-22T10:00:00Z or 2026-11-22", flag, s)
	}
	return t, nil
}

// status is the exit status for a verdict. failOn is fail, unknown or warn:
// from which verdict on the answer is not yes.
func status(v policy.Verdict, failOn string) error {
	switch {
	case v == policy.Fail, v == policy.Warn && failOn == "warn":
		return statusError(exitNo)
	case v == policy.Undecided && failOn != "fail":
		return statusError(exitCannotTell)
	}
	return nil
}

// oneOf checks the value of a flag that has choices.
func oneOf(flag, got string, choices ...string) error {
	for _, c := range choices {
		if got == c {
			return nil
		}
	}
	return fmt.Errorf("%s: %q is not a choice: known are %s", flag, got, strings.Join(choices, ", "))
}

// password is that of a signing key. No prompt is ever shown.
func password() []byte {
	for _, name := range []string{"ORIGINBOM_PASSWORD", "COSIGN_PASSWORD"} {
		if p, ok := os.LookupEnv(name); ok {
			return []byte(p)
		}
	}
	return nil
}
