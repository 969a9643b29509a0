package sign

import (
	"fmt"
	"strings"
)

// InService reports whether a key's name is an address in a key service or in
// hardware, and not that of a file.
func InService(name string) bool {
	return strings.Contains(name, "://") || strings.HasPrefix(name, "pkcs11:")
}

// schemeOf gives the part of a key's address that says which service it is.
func schemeOf(name string) string {
	scheme, _, _ := strings.Cut(name, ":")
	return scheme
}

// unknownService lists what this build can reach. An unknown scheme is never
// handed on: the libraries below would fetch it.
func unknownService(name string) error {
	if KeyServices == "" {
		return fmt.Errorf("%.100s: this build has no keys in services and hardware: give a PEM file made by keygen, or build with -tags pkcs11key or -tags kmskey", name)
	}
	return fmt.Errorf("%.100s: %q is not a kind of key that this build has (it has PEM files%s)", name, schemeOf(name), KeyServices)
}
