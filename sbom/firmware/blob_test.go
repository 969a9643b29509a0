package firmware_test

import (
	"archive/zip"
	"bytes"
	"testing"
	"testing/fstest"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/firmware"
	"github.com/originbom/originbom/sbom/internal/mbntest"
)

// TestSignedPartition: a partition that is a signed image of a processor tells its
// build and signer, alone, in an archive and in a folder.
func TestSignedPartition(t *testing.T) {
	key, err := mbntest.NewKey(mbntest.Mixed, 7, 0x0014a0e100420007)
	if err != nil {
		t.Fatal(err)
	}
	tz := mbntest.Image{Version: 5, Key: key, Segments: [][]byte{[]byte("QC_IMAGE_VERSION_STRING=TZ.1\x00")}}.Bytes()
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	f, err := w.Create("images/tz.mbn")
	if err != nil {
		t.Fatal(err)
	}
	f.Write(tz)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	folder, err := firmware.OpenFolder("dump", fstest.MapFS{"tz.mbn": {Data: tz}})
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	whole, err := firmware.Read(t.Context(), folder, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]sbom.Reading{"alone": read(t, "tz.mbn", tz), "zipped": read(t, "factory.zip", archive.Bytes()), "in a folder": whole} {
		t.Run(name, func(t *testing.T) {
			for fact, want := range map[string]string{
				sbom.BlobSignature: "verified", sbom.BlobHashes: "true", sbom.BlobID + "sw-id": "0000000000000007",
				sbom.BlobFormat: "Qualcomm signed image, header version 5",
			} {
				if got := property(r, "tz", fact); got != want {
					t.Errorf("%s is %q, want %q\n%s", fact, got, want, notes(r))
				}
			}
		})
	}
}
