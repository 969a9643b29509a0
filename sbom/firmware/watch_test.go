package firmware_test

import (
	"bytes"
	"testing"

	"github.com/originbom/originbom/sbom/firmware"
	"github.com/originbom/originbom/sbom/firmware/firmwaretest"
)

// TestWatch: a reading goes on and ends at its total, naming what it reads.
func TestWatch(t *testing.T) {
	data := firmwaretest.Super(firmwaretest.File{Name: "system_a", Data: make([]byte, 3<<20)}, firmwaretest.File{Name: "vendor_a", Data: make([]byte, 8192)})
	im, err := firmware.Open("super.img", bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	defer im.Close()
	var last, total int64
	seen := map[string]bool{}
	im.Watch = func(what string, done, all int64) {
		if done < last || done > all {
			t.Errorf("%s: %d after %d of %d", what, done, last, all)
		}
		last, total = done, all
		seen[what] = true
	}
	if _, err := firmware.Read(t.Context(), im, "", nil); err != nil {
		t.Fatal(err)
	}
	if last != total || total != 2*(3<<20+8192) || !seen["system"] || !seen["vendor"] {
		t.Errorf("ended at %d of %d, saw %v", last, total, seen)
	}
}
