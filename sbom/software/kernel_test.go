package software

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
)

func TestParseModinfo(t *testing.T) {
	got, err := parseModinfo([]byte("\x00\x00license=GPL\x00version=1.0\x00version=2.0\x00nonsense\x00author=A <a@x.example>\x00" +
		"author=B\x00description=x  y\n\x00alias=of:N*T*Cv,cC*\x00alias=of:N*Tdsp*Cv,d\x00alias=usb:v1p2d*\x00vermagic=6.1.0 SMP \x00name=n"))
	if err != nil {
		t.Fatal(err)
	}
	want := modinfo{
		name: "n", version: "1.0", vermagic: "6.1.0 SMP", description: "x y",
		licenses: []string{"GPL"}, authors: []string{"A <a@x.example>", "B"}, compatible: []string{"v,c", "v,d"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(modinfo{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.release() != "6.1.0" {
		t.Errorf("release: got %q", got.release())
	}
	if _, err := parseModinfo(bytes.Repeat([]byte("a=\x00"), maxTags+1)); err == nil {
		t.Error("too many entries: no error")
	}
}

func TestReadModinfoRefuses(t *testing.T) {
	good := buildModule("license=GPL")
	noBits := bytes.Clone(good)
	headers := len(good) - 3*64
	binary.LittleEndian.PutUint32(noBits[headers+64+4:], 8)
	huge := bytes.Clone(good)
	binary.LittleEndian.PutUint64(huge[headers+64+32:], maxModinfo+1)
	outside := bytes.Clone(good)
	binary.LittleEndian.PutUint64(outside[headers+64+32:], maxModinfo)
	packed := bytes.Clone(good)
	binary.LittleEndian.PutUint64(packed[headers+64+8:], 0x800)
	other := bytes.Replace(good, []byte("\x00.modinfo\x00"), []byte("\x00.modinfX\x00"), 1)
	for name, data := range map[string][]byte{
		"empty": nil, "no ELF": []byte("hello"), "cut": good[:len(good)-1], "no bits": noBits,
		"huge": huge, "outside": outside, "compressed": packed, "no section": other,
	} {
		got, err := readModinfo(bytes.NewReader(data))
		if err == nil || !cmp.Equal(got, modinfo{}, cmp.AllowUnexported(modinfo{})) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	if _, err := readModinfo(bytes.NewReader(good)); err != nil {
		t.Errorf("good: %v", err)
	}
}

// What a module is built with is what is read from it, whatever else its
// section holds.
func FuzzModinfo(f *testing.F) {
	f.Add("GPL v2", "1.0", []byte("x=y\x00\x00z"))
	f.Add("", "", []byte(nil))
	f.Fuzz(func(t *testing.T, license, version string, more []byte) {
		if strings.ContainsRune(license+version, 0) || len(more) > 4096 {
			return
		}
		got, err := readModinfo(bytes.NewReader(buildModule("license="+license, "version="+version, string(more))))
		if err != nil {
			t.Fatal(err)
		}
		if len(got.licenses) == 0 || got.licenses[0] != tidy(license) {
			t.Fatalf("license %q read as %q", license, got.licenses)
		}
		if v := tidy(version); v != "" && got.version != v {
			t.Fatalf("version %q read as %q", version, got.version)
		}
		_, _ = readModinfo(bytes.NewReader(more)) // hostile bytes end in an error or a modinfo
	})
}

const exampleBanner = "Linux version 6.12.0-example (build@os.maker.example) (gcc 14.2.0) #1 SMP"

func TestReadBanner(t *testing.T) {
	image := buildImage(exampleBanner)
	zst := func(b []byte) []byte {
		w, err := zstd.NewWriter(nil)
		if err != nil {
			t.Fatal(err)
		}
		return w.EncodeAll(b, nil)
	}
	zboot := func(packed []byte) []byte {
		b := append([]byte("MZ\x00\x00zimg"), make([]byte, 0x38)...)
		binary.LittleEndian.PutUint32(b[8:], uint32(len(b)))
		binary.LittleEndian.PutUint32(b[12:], uint32(len(packed)))
		return append(b, packed...)
	}
	bz := make([]byte, 0x300)
	copy(bz[0x202:], "HdrS")
	binary.LittleEndian.PutUint16(bz[0x20e:], 0x80)
	copy(bz[0x280:], "6.12.0-example (build@os.maker.example) #1\x00")
	zImage := append(make([]byte, 0x100), gzipped([]byte("\x00"+exampleBanner+"\n"))...)
	copy(zImage[0x24:], "\x18\x28\x6f\x01")
	outside := zboot(gzipped(image))
	binary.LittleEndian.PutUint32(outside[12:], 1<<30)
	far := append(append([]byte("\x7fELF"), bytes.Repeat([]byte("Linux version %s "), 20000)...), exampleBanner+"\n"...)
	tests := []struct {
		name string
		data []byte
		want string
		err  string
	}{
		{"arm64 Image", image, exampleBanner, ""},
		{"gzip", gzipped(image), exampleBanner, ""},
		{"gzip and a device tree after it", append(gzipped(image), "\xd0\x0d\xfe\xed"...), exampleBanner, ""},
		{"zstd", zst(image), exampleBanner, ""},
		{"EFI zboot, gzip", zboot(gzipped(image)), exampleBanner, ""},
		{"EFI zboot, zstd", zboot(zst(image)), exampleBanner, ""},
		{"uImage", append(append([]byte("\x27\x05\x19\x56"), make([]byte, 60)...), image...), exampleBanner, ""},
		{"x86 bzImage", bz, "Linux version 6.12.0-example (build@os.maker.example) #1", ""},
		{"ARM zImage", zImage, exampleBanner, ""},
		{"vmlinux, the line far behind", far, exampleBanner, ""},
		{"no line", buildImage(""), "", errNoBanner.Error()},
		{"gzip of a text", gzipped([]byte("kernel(7) Linux version")), "", errNotKernel.Error()},
		{"text", []byte(exampleBanner), "", errNotKernel.Error()},
		{"empty", nil, "", errNotKernel.Error()},
		{"zboot outside the file", outside, "", "EFI zboot image: the compressed kernel lies outside the file"},
		{"gzip, cut", gzipped(image)[:20], "", "unexpected EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := readBanner(bytes.NewReader(tt.data), int64(len(tt.data)))
			if got != tt.want || errorText(err) != tt.err {
				t.Errorf("got %q, %v, want %q, %q", got, err, tt.want, tt.err)
			}
		})
	}
}

// The line is found wherever it lies and in whatever pieces it is read.
func FuzzFindBanner(f *testing.F) {
	f.Add(exampleBanner, 65530, byte(' '))
	f.Add("Linux version 5.10.1 x", 0, byte('L'))
	f.Add("Linux version %s", 100, byte(0))
	f.Fuzz(func(t *testing.T, banner string, before int, fill byte) {
		if before < 0 || before > 200_000 || len(banner) > maxBanner {
			return
		}
		data := append(bytes.Repeat([]byte{fill}, before), "\x00"+banner+"\n\x00"...)
		whole, err := findBanner(bytes.NewReader(data))
		if err != nil && whole != "" {
			t.Fatalf("%q with an error", whole)
		}
		halves, err2 := findBanner(iotest.HalfReader(bytes.NewReader(data)))
		if whole != halves || (err == nil) != (err2 == nil) {
			t.Fatalf("whole: %q, %v; in pieces: %q, %v", whole, err, halves, err2)
		}
		if err == nil && (bannerRelease(whole) == "" || !bytes.Contains(data, []byte(whole))) {
			t.Fatalf("%q is no line of the data", whole)
		}
		if line := printable([]byte(banner)); line == banner && bannerRelease(banner) != "" && whole != banner {
			t.Fatalf("%q was not found, but %q", banner, whole)
		}
	})
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestBomb(t *testing.T) {
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	const small = 1 << 20
	if _, err := io.CopyN(w, zeros{}, small+1); err != nil {
		t.Fatal(err)
	}
	w.Close()
	z, err := gzip.NewReader(&packed)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, &capped{r: z, left: small})
	if n != small || !errors.Is(err, errExpanded) {
		t.Errorf("got %d bytes, %v, want %d and an error", n, err, small)
	}
	n, err = io.Copy(io.Discard, &capped{r: io.LimitReader(zeros{}, small), left: small})
	if n != small || err != nil {
		t.Errorf("at the limit: got %d bytes, %v", n, err)
	}
}

func TestParseOSRelease(t *testing.T) {
	got, err := parseOSRelease(strings.NewReader("# comment\nNAME=\"Example \\\"OS\\\" \\n\"\nVERSION_ID='4'\nID=a\\ b\nTWO=a b\n" +
		"1X=no\nOPEN=\"x\nEMPTY=\nNAME2=\"a\" # c\n VERSION_ID=5 \nno line\nCTRL=\"a\x01b\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"NAME": `Example "OS" \n`, "VERSION_ID": "5", "ID": "a b", "EMPTY": ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := parseOSRelease(io.LimitReader(zeros{}, maxOSRelease+2)); err == nil {
		t.Error("too large: no error")
	}
}

// A value that is quoted as a shell quotes it is read back, and what is read is
// valid text without control characters.
func FuzzOSRelease(f *testing.F) {
	f.Add("Example OS", release)
	f.Add(`a"b$c\d`, "A='")
	f.Fuzz(func(t *testing.T, value, file string) {
		quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "`", "\\`").Replace(value) + `"`
		clean := strings.IndexFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfffd }) < 0
		if got, ok := unquote(quoted); clean && (!ok || got != value) {
			t.Fatalf("%q read as %q, %v", quoted, got, ok)
		}
		vars, err := parseOSRelease(strings.NewReader(file))
		if err != nil && vars != nil {
			t.Fatal("values with an error")
		}
		for k, v := range vars {
			if !isVariable(k) || strings.ToValidUTF8(v, "") != v || strings.ContainsAny(v, "\x00\n\x1b") {
				t.Fatalf("%q=%q", k, v)
			}
		}
	})
}
