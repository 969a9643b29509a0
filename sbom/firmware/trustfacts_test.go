package firmware

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io/fs"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/mozilla"
)

func txt(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s), Mode: 0o644} }

// rootCertificate makes a self-signed certificate as PEM.
func rootCertificate(t *testing.T, name string) (text string, digest string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name, Organization: []string{"Test root, trust nothing"}},
		NotBefore: time.Unix(1_700_000_000, 0), NotAfter: time.Unix(2_000_000_000, 0), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), hex.EncodeToString(sum[:])
}

// trustOf reads one partition and gives its facts as "name value".
func trustOf(t *testing.T, name string, fsys fs.FS) ([]string, Trust) {
	t.Helper()
	p := &Partition{Name: name, Kind: Folder, FS: fsys}
	im := &Image{Name: "dump", Kind: Folder, Partitions: []*Partition{p}}
	got, err := im.TrustFacts(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range got.Properties {
		if f.Name == sbom.FirmwareFact+FactFiles {
			continue
		}
		out = append(out, strings.TrimPrefix(f.Name, sbom.FirmwareFact)+" "+f.Value)
	}
	return out, got
}

func TestTrustFacts(t *testing.T) {
	root, digest := rootCertificate(t, "extra")
	wifi, _ := rootCertificate(t, "wifi")
	pointer := "version https://git-lfs.github.com/spec/v1\noid sha256:" + strings.Repeat("a", 64) + "\nsize 123456\n"
	for _, tt := range []struct {
		name, partition string
		files           fstest.MapFS
		want            []string
	}{
		{"nothing", "product", fstest.MapFS{"app/Adups/readme": txt("x")}, nil},
		{
			"build properties", "system",
			fstest.MapFS{"system/build.prop": txt(
				"# comment\nro.build.type=userdebug\nro.build.tags=test-keys\nro.debuggable=1\nro.secure=1\nro.adb.secure=0\n" +
					"ro.build.version.security_patch=2023-06-05\nro.build.version.release=13\nro.system.build.fingerprint=Example/phone:13\nro.other=x\n",
			)},
			[]string{
				"adb-secure 0", "android-version 13", "build-tags test-keys", "build-type userdebug", "debuggable 1", "fingerprint Example/phone:13",
				"secure 1", "security-patch 2023-06-05",
			},
		},
		{
			"partitions are not merged", "vendor",
			fstest.MapFS{"build.prop": txt("ro.vendor.build.security_patch=2023-05-05\nro.vendor.build.type=user\n")},
			[]string{"build-type user", "security-patch 2023-05-05"},
		},
		{"product", "product", fstest.MapFS{"etc/build.prop": txt("ro.product.build.tags=release-keys\n")}, []string{"build-tags release-keys"}},
		{"the last line counts", "system", fstest.MapFS{"build.prop": txt("ro.debuggable=1\nro.debuggable=0\n")}, []string{"debuggable 0"}},
		{
			"services", "system",
			fstest.MapFS{"system/etc/init/helper.rc": txt(
				"on boot\n    user nobody\nservice helperd /system/bin/helperd \\\n    --all\n    user root\n    socket helper stream 666 root root\n    seclabel u:r:su:s0\n" +
					"service quiet /system/bin/quiet\n    user system\n    socket quiet stream 660 system system\nservice plain /system/bin/plain\n",
			)},
			[]string{"init-service helperd, root, u:r:su:s0", "init-service plain, root", "init-socket helperd, helper, 666"},
		},
		{
			"privileged permissions", "system", fstest.MapFS{"system/etc/permissions/privapp-permissions-x.xml": txt(
				`<permissions><privapp-permissions package="com.example"><permission name="android.permission.INSTALL_PACKAGES"/><deny-permission name="android.permission.READ_SMS"/></privapp-permissions></permissions>`,
			)}, []string{"privileged-permission com.example, android.permission.INSTALL_PACKAGES"},
		},
		{
			"interfaces", "vendor", fstest.MapFS{"etc/vintf/manifest.xml": txt(
				`<manifest version="5.0" type="device"><hal format="hidl"><name>android.hardware.nfc</name><version>1.2</version></hal>` +
					`<hal format="hidl"><name>android.hardware.gnss</name><fqname>@2.1::IGnss/default</fqname></hal><hal format="aidl"><name>android.hardware.vibrator</name></hal></manifest>`,
			)}, []string{"hal android.hardware.gnss@2.1", "hal android.hardware.nfc@1.2", "hal android.hardware.vibrator"},
		},
		{"su", "system", fstest.MapFS{"system/xbin/su": txt("\x7fELF"), "system/etc/su": txt("no program")}, []string{"su-binary /system/xbin/su"}},
		{
			"su, a link", "system",
			fstest.MapFS{"system/bin/su": {Data: []byte("toolbox"), Mode: fs.ModeSymlink | 0o777}},
			[]string{"su-binary /system/bin/su"},
		},
		{
			"roots", "system",
			fstest.MapFS{"system/etc/security/cacerts/1.0": txt(root), "system/etc/security/cacerts_wfa/2.0": txt(wifi)},
			[]string{"extra-root-certificate " + digest, "root-certificates 1", "root-certificates-wifi 1"},
		},
		{
			"policy", "system",
			fstest.MapFS{"system/etc/selinux/plat_sepolicy.cil": txt("(type a)\n(typepermissive crash_dump)\n(allow a b (c (d)))\n")},
			[]string{"selinux-permissive crash_dump"},
		},
		{
			"compiled policy", "vendor",
			fstest.MapFS{"etc/selinux/precompiled_sepolicy": txt(compiledPolicy("su"))},
			[]string{"selinux-permissive su"},
		},
		{"broken compiled policy", "vendor", fstest.MapFS{"etc/selinux/precompiled_sepolicy": txt("x")}, []string{"unreadable-files 1"}},
		{"hosts", "vendor", fstest.MapFS{"etc/gps.conf": txt("# x\nNTP_SERVER=time.example\nSUPL_HOST=supl.example\nSUPL_PORT=7275\n")}, []string{"location-host supl.example", "time-host time.example"}},
		{"hosts in another file", "vendor", fstest.MapFS{"etc/izat.conf": txt("XTRA_SERVER_1=https://xtra.example/a.bin\n")}, []string{"location-host https://xtra.example/a.bin"}},
		{
			"hosts in properties", "product",
			fstest.MapFS{"etc/build.prop": txt(
				"ro.ota.server.url=https://fota.example/v2\npersist.sys.ntp_server=ntp.example\nlineage.updater.uri=http://updates.example/{device}\n" +
					"ro.captive_portal.url=http://check.example/204\nro.product.update=soon\nro.boot.quota=http://x.example\nro.ntp=yes\nro.ota.allow=true\n",
			)},
			[]string{
				"connectivity-host http://check.example/204", "time-host ntp.example",
				"update-host http://updates.example/{device}", "update-host https://fota.example/v2",
			},
		},
		{"pointers", "product", fstest.MapFS{"app/A/A.apk": txt(pointer), "etc/build.prop": txt(pointer)}, []string{"lfs-pointers 2"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, trust := trustOf(t, tt.partition, tt.files)
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
			for _, p := range trust.Properties {
				told := func(e sbom.Evidence) bool {
					return strings.HasPrefix(e.Note, strings.TrimPrefix(p.Name, sbom.FirmwareFact)+" ") && e.Place != "" && e.Says != ""
				}
				if p.Name != sbom.FirmwareFact+FactFiles && !slices.ContainsFunc(trust.Found, told) {
					t.Errorf("%s has no evidence", p.Name)
				}
			}
			for _, e := range trust.Found {
				if strings.Contains(strings.ToLower(e.Says+e.Note), "backdoor") {
					t.Errorf("not neutral: %q", e.Says)
				}
			}
		})
	}
}

func TestTrustNotes(t *testing.T) {
	_, trust := trustOf(t, "system", fstest.MapFS{
		"build.prop": txt("ro.debuggable=1\nro.debuggable=0\nro.x=1\nro.x=1\n"), "etc/permissions/privapp-permissions-a.xml": txt("<a"),
		"etc/security/cacerts/x.0": txt("hello"),
	})
	var got []string
	for _, n := range trust.Notes {
		got = append(got, n.String())
	}
	for _, want := range []string{`build.prop: ro.debuggable is "1" in line 1 and "0" in line 2, which counts`, "privapp-permissions-a.xml: not understood", "x.0: no certificate"} {
		if !strings.Contains(strings.Join(got, "\n"), want) {
			t.Errorf("no note %q in:\n%s", want, strings.Join(got, "\n"))
		}
	}
	if len(got) != 3 {
		t.Errorf("got %d notes", len(got))
	}
}

// A file that cannot be read is counted, and the work goes on.
func TestTrustUnreadable(t *testing.T) {
	got, _ := trustOf(t, "system", locked{fstest.MapFS{"build.prop": txt("ro.debuggable=1"), "etc/build.prop": txt("ro.secure=1")}})
	if d := cmp.Diff([]string{"secure 1", "unreadable-files 1"}, got); d != "" {
		t.Error(d)
	}
}

type locked struct{ fstest.MapFS }

func (l locked) Open(name string) (fs.File, error) {
	if name == "build.prop" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return l.MapFS.Open(name)
}

// What lies on a partition of its own is not told of twice.
func TestOwnPartition(t *testing.T) {
	system := &Partition{Name: "system", Kind: Folder, FS: fstest.MapFS{
		"system/build.prop": txt("ro.secure=1"), "system/product/etc/build.prop": txt("ro.product.build.type=user"),
	}}
	product := &Partition{Name: "product", Kind: Folder, FS: fstest.MapFS{"etc/build.prop": txt("ro.product.build.type=user")}}
	im := &Image{Name: "dump", Partitions: []*Partition{system, product}}
	got, err := im.TrustFacts(context.Background(), system)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Properties) != 2 || got.Properties[1].Value != "1" || got.Properties[0].Value != "2" {
		t.Errorf("got %v", got.Properties)
	}
}

