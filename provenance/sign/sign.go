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
// A [Method] says by what means: a key, a key that an authority certified, or an
// identity (keyless: a key that is used once, and a certificate that names the
// identity). [Services] are the authorities to ask: for certificates,
// timestamps and log entries. Without them nothing is asked and no network used.
// With a trusted root the bundle is verified before it is given out.
//
// The package opens no file. Keys in services and hardware are behind the build
// tags kmskey and pkcs11key.
package sign

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
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

// A Subject is something that a statement is about besides the BOM.
type Subject struct {
	Name   string
	SHA256 string // lower-case hex
}

// Bundle signs with a key and asks nobody, see [BOM].
func Bundle(ctx context.Context, name string, bom []byte, key *Key) ([]byte, error) {
	return BOM(ctx, name, bom, Method{Key: key})
}

// BOM signs the BOM file with these exact bytes and gives the bundle that
// belongs beside it. name is the file's name, for readers: nothing is bound to
// it and any folders in it are left out. The bundle is compact JSON without a
// newline at its end. The same input gives the same bytes, except for the
// signature of an ECDSA key and what services add.
//
// about names what the statement is about besides: the artifact in a registry
// that the bundle is attached to. Whoever verifies must name it too.
//
// A BOM that package strictjson refuses is not signed: no verifier would accept
// it.
func BOM(ctx context.Context, name string, bom []byte, m Method, about ...Subject) ([]byte, error) {
	statement, err := Statement(name, bom, about...)
	if err != nil {
		return nil, err
	}
	b, err := Attest(ctx, statement, m)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return b, nil
}

// Attest signs an in-toto Statement v1 of any kind: a claim about a part, a
// verdict. The statement must be JSON with one meaning.
func Attest(ctx context.Context, statement []byte, m Method) ([]byte, error) {
	if err := checkStatement(statement); err != nil {
		return nil, err
	}
	if m.Services != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, 3*patience)
		defer cancel()
	}
	kp, opts, err := m.prepare(ctx)
	if err != nil {
		return nil, err
	}
	pb, err := sigsign.Bundle(&sigsign.DSSEData{Data: statement, PayloadType: payloadType}, kp, opts)
	if err != nil {
		return nil, m.failed(err)
	}
	loose, err := protojson.Marshal(pb)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer // protojson varies its white space from build to build
	if err := json.Compact(&b, loose); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// checkStatement refuses to sign what is no statement: whatever a verifier
// could take for something else.
func checkStatement(statement []byte) error {
	if err := strictjson.Check(statement, &strictjson.Limits{MaxBytes: maxBOMSize + 1<<20, MaxDepth: strictjson.DefaultMaxDepth + 1}); err != nil {
		return fmt.Errorf("the statement is not signed: %w", err)
	}
	var head struct {
		Type          string `json:"_type"`
		PredicateType string `json:"predicateType"`
		Subject       []any  `json:"subject"`
	}
	if json.Unmarshal(statement, &head) != nil || head.Type != statementType || head.PredicateType == "" || len(head.Subject) == 0 {
		return fmt.Errorf("not signed: it is not an in-toto statement of type %s with a subject and a predicateType", statementType)
	}
	return nil
}

// Statement gives the in-toto Statement that [Bundle] signs: one subject, the
// sha256 of the BOM's exact bytes, and the BOM as predicate, without white
// space and otherwise as written, and what it is about besides. Another tool may
// sign it instead of us.
func Statement(name string, bom []byte, about ...Subject) ([]byte, error) {
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
	fmt.Fprintf(&b, `{"_type":%q,"subject":[{"name":%s,"digest":{"sha256":"%x"}}`, statementType, subject, sha256.Sum256(bom))
	for _, s := range about {
		named, err := json.Marshal(s.Name)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, `,{"name":%s,"digest":{"sha256":%q}}`, named, s.SHA256)
	}
	fmt.Fprintf(&b, `],"predicateType":%q,"predicate":`, predicateType)
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
