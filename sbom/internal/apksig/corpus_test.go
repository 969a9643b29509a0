package apksig

import (
	"bytes"
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/sbom/internal/apkzip"
	"github.com/originbom/originbom/sbom/internal/axml"
	"github.com/originbom/originbom/sbom/sbomtest/corpus"
)

// suite gives the folder with the APKs of Android's own signing library. It has
// to be there on no machine: the files are not ours to copy.
func suite(t testing.TB) string {
	t.Helper()
	return corpus.Borrow(t, "ORIGINBOM_APKSIG", "the folder with the APKs of AOSP's tools/apksig and their expected.csv")
}

// verifyFile verifies as a catalogue does. minSDK replaces what the manifest
// says if it is not 0.
func verifyFile(t testing.TB, data []byte, minSDK int) (Result, error) {
	t.Helper()
	z, err := apkzip.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return Result{}, err
	}
	e, ok := z.Find("AndroidManifest.xml")
	if !ok {
		return Result{}, os.ErrNotExist
	}
	raw, err := z.Read(e, axml.MaxManifest)
	if err != nil {
		return Result{}, err
	}
	m, err := axml.ReadManifest(raw, nil)
	if err != nil {
		return Result{}, err
	}
	p := Platform{MinSDK: m.MinSDK.Level, TargetSDK: m.TargetSDK.Level, Sandbox: m.Sandbox}
	if minSDK > 0 {
		p.MinSDK = minSDK
	}
	return Verify(z, p), nil
}

// releases are the API levels of the Android versions that the suite names.
var releases = map[string]int{"M": 23, "N": 24, "O": 26, "P": 28}

// Every file of Android's suite whose verdict its own test asserts gets it here.
func TestSuite(t *testing.T) {
	dir := suite(t)
	f, err := os.Open(filepath.Join(dir, "expected.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	judged := 0
	for _, row := range rows[1:] {
		name, says, schemes, note := row[0], row[1], row[2], row[3]
		minSDK := 0
		if m := regexp.MustCompile(`ForMinSdkVersion\]? ?([A-Z]|\d+)`).FindStringSubmatch(note); strings.HasPrefix(says, "conditional") && m != nil {
			minSDK = releases[m[1]]
		}
		want, judge := strings.Contains(says, "yes"), says == "yes" || says == "no" || strings.HasPrefix(says, "conditional")
		if !judge {
			continue
		}
		judged++
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			got, err := verifyFile(t, data, minSDK)
			if err != nil {
				if want {
					t.Fatal(err)
				}
				return
			}
			if got.Verified != want {
				t.Errorf("verified %t, want %t: %s", got.Verified, want, strings.Join(got.Problems, "; "))
			}
			if (len(got.Problems) == 0) != got.Verified {
				t.Errorf("verified %t with the problems %q", got.Verified, got.Problems)
			}
			wantSchemes := strings.Split(schemes, "+")
			if name == "v1-with-apk-sig-block-but-without-apk-sig-scheme-v2-block.apk" {
				wantSchemes = wantSchemes[:1] // its name says why; apksigner too
			}
			if d := cmp.Diff(wantSchemes, text(got.Schemes)); want && d != "" {
				t.Error(d)
			}
		})
	}
	t.Logf("%d files with a verdict", judged)
	if judged < 76 {
		t.Errorf("only %d files have a verdict", judged)
	}
}

func text(ss []Scheme) []string {
	var out []string
	for _, s := range ss {
		out = append(out, string(s))
	}
	return out
}

