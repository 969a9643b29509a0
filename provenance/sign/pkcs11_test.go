//go:build pkcs11key

package sign_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/originbom/originbom/provenance/sign"
	"github.com/originbom/originbom/provenance/verify"
)

// softHSM makes a token with a P-256 key and gives its address. It needs the
// programs softhsm2-util and pkcs11-tool; SOFTHSM2_MODULE names the library if
// it is not where Debian has it.
func softHSM(t *testing.T) string {
	t.Helper()
	module := os.Getenv("SOFTHSM2_MODULE")
	if module == "" {
		module = "/usr/lib/softhsm/libsofthsm2.so"
	}
	for _, need := range []string{"softhsm2-util", "pkcs11-tool"} {
		if _, err := exec.LookPath(need); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%v: install softhsm2 and opensc", err)
			}
			t.Skipf("NOT CHECKED: %v: install softhsm2 and opensc", err)
		}
	}
	dir := t.TempDir()
	conf := filepath.Join(dir, "softhsm2.conf")
	write(t, dir, "softhsm2.conf", []byte("directories.tokendir = "+dir+"\nobjectstore.backend = file\n"))
	t.Setenv("SOFTHSM2_CONF", conf)
	for _, args := range [][]string{
		{"softhsm2-util", "--init-token", "--free", "--label", "test-only", "--pin", "1234", "--so-pin", "5678"},
		{"pkcs11-tool", "--module", module, "--token-label", "test-only", "--login", "--pin", "1234", "--keypairgen", "--key-type", "EC:prime256v1", "--label", "maker", "--id", "01"},
	} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", args[0], err, out)
		}
	}
	return "pkcs11:token=test-only;object=maker?module-path=" + module
}

// TestHardwareKey: a key in a token signs what verifies; a missing and a wrong
// PIN, and a token that locked itself, are said.
func TestHardwareKey(t *testing.T) {
	address, ctx := softHSM(t), context.Background()
	// The refusals first: a library remembers that its program logged in.
	for _, tt := range []struct{ name, address, pin, want string }{
		{"no PIN", address, "", "the token is locked and no PIN is given"},
		{"wrong PIN", address, "9999", "wrong PIN"},
		{"no such token", strings.Replace(address, "test-only", "nowhere", 1), "1234", "pkcs11 key: "},
		{"no such key", strings.Replace(address, "maker", "nobody", 1), "1234", "pkcs11 key: "},
		{"no such library", address + "x", "1234", "pkcs11 key: "},
		{"malformed", "pkcs11:%zz", "1234", "the address is malformed"},
		{"unknown service", "k8s://ns/key", "", "is not a kind of key that this build has"},
		{"address of the web", "https://keys.example/k", "", "is not a kind of key that this build has"},
	} {
		k, err := sign.ServiceKey(ctx, tt.address, []byte(tt.pin))
		if k != nil || err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		} else if tt.pin != "" && strings.Contains(err.Error(), tt.pin) {
			t.Errorf("%s: the PIN is shown: %v", tt.name, err)
		}
	}
	key, err := sign.ServiceKey(ctx, address, []byte("1234"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := sign.Bundle(ctx, "bom.json", []byte(bomText), key)
	if err != nil {
		t.Fatal(err)
	}
	trust, err := verify.TrustKey("k", key.PublicPEM(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if seal, err := verify.BOM([]byte(bomText), b, trust, now); err != nil || seal.KeyID() != key.KeyID() {
		t.Errorf("%v, %v", seal.Describe(), err)
	}
}
