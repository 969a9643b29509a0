//go:build !pkcs11key && !kmskey

package sign

import "context"

// KeyServices names the kinds of keys besides files that this build has.
const KeyServices = ""

// ServiceKey opens a key in a service or in hardware. This build has none.
func ServiceKey(_ context.Context, name string, _ []byte) (*Key, error) {
	return nil, unknownService(name)
}
