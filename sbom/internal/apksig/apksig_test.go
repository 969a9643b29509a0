package apksig

import (
	"bytes"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/originbom/originbom/sbom/sbomtest/corpus"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/sbom/internal/apktest"
	"github.com/originbom/originbom/sbom/internal/apkzip"
)

const all = 1<<31 - 1

func newKeys(t testing.TB, names ...string) []apktest.Key {
	t.Helper()
	var out []apktest.Key
	for _, n := range names {
		k, err := apktest.NewKey(n)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, k)
	}
	return out
}

func open(t testing.TB, data []byte) *apkzip.Archive {
	t.Helper()
	z, err := apkzip.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestVerify(t *testing.T) {
	keys := newKeys(t, "old", "new", "newest")
	old, now, newestKey := keys[0], keys[1], keys[2]
	app := apktest.App{Package: "com.example", MinSDK: 26, Files: map[string]string{"a": "content", "big": strings.Repeat("x", 3<<20)}}
	plain := app.Unsigned()
	attach := func(f func(d []byte) []apktest.Entry) []byte { return apktest.Attach(plain, f) }
	entries := func(es ...apktest.Entry) []apktest.Entry { return es }
	tests := []struct {
		name    string
		apk     []byte
		minSDK  int
		target  int
		sandbox int
		want    string // schemes, "" if it must not verify
		signer  string // names of the signers, current first
		problem string
	}{
		{"unsigned", plain, 26, 26, 1, "", "", "not signed"},
		{"v2", attach(func(d []byte) []apktest.Entry { return entries(apktest.V2(d, 0, now)) }), 26, 33, 1, "v2", "new", ""},
		{"v2 by two", attach(func(d []byte) []apktest.Entry { return entries(apktest.V2(d, 0, now, old)) }), 26, 33, 1, "v2", "new old", ""},
		{"v2 on a phone that knows v1 alone", attach(func(d []byte) []apktest.Entry { return entries(apktest.V2(d, 0, now)) }), 21, 33, 1, "", "new", "no JAR signature"},
		{"v2 and v3", app.Signed(now), 26, 33, 2, "v2 v3", "new", ""},
		{"v3 stripped", attach(func(d []byte) []apktest.Entry { return entries(apktest.V2(d, 3, now)) }), 26, 33, 1, "", "", "stripped"},
		{"v3 alone", attach(func(d []byte) []apktest.Entry { return entries(apktest.V3(d, 28, all, 0, now)) }), 28, 33, 1, "v3", "new", ""},
		{"v3 does not begin where it must", attach(func(d []byte) []apktest.Entry { return entries(apktest.V3(d, 30, all, 0, now)) }), 28, 33, 1, "", "", "not all that are needed"},
		{
			"rotated", attach(func(d []byte) []apktest.Entry {
				return entries(apktest.V2(d, 3, old), apktest.V3(d, 28, all, 0, old, now, newestKey))
			}), 26, 33, 1, "v2 v3", "newest new old", "",
		},
		{
			"rotated by a stranger", attach(func(d []byte) []apktest.Entry {
				return entries(apktest.V2(d, 3, newestKey), apktest.V3(d, 28, all, 0, old, now))
			}), 26, 33, 1, "", "new old", "not signed by the first",
		},
		{
			"v2 and v3 by different parties", attach(func(d []byte) []apktest.Entry {
				return entries(apktest.V2(d, 3, old), apktest.V3(d, 28, all, 0, now))
			}), 26, 33, 1, "", "new", "different parties",
		},
		{
			"v3.1", attach(func(d []byte) []apktest.Entry {
				return entries(apktest.V3(d, 28, 32, 33, old), apktest.V31(d, 33, all, old, now))
			}), 28, 33, 1, "v3 v3.1", "new old", "",
		},
		{
			"v3.1 stripped", attach(func(d []byte) []apktest.Entry { return entries(apktest.V3(d, 28, all, 33, old)) }),
			28, 33, 1, "", "", "stripped",
		},
		{
			"v3.1 from another version", attach(func(d []byte) []apktest.Entry {
				return entries(apktest.V3(d, 28, 33, 34, old), apktest.V31(d, 33, all, old, now))
			}), 28, 33, 1, "", "new old", "from API level 34",
		},
		{
			"v3.1 without v3", attach(func(d []byte) []apktest.Entry { return entries(apktest.V31(d, 33, all, old, now)) }),
			28, 33, 1, "", "new old", "no v3 signature beside it",
		},
		{
			"another file", attach(func(d []byte) []apktest.Entry {
				return entries(apktest.V2(append([]byte{^d[0]}, d[1:]...), 0, now))
			}), 26, 33, 1, "", "", "changed after it was signed",
		},
		{
			"too many signers", attach(func(d []byte) []apktest.Entry {
				return entries(apktest.V2(d, 0, slices.Repeat(keys[:1], 11)...))
			}), 26, 33, 1, "", "", "more than 10 signers",
		},
		{"no signers", attach(func([]byte) []apktest.Entry { return entries(apktest.Entry{ID: idV2, Value: []byte{0, 0, 0, 0}}) }), 26, 33, 1, "", "", "no signers"},
		{"malformed", attach(func([]byte) []apktest.Entry { return entries(apktest.Entry{ID: idV2, Value: []byte{9}}) }), 26, 33, 1, "", "", "malformed"},
		{"foreign entries", attach(func(d []byte) []apktest.Entry {
			return entries(apktest.Entry{ID: 0x42726577, Value: make([]byte, 100)}, apktest.V2(d, 0, now))
		}), 26, 33, 1, "v2", "new", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Verify(open(t, tt.apk), Platform{tt.minSDK, tt.target, tt.sandbox})
			if got.Verified != (tt.want != "") || got.Verified && strings.Join(text(got.Schemes), " ") != tt.want {
				t.Errorf("verified %t by %v, want %q: %q", got.Verified, got.Schemes, tt.want, got.Problems)
			}
			var who []string
			for _, c := range slices.Concat(got.Signers, got.Past) {
				name, _, _ := strings.Cut(strings.TrimPrefix(c.Subject, "CN="), ",")
				who = append(who, name)
			}
			if d := cmp.Diff(tt.signer, strings.Join(who, " ")); d != "" {
				t.Errorf("signers: %s", d)
			}
			if p := strings.Join(got.Problems, "; "); !strings.Contains(p, tt.problem) || (tt.problem == "") != (p == "") {
				t.Errorf("problems %q, want %q", p, tt.problem)
			}
		})
	}
}

