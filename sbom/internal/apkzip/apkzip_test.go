package apkzip

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type file struct {
	name, content string
	stored        bool
}

// archive makes a ZIP archive by the standard library.
func archive(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
		if f.stored {
			h.Method = zip.Store
		}
		e, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(e, f.content)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func open(data []byte) (*Archive, error) { return Open(bytes.NewReader(data), int64(len(data))) }

func TestRead(t *testing.T) {
	long := strings.Repeat("a long line\n", 1000)
	a, err := open(archive(t, file{"a", long, false}, file{"dir/", "", true}, file{"b", "stored", true}))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range a.Entries {
		data, err := a.Read(e, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		got[e.Name] = string(data)
	}
	want := map[string]string{"a": long, "dir/": "", "b": "stored"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if _, ok := a.Find("c"); ok {
		t.Error("an entry that is not there was found")
	}
	if _, err := a.Read(a.Entries[0], 10); err == nil {
		t.Error("an entry over the limit was read")
	}
}

func TestComment(t *testing.T) {
	// An end record inside the comment of another is not the archive's own.
	data := archive(t, file{"a", "x", true})
	inner := append([]byte("PK\x05\x06"), make([]byte, 18)...)
	binary.LittleEndian.PutUint16(data[len(data)-2:], uint16(len(inner)+1))
	a, err := open(append(append(data, inner...), 0))
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Entries) != 1 {
		t.Errorf("got %d entries, want 1", len(a.Entries))
	}
}

func TestRefused(t *testing.T) {
	good := archive(t, file{"first", strings.Repeat("x", 5000), false}, file{"second", "y", true})
	directory := bytes.Index(good, []byte("PK\x01\x02"))
	second := directory + 1 + bytes.Index(good[directory+1:], []byte("PK\x01\x02"))
	edit := func(at int, b ...byte) []byte {
		out := bytes.Clone(good)
		copy(out[at:], b)
		return out
	}
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "not a ZIP archive"},
		{"cut", good[:len(good)-1], "not a ZIP archive"},
		{"damaged record", edit(second, 'Q'), "record 2 of 2 is damaged"},
		{"cut record", edit(second+28, 0xff, 0xff), "record 2 of 2 is cut off"},
		{"encrypted", edit(directory+8, 1), "encrypted"},
		{"directory outside", edit(len(good)-6, 0xff, 0xff, 0xff), "overlaps the end record"},
		{"same name", archive(t, file{"a", "1", true}, file{"a", "2", true}), "two entries have the name"},
		{"other name in header", edit(30, 'F'), "another name"},
		{"no header", edit(0, 'Q'), "no header"},
		{"header outside", edit(directory+42, 0xff, 0xff, 0xff), "outside"},
		{"into the directory", edit(directory+20, 0xff, 0xff, 0xff), "reaches into"},
		{"overlap", edit(second+20, byte(directory), byte(directory>>8)), "they overlap"},
		{"too short", edit(directory+24, 0x89, 0x13), "less than the directory says"},
		{"bomb", edit(directory+24, 0x10, 0x00), "more than the directory says"},
		{"method", edit(directory+10, 12), "method 12"},
		{"two sizes", edit(second+24, 9), "two sizes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, err := open(tt.data)
			for i := 0; err == nil && i < len(a.Entries); i++ {
				_, err = a.Read(a.Entries[i], 1<<20)
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// No archive makes the reader give more than it says, or other than exactly one
// content for one entry.
func FuzzOpen(f *testing.F) {
	f.Add(archive(f, file{"a", "hello", false}, file{"b", "stored", true}))
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := open(data)
		if err != nil {
			return
		}
		for _, e := range a.Entries {
			got, err := a.Read(e, 1<<16)
			if err == nil && int64(len(got)) != e.Size {
				t.Errorf("%q: read %d bytes, the directory says %d", e.Name, len(got), e.Size)
			}
			again, ok := a.Find(e.Name)
			if !ok || again != e {
				t.Errorf("%q is not found by its name", e.Name)
			}
		}
	})
}
