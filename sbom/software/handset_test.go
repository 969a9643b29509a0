package software

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the binary files of testdata/handset/rootfs and the golden reading")

// handset is the example phone's root folder, which the other packages use too.
const handset = "../../testdata/handset/rootfs"

// handsetBinaries are the files in it that nobody can write by hand. Companies,
// chips and people are fictional.
func handsetBinaries(t *testing.T) map[string][]byte {
	const (
		kernel   = "6.12.0-example"
		vermagic = "vermagic=" + kernel + " SMP preempt mod_unload aarch64"
		modules  = "lib/modules/" + kernel + "/"
	)
	return map[string][]byte{
		"boot/vmlinuz-" + kernel: gzipped(buildImage("Linux version " + kernel +
			" (build@os.maker.example) (aarch64-linux-gnu-gcc 14.2.0) #1 SMP PREEMPT Mon Sep 7 09:00:00 UTC 2026")),
		modules + "kernel/drivers/gpu/drm/panel/panel-hanbit-hd6.ko": buildModule(
			"name=panel_hanbit_hd6", "description=Hanbit HD6 AMOLED panels", "author=Bo Example <bo@os.maker.example>",
			"license=GPL", "alias=of:N*T*Chanbit,hd6-ams667C*", "alias=of:N*T*Chanbit,hd6-ams667", "intree=Y", vermagic),
		modules + "kernel/drivers/input/touchscreen/nordlys_nt5426.ko": buildModule(
			"name=nordlys_nt5426", "description=Nordlys NT5426 touch controller", "author=Bo Example <bo@os.maker.example>",
			"author=Cy Example <cy@nordlys.example>", "license=GPL v2", "version=1.4",
			"alias=of:N*T*Cnordlys,nt5426C*", "alias=of:N*T*Cnordlys,nt5426", "intree=Y", vermagic),
		modules + "updates/example_wlan.ko": buildModule(
			"name=example_wlan", "description=Wi-Fi of Example Wireless, built outside the kernel's tree",
			"author=Example Wireless, Inc.", "license=Proprietary", "version=5.2.0.301", vermagic),
		"usr/share/java/examplephone-backup.jar": buildJar(t, "example.backup", "examplephone-backup", "0.9"),
	}
}

// The binary files are those that their generator makes.
func TestHandsetBinaries(t *testing.T) {
	for name, want := range handsetBinaries(t) {
		path := filepath.Join(handset, filepath.FromSlash(name))
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		// What compresses may change with Go: the module and kernel must not.
		if filepath.Ext(name) == ".ko" && !bytes.Equal(got, want) {
			t.Errorf("%s is not what buildModule makes; run with -update", name)
		}
	}
}

func TestHandset(t *testing.T) {
	const golden = "testdata/handset.json"
	reading := mustCatalog(t, os.DirFS(handset))
	got, err := json.MarshalIndent(reading, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("reading of the handset (-golden +got); see whether it is right, then run with -update:\n%s", diff)
	}
	const kernel = "operating-system Example OS 4 > operating-system linux kernel 6.12.0-example"
	if diff := cmp.Diff([]string{
		"operating-system Example OS 4",
		"operating-system Example OS 4 > application base-files 4.0",
		"operating-system Example OS 4 > application busybox 1:1.36.1-9+ex4",
		"operating-system Example OS 4 > application examplephone-firmware 15.2",
		"operating-system Example OS 4 > application examplephone-settings 2.1-1",
		"operating-system Example OS 4 > application examplephone-settings 2.1-1 > library examplephone-settings 2.1",
		"operating-system Example OS 4 > application examplephone-shell 2.3.0-1",
		"operating-system Example OS 4 > library examplephone-backup 0.9",
		"operating-system Example OS 4 > library libexampletelephony2 2.8.4-2",
		kernel,
		kernel + " > device-driver example_wlan 5.2.0.301",
		kernel + " > device-driver nordlys_nt5426 1.4",
		kernel + " > device-driver panel_hanbit_hd6 6.12.0-example",
	}, names(reading.Components, "")); diff != "" {
		t.Errorf("components (-want +got):\n%s", diff)
	}
	if len(reading.Notes) > 0 {
		t.Errorf("notes: %v", reading.Notes)
	}
}
