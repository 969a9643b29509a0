package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
)

// Trust is whom a reader lets sign BOMs. It is the reader's own choice; make it
// with [ParseTrust] or [TrustKey]. Nil trusts nobody.
type Trust struct {
	file   string
	digest string
	keys   []*key
	notes  []string
}

// TrustKey is the trust of one line: whoever holds the private key that belongs
// to this public one may sign BOMs, at any time. name is the key's file, for
// messages and as the signer's name.
func TrustKey(name string, pem []byte) (*Trust, error) {
	k, err := parseKey(pem)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	k.signer = name
	t := &Trust{file: name, keys: []*key{k}}
	t.seal(nil)
	return t, nil
}

// Digest identifies the trust, for the record: the sha256, in hex, of the trust
// file's bytes and of all keys that it lets sign BOMs. Another trust file, or
// other keys in the files that it names, give another digest.
func (t *Trust) Digest() string {
	if t == nil {
		return ""
	}
	return t.digest
}

// Notes says what the trust file grants and this version cannot use.
func (t *Trust) Notes() []string {
	if t == nil {
		return nil
	}
	return slices.Clone(t.notes)
}

// seal computes the digest once all keys are known.
func (t *Trust) seal(file []byte) {
	h := sha256.New()
	sum := sha256.Sum256(file)
	fmt.Fprintf(h, "originbom trust v1\nfile %x\n", sum)
	for _, k := range t.keys {
		_, _ = io.WriteString(h, "key "+k.id+"\n")
	}
	t.digest = hex.EncodeToString(h.Sum(nil))
}

func (t *Trust) usable() error {
	switch {
	case t == nil:
		return ErrNoTrust
	case len(t.keys) == 0:
		return fmt.Errorf("%s: nobody in it may sign BOMs with a key: %w", t.file, ErrNoTrust)
	}
	return nil
}

// signer finds the trusted key that a bundle's hint names.
func (t *Trust) signer(hint string) (*key, error) {
	for _, k := range t.keys {
		if k.hint == hint {
			return k, nil
		}
	}
	return nil, refuse("check that you trust the right key; only its owner can tell you that it is theirs",
		"signed with a key that %s does not let sign BOMs (the bundle's hint is %.60q)", t.file, hint)
}
