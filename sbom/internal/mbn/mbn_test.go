package mbn_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/sbom/internal/mbn"
	"github.com/originbom/originbom/sbom/internal/mbntest"
)

var testKey = sync.OnceValues(func() (*mbntest.Key, error) { return mbntest.NewKey(0x300000009, 0x0014a0e100420007) })

func key(t testing.TB) *mbntest.Key {
	t.Helper()
	k, err := testKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func open(b []byte) (*mbn.Image, error) { return mbn.Open(bytes.NewReader(b), int64(len(b)), nil) }

func segments() [][]byte {
	return [][]byte{
		[]byte("code\x00QC_IMAGE_VERSION_STRING=TZ.BF.4.0.5-00042\x00IMAGE_VARIANT_STRING=EXAMPLEAA\x00more"), nil,
		append(bytes.Repeat([]byte("x"), 40000), "OEM_IMAGE_VERSION_STRING=build.maker.example\n\x00"...),
	}
}

func sumOf(b []byte) string { s := sha256.Sum256(b); return hex.EncodeToString(s[:]) }

func TestOpen(t *testing.T) {
	k := key(t)
	units := []mbn.ID{{Name: "SW_ID", Value: "0000000300000009"}, {Name: "HW_ID", Value: "0014A0E100420007"}, {Name: "OEM_ID", Value: "0042"}, {Name: "MODEL_ID", Value: "0007"}}
	metadata := []mbn.ID{
		{Name: "SW_ID", Value: "00000009"},
		{Name: "HW_ID", Value: "0014A0E1"},
		{Name: "OEM_ID", Value: "00000042"},
		{Name: "MODEL_ID", Value: "00000007"},
		{Name: "ROLLBACK", Value: "00000003"},
	}
	for _, tt := range []struct {
		name      string
		image     mbntest.Image
		algorithm string
		state     mbn.State
		ids       []mbn.ID
	}{
		{"version 3", mbntest.Image{Version: 3, Key: k}, "SHA-256", mbn.Verified, units},
		{"version 5, 64 bits", mbntest.Image{Version: 5, Key: k, Wide: true}, "SHA-256", mbn.Verified, units},
		{"version 6", mbntest.Image{Version: 6, Key: k}, "SHA-384", mbn.NotChecked, append(units[:4:4], metadata...)},
		{"version 7", mbntest.Image{Version: 7, Key: k, Wide: true}, "SHA-384", mbn.NotChecked, append(units[:4:4], metadata...)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.image.Segments = segments()
			b := tt.image.Bytes()
			if !mbn.Is(bytes.NewReader(b), int64(len(b))) {
				t.Error("it is not known as an image")
			}
			got, err := open(b)
			if err != nil {
				t.Fatal(err)
			}
			want := &mbn.Image{
				Version: tt.image.Version, Algorithm: tt.algorithm, Segments: mbn.Segments{Match: 3},
				Maker: &mbn.Signature{
					State: tt.state, Linked: true, IDs: tt.ids,
					Chain: []mbn.Certificate{{SHA256: sumOf(k.Leaf)}, {SHA256: sumOf(k.Root)}},
				},
				Strings: mbn.Strings{Version: "TZ.BF.4.0.5-00042", Variant: "EXAMPLEAA", Maker: "build.maker.example"},
			}
			for i, name := range []string{"Example signer", "Example root"} {
				if c := &got.Maker.Chain[i]; !strings.Contains(c.Subject, name) {
					t.Errorf("subject %q, want %q in it", c.Subject, name)
				} else {
					*c = mbn.Certificate{SHA256: c.SHA256}
				}
			}
			if d := cmp.Diff(want, got, cmp.Exporter(func(reflect.Type) bool { return true })); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

// TestChanged: a changed byte of a segment, of the hashes or of the signature is
// seen.
func TestChanged(t *testing.T) {
	image := mbntest.Image{Version: 5, Key: key(t), Segments: segments()}
	good := image.Bytes()
	for _, tt := range []struct {
		name   string
		at     int
		differ []int
		state  mbn.State
	}{
		{"nothing", -1, nil, mbn.Verified},
		{"a segment", bytes.Index(good, []byte("code")), []int{2}, mbn.Verified},
		{"a hash", 4096 + 40 + 2*32, []int{2}, mbn.NotVerified},
		{"the signature", 4096 + 40 + 5*32 + 7, nil, mbn.NotVerified},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := bytes.Clone(good)
			if tt.at >= 0 {
				b[tt.at] ^= 1
			}
			im, err := open(b)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.differ, im.Segments.Differ); d != "" {
				t.Error(d)
			}
			if im.Maker.State != tt.state {
				t.Errorf("the signature is %s, want %s", im.Maker.State, tt.state)
			}
		})
	}
}

// TestSplit reads name.mdt with its files; those that are not there are told.
func TestSplit(t *testing.T) {
	mdt, files := mbntest.Image{Version: 3, Key: key(t), Segments: segments()}.Split()
	beside := func(n int) (io.ReaderAt, int64, bool) {
		if n == 4 {
			return nil, 0, false
		}
		return bytes.NewReader(files[n]), int64(len(files[n])), true
	}
	im, err := mbn.Open(bytes.NewReader(mdt), int64(len(mdt)), beside)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(mbn.Segments{Match: 2, Absent: []int{4}}, im.Segments); d != "" {
		t.Error(d)
	}
	if im.Strings.Version != "TZ.BF.4.0.5-00042" || im.Maker.State != mbn.Verified {
		t.Errorf("got %+v, %s", im.Strings, im.Maker.State)
	}
}

func TestBad(t *testing.T) {
	image := mbntest.Image{Version: 3, Key: key(t), Segments: segments()}
	edit := func(at int, v byte) []byte { b := image.Bytes(); b[at] = v; return b }
	plain := mbntest.Image{Version: 3, Segments: segments()}.Bytes()
	for _, tt := range []struct {
		name, want string
		data       []byte
		not        bool
	}{
		{"empty", "", nil, true},
		{"text", "", bytes.Repeat([]byte("text"), 100), true},
		{"an ELF file without a hash segment", "", edit(52+32+27, 0), true},
		{"an unknown version", "version 9", edit(4096+4, 9), false},
		{"hashes behind the end", "behind the end", edit(4096+22, 9), false},
		{"a hash segment behind the end", "behind the end", image.Bytes()[:4200], false},
		{"too many program headers", "more than 256", edit(45, 9), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			im, err := open(tt.data)
			if err == nil || !strings.Contains(err.Error(), tt.want) || errors.Is(err, mbn.ErrNotMBN) != tt.not || im != nil {
				t.Errorf("got %v, %v", im, err)
			}
		})
	}
	im, err := open(plain)
	if err != nil || im.Maker != nil || im.Segments.Match != 3 {
		t.Errorf("unsigned: %+v, %v", im, err)
	}
}

// What is read is of the bytes alone: a second reading is the same, and no list is
// longer than its limit.
func FuzzOpen(f *testing.F) {
	for _, v := range []int{3, 5, 6, 7} {
		f.Add(mbntest.Image{Version: v, Key: key(f), Segments: [][]byte{[]byte("QC_IMAGE_VERSION_STRING=a")}, Wide: v == 7}.Bytes())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		im, err := open(b)
		if err != nil {
			if im != nil {
				t.Error("an error and an image")
			}
			return
		}
		again, err := open(b)
		if err != nil || !reflect.DeepEqual(im, again) {
			t.Errorf("read again: %v", err)
		}
		if len(im.Segments.Differ)+len(im.Segments.Absent)+im.Segments.Match > 256 || len(im.Strings.Version) > 256 {
			t.Errorf("over a limit: %+v", im)
		}
	})
}
