package claim_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"testing"
	"time"

	"github.com/originbom/originbom/provenance/claim"
	"github.com/originbom/originbom/provenance/registry"
	"github.com/originbom/originbom/provenance/verify"
	"github.com/originbom/originbom/sbom"
)

// The tests sign by hand, with the standard library alone.

var day = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

type signer struct {
	priv *ecdsa.PrivateKey
	pem  []byte
	hint string
}

func newSigner(t testing.TB) *signer {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	return &signer{k, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), base64.StdEncoding.EncodeToString(sum[:])}
}

// bundle wraps a statement as DSSE in a Sigstore bundle v0.3.
func (s *signer) bundle(t testing.TB, statement []byte) []byte {
	t.Helper()
	const typ = "application/vnd.in-toto+json"
	sum := sha256.Sum256(fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(typ), typ, len(statement), statement))
	sig, err := ecdsa.SignASN1(rand.Reader, s.priv, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(map[string]any{
		"mediaType":            claim.MediaType,
		"verificationMaterial": map[string]any{"publicKey": map[string]any{"hint": s.hint}},
		"dsseEnvelope": map[string]any{
			"payload": statement, "payloadType": typ, "signatures": []any{map[string]any{"sig": sig}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (s *signer) sign(t testing.TB, c *claim.Claim) []byte {
	t.Helper()
	st, err := c.Statement()
	if err != nil {
		t.Fatal(err)
	}
	return s.bundle(t, st)
}

const trustYAML = `suppliers:
  - name: Hanbit
    keys: [{file: hanbit}, {file: revoked, revoked-at: 2026-01-01}, {file: expired, valid-until: 2025-12-31}]
    scope: {manufacturers: [Hanbit Display], parts: ["HD6*"], stages: [designed, manufactured, assembled]}
  - name: Old Papers
    keys: [{file: papers}]
    scope: {manufacturers: [Hanbit Display], stages: [manufactured]}
    require: {max-age: 30d}
boms: [{name: Maker, keys: [{file: maker}]}]
assessors: [{name: House, keys: [{file: house}]}]
`

// world is one set of keys, a trust file and a registry for the tests.
type world struct {
	keys     map[string]*signer
	trust    *verify.Trust
	registry *registry.Registry
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{keys: map[string]*signer{}}
	for _, name := range []string{"hanbit", "revoked", "expired", "papers", "maker", "house", "stranger"} {
		w.keys[name] = newSigner(t)
	}
	var err error
	w.trust, err = verify.ParseTrust("trust.yaml", []byte(trustYAML), func(name string) ([]byte, error) { return w.keys[name].pem, nil })
	if err != nil {
		t.Fatal(err)
	}
	w.registry, err = registry.New([]registry.Organisation{
		{ID: "hanbit", LegalName: "Hanbit Display Co., Ltd.", ShortName: "Hanbit Display", Aliases: []string{"한빛디스플레이"}, Headquarters: "KR", Source: "test", Reviewed: true},
		{ID: "taegu", LegalName: "Taegu Power, Inc.", Source: "test", Reviewed: true},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) reader() claim.Reader {
	return claim.Reader{Trust: w.trust, Registry: w.registry, Now: day, AsOf: day}
}

// display is the claim that the tests vary.
func display(change ...func(*claim.Claim)) *claim.Claim {
	c := &claim.Claim{
		ID: "HD-1", Claimant: claim.Party{Name: "Hanbit Display Co., Ltd."},
		Part:      claim.Part{Manufacturer: "Hanbit Display Co., Ltd.", PartNumber: "HD6-AMS667"},
		Stages:    []claim.Stage{{Stage: "manufactured", Country: "KR", Site: "Hanbit Plant 2"}},
		ValidFrom: "2026-04-17",
	}
	for _, f := range change {
		f(c)
	}
	return c
}

func value(is string, method sbom.Method) sbom.Value {
	return sbom.Value{Is: is, Evidence: []sbom.Evidence{{Source: sbom.Source{Name: "parts.csv"}, Method: method, Says: is}}}
}

// phone is a document with one display, and a charger by the same number
// written otherwise.
func phone(t testing.TB, change ...func(*sbom.Component)) *sbom.Document {
	t.Helper()
	c := sbom.Component{
		Kind: sbom.Hardware, Category: sbom.Display, Name: "HD6-AMS667",
		Facts: []sbom.Fact{
			{Name: sbom.Manufacturer, Values: []sbom.Value{value("Hanbit Display Co., Ltd.", sbom.MethodDocument)}},
		},
	}
	for _, f := range change {
		f(&c)
	}
	d, err := sbom.Build(sbom.Document{Device: sbom.Device{Model: "EM-15"}, Components: []sbom.Component{c}, Time: day})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func file(name string, data []byte) sbom.AttachedFile {
	return sbom.AttachedFile{Name: name, MediaType: claim.MediaType, Data: data}
}

// join evaluates bundles and lays them on d.
func (w *world) join(t testing.TB, d *sbom.Document, r claim.Reader, written claim.Written, bundles ...[]byte) claim.Joined {
	t.Helper()
	var files []sbom.AttachedFile
	for i, b := range bundles {
		files = append(files, file(fmt.Sprintf("%d.sigstore.json", i), b))
	}
	rs, err := claim.Evaluate(files, r)
	if err != nil {
		t.Fatal(err)
	}
	return claim.Join(d, rs, written)
}

func fact(d *sbom.Document, name string) sbom.Fact { return d.Components[0].Fact(name) }
