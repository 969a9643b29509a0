package ask

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/originbom/originbom/provenance/verify"
)

// A Question names the files of a BOM and its bundle, and whom to trust: a
// trust file or one public key.
type Question struct {
	BOM, Bundle string // Bundle "" is the BOM's name and .sigstore.json
	Trust, Key  string
}

// BundleName is where the bundle of a BOM lies.
func BundleName(bom string) string { return bom + ".sigstore.json" }

// LoadTrust reads the chosen trust. Its error is verify.ErrNoTrust if none was
// chosen.
func (q Question) LoadTrust() (*verify.Trust, error) {
	switch {
	case q.Trust != "" && q.Key != "":
		return nil, errors.New("give --trust FILE or --key PUB, not both")
	case q.Trust == "" && q.Key == "":
		return nil, verify.ErrNoTrust
	case q.Key != "":
		pem, err := ReadFile(q.Key, verify.MaxKeySize)
		if err != nil {
			return nil, err
		}
		return verify.TrustKey(q.Key, pem)
	}
	data, err := ReadFile(q.Trust, verify.MaxTrustSize)
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(q.Trust)
	return verify.ParseTrust(q.Trust, data, func(name string) ([]byte, error) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		return ReadFile(name, verify.MaxKeySize)
	})
}

// Ask reads BOM and bundle once each, and verifies what it read. refused tells
// that they were read and are not accepted; an error that it could not be told.
func (q Question) Ask(trust *verify.Trust, now time.Time) (a Answer, refused bool, err error) {
	if q.Bundle == "" {
		q.Bundle = BundleName(q.BOM)
	}
	bom, err := ReadFile(q.BOM, verify.MaxBOMSize)
	if err != nil {
		return Answer{}, false, err
	}
	bundle, err := ReadFile(q.Bundle, verify.MaxBundleSize)
	if errors.Is(err, fs.ErrNotExist) {
		return Answer{}, false, fmt.Errorf("%w: the BOM is unsigned, or its bundle lies elsewhere: give --bundle FILE", err)
	} else if err != nil {
		return Answer{}, false, err
	}
	seal, err := verify.BOM(bom, bundle, trust, now)
	var re *verify.RefusedError
	if err != nil && !errors.As(err, &re) {
		return Answer{}, false, fmt.Errorf("%s: %w", q.Bundle, err)
	}
	return newAnswer(q, seal, re, trust, now), re != nil, nil
}
