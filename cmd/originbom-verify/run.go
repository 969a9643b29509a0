package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/originbom/originbom/cmd/internal/ask"
	"github.com/originbom/originbom/provenance/verify"
	"github.com/originbom/originbom/sbom/visible"
)

// Exit statuses.
const (
	exitAccepted   = 0
	exitRefused    = 1
	exitCouldNotDo = 3
)

const program = "originbom-verify"

const usage = `usage: originbom-verify BOM WHOM [--bundle FILE]... [--verify-at TIME] [--format text|json]

Tells whether BOM is signed by somebody you trust. WHOM is one of

  --trust FILE              trust file: whose signatures count
  --key PUB                 one public key (PEM); with --trusted-root FILE its
                            timestamps count
  --identity SUBJECT --issuer URL --trusted-root FILE
                            one identity, exactly, proved by a certificate
                            (keyless); --identity-regexp EXPR matches the whole

  BOM may be -, standard input; then --bundle names its signature

  --bundle FILE             a signature; may be given again. Without it, all
                            that lie beside: BOM.sigstore.json and
                            BOM.NAME.sigstore.json. Each must be accepted
  --artifact sha256:HEX     the artifact in a registry that it must be about
  --verify-at TIME          when keys must be valid, such as 2026-11-22; now
  --format FORM             text or json

No network is used.

exit status: 0 accepted, 1 refused, 3 could not do the work
`

// options are what the command line asks for.
type options struct {
	ask.Question
	format   string
	verifyAt time.Time // zero is now
}

// run does the whole work and returns the exit status. The answer goes to
// stdout, everything else to stderr.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer, now time.Time) int {
	o, err := parseArgs(args)
	if errors.Is(err, flag.ErrHelp) {
		_, _ = io.WriteString(stdout, usage)
		return exitAccepted
	}
	if err != nil {
		return complain(stderr, err)
	}
	trust, err := o.LoadTrust()
	if err != nil {
		return complain(stderr, err)
	}
	if o.Replay {
		now = o.verifyAt
	}
	a, err := o.Ask(stdin, trust, now)
	if err != nil {
		return complain(stderr, err)
	}
	if err := a.Write(stdout, o.format); err != nil {
		return complain(stderr, err)
	}
	if a.Verdict == ask.Refused {
		return exitRefused
	}
	return exitAccepted
}

func complain(stderr io.Writer, err error) int {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		visible.Fprintf(stderr, "%s: %s\n", program, line)
	}
	if errors.Is(err, verify.ErrNoTrust) {
		fmt.Fprintf(stderr, "%s: hint: --trust FILE, --key PUB, or --identity SUBJECT --issuer URL --trusted-root FILE\n", program)
	}
	return exitCouldNotDo
}

// parseArgs takes flags before and after the BOM's name.
func parseArgs(args []string) (options, error) {
	o := options{}
	fs := flag.NewFlagSet(program, flag.ContinueOnError)
	fs.SetOutput(io.Discard) // errors are printed once, by run
	o.AddFlags(fs)
	fs.Func("bundle", "", func(name string) error { o.Bundles = append(o.Bundles, name); return nil })
	fs.StringVar(&o.Artifact, "artifact", "", "")
	fs.Func("verify-at", "", o.setTime)
	fs.StringVar(&o.format, "format", "text", "")
	var names []string
	for {
		if err := fs.Parse(args); err != nil {
			return options{}, hint(err)
		}
		if fs.NArg() == 0 {
			break
		}
		names, args = append(names, fs.Arg(0)), fs.Args()[1:]
	}
	switch {
	case len(names) != 1:
		return options{}, hint(fmt.Errorf("give the name of one BOM, not %d", len(names)))
	case o.format != "text" && o.format != "json":
		return options{}, fmt.Errorf("unknown format %q: known are text and json", o.format)
	}
	o.BOM = names[0]
	return o, nil
}

// setTime takes a time or a date.
func (o *options) setTime(s string) error {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t, err = time.Parse(time.DateOnly, s)
	}
	if err != nil {
		return errors.New("write 2026-11-22T10:00:00Z or 2026-11-22")
	}
	o.verifyAt, o.Replay = t, true
	return nil
}

func hint(err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	return fmt.Errorf("%w (see %s -help)", err, program)
}
