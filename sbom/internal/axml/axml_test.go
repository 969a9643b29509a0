package axml_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/sbom/internal/apktest"
	"github.com/originbom/originbom/sbom/internal/axml"
)

func TestReadManifest(t *testing.T) {
	level := func(n int) axml.SDK { return axml.SDK{Level: n} }
	tests := []struct {
		name string
		app  apktest.App
		want axml.Manifest
	}{
		{
			"all",
			apktest.App{
				Package: "com.example.clock", VersionCode: 7, VersionName: "1.2", Label: "Ühr 時計", MinSDK: 26, TargetSDK: 33, Sandbox: 2,
				SharedUserID: "android.uid.system", Permissions: []string{"b", "a", "b"},
			},
			axml.Manifest{
				Package: "com.example.clock", VersionCode: 7, HasVersion: true, VersionName: "1.2", Label: "Ühr 時計", MinSDK: level(26),
				TargetSDK: level(33), Sandbox: 2, SharedUserID: "android.uid.system", Permissions: []string{"a", "b"},
			},
		},
		{"nothing", apktest.App{Package: "p"}, axml.Manifest{Package: "p", MinSDK: level(1), TargetSDK: level(1), Sandbox: 1}},
		{"target follows", apktest.App{Package: "p", MinSDK: 21}, axml.Manifest{Package: "p", MinSDK: level(21), TargetSDK: level(21), Sandbox: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := axml.ReadManifest(tt.app.Manifest(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(&tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestBadManifest(t *testing.T) {
	good := apktest.App{Package: "com.example", VersionName: "1"}.Manifest()
	edit := func(at int, b ...byte) []byte {
		out := bytes.Clone(good)
		copy(out[at:], b)
		return out
	}
	start := bytes.Index(good, []byte{2, 1, 16, 0}) // the first element
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "cut off"},
		{"other", []byte("<manifest/>"), "cut off"},
		{"cut", good[:len(good)-1], "cut off"},
		{"type", edit(0, 9), "not binary XML"},
		{"pool too large", edit(16, 0xff, 0xff, 0xff), "do not fit"},
		{"string outside", edit(8+28+4*8, 0xff, 0xff), "outside"},
		{"no such string", edit(start+20, 0xf0), "no string 240"},
		{"too many attributes", edit(start+16+12, 0xff), "do not fit into it"},
		{"no end", good[:bytes.LastIndex(good, []byte{3, 1, 16, 0})], "cut off"},
		{"no package", apktest.App{}.Manifest(), "names no package"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := axml.ReadManifest(tt.data, nil)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, %v, want the error %q", got, err, tt.want)
			}
		})
	}
}

// chunk makes a chunk of a table.
func chunk(kind uint16, header, data []byte) []byte {
	b := binary.LittleEndian.AppendUint16(nil, kind)
	b = binary.LittleEndian.AppendUint16(b, uint16(8+len(header)))
	b = binary.LittleEndian.AppendUint32(b, uint32(8+len(header)+len(data)))
	return append(append(b, header...), data...)
}

func words(vs ...uint32) []byte {
	var b []byte
	for _, v := range vs {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}

// table makes a table of the package 0x7f with one type (1): configurations with
// one entry each.
func table(configs ...[]byte) []byte {
	pool := chunk(0x0001, words(2, 0, 1<<8, 28+8, 0), append(words(0, 7), "\x04\x04Uhr!\x00\x05\x05Clock\x00\x00\x00"...))
	pkg := chunk(0x0200, append(words(0x7f), make([]byte, 276)...), bytes.Join(configs, nil))
	return chunk(0x0002, words(1), append(pool, pkg...))
}

// entry makes a ResTable_type for a language with one value.
func entry(language string, kind uint8, data uint32) []byte {
	config := append(words(28, 0), append([]byte(language), make([]byte, 20-len(language))...)...)
	header := append(append([]byte{1, 0, 0, 0}, words(1, uint32(8+12+len(config)+4))...), config...)
	return chunk(0x0201, header, append(words(0), append([]byte{8, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, kind}, words(data)...)...))
}

func TestTable(t *testing.T) {
	reference := func(id uint32) axml.Value { return axml.Value{Type: 1, Data: id} }
	for _, tt := range []struct {
		name  string
		table []byte
		value axml.Value
		want  string
		ok    bool
	}{
		{"a string", table(entry("", 3, 1)), reference(0x7f010000), "Clock", true},
		{"the default counts", table(entry("de", 3, 0), entry("", 3, 1)), reference(0x7f010000), "Clock", true},
		{"only for a language", table(entry("de", 3, 0)), reference(0x7f010000), "", false},
		{"a number", table(entry("", 0x10, 42)), reference(0x7f010000), "42", true},
		{"no such entry", table(entry("", 3, 1)), reference(0x7f010001), "", false},
		{"no such type", table(entry("", 3, 1)), reference(0x7f020000), "", false},
		{"another package", table(entry("", 3, 1)), reference(0x01010000), "", false},
		{"a circle", table(entry("", 1, 0x7f010000)), reference(0x7f010000), "", false},
		{"no such string", table(entry("", 3, 9)), reference(0x7f010000), "", false},
		{"no reference", table(), axml.Value{Type: 3, Text: "x"}, "x", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tab, err := axml.ParseTable(tt.table)
			if err != nil {
				t.Fatal(err)
			}
			got, ok := tab.Text(tt.value)
			if got != tt.want || ok != tt.ok {
				t.Errorf("got %q %t, want %q %t", got, ok, tt.want, tt.ok)
			}
		})
	}
}

const absent = 0xffffffff

// document makes binary XML of these strings, which stand in a row in UTF-8, and
// chunks. The first string is the name of a resource attribute, android:name.
func document(strings []string, chunks ...[]byte) []byte {
	offsets, data := words(), []byte{}
	for _, s := range strings {
		offsets = append(offsets, words(uint32(len(data)))...)
		n := []byte{byte(len(s)>>8) | 0x80, byte(len(s))}
		data = append(append(append(append(data, n...), n...), s...), 0)
	}
	pool := chunk(0x0001, words(uint32(len(strings)), 0, 1<<8, uint32(28+len(offsets)), 0), append(offsets, data...))
	return chunk(0x0003, nil, append(append(pool, chunk(0x0180, nil, words(0x01010003))...), bytes.Join(chunks, nil)...))
}

// element makes an element without content, but for the end, of attributes of five
// words.
func element(name uint32, attrs ...[]byte) []byte {
	ext := append(words(absent, name), 20, 0, 20, 0, byte(len(attrs)), byte(len(attrs)>>8), 0, 0, 0, 0, 0, 0)
	return chunk(0x0102, words(1, absent), append(ext, bytes.Join(attrs, nil)...))
}

var end = chunk(0x0103, words(1, absent), words(absent, 0))

// TestCosts: what is small in the file may not be large in memory or time.
func TestCosts(t *testing.T) {
	long := words(absent, 1, 1, 3<<24|8, 1) // an attribute whose name and value are the long string
	reference := words(absent, 0, absent, 1<<24|8, 0x7f010000)
	permissions := bytes.Repeat(append(element(3, reference), end...), 2000)
	pkg := append(element(1, words(absent, 2, 4, 3<<24|8, 4)), append(permissions, end...)...)
	types := make([][]byte, 10_000)
	for i := range types {
		types[i] = entry("de", 3, 0)
	}
	for _, tt := range []struct {
		name     string
		manifest []byte
		want     string
	}{
		{"one long string", document([]string{"name", strings.Repeat("x", 1<<15-1)}, element(0, slices.Repeat([][]byte{long}, 2000)...), end), "its texts have more than"},
		{"many references", document([]string{"name", "manifest", "package", "uses-permission", "com.example"}, pkg), "lead through too much"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := axml.ReadManifest(tt.manifest, func() (*axml.Table, error) { return axml.ParseTable(table(types...)) })
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestTableError(t *testing.T) {
	// A table that nobody needs is not asked for.
	called := false
	_, err := axml.ReadManifest(apktest.App{Package: "p", Label: "x"}.Manifest(), func() (*axml.Table, error) {
		called = true
		return nil, errors.New("no")
	})
	if err != nil || called {
		t.Errorf("error %v, asked for the table: %t", err, called)
	}
	if _, err := axml.ParseTable([]byte("PK")); err == nil {
		t.Error("no table was read")
	}
}

// A manifest that is read has a package, and levels that its text gives.
func FuzzReadManifest(f *testing.F) {
	f.Add(apktest.App{Package: "com.example.clock", VersionCode: 7, VersionName: "1.2", Label: "x", MinSDK: 26, TargetSDK: 33, Permissions: []string{"p"}}.Manifest(), table(entry("", 3, 1)))
	f.Fuzz(func(t *testing.T, manifest, resources []byte) {
		m, err := axml.ReadManifest(manifest, func() (*axml.Table, error) { return axml.ParseTable(resources) })
		if m == nil && err == nil || m != nil && m.Package == "" {
			t.Errorf("a manifest %v with the error %v", m, err)
		}
		if root, err := axml.Parse(manifest); m != nil && (err != nil || root.Name != "manifest") {
			t.Errorf("read as a manifest, and its root is %v, %v", root, err)
		}
	})
}

func FuzzTable(f *testing.F) {
	f.Add(table(entry("de", 3, 0), entry("", 3, 1)), uint32(0x7f010000))
	f.Fuzz(func(t *testing.T, data []byte, id uint32) {
		tab, err := axml.ParseTable(data)
		if err != nil {
			if tab != nil {
				t.Error("an error and a table")
			}
			return
		}
		v, ok := tab.Resolve(axml.Value{Type: 1, Data: id})
		if ok && (v.Type == 1 || v.Type == 7) {
			t.Errorf("resolved to a reference: %v", v)
		}
	})
}
