package verify_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	protodsse "github.com/sigstore/protobuf-specs/gen/pb-go/dsse"
	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/testing/ca"
	"github.com/sigstore/sigstore-go/pkg/tlog"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/originbom/originbom/provenance/verify"
)

// The keyless tests use the certificate, timestamp and log authorities of
// sigstore-go's VirtualSigstore, whose clock is the real one.

const (
	subject = "bom@cloud.example"
	issuer  = "https://id.cloud.example"
)

// A virtual is a Sigstore of one's own and the trusted root that names it.
type virtual struct {
	*ca.VirtualSigstore
	root []byte
}

// sigstore is the one that the tests share.
func sigstore(t testing.TB) *virtual {
	t.Helper()
	v, err := sharedSigstore()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

var sharedSigstore = sync.OnceValues(newSigstore)

func newSigstore() (*virtual, error) {
	vs, err := ca.NewVirtualSigstore()
	if err != nil {
		return nil, err
	}
	v := &virtual{VirtualSigstore: vs}
	v.root, err = v.rootWith(nil)
	return v, err
}

// rootWith gives a trusted root with these certificate logs.
func (v *virtual) rootWith(ctLogs map[string]*root.TransparencyLog) ([]byte, error) {
	logs := v.RekorLogs()
	for id, l := range logs { // VirtualSigstore gives the id's hex as its bytes
		raw, err := hex.DecodeString(id)
		if err != nil {
			return nil, err
		}
		l.ID = raw
	}
	r, err := root.NewTrustedRoot(root.TrustedRootMediaType01, v.FulcioCertificateAuthorities(), ctLogs, v.TimestampingAuthorities(), logs)
	if err != nil {
		return nil, err
	}
	return r.MarshalJSON()
}

// parts say what a keyless bundle is made of.
type parts struct {
	subject, issuer string
	timestamp       bool
	log             string // "", v1 or v2
}

// keyless signs a statement with a short-lived certificate.
func (v *virtual) keyless(t testing.TB, stmt string, p parts) string {
	t.Helper()
	attest := v.AttestHashedRekordV2
	if p.log == "v1" {
		attest = func(identity, issuer string, body []byte) (*ca.TestEntity, error) {
			return v.AttestAtTime(identity, issuer, body, time.Now().Add(time.Minute), true)
		}
	}
	e, err := attest(p.subject, p.issuer, []byte(stmt))
	if err != nil {
		t.Fatal(err)
	}
	content, err := e.VerificationContent()
	if err != nil {
		t.Fatal(err)
	}
	m := &protobundle.VerificationMaterial{Content: &protobundle.VerificationMaterial_Certificate{
		Certificate: &protocommon.X509Certificate{RawBytes: content.Certificate().Raw},
	}}
	if p.timestamp {
		ts, _ := e.Timestamps()
		m.TimestampVerificationData = &protobundle.TimestampVerificationData{
			Rfc3161Timestamps: []*protocommon.RFC3161SignedTimestamp{{SignedTimestamp: ts[0]}},
		}
	}
	if p.log != "" {
		entries, _ := e.TlogEntries()
		entry := entries[0].TransparencyLogEntry()
		if p.log == "v1" {
			v.promise(t, entry)
		}
		m.TlogEntries = append(m.TlogEntries, entry)
	}
	sig, _ := e.SignatureContent()
	return marshal(t, m, stmt, sig.Signature())
}

// promise completes an entry of version 1, whose time the log signs.
func (v *virtual) promise(t testing.TB, e *protorekor.TransparencyLogEntry) {
	t.Helper()
	set, err := v.RekorSignPayload(tlog.RekorPayload{
		Body: b64(string(e.CanonicalizedBody)), IntegratedTime: e.IntegratedTime, LogIndex: e.LogIndex, LogID: hex.EncodeToString(e.LogId.KeyId),
	})
	if err != nil {
		t.Fatal(err)
	}
	e.InclusionPromise = &protorekor.InclusionPromise{SignedEntryTimestamp: set}
	e.KindVersion = &protorekor.KindVersion{Kind: "dsse", Version: "0.0.1"}
}

// marshal writes a bundle in compact form.
func marshal(t testing.TB, m *protobundle.VerificationMaterial, stmt string, sig []byte) string {
	t.Helper()
	loose, err := protojson.Marshal(&protobundle.Bundle{
		MediaType: bundleV03, VerificationMaterial: m,
		Content: &protobundle.Bundle_DsseEnvelope{DsseEnvelope: &protodsse.Envelope{
			Payload: []byte(stmt), PayloadType: inToto, Signatures: []*protodsse.Signature{{Sig: sig}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := json.Compact(&b, loose); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// stamp adds a timestamp to a bundle that has none.
func (v *virtual) stamp(t testing.TB, bundle string) string {
	t.Helper()
	ts, err := v.TimestampResponse(signatureOf(t, bundle))
	if err != nil {
		t.Fatal(err)
	}
	return sub(t, bundle, `"verificationMaterial":{`,
		fmt.Sprintf(`"verificationMaterial":{"timestampVerificationData":{"rfc3161Timestamps":[{"signedTimestamp":%q}]},`, b64(string(ts))))
}

func signatureOf(t testing.TB, bundle string) []byte {
	t.Helper()
	var b struct {
		DSSEEnvelope struct{ Signatures []struct{ Sig []byte } }
	}
	if err := json.Unmarshal([]byte(bundle), &b); err != nil {
		t.Fatal(err)
	}
	return b.DSSEEnvelope.Signatures[0].Sig
}

// member gives a member of a bundle as it stands there, by dotted path.
func member(t testing.TB, bundle, path string) string {
	t.Helper()
	raw := json.RawMessage(bundle)
	for name := range strings.SplitSeq(path, ".") {
		var m map[string]json.RawMessage
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatal(err)
		}
		raw = m[name]
	}
	return string(raw)
}

// An authority certifies the keys of firms.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

// industry is the authority that the tests share.
func industry(t testing.TB) *authority {
	t.Helper()
	a, err := sharedIndustry()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

var sharedIndustry = sync.OnceValues(newAuthority)

func newAuthority() (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "TEST ONLY Industry CA"},
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return &authority{cert, key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}, err
}

// certify gives a certificate for a key; change may alter it.
func (a *authority) certify(t testing.TB, s *signer, change func(*x509.Certificate)) []byte {
	t.Helper()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(2), EmailAddresses: []string{"origin@nordlys.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
	}
	if change != nil {
		change(c)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, a.cert, s.priv.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// certified signs a statement with a certificate.
func (s *signer) certified(t testing.TB, der []byte, stmt string) string {
	t.Helper()
	return sub(t, s.bundle(t, stmt), `"publicKey":{"hint":"`+s.hint+`"}`, `"certificate":{"rawBytes":"`+base64.StdEncoding.EncodeToString(der)+`"}`)
}

// trustOf parses a trust file.
func trustOf(t testing.TB, yaml string, files map[string]*signer) *verify.Trust {
	t.Helper()
	trust, err := verify.ParseTrust("trust.yaml", []byte(yaml), reader(t, files))
	if err != nil {
		t.Fatal(err)
	}
	return trust
}

func mustURL(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
