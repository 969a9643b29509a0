package sign_test

import (
	"context"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/originbom/originbom/provenance/sign"
	"github.com/originbom/originbom/provenance/sign/signtest"
	"github.com/originbom/originbom/provenance/verify"
)

func services(t *testing.T) *signtest.Services {
	t.Helper()
	s, err := signtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// TestServices: what is signed with services verifies, at the time that the
// timestamp authority said.
func TestServices(t *testing.T) {
	s, ctx := services(t), context.Background()
	key := load(t, pkcs8(t, ecKey(t, elliptic.P256())), nil)
	config, err := sign.ParseServices(s.SigningConfig, s.TrustedRoot, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	stamps, err := sign.TimestampService(s.URL+"/timestamp", s.TrustedRoot)
	if err != nil {
		t.Fatal(err)
	}
	byKey, err := verify.TrustKey("k", key.PublicPEM(), s.TrustedRoot)
	if err != nil {
		t.Fatal(err)
	}
	byIdentity, err := verify.TrustIdentity(signtest.Issuer, "bom@maker.example", false, s.TrustedRoot)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		m     sign.Method
		trust *verify.Trust
	}{
		{"key, timestamp", sign.Method{Key: key, Services: stamps}, byKey},
		{"key, signing config", sign.Method{Key: key, Services: config}, byKey},
		{"keyless", sign.Method{Token: signtest.Token("bom@maker.example"), Services: config}, byIdentity},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := time.Now()
			b, err := sign.BOM(ctx, "bom.json", []byte(bomText), tt.m)
			if err != nil {
				t.Fatal(err)
			}
			seal, err := verify.BOM([]byte(bomText), b, tt.trust, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if d := seal.Time().Sub(before); d < -2*time.Second || d > time.Minute || seal.Clock() != s.URL+"/timestamp" {
				t.Errorf("signed %s later, on %q", d, seal.Clock())
			}
		})
	}
}

// TestServicesFail: nothing comes out, the reason is said, the token is not.
func TestServicesFail(t *testing.T) {
	s, strange := services(t), services(t)
	key := load(t, pkcs8(t, ecKey(t, elliptic.P256())), nil)
	token := signtest.Token("bom@maker.example")
	config := func(signing, root []byte) *sign.Services {
		t.Helper()
		c, err := sign.ParseServices(signing, root, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	stamps := func(url string, root []byte) *sign.Services {
		t.Helper()
		c, err := sign.TimestampService(url, root)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	gone := services(t)
	gone.Close()
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "you sent "+r.Header.Get("Authorization"), http.StatusForbidden)
	}))
	t.Cleanup(echo.Close)
	echoing := []byte(strings.ReplaceAll(string(s.SigningConfig), s.URL, echo.URL))
	for _, tt := range []struct {
		name string
		m    sign.Method
		want string
	}{
		{"authority gone", sign.Method{Token: token, Services: config(gone.SigningConfig, gone.TrustedRoot)}, "connection refused: nothing was written"},
		{"timestamps gone", sign.Method{Key: key, Services: stamps(gone.URL, nil)}, "connection refused: nothing was written"},
		{"no timestamps there", sign.Method{Key: key, Services: stamps(s.URL+"/nothing", nil)}, "404"},
		{"foreign timestamps", sign.Method{Key: key, Services: stamps(strange.URL+"/timestamp", s.TrustedRoot)}, "nothing was written"},
		{"foreign authority", sign.Method{Token: token, Services: config(strange.SigningConfig, s.TrustedRoot)}, "nothing was written"},
		{"not a token", sign.Method{Token: "x", Services: config(s.SigningConfig, s.TrustedRoot)}, "nothing was written"},
		{"answer repeats the token", sign.Method{Token: token, Services: config(echoing, s.TrustedRoot)}, "you sent Bearer (token)"},
		{"keyless without root", sign.Method{Token: token, Services: config(s.SigningConfig, nil)}, "needs the trusted root"},
		{"keyless without authority", sign.Method{Token: token, Services: stamps(s.URL+"/timestamp", s.TrustedRoot)}, "names a certificate authority"},
		{"keyless without services", sign.Method{Token: token}, "names a certificate authority"},
		{"key and token", sign.Method{Key: key, Token: token}, sign.ErrNoMethod.Error()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, err := sign.BOM(context.Background(), "bom.json", []byte(bomText), tt.m)
			if b != nil || err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %s, %v\nwant %s", b, err, tt.want)
			}
			if strings.Contains(err.Error(), token) {
				t.Errorf("the token is shown: %v", err)
			}
		})
	}
}

