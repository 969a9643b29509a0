package sign_test

import (
	"bytes"
	"context"
	"crypto/elliptic"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/originbom/originbom/provenance/sign"
	"github.com/originbom/originbom/provenance/verify"
	"github.com/originbom/originbom/sbom/sbomtest/corpus"
)

// emptyRoot is a trusted root that trusts nobody: cosign wants one even to
// verify with a key.
const emptyRoot = `{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`

// cosignCLI gives a function that runs cosign in a folder of its own.
// ORIGINBOM_COSIGN is the path of the program, version 2.6.
func cosignCLI(t *testing.T) (dir string, run func(args ...string) ([]byte, error)) {
	t.Helper()
	bin := corpus.Need(t, "ORIGINBOM_COSIGN", "the program cosign v2.6.5")
	dir = t.TempDir()
	write(t, dir, "empty.json", []byte(emptyRoot))
	return dir, func(args ...string) ([]byte, error) {
		cmd := exec.Command(bin, args...)
		cmd.Dir = dir
		// A home of its own, so that nothing is read from or left in the user's.
		cmd.Env = append(os.Environ(), "COSIGN_PASSWORD=pw", "HOME="+dir)
		return cmd.CombinedOutput()
	}
}

func write(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestCosignVerifiesOurs: cosign accepts our bundles, and refuses them for a
// BOM of which one byte changed.
func TestCosignVerifiesOurs(t *testing.T) {
	dir, cosign := cosignCLI(t)
	generated, _, err := sign.GenerateKeyPair([]byte("pw"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "bom.json", []byte(bomText))
	write(t, dir, "changed.json", bytes.Replace([]byte(bomText), []byte("1.6"), []byte("1.7"), 1))
	// P-384 is left out: cosign v2 wants further flags for it.
	for name, key := range map[string]*sign.Key{
		"generated":   load(t, generated, []byte("pw")),
		"plain P-256": load(t, pkcs8(t, ecKey(t, elliptic.P256())), nil),
		"RSA 2048":    load(t, pkcs8(t, rsaKey(t, 2048)), nil),
	} {
		t.Run(name, func(t *testing.T) {
			bundle, err := sign.Bundle(context.Background(), "bom.json", []byte(bomText), key)
			if err != nil {
				t.Fatal(err)
			}
			write(t, dir, "k.pub", key.PublicPEM())
			write(t, dir, "b", bundle)
			check := func(bom string) ([]byte, error) {
				return cosign("verify-blob-attestation", "--key", "k.pub", "--bundle", "b", "--new-bundle-format",
					"--trusted-root", "empty.json", "--insecure-ignore-tlog", "--type", "cyclonedx", bom)
			}
			if out, err := check("bom.json"); err != nil {
				t.Errorf("cosign refuses our bundle: %v\n%s", err, out)
			}
			if out, err := check("changed.json"); err == nil {
				t.Errorf("cosign accepts a changed BOM:\n%s", out)
			}
		})
	}
}

// TestWeVerifyCosigns: we accept what cosign signed over our statement, with
// its keys and with ours.
func TestWeVerifyCosigns(t *testing.T) {
	dir, cosign := cosignCLI(t)
	ours, oursPublic, err := sign.GenerateKeyPair([]byte("pw"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "ours.key", ours)
	write(t, dir, "ours.pub", oursPublic)
	if out, err := cosign("generate-key-pair", "--output-key-prefix", "theirs"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, plain := range map[string][]byte{"plain": pkcs8(t, ecKey(t, elliptic.P256())), "rsa": pkcs8(t, rsaKey(t, 2048))} {
		write(t, dir, name+".pem", plain)
		write(t, dir, name+".pub", load(t, plain, nil).PublicPEM())
		if out, err := cosign("import-key-pair", "--key", name+".pem", "--output-key-prefix", name); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	statement, err := sign.Statement("bom.json", []byte(bomText))
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "st.json", statement)
	for _, key := range []string{"ours", "theirs", "plain", "rsa"} {
		t.Run(key, func(t *testing.T) {
			out, err := cosign("attest-blob", "--key", key+".key", "--bundle", "b", "--new-bundle-format",
				"--tlog-upload=false", "--statement", "st.json", "-y")
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			trust, err := verify.TrustKey("k.pub", read(t, dir, key+".pub"), nil)
			if err != nil {
				t.Fatal(err)
			}
			seal, err := verify.BOM([]byte(bomText), read(t, dir, "b"), trust, now)
			if err != nil {
				t.Fatal(err)
			}
			// The key file that cosign wrote loads here, and is the same key.
			k := load(t, read(t, dir, key+".key"), []byte("pw"))
			if seal.KeyID() != k.KeyID() {
				t.Errorf("key %s, want %s", seal.KeyID(), k.KeyID())
			}
		})
	}
}

// TestCosignEd25519: why we refuse these keys. cosign signs a statement with the
// pre-hashed variant and verifies the pure one, so that it refuses even what it
// signed itself. When this fails, cosign has settled on one: accept it here.
func TestCosignEd25519(t *testing.T) {
	dir, cosign := cosignCLI(t)
	write(t, dir, "ed.pem", pkcs8(t, edKey(t)))
	statement, err := sign.Statement("bom.json", []byte(bomText))
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "st.json", statement)
	write(t, dir, "bom.json", []byte(bomText))
	for _, args := range [][]string{
		{"import-key-pair", "--key", "ed.pem", "--output-key-prefix", "ed"},
		{"attest-blob", "--key", "ed.key", "--bundle", "b", "--new-bundle-format", "--tlog-upload=false", "--statement", "st.json", "-y"},
	} {
		if out, err := cosign(args...); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	if out, err := cosign("verify-blob-attestation", "--key", "ed.pub", "--bundle", "b", "--new-bundle-format",
		"--trusted-root", "empty.json", "--insecure-ignore-tlog", "--type", "cyclonedx", "bom.json"); err == nil {
		t.Errorf("cosign accepts its own Ed25519 attestation:\n%s", out)
	}
	if _, err := verify.TrustKey("ed.pub", read(t, dir, "ed.pub"), nil); err == nil {
		t.Error("the key is accepted here")
	}
}
