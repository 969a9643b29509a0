package software

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/apktest"
)

func newKey(t *testing.T, name string) apktest.Key {
	t.Helper()
	k, err := apktest.NewKey(name)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func data(b []byte) *fstest.MapFile { return &fstest.MapFile{Data: b, Mode: 0o644} }

// lines gives an app's properties as "name value" without their common prefix.
func lines(c sbom.Component) []string {
	var out []string
	for _, p := range c.Properties {
		out = append(out, strings.TrimPrefix(p.Name, "originbom:android:")+" "+p.Value)
	}
	return out
}

func TestApp(t *testing.T) {
	key := newKey(t, "platform")
	sum := key.SHA256()
	apk := apktest.App{
		Package: "com.example.dialer", VersionCode: 42, VersionName: "4.2", Label: "Phone", MinSDK: 26, TargetSDK: 33,
		SharedUserID: "android.uid.phone", Permissions: []string{"android.permission.RECORD_AUDIO", "android.permission.INTERNET"},
		Files: map[string]string{"lib/arm64-v8a/libvoice.so": "\x7fELF voice", "classes.dex": "dex"},
	}.Signed(key)
	got := mustCatalog(t, fstest.MapFS{
		"system/system/build.prop":                    text("ro.build.type=user\n"),
		"system/system/product/priv-app/Dialer/D.apk": data(apk),
	})
	if len(got.Components) != 1 {
		t.Fatalf("got %v\n%s", names(got.Components, ""), notes(got))
	}
	c := got.Components[0]
	want := []string{
		"min-sdk 26", "package com.example.dialer", "partition product", "permission android.permission.INTERNET",
		"permission android.permission.RECORD_AUDIO", "privileged true", "shared-user-id android.uid.phone", "signature verified",
		"signature-scheme v2", "signature-scheme v3", "signer:sha256 " + hex.EncodeToString(sum[:]),
		`signer:subject CN=platform, O="Test key, trust nothing"`, "target-sdk 33", "version-code 42",
	}
	if d := cmp.Diff(want, lines(c)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"application com.example.dialer 4.2", "application com.example.dialer 4.2 > library libvoice.so"}, names(got.Components, "")); d != "" {
		t.Error(d)
	}
	if c.Description != "Phone" || len(c.Hashes) != 1 || len(c.Components[0].Hashes) != 1 {
		t.Errorf("description %q, hashes %v and %v", c.Description, c.Hashes, c.Components[0].Hashes)
	}
	for _, e := range append(slices.Clone(c.Found), c.Components[0].Found...) {
		if e.Place != "system/system/product/priv-app/Dialer/D.apk" || e.Source.Digest != got.Input.Digest || e.Method != sbom.MethodImage {
			t.Errorf("evidence %+v", e)
		}
	}
}

func TestAppSignatures(t *testing.T) {
	key := newKey(t, "release")
	app := apktest.App{Package: "com.example", MinSDK: 26, Files: map[string]string{"a": "content"}}
	changed := app.Signed(key)
	changed[bytes.Index(changed, []byte("content"))] = 'C'
	old := app
	old.MinSDK = 21
	for _, tt := range []struct {
		name, want, says string
		apk              []byte
	}{
		{"verified", sbom.SignatureVerified, "verified, by v2, v3, signer", app.Signed(key)},
		{"unsigned", sbom.SignatureNone, "unsigned", app.Unsigned()},
		{"changed", sbom.SignatureNotVerified, "changed after it was signed", changed},
		{"not for all versions", sbom.SignatureNotVerified, "no JAR signature", old.Signed(key)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, ok, err := App(context.Background(), "x.apk", bytes.NewReader(tt.apk), int64(len(tt.apk)))
			if err != nil || !ok {
				t.Fatal(ok, err)
			}
			c := r.Components[0]
			if !slices.Contains(lines(c), "signature "+tt.want) || !strings.Contains(c.Found[1].Says, tt.says) {
				t.Errorf("got %q, %q, want %q, %q", lines(c), c.Found[1].Says, tt.want, tt.says)
			}
		})
	}
}

// What a folder is called says nothing: the package counts.
func TestFolderName(t *testing.T) {
	apk := apktest.App{Package: "com.example.clock", MinSDK: 26}.Unsigned()
	got := mustCatalog(t, fstest.MapFS{"product/app/Adups/Adups.apk": data(apk)})
	if d := cmp.Diff([]string{"application com.example.clock"}, names(got.Components, "")); d != "" {
		t.Error(d)
	}
}

