//go:build kmskey

package sign

import (
	"context"
	"crypto"
	"errors"

	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/sigstore/sigstore/pkg/signature/kms"
)

const keyServices = ", awskms://, azurekms://, gcpkms:// or hashivault:// with a sigstore-kms-* program"

// openKeyService opens a key in a key service by way of the program
// sigstore-kms-SCHEME, which Sigstore's key plugins are, from the PATH: so that
// the libraries of four clouds are not part of this program.
func openKeyService(ctx context.Context, name string) (signature.SignerVerifier, error) {
	s, err := kms.Get(ctx, name, crypto.SHA256)
	var missing *kms.ProviderNotFoundError
	if errors.As(err, &missing) {
		return nil, errors.New("there is no program sigstore-kms-" + schemeOf(name) + " on the PATH")
	}
	return s, err
}
