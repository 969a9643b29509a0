//go:build kmskey && !pkcs11key

package sign

import "github.com/sigstore/sigstore/pkg/signature"

const hardware = ""

func openHardware(name string, _ []byte) (signature.SignerVerifier, error) {
	return nil, unknownService(name)
}
