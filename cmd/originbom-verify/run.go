package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/originbom/originbom/cmd/internal/ask"
	"github.com/originbom/originbom/provenance/verify"
)

// Exit statuses.
const (
	exitAccepted   = 0
	exitRefused    = 1
	exitCouldNotDo = 3
)

const program = "originbom-verify"

const usage = `usage: originbom-verify BOM --trust FILE | --key PUB [--bundle FILE] [--format text|json]

Tells whether BOM is signed by somebody you trust.

  --trust FILE    trust file: whose signatures count
  --key PUB       or one public key (PEM) whose signatures count
  --bundle FILE   the signature; BOM.sigstore.json if not given
  --format FORM   text or json

exit status: 0 accepted, 1 refused, 3 could not do the work
`

// options are what the command line asks for.
type options struct {
	ask.Question
	format string
}

// run does the whole work and returns the exit status. The answer goes to
// stdout, everything else to stderr.
func run(args []string, stdout, stderr io.Writer, now time.Time) int {
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
	for _, note := range trust.Notes() {
		fmt.Fprintf(stderr, "%s: note: %s\n", program, note)
	}
	a, refused, err := o.Ask(trust, now)
	if err != nil {
		return complain(stderr, err)
	}
	if err := a.Write(stdout, o.format); err != nil {
		return complain(stderr, err)
	}
	if refused {
		return exitRefused
	}
	return exitAccepted
}

func complain(stderr io.Writer, err error) int {
	fmt.Fprintf(stderr, "%s: %v\n", program, err)
	if errors.Is(err, verify.ErrNoTrust) {
		fmt.Fprintf(stderr, "%s: hint: --trust FILE or --key PUB\n", program)
	}
	return exitCouldNotDo
}

// parseArgs takes flags before and after the BOM's name.
func parseArgs(args []string) (options, error) {
	o := options{}
	fs := flag.NewFlagSet(program, flag.ContinueOnError)
	fs.SetOutput(io.Discard) // errors are printed once, by run
	fs.StringVar(&o.Trust, "trust", "", "")
	fs.StringVar(&o.Key, "key", "", "")
	fs.StringVar(&o.Bundle, "bundle", "", "")
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
	case o.Trust != "" && o.Key != "":
		return options{}, errors.New("give --trust FILE or --key PUB, not both")
	case o.Trust == "" && o.Key == "":
		return options{}, verify.ErrNoTrust
	case o.format != "text" && o.format != "json":
		return options{}, fmt.Errorf("unknown format %q: known are text and json", o.format)
	}
	o.BOM = names[0]
	return o, nil
}

func hint(err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	return fmt.Errorf("%w (see %s -help)", err, program)
}
