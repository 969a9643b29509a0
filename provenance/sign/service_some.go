//go:build pkcs11key || kmskey

package sign

import (
	"context"
	"fmt"

	"github.com/sigstore/sigstore/pkg/signature"
)

// KeyServices names the kinds of keys besides files that this build has.
const KeyServices = hardware + keyServices

// ServiceKey opens a key in a service or in hardware. The name's scheme says
// where; only those that this build has are looked at. password is the PIN of
// hardware.
func ServiceKey(ctx context.Context, name string, password []byte) (*Key, error) {
	var s signature.SignerVerifier
	var err error
	switch schemeOf(name) {
	case "pkcs11":
		s, err = openHardware(name, password)
	case "awskms", "azurekms", "gcpkms", "hashivault":
		s, err = openKeyService(ctx, name)
	default:
		return nil, unknownService(name)
	}
	if err != nil {
		return nil, fmt.Errorf("%s key: %w", schemeOf(name), err) // its name may hold a PIN
	}
	return newKey(schemeOf(name)+" key", s)
}
