package software

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/originbom/originbom/sbom/sbomtest/corpus"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/sbom/firmware/firmwaretest"
	"github.com/originbom/originbom/sbom/internal/apktest"
)

// payloadOf makes a payload of files by mkfs.erofs or mkfs.ext4.
func payloadOf(t *testing.T, format string, files map[string][]byte) []byte {
	t.Helper()
	tool := "mkfs." + format
	corpus.Tool(t, tool)
	dir := t.TempDir()
	tree, img := filepath.Join(dir, "tree"), filepath.Join(dir, "img")
	for p, b := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(tree, p)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(tree, p), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"--all-root", "-zlz4hc", img, tree}
	if format == "ext4" {
		args = []string{"-q", "-d", tree, img, "2M"}
	}
	if b, err := exec.Command(tool, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", tool, err, b)
	}
	b, err := os.ReadFile(img)
	if err != nil {
		t.Fatal(err)
	}
	return append(b, make([]byte, (4096-len(b)%4096)%4096)...)
}

// TestModuleContents: what is in the payload of an APEX, plain or compressed, on
// either file system, is nested in it, no more and no less, beside both its
// signatures.
func TestModuleContents(t *testing.T) {
	signer, seal := newKey(t, "module"), firmwaretest.Key()
	app := apktest.App{
		Package: "com.example.service", VersionName: "7", VersionCode: 7, MinSDK: 30,
		Files: map[string]string{"lib/arm64-v8a/libapp.so": "\x7fELF app"},
	}
	files := map[string][]byte{
		"priv-app/Service/Service.apk": app.Signed(signer), "app/Broken/Broken.apk": []byte("no archive"),
		"lib64/libexample.so": bytes.Repeat([]byte("code"), 3000), "javalib/framework-example.jar": []byte("PK dex"),
		"bin/exampled": []byte("\x7fELF"), "etc/example.conf": []byte("a=b\n"), "etc/not.jar": []byte("x"),
	}
	want := []string{
		"application com.example.media 13",
		"application com.example.media 13 > application Broken.apk",
		"application com.example.media 13 > application com.example.service 7",
		"application com.example.media 13 > application com.example.service 7 > library libapp.so",
		"application com.example.media 13 > application exampled",
		"application com.example.media 13 > library framework-example.jar",
		"application com.example.media 13 > library libexample.so",
	}
	for _, format := range []string{"erofs", "ext4"} {
		image := payloadOf(t, format, files)
		footed := firmwaretest.Footer(image, firmwaretest.VBMeta(seal, 0, 0, firmwaretest.TreeDescriptor("", image)), len(image)+64<<10)
		inside := map[string][]byte{"apex_payload.img": footed, "apex_pubkey": firmwaretest.PublicKey(seal)}
		plain := apexSigned(t, signer, inside)
		packed := apexSigned(t, signer, map[string][]byte{"original_apex": plain})
		for name, b := range map[string][]byte{"m.apex": plain, "m.capex": packed} {
			t.Run(format+" "+name, func(t *testing.T) {
				got := mustCatalog(t, fstest.MapFS{"system/system/apex/" + name: data(b)})
				if d := cmp.Diff(want, names(got.Components, "")); d != "" {
					t.Fatalf("(-want +got)\n%s\n%s", d, notes(got))
				}
				for _, w := range []string{"originbom:firmware:avb:signed true", "originbom:firmware:avb:digest-match true", "signature verified"} {
					if !slices.Contains(lines(got.Components[0]), w) {
						t.Errorf("the module: no %q in %q", w, lines(got.Components[0]))
					}
				}
				service := got.Components[0].Components[1]
				for _, w := range []string{"privileged true", "partition system", "signature verified", "package com.example.service"} {
					if !slices.Contains(lines(service), w) {
						t.Errorf("the app in it: no %q in %q", w, lines(service))
					}
				}
				if e := service.Found[0]; e.Place != "system/system/apex/"+name || !strings.HasPrefix(e.Says, "in apex_payload.img, priv-app/Service/Service.apk: ") {
					t.Errorf("evidence %+v", e)
				}
				if !strings.Contains(notes(got), "app/Broken/Broken.apk: not understood") {
					t.Errorf("notes: %s", notes(got))
				}
			})
		}
	}
}

// TestModuleUnread: a payload that cannot be listed is told of, and the module
// stays.
func TestModuleUnread(t *testing.T) {
	b := apexOf(t, "com.example.tz", map[string][]byte{"apex_payload.img": make([]byte, 8192)})
	r, ok, err := App(context.Background(), "tz.apex", bytes.NewReader(b), int64(len(b)))
	if err != nil || !ok || len(r.Components) != 1 || len(r.Components[0].Components) != 0 {
		t.Fatal(ok, err)
	}
	if !strings.Contains(notes(r), "what is in it is not listed: it holds no file system that is known here") {
		t.Errorf("notes: %s", notes(r))
	}
}

// apexSigned makes an APEX that is signed as an APK is.
func apexSigned(t *testing.T, k apktest.Key, files map[string][]byte) []byte {
	t.Helper()
	in := map[string]string{"apex_manifest.pb": "\x0a\x11com.example.media\x10\x0d\x2a\x0213"}
	for n, b := range files {
		in[n] = string(b)
	}
	return apktest.App{Package: "com.example.media", MinSDK: 30, Files: in}.Signed(k)
}