func TestCertificate(t *testing.T) {
	k := newKeys(t, "release")[0]
	z := open(t, apktest.App{Package: "p", MinSDK: 26}.Signed(k))
	got := Verify(z, Platform{26, 26, 1})
	sum := k.SHA256()
	if want := hex.EncodeToString(sum[:]); got.Signers[0].SHA256 != want {
		t.Errorf("got %s, want %s", got.Signers[0].SHA256, want)
	}
	if want := `CN=release, O="Test key, trust nothing"`; got.Signers[0].Subject != want {
		t.Errorf("got %s, want %s", got.Signers[0].Subject, want)
	}
}

// Of a verified file no byte can be changed that a signature covers. In the
// signing block, padding and entries of others are not covered.
func TestEveryByte(t *testing.T) {
	k := newKeys(t, "release")[0]
	apk := apktest.App{Package: "p", MinSDK: 28, Files: map[string]string{"a": "content"}}.Signed(k)
	z := open(t, apk)
	b, err := findBlock(z)
	if err != nil {
		t.Fatal(err)
	}
	for at := range apk {
		bad := bytes.Clone(apk)
		bad[at] ^= 1
		z2, err := apkzip.Open(bytes.NewReader(bad), int64(len(bad)))
		if err != nil {
			continue
		}
		inBlock := int64(at) >= b.offset && int64(at) < z.Directory
		got := Verify(z2, Platform{28, 28, 1})
		if got.Verified && (!inBlock || names(got.Signers)[0] != hexOf(k)) {
			t.Errorf("byte %d of %d changed, still verified", at, len(apk))
		}
	}
}

func hexOf(k apktest.Key) string { s := k.SHA256(); return hex.EncodeToString(s[:]) }

