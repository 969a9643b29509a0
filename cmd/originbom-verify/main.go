// Originbom-verify tells whether a BOM is signed by somebody you trust, and
// nothing else. It is small so that it can be audited: it holds neither a
// signer nor any reader of hardware or software.
//
//	originbom-verify BOM --trust FILE
//	originbom-verify BOM --key PUB [--trusted-root FILE]
//	originbom-verify BOM --identity SUBJECT --issuer URL --trusted-root FILE
//
// Bundles lie beside the BOM, as BOM.sigstore.json and BOM.NAME.sigstore.json,
// unless --bundle names others. Each of them must be accepted. No network is
// used, for keyless bundles either.
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
// is true. Without a trusted timestamp the validity of a key is judged at the
// time of verification, by this computer's clock.
package main

import (
	"os"
	"time"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, time.Now()))
}