func TestServicesRefuse(t *testing.T) {
	s := services(t)
	for _, config := range []string{
		``, `[]`, `{}`, `{"mediaType":"x"}`, `{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json"}`,
		strings.ReplaceAll(string(s.SigningConfig), "http://", "file://"), strings.ReplaceAll(string(s.SigningConfig), "http://", "http://user:pw@"),
		string(s.SigningConfig) + "{}",
	} {
		if c, err := sign.ParseServices([]byte(config), s.TrustedRoot, time.Now()); err == nil || c != nil {
			t.Errorf("taken: %s", config)
		}
	}
	for _, url := range []string{"", "timestamp", "ftp://x.example", "http://", "http://user@x.example"} {
		if _, err := sign.TimestampService(url, nil); err == nil {
			t.Errorf("taken: %s", url)
		}
	}
	if _, err := sign.TimestampService("http://x.example", []byte(`{"mediaType":"x"}`)); err == nil {
		t.Error("a trusted root of another kind was taken")
	}
}

// TestCertificate: a key that an authority certified.
func TestCertificate(t *testing.T) {
	s := services(t)
	stamps, err := sign.TimestampService(s.URL+"/timestamp", s.TrustedRoot)
	if err != nil {
		t.Fatal(err)
	}
	top, priv := ecKey(t, elliptic.P256()), ecKey(t, elliptic.P256())
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		EmailAddresses: []string{"origin@nordlys.example"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
	}
	caDER, err := x509.CreateCertificate(rand.Reader, authority, authority, top.Public(), top)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, authority, priv.Public(), top)
	if err != nil {
		t.Fatal(err)
	}
	cert := pemOf(t, "CERTIFICATE", der, nil)
	key := load(t, pkcs8(t, priv), nil)
	b, err := sign.BOM(context.Background(), "bom.json", []byte(bomText), sign.Method{Key: key, Certificate: cert, Services: stamps})
	if err != nil {
		t.Fatal(err)
	}
	trust, err := verify.ParseTrust("t", []byte("boms: [{name: N, ca: ca, roots: r, identities: [{subject: origin@nordlys.example}]}]"), func(name string) ([]byte, error) {
		if name == "ca" {
			return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER}), nil
		}
		return s.TrustedRoot, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	seal, err := verify.BOM([]byte(bomText), b, trust, time.Now())
	if err != nil || seal.Signer() != "N" || seal.Identity().Subject != "origin@nordlys.example" || seal.KeyID() != key.KeyID() {
		t.Errorf("%v, %v", seal.Describe(), err)
	}
	other := load(t, pkcs8(t, ecKey(t, elliptic.P256())), nil)
	for name, m := range map[string]sign.Method{
		"another key's": {Key: other, Certificate: cert}, "two": {Key: key, Certificate: append(append([]byte{}, cert...), cert...)},
		"a key": {Key: key, Certificate: key.PublicPEM()}, "garbage": {Key: key, Certificate: pemOf(t, "CERTIFICATE", []byte("x"), nil)},
	} {
		if b, err := sign.BOM(context.Background(), "bom.json", []byte(bomText), m); err == nil || b != nil {
			t.Errorf("%s: signed", name)
		}
	}
}

// TestAttestRefuses: only statements are signed.
func TestAttestRefuses(t *testing.T) {
	key := load(t, pkcs8(t, ecKey(t, elliptic.P256())), nil)
	good := `{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"x"}}],"predicateType":"t","predicate":{}}`
	if _, err := sign.Attest(context.Background(), []byte(good), sign.Method{Key: key}); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{
		``, `{}`, `DSSEv1 28 application/vnd.in-toto+json 2 {}`, good + good,
		strings.Replace(good, "/v1", "/v0.1", 1), strings.Replace(good, `"predicateType":"t"`, `"predicateType":""`, 1),
		strings.Replace(good, `[{"digest":{"sha256":"x"}}]`, `[]`, 1), strings.Replace(good, `"_type"`, `"_type":"x","_type"`, 1),
	} {
		if b, err := sign.Attest(context.Background(), []byte(bad), sign.Method{Key: key}); err == nil || b != nil {
			t.Errorf("signed: %s", bad)
		}
	}
}
