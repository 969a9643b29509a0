package axml

import (
	"archive/zip"
	cmpor "cmp"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/originbom/originbom/sbom/sbomtest/corpus"

	"github.com/google/go-cmp/cmp"
)

// folders gives the folders of real APKs: those of Android's signing library,
// which have to be on no machine, and those that .ci/corpus/apks fetches.
func folders(t *testing.T) []string {
	t.Helper()
	real := os.Getenv("ORIGINBOM_APKS")
	if real == "" && os.Getenv("CI") == "true" {
		t.Fatal("ORIGINBOM_APKS is not set: it must name the folder that .ci/corpus/apks made")
	}
	var out []string
	for _, dir := range []string{real, os.Getenv("ORIGINBOM_APKSIG")} {
		if dir != "" {
			out = append(out, dir)
		}
	}
	if len(out) == 0 {
		t.Skip("SKIPPED, NOT PASSED: set ORIGINBOM_APKS to the folder that .ci/corpus/apks made")
	}
	return out
}

// aapt says of every APK that it reads what is said here: package, version code
// and name, label, SDK levels and permissions.
func TestAapt(t *testing.T) {
	dirs := folders(t)
	corpus.Tool(t, "aapt")
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(dir, "*.apk"))
		if err != nil || len(files) == 0 {
			t.Fatal("no APKs in ", dir)
		}
		for _, f := range files {
			t.Run(filepath.Base(f), func(t *testing.T) {
				t.Parallel()
				out, err := exec.Command("aapt", "dump", "badging", f).Output()
				if err != nil && len(out) == 0 {
					t.Skip("aapt does not read it")
				}
				if d := cmp.Diff(badging(string(out)), describe(t, f)); d != "" {
					t.Error(d)
				}
			})
		}
	}
}

func badging(out string) map[string]string {
	got := map[string]string{}
	for key, pattern := range map[string]string{
		"package": `package: name='([^']*)'`, "code": ` versionCode='([^']*)'`, "name": ` versionName='([^']*)'`,
		"min": `sdkVersion:'([^']*)'`, "target": `targetSdkVersion:'([^']*)'`, "label": `(?m)^application-label:'(.*)'$`,
	} {
		if m := regexp.MustCompile(`(?m)^` + pattern); !strings.HasPrefix(pattern, " ") && !strings.HasPrefix(pattern, "(") {
			pattern = m.String()
		}
		if m := regexp.MustCompile(pattern).FindStringSubmatch(out); m != nil {
			got[key] = m[1]
		}
	}
	if got["target"] == "" { // then it is for the lowest
		got["target"] = cmpor.Or(got["min"], "1")
	}
	var ps []string
	for _, m := range regexp.MustCompile(`(?m)^uses-permission(?:-sdk-23)?: name='([^']*)'`).FindAllStringSubmatch(out, -1) {
		ps = append(ps, m[1])
	}
	slices.Sort(ps)
	got["permissions"] = strings.Join(slices.Compact(ps), " ")
	return got
}

func describe(t *testing.T, file string) map[string]string {
	z, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	read := func(name string) []byte {
		f, err := z.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	m, err := ReadManifest(read("AndroidManifest.xml"), func() (*Table, error) { return ParseTable(read("resources.arsc")) })
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{"package": m.Package, "code": "", "name": m.VersionName, "permissions": strings.Join(m.Permissions, " ")}
	if m.HasVersion {
		got["code"] = strconv.FormatInt(m.VersionCode&0xffffffff, 10) // aapt of Debian knows no versionCodeMajor
	}
	if m.MinSDK != (SDK{Level: 1}) {
		got["min"] = m.MinSDK.String()
	}
	got["target"] = m.TargetSDK.String()
	if m.Label != "" {
		got["label"] = m.Label
	}
	return got
}
