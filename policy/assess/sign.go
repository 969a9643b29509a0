package assess

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/originbom/originbom/provenance/sign"
)

// sign signs the BOM as the handset file says; nil if it does not.
func (h *Handset) sign(ctx context.Context, fsys fs.FS, name string, bom []byte, o Options) ([]byte, error) {
	how := h.Sign
	switch {
	case o.Token != nil && (how == nil || how.Keyless == nil):
		return nil, fmt.Errorf("%s: the file does not sign by identity, and you ask for it: write sign: {keyless: {...}}, or leave out --keyless", h.file)
	case how == nil:
		return nil, nil
	case (how.Key == "") == (how.Keyless == nil):
		return nil, fmt.Errorf("%s: sign names a key or keyless, one of them: write sign: {key: keys/maker.key}", h.file)
	}
	m, err := h.method(fsys, o)
	if err != nil {
		return nil, err
	}
	return sign.BOM(ctx, name, bom, m)
}

func (h *Handset) method(fsys fs.FS, o Options) (m sign.Method, err error) {
	if h.Sign.Keyless != nil {
		if m, err = h.Sign.Keyless.method(h, fsys, o); err != nil {
			return m, fmt.Errorf("%s: sign.keyless: %w", h.file, err)
		}
		return m, nil
	}
	if sign.InService(h.Sign.Key) {
		return m, fmt.Errorf("%s: sign.key: %s is not a file: sign the BOM with originbom sign --key", h.file, h.Sign.Key)
	}
	pem, err := readFile(fsys, h.path(h.Sign.Key), maxKeyFile)
	if err != nil {
		return m, err
	}
	m.Key, err = sign.LoadKey(h.Sign.Key, pem, o.Password)
	return m, err
}

// method reads what signing by identity needs. Its errors do not name the file.
func (k *HandsetKeyless) method(h *Handset, fsys fs.FS, o Options) (m sign.Method, err error) {
	switch {
	case o.Token == nil:
		return m, errors.New("this asks services over the network, which only you can allow: give --keyless, or sign with a key")
	case k.SigningConfig == "" || k.TrustedRoot == "" || k.TokenEnv == "":
		return m, errors.New("signing with an identity needs signing-config, trusted-root and identity-token-env")
	}
	if m.Token = strings.TrimSpace(o.Token(k.TokenEnv)); m.Token == "" {
		return m, fmt.Errorf("the environment variable %s holds no identity token", k.TokenEnv)
	}
	config, err := readFile(fsys, h.path(k.SigningConfig), sign.MaxConfigSize)
	if err != nil {
		return m, err
	}
	root, err := readFile(fsys, h.path(k.TrustedRoot), sign.MaxConfigSize)
	if err != nil {
		return m, err
	}
	m.Services, err = sign.ParseServices(config, root, o.Now)
	return m, err
}
