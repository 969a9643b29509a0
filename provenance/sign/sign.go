// Package sign makes keys and signs BOMs with them.
//
// What it makes is what package verify accepts: a Sigstore bundle of version
// 0.3 around an in-toto Statement about the BOM's exact bytes. Keys are those
// of cosign, and cosign verifies what we sign:
//
//	cosign verify-blob-attestation --key k.pub --bundle bom.json.sigstore.json \
//	  --new-bundle-format --trusted-root empty.json --insecure-ignore-tlog --type cyclonedx bom.json
//
// The package signs statements and never bare bytes: a signature over bytes
// that somebody else chose could be shown as one over a statement.
//
// It opens no file and uses no network. Signing without a key (keyless), with
// keys in hardware or at a cloud provider, timestamps and logs are not built.
package sign

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/originbom/originbom/sbom/strictjson"
	sigsign "github.com/sigstore/sigstore-go/pkg/sign"
	"google.golang.org/protobuf/encoding/protojson"
)

const (
	statementType = "https://in-toto.io/Statement/v1"
	predicateType = "https://cyclonedx.org/bom"
	payloadType   = "application/vnd.in-toto+json"
	// maxBOMSize is the most that package verify reads.
	maxBOMSize = 96 << 20
)

// ErrKeylessNotBuilt is what an error is, if a signature without a key was
// asked for.
var ErrKeylessNotBuilt = errors.New("signing without a key (keyless) is not built yet: give a key made by keygen")

// Bundle signs the BOM file with these exact bytes and gives the bundle that
// belongs beside it. name is the file's name, for readers: nothing is bound to
// it and any folders in it are left out. The bundle is compact JSON without a
// newline at its end. The same input gives the same bytes, except for the
// signature of an ECDSA key.
//
// A nil key is [ErrKeylessNotBuilt]. A BOM that package strictjson refuses is
// not signed: no verifier would accept it.
func Bundle(ctx context.Context, name string, bom []byte, key *Key) ([]byte, error) {
	if key == nil {
		return nil, ErrKeylessNotBuilt
	}
	statement, err := Statement(name, bom)
	if err != nil {
		return nil, err
	}
	content := &sigsign.DSSEData{Data: statement, PayloadType: payloadType}
	pb, err := sigsign.Bundle(content, keypair{key}, sigsign.BundleOptions{Context: ctx})
	if err != nil {
		return nil, fmt.Errorf("%s: signing with %s: %w", name, key.file, err)
	}
	loose, err := protojson.Marshal(pb)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var b bytes.Buffer // protojson varies its white space from build to build
	if err := json.Compact(&b, loose); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return b.Bytes(), nil
}

// Statement gives the in-toto Statement that [Bundle] signs: one subject, the
// sha256 of the BOM's exact bytes, and the BOM as predicate, without white
// space and otherwise as written. Another tool may sign it instead of us.
func Statement(name string, bom []byte) ([]byte, error) {
	if len(bom) > maxBOMSize {
		return nil, fmt.Errorf("%s: a BOM of %d bytes is larger than any verifier reads (limit %d)", name, len(bom), maxBOMSize)
	}
	if err := strictjson.Check(bom, &strictjson.Limits{MaxBytes: maxBOMSize}); err != nil {
		return nil, fmt.Errorf("%s: not signed: %w", name, err)
	}
	if !bytes.HasPrefix(bytes.TrimLeft(bom, " \t\r\n"), []byte("{")) {
		return nil, fmt.Errorf("%s: not signed: a CycloneDX BOM in JSON is an object", name)
	}
	subject, err := subjectName(name)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"_type":%q,"subject":[{"name":%s,"digest":{"sha256":"%x"}}],"predicateType":%q,"predicate":`,
		statementType, subject, sha256.Sum256(bom), predicateType)
	if err := json.Compact(&b, bom); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// subjectName gives the last part of a path, as JSON. Folders say where the
// signer works and are nobody's business.
func subjectName(name string) ([]byte, error) {
	if !utf8.ValidString(name) {
		return nil, fmt.Errorf("the file's name %q is not valid UTF-8: rename it", name)
	}
	base := path.Base(strings.ReplaceAll(name, `\`, "/"))
	if base == "." || base == "/" {
		return nil, fmt.Errorf("%q is not a file's name", name)
	}
	return json.Marshal(base)
}
