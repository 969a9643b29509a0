// Package signtest serves, in tests, what signing asks over the network: a
// certificate authority that believes every identity token, and a timestamp
// authority (RFC 3161). It is no more than a stand-in: the programs that are
// used in earnest run in .ci/sigstore.
package signtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/digitorus/timestamp"
	protobuf "github.com/sigstore/protobuf-specs/gen/pb-go/trustroot/v1"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/testing/ca"
)

// Services are both authorities.
type Services struct {
	URL           string
	SigningConfig []byte // signing_config.json
	TrustedRoot   []byte // trusted_root.json

	server         *httptest.Server
	issuer, tsa    *x509.Certificate
	issuerKey, key *ecdsa.PrivateKey
}

// Issuer is who issues the tokens of [Token].
const Issuer = "https://id.test.example"

// Token gives an identity token, which nobody signed, for an e-mail address.
func Token(email string) string {
	b64 := base64.RawURLEncoding.EncodeToString
	claims := fmt.Sprintf(`{"iss":%q,"sub":%q,"aud":"sigstore","email":%q,"email_verified":true}`, Issuer, email, email)
	return b64([]byte(`{"alg":"none"}`)) + "." + b64([]byte(claims)) + ".TEST-ONLY"
}

// Start starts the services on loopback. Close ends them.
func Start() (*Services, error) {
	s := &Services{}
	top, topKey, err := ca.GenerateRootCa()
	if err != nil {
		return nil, err
	}
	if s.issuer, s.issuerKey, err = ca.GenerateFulcioIntermediate(top, topKey); err != nil {
		return nil, err
	}
	between, betweenKey, err := ca.GenerateTSAIntermediate(top, topKey)
	if err != nil {
		return nil, err
	}
	if s.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	if s.tsa, err = ca.GenerateTSALeafCert(time.Now().Add(-time.Minute), s.key, between, betweenKey); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v2/signingCert", answering(s.certify))
	mux.HandleFunc("POST /timestamp", answering(s.timestamp))
	s.server = httptest.NewServer(mux)
	s.URL = s.server.URL
	if err := s.configure(top, between); err != nil {
		s.server.Close()
		return nil, err
	}
	return s, nil
}

// Close ends the services.
func (s *Services) Close() { s.server.Close() }

func (s *Services) configure(top, between *x509.Certificate) error {
	r, err := root.NewTrustedRoot(root.TrustedRootMediaType01,
		[]root.CertificateAuthority{&root.FulcioCertificateAuthority{Root: top, Intermediates: []*x509.Certificate{s.issuer}, URI: s.URL}}, nil,
		[]root.TimestampingAuthority{&root.SigstoreTimestampingAuthority{Root: top, Intermediates: []*x509.Certificate{between}, Leaf: s.tsa, URI: s.URL + "/timestamp"}}, nil)
	if err != nil {
		return err
	}
	if s.TrustedRoot, err = r.MarshalJSON(); err != nil {
		return err
	}
	service := func(url string) []root.Service {
		return []root.Service{{URL: url, MajorAPIVersion: 1, ValidityPeriodStart: time.Now().Add(-time.Hour), Operator: "test"}}
	}
	any := root.ServiceConfiguration{Selector: protobuf.ServiceSelector_ANY}
	c, err := root.NewSigningConfig(root.SigningConfigMediaType02, service(s.URL), nil, nil, any, service(s.URL+"/timestamp"), any)
	if err != nil {
		return err
	}
	s.SigningConfig, err = c.MarshalJSON()
	return err
}

func answering(f func(body []byte, r *http.Request) ([]byte, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err == nil {
			body, err = f(body, r)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		_, _ = w.Write(body)
	}
}

func (s *Services) timestamp(body []byte, _ *http.Request) ([]byte, error) {
	req, err := timestamp.ParseRequest(body)
	if err != nil {
		return nil, err
	}
	t := timestamp.Timestamp{
		HashAlgorithm: req.HashAlgorithm, HashedMessage: req.HashedMessage, Time: time.Now(), Nonce: req.Nonce,
		Policy: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 2},
	}
	return t.CreateResponseWithOpts(s.tsa, s.key, crypto.SHA256)
}

// certify gives a certificate to whoever brings a token.
func (s *Services) certify(body []byte, r *http.Request) ([]byte, error) {
	var req struct {
		PublicKeyRequest struct{ PublicKey struct{ Content string } }
	}
	if err := json.Unmarshal(body, &req); err != nil {
		return nil, err
	}
	block, _ := pem.Decode([]byte(req.PublicKeyRequest.PublicKey.Content))
	if block == nil {
		return nil, errors.New("no key")
	}
	pub, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	var claims struct{ Email, Iss string }
	part := strings.Split(r.Header.Get("Authorization"), ".")
	if len(part) != 3 || part[2] != "TEST-ONLY" {
		return nil, errors.New("the token is not one of a test")
	}
	raw, err := base64.RawURLEncoding.DecodeString(part[1])
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &claims); err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(1), EmailAddresses: []string{claims.Email},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(10 * time.Minute),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 1}, Value: []byte(claims.Iss)}},
	}, s.issuer, pub, s.issuerKey)
	if err != nil {
		return nil, err
	}
	chain := []string{string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))}
	return json.Marshal(map[string]any{"signedCertificateEmbeddedSct": map[string]any{"chain": map[string]any{"certificates": chain}}})
}
