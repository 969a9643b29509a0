package archive

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"strings"
	"testing"
)

func files() map[string][]byte {
	return map[string][]byte{"bom/a.json": []byte("{}"), ResultName: []byte("{}\n"), "packs/p.yaml": []byte("id: p\n")}
}

func pack(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, Manifest{BOM: "bom/a.json", Packs: []string{"packs/p.yaml"}}, files()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRoundTrip(t *testing.T) {
	data := pack(t)
	if again := pack(t); !bytes.Equal(data, again) {
		t.Error("the same files gave other bytes")
	}
	m, fsys, err := Read("x.zip", data)
	if err != nil {
		t.Fatal(err)
	}
	if m.BOM != "bom/a.json" {
		t.Errorf("got BOM %q", m.BOM)
	}
	got, err := fs.ReadFile(fsys, "packs/p.yaml")
	if err != nil || string(got) != "id: p\n" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestRefused(t *testing.T) {
	zipped := func(entries ...[2]string) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, e := range entries {
			f, err := z.Create(e[0])
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Write([]byte(e[1])); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"no zip":            {[]byte("PK\x03\x04 and nothing"), "not an evidence archive"},
		"no manifest":       {zipped([2]string{"a", ""}), "has no manifest.json"},
		"outside":           {zipped([2]string{"../a", ""}), "not a plain file"},
		"absolute":          {zipped([2]string{"/a", ""}), "not a plain file"},
		"twice":             {zipped([2]string{"a", ""}, [2]string{"a", ""}), "stands twice"},
		"other format":      {zipped([2]string{ManifestName, `{"format":"x"}`}), `format "x"`},
		"unknown key":       {zipped([2]string{ManifestName, `{"frmat":"x"}`}), "unknown field"},
		"duplicate key":     {zipped([2]string{ManifestName, `{"format":"x","format":"y"}`}), "manifest.json"},
		"names no BOM":      {zipped([2]string{ManifestName, `{"format":"` + Format + `"}`}, [2]string{ResultName, ""}), "names no BOM"},
		"names what is not": {zipped([2]string{ManifestName, `{"format":"` + Format + `","bom":"b"}`}, [2]string{ResultName, ""}), "not in the archive"},
	} {
		if _, _, err := Read("x.zip", c.data); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// Whatever Read accepts, Write packs again to something Read accepts.
func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	if err := Write(&b, Manifest{BOM: "bom/a.json"}, files()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		m, fsys, err := Read("x", data)
		if err != nil {
			if m.Format != "" || fsys != nil {
				t.Fatal("an error came with an archive")
			}
			return
		}
		if _, err := fs.Stat(fsys, m.BOM); err != nil {
			t.Fatal(err)
		}
	})
}
