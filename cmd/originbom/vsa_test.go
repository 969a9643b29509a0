package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCosignVerifiesVSA: the cosign command line accepts the signed verdict for
// the BOM that was judged, with the flags that docs/ci.md gives, and refuses it
// for another BOM, another key and another kind of statement. ORIGINBOM_COSIGN is
// the path of cosign, version 2.6.
func TestCosignVerifiesVSA(t *testing.T) {
	cosign := os.Getenv("ORIGINBOM_COSIGN")
	if cosign == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("ORIGINBOM_COSIGN is not set: give the path of cosign v2.6.5")
		}
		t.Skip("NOT CHECKED: set ORIGINBOM_COSIGN to the path of cosign v2.6.5 to test against it")
	}
	handset, err := filepath.Abs("../../testdata/handset")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	files := map[string]string{"empty.json": `{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`, "parts.csv": "MPN,Manufacturer,Category\nHD6,Hanbit,display\n", "other.json": "{}"}
	for name, data := range files {
		if err := os.WriteFile(name, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	do := func(want int, args ...string) {
		t.Helper()
		var out strings.Builder
		if got := run(context.Background(), args, strings.NewReader(""), io.Discard, &out); got != want {
			t.Fatalf("%v: status %d, want %d: %s", args, got, want, out.String())
		}
	}
	do(exitYes, "generate", "parts.csv", "--model", "EM-15", "-o", "bom.json")
	do(exitCannotTell, "check", "bom.json", "--policy", "handset-baseline", "--vsa", "vsa.json", "--vsa-key", filepath.Join(handset, "keys/test-maker.key"))
	const vsa = "https://slsa.dev/verification_summary/v1"
	for _, c := range []struct {
		name, bom, key, kind string
		accepted             bool
	}{
		{"as documented", "bom.json", "test-maker.pub", vsa, true},
		{"another BOM", "other.json", "test-maker.pub", vsa, false},
		{"another key", "bom.json", "test-stranger.pub", vsa, false},
		{"another kind", "bom.json", "test-maker.pub", "cyclonedx", false},
	} {
		cmd := exec.Command(cosign, "verify-blob-attestation", "--new-bundle-format", "--type", c.kind, "--key", filepath.Join(handset, "keys", c.key),
			"--trusted-root", "empty.json", "--insecure-ignore-tlog", "--bundle", "vsa.json", c.bom)
		cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
		if out, err := cmd.CombinedOutput(); (err == nil) != c.accepted {
			t.Errorf("%s: accepted %t, want %t\n%s", c.name, err == nil, c.accepted, out)
		}
	}
}
