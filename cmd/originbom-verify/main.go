// Originbom-verify tells whether a BOM is signed by somebody you trust, and
// nothing else. It is small so that it can be audited: it holds neither a
// signer nor any reader of hardware or software.
//
//	originbom-verify BOM --trust FILE [--bundle FILE] [--format text|json]
//	originbom-verify BOM --key PUB    [--bundle FILE] [--format text|json]
//
// The bundle lies beside the BOM, under its full name and .sigstore.json,
// unless --bundle names another.
//
// # Exit status
//
//	0  accepted
//	1  refused: the files were read, and the signature is not accepted
//	3  could not do the work: usage, a file that cannot be read, no trust
//	   given, or something that this version cannot verify
//
// # Limitations
//
// A good signature tells who vouches for the file, not that what the file says
// is true. Keyless signatures and trusted timestamps are not built: the
// validity of a key is judged at the time of verification, by this computer's
// clock.
package main

import (
	"os"
	"time"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr, time.Now()))
}