// apksigner signs with RSA and every scheme what is verified here: v1 from the
// oldest version on, verity, and after one byte was changed no longer.
func TestSignedByApksigner(t *testing.T) {
	tool := corpus.Tool(t, "apksigner")
	dir := t.TempDir()
	run := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", name, err, out)
		}
	}
	key, cert, pk8 := filepath.Join(dir, "k.pem"), filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pk8")
	run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-subj", "/C=XX/O=Example/CN=test key")
	run("openssl", "pkcs8", "-topk8", "-nocrypt", "-outform", "DER", "-in", key, "-out", pk8)
	in := filepath.Join(dir, "in.apk")
	content := map[string]string{"a": strings.Repeat("content ", 1000), "META-INF/services/x": "not covered by v1"}
	if err := os.WriteFile(in, apktest.App{Package: "com.example", MinSDK: 18, Files: content}.Unsigned(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		args    []string
		minSDK  int
		schemes string
	}{
		{"v1", []string{"--v2-signing-enabled", "false", "--v3-signing-enabled", "false"}, 18, "v1"},
		{"all", nil, 18, "v1 v2 v3"},
		{"verity", []string{"--verity-enabled", "true", "--v1-signing-enabled", "false"}, 28, "v3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out := filepath.Join(dir, tt.name+".apk")
			args := append([]string{"sign", "--key", pk8, "--cert", cert, "--min-sdk-version", "18", "--out", out}, tt.args...)
			run(tool, append(args, in)...)
			data, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			p := Platform{tt.minSDK, 18, 1}
			got := Verify(open(t, data), p)
			if s := strings.Join(text(got.Schemes), " "); !got.Verified || s != tt.schemes {
				t.Errorf("verified %t by %s, want %s: %q", got.Verified, s, tt.schemes, got.Problems)
			}
			at := bytes.Index(data, []byte("content "))
			data[at] ^= 1
			if got := Verify(open(t, data), p); got.Verified || len(got.Problems) == 0 {
				t.Errorf("changed, and still verified")
			}
		})
	}
}

func TestSections(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     []string // raw sections
	}{
		{"empty", "", nil},
		{"one", "A: 1\r\nB: 2\r\n\r\n", []string{"A: 1\r\nB: 2\r\n\r\n"}},
		{"no end", "A: 1", []string{"A: 1"}},
		{"blank lines between", "A: 1\n\n\nName: x\n\n", []string{"A: 1\n\n", "Name: x\n\n"}},
		{"a line goes on", "Name: lo\r\n ng\r\n\r\n", []string{"Name: lo\r\n ng\r\n\r\n"}},
		{"CR alone", "A: 1\r\rName: x\r", []string{"A: 1\r\r", "Name: x\r"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, s := range parseSections([]byte(tt.in)) {
				got = append(got, string(s.raw))
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
	s := parseSections([]byte("Name: lo\r\n ng\r\nSHA1-Digest: x\r\n\r\n"))[0]
	name, ok := s.name()
	if v, _ := s.value("sha1-digest"); name != "long" || !ok || v != "x" {
		t.Errorf("got %q %t %q", name, ok, v)
	}
}

// A result that is verified names its signers and has no problem; one that is
// not says why.
func FuzzVerify(f *testing.F) {
	k := newKeys(f, "release")[0]
	app := apktest.App{Package: "p", MinSDK: 26, Files: map[string]string{"a": "x"}}
	f.Add(app.Signed(k), 26)
	f.Add(app.Unsigned(), 21)
	f.Fuzz(func(t *testing.T, data []byte, minSDK int) {
		z, err := apkzip.Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		r := Verify(z, Platform{MinSDK: minSDK, TargetSDK: 30, Sandbox: 1})
		if r.Verified != (len(r.Problems) == 0) || r.Verified && (len(r.Signers) == 0 || len(r.Schemes) == 0) {
			t.Errorf("verified %t by %v, signers %v, problems %q", r.Verified, r.Schemes, r.Signers, r.Problems)
		}
	})
}

// What is verified as PKCS #7 is no longer over other data.
func FuzzPKCS7(f *testing.F) {
	f.Add([]byte{0x30, 0x80, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02, 0xa0, 0x80, 0, 0, 0, 0})
	if dir := os.Getenv("ORIGINBOM_APKSIG"); dir != "" {
		data, err := os.ReadFile(filepath.Join(dir, "v1-only-with-signed-attrs.apk"))
		if err == nil {
			z := open(f, data)
			for _, e := range z.Entries {
				if strings.HasSuffix(e.Name, ".RSA") {
					der, _ := z.Read(e, maxJARFile)
					f.Add(der)
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		c, err := verifyPKCS7(der, []byte("data"), 24)
		if err == nil {
			if _, err := verifyPKCS7(der, []byte("other"), 24); err == nil {
				t.Errorf("signed by %s, whatever the data", c)
			}
		}
	})
}