// apksigner says about each file what is said here, from several versions on:
// verdict, schemes and certificates.
func TestApksigner(t *testing.T) {
	dir := suite(t)
	if testing.Short() {
		t.Skip("SKIPPED, NOT PASSED: runs apksigner 300 times")
	}
	tool := corpus.Tool(t, "apksigner")
	files, err := filepath.Glob(filepath.Join(dir, "*.apk"))
	if err != nil || len(files) == 0 {
		t.Fatal("no files: ", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, minSDK := range []int{0, 24, 28} {
			t.Run(filepath.Base(file)+"/"+strconv.Itoa(minSDK), func(t *testing.T) {
				t.Parallel()
				compareWithApksigner(t, tool, file, data, minSDK)
			})
		}
	}
}

func compareWithApksigner(t *testing.T, tool, file string, data []byte, minSDK int) {
	args := []string{"verify", "-v", "--print-certs"}
	if minSDK > 0 {
		args = append(args, "--min-sdk-version", strconv.Itoa(minSDK))
	}
	out, err := exec.Command(tool, append(args, file)...).CombinedOutput()
	said := string(out)
	if strings.Contains(said, "NoSuchAlgorithmException") || strings.Contains(filepath.Base(file), "v31-") {
		t.Skip("apksigner 31 cannot tell: it lacks RSASSA-PSS on this JRE and does not know v3.1")
	}
	if strings.Contains(filepath.Base(file), "v2-only-11-signers") {
		t.Skip("apksigner 31 has no limit of signers; newer ones have")
	}
	got, gotErr := verifyFile(t, data, minSDK)
	if (err == nil) != (gotErr == nil && got.Verified) {
		t.Fatalf("verified %t (%v, %q), apksigner says: %s", got.Verified, gotErr, got.Problems, said)
	}
	if err != nil {
		return
	}
	var schemes []string
	for _, m := range regexp.MustCompile(`Verified using (v[123]) scheme .*: true`).FindAllStringSubmatch(said, -1) {
		schemes = append(schemes, m[1])
	}
	if d := cmp.Diff(schemes, text(got.Schemes)); d != "" {
		t.Errorf("schemes: %s", d)
	}
	var certs, gotCerts []string
	for _, m := range regexp.MustCompile(`(?sm)^Signer #\d+ certificate DN: ([^\n]*)\n[^\n]*certificate SHA-256 digest: ([0-9a-f]{64})`).FindAllStringSubmatch(said, -1) {
		certs = append(certs, m[1]+" "+m[2])
	}
	for _, c := range got.Signers {
		gotCerts = append(gotCerts, c.Subject+" "+c.SHA256)
	}
	if d := cmp.Diff(certs, gotCerts); d != "" {
		t.Errorf("certificates: %s", d)
	}
}

// Whatever byte of a verified file is changed, it is no longer verified, unless
// the byte is in what no signature of that scheme covers.
func TestMutations(t *testing.T) {
	dir := suite(t)
	for _, name := range []string{
		"v2-only-with-stamp.apk", "golden-aligned-v2v3-lineage-out.apk", "golden-aligned-v1-out.apk", "two-signers.apk",
		"v3-only-with-dsa-sha256-2048.apk", "v31-rsa-2048_2-tgt-10000-dev-release.apk",
	} {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			mutate(t, data)
		})
	}
}

func mutate(t *testing.T, data []byte) {
	z, err := apkzip.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	b, err := findBlock(z)
	if err != nil {
		t.Fatal(err)
	}
	before, err := verifyFile(t, data, 28)
	if err != nil || !before.Verified {
		t.Fatalf("the file itself: %v %q", err, before.Problems)
	}
	modern := b.has(V2) || b.has(V3)
	step := max(len(data)/400, 1)
	for at := 3; at < len(data); at += step {
		if !modern && !covered(z, at) {
			continue
		}
		bad := bytes.Clone(data)
		bad[at] ^= 0x10
		got, err := verifyFile(t, bad, 28)
		if err != nil || !got.Verified {
			continue
		}
		if modern && int64(at) >= b.offset && int64(at) < z.Directory {
			// Padding, foreign entries and the schemes that are not looked at lie in the
			// block too. Whoever signs must be the same.
			if d := cmp.Diff(names(before.Signers), names(got.Signers)); d != "" {
				t.Errorf("byte %d: other signers: %s", at, d)
			}
			continue
		}
		t.Errorf("byte %d changed, still verified", at)
	}
}

func names(cs []Certificate) []string {
	var out []string
	for _, c := range cs {
		out = append(out, c.SHA256)
	}
	return out
}

// covered reports whether the byte is of the content of an entry outside
// META-INF.
func covered(z *apkzip.Archive, at int) bool {
	for _, e := range z.Entries {
		if strings.HasPrefix(e.Name, metaFolder) || e.IsDir() {
			continue
		}
		s, err := z.Section(e)
		if err != nil {
			continue
		}
		_, start, n := s.Outer()
		if int64(at) >= start && int64(at) < start+n {
			return e.Method == apkzip.Stored
		}
	}
	return false
}