func TestCommandLine(t *testing.T) {
	p := &Partition{Name: "boot", Boot: &Boot{CommandLine: "console=ttyMSM0 androidboot.selinux=permissive"}}
	im := &Image{Name: "boot.img", Partitions: []*Partition{p}}
	got, err := im.TrustFacts(context.Background(), p)
	if err != nil || len(got.Properties) != 1 || got.Properties[0] != (sbom.Property{Name: sbom.FirmwareFact + FactSELinux, Value: "command line"}) {
		t.Errorf("got %v, %v", got.Properties, err)
	}
}

func TestSignerFacts(t *testing.T) {
	const public = "a40da80a59d170caa950cf15c18c454d47a39b26989d8b640ecd745ba71bf5dc"
	app := func(name, signer string) sbom.Component {
		return sbom.Component{
			Name: name, Found: []sbom.Evidence{{Place: "system!app/" + name}},
			Properties: []sbom.Property{{Name: sbom.AndroidPackage, Value: name}, {Name: sbom.AndroidSignerSHA256, Value: signer}},
		}
	}
	parts := []sbom.Component{
		{Name: "system", Components: []sbom.Component{app("android", "aa"), app("com.example.a", "aa"), app("com.example.b", "bb")}},
		{Name: "product", Components: []sbom.Component{app("com.example.c", public)}},
		{Name: "vbmeta", Properties: []sbom.Property{{Name: PropertyKeySHA1, Value: "2597c218aae470a130f61162feaae70afd97f011"}}},
	}
	signerFacts(parts)
	want := [][]string{
		{FactPlatformSignedBy + " 1", FactPlatformSigner + " aa"},
		{FactPublicKey + " " + public + ", AOSP test key testkey/releasekey"},
		{FactPublicKey + " 2597c218aae470a130f61162feaae70afd97f011, AOSP AVB testkey_rsa4096"},
	}
	for i, w := range want {
		var got []string
		for _, p := range parts[i].Properties {
			if name, ok := strings.CutPrefix(p.Name, sbom.FirmwareFact); ok && p.Name != PropertyKeySHA1 {
				got = append(got, name+" "+p.Value)
			}
		}
		if d := cmp.Diff(w, got); d != "" {
			t.Errorf("%s: %s", parts[i].Name, d)
		}
	}
	if e := parts[1].Found[0]; e.Place != "system!app/com.example.c" || !strings.Contains(e.Says, "private half is published") {
		t.Errorf("evidence %+v", e)
	}
}

