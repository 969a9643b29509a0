package software

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/sbom/internal/mbntest"
)

// TestBlobs: signed firmware, in one file or many, is found with its build, its
// signer and what it is bound to; programs of a like name are none.
func TestBlobs(t *testing.T) {
	key, err := mbntest.NewKey(mbntest.Mixed, 9, 0x0014a0e100420007)
	if err != nil {
		t.Fatal(err)
	}
	segments := [][]byte{[]byte("QC_IMAGE_VERSION_STRING=TZ.XF.5.1-1\x00"), []byte("data")}
	whole := mbntest.Image{Version: 5, Key: key, Segments: segments}
	changed := whole.Bytes()
	changed[len(changed)-1] ^= 1
	mdt, files := mbntest.Image{Version: 3, Segments: segments}.Split()
	got := mustCatalog(t, fstest.MapFS{
		"vendor/firmware/a530_zap.mbn": data(whole.Bytes()),
		"vendor/firmware/changed.mbn":  data(changed),
		"vendor/firmware/modem.mdt":    data(mdt),
		"vendor/firmware/modem.b02":    data(files[2]),
		"vendor/firmware/broken.mbn":   data(whole.Bytes()[:4200]),
		"vendor/firmware/other.mbn":    text("no image\n"),
		"vendor/bin/tool.elf":          text("\x7fELF program\n"),
	})
	want := []string{"firmware a530_zap.mbn TZ.XF.5.1-1", "firmware changed.mbn TZ.XF.5.1-1", "firmware modem.mdt TZ.XF.5.1-1"}
	if d := cmp.Diff(want, names(got.Components, "")); d != "" {
		t.Fatal(d)
	}
	for i, want := range [][]string{
		{"signature verified", "hash-match true", "hw-id 0014A0E100420007", "sw-id 0000000000000009", "oem-id 0042", "model-id 0007"},
		{"signature verified", "hash-match false"},
		{"signature unsigned"},
	} {
		var have []string
		for _, p := range got.Components[i].Properties {
			have = append(have, strings.TrimPrefix(p.Name, "originbom:firmware:")+" "+p.Value)
		}
		for _, w := range want {
			if !slices.Contains(have, w) {
				t.Errorf("%s: no %q in %q", got.Components[i].Name, w, have)
			}
		}
		if i == 2 && slices.ContainsFunc(have, func(s string) bool { return strings.HasPrefix(s, "hash-match") }) {
			t.Errorf("a segment is not at hand, and the hashes are judged: %q", have)
		}
	}
	if !strings.Contains(notes(got), "broken.mbn: the signed image is not understood: hash segment: behind the end of the file") {
		t.Errorf("notes: %s", notes(got))
	}
}
