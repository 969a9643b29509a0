//go:build ignore

// Standins serves, on loopback and for tests only, what a local Sigstore lacks:
//
//   - an issuer of identity tokens for whoever asks (OpenID Connect discovery,
//     keys, and /token?email=...);
//   - a certificate log that signs what it is sent and stores nothing (RFC 6962,
//     add-chain and add-pre-chain);
//   - an OCI registry in memory.
//
// Run it by its file's name: go run standins.go -ct-key ct.key
package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"os"
	"time"

	ct "github.com/google/certificate-transparency-go"
	cttls "github.com/google/certificate-transparency-go/tls"
	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	oidc := flag.String("oidc", "127.0.0.1:18080", "address of the issuer")
	ctlog := flag.String("ct", "127.0.0.1:16962", "address of the certificate log")
	reg := flag.String("registry", "127.0.0.1:15000", "address of the registry")
	keyFile := flag.String("ct-key", "", "private key of the certificate log (PEM, PKCS#8)")
	flag.Parse()
	issuer, err := newIssuer("http://" + *oidc)
	if err != nil {
		log.Fatal(err)
	}
	logger, err := newCertificateLog(*keyFile)
	if err != nil {
		log.Fatal(err)
	}
	failed := make(chan error)
	for address, h := range map[string]http.Handler{
		*oidc: issuer, *ctlog: logger,
		*reg: registry.New(registry.WithReferrersSupport(true), registry.Logger(log.New(io.Discard, "", 0))),
	} {
		go func() { failed <- http.ListenAndServe(address, h) }()
	}
	log.Fatal(<-failed)
}

// newIssuer makes an issuer whose tokens last ten minutes.
func newIssuer(url string) (http.Handler, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	b64 := base64.RawURLEncoding.EncodeToString
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{
			"issuer": url, "jwks_uri": url + "/keys", "authorization_endpoint": url + "/auth", "token_endpoint": url + "/token",
			"response_types_supported": []string{"id_token"}, "subject_types_supported": []string{"public"},
			"id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"keys": []any{map[string]any{
			"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1",
			"n": b64(key.N.Bytes()), "e": b64(big.NewInt(int64(key.E)).Bytes()),
		}}})
	})
	mux.HandleFunc("GET /token", func(w http.ResponseWriter, r *http.Request) {
		email, now := r.URL.Query().Get("email"), time.Now().Unix()
		head, _ := json.Marshal(map[string]any{"alg": "RS256", "typ": "JWT", "kid": "1"})
		claims, _ := json.Marshal(map[string]any{
			"iss": url, "sub": email, "aud": "sigstore", "email": email, "email_verified": true,
			"iat": now, "nbf": now - 5, "exp": now + 600,
		})
		signed := b64(head) + "." + b64(claims)
		digest := sha256.Sum256([]byte(signed))
		sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		fmt.Fprint(w, signed+"."+b64(sig))
	})
	return mux, nil
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// newCertificateLog makes a log that gives signed certificate timestamps.
func newCertificateLog(keyFile string) (http.Handler, error) {
	data, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("the key is not PEM")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	key := parsed.(crypto.Signer)
	spki, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, err
	}
	id := sha256.Sum256(spki)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ct/v1/get-roots", func(w http.ResponseWriter, _ *http.Request) { answer(w, map[string]any{"certificates": []any{}}) })
	for path, kind := range map[string]ct.LogEntryType{"add-chain": ct.X509LogEntryType, "add-pre-chain": ct.PrecertLogEntryType} {
		mux.HandleFunc("POST /ct/v1/"+path, func(w http.ResponseWriter, r *http.Request) {
			res, err := timestampOf(key, id, kind, http.MaxBytesReader(w, r.Body, 1<<20))
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			answer(w, res)
		})
	}
	return mux, nil
}

// timestampOf signs the timestamp of a chain (RFC 6962, section 3.2).
func timestampOf(key crypto.Signer, id [32]byte, kind ct.LogEntryType, body io.Reader) (*ct.AddChainResponse, error) {
	var req ct.AddChainRequest
	if err := json.NewDecoder(body).Decode(&req); err != nil {
		return nil, err
	}
	var chain []ct.ASN1Cert
	for _, c := range req.Chain {
		chain = append(chain, ct.ASN1Cert{Data: c})
	}
	now := uint64(time.Now().UnixMilli())
	leaf, err := ct.MerkleTreeLeafFromRawChain(chain, kind, now)
	if err != nil {
		return nil, err
	}
	sct := ct.SignedCertificateTimestamp{SCTVersion: ct.V1, LogID: ct.LogID{KeyID: id}, Timestamp: now}
	input, err := ct.SerializeSCTSignatureInput(sct, ct.LogEntry{Leaf: *leaf})
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(input)
	raw, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	sig, err := cttls.Marshal(ct.DigitallySigned{
		Algorithm: cttls.SignatureAndHashAlgorithm{Hash: cttls.SHA256, Signature: cttls.ECDSA}, Signature: raw,
	})
	if err != nil {
		return nil, err
	}
	return &ct.AddChainResponse{SCTVersion: ct.V1, ID: id[:], Timestamp: now, Signature: sig}, nil
}