// The embedded tables are what they say.
func TestTables(t *testing.T) {
	hex256 := regexp.MustCompile(`^[0-9a-f]{64}$`)
	roots := mozilla.Roots()
	if len(roots) < 150 {
		t.Errorf("%d roots", len(roots))
	}
	for r := range roots {
		if !hex256.MatchString(r) {
			t.Errorf("%q is no digest", r)
		}
	}
	keys := knownPublicKeys()
	if len(keys) != 8 {
		t.Errorf("%d public keys", len(keys))
	}
	for _, k := range keys {
		if k.name == "" || k.source == "" || !regexp.MustCompile(`^(certificate-sha256 [0-9a-f]{64}|avb-key-sha1 [0-9a-f]{40})$`).MatchString(k.kind+" "+k.digest) {
			t.Errorf("%+v", k)
		}
	}
}

// Of each property the last line is told, and no other value.
func FuzzProperties(f *testing.F) {
	f.Add([]byte("ro.a=1\n#x=2\nro.a = 3\r\n=\nno value\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		props, _ := parseProperties(data)
		for key, p := range props {
			found := ""
			for line := range strings.Lines(string(data)) {
				line = strings.TrimSpace(line)
				if k, v, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") && strings.TrimSpace(k) == key {
					found = strings.TrimSpace(v)
				}
			}
			if key == "" || found != p.value {
				t.Errorf("%q is %q, the last line says %q", key, p.value, found)
			}
		}
	})
}