// Files that are no APK are told of, but for Alpine's packages.
func TestNoApps(t *testing.T) {
	apk := apktest.App{Package: "p"}.Unsigned()
	got := mustCatalog(t, fstest.MapFS{
		"app/cut.apk":               data(apk[:len(apk)-5]),
		"app/text.apk":              text("not a ZIP archive\n"),
		"app/noapp.apk":             data(buildJar(t, "g", "a", "1")),
		"var/cache/apk/alpine.apk":  data(gzipped([]byte("tar"))),
		"apex/com.example.cut.apex": data(apk),
	})
	if len(got.Components) != 0 {
		t.Errorf("got %v", names(got.Components, ""))
	}
	for _, want := range []string{"cut.apk: not understood", "text.apk: not understood", "noapp.apk: not understood", "no apex_manifest.pb"} {
		if !strings.Contains(notes(got), want) {
			t.Errorf("no note %q in:\n%s", want, notes(got))
		}
	}
	if strings.Contains(notes(got), "alpine") {
		t.Errorf("a note on Alpine's package: %s", notes(got))
	}
}

func TestTwoSigners(t *testing.T) {
	old, now := newKey(t, "old"), newKey(t, "new")
	apk := apktest.Attach(apktest.App{Package: "p", MinSDK: 28}.Unsigned(), func(d []byte) []apktest.Entry {
		return []apktest.Entry{apktest.V3(d, 28, 1<<31-1, 0, old, now)}
	})
	r, _, err := App(context.Background(), "x.apk", bytes.NewReader(apk), int64(len(apk)))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := sbom.Build(sbom.Document{Components: r.Components})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range doc.Components[0].Properties {
		if p.Name == sbom.AndroidSignerSubject {
			got = append(got, p.Value[:6])
		}
	}
	if d := cmp.Diff([]string{"CN=new", "CN=old"}, got); d != "" {
		t.Errorf("the current certificate comes first: %s", d)
	}
}

// apexOf makes an APEX around a payload without a seal.
func apexOf(t *testing.T, name string, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	files["AndroidManifest.xml"] = apktest.App{Package: name, MinSDK: 30}.Manifest()
	files["apex_manifest.pb"] = append([]byte{0x0a, byte(len(name))}, name+"\x10\x07"...)
	for _, n := range sortedKeys(files) {
		f, err := w.CreateHeader(&zip.FileHeader{Name: n, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		f.Write(files[n])
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestModule(t *testing.T) {
	plain := apexOf(t, "com.example.tz", map[string][]byte{"apex_payload.img": make([]byte, 8192)})
	packed := apexOf(t, "com.example.tz", map[string][]byte{"original_apex": plain})
	for name, file := range map[string][]byte{"plain.apex": plain, "packed.capex": packed} {
		got := mustCatalog(t, fstest.MapFS{"system/apex/" + name: data(file)})
		if len(got.Components) != 1 {
			t.Fatalf("%s: %v %s", name, names(got.Components, ""), notes(got))
		}
		want := []string{
			"min-sdk 30", "package com.example.tz", "partition system", "signature unsigned", "target-sdk 30", "version-code 7",
			"originbom:firmware:avb:algorithm NONE", "originbom:firmware:avb:digest-match false", "originbom:firmware:avb:signed false",
		}
		if d := cmp.Diff(want, lines(got.Components[0])); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	broken := apexOf(t, "com.example.tz", map[string][]byte{})
	got := mustCatalog(t, fstest.MapFS{"system/apex/x.apex": data(broken)})
	if !strings.Contains(notes(got), "no apex_payload.img") {
		t.Errorf("notes: %s", notes(got))
	}
}

func TestAndroidPath(t *testing.T) {
	for in, want := range map[string][2]string{
		"system/system/product/app/A/A.apk": {"product", "app/A/A.apk"},
		"system/app/A/A.apk":                {"system", "app/A/A.apk"},
		"system/system/vendor/build.prop":   {"vendor", "build.prop"},
		"vendor/odm/etc/build.prop":         {"odm", "etc/build.prop"},
		"boot/ramdisk/prop.default":         {"boot", "prop.default"},
		"app/A/A.apk":                       {"", "app/A/A.apk"},
		"product/product":                   {"product", "product"},
		"usr/product/x":                     {"", "usr/product/x"},
	} {
		p, rest := sbom.SplitAndroidPath(in)
		if got := [2]string{p, rest}; got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
}

// An archive is read the same from a file system that gives no random access.
func TestSequentialApp(t *testing.T) {
	fsys := fstest.MapFS{"product/app/A/A.apk": data(apktest.App{Package: "p", MinSDK: 28}.Signed(newKey(t, "k")))}
	want, got := mustCatalog(t, fsys), mustCatalog(t, sequential{fsys})
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
