package mbn_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/sbom/internal/mbn"
	"github.com/originbom/originbom/sbom/internal/mbntest"
)

// testKeys are one key of each scheme.
var testKeys = sync.OnceValues(func() (map[mbntest.Scheme]*mbntest.Key, error) {
	out := map[mbntest.Scheme]*mbntest.Key{}
	for _, s := range []mbntest.Scheme{mbntest.Mixed, mbntest.PSS, mbntest.ECDSA} {
		k, err := mbntest.NewKey(s, 0x300000009, 0x0014a0e100420007)
		if err != nil {
			return nil, err
		}
		out[s] = k
	}
	return out, nil
})

func key(t testing.TB, s mbntest.Scheme) *mbntest.Key {
	t.Helper()
	keys, err := testKeys()
	if err != nil {
		t.Fatal(err)
	}
	return keys[s]
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
	units := []mbn.ID{
		{Name: "SW_ID", Value: "0000000300000009"},
		{Name: "HW_ID", Value: "0014A0E100420007"},
		{Name: "OEM_ID", Value: "0042"},
		{Name: "MODEL_ID", Value: "0007"},
		{Name: "SOC_VERS", Value: "6001"},
		{Name: "SOC_VERS", Value: "6004"},
	}
	metadata := []mbn.ID{
		{Name: "SW_ID", Value: "00000009"},
		{Name: "HW_ID", Value: "0014A0E1"},
		{Name: "OEM_ID", Value: "00000042"},
		{Name: "MODEL_ID", Value: "00000007"},
		{Name: "ROLLBACK", Value: "00000003"},
		{Name: "SOC_VERS", Value: "6001"},
		{Name: "SOC_VERS", Value: "6004"},
	}
	ids6 := slices.Concat(units, metadata)
	ids7 := slices.Concat(units, metadata[:1], metadata[2:]) // HW_ID is not bound
	for _, tt := range []struct {
		name      string
		image     mbntest.Image
		scheme    mbntest.Scheme
		algorithm string
		ids       []mbn.ID
	}{
		{"version 3", mbntest.Image{Version: 3}, mbntest.Mixed, "SHA-256", units},
		{"version 3, PSS", mbntest.Image{Version: 3}, mbntest.PSS, "SHA-256", units},
		{"version 5, 64 bits", mbntest.Image{Version: 5, Wide: true}, mbntest.Mixed, "SHA-256", units},
		{"version 5, PSS", mbntest.Image{Version: 5}, mbntest.PSS, "SHA-256", units},
		{"version 6, PSS", mbntest.Image{Version: 6}, mbntest.PSS, "SHA-384", ids6},
		{"version 6, ECDSA", mbntest.Image{Version: 6}, mbntest.ECDSA, "SHA-384", ids6},
		{"version 7", mbntest.Image{Version: 7, Wide: true}, mbntest.ECDSA, "SHA-384", ids7},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := key(t, tt.scheme)
			tt.image.Segments, tt.image.Key = segments(), k
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
					State: mbn.Verified, Linked: true, IDs: tt.ids,
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

// TestBothSign: the maker and Qualcomm sign each beside the other, so that a change
// of what only one of them signed is seen in its signature alone.
func TestBothSign(t *testing.T) {
	for _, version := range []int{5, 6, 7} {
		good := mbntest.Image{Version: version, Key: key(t, mbntest.ECDSA), Qualcomm: key(t, mbntest.PSS), Segments: segments()}.Bytes()
		// Qualcomm's size of signature, metadata and certificates, the maker's metadata.
		header, metadata := map[int]int{5: 40, 6: 48, 7: 40 + 24}[version], map[int]int{6: 120, 7: 224}[version]
		for _, tt := range []struct {
			name            string
			at              int
			maker, qualcomm mbn.State
		}{
			{"nothing", 0, mbn.Verified, mbn.Verified},
			{"Qualcomm's metadata", header + 4, mbn.Verified, mbn.NotVerified},
			{"the maker's metadata", header + metadata + 4, mbn.NotVerified, mbn.Verified},
			{"a hash", header + 2*metadata, mbn.NotVerified, mbn.NotVerified},
		} {
			if metadata == 0 && strings.HasSuffix(tt.name, "metadata") {
				continue
			}
			t.Run(fmt.Sprintf("version %d, %s", version, tt.name), func(t *testing.T) {
				b := bytes.Clone(good)
				if tt.at > 0 {
					b[4096+tt.at] ^= 1
				}
				im, err := open(b)
				if err != nil {
					t.Fatal(err)
				}
				if im.Maker.State != tt.maker || im.Qualcomm.State != tt.qualcomm {
					t.Errorf("the maker's %s, Qualcomm's %s; want %s, %s", im.Maker.State, im.Qualcomm.State, tt.maker, tt.qualcomm)
				}
			})
		}
	}
}

// TestChanged: a changed byte of a segment, of the hashes, of the signature or of
// what a signer's scheme covers is seen.
func TestChanged(t *testing.T) {
	for _, scheme := range []mbntest.Scheme{mbntest.Mixed, mbntest.PSS, mbntest.ECDSA} {
		good := mbntest.Image{Version: 5, Key: key(t, scheme), Segments: segments()}.Bytes()
		for _, tt := range []struct {
			name   string
			at     int
			differ []int
			state  mbn.State
		}{
			{"nothing", -1, nil, mbn.Verified},
			{"a segment", bytes.Index(good, []byte("code")), []int{2}, mbn.Verified},
			{"the header", 4096, nil, mbn.NotVerified},
			{"a hash", 4096 + 40 + 2*32, []int{2}, mbn.NotVerified},
			{"the signature", 4096 + 40 + 5*32 + 7, nil, mbn.NotVerified},
		} {
			t.Run(fmt.Sprintf("%s, scheme %d", tt.name, scheme), func(t *testing.T) {
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
}

// TestSplit reads name.mdt with its files; those that are not there are told.
func TestSplit(t *testing.T) {
	mdt, files := mbntest.Image{Version: 3, Key: key(t, mbntest.Mixed), Segments: segments()}.Split()
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

// TestWholeMDT: an image in one piece that is called name.mdt needs no other files.
func TestWholeMDT(t *testing.T) {
	b := mbntest.Image{Version: 3, Key: key(t, mbntest.Mixed), Segments: segments()}.Bytes()
	none := func(int) (io.ReaderAt, int64, bool) { return nil, 0, false }
	im, err := mbn.Open(bytes.NewReader(b), int64(len(b)), none)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(mbn.Segments{Match: 3}, im.Segments); d != "" {
		t.Error(d)
	}
}

func TestBad(t *testing.T) {
	image := mbntest.Image{Version: 3, Key: key(t, mbntest.Mixed), Segments: segments()}
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
		f.Add(mbntest.Image{Version: v, Key: key(f, mbntest.PSS), Segments: [][]byte{[]byte("QC_IMAGE_VERSION_STRING=a")}, Wide: v == 7}.Bytes())
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