// Every service has a name and a user, and stands in a line that names it.
func FuzzInit(f *testing.F) {
	f.Add([]byte("service a /bin/a\n user root\n socket s stream 666\non boot\n user x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		lines := strings.SplitAfter(string(data), "\n")
		for _, s := range parseInit(data) {
			if s.name == "" || s.user == "" || s.line > len(lines) || !strings.Contains(strings.Join(lines[:s.line], ""), s.name) {
				t.Errorf("%+v", s)
			}
		}
	})
}

func FuzzXML(f *testing.F) {
	f.Add([]byte("<a><b c='d'>e</b></a>"))
	f.Add([]byte(strings.Repeat("<a>", 100)))
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := parseXML(data)
		if (n == nil) == (err == nil) {
			t.Errorf("%v and %v", n, err)
		}
		var depth func(*xmlNode) int
		depth = func(n *xmlNode) int {
			d := 0
			for _, c := range n.children {
				d = max(d, depth(c))
			}
			return d + 1
		}
		if n != nil && depth(n) > maxXMLDepth {
			t.Error(fmt.Sprint("nested deeper than the limit: ", depth(n)))
		}
	})
}

// compiledPolicy is a policy of SELinux with one type, which is permissive.
func compiledPolicy(name string) string {
	var b []byte
	number := func(vs ...uint32) {
		for _, v := range vs {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
	}
	number(0xf97cff8c, 8)
	b = append(b, "SE Linux"...)
	number(30, 1, 8, 7, 64, 0, 0, 64, 64, 1, 0, 2, 0) // no capabilities, type 1 permissive
	number(0, 0, 0, 0, 0, 0, 1, 1, uint32(len(name)), 1, 1, 0)
	return string(append(b, name...))
}
