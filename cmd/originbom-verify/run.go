package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"time"

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
	bom, bundle, trust, key, format string
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
	trust, err := loadTrust(o)
	if err != nil {
		return complain(stderr, err)
	}
	for _, note := range trust.Notes() {
		fmt.Fprintf(stderr, "%s: note: %s\n", program, note)
	}
	seal, err := verifyFiles(o, trust, now)
	var refused *verify.RefusedError
	if err != nil && !errors.As(err, &refused) {
		return complain(stderr, err)
	}
	a := newAnswer(o, seal, refused, trust, now)
	if err := a.write(stdout, o.format); err != nil {
		return complain(stderr, err)
	}
	if refused != nil {
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
	fs.StringVar(&o.trust, "trust", "", "")
	fs.StringVar(&o.key, "key", "", "")
	fs.StringVar(&o.bundle, "bundle", "", "")
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
	case o.trust != "" && o.key != "":
		return options{}, errors.New("give --trust FILE or --key PUB, not both")
	case o.trust == "" && o.key == "":
		return options{}, verify.ErrNoTrust
	case o.format != "text" && o.format != "json":
		return options{}, fmt.Errorf("unknown format %q: known are text and json", o.format)
	}
	o.bom = names[0]
	if o.bundle == "" {
		o.bundle = o.bom + ".sigstore.json"
	}
	return o, nil
}

func hint(err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	return fmt.Errorf("%w (see %s -help)", err, program)
}

func loadTrust(o options) (*verify.Trust, error) {
	if o.key != "" {
		pem, err := readFile(o.key, verify.MaxKeySize)
		if err != nil {
			return nil, err
		}
		return verify.TrustKey(o.key, pem)
	}
	data, err := readFile(o.trust, verify.MaxTrustSize)
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(o.trust)
	return verify.ParseTrust(o.trust, data, func(name string) ([]byte, error) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		return readFile(name, verify.MaxKeySize)
	})
}

// verifyFiles reads BOM and bundle once each, and verifies what it read.
func verifyFiles(o options, trust *verify.Trust, now time.Time) (verify.Seal, error) {
	bom, err := readFile(o.bom, verify.MaxBOMSize)
	if err != nil {
		return verify.Seal{}, err
	}
	bundle, err := readFile(o.bundle, verify.MaxBundleSize)
	if errors.Is(err, fs.ErrNotExist) {
		return verify.Seal{}, fmt.Errorf("%w: the BOM is unsigned, or its bundle lies elsewhere: give --bundle FILE", err)
	}
	if err != nil {
		return verify.Seal{}, err
	}
	seal, err := verify.BOM(bom, bundle, trust, now)
	if err != nil {
		return verify.Seal{}, fmt.Errorf("%s: %w", o.bundle, err)
	}
	return seal, nil
}
