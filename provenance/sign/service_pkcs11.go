//go:build pkcs11key

package sign

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sigstore/cosign/v2/pkg/cosign/pkcs11key"
	"github.com/sigstore/sigstore/pkg/signature"
)

const hardware = ", or pkcs11: with module-path"

// openHardware opens a key by its PKCS#11 address (RFC 7512). The PIN is the
// password, unless the address has one. No prompt is shown.
func openHardware(name string, pin []byte) (signature.SignerVerifier, error) {
	config := pkcs11key.NewPkcs11UriConfig()
	if err := config.Parse(name); err != nil {
		return nil, fmt.Errorf("the address is malformed: %w", err)
	}
	if config.Pin == "" {
		config.Pin = string(pin)
	}
	if config.Pin == "" {
		return nil, errors.New("the token is locked and no PIN is given: set ORIGINBOM_PASSWORD")
	}
	k, err := pkcs11key.GetKeyWithURIConfig(config, false)
	if err != nil {
		return nil, hardwareError(err)
	}
	return k.SignerVerifier()
}

// hardwareError adds what to do. The library's errors hold no PIN.
func hardwareError(err error) error {
	switch s := err.Error(); {
	case strings.Contains(s, "PIN_LOCKED"):
		return errors.New("the token is locked after too many wrong PINs: its security officer unlocks it")
	case strings.Contains(s, "PIN_INCORRECT"), strings.Contains(s, "PIN_LEN_RANGE"), strings.Contains(s, "PIN_INVALID"):
		return errors.New("wrong PIN: check ORIGINBOM_PASSWORD; tokens lock themselves after a few tries")
	}
	return err
}
