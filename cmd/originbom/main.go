// Originbom maps a handset's hardware parts and software packages into one
// signed CycloneDX BOM and judges it against origin and trust policies.
//
// The main flow is that of the command assess: package assess reads the
// handset file and its inputs (sbom/input), resolves makers and joins inputs
// (provenance), builds and encodes the document (sbom), signs it
// (provenance/sign), verifies it as anybody would (provenance/verify), and
// judges it (policy). The other commands are single steps of that flow. Each
// command is one file here; run.go holds what they share.
//
// # Exit status
//
//	0  yes: passed, verified, no difference
//	1  no: a rule is broken, a signature is not accepted
//	2  cannot tell: something that a rule needs is not known
//	3  could not do the work: usage, a file that cannot be read, no trust given
//
// # Limitations
//
// A BOM says what its inputs say. A device tree is a claim by kernel developers
// about a model; a part list is the word of whoever wrote it. No command uses
// the network without a flag that asks for it. What is asked for and not built
// is an error and exit status 3.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}
