package mbn_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/sbom/internal/mbn"
	"github.com/originbom/originbom/sbom/sbomtest/corpus"
)

// realImages reads every signed image of Debian's firmware-qcom-soc, by its path.
// Files of other formats are counted by their extension.
func realImages(t *testing.T) (images map[string][]byte, others map[string]int) {
	t.Helper()
	root := os.DirFS(corpus.Need(t, "ORIGINBOM_QCOM_FIRMWARE", "the folder that .ci/corpus/qcom-firmware makes"))
	images, others = map[string][]byte{}, map[string]int{}
	err := fs.WalkDir(root, "firmware", func(p string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := fs.ReadFile(root, p)
		if err != nil {
			return err
		}
		if ext := path.Ext(p); mbn.Is(bytes.NewReader(b), int64(len(b))) {
			images[p] = b
		} else if others[ext]++; ext == ".mbn" || ext == ".mdt" {
			t.Errorf("%s is not known as an image", p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return images, others
}

// TestRealImages: of every signed image of the package all hashes match, the
// signature verifies, the chain's links too, and something binds it.
func TestRealImages(t *testing.T) {
	images, others := realImages(t)
	versions := map[int]int{}
	for p, b := range images {
		im, err := open(b)
		if err != nil {
			t.Errorf("%s: %v", p, err)
			continue
		}
		versions[im.Version]++
		if im.Segments.Match == 0 || len(im.Segments.Differ)+len(im.Segments.Absent) > 0 {
			t.Errorf("%s: version %d, %s: %+v", p, im.Version, im.Algorithm, im.Segments)
		}
		s := im.Maker
		if s == nil || s.State != mbn.Verified || !s.Linked || len(s.IDs) == 0 || len(s.Chain) != 3 {
			t.Errorf("%s: version %d: %+v", p, im.Version, s)
		}
		if im.Qualcomm != nil {
			t.Errorf("%s: a second signature: %+v", p, im.Qualcomm)
		}
	}
	t.Logf("%d images by version of their header: %v; other files by extension: %v", len(images), versions, others)
	for _, v := range []int{3, 5, 6} { // of 7 only newer packages than Debian 12's have any
		if versions[v] == 0 {
			t.Errorf("none of version %d", v)
		}
	}
}

// TestRealImagesChanged: a changed bit of the first hash is seen.
func TestRealImagesChanged(t *testing.T) {
	images, _ := realImages(t)
	for p, b := range images {
		if len(b) > 1<<20 {
			continue // the small ones are enough
		}
		at, _ := hashSegment(t, b)
		header, word := map[uint32]int{3: 40, 5: 40, 6: 48, 7: 40}, func(i int) uint32 { return binary.LittleEndian.Uint32(b[at+4*i:]) }
		hashes := at + header[word(1)]
		switch word(1) {
		case 6:
			hashes += int(word(10) + word(11))
		case 7:
			hashes += int(word(2) + word(3) + word(4))
		}
		b[hashes] ^= 1
		im, err := open(b)
		if err != nil {
			t.Errorf("%s: %v", p, err)
		} else if im.Maker.State != mbn.NotVerified || !slices.Equal(im.Segments.Differ, []int{0}) {
			t.Errorf("%s: %s, %+v", p, im.Maker.State, im.Segments)
		}
	}
}

// hashSegment finds the place and size of the hash segment with the standard
// library's reader of ELF files.
func hashSegment(t *testing.T, b []byte) (at, size int) {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range f.Progs {
		if p.Flags&0x07000000 == 0x02000000 {
			return int(p.Off), int(p.Filesz)
		}
	}
	t.Fatal("no hash segment")
	return 0, 0
}

// TestRealCertificates: OpenSSL finds the same certificates in the bytes of the
// hash segments, in this order, and in the signer's what binds the image.
func TestRealCertificates(t *testing.T) {
	corpus.Tool(t, "openssl")
	if testing.Short() {
		t.Skip("NOT TESTED: it starts OpenSSL once for every certificate")
	}
	images, _ := realImages(t)
	ssl := openSSL{}
	for _, p := range slices.Sorted(maps.Keys(images)) {
		b := images[p]
		im, err := open(b)
		if err != nil {
			t.Fatal(err)
		}
		at, size := hashSegment(t, b)
		sums, subjects := ssl.certificates(t, b[at:at+size])
		var got []string
		for _, c := range im.Maker.Chain {
			got = append(got, c.SHA256)
		}
		if d := cmp.Diff(sums, got); d != "" {
			t.Errorf("%s: certificates (-openssl +ours)\n%s", p, d)
			continue
		}
		for _, id := range im.Maker.IDs {
			if im.Version < 6 && id.Name != "SOC_VERS" && !strings.Contains(subjects[0], id.Value+" "+id.Name) {
				t.Errorf("%s: %s %s is not in %q", p, id.Name, id.Value, subjects[0])
			}
		}
	}
}

// openSSL remembers what OpenSSL said of the same bytes: most images share roots.
type openSSL map[string]struct{ sum, subject string }

// certificates gives digests and subjects of the certificates that OpenSSL reads
// where bytes look like the beginning of one: two long sequences, one in the other.
func (o openSSL) certificates(t *testing.T, b []byte) (sums, subjects []string) {
	t.Helper()
	for i := 0; i+6 <= len(b); i++ {
		if !bytes.Equal(b[i:i+2], []byte{0x30, 0x82}) || !bytes.Equal(b[i+4:i+6], []byte{0x30, 0x82}) {
			continue
		}
		n := min(4+int(binary.BigEndian.Uint16(b[i+2:])), len(b)-i)
		der := string(b[i : i+n])
		if _, ok := o[der]; !ok {
			cmd := exec.CommandContext(t.Context(), "openssl", "x509", "-inform", "DER", "-noout", "-fingerprint", "-sha256", "-subject")
			cmd.Stdin = strings.NewReader(der)
			out, err := cmd.Output()
			if err != nil {
				continue // no certificate
			}
			sum, subject, _ := strings.Cut(string(out), "\n")
			_, sum, _ = strings.Cut(sum, "=")
			o[der] = struct{ sum, subject string }{strings.ToLower(strings.ReplaceAll(sum, ":", "")), subject}
		}
		sums, subjects = append(sums, o[der].sum), append(subjects, o[der].subject)
		i += n - 1
	}
	return sums, subjects
}
