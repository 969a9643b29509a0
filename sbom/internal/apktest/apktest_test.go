package apktest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/originbom/originbom/sbom/sbomtest/corpus"
)

// The tools that Android's developers use read what is made here.
func TestTools(t *testing.T) {
	key, err := NewKey("release")
	if err != nil {
		t.Fatal(err)
	}
	app := App{Package: "com.example.clock", VersionCode: 7, VersionName: "1.2", Label: "Clock", MinSDK: 26, TargetSDK: 33, Permissions: []string{"android.permission.INTERNET"}}
	file := filepath.Join(t.TempDir(), "clock.apk")
	if err := os.WriteFile(file, app.Signed(key), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		tool string
		args []string
		want []string
	}{
		{"aapt", []string{"dump", "badging"}, []string{"name='com.example.clock' versionCode='7' versionName='1.2'", "sdkVersion:'26'", "targetSdkVersion:'33'", "android.permission.INTERNET"}},
		{"apksigner", []string{"verify", "-v", "--print-certs"}, []string{"v2): true", "v3): true", "DN: CN=release, O=\"Test key, trust nothing\""}},
	} {
		t.Run(tt.tool, func(t *testing.T) {
			path := corpus.Tool(t, tt.tool)
			out, err := exec.Command(path, append(tt.args, file)...).CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			for _, w := range tt.want {
				if !strings.Contains(string(out), w) {
					t.Errorf("%q is missing in:\n%s", w, out)
				}
			}
		})
	}
}
